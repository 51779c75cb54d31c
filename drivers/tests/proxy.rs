//! All of a browser's traffic reaches the proxy that a session names, with names unresolved, and nothing else does.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{PATIENCE, real};
use drivers::{BrowserKind, Session, SessionSettings, command};
use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PAGE: &str = "<!doctype html><link rel=icon href='data:,'><title>page</title>";

/// A SOCKS5 proxy that plays every host on port 80 itself and refuses the rest. It keeps what was asked of it:
/// `host:port` of a refused connection, and the address of each request.
#[derive(Clone, Default)]
struct Proxy {
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start() -> (Proxy, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let proxy = Proxy::default();
        let serving = proxy.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let proxy = serving.clone();
                // A browser that goes away in the middle is no error.
                tokio::spawn(async move { proxy.serve(stream).await.ok() });
            }
        });
        (proxy, port)
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut greeting = [0; 2];
        stream.read_exact(&mut greeting).await?;
        let mut methods = vec![0; usize::from(greeting[1])];
        stream.read_exact(&mut methods).await?;
        stream.write_all(&[5, 0]).await?;
        let mut request = [0; 4];
        stream.read_exact(&mut request).await?;
        let host = match request[3] {
            3 => {
                let mut name = vec![0; usize::from(stream.read_u8().await?)];
                stream.read_exact(&mut name).await?;
                String::from_utf8_lossy(&name).into_owned()
            }
            _ => std::net::Ipv4Addr::from(stream.read_u32().await?).to_string(),
        };
        let port = stream.read_u16().await?;
        let reply = if port == 80 { 0 } else { 5 };
        stream
            .write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0])
            .await?;
        if reply != 0 {
            self.note(format!("{host}:{port}"));
            return Ok(());
        }
        self.answer(stream, &host).await
    }

    async fn answer(&self, mut stream: TcpStream, host: &str) -> std::io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        let head = String::from_utf8_lossy(&head);
        let path = head.split(' ').nth(1).unwrap_or_default();
        self.note(format!("http://{host}{path}"));
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{PAGE}",
            PAGE.len()
        );
        stream.write_all(answer.as_bytes()).await
    }

    fn note(&self, what: String) {
        self.asked
            .lock()
            .expect("no other task panicked")
            .push(what);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no other task panicked").clone()
    }
}

async fn ask(session: &Session, path: &str, body: Value) -> Value {
    command(session.client(), Method::POST, path, Some(body), PATIENCE)
        .await
        .expect("the browser obeys")
}

/// Runs a script that hands its result to `done`.
async fn run(session: &Session, script: &str) -> Value {
    let script = format!("const done = arguments[0]; {script}");
    ask(
        session,
        "execute/async",
        json!({ "script": script, "args": [] }),
    )
    .await
}

/// Loads a page. The session does not wait for it, and a script that meets the change of pages fails.
async fn load(session: &Session, url: &str) {
    ask(session, "url", json!({ "url": url })).await;
    let script = "return document.readyState === 'complete' && document.title";
    let until = Instant::now() + PATIENCE;
    loop {
        let body = json!({ "script": script, "args": [] });
        let loaded = command(
            session.client(),
            Method::POST,
            "execute/sync",
            Some(body),
            PATIENCE,
        )
        .await;
        if matches!(&loaded, Ok(title) if title == "page") {
            return;
        }
        assert!(Instant::now() < until, "{url} did not load: {loaded:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn every_request_of_firefox_reaches_the_proxy_and_nothing_else_does() {
    every_request_reaches_the_proxy_and_nothing_else_does(BrowserKind::Firefox).await;
}

#[tokio::test]
async fn every_request_of_chromium_reaches_the_proxy_and_nothing_else_does() {
    every_request_reaches_the_proxy_and_nothing_else_does(BrowserKind::Chrome).await;
}

#[tokio::test]
async fn every_request_of_webkit_reaches_the_proxy_and_nothing_else_does() {
    every_request_reaches_the_proxy_and_nothing_else_does(BrowserKind::Webkit).await;
}

async fn every_request_reaches_the_proxy_and_nothing_else_does(kind: BrowserKind) {
    let temp = tempfile::tempdir().expect("a folder for the test");
    let browser = real(kind, temp.path()).await;
    let (proxy, socks_port) = Proxy::start().await;
    let settings = SessionSettings {
        socks_port,
        headed: false,
        window: (1200, 700),
        authority: None,
    };
    let session = browser.start(settings).await.expect("a session starts");

    load(&session, "http://www.shop.test/page").await;
    let fetched = run(
        &session,
        "const urls = ['http://metrics.other.test/fetched', 'http://localhost/fetched', 'http://127.0.0.1/fetched'];
        const settled = urls.map(url => fetch(url).then(answer => answer.status, error => String(error)));
        Promise.all(settled).then(done)",
    )
    .await;
    assert_eq!(
        fetched,
        json!([200, 200, 200]),
        "loopback is played by the proxy like any host"
    );
    let refused = run(
        &session,
        "fetch('http://down.other.test:81/').then(answer => done(answer.status), error => done(error.name))",
    )
    .await;
    assert_eq!(refused, "TypeError");
    let opened = run(&session, "done(window.open('about:blank') !== null)").await;
    assert_eq!(opened, true, "a page may open a window without a click");

    let mut asked = proxy.asked();
    asked.sort();
    asked.dedup();
    assert_eq!(
        asked,
        [
            "down.other.test:81",
            "http://127.0.0.1/fetched",
            "http://localhost/fetched",
            "http://metrics.other.test/fetched",
            "http://www.shop.test/page",
        ],
        "no request was upgraded, resolved, prefetched, or the browser's own"
    );
    session.close().await;
}
