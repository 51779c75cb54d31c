//! The wire log: what really happened on the sockets of one case. Hosts and texts are already
//! turned back to the names that the scenario uses.

use serde::Serialize;

use crate::scenario::{Fault, HostState, Transport};

/// Everything on the wire of one case, in order of arrival.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WireLog {
    /// Requests, in order of arrival.
    pub requests: Vec<WireRequest>,
    /// Connections that were refused, failed to resolve or failed the TLS handshake.
    pub refusals: Vec<Refusal>,
}

/// One request line that arrived.
#[derive(Clone, Debug, Serialize)]
pub struct WireRequest {
    /// Number in order of arrival, from 1.
    pub id: u32,
    /// Microseconds since the case began.
    pub at_us: u64,
    /// Number of the connection within the session.
    pub connection: u64,
    /// `http` or `https`.
    pub scheme: String,
    /// Host, as the scenario names it.
    pub host: String,
    /// Port that the browser asked for.
    pub port: u16,
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query, in origin form.
    pub target: String,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body (lossy UTF-8; bodies over 1 MiB are cut).
    pub body: String,
    /// What it is to the case.
    pub purpose: Purpose,
    /// The transport as the request itself shows it, where it does.
    pub transport: Option<Transport>,
    /// Number of its hit in order of arrival (tracking requests only), from 1.
    pub arrival: Option<u32>,
    /// What was answered.
    pub answer: WireAnswer,
}

/// What a request is to the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// A page, a frame or the build, served by the harness.
    Page,
    /// A tracking request.
    Tracking,
    /// Anything else to a host of the case.
    Other,
    /// Not the case's and no tracking request: refused.
    Stray,
}

/// What was answered to a request.
#[derive(Clone, Debug, Serialize)]
pub struct WireAnswer {
    /// The endpoint that answered, by its index in the scenario; `None`: conforming by default.
    pub endpoint: Option<usize>,
    /// The fault that was played.
    pub fault: Option<Fault>,
    /// Status code, if a head was sent.
    pub status: Option<u16>,
    /// What the body was.
    pub body: BodyKind,
    /// `Location` of a redirect, as the scenario names it.
    pub location: Option<String>,
    /// Whether the page's origin may read it (CORS), for requests with an `Origin`.
    pub readable: bool,
    /// How it ended.
    pub end: WireEnd,
    /// Microseconds since the case began; `None` while it is open.
    pub ended_us: Option<u64>,
    /// It was released only after the case was over (stalled answers are).
    pub late: bool,
}

/// Kinds of bodies, as far as outcomes depend on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyKind {
    /// No bytes.
    #[default]
    Empty,
    /// The collection server's image.
    Image,
    /// JavaScript.
    Script,
    /// An edge's answer: JSON with a list `handle`.
    Json,
    /// HTML.
    Html,
    /// Anything else.
    Other,
}

/// How an answer ended on the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WireEnd {
    /// Still open.
    Open,
    /// All bytes of a complete answer were written.
    Complete,
    /// RST.
    Reset,
    /// FIN before a byte.
    Closed,
    /// FIN in the middle of the body.
    Truncated,
    /// The browser went away first.
    ClientGone,
}

/// A connection that a host's state did not let through.
#[derive(Clone, Debug, Serialize)]
pub struct Refusal {
    /// Microseconds since the case began.
    pub at_us: u64,
    /// Host, as the scenario names it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The state that did it.
    pub state: HostState,
}
