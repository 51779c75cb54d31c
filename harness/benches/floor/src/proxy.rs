//! The network: a SOCKS5 proxy that plays every host itself, a thread a connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use crate::site::{Answer, Site};
use crate::tls::Authority;

/// A hit that does not come within this time never will.
const DEADLINE: Duration = Duration::from_secs(30);

/// The proxy.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    authority: Authority,
    site: Site,
    hits: Mutex<u64>,
    hit: Condvar,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Listens.
    pub fn start(authority: Authority, site: Site) -> io::Result<Proxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            authority,
            site,
            hits: Mutex::default(),
            hit: Condvar::new(),
            open: Mutex::default(),
        });
        let accepting = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = accepting.clone();
                // A browser breaks connections off as it likes.
                std::thread::spawn(move || shared.connection(stream));
            }
        });
        Ok(Proxy { port, shared })
    }

    /// Where it listens on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Hits that were answered.
    pub fn hits(&self) -> u64 {
        *lock(&self.shared.hits)
    }

    /// Waits until more hits than that were answered.
    pub fn wait_for_hit(&self, after: u64) -> io::Result<()> {
        let hits = lock(&self.shared.hits);
        let (hits, _) = self
            .shared
            .hit
            .wait_timeout_while(hits, DEADLINE, |hits| *hits <= after)
            .unwrap_or_else(PoisonError::into_inner);
        match *hits > after {
            true => Ok(()),
            false => Err(io::Error::other("the page made no hit")),
        }
    }

    /// Ends every connection.
    pub fn cut(&self) {
        for stream in lock(&self.shared.open).drain(..) {
            // It may have ended by itself.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn connection(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let host = socks(&mut stream)?;
        let Some(site) = site_of(&host) else {
            return refuse(&mut stream);
        };
        lock(&self.open).push(stream.try_clone()?);
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
        let config = self.authority.config(site)?;
        let tls = ServerConnection::new(config).map_err(io::Error::other)?;
        let mut stream = BufReader::new(StreamOwned::new(tls, stream));
        while let Some(target) = request(&mut stream)? {
            let answer = self.site.answer(site, &target);
            stream.get_mut().write_all(&answer.bytes())?;
            stream.get_mut().flush()?;
            if let Answer::Hit = answer {
                *lock(&self.hits) += 1;
                self.hit.notify_all();
            }
        }
        Ok(())
    }
}

/// Reads greeting and request; the name that is wanted.
fn socks(stream: &mut TcpStream) -> io::Result<String> {
    let [_, methods] = read(stream)?;
    stream.read_exact(&mut vec![0; methods.into()])?;
    stream.write_all(&[5, 0])?;
    let [_, _, _, kind] = read(stream)?;
    if kind != 3 {
        // An address: nothing of ours.
        return Ok(String::new());
    }
    let [length] = read(stream)?;
    let mut name = vec![0; length.into()];
    stream.read_exact(&mut name)?;
    let _port: [u8; 2] = read(stream)?;
    Ok(String::from_utf8_lossy(&name).into_owned())
}

fn refuse(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0])
}

/// `x.test` of `www.x.test`; other hosts are the browser's own business.
fn site_of(host: &str) -> Option<&str> {
    let before = host.strip_suffix(".test")?;
    let start = before.rfind('.').map_or(0, |dot| dot + 1);
    Some(&host[start..])
}

/// The target of the next request; bodies are none.
fn request(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut first = String::new();
    if from.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut line = String::new();
    while from.read_line(&mut line)? > 2 {
        line.clear();
    }
    Ok(first.split(' ').nth(1).map(str::to_owned))
}

fn read<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
