//! SOCKS5 (RFC 1928), the server's side: greeting without authentication, CONNECT, the reply.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const VERSION: u8 = 5;
const CONNECT: u8 = 1;
const NO_AUTHENTICATION: u8 = 0;
const NO_METHOD: u8 = 0xFF;

/// What a client wants to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Name (lower case) or literal address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// Replies, by their number in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Reply {
    Succeeded = 0,
    NotAllowed = 2,
    /// What a name that does not resolve looks like.
    HostUnreachable = 4,
    ConnectionRefused = 5,
    CommandNotSupported = 7,
    AddressNotSupported = 8,
}

/// Reads greeting and request; a request that is no CONNECT is answered here.
pub(super) async fn read_target<S>(stream: &mut S) -> io::Result<Target>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let [version, methods] = read(stream).await?;
    if version != VERSION {
        return Err(invalid("the client does not speak SOCKS5"));
    }
    let mut offered = vec![0; methods.into()];
    stream.read_exact(&mut offered).await?;
    if !offered.contains(&NO_AUTHENTICATION) {
        stream.write_all(&[VERSION, NO_METHOD]).await?;
        return Err(invalid("the client insists on authentication"));
    }
    stream.write_all(&[VERSION, NO_AUTHENTICATION]).await?;

    let [_, command, _, kind] = read(stream).await?;
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(stream).await?).to_string(),
        4 => Ipv6Addr::from(read::<16>(stream).await?).to_string(),
        3 => {
            let [len] = read(stream).await?;
            let mut name = vec![0; len.into()];
            stream.read_exact(&mut name).await?;
            String::from_utf8_lossy(&name).to_ascii_lowercase()
        }
        _ => {
            reply(stream, Reply::AddressNotSupported).await?;
            return Err(invalid("an unknown kind of address"));
        }
    };
    let port = u16::from_be_bytes(read(stream).await?);
    if command != CONNECT {
        reply(stream, Reply::CommandNotSupported).await?;
        return Err(invalid("not a CONNECT"));
    }
    Ok(Target { host, port })
}

/// Sends a reply; the bound address in it is of no interest to anyone.
pub(super) async fn reply<S: AsyncWrite + Unpin>(stream: &mut S, reply: Reply) -> io::Result<()> {
    let answer = [VERSION, reply as u8, 0, 1, 0, 0, 0, 0, 0, 0];
    stream.write_all(&answer).await?;
    stream.flush().await
}

async fn read<const N: usize>(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the server makes of these bytes, and what it answers.
    fn serve(input: &[u8]) -> (io::Result<Target>, Vec<u8>) {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(async {
                let (mut client, mut server) = tokio::io::duplex(4096);
                client.write_all(input).await.unwrap();
                client.shutdown().await.unwrap();
                let target = read_target(&mut server).await;
                drop(server);
                let mut answer = Vec::new();
                client.read_to_end(&mut answer).await.unwrap();
                (target, answer)
            })
    }

    #[test]
    fn names_are_read_in_lower_case_and_addresses_as_text() {
        let (target, answer) = serve(b"\x05\x01\x00\x05\x01\x00\x03\x09SHOP.test\x01\xbb");
        assert_eq!(
            (target.unwrap().host.as_str(), &answer[..]),
            ("shop.test", &[5, 0][..])
        );
        let (target, _) = serve(b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50");
        let target = target.unwrap();
        assert_eq!((target.host.as_str(), target.port), ("127.0.0.1", 80));
    }

    #[test]
    fn what_is_not_supported_is_said_in_the_protocol() {
        let (target, answer) = serve(b"\x05\x01\x00\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50");
        assert!(
            target.is_err() && answer[3] == 7,
            "BIND is no CONNECT: {answer:?}"
        );
        let (target, answer) = serve(b"\x05\x01\x02");
        assert!(
            target.is_err() && answer == [5, 0xFF],
            "no acceptable method: {answer:?}"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_target_or_an_error(input in prop::collection::vec(any::<u8>(), 0..300)) {
            // The point is that it returns, without a panic and without waiting for more.
            let (target, _) = serve(&input);
            if let Ok(target) = target {
                prop_assert!(input.starts_with(&[5]), "only SOCKS5 yields {target:?}");
            }
        }
    }
}
