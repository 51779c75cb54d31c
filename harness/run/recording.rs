//! The raw material of one case: what the page reported and what the wire log holds.

use serde::Serialize;

use crate::page::PageEvent;
use crate::world::WireLog;

/// Everything that was recorded in one run of one case. Names of hosts are turned back already.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Recording {
    /// Documents in the order in which they began.
    pub docs: Vec<DocRecord>,
    /// The wire log.
    pub wire: WireLog,
    /// Cookies of the page's site at the end of the case, as the browser's driver lists them.
    pub cookies: Vec<Cookie>,
    /// Wall clock at the start, milliseconds since 1970.
    pub started_ms: f64,
    /// Wall clock at the end, milliseconds since 1970.
    pub finished_ms: f64,
}

/// What one document reported.
#[derive(Clone, Debug, Serialize)]
pub struct DocRecord {
    /// Its id.
    pub doc: String,
    /// Its events, by sequence number.
    pub events: Vec<PageEvent>,
    /// Sequence number of its last event when the case was over; what follows is late.
    pub over_at: u32,
}

/// A cookie at the end of the case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cookie {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// Domain, as the scenario names it.
    pub domain: Option<String>,
    /// Path.
    pub path: Option<String>,
    /// `Secure`.
    pub secure: bool,
    /// `HttpOnly`.
    pub http_only: bool,
    /// Expiry, seconds since 1970; `None`: with the session.
    pub expiry: Option<f64>,
}
