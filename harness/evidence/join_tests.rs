//! What the join makes of recordings in which page and wire agree, and in which they do not.

use serde_json::json;

use super::testing::{Case, HOST, hit_url, hit_url_of, joined, only_hit};
use super::{Outcome, property};
use crate::page::What;
use crate::scenario::{On, Transport};
use crate::world::Purpose;

#[test]
fn a_complete_image_is_delivered_and_belongs_to_the_tracker_that_made_it() {
    let mut case = Case::new();
    case.step(1);
    case.delivered("s", &hit_url("s1", "v1=A"));
    let hit = only_hit(case);
    assert_eq!(hit.outcome, Outcome::Delivered);
    assert_eq!((hit.sends, hit.attempts, hit.step), (1, 1, 1));
    for (name, value) in [
        ("tracker", "s"),
        ("transport", "image"),
        ("method", "GET"),
        ("host", HOST),
        ("path", "/b/ss/examplersid/1/JS-2.23.0/s1"),
        ("fault", "none"),
        ("eVar1", "A"),
        ("v1", "A"),
    ] {
        assert_eq!(
            property(&hit, name).as_deref(),
            Some(value),
            "property {name}"
        );
    }
    assert_eq!(property(&hit, "prop1"), None);
}

#[test]
fn hits_that_only_the_wire_saw_come_last() {
    let mut case = Case::new();
    case.arrived(&hit_url("s9", "")).method = "POST".into();
    case.delivered("s", &hit_url("s1", ""));
    let hits = joined(case).hits;
    let keys: Vec<_> = hits.iter().map(|hit| hit.key.as_str()).collect();
    assert_eq!(keys, ["s1", "s9"]);
    assert_eq!(
        hits[1].transport,
        Transport::Beacon,
        "an empty POST is a beacon"
    );
    assert_eq!(hits[1].sends, 0, "the page never handed it over");
    assert_eq!(hits[1].outcome, Outcome::Delivered);
}

#[test]
fn the_form_body_of_an_xhr_stands_in_its_url_on_both_sides() {
    let url = hit_url("s1", "v1=A");
    let (path, body) = url.split_once('?').unwrap();
    let mut case = Case::new();
    case.handed_with(Transport::Xhr, path, Some(body));
    let request = case.arrived(path);
    request.method = "POST".into();
    request.body = body.into();
    let hit = only_hit(case);
    assert_eq!(hit.url, url);
    assert_eq!(hit.arrived_url.as_deref(), Some(url.as_str()));
    assert_eq!(hit.param("v1"), Some("A"));
}

#[test]
fn a_pre_call_of_a_hit_that_was_never_sent_has_no_hit() {
    let mut case = Case::new();
    case.registered(On::Pre, "s", "pre");
    case.called("pre", json!([hit_url("s1", "")]));
    let evidence = joined(case);
    assert!(evidence.hits.is_empty(), "neither side saw it");
    assert_eq!(
        (evidence.calls[0].hit, evidence.calls[0].on),
        (None, Some(On::Pre))
    );
}

#[test]
fn calls_are_tied_by_the_random_part_even_if_the_rest_of_the_url_was_altered() {
    let mut case = Case::new();
    case.delivered("s", &hit_url("s1", "v1=A"));
    case.registered(On::Post, "s", "post");
    case.called("post", json!([hit_url("s1", "v1=B"), "extra"]));
    case.called("post", json!([hit_url("s2", "")]));
    case.called("post", json!([]));
    let evidence = joined(case);
    let hits: Vec<_> = evidence.calls.iter().map(|call| call.hit).collect();
    assert_eq!(hits, [Some(1), None, None]);
    assert_eq!(evidence.hits[0].calls, [0]);
}

#[test]
fn a_callback_on_both_lists_is_a_pre_call_until_its_hit_is_handed_over() {
    let mut case = Case::new();
    let url = hit_url("s1", "");
    case.called("both", json!([url]));
    case.registered(On::Pre, "s", "both");
    case.registered(On::Post, "s", "both");
    case.called("both", json!([url]));
    case.handed(Transport::Image, &url);
    case.called("both", json!([url]));
    let on: Vec<_> = joined(case).calls.iter().map(|call| call.on).collect();
    assert_eq!(
        on,
        [None, Some(On::Pre), Some(On::Post)],
        "before it was registered: neither"
    );
}

#[test]
fn a_post_call_from_a_timer_is_within_nothing_and_keeps_its_own_step() {
    let mut case = Case::new();
    case.registered(On::Post, "s", "post");
    case.step(1);
    let url = hit_url("s1", "");
    case.delivered("s", &url);
    case.step(2);
    case.called("post", json!([url]));
    let call = &joined(case).calls[0];
    assert_eq!((call.within, call.step, call.hit), (None, 2, Some(1)));
}

#[test]
fn tracking_calls_know_the_callback_that_made_them_and_the_hit_they_compiled() {
    let mut case = Case::new();
    case.registered(On::Pre, "s", "pre");
    let outer = case.enter("s", "t");
    case.calling("pre", json!([hit_url("s1", "")]));
    let inner = case.enter("s", "t");
    let plugins = case.enter("s", "doPlugins");
    case.leave(plugins);
    case.handed(Transport::Image, &hit_url("s2", ""));
    case.leave(inner);
    case.exited("pre");
    let after = case.enter("s", "clearVars");
    case.leave(after);
    case.handed(Transport::Image, &hit_url("s1", ""));
    case.leave(outer);
    let evidence = joined(case);
    let made: Vec<_> = evidence
        .invocations
        .iter()
        .map(|made| {
            (
                made.method.as_str(),
                made.within,
                made.from_callback,
                made.hit,
            )
        })
        .collect();
    assert_eq!(
        made,
        [
            ("t", None, None, Some(2)),
            ("t", Some(0), Some(0), Some(1)),
            ("doPlugins", Some(1), None, None),
            ("clearVars", Some(0), None, None),
        ],
        "s2 was handed over first, from the body of the pre call of s1"
    );
}

#[test]
fn a_call_whose_body_did_not_run_ends_no_other_body() {
    let mut case = Case::new();
    case.registered(On::Pre, "s", "pre");
    let outer = case.enter("s", "t");
    case.calling("pre", json!([hit_url("s1", "")]));
    let inner = case.enter("s", "t");
    case.event(What::Called {
        name: "pre".to_owned(),
        args: vec![json!(hit_url("s2", ""))],
        capped: true,
        of: None,
    });
    case.leave(inner);
    case.exited("pre");
    case.leave(outer);
    let evidence = joined(case);
    assert_eq!(
        evidence.invocations[1].from_callback,
        Some(0),
        "the body of the first call was still running"
    );
}

#[test]
fn two_trackers_are_told_apart_by_call_by_suites_or_by_callback() {
    let mut case = Case::new();
    case.registered(On::Post, "c", "post");
    for (tracker, suite) in [("a", "one"), ("b", "two"), ("c", "two")] {
        let t = case.enter_with(tracker, "t", json!({ "account": suite }));
        case.leave(t);
    }
    case.handed(Transport::Image, &hit_url_of("one", "s1", ""));
    let url = hit_url_of("two", "s2", "");
    case.handed(Transport::Image, &url);
    case.called("post", json!([url]));
    case.handed(Transport::Image, &hit_url_of("two", "s3", ""));
    let t = case.enter_with("b", "t", json!({ "account": "two" }));
    case.handed(Transport::Image, &hit_url_of("two", "s4", ""));
    case.leave(t);
    let hits = joined(case).hits;
    let trackers: Vec<_> = hits.iter().map(|hit| hit.tracker.as_deref()).collect();
    assert_eq!(trackers, [Some("a"), Some("c"), None, Some("b")]);
}

#[test]
fn what_follows_the_end_of_the_case_is_late() {
    let mut case = Case::new();
    case.registered(On::Post, "s", "post");
    let (early, url) = (hit_url("s1", ""), hit_url("s2", ""));
    case.delivered("s", &early);
    case.over();
    case.handed(Transport::Image, &url);
    case.called("post", json!([early]));
    let t = case.enter("s", "t");
    case.leave(t);
    let evidence = joined(case);
    let late: Vec<_> = evidence.hits.iter().map(|hit| hit.late).collect();
    assert_eq!(late, [false, true]);
    assert!(evidence.calls[0].late && evidence.invocations[1].late);
    assert_eq!(evidence.hits[0].step, 0);
}

#[test]
fn steps_go_on_in_the_next_document_and_reach_frames() {
    let mut case = Case::new();
    let frame = case.document("https://www.shop.test/frame", false);
    case.handed(Transport::Image, &hit_url("s1", ""));
    case.back_to(0);
    case.step(1);
    case.handed(Transport::Image, &hit_url("s2", ""));
    case.back_to(frame);
    case.handed(Transport::Image, &hit_url("s3", ""));
    case.document("https://www.shop.test/thanks", true);
    case.handed(Transport::Image, &hit_url("s4", ""));
    case.step(2);
    case.handed(Transport::Image, &hit_url("s5", ""));
    let mut steps: Vec<_> = joined(case)
        .hits
        .iter()
        .map(|hit| (hit.key.clone(), hit.step))
        .collect();
    steps.sort();
    let steps: Vec<_> = steps.iter().map(|(_, step)| *step).collect();
    assert_eq!(steps, [0, 1, 1, 1, 2]);
}

#[test]
fn values_console_documents_and_other_requests_are_kept() {
    let mut case = Case::new();
    for value in [json!(1), json!(2)] {
        case.event(What::Value {
            name: "flag".into(),
            value,
        });
    }
    case.event(What::Uncaught {
        message: "ReferenceError: x".into(),
        file: String::new(),
        line: 1,
        column: 1,
    });
    case.event(What::Hide { persisted: true });
    for (url, purpose) in [
        ("https://www.shop.test/checkout", Purpose::Page),
        ("https://www.shop.test/favicon.ico", Purpose::Other),
        ("https://partner.test:8443/collect?a=1", Purpose::Other),
        ("https://elsewhere.example/", Purpose::Stray),
    ] {
        case.request(url, purpose);
    }
    let evidence = joined(case);
    assert_eq!(
        evidence.values["flag"].value,
        json!(2),
        "the last of a name wins"
    );
    assert_eq!(evidence.console[0].level, "uncaught");
    let urls: Vec<_> = evidence
        .requests
        .iter()
        .map(|other| other.url.as_str())
        .collect();
    assert_eq!(urls, ["https://partner.test:8443/collect?a=1"]);
    assert_eq!(evidence.stray.len(), 1);
    let document = &evidence.documents[0];
    assert_eq!(
        document.built,
        Some(("appmeasurement".into(), "2.23.0".into()))
    );
    assert!(document.hidden.is_some());
}
