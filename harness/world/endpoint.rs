//! The scenario's endpoints: which one answers a request, and what it makes of the answer.

use crate::scenario::{Answer, Endpoint, Fault, HostState, Transport};

use super::Sites;
use super::answer::{
    HTML_TYPE, IMAGE, IMAGE_TYPE, PageRequest, Pages, Reply, error_page, is_navigation, text_type,
};
use super::stream::Ending;
use super::tracking::{Collector, split};

/// A request as endpoints look at it.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub request: &'a PageRequest,
    pub method: &'a str,
    pub collector: Option<Collector>,
    pub transport: Option<Transport>,
    /// Number of its hit in order of arrival, and number of its send, from 1.
    pub hit: Option<(u32, u32)>,
    /// The endpoint whose redirect it follows: that one does not answer it again.
    pub follows: Option<usize>,
}

/// The endpoint that answers: the last one that fits.
pub(super) fn choose(endpoints: &[Endpoint], asked: &Asked) -> Option<usize> {
    endpoints
        .iter()
        .enumerate()
        .rev()
        .find(|(index, endpoint)| asked.follows != Some(*index) && fits(endpoint, asked))
        .map(|(index, _)| index)
}

/// Whether some endpoint tells this hit's sends apart.
pub(super) fn counts_sends(endpoints: &[Endpoint], host: &str) -> bool {
    endpoints
        .iter()
        .any(|endpoint| !endpoint.sends.is_empty() && fits_host(endpoint, host))
}

/// States of hosts that hold from the beginning, in the order of the file.
pub(super) fn initial_states(endpoints: &[Endpoint]) -> Vec<(String, HostState)> {
    endpoints
        .iter()
        .filter_map(|endpoint| {
            let host = endpoint.host.clone().unwrap_or_else(|| "*".to_owned());
            Some((host, host_state(&endpoint.answer)?))
        })
        .collect()
}

fn host_state(answer: &Answer) -> Option<HostState> {
    match answer.fault? {
        Fault::Refuse => Some(HostState::Refuse),
        Fault::Dns => Some(HostState::Dns),
        Fault::Tls => Some(HostState::Tls),
        _ => None,
    }
}

fn fits(endpoint: &Endpoint, asked: &Asked) -> bool {
    let target = asked.request.target.as_str();
    let path_fits = match &endpoint.path {
        None => asked.collector.is_some(),
        Some(pattern) if pattern.contains('?') => wildcard(pattern, target),
        Some(pattern) => wildcard(pattern, split(target).0),
    };
    let hit_fits = endpoint.hits.is_empty()
        || asked
            .hit
            .is_some_and(|(arrival, _)| endpoint.hits.contains(&arrival));
    let send_fits = endpoint.sends.is_empty()
        || asked
            .hit
            .is_some_and(|(_, send)| endpoint.sends.contains(&send));
    path_fits
        && hit_fits
        && send_fits
        && fits_host(endpoint, &asked.request.host)
        && host_state(&endpoint.answer).is_none()
        && (endpoint.transport.is_none() || endpoint.transport == asked.transport)
}

fn fits_host(endpoint: &Endpoint, host: &str) -> bool {
    endpoint
        .host
        .as_ref()
        .is_none_or(|pattern| wildcard(pattern, host))
}

/// Whether `*` for any characters makes the pattern the text.
pub(super) fn wildcard(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(head) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(tail)
}

/// What an endpoint makes of the conforming answer.
pub(super) fn apply(
    answer: &Answer,
    mut reply: Reply,
    asked: &Asked,
    pages: &dyn Pages,
    sites: &Sites,
) -> Played {
    let mut fault = answer.fault;
    if let Some(html) = &answer.html {
        reply = page_like(reply, pages, asked, html);
    }
    match answer.body.as_deref() {
        Some("image") => reply.set_body(IMAGE_TYPE, IMAGE.as_slice()),
        Some(text) => reply.set_body(
            text_type(asked.collector, &asked.request.target),
            sites.fresh(text),
        ),
        None => {}
    }
    if let Some(location) = &answer.redirect {
        reply.status = 302;
        reply.body.clear();
        reply.set_header("location", &sites.fresh(location));
    }
    if let Some(status) = answer
        .status
        .or((fault == Some(Fault::Status)).then_some(500))
    {
        reply.status = status;
    }
    if reply.status >= 400 && fault.is_none() {
        fault = Some(Fault::Status);
    }
    let own_body = answer.body.is_some() || answer.html.is_some();
    if fault == Some(Fault::Status) && !own_body {
        let page = error_page(reply.status);
        if is_navigation(asked.method, &asked.request.headers) {
            let status = reply.status;
            reply = page_like(reply, pages, asked, &page);
            reply.status = status;
        } else {
            reply.set_body(HTML_TYPE, page);
        }
    }
    if fault == Some(Fault::WrongType) {
        reply.status = 200;
        reply.set_body(HTML_TYPE, error_page(200));
    }
    if matches!(reply.status, 204 | 205 | 304) {
        reply.body.clear();
    }
    for (name, value) in &answer.headers {
        let value = sites.fresh(value);
        if name.eq_ignore_ascii_case("set-cookie") {
            reply.headers.push(("set-cookie".to_owned(), value));
        } else {
            reply.set_header(name, &value);
        }
    }
    let ending = match fault {
        Some(Fault::Reset) => Ending::Reset,
        Some(Fault::Close) => Ending::Closed,
        Some(Fault::Truncate) => {
            fill_for_truncation(&mut reply);
            Ending::Truncated
        }
        _ => Ending::Complete,
    };
    Played {
        reply,
        fault,
        ending,
    }
}

/// An answer that an endpoint made, and how it ends.
pub(super) struct Played {
    pub reply: Reply,
    pub fault: Option<Fault>,
    pub ending: Ending,
}

/// A page in place of the answer; the answer's own headers stay beside the page's.
fn page_like(reply: Reply, pages: &dyn Pages, asked: &Asked, html: &str) -> Reply {
    let mut page = Reply::from(pages.wrap_html(asked.request, html));
    for (name, value) in reply.headers {
        if !page.headers.iter().any(|(other, _)| *other == name) {
            page.headers.push((name, value));
        }
    }
    page
}

/// There must be something to cut off.
fn fill_for_truncation(reply: &mut Reply) {
    if matches!(reply.status, 204 | 205 | 304) {
        reply.status = 200;
    }
    if reply.body.is_empty() {
        reply.set_body("text/plain; charset=utf-8", "cut off here: and not sent");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_is_any_characters() {
        for (pattern, text, expected) in [
            ("*.shop.test", "www.shop.test", true),
            ("*.shop.test", "shop.test", false),
            ("/x*", "/x", true),
            ("/x*", "/y/x", false),
            ("/a*b*c", "/a1b2c", true),
            ("/a*bc*bc", "/abc", false),
            ("*", "", true),
            ("/a", "/a", true),
            ("/a", "/ab", false),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "`{pattern}` on `{text}`");
        }
    }

    proptest! {
        #[test]
        fn wildcards_agree_with_a_regular_expression(pattern in "[ab*]{0,8}", text in "[ab]{0,8}") {
            let regex = format!("^{}$", pattern.replace('*', ".*"));
            let expected = regex::Regex::new(&regex).unwrap().is_match(&text);
            prop_assert_eq!(wildcard(&pattern, &text), expected);
        }
    }
}
