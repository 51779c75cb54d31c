//! Names of hosts and addresses: which ones a scenario may use.

use url::Url;

use crate::scenario::read::Sink;
use crate::scenario::source::Place;

/// Characters that the label before `.test` needs: it is replaced by a fresh one of the same length.
const SITE_LENGTH: usize = 4;

/// Checks the name of a host that the world plays under a fresh name.
pub(super) fn check_site(host: &str, place: &Place, sink: &mut Sink) -> bool {
    let Some(above) = host.strip_suffix(".test") else {
        sink.error(
            place,
            format!("the host `{host}` is not under `.test`"),
            "expected a host like `www.shop.test`",
        )
        .help("a scenario's own hosts end in `.test`; others can only be named as `host` of an endpoint or of `network`");
        return false;
    };
    let site = above.rsplit('.').next().unwrap_or(above);
    if site.chars().count() < SITE_LENGTH {
        sink.error(
            place,
            format!("the site name `{site}` of `{host}` is too short"),
            format!("expected at least {SITE_LENGTH} characters before `.test`"),
        )
        .help("every run puts a fresh label of the same length in its place");
        return false;
    }
    check_letters(host, place, sink)
}

/// Checks the host of an endpoint or of `network`: one under `.test`, or a fixed one outside; `*` may be its first label.
pub(super) fn check_pattern(host: &str, place: &Place, sink: &mut Sink) -> bool {
    let plain = host.strip_prefix("*.").unwrap_or(host);
    if host == "*" {
        sink.error(place, "`*` is no host", "expected a host like `*.2o7.net`")
            .help("without `host` an endpoint is for every host");
        return false;
    }
    if plain.ends_with(".test") || plain == "test" {
        return check_site(plain, place, sink);
    }
    if !plain.contains('.') {
        sink.error(
            place,
            format!("`{host}` is no host"),
            "expected a host like `metrics.shop.test`",
        );
        return false;
    }
    check_letters(plain, place, sink)
}

fn check_letters(host: &str, place: &Place, sink: &mut Sink) -> bool {
    let label = |label: &str| {
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        (1..=63).contains(&label.len()) && label.chars().all(letters)
    };
    let good = host.split('.').all(label);
    if !good {
        sink.error(
            place,
            format!("`{host}` is no host"),
            "expected a name of small letters, digits, `-` and dots, without scheme, port or path",
        );
    }
    good
}

/// Reads an absolute address under `.test`, or one relative to `base`.
pub(super) fn address(
    text: &str,
    base: Option<&Url>,
    place: &Place,
    sink: &mut Sink,
) -> Option<Url> {
    let parsed = match base {
        Some(base) => base.join(text),
        None => Url::parse(text),
    };
    let expected = match base {
        Some(_) => "expected an address like `https://www.shop.test/`, or a path like `/thanks`",
        None => "expected an address like `https://www.shop.test/`",
    };
    let url = match parsed {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            let message = format!("`{text}` is no whole address: it has no `https://`");
            sink.error(place, message, expected);
            return None;
        }
        Err(reason) => {
            sink.error(place, format!("`{text}` is no address: {reason}"), expected);
            return None;
        }
    };
    if !matches!(url.scheme(), "http" | "https") {
        let scheme = url.scheme();
        sink.error(
            place,
            format!("`{scheme}:` is not for pages"),
            "expected http: or https:",
        );
        return None;
    }
    let host = url.host_str().unwrap_or_default();
    check_site(host, place, sink).then_some(url)
}

/// Checks a text that may be the name of a `.test` host (perhaps with a port).
pub(super) fn check_if_site(text: &str, place: &Place, sink: &mut Sink) {
    let host = text.split(':').next().unwrap_or(text);
    let letters = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if host.ends_with(".test") && host.chars().all(letters) {
        check_site(&host.to_ascii_lowercase(), place, sink);
    }
}
