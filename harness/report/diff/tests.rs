//! What a comparison says of two results documents, to the letter.

use proptest::prelude::*;

use super::sample::{calls, case, hit, results};
use super::*;
use crate::evidence::{Behaviour, ShownCookie, ShownHit, ShownRequest};
use crate::report::terminal;
use crate::report::{CaseResult, RequirementVerdict, Results, Status};
use crate::scenario::{Fault, On, Transport};
use crate::verdict::Verdict;

pub(super) fn compared(a: &Results, b: &Results) -> Comparison {
    let document = |name, results| Document { name, results };
    compare(document("a.json", a), document("b.json", b)).unwrap()
}

pub(super) fn error(a: &Results, b: &Results) -> String {
    let document = |name, results| Document { name, results };
    compare(document("a.json", a), document("b.json", b))
        .unwrap_err()
        .to_string()
}

pub(super) fn text(comparison: &Comparison, quiet: bool) -> String {
    let mut out = Vec::new();
    terminal::comparison(&mut out, comparison, 100, quiet).unwrap();
    anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
}

/// `subject: a → b` of every difference.
fn lines(comparison: &Comparison) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or("none".into());
    let differences = comparison.differences.iter();
    let lines = differences.flat_map(|difference| {
        difference.variants.iter().map(|variant| {
            let (a, b) = (text(&variant.a), text(&variant.b));
            format!("{}: {a} → {b}", difference.subject)
        })
    });
    lines.collect()
}

/// What differs between two behaviours in one case.
fn of_behaviours(a: Behaviour, b: Behaviour) -> Vec<String> {
    let of = |build: &str, behaviour| {
        let case = CaseResult {
            behaviour: Some(behaviour),
            ..case("post/a", vec![], &[])
        };
        results(build, vec![case])
    };
    lines(&compared(&of("old", a), &of("new", b)))
}

/// What differs between the hits of one tracker in one case.
fn of_hits(a: Vec<ShownHit>, b: Vec<ShownHit>) -> Vec<String> {
    let of = |build: &str, hits| results(build, vec![case("post/a", hits, &[])]);
    lines(&compared(&of("old", a), &of("new", b)))
}

fn with_verdict(case: CaseResult, id: &str, verdict: Verdict) -> CaseResult {
    CaseResult {
        requirements: vec![RequirementVerdict {
            id: id.into(),
            verdict,
            instances: 1,
            expected: true,
            why: None,
            events: vec![],
        }],
        ..case
    }
}

/// Two builds that differ in a verdict, a callback, a parameter and a value, over several cases.
pub(super) fn old_and_new() -> (Results, Results) {
    const URL: &str = "«url of hit 1»";
    let hit_with = |value: &str, runs: &[&[&str]]| {
        let mut hit = hit(1, &[("ce", "UTF-8"), ("v1", value)]);
        hit.calls = vec![calls(On::Post, "audit", 1, runs)];
        hit
    };
    let cases = |value: &str, runs: &[&[&str]], verdict, flag: &str| {
        let names = ["a", "b", "c", "d", "e", "f"];
        let mut cases: Vec<CaseResult> = names
            .iter()
            .map(|name| {
                let case = case(&format!("post/{name}"), vec![hit_with("A", runs)], &[]);
                with_verdict(case, "POST-12", verdict)
            })
            .collect();
        cases.push(case("t/one", vec![hit_with(value, &[])], &[("flag", flag)]));
        cases
    };
    let twice: &[&[&str]] = &[&[URL, "1"], &[URL, "1"]];
    let once: &[&[&str]] = &[&[URL, "1"]];
    (
        results("old", cases("A", twice, Verdict::Violated, "true")),
        results("new", cases("B", once, Verdict::Holds, "false")),
    )
}

#[test]
fn what_differs_is_a_readable_table_most_telling_first() {
    let (old, new) = old_and_new();
    insta::assert_snapshot!(text(&compared(&old, &new), false), @r##"
    old → new
      a  appmeasurement 2.23.0, sha256 0123456789ab…, lib/old.js, in firefox 153.0
      b  appmeasurement 2.23.0, sha256 0123456789ab…, lib/new.js, in firefox 153.0

    requirements
      POST-12  Extra arguments given at registration are passed after requestUrl, in order
        violated → holds
          in 6 cases: post/a, post/b, post/c, post/d and 2 more

    callbacks
      post
        runs 2 times for one hit → runs once for a hit
          in 6 cases: post/a, post/b, post/c, post/d and 2 more

    parameters
      v1 eVar1
        "A" → "B"
          in t/one (hit 1)

    the page
      flag
        true → false
          in t/one

    4 differences in 7 of 7 cases

    ignored, and why
      random part of the address, t, ts, requestId: new with every hit (checked: their form, and that
        dates lie within the run)
      values of fid, aid, sdid, mid, aamlh, aamb, callback that no scenario sets: new in every run
        (checked: their form, and that equal ones are equal in both)
      values of s, c, j, v, k, bw, bh: the browser's (checked: they are those of the page)
      lrt, client hints (h.…): measured; whether they are there differs from run to run
      version in the path (JS-…): differs by nature (checked: it is the one that the build reports)
      times, durations, repeats by the browser itself: the machine's and the browser's
      order of different functions, of console messages, of the page's own requests, of post functions
        by hits: left open by the documentation, or a race (checked: POST-02, a post function runs when
        its hit ended)
      order of the members of Web SDK bodies: JSON leaves it open
      values and expiry of cookies: random, or a time (compared: name, domain, path, flags, whether it
        outlives the session)
      hits beyond max_hits of a scenario, the order of calls in such a series, and what follows the
        end of a case: a matter of timing
      snapshots, deviations, reasons of verdicts: they are about one build; what it did is compared
        itself
    "##);
}

#[test]
fn equal_behaviour_is_a_short_answer() {
    let (old, _) = old_and_new();
    let renamed = results("new", old.cases.clone());
    let comparison = compared(&old, &renamed);
    assert!(comparison.is_equal());
    assert_eq!(comparison.exit, 0);
    assert_eq!(text(&comparison, true), "no difference in 7 cases\n");
}

#[test]
fn a_build_compared_with_itself_is_told_apart_by_its_place() {
    let (old, _) = old_and_new();
    let names = compared(&old, &old).names();
    assert_eq!(names, ("old (a)".to_owned(), "old (b)".to_owned()));
    let mut moved = old.clone();
    moved.builds[0].source = "other/old.js".into();
    assert_eq!(
        compared(&old, &moved).names(),
        (
            "old (lib/old.js)".to_owned(),
            "old (other/old.js)".to_owned()
        )
    );
}

#[test]
fn a_hit_that_one_build_makes_shifts_nothing() {
    let (home, cart) = (
        hit(1, &[("pageName", "home")]),
        hit(2, &[("pageName", "cart")]),
    );
    let mut late = cart.clone();
    (late.n, late.name) = (1, "hit 1".into());
    late.address = late.address.replace("random:2", "random:1");
    late.calls = vec![calls(On::Post, "audit", 1, &[&["«url of hit 1»"]])];
    let mut cart = cart;
    cart.calls = vec![calls(On::Post, "audit", 4, &[&["«url of hit 2»"]])];
    assert_eq!(
        of_hits(vec![home, cart], vec![late]),
        ["page view: image GET, delivered → none"]
    );
}

#[test]
fn hits_in_another_order_are_told_as_that() {
    let hits = |names: [&str; 2]| {
        let numbered = (1..).zip(names);
        let hits = numbered.map(|(n, name)| ShownHit {
            step: 1,
            ..hit(n, &[("pageName", name), ("v1", name)])
        });
        hits.collect()
    };
    assert_eq!(
        of_hits(hits(["home", "cart"]), hits(["cart", "home"])),
        ["page view: hit 1 of its tracker → hit 2 of its tracker"]
    );
}

#[test]
fn everything_about_a_hit_is_compared() {
    let a = hit(1, &[("v1", "A")]);
    let mut b = a.clone();
    b.transport = Transport::Beacon;
    b.method = "POST".into();
    b.outcome = "failed".into();
    b.fault = Some(Fault::Reset);
    b.sends = 2;
    b.refused = true;
    b.step = 0;
    b.address = b.address.replace("metrics", "stats");
    b.arrived = Some("https://elsewhere.test/b/ss/rs/1/JS-«version»/«random:1»".into());
    b.framed = false;
    insta::assert_snapshot!(of_hits(vec![a], vec![b]).join("\n"), @r##"
    outcome: delivered → failed (reset)
    transport: image GET → beacon POST
    handed over: once → 2 times
    sendBeacon: did not return false → returned false
    address: https://metrics.shop.test/b/ss/rs/1/JS-«version»/«random» → https://stats.shop.test/b/ss/rs/1/JS-«version»/«random»
    address on the wire: as it was sent → https://elsewhere.test/b/ss/rs/1/JS-«version»/«random»
    handed over: in step 1 → in set-up
    AQB … AQE: whole → cut off or out of order
    "##);
}

#[test]
fn arguments_and_the_order_of_pre_functions_by_hits_are_compared() {
    let hits = |on: On, places: [u32; 2], second: &[&str]| {
        let mut hits = vec![hit(1, &[("v1", "A")]), hit(2, &[("v1", "B")])];
        hits[0].calls = vec![calls(on, "audit", places[0], &[&["«url of hit 1»", "1"]])];
        hits[1].calls = vec![calls(on, "audit", places[1], &[second])];
        hits
    };
    const SAME: &[&str] = &["«url of hit 2»", "1"];
    let pre = hits(On::Pre, [1, 2], SAME);
    assert_eq!(
        of_hits(pre, hits(On::Pre, [2, 1], &["«url of hit 1»"])),
        [
            "pre, argument 1: «url of this hit» → «url of another hit»",
            "pre, argument 2: 1 → none",
            "pre: for hits 1, 2 → for hits 2, 1",
        ]
    );
    let post = hits(On::Post, [1, 2], SAME);
    let raced = hits(On::Post, [2, 1], SAME);
    assert!(of_hits(post, raced).is_empty(), "answers race");
}

#[test]
fn which_of_two_functions_runs_first_is_left_open() {
    let hits = |pre: u32, post: u32| {
        let mut hit = hit(1, &[("v1", "A")]);
        hit.calls = vec![
            calls(On::Pre, "before", pre, &[&[]]),
            calls(On::Post, "audit", post, &[&[]]),
        ];
        vec![hit]
    };
    assert!(of_hits(hits(1, 2), hits(2, 1)).is_empty());
}

#[test]
fn a_series_that_does_not_end_is_one_difference() {
    let endless: Vec<_> = (1..=20).map(|n| hit(n, &[("v1", "A")])).collect();
    let a = Behaviour {
        capped: true,
        ..case("post/a", endless, &[]).behaviour.unwrap()
    };
    let b = case("post/a", vec![hit(1, &[("v1", "A")])], &[]).behaviour;
    assert_eq!(
        of_behaviours(a, b.unwrap()),
        ["a series of hits: does not end by itself → ends after 1 hit"]
    );
}

#[test]
fn what_a_page_sees_besides_is_compared() {
    let cookie = |name: &str, attributes: &str| ShownCookie {
        name: name.into(),
        attributes: attributes.into(),
    };
    let request = |address: &str, value: &str| ShownRequest {
        method: "GET".into(),
        address: address.into(),
        framed: true,
        params: sample::params(&[("from", value)]),
        body: String::new(),
    };
    let a = Behaviour {
        uncaught: vec!["Error: boom".into()],
        console: vec!["log: a".into(), "log: b".into()],
        cookies: vec![
            cookie("s_cc", ".shop.test/, for the session"),
            cookie("s_sq", "x"),
        ],
        requests: vec![request("https://partner.test/collect", "«url of hit 1»")],
        ..Behaviour::default()
    };
    let b = Behaviour {
        uncaught: vec![],
        console: vec!["log: b".into(), "log: c".into()],
        cookies: vec![cookie("s_cc", ".shop.test/, for the session, Secure")],
        requests: vec![
            request("https://partner.test/collect", "x"),
            request("https://new.test/", "x"),
        ],
        strays: vec![request("https://telemetry.example/ping", "x")],
        ..Behaviour::default()
    };
    insta::assert_snapshot!(of_behaviours(a, b).join("\n"), @r##"
    uncaught error: Error: boom → none
    console: log: a → log: c
    s_cc: .shop.test/, for the session → .shop.test/, for the session, Secure
    s_sq: x → none
    GET https://new.test/: none → sent
    GET https://telemetry.example/ping, to a host outside of the case: none → sent
    GET https://partner.test/collect, from: «url of another hit» → "x"
    "##);
}

#[test]
fn cases_that_cannot_be_compared_and_those_of_one_build_are_told() {
    let (mut old, mut new) = old_and_new();
    new.cases = old.cases.clone();
    new.cases[0].status = Status::Error;
    new.cases[0].behaviour = None;
    new.cases[0].error = Some("step 1 threw `s is not defined`".into());
    old.cases.remove(1);
    new.cases.remove(4);
    let comparison = compared(&old, &new);
    assert_eq!(comparison.exit, 1, "a case is to be looked at");
    insta::assert_snapshot!(text(&comparison, true), @r##"
    not compared
      post/a
        new: step 1 threw `s is not defined`

    only old has
      post/e

    only new has
      post/b

    no difference in 4 cases · 1 not compared · 2 of one build only
    "##);
    new.cases[0].status = Status::Skipped;
    assert_eq!(compared(&old, &new).exit, 4, "a case was not run");
    new.exit = 3;
    assert_eq!(compared(&old, &new).exit, 3, "the environment failed");
}

#[test]
fn documents_that_cannot_be_compared_are_refused_with_the_remedy() {
    let (old, new) = old_and_new();
    let mut several = old.clone();
    several.builds.extend(new.builds.clone());
    insta::assert_snapshot!(error(&several, &new), @r##"a.json holds the results of 2 builds (old, new); compare files of one build each, as `posttrack run --build old --json FILE` writes them"##);
    let mut older = new.clone();
    older.cases[1].behaviour = None;
    insta::assert_snapshot!(error(&old, &older), @r##"b.json does not say what firefox::new::post/b showed: it was written by an older posttrack; run `posttrack run --json b.json` again"##);
    let mut other = new.clone();
    other.cases.retain(|case| case.scenario == "no such");
    insta::assert_snapshot!(error(&old, &other), @r##"a.json and b.json have no case in common, so there is nothing to compare"##);
}

/// Any hits: few values, so that equal ones are met.
fn any_hits() -> impl Strategy<Value = Vec<ShownHit>> {
    let value = prop::sample::select(vec!["A", "B", "«fid:1»", "«fid:2»", "«url of hit 2»", ""]);
    let name = prop::sample::select(vec!["v1", "v2", "c1", "pe", "fid"]);
    let params = prop::collection::vec((name, value), 0..5);
    let hit_of = (params, 0u32..3, 0usize..3);
    prop::collection::vec(hit_of, 0..6).prop_map(|hits| {
        let numbered = (1..).zip(hits);
        numbered
            .map(|(n, (params, step, runs))| {
                let mut hit = hit(n, &params);
                hit.step = step;
                let run: &[&str] = &["«url of hit 1»"];
                hit.calls = vec![calls(On::Post, "audit", n * 10, &vec![run; runs])];
                hit
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn nothing_differs_from_itself(hits in any_hits()) {
        prop_assert_eq!(of_hits(hits.clone(), hits), Vec::<String>::new());
    }

    #[test]
    fn what_differs_in_one_direction_differs_in_the_other(a in any_hits(), b in any_hits()) {
        let there = of_hits(a.clone(), b.clone());
        let back = of_hits(b.clone(), a.clone());
        prop_assert_eq!(there.is_empty(), back.is_empty(), "{:?} {:?}", there, back);
        prop_assert_eq!(there, of_hits(a, b), "and the same twice");
    }
}
