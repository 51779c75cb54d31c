//! Volatile values in the body of a Web SDK request, by their path.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Setting, Volatile};
use crate::evidence::xdm::{Step, steps};

/// The longest that an event may have waited before it was sent, in milliseconds.
const LONGEST_QUEUE_MS: i64 = 300_000;

/// The shortest text that may be an identity's cookie.
const SHORTEST_STATE: usize = 20;

/// The kind of a leaf; `None`: it is stable.
pub(super) fn kind(path: &str, value: &str) -> Option<Volatile> {
    let steps = steps(path)?;
    let names: Vec<&str> = steps
        .iter()
        .map(|step| match step {
            Step::Member(name) => name.as_str(),
            Step::Item(_) => "*",
        })
        .collect();
    let in_event = names.strip_prefix(&["events", "*", "xdm"]);
    Some(match in_event.unwrap_or(&names) {
        ["timestamp"] if in_event.is_some() => Volatile::Moment,
        ["implementationDetails", "version"] => Volatile::Version,
        ["device", "screenWidth"] => Volatile::ScreenWidth,
        ["device", "screenHeight"] => Volatile::ScreenHeight,
        ["environment", "browserDetails", "viewportWidth"] => Volatile::InnerWidth,
        ["environment", "browserDetails", "viewportHeight"] => Volatile::InnerHeight,
        ["environment", "browserDetails", "userAgentClientHints", ..] => Volatile::ClientHint,
        ["placeContext", "localTime"] => Volatile::Moment,
        ["placeContext", "localTimezoneOffset"] => Volatile::TimezoneOffset,
        ["xdm", "identityMap", "ECID", "*", "id"] | ["identityMap", "ECID", "*", "id"] => {
            Volatile::Ecid
        }
        ["meta", "queueTimeMillis"] => Volatile::QueueTime,
        ["meta", "state", "entries", "*", "value"] if value.starts_with("general=") => return None,
        ["meta", "state", "entries", "*", "value"] if is_location_hint(value) => {
            Volatile::EdgeLocation
        }
        ["meta", "state", "entries", "*", "value"] => Volatile::State,
        _ => return None,
    })
}

/// Where the edge is: letters and a number (`irl1`).
pub(super) fn is_location_hint(text: &str) -> bool {
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = text.len() - letters.len();
    (2..=4).contains(&letters.len())
        && (1..=2).contains(&digits)
        && letters.bytes().all(|c| c.is_ascii_lowercase())
}

/// A date and time of the run, as `Date.toISOString()` and the SDK's local times write it.
pub(super) fn is_moment(value: &str, setting: &Setting) -> bool {
    let Ok(moment) = OffsetDateTime::parse(value, &Rfc3339) else {
        return false;
    };
    let ms = (moment.unix_timestamp_nanos() / 1_000_000) as f64;
    let (started, finished) = setting.span_ms;
    ms >= started.floor() && ms <= finished.ceil()
}

pub(super) fn is_queue_time(value: &str) -> bool {
    super::number(value).is_some_and(|ms| (0..=LONGEST_QUEUE_MS).contains(&ms))
}

/// URL-safe base64, perhaps with its end escaped.
pub(super) fn is_state(value: &str) -> bool {
    let value = value.replace("%3D", "=");
    value.len() >= SHORTEST_STATE
        && value
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || b"_-=".contains(&c))
}

/// The version that the build reported in the hit's document.
pub(super) fn is_version(value: &str, setting: &Setting) -> bool {
    let built = setting
        .document
        .and_then(|document| document.built.as_ref());
    built.is_some_and(|(_, version)| version == value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Document;

    const DAY: f64 = 1_795_514_400_000.0;

    fn document() -> Document {
        Document {
            url: String::new(),
            top: true,
            timezone: -60,
            windows: vec![[1366, 768, 1280, 720, 24]],
            built: Some(("alloy".into(), "2.33.1".into())),
            beacon: Some(true),
            hidden: None,
        }
    }

    #[test]
    fn each_kind_checks_what_it_hides() {
        let document = document();
        let setting = Setting {
            span_ms: (DAY, DAY + 3_000.0),
            document: Some(&document),
        };
        let event = |rest: &str| format!("events.0.xdm.{rest}");
        for (path, good, bad) in [
            (
                event("timestamp"),
                "2026-11-24T10:00:01.250Z",
                "2026-11-25T10:00:01.250Z",
            ),
            (
                event("placeContext.localTime"),
                "2026-11-24T11:00:01.250+01:00",
                "yesterday",
            ),
            (event("placeContext.localTimezoneOffset"), "-60", "0"),
            (event("implementationDetails.version"), "2.33.1", "2.33.2"),
            (event("device.screenHeight"), "768", "1080"),
            (event("device.screenWidth"), "1366", "1280"),
            (
                event("environment.browserDetails.viewportWidth"),
                "1280",
                "1366",
            ),
            (
                event("environment.browserDetails.viewportHeight"),
                "720",
                "0",
            ),
            (
                event("identityMap.ECID.0.id"),
                "38400000000000000000000000000000000001",
                "384",
            ),
            ("meta.queueTimeMillis".into(), "299999", "300001"),
            (
                "meta.state.entries.0.value".into(),
                "CiY3Nzc3Nzc3Nzc3Nzc3Nw==",
                "a b",
            ),
        ] {
            let kind = Volatile::of_leaf(&path, good).expect("a volatile leaf");
            assert!(
                kind.checks(good, &setting),
                "{good} is a {} of {path}",
                kind.name()
            );
            assert!(
                !kind.checks(bad, &setting),
                "{bad} is no {} of {path}",
                kind.name()
            );
        }
    }

    #[test]
    fn what_an_author_writes_is_stable() {
        for (path, value) in [
            ("events.0.xdm.eventType", "view"),
            ("events.0.data.timestamp", "now"),
            ("events.0.xdm.commerce.order.timestamp", "now"),
            ("meta.state.entries.1.value", "general=in"),
            ("meta.state.domain", "shop.test"),
        ] {
            assert_eq!(Volatile::of_leaf(path, value), None, "{path} = {value}");
        }
    }

    #[test]
    fn a_place_of_the_edge_is_letters_and_a_number() {
        for (text, expected) in [
            ("irl1", true),
            ("or2", true),
            ("v1", false),
            ("ee", false),
            ("EE12", false),
        ] {
            assert_eq!(is_location_hint(text), expected, "{text}");
        }
    }
}
