//! The identity service behind `*.demdex.net` and `/id` of tracking servers, which VisitorAPI and the
//! audience management module ask before a first hit: without an answer they wait for their time-out.
//!
//! Shapes as Adobe's documentation of the Experience Cloud ID Service describes them: an id of 38
//! digits, the region, the blob, as JSON or as a call of the function that the page names.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::answer::{HTML_TYPE, JSON_TYPE, Reply, SCRIPT_TYPE};
use super::tracking::{parameter, split};

const DOMAIN: &str = "demdex.net";

/// Where a tracking server of a customer's own has the service.
const TRACKING_SERVERS: &str = "/id";

/// The visitor of the closed world: every case is a new one, so one id is as good as another.
const VISITOR: &str = "31415926535897932384626433832795028841";

/// What the service answers; `None`: nobody asks it.
pub(super) fn answer(host: &str, target: &str) -> Option<Reply> {
    let (path, query) = split(target);
    let of_service = host
        .strip_suffix(DOMAIN)
        .is_some_and(|of_it| of_it.is_empty() || of_it.ends_with('.'));
    if !of_service {
        let asked = path == TRACKING_SERVERS && parameter(query, "d_visid_ver").is_some();
        let id = parameter(query, "mid").unwrap_or(VISITOR);
        return asked.then(|| data(&json!({ "mid": id }), parameter(query, "callback")));
    }
    if path.ends_with(".html") {
        let mut reply = Reply::empty(200);
        reply.set_body(HTML_TYPE, "<!DOCTYPE html><title></title>");
        return Some(reply);
    }
    let visitor = json!({
        "d_mid": VISITOR,
        "id_sync_ttl": 604_800,
        "d_blob": "blob-of-the-closed-world",
        "dcs_region": 6,
        "d_ottl": 7200,
        "ibs": [],
        "subdomain": "posttrack",
        "tid": "posttrack",
        "uuid": VISITOR,
        "dests": [],
        "stuff": [],
    });
    Some(data(&visitor, parameter(query, "d_cb")))
}

/// JSON, or a call of the function of this (escaped) name with it.
fn data(value: &Value, callback: Option<&str>) -> Reply {
    let mut reply = Reply::empty(200);
    let callback = callback
        .map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned())
        .filter(|name| is_path(name));
    match callback {
        Some(callback) => reply.set_body(SCRIPT_TYPE, format!("{callback}({value});")),
        None => reply.set_body(JSON_TYPE, value.to_string()),
    }
    reply
}

fn is_path(callback: &str) -> bool {
    callback
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_$.[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(host: &str, target: &str) -> Option<String> {
        let reply = answer(host, target)?;
        Some(String::from_utf8_lossy(&reply.body).into_owned())
    }

    #[test]
    fn an_id_is_answered_as_json_or_to_the_function_that_the_page_names() {
        let json = body(
            "dpm.demdex.net",
            "/id?d_visid_ver=5.5.0&d_orgid=A1%40AdobeOrg",
        )
        .unwrap();
        let read: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["d_mid"], VISITOR);
        let script = body("customer.demdex.net", "/event?d_cb=s_c_il%5B0%5D.answer").unwrap();
        assert!(script.starts_with("s_c_il[0].answer({"), "{script}");
        let no_path = body("dpm.demdex.net", "/id?d_cb=alert(1)//").unwrap();
        assert!(
            no_path.starts_with('{'),
            "only a function is called: {no_path}"
        );
    }

    #[test]
    fn a_tracking_server_confirms_the_id_that_it_is_told_or_makes_one() {
        let told = "/id?d_visid_ver=5.5.0&mcorgid=A1%40AdobeOrg&mid=12";
        let host = "collect.customer-site.com";
        assert_eq!(body(host, told).unwrap(), r#"{"mid":"12"}"#);
        let named = "/id?d_visid_ver=5.5.0&callback=s_c_il%5B0%5D._set";
        assert_eq!(
            body(host, named).unwrap(),
            format!(r#"s_c_il[0]._set({{"mid":"{VISITOR}"}});"#)
        );
    }

    #[test]
    fn other_hosts_are_not_the_service() {
        for host in ["notdemdex.net", "demdex.net.shop.test", "www.shop.test"] {
            assert!(answer(host, "/id").is_none(), "{host}");
        }
        assert!(answer("posttrack.demdex.net", "/dest5.html?d_nsid=0").is_some());
    }
}
