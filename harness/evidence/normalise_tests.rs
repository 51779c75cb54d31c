//! What normalising hides, what it refuses to hide, and that equal values keep equal tokens.

use proptest::prelude::*;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::normalise::{Normaliser, Shown};
use super::testing::{Case, STARTED_MS, hit_url, scenario};
use super::volatile::Setting;
use super::{Document, Evidence, join};
use crate::scenario::{Scenario, Tracker, Value};

const FID: &str = "4D30D9CD6CE8D2A5-3C3A1A2A7F5E0001";
const KEY: &str = "s41234567890123";

fn document(timezone: i32) -> Document {
    Document {
        url: "https://www.shop.test/".into(),
        top: true,
        timezone,
        windows: vec![[1366, 768, 1280, 720, 24]],
        built: Some(("appmeasurement".into(), "2.23.0".into())),
        beacon: None,
        hidden: None,
    }
}

fn setting(document: &Document) -> Setting<'_> {
    Setting {
        span_ms: (STARTED_MS, STARTED_MS + 3_000.0),
        document: Some(document),
    }
}

fn shown(name: &str, value: &str) -> Shown {
    let (evidence, document) = (Evidence::default(), document(0));
    let mut normaliser = Normaliser::new(&evidence, &scenario(), []);
    normaliser.parameter(name, value, &setting(&document))
}

/// A local date as the library writes it: UTC shifted by the offset.
fn date(at: OffsetDateTime, offset: i32) -> String {
    let local = at - Duration::minutes(offset.into());
    format!(
        "{}/{}/{} {}:{}:{} {} {offset}",
        local.day(),
        u8::from(local.month()) - 1,
        local.year(),
        local.hour(),
        local.minute(),
        local.second(),
        local.weekday().number_days_from_sunday()
    )
}

fn started() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(STARTED_MS as i64 / 1_000).unwrap()
}

/// Evidence of one hit that carries every numbered kind of value.
fn evidence() -> Evidence {
    let mut case = Case::new();
    case.delivered("s", &hit_url(KEY, &format!("fid={FID}")));
    join(&case.recording(), &scenario())
}

#[test]
fn values_of_this_run_and_window_become_tokens() {
    for (name, value, token) in [
        ("t", "24/10/2026 10:0:1 2 0", "«date»"),
        ("ts", "1795514401", "«timestamp»"),
        ("fid", FID, "«fid:1»"),
        ("aid", FID, "«aid:1»"),
        ("mid", "12345678901234567890123456789012345678", "«mid:1»"),
        ("s", "1366x768", "«screen»"),
        ("c", "24", "«colour-depth»"),
        ("bw", "1280", "«inner-width»"),
        ("bh", "720", "«inner-height»"),
        ("j", "1.6", "«javascript»"),
        ("k", "Y", "«cookies»"),
        ("v", "N", "«java»"),
        ("callback", "s_c_il[3].doPostbacks", "«callback:1»"),
        (
            "requestId",
            "8f1c0d9e-1c2b-4c3d-8e4f-5a6b7c8d9e0f",
            "«request:1»",
        ),
    ] {
        assert_eq!(
            shown(name, value),
            Shown::Token(token.into()),
            "{name}={value}"
        );
    }
    for (name, value) in [("lrt", "12"), ("h.bitness", "64")] {
        assert_eq!(
            shown(name, value),
            Shown::Dropped,
            "{name} comes and goes by itself"
        );
    }
    for (name, value) in [("v1", "24"), ("pageName", "home"), ("c3", "24")] {
        assert_eq!(shown(name, value), Shown::AsIs, "{name} is the site's own");
    }
}

#[test]
fn a_time_in_a_request_that_is_no_hit_is_hidden_only_if_it_is_one_of_this_run() {
    let (evidence, document) = (Evidence::default(), document(0));
    for (name, value, expected) in [
        ("ts", "1795514401250", Shown::Token("«milliseconds»".into())),
        ("ts", "1795514000000", Shown::AsIs),
        ("ts", "1795514401", Shown::AsIs),
        ("d_ver", "1795514401250", Shown::AsIs),
    ] {
        let mut normaliser = Normaliser::new(&evidence, &scenario(), []);
        assert_eq!(
            normaliser.other_parameter(name, value, &setting(&document)),
            expected,
            "{name}={value}"
        );
    }
}

#[test]
fn a_timestamp_may_be_rounded_up_to_the_second_after_the_run() {
    let (evidence, document) = (Evidence::default(), document(0));
    let next = (STARTED_MS / 1_000.0).floor() + 3.0;
    for (finished, hidden) in [(2_600.0, true), (2_400.0, false)] {
        let setting = Setting {
            span_ms: (
                STARTED_MS,
                (STARTED_MS / 1_000.0).floor() * 1_000.0 + finished,
            ),
            document: Some(&document),
        };
        let mut normaliser = Normaliser::new(&evidence, &scenario(), []);
        let shown = normaliser.parameter("ts", &next.to_string(), &setting);
        assert_eq!(
            shown == Shown::Token("«timestamp»".into()),
            hidden,
            "{finished} ms after the second in which the run began: {shown:?}"
        );
    }
}

#[test]
fn values_that_fail_their_check_are_not_hidden() {
    for (name, value) in [
        ("t", "24/10/2026 10:0:1 3 0"),
        ("t", "24/11/2026 10:0:1 2 0"),
        ("t", "24/10/2026 10:00:01 2 0"),
        ("t", "24/10/2026 9:0:1 2 0"),
        ("t", "24/10/2026 10:0:1 2 -60"),
        ("t", "31/1/2026 10:0:1 2 0"),
        ("t", "24/10/2026 10:0:1 2"),
        ("t", ""),
        ("ts", "1795514000"),
        ("ts", "1795514404"),
        ("fid", "4d30d9cd6ce8d2a5-3c3a1a2a7f5e0001"),
        ("fid", "4D30D9CD6CE8D2A5"),
        ("mid", "1234"),
        ("lrt", "0"),
        ("lrt", "soon"),
        ("s", "1280x720"),
        ("bw", "1281"),
        ("j", "1"),
        ("k", "yes"),
        ("callback", "s_c_il[].doPostbacks"),
    ] {
        let shown = shown(name, value);
        assert!(
            matches!(shown, Shown::Wrong(_)),
            "{name}={value} was {shown:?}"
        );
    }
}

#[test]
fn without_a_document_nothing_that_depends_on_it_is_hidden() {
    let evidence = Evidence::default();
    let mut normaliser = Normaliser::new(&evidence, &scenario(), []);
    let setting = Setting {
        span_ms: (STARTED_MS, STARTED_MS),
        document: None,
    };
    for (name, value) in [("s", "1366x768"), ("t", "24/10/2026 10:0:0 2 0")] {
        let shown = normaliser.parameter(name, value, &setting);
        assert!(matches!(shown, Shown::Wrong(_)), "{name}: {shown:?}");
    }
}

#[test]
fn an_id_that_the_author_wrote_is_no_volatile_one() {
    let base = scenario();
    let id = "7".repeat(38);
    let fixed = Scenario {
        trackers: vec![Tracker {
            instance: "s".into(),
            variables: vec![("marketingCloudVisitorID".into(), Value::Text(id.clone()))],
            at: base.at.clone(),
        }],
        ..base
    };
    let (evidence, document) = (Evidence::default(), document(0));
    let mut normaliser = Normaliser::new(&evidence, &fixed, []);
    let mut show = |value: &str| normaliser.parameter("mid", value, &setting(&document));
    assert_eq!(show(&id), Shown::AsIs, "it is the same in every run");
    assert_eq!(show(&"8".repeat(38)), Shown::Token("«mid:1»".into()));
    assert!(
        matches!(show(&"7".repeat(37)), Shown::Wrong(_)),
        "a part of what was written is something else"
    );
}

#[test]
fn addresses_of_hits_are_named_and_others_keep_their_shape() {
    let evidence = evidence();
    let document = document(0);
    let setting = setting(&document);
    let url = hit_url(KEY, &format!("fid={FID}"));
    let names = evidence.hits.iter().map(|hit| (hit, "hit 1".to_owned()));
    let mut normaliser = Normaliser::new(&evidence, &scenario(), names);
    let mut text = |text: &str| normaliser.text(text, &setting);
    assert_eq!(text(&format!("sent {url}")), "sent «url of hit 1»");
    assert_eq!(
        text(&format!("{url}&lrt=3&h.&bitness=64&.h&v1=B")),
        "https://metrics.shop.test/b/ss/examplersid/1/JS-«version»/«random:1»\
         ?AQB=1&ndh=1&pf=1&t=«date»&fid=«fid:1»&AQE=1&v1=B"
    );
    assert_eq!(
        text("https://m.test/b/ss/r/1/JS-2.24.0T-tag/s9?AQB=1&bw=7"),
        "https://m.test/b/ss/r/1/JS-«!version:2.24.0»T-tag/«random:2»?AQB=1&bw=«!inner-width:7»"
    );
    assert_eq!(
        text(&format!(
            "{{\"id\":\"{KEY}\",\"s_fid={FID}\"}} 24/10/2026 10:0:1 2 0"
        )),
        "{\"id\":\"«random:1»\",\"s_fid=«fid:1»\"} «date»"
    );
    assert_eq!(
        text("https://p.test/?u=https://m.test/b/ss/r/s9"),
        "https://p.test/?u=https://m.test/b/ss/r/«random:2»",
        "an address within an address"
    );
}

#[test]
fn a_token_that_is_never_closed_does_not_reach_into_the_next() {
    let evidence = evidence();
    let document = document(0);
    let mut normaliser = Normaliser::new(&evidence, &scenario(), []);
    let url = hit_url(KEY, "");
    let once = normaliser.text(&format!("{url}«&&{url}"), &setting(&document));
    assert!(
        once.contains("«&&https://"),
        "a page may write this: {once}"
    );
    let twice = normaliser.text(&once, &setting(&document));
    assert_eq!(once, twice, "and it stays as it is");
}

#[test]
fn json_values_are_normalised_inside() {
    let evidence = evidence();
    let document = document(0);
    let mut normaliser = Normaliser::new(&evidence, &scenario(), []);
    let value = json!({ "list": [KEY, 1], "plain": "A" });
    let shown = normaliser.json(&value, &setting(&document));
    assert_eq!(shown, r#"{"list":["«random:1»",1],"plain":"A"}"#);
    assert_eq!(
        normaliser.json(&json!(KEY), &setting(&document)),
        "«random:1»"
    );
}

fn fragment() -> impl Strategy<Value = String> {
    let url = hit_url(KEY, &format!("fid={FID}&c.&a=1&.c"));
    prop_oneof![
        any::<String>(),
        Just(url.clone()),
        Just(url.replace("2026", "2025").replace("2.23.0", "2.2")),
        Just(hit_url(
            "s77",
            "bw=1&h.&a=1&.h&lrt=4&callback=s_c_il[1].doPostbacks"
        )),
        Just("24/10/2026 10:0:1 2 0".to_owned()),
        Just("24%2F10%2F2025%2010%3A0%3A1%202%200".to_owned()),
        Just(KEY.to_owned()),
        Just(FID.to_owned()),
        Just("AQB=1&t=«date»&v1=%E4&AQE=1".to_owned()),
        Just(" ".to_owned()),
        "[«»!:&=.a-z ]{0,6}",
    ]
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(parts in prop::collection::vec(fragment(), 0..6)) {
        let evidence = evidence();
        let document = document(0);
        let mut normaliser = Normaliser::new(&evidence, &scenario(), []);
        let once = normaliser.text(&parts.concat(), &setting(&document));
        let twice = normaliser.text(&once, &setting(&document));
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn equal_values_and_only_they_share_a_token(
        values in prop::collection::vec("[0-3A]{16}-[0-1]{16}", 1..8),
        again in prop::collection::vec(any::<prop::sample::Index>(), 1..8),
    ) {
        let (evidence, document) = (Evidence::default(), document(0));
        let mut normaliser = Normaliser::new(&evidence, &scenario(), []);
        let again: Vec<String> = again.iter().map(|index| index.get(&values).clone()).collect();
        let all: Vec<String> = values.into_iter().chain(again).collect();
        let tokens: Vec<Shown> = all
            .iter()
            .map(|value| normaliser.parameter("fid", value, &setting(&document)))
            .collect();
        for (value, token) in all.iter().zip(&tokens) {
            for (other, token_of_other) in all.iter().zip(&tokens) {
                prop_assert_eq!(value == other, token == token_of_other, "{} {}", value, other);
            }
        }
    }

    #[test]
    fn a_date_is_hidden_exactly_if_it_lies_within_the_run(
        seconds in -100_000i64..100_000,
        near in -3i64..7,
        offset in -14i32..=12,
    ) {
        let (evidence, document) = (Evidence::default(), document(offset * 60));
        let mut normaliser = Normaliser::new(&evidence, &scenario(), []);
        for seconds in [seconds, near] {
            let value = date(started() + Duration::seconds(seconds), offset * 60);
            let shown = normaliser.parameter("t", &value, &setting(&document));
            let hidden = shown == Shown::Token("«date»".into());
            prop_assert_eq!(hidden, (0..=3).contains(&seconds), "{} was {:?}", value, shown);
        }
    }
}
