//! The wire's side: requests put together with those that redirects made of them.

use url::Url;

use super::address::{Address, with_form_body};
use crate::world::{Purpose, WireLog, WireRequest};

/// One request that the page made, and what redirects made of it.
#[derive(Clone)]
pub struct Chain<'r> {
    /// Requests in the order in which they followed each other; never empty.
    pub requests: Vec<&'r WireRequest>,
}

impl<'r> Chain<'r> {
    /// The request that the page made.
    pub fn first(&self) -> &'r WireRequest {
        self.requests[0]
    }

    /// The request that was answered for good.
    pub fn last(&self) -> &'r WireRequest {
        self.requests[self.requests.len() - 1]
    }
}

/// Puts all requests of the log into chains, in order of arrival. CORS preflights are the
/// browser's own and left out.
pub fn chains(log: &WireLog) -> Vec<Chain<'_>> {
    let mut chains: Vec<Chain> = Vec::new();
    for request in log.requests.iter().filter(|request| !is_preflight(request)) {
        let here = Url::parse(&url_of(request)).ok();
        let waits = chains
            .iter_mut()
            .find(|chain| here.is_some() && target_of(chain.last()) == here);
        match waits {
            Some(chain) => chain.requests.push(request),
            None => chains.push(Chain {
                requests: vec![request],
            }),
        }
    }
    chains
}

/// The whole address of a request; a port is named unless it is the scheme's own.
pub fn url_of(request: &WireRequest) -> String {
    let WireRequest {
        scheme,
        host,
        port,
        target,
        ..
    } = request;
    match (scheme.as_str(), *port) {
        ("http", 80) | ("https", 443) => format!("{scheme}://{host}{target}"),
        _ => format!("{scheme}://{host}:{port}{target}"),
    }
}

/// The address of a tracking request as it arrived, a form body appended to the query.
pub fn arrived_url(request: &WireRequest) -> String {
    with_form_body(&url_of(request), &request.body)
}

/// The address of a tracking request that page and wire are joined by.
pub fn tracking(request: &WireRequest) -> Option<Address> {
    let tracking = request.purpose == Purpose::Tracking;
    tracking.then(|| Address::of(&url_of(request))).flatten()
}

/// Where a redirect leads; `None` if the answer is none.
pub fn target_of(request: &WireRequest) -> Option<Url> {
    let status = request.answer.status?;
    let location = request.answer.location.as_ref()?;
    if !(300..400).contains(&status) {
        return None;
    }
    let mut target = Url::parse(&url_of(request)).ok()?.join(location).ok()?;
    target.set_fragment(None);
    Some(target)
}

/// Whether the browser only asks for permission (CORS).
pub fn is_preflight(request: &WireRequest) -> bool {
    let asks = |(name, _): &(String, String)| name == "access-control-request-method";
    request.method == "OPTIONS" && request.headers.iter().any(asks)
}
