//! A small made-up run for the tests of reports: one case of each status.

use std::sync::Arc;

use serde_json::json;

use super::{
    BrowserInfo, BuildInfo, CallResult, CaseResult, Claim, HitResult, ParamResult, Proof,
    RequirementResult, RequirementVerdict, Results, SCHEMA, SnapshotStatus, Status,
};
use crate::evidence::{Span, SpanKind};
use crate::run::{BrowserId, BuildId, Case};
use crate::scenario::{Fault, Library, Location, On, Scenario, Transport};
use crate::verdict::{Finding, FindingKind, Verdict};

const BUILD: &str = "appmeasurement@2.23.0";
const BROWSER: &str = "firefox";

/// A scenario that does nothing.
pub(crate) fn scenario(name: &str) -> Scenario {
    let at = Location {
        file: format!("scenarios/{name}.toml").into(),
        line: 1,
        column: 1,
    };
    Scenario::new(name, "https://www.shop.test/".parse().unwrap(), at)
}

/// Planned cases of scenarios of these names.
pub(crate) fn cases(names: &[&str]) -> Vec<Case> {
    let build = Arc::new(BuildId {
        name: BUILD.into(),
        library: Library::Appmeasurement,
        version: Some("2.23.0".into()),
        sha256: "ab".repeat(32),
        source: "a package".into(),
    });
    let browser = Arc::new(BrowserId {
        name: BROWSER.into(),
        kind: BROWSER.into(),
        version: "153.0".into(),
        driver: "geckodriver 0.37.1".into(),
        remark: None,
    });
    names
        .iter()
        .map(|name| Case {
            scenario: Arc::new(scenario(name)),
            build: build.clone(),
            browser: browser.clone(),
        })
        .collect()
}

/// The run.
pub(crate) fn results() -> Results {
    Results {
        schema: SCHEMA,
        started: "2026-11-24T12:00:00Z".into(),
        finished: "2026-11-24T12:01:12.25Z".into(),
        posttrack: "0.1.0".into(),
        exit: 1,
        error: None,
        selected: vec![],
        shuffle: None,
        rules: "0123456789abcdef".into(),
        stopped: None,
        browsers: vec![BrowserInfo {
            name: BROWSER.into(),
            version: "153.0".into(),
            driver: "geckodriver 0.37.1".into(),
            remark: None,
        }],
        builds: vec![BuildInfo {
            name: BUILD.into(),
            library: "appmeasurement".into(),
            version: Some("2.23.0".into()),
            sha256: "0123456789abcdef".repeat(4),
            source: "an npm package".into(),
        }],
        cases: vec![
            passed(),
            violated(),
            changed(),
            known(),
            retried(),
            errored(),
            skipped(),
        ],
        findings: findings(),
        requirements: vec![
            row("POST-03", Proof::Violated, false, 2, 3),
            row("POST-12", Proof::Holds, true, 3, 7),
            row("POST-13", Proof::Violated, true, 1, 1),
            row("POST-15", Proof::Unproven, true, 0, 0),
            row("T-01", Proof::Unproven, true, 0, 0),
            RequirementResult {
                documented: false,
                ..row("BUF-01", Proof::Unproven, true, 0, 0)
            },
        ],
        claims: claims(),
    }
}

/// What no report may let through as markup, a command or a turn of the direction of writing.
pub(crate) const HOSTILE: &str =
    "<script>alert(1)</script>\"'`&]]>|*_{{x}}%0A::error::\u{0}\u{1b}[2J\u{202e}\u{200f}\u{ffff}";

/// What each report shows of it, once its own escapes are undone.
pub(crate) const SHOWN: &str = r#"<script>alert(1)</script>"'`&]]>"#;

/// The run with [`HOSTILE`] in every text.
pub(crate) fn hostile() -> Results {
    let mut value = serde_json::to_value(results()).unwrap();
    poison(&mut value, "");
    let mut hostile: Results = serde_json::from_value(value).unwrap();
    // Cases are told apart by their names, and findings name them.
    for (n, case) in hostile.cases.iter_mut().enumerate() {
        case.scenario += &n.to_string();
        case.browser.clone_from(&hostile.browsers[0].name);
        case.build.clone_from(&hostile.builds[0].name);
    }
    let names: Vec<String> = hostile.cases.iter().map(CaseResult::name).collect();
    for finding in &mut hostile.findings {
        finding.cases.clone_from(&names);
    }
    hostile
}

/// Words of closed sets, which no page can choose.
const WORDS: [&str; 8] = [
    "status",
    "kind",
    "verdict",
    "transport",
    "fault",
    "on",
    "snapshot",
    "schema",
];

fn poison(value: &mut serde_json::Value, key: &str) {
    match value {
        serde_json::Value::String(text) if !WORDS.contains(&key) => text.push_str(HOSTILE),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| poison(item, key)),
        serde_json::Value::Object(members) => {
            members.iter_mut().for_each(|(key, item)| poison(item, key));
        }
        _ => {}
    }
}

/// A case that passed, with a hit and a call.
pub(crate) fn passed() -> CaseResult {
    CaseResult {
        requirements: vec![judged("POST-12", Verdict::Holds, true, 2, None)],
        hits: vec![HitResult {
            n: 1,
            tracker: Some("s".into()),
            step: 1,
            transport: Transport::Image,
            method: "GET".into(),
            url: "https://metrics.shop.test/b/ss/rs/1/JS-2.23.0/s1?AQB=1&v1=A&AQE=1".into(),
            host: "metrics.shop.test".into(),
            outcome: "failed".into(),
            fault: Some(Fault::Reset),
            sends: 1,
            attempts: 3,
            params: vec![
                param("AQB", None, "1"),
                param("v1", Some("eVar1"), "A\u{1b}[31m"),
            ],
        }],
        calls: vec![CallResult {
            on: Some(On::Post),
            name: "audit".into(),
            hit: Some(1),
            args: vec![json!("https://…"), json!("param1"), json!(2)],
        }],
        timeline: vec!["  1.0 ms  page  https://www.shop.test/".into()],
        spans: spans(),
        ..case("post/extra-arguments", Status::Pass)
    }
}

fn spans() -> Vec<Span> {
    let span = |kind, label: &str, from_ms, to_ms| Span {
        kind,
        label: label.into(),
        from_ms,
        to_ms,
        outcome: None,
        hit: None,
    };
    vec![
        span(
            SpanKind::Document,
            "https://www.shop.test/",
            1.0,
            Some(80.0),
        ),
        span(SpanKind::Settling, "loading and settling", 0.0, Some(40.0)),
        span(SpanKind::Step, "step 1", 40.0, Some(42.5)),
        span(SpanKind::Library, "s.t()", 41.0, Some(42.0)),
        Span {
            outcome: Some("failed (reset)".into()),
            hit: Some(1),
            ..span(
                SpanKind::Request,
                "hit 1: image GET metrics.shop.test",
                43.0,
                Some(60.0),
            )
        },
        span(SpanKind::Callback, "post audit for hit 1", 61.0, None),
        span(SpanKind::Uncaught, "boom", 62.0, None),
    ]
}

fn violated() -> CaseResult {
    CaseResult {
        requirements: vec![judged(
            "POST-03",
            Verdict::Violated,
            false,
            1,
            Some("audit ran for hit 1, which failed (reset)"),
        )],
        ..case("failure/matrix/image/reset", Status::Fail)
    }
}

fn changed() -> CaseResult {
    CaseResult {
        snapshot: Some(SnapshotStatus::Changed),
        diff: Some("-  v1 eVar1 A\n+  v1 eVar1 \u{1b}B".into()),
        ..case("t/overrides", Status::Fail)
    }
}

fn known() -> CaseResult {
    CaseResult {
        requirements: vec![judged(
            "POST-13",
            Verdict::Violated,
            true,
            1,
            Some("the build takes more arguments and passes them on"),
        )],
        snapshot: Some(SnapshotStatus::Variant),
        ..case("post/only-argument", Status::Pass)
    }
}

fn retried() -> CaseResult {
    CaseResult {
        attempts: 2,
        retried_after: vec!["firefox died: exit status 139".into()],
        ..case("post/twice", Status::Pass)
    }
}

fn errored() -> CaseResult {
    CaseResult {
        error: Some("step 2 threw `s is not defined`".into()),
        snapshot: None,
        ..case("tl/done-action", Status::Error)
    }
}

fn skipped() -> CaseResult {
    CaseResult {
        attempts: 0,
        duration_ms: 0.0,
        snapshot: None,
        ..case("tl/exit-link", Status::Skipped)
    }
}

fn findings() -> Vec<Finding> {
    let name = |scenario: &str| crate::run::case_name(BROWSER, BUILD, scenario);
    vec![
        Finding {
            kind: FindingKind::Violated,
            requirement: Some("POST-03".into()),
            cases: (1..=7)
                .map(|n| name(&format!("failure/matrix/{n}")))
                .collect(),
            why: "audit ran for hit 1, which failed (reset)".into(),
            at: Some("scenarios/failure/matrix.toml:1:1".into()),
            events: vec![
                "[1:12] hit 1 of s, image, failed (reset): GET https://metrics.shop.test/b/ss/rs/1/JS-2.23.0/s12345678?AQB=1&AQE=1".into(),
                "[1:15] post audit(\"https://metrics.shop.test/b/ss/rs/1/JS-2.23.0/s12345678?AQB=1&AQE=1\") \u{1b}]0;title\u{7}".into(),
            ],
        },
        Finding {
            kind: FindingKind::Changed,
            requirement: None,
            cases: vec![name("t/overrides")],
            why: "the snapshot t/overrides differs".into(),
            at: Some("snapshots/t/overrides.snap:1:1".into()),
            events: vec!["-  v1 eVar1 A\n+  v1 eVar1 \u{1b}B".into()],
        },
        Finding {
            kind: FindingKind::Error,
            requirement: None,
            cases: vec![name("tl/done-action")],
            why: "step 2 threw `s is not defined`".into(),
            at: Some("scenarios/tl/done-action.toml:14:7".into()),
            events: vec![],
        },
    ]
}

fn claims() -> Vec<Claim> {
    let claim = |id: &str, claim: &str| Claim {
        id: id.into(),
        claim: claim.into(),
        source: "registerposttrackcallback".into(),
        page: Some("https://docs.example/post".into()),
        unprovable: None,
    };
    vec![
        claim(
            "POST-03",
            "If the tracking call fails the function does not run",
        ),
        claim(
            "POST-12",
            "Extra arguments given at registration are passed after requestUrl, in order",
        ),
        claim(
            "POST-13",
            "The function is the only argument that the registration takes",
        ),
        Claim {
            unprovable: Some("it is about the user interface of a product".into()),
            ..claim("POST-15", "There is no field for it in the tag extension")
        },
        claim("T-01", "t() sends one request"),
    ]
}

fn case(scenario: &str, status: Status) -> CaseResult {
    CaseResult {
        scenario: scenario.into(),
        build: BUILD.into(),
        browser: BROWSER.into(),
        at: format!("scenarios/{scenario}.toml:1:1"),
        scenario_sha256: Some("cd".repeat(32)),
        status,
        attempts: 1,
        same_as: None,
        retried_after: vec![],
        duration_ms: 87.6,
        error: None,
        error_at: None,
        environment: false,
        requirements: vec![],
        snapshot: Some(SnapshotStatus::Same),
        diff: None,
        recorded_with: None,
        findings: vec![],
        covered: vec![],
        hits: vec![],
        calls: vec![],
        behaviour: None,
        timeline: vec![],
        spans: vec![],
    }
}

fn judged(
    id: &str,
    verdict: Verdict,
    expected: bool,
    instances: usize,
    why: Option<&str>,
) -> RequirementVerdict {
    RequirementVerdict {
        id: id.into(),
        verdict,
        instances,
        expected,
        why: why.map(Into::into),
        events: match verdict {
            Verdict::Violated => vec!["[1:9] post audit(…) ran for hit 1".into()],
            _ => vec![],
        },
    }
}

fn row(
    id: &str,
    verdict: Proof,
    expected: bool,
    cases: usize,
    instances: usize,
) -> RequirementResult {
    RequirementResult {
        documented: true,
        id: id.into(),
        build: BUILD.into(),
        browser: BROWSER.into(),
        verdict,
        expected,
        cases,
        instances,
    }
}

fn param(name: &str, variable: Option<&str>, value: &str) -> ParamResult {
    ParamResult {
        name: name.into(),
        variable: variable.map(Into::into),
        value: value.into(),
    }
}
