//! Long texts made short enough to read: tracking URLs above all, whose parameters `show` lists.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::safe::{safe, shorten};

/// Characters of one line of evidence; a page's own texts may be of any length.
const LONGEST: usize = 300;
/// Characters that are shown of the random part of a tracking URL.
const OF_RANDOM: usize = 6;

/// An address with a query: scheme, host and path, the last part of the path.
static QUERIED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\b(https?://)([^\s"'?\\]*/)([^\s"'?/\\]*)\?[^\s"'\\]*"#).ok());

/// The text in one safe line in which addresses have no queries, cut where it is still too long.
pub(super) fn brief(text: &str) -> String {
    shorten(&safe(&without_queries(text)), LONGEST).into_owned()
}

/// The text with `https://host/path/s12345678?a=b&…` as `host/path/s12345…?…`.
pub(super) fn without_queries(text: &str) -> Cow<'_, str> {
    let Some(queried) = QUERIED.as_ref() else {
        return Cow::Borrowed(text);
    };
    queried.replace_all(text, |found: &Captures<'_>| {
        let (_, [scheme, path, last]) = found.extract();
        // What is sent over http stands out; https goes without saying.
        let scheme = if scheme == "https://" { "" } else { scheme };
        let random = last.starts_with('s') && last.chars().skip(1).all(|c| c.is_ascii_digit());
        let last = match random {
            true => shorten(last, OF_RANDOM),
            false => Cow::Borrowed(last),
        };
        format!("{scheme}{path}{last}?…")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracking_url_keeps_what_tells_it_from_others() {
        let long = "GET https://metrics.shop.test/b/ss/rs/1/JS-2.23.0/s21896092565568?AQB=1&g=https%3A%2F%2Fx&AQE=1";
        assert_eq!(
            brief(long),
            "GET metrics.shop.test/b/ss/rs/1/JS-2.23.0/s2189…?…"
        );
        let call =
            r#"post audit("https://m.test/b/ss/rs/1/JS/s1?AQB=1", "http://m.test/x?y=1") ran"#;
        assert_eq!(
            brief(call),
            r#"post audit("m.test/b/ss/rs/1/JS/s1?…", "http://m.test/x?…") ran"#
        );
    }

    #[test]
    fn an_address_without_a_query_stays_as_it_is() {
        for text in [
            "document 1 https://www.shop.test/checkout",
            "see https://docs.example/a/b.",
            "is it so? https://www.shop.test/",
        ] {
            assert_eq!(brief(text), text);
        }
    }

    #[test]
    fn what_is_long_for_another_reason_is_cut_and_safe() {
        let text = brief(&"\u{1b}x".repeat(500));
        assert_eq!(text.chars().count(), LONGEST);
        assert!(text.ends_with('…') && !text.contains('\u{1b}'), "{text}");
    }
}
