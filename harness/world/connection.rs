//! One connection: SOCKS, then TLS if the first byte says so, then HTTP/1.1.

use std::io;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::scenario::HostState;

use super::registry::{Connected, Registry, Wish};
use super::serve::{Peer, serve};
use super::socks::{self, Reply, Target};
use super::stream::{Line, Socket, Watched};

/// First byte of a TLS handshake record.
const HANDSHAKE: u8 = 0x16;
/// A fatal alert `handshake_failure` (RFC 8446, section 6).
const HANDSHAKE_FAILURE: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 40];
/// Long enough for the longest request lines that browsers send, and headers beside them.
const MAX_HEAD: usize = 1024 * 1024;
const MAX_HEADERS: usize = 256;

/// Talks to a client until one of both ends it. An error is the client's business: it went away,
/// or spoke something that no browser speaks.
pub(super) async fn run(registry: Arc<Registry>, mut tcp: TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let target = socks::read_target(&mut tcp).await?;
    if let Err(reply) = registry.admit(&target) {
        return socks::reply(&mut tcp, reply).await;
    }
    // Before the reply: from then on the client may rely on the host, and its state may change.
    let mut connected = registry.connect(&target.host);
    socks::reply(&mut tcp, Reply::Succeeded).await?;

    let mut wishes = connected.wishes.clone();
    let scheme = tokio::select! {
        scheme = scheme(&tcp) => scheme?,
        // Nothing was asked yet, so the client loses nothing.
        () = any_wish(&mut wishes) => return Ok(()),
    };
    if registry.host_state(&target.host) == HostState::Tls {
        registry.refused(&target);
        return tokio::select! {
            failed = fail(tcp, scheme) => failed,
            () = any_wish(&mut wishes) => Ok(()),
        };
    }
    let line = Arc::new(Line::default());
    let peer = Arc::new(Peer {
        registry: registry.clone(),
        connection: connected.number,
        scheme: scheme.name(),
        host: target.host.clone(),
        port: target.port,
        line: line.clone(),
    });
    let socket = Socket::new(tcp, line);
    match scheme {
        Scheme::Http => http(socket, peer, &mut connected).await,
        Scheme::Https => {
            let acceptor = TlsAcceptor::from(
                registry
                    .ca
                    .server_config(&target.host)
                    .map_err(io::Error::other)?,
            );
            let stream = tokio::select! {
                stream = acceptor.accept(socket) => stream,
                () = any_wish(&mut wishes) => return Ok(()),
            };
            if stream.is_err() {
                stray_handshake(&registry, &target);
            }
            http(stream?, peer, &mut connected).await
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

async fn scheme(tcp: &TcpStream) -> io::Result<Scheme> {
    let mut first = [0];
    match tcp.peek(&mut first).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ if first[0] == HANDSHAKE => Ok(Scheme::Https),
        _ => Ok(Scheme::Http),
    }
}

async fn any_wish(wishes: &mut watch::Receiver<Wish>) {
    // An error means that the world ends, and with it all connections.
    let _ = wishes.wait_for(|wish| *wish != Wish::Serve).await;
}

/// Fails the handshake, or, where there is none, closes instead of an answer. What the client still
/// sends is read to its end: closing a socket with unread bytes would be a RST.
async fn fail(mut tcp: TcpStream, scheme: Scheme) -> io::Result<()> {
    if let Scheme::Https = scheme {
        tcp.write_all(&HANDSHAKE_FAILURE).await?;
    }
    tcp.shutdown().await?;
    tokio::io::copy(&mut tcp, &mut tokio::io::sink()).await?;
    Ok(())
}

/// A host outside of all sites whose client does not take our certificate would leave no trace.
fn stray_handshake(registry: &Registry, target: &Target) {
    if super::sites::registrable(&target.host).is_none() {
        registry.stray(format!(
            "{}:{} (the browser broke off the TLS handshake)",
            target.host, target.port
        ));
    }
}

async fn http<S>(stream: S, peer: Arc<Peer>, connected: &mut Connected)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let io = TokioIo::new(Watched {
        stream,
        line: peer.line.clone(),
    });
    let service = service_fn(|request| serve(peer.clone(), request));
    let connection = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(io, service);
    tokio::pin!(connection);
    let mut ending = false;
    loop {
        tokio::select! {
            // Errors are cuts of ours, or clients that went away: the log has both.
            _ = connection.as_mut() => return,
            wish = next_wish(&mut connected.wishes, ending) => match wish {
                Wish::End => return,
                Wish::EndIdle | Wish::Serve => {
                    ending = true;
                    connection.as_mut().graceful_shutdown();
                }
            },
        }
    }
}

/// The next wish that changes something.
async fn next_wish(wishes: &mut watch::Receiver<Wish>, ending: bool) -> Wish {
    match wishes
        .wait_for(|wish| *wish == Wish::End || (!ending && *wish == Wish::EndIdle))
        .await
    {
        Ok(wish) => *wish,
        Err(_) => Wish::End,
    }
}
