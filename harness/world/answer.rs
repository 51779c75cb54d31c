//! Answers as a conforming network gives them, and the seam to the pages that somebody else makes.

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};

use super::log::BodyKind;
use super::tracking::{Collector, parameter, split, wants_script};

/// A request as pages see it; all texts have the scenario's names.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// `http` or `https`.
    pub scheme: String,
    /// Host.
    pub host: String,
    /// Path and query.
    pub target: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
}

/// A page, a frame or the build. Its texts have fresh names already.
#[derive(Clone, Debug)]
pub struct PageAnswer {
    /// Status code.
    pub status: u16,
    /// Header fields beside the content type.
    pub headers: Vec<(String, String)>,
    /// Content type.
    pub content_type: String,
    /// Body.
    pub body: Bytes,
}

/// What serves pages into the world.
pub trait Pages: Send + Sync {
    /// What this address is answered with; `None`: nothing in particular is there.
    fn page(&self, request: &PageRequest) -> Option<PageAnswer>;

    /// The HTML of a scenario (with its own names) as a page with everything that a page gets.
    fn wrap_html(&self, request: &PageRequest, html: &str) -> PageAnswer;
}

/// The collection server's image: a transparent GIF of 1x1.
pub(super) const IMAGE: &[u8; 43] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\
\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

pub(super) const IMAGE_TYPE: &str = "image/gif";
pub(super) const SCRIPT_TYPE: &str = "application/x-javascript";
pub(super) const HTML_TYPE: &str = "text/html; charset=utf-8";
pub(super) const JSON_TYPE: &str = "application/json;charset=utf-8";

/// An answer before it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Reply {
    pub fn empty(status: u16) -> Reply {
        Reply {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub fn set_header(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.to_owned()));
    }

    pub fn set_body(&mut self, content_type: &str, body: impl Into<Bytes>) {
        self.body = body.into();
        self.set_header("content-type", content_type);
    }

    /// Whether HTTP can say it; scenarios may hold any status and any header.
    pub fn can_go_out(&self) -> bool {
        (200..=999).contains(&self.status)
            && self.headers.iter().all(|(name, value)| {
                HeaderName::try_from(name).is_ok() && HeaderValue::try_from(value).is_ok()
            })
    }

    /// What the body is, as far as outcomes depend on it.
    pub fn kind(&self) -> BodyKind {
        if self.body.is_empty() {
            return BodyKind::Empty;
        }
        if self.body.starts_with(b"GIF8") {
            return BodyKind::Image;
        }
        let content_type = header(&self.headers, "content-type").unwrap_or_default();
        if content_type.contains("json") && is_edge_answer(&self.body) {
            return BodyKind::Json;
        }
        for (part, kind) in [("javascript", BodyKind::Script), ("html", BodyKind::Html)] {
            if content_type.contains(part) {
                return kind;
            }
        }
        BodyKind::Other
    }
}

impl From<PageAnswer> for Reply {
    fn from(page: PageAnswer) -> Reply {
        let mut reply = Reply::empty(page.status);
        for (name, value) in page.headers {
            // Cookies come in several fields of one name.
            reply.headers.push((name.to_ascii_lowercase(), value));
        }
        reply.set_body(&page.content_type, page.body);
        reply
    }
}

/// The first field of this name.
pub(super) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find_map(|(other, value)| (other == name).then_some(value.as_str()))
}

/// What a collection server answers to a tracking request.
pub(super) fn collected(target: &str) -> Reply {
    let mut reply = Reply::empty(200);
    if wants_script(target) {
        let (_, query) = split(target);
        let callback = parameter(query, "callback").unwrap_or_default();
        reply.set_body(SCRIPT_TYPE, postbacks(callback));
    } else {
        reply.set_body(IMAGE_TYPE, IMAGE.as_slice());
    }
    reply.set_header(
        "cache-control",
        "no-cache, no-store, max-age=0, no-transform, private",
    );
    reply.set_header("pragma", "no-cache");
    reply
}

/// The type of a text that a scenario gives instead of the conforming body.
pub(super) fn text_type(collector: Option<Collector>, target: &str) -> &'static str {
    match collector {
        Some(Collector::AppMeasurement) if wants_script(target) => SCRIPT_TYPE,
        Some(Collector::WebSdk) => JSON_TYPE,
        _ => "text/plain; charset=utf-8",
    }
}

/// Whether it is JSON with a list `handle`: what the Web SDK waits for.
fn is_edge_answer(body: &[u8]) -> bool {
    let read = serde_json::from_slice::<serde_json::Value>(body);
    read.is_ok_and(|answer| {
        answer
            .get("handle")
            .is_some_and(serde_json::Value::is_array)
    })
}

/// A script that hands the callback an answer without destinations.
fn postbacks(callback: &str) -> String {
    let is_path = callback
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_$.[]".contains(&byte));
    if callback.is_empty() || !is_path {
        return "/* no callback */".to_owned();
    }
    format!(
        "try {{ if (typeof {callback} === \"function\") {callback}({{\"dests\": []}}); }} catch (e) {{}}"
    )
}

/// A page that says which status it is, for faults.
pub(super) fn error_page(status: u16) -> String {
    format!("<!DOCTYPE html><html><head><title>{status}</title></head><body>{status}</body></html>")
}

/// Whether the request is for a document of a window or a frame.
pub(super) fn is_navigation(method: &str, headers: &[(String, String)]) -> bool {
    match header(headers, "sec-fetch-dest") {
        Some(destination) => matches!(
            destination,
            "document" | "iframe" | "frame" | "embed" | "object"
        ),
        None => {
            method == "GET"
                && header(headers, "accept").is_some_and(|accept| accept.starts_with("text/html"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_call_only_what_is_a_path_to_a_function() {
        let good = postbacks("s_c_il[1].doPostbacks");
        assert!(
            good.contains("s_c_il[1].doPostbacks({\"dests\": []})"),
            "{good}"
        );
        for bad in ["", "alert(1)//", "a;b", "%22"] {
            let script = postbacks(bad);
            assert!(
                !script.contains("typeof"),
                "`{bad}` is no path to a function: {script}"
            );
        }
    }

    #[test]
    fn bodies_are_judged_by_what_they_are() {
        let mut reply = Reply::empty(200);
        assert_eq!(reply.kind(), BodyKind::Empty);
        reply.set_body("text/html", IMAGE.as_slice());
        assert_eq!(
            reply.kind(),
            BodyKind::Image,
            "browsers decode an image by its bytes, whatever its type says"
        );
        for (content_type, kind) in [
            (HTML_TYPE, BodyKind::Html),
            (SCRIPT_TYPE, BodyKind::Script),
            (JSON_TYPE, BodyKind::Other),
            ("text/plain", BodyKind::Other),
        ] {
            reply.set_body(content_type, "x");
            assert_eq!(reply.kind(), kind, "{content_type}");
        }
        for (body, kind) in [
            (r#"{"handle":[]}"#, BodyKind::Json),
            (r#"{"handle":{}}"#, BodyKind::Other),
            ("[]", BodyKind::Other),
        ] {
            reply.set_body(JSON_TYPE, body);
            assert_eq!(
                reply.kind(),
                kind,
                "only a list `handle` makes {body} an edge's answer"
            );
        }
    }
}
