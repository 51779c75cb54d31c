//! A browser's side of the wire, by hand: SOCKS5, TLS, HTTP/1.1, and how a connection ended.

use std::io::ErrorKind;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Reaches hosts through one world.
#[derive(Clone)]
pub struct Client {
    port: u16,
    tls: Arc<ClientConfig>,
}

/// A connection to a host.
pub struct Conversation {
    stream: Box<dyn Stream>,
    host: String,
    read: Vec<u8>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A complete head with as much of the body as came.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find_map(|(other, value)| (other == name).then_some(value.as_str()))
    }
}

/// How the other side ended a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// FIN.
    Fin,
    /// RST.
    Rst,
}

impl Client {
    pub fn new(port: u16, ca: &str) -> Client {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap())
            .unwrap();
        let mut tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Client {
            port,
            tls: Arc::new(tls),
        }
    }

    /// Asks the proxy for a host; the error is the number of its reply.
    pub async fn tunnel(&self, host: &str, port: u16) -> Result<TcpStream, u8> {
        let mut request = vec![5, 1, 0, 3, u8::try_from(host.len()).unwrap()];
        request.extend_from_slice(host.as_bytes());
        self.socks(request, port).await
    }

    /// The same for a literal IPv4 address.
    pub async fn tunnel_to_address(&self, address: [u8; 4], port: u16) -> Result<TcpStream, u8> {
        let mut request = vec![5, 1, 0, 1];
        request.extend_from_slice(&address);
        self.socks(request, port).await
    }

    async fn socks(&self, mut request: Vec<u8>, port: u16) -> Result<TcpStream, u8> {
        let mut tcp = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        tcp.write_all(&[5, 1, 0]).await.unwrap();
        let mut choice = [0; 2];
        tcp.read_exact(&mut choice).await.unwrap();
        assert_eq!(choice, [5, 0], "the proxy wants no authentication");
        request.extend_from_slice(&port.to_be_bytes());
        tcp.write_all(&request).await.unwrap();
        let mut reply = [0; 10];
        tcp.read_exact(&mut reply).await.unwrap();
        match reply[1] {
            0 => Ok(tcp),
            other => Err(other),
        }
    }

    /// A connection to an http or https host.
    pub async fn connect(&self, scheme: &str, host: &str) -> Conversation {
        let secure = scheme == "https";
        let tcp = self
            .tunnel(host, if secure { 443 } else { 80 })
            .await
            .unwrap_or_else(|reply| panic!("SOCKS reply {reply} for {host}"));
        let stream: Box<dyn Stream> = if secure {
            Box::new(self.handshake(tcp, host).await.unwrap())
        } else {
            Box::new(tcp)
        };
        Conversation {
            stream,
            host: host.to_owned(),
            read: Vec::new(),
        }
    }

    pub async fn handshake(
        &self,
        tcp: TcpStream,
        host: &str,
    ) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).unwrap();
        TlsConnector::from(self.tls.clone())
            .connect(name, tcp)
            .await
    }

    /// One request on its own connection.
    pub async fn get(&self, scheme: &str, host: &str, target: &str) -> Response {
        let mut conversation = self.connect(scheme, host).await;
        conversation.send("GET", target, &[], "").await;
        conversation.response().await
    }
}

impl Conversation {
    pub async fn send(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) {
        let mut request = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if method == "POST" {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        request.push_str(body);
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// A complete response.
    pub async fn response(&mut self) -> Response {
        loop {
            if let Some(response) = self.take_response() {
                return response;
            }
            if let Some(end) = self.read_more().await {
                let text = String::from_utf8_lossy(&self.read);
                panic!("the connection ended ({end:?}) before a complete answer: {text}");
            }
        }
    }

    /// Reads to the end: everything that came, and how it ended.
    pub async fn until_end(mut self) -> (Vec<u8>, End) {
        loop {
            if let Some(end) = self.read_more().await {
                return (self.read, end);
            }
        }
    }

    async fn read_more(&mut self) -> Option<End> {
        match self.stream.read_buf(&mut self.read).await {
            Ok(0) => Some(End::Fin),
            Ok(_) => None,
            // TLS: a FIN without the alert that belongs before it.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Some(End::Fin),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Some(End::Rst),
            Err(error) => panic!("neither FIN nor RST: {error}"),
        }
    }

    fn take_response(&mut self) -> Option<Response> {
        let (mut response, begin) = parse_head(&self.read)?;
        let length = response
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let body = self.read.get(begin..begin + length)?.to_vec();
        self.read.drain(..begin + length);
        response.body = body;
        Some(response)
    }
}

/// The head, and where its body begins.
pub fn parse_head(bytes: &[u8]) -> Option<(Response, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let response = Response {
        status: status.parse().unwrap(),
        headers,
        body: bytes[end + 4..].to_vec(),
    };
    Some((response, end + 4))
}
