//! What a tracking request looks like on the wire: its collector, its key, its transport.
//! (Paths and transports as measured on the libraries; see the project's background notes.)

use crate::scenario::Transport;

/// Who a tracking request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collector {
    /// A collection server of AppMeasurement: `/b/ss/<report suites>/…`.
    AppMeasurement,
    /// An edge of the Web SDK: `/…/v1/interact` and `/…/v1/collect`.
    WebSdk,
}

impl Collector {
    /// By the path; `None` is no tracking request.
    pub fn of(target: &str) -> Option<Collector> {
        let (path, _) = split(target);
        if path
            .strip_prefix("/b/ss/")
            .is_some_and(|rest| !rest.is_empty())
        {
            Some(Collector::AppMeasurement)
        } else if path.ends_with("/v1/interact") || path.ends_with("/v1/collect") {
            Some(Collector::WebSdk)
        } else {
            None
        }
    }
}

/// The part of a tracking URL (absolute or in origin form) that names its hit: `s` and digits at
/// the end of AppMeasurement's path, the Web SDK's `requestId`. `None` where there is none.
pub fn hit_key(url: &str) -> Option<String> {
    let target = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => &rest[rest.find('/')?..],
        _ => url,
    };
    let (path, query) = split(target);
    match Collector::of(target)? {
        Collector::AppMeasurement => path
            .rsplit('/')
            .next()
            .filter(|part| {
                part.strip_prefix('s').is_some_and(|digits| {
                    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
                })
            })
            .map(str::to_owned),
        Collector::WebSdk => parameter(query, "requestId").map(str::to_owned),
    }
}

/// The transport, as far as the request shows it.
pub(super) fn transport(
    method: &str,
    target: &str,
    headers: &[(String, String)],
    has_body: bool,
) -> Option<Transport> {
    let header = |name: &str| super::answer::header(headers, name);
    let destination = header("sec-fetch-dest");
    match (Collector::of(target), method) {
        (Some(Collector::AppMeasurement), "POST") if has_body => Some(Transport::Xhr),
        (Some(Collector::AppMeasurement), "POST") => Some(Transport::Beacon),
        (Some(Collector::AppMeasurement), "GET") => match destination {
            Some("script") => Some(Transport::Script),
            Some("empty") => Some(Transport::Fetch),
            _ if wants_script(target) => Some(Transport::Script),
            _ => Some(Transport::Image),
        },
        (Some(Collector::WebSdk), "POST") => {
            let (path, _) = split(target);
            let beacon = match header("sec-fetch-mode") {
                Some(mode) => mode == "no-cors",
                None => path.ends_with("/collect"),
            };
            Some(if beacon {
                Transport::Beacon
            } else {
                Transport::Fetch
            })
        }
        _ => match destination {
            Some("image") => Some(Transport::Image),
            Some("script") => Some(Transport::Script),
            _ => None,
        },
    }
}

/// Whether a collection server answers with a script: the path's part after the report suites is
/// `10` (`5.10` for apps).
pub(super) fn wants_script(target: &str) -> bool {
    let (path, _) = split(target);
    path.split('/')
        .nth(4)
        .is_some_and(|part| part == "10" || part.ends_with(".10"))
}

/// Path and query of a target.
pub(super) fn split(target: &str) -> (&str, &str) {
    target.split_once('?').unwrap_or((target, ""))
}

/// A parameter of a query, as it stands there.
pub(super) fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_random_part_or_the_request_id() {
        for (url, key) in [
            (
                "https://m.shop.test/b/ss/rsid/1/JS-2.23.0/s8362?AQB=1",
                Some("s8362"),
            ),
            ("/b/ss/a,b/10/JS-2.23.0/s1?x=/b/ss/c/s9", Some("s1")),
            ("/b/ss/rsid/1/JS-2.23.0/shop?AQB=1", None),
            ("/ee/v1/interact?configId=1&requestId=ab-1", Some("ab-1")),
            ("/other/s123", None),
            ("https://shop.test", None),
        ] {
            assert_eq!(hit_key(url).as_deref(), key, "key of {url}");
        }
    }

    #[test]
    fn transports_show_in_method_path_body_and_fetch_metadata() {
        let metadata = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        let none = Vec::new();
        let image = "/b/ss/rsid/1/JS-2.23.0/s1?AQB=1";
        let script = "/b/ss/rsid/10/JS-2.23.0/s1?AQB=1&callback=f";
        for (method, target, headers, has_body, expected) in [
            ("GET", image, &none, false, Some(Transport::Image)),
            ("GET", script, &none, false, Some(Transport::Script)),
            ("POST", image, &none, false, Some(Transport::Beacon)),
            ("POST", image, &none, true, Some(Transport::Xhr)),
            (
                "GET",
                image,
                &metadata("sec-fetch-dest", "script"),
                false,
                Some(Transport::Script),
            ),
            (
                "GET",
                image,
                &metadata("sec-fetch-dest", "empty"),
                false,
                Some(Transport::Fetch),
            ),
            (
                "POST",
                "/ee/v1/interact?requestId=1",
                &none,
                true,
                Some(Transport::Fetch),
            ),
            (
                "POST",
                "/ee/v1/collect?requestId=1",
                &none,
                true,
                Some(Transport::Beacon),
            ),
            (
                "POST",
                "/ee/v1/collect?requestId=1",
                &metadata("sec-fetch-mode", "cors"),
                true,
                Some(Transport::Fetch),
            ),
            ("GET", "/x.png", &none, false, None),
            (
                "GET",
                "/x.png",
                &metadata("sec-fetch-dest", "image"),
                false,
                Some(Transport::Image),
            ),
        ] {
            assert_eq!(
                transport(method, target, headers, has_body),
                expected,
                "{method} {target} {headers:?}, body: {has_body}"
            );
        }
    }
}
