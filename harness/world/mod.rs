//! The world: the network that the browser sees. A SOCKS5 proxy on loopback that plays every host
//! itself, with TLS, fresh sites, conforming answers, faults, and the wire log.
//! Nothing here knows of WebDriver, of verdicts, or of what is in a page.

mod answer;
mod ca;
mod case;
mod connection;
mod cors;
mod demdex;
mod edge;
mod endpoint;
mod exchange;
mod hosts;
mod log;
mod open;
mod registry;
mod serve;
mod sites;
mod socks;
mod stream;
mod tracking;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use answer::{PageAnswer, PageRequest, Pages};
pub use ca::Ca;
pub use edge::Organisations;
pub use log::{BodyKind, Purpose, Refusal, WireAnswer, WireEnd, WireLog, WireRequest};
pub use open::{CaseSpec, OpenCase, OpenRequest, World};
pub use sites::{Labels, Sites};
pub use tracking::hit_key;

/// Why a world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The proxy's socket could not be opened.
    #[error(
        "no socket for the proxy on 127.0.0.1: {0}; free a port or raise the limit of open files"
    )]
    Listen(#[source] std::io::Error),
    /// A certificate could not be made.
    #[error("no certificate for `{host}`: {source}; is this a valid host name?")]
    Certificate {
        /// The name it was for.
        host: String,
        /// What the certificate library says.
        source: rcgen::Error,
    },
    /// TLS could not be set up.
    #[error("no TLS set-up for `{host}`: {source}")]
    Tls {
        /// The name it was for.
        host: String,
        /// What the TLS library says.
        source: tokio_rustls::rustls::Error,
    },
}

/// Locks; what a thread that panicked has left behind is still the best that there is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
