//! Pins where things stand in a document; what they do is tested in the real browser.

use std::sync::Arc;

use super::*;
use crate::page::adapter;
use crate::scenario::{Library, Page};

fn scenario() -> Scenario {
    let at = |line| Location {
        file: Arc::from("s.toml"),
        line,
        column: 1,
    };
    let page = url::Url::parse("https://www.shop.test/").unwrap();
    let empty = Scenario::new("s", page, at(1));
    Scenario {
        title: "a < b".into(),
        page: Page {
            head: "<meta name=a>".into(),
            body: "<p>body".into(),
            ..empty.page
        },
        trackers: vec![Tracker {
            instance: "s".into(),
            variables: vec![
                ("account".into(), Value::Text("rs".into())),
                (
                    "eVar1".into(),
                    Value::Js(Js {
                        code: "'a' +\n'b'".into(),
                        at: at(7),
                    }),
                ),
            ],
            at: at(5),
        }],
        callbacks: vec![Callback {
            name: "audit".into(),
            on: Some(crate::scenario::On::Post),
            args: vec![Value::Number(2.into())],
            run: Some(Js {
                code: "first();\nsecond();".into(),
                at: at(12),
            }),
            tracker: None,
            at: at(10),
        }],
        ..empty
    }
}

fn context() -> DocumentContext {
    DocumentContext {
        doc: "d1".into(),
        first: true,
        nonce: "n0".into(),
        report: "https://report.test/".into(),
        version: None,
        hosts: vec![("shop.test".into(), "abcd.test".into())],
    }
}

fn assembled(scenario: &Scenario, html: Option<&str>) -> HtmlDocument {
    let assembly = Assembly {
        scenario,
        adapter: adapter(Library::Appmeasurement),
    };
    match html {
        Some(html) => assembly.document(&context(), html),
        None => assembly.page(&context()),
    }
}

#[test]
fn probe_build_set_up_callbacks_stand_in_this_order() {
    let html = assembled(&scenario(), None).html;
    let order = [
        "posttrack-probe",
        "<meta name=a>",
        "src=\"/build.js\"",
        "posttrack.built()",
        "account = \"rs\"",
        "s_gi(account)",
        "posttrack.callback(\"audit\"",
        "registerPostTrackCallback(window[\"audit\"],2)",
        "<p>body",
        "posttrack.assembled()",
    ];
    let places: Vec<_> = order
        .iter()
        .map(|piece| {
            html.find(piece)
                .unwrap_or_else(|| panic!("{piece} is missing"))
        })
        .collect();
    assert!(
        places.is_sorted(),
        "pieces stand in another order: {places:?}"
    );
    assert!(
        html.contains("<title>a &lt; b</title>"),
        "the title must be escaped"
    );
}

#[test]
fn a_position_in_the_document_is_found_in_the_scenario() {
    let HtmlDocument { html, map } = assembled(&scenario(), None);
    let line_of = |text: &str| 1 + html[..html.find(text).unwrap()].matches('\n').count() as u32;
    let second = map.find(line_of("second();"), 3).unwrap();
    assert_eq!(second.to_string(), "s.toml:13:3");
    let value = map.find(line_of("'b'"), 1).unwrap();
    assert_eq!(value.to_string(), "s.toml:8:1");
    let behind = map.find(line_of("'b'") + 1, 1).unwrap();
    assert_eq!(
        behind.to_string(),
        "s.toml:8:4",
        "what is missing is missing at the code's end"
    );
    assert_eq!(map.find(1, 1), None, "the first line is the harness's own");
}

#[test]
fn a_document_without_the_build_gets_the_probe_alone() {
    let html = assembled(&scenario(), Some("<p>just text</p>")).html;
    assert!(
        html.starts_with("<script nonce=\"n0\">(function (config)"),
        "the probe must be first"
    );
    assert!(
        !html.contains("posttrack.built();"),
        "there is no build to watch"
    );
}

#[test]
fn host_names_in_the_map_are_safe_from_substitution() {
    let html = assembled(&scenario(), None).html;
    assert!(
        html.contains(r#""shop\u002etest":"abcd.test""#),
        "posttrack.host needs the name that the author wrote"
    );
}
