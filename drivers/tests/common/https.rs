//! An https server on loopback with a certificate authority of its own, which is also a proxy: whoever asks it to
//! CONNECT anywhere ends up at it.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What it says of a path, byte for byte. `None`: it ends the connection.
pub type Answers = BTreeMap<&'static str, Option<Vec<u8>>>;

pub struct Server {
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers for `127.0.0.1` and these names; its authority's certificate is written to `authority`.
    pub fn start(names: &[&str], answers: Answers, authority: &Path) -> Server {
        let config = Arc::new(certified(names, authority));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let port = listener.local_addr().expect("it is bound").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answers) = (Arc::clone(&asked), Arc::new(answers));
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, answers, log) = (config.clone(), answers.clone(), log.clone());
                // A client that goes away, or does not trust us, is what some tests are about.
                thread::spawn(move || drop(serve(stream, config, &answers, &log)));
            }
        });
        Server { port, asked }
    }

    pub fn address(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    /// The paths that were asked for, and `CONNECT host:port`, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no other thread panicked").clone()
    }
}

/// A whole answer with a length.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Option<Vec<u8>> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n");
    Some([head.as_bytes(), body].concat())
}

fn certified(names: &[&str], authority: &Path) -> ServerConfig {
    let key = || KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer_key = key();
    let issuer = params.self_signed(&issuer_key).expect("an authority");
    std::fs::write(authority, issuer.pem()).expect("the authority's file");
    let issuer = Issuer::new(params, issuer_key);

    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let leaf_key = key();
    let leaf = CertificateParams::new([vec!["127.0.0.1".to_owned()], names].concat())
        .and_then(|params| params.signed_by(&leaf_key, &issuer))
        .expect("a certificate");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows them")
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(leaf.der().to_vec())], key)
        .expect("they belong together")
}

fn serve(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    answers: &Answers,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let note = |what: String| log.lock().expect("no other thread panicked").push(what);
    let mut first = [0];
    stream.peek(&mut first)?;
    if first == *b"C" {
        let request = request_line(&mut stream)?;
        note(request.rsplit_once(' ').unwrap_or_default().0.to_owned());
        stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    }
    let tls = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut tls = StreamOwned::new(tls, stream);
    let request = request_line(&mut tls)?;
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let said = answers.get(path.as_str()).cloned().flatten();
    note(path);
    tls.write_all(&said.unwrap_or_default())?;
    tls.conn.send_close_notify();
    tls.flush()
}

/// The first line of a request whose head was read whole.
fn request_line(stream: &mut impl Read) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
