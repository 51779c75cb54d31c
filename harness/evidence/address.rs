//! Addresses of tracking requests: what is one, and which hit it names.
//!
//! Nothing is resolved or re-encoded here: a law compares addresses as text, so the text has to
//! stay as the page or the wire had it.

/// The parts of a tracking address that tell which hit it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Host in lower case, without a port.
    pub host: String,
    /// Path.
    pub path: String,
    /// The part that names the hit: `s` and digits (AppMeasurement), the request id (Web SDK).
    pub key: String,
    /// Report suites, as they stand in the path; `None` for the Web SDK.
    pub suites: Option<String>,
}

impl Address {
    /// Reads the address of a tracking request; `None` if it is none: its path has neither `/b/ss/`
    /// (AppMeasurement) nor ends with `/v1/interact` or `/v1/collect` (Web SDK).
    pub fn of(url: &str) -> Option<Address> {
        let (_, rest) = url.split_once("://")?;
        let (rest, query) = match split_query(rest) {
            (rest, Some(query)) => (rest, query),
            (rest, None) => (rest, ""),
        };
        let (authority, path) = rest.split_at(rest.find('/')?);
        let (key, suites) = if let Some((_, tail)) = path.split_once("/b/ss/") {
            let suites = tail.split('/').next().unwrap_or_default();
            let key = tail.rsplit('/').next().unwrap_or_default();
            (key.to_owned(), Some(suites.to_owned()))
        } else if path.ends_with("/v1/interact") || path.ends_with("/v1/collect") {
            (request_id(query)?, None)
        } else {
            return None;
        };
        Some(Address {
            host: host_of(authority),
            path: path.to_owned(),
            key,
            suites,
        })
    }

    /// What joins page and wire.
    pub fn identity(&self) -> (String, String) {
        (self.host.clone(), self.key.clone())
    }
}

/// Splits an address into what stands before the query, and the query (no fragment).
pub fn split_query(url: &str) -> (&str, Option<&str>) {
    let url = url.split('#').next().unwrap_or_default();
    match url.split_once('?') {
        Some((base, query)) => (base, Some(query)),
        None => (url, None),
    }
}

/// The address in the shape that the documentation knows: a form body stands in the query.
pub fn with_form_body(url: &str, body: &str) -> String {
    let is_form = !body.is_empty() && Address::of(url).is_some_and(|at| at.suites.is_some());
    match (is_form, url.contains('?')) {
        (false, _) => url.to_owned(),
        (true, false) => format!("{url}?{body}"),
        (true, true) => format!("{url}&{body}"),
    }
}

fn host_of(authority: &str) -> String {
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    host.to_ascii_lowercase()
}

fn request_id(query: &str) -> Option<String> {
    query
        .split('&')
        .find_map(|piece| piece.strip_prefix("requestId="))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_appmeasurement_address_is_named_by_its_random_part_and_suites() {
        let at = Address::of("https://Metrics.Shop.test:8443/b/ss/one,two/1/JS-2.23.0/s123?AQB=1")
            .expect("a path with /b/ss/ is a tracking address");
        assert_eq!(
            at.host, "metrics.shop.test",
            "hosts join without case and port"
        );
        assert_eq!(at.key, "s123");
        assert_eq!(at.suites.as_deref(), Some("one,two"));
    }

    #[test]
    fn a_web_sdk_address_is_named_by_its_request_id() {
        let at = Address::of("https://edge.test/ee/v1/interact?configId=a&requestId=r-1")
            .expect("a path that ends with /v1/interact is a tracking address");
        assert_eq!((at.key.as_str(), at.suites), ("r-1", None));
    }

    #[test]
    fn a_query_does_not_make_an_address_a_tracking_address() {
        for url in [
            "https://partner.test/collect?u=https://m.test/b/ss/r/1/JS-1/s1",
            "https://partner.test?x=/b/ss/",
            "about:blank",
            "",
        ] {
            assert_eq!(Address::of(url), None, "{url} is no tracking address");
        }
    }

    #[test]
    fn a_form_body_is_appended_to_tracking_addresses_of_appmeasurement_only() {
        let path = "https://m.test/b/ss/r/1/JS-1/s1";
        assert_eq!(with_form_body(path, "AQB=1"), format!("{path}?AQB=1"));
        assert_eq!(with_form_body(path, ""), path);
        let sdk = "https://e.test/ee/v1/interact?requestId=1";
        assert_eq!(with_form_body(sdk, "{}"), sdk, "a JSON body is no query");
    }
}
