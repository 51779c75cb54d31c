//! The world: the network that the browser sees. A SOCKS5 proxy on loopback that plays every host
//! itself, with TLS, fresh sites, conforming answers, faults, and the wire log.
//! Nothing here knows of WebDriver, of verdicts, or of what is in a page.

mod log;

pub use log::{BodyKind, Purpose, Refusal, WireAnswer, WireEnd, WireLog, WireRequest};
