//! Every planned case is in the results once, with the status and the exit code that follow.

use time::macros::datetime;

use super::*;
use crate::report::SnapshotStatus;
use crate::report::sample::cases;
use crate::run::Retry;
use crate::scenario::Requirement;
use crate::verdict::{Instance, Violation};

const START: OffsetDateTime = datetime!(2026-11-24 12:00:00.123456 UTC);
const END: OffsetDateTime = datetime!(2026-11-24 13:01:12 +1);

fn catalogue() -> Catalogue {
    let requirement = |id: &str| Requirement {
        id: id.into(),
        claim: "a claim".into(),
        source: "a page".into(),
        page: None,
        unprovable: None,
        builds: None,
    };
    Catalogue {
        requirements: ["POST-01", "POST-03", "POST-12"].map(requirement).into(),
    }
}

fn collector(names: &[&str]) -> Collector {
    let choice = Choice {
        started: START,
        selected: vec![],
        shuffle: None,
        rules: String::new(),
    };
    let mut collector = Collector::new(choice, &catalogue());
    collector.planned(&cases(names));
    collector
}

fn judgement(id: &str, violated: usize, held: usize, excused: bool) -> Judgement {
    let violation = || Violation {
        why: "it ran".into(),
        events: vec![],
    };
    let instance = |violation: Option<Violation>| Instance {
        hit: Some(1),
        transport: None,
        fault: None,
        violation,
    };
    Judgement {
        id: id.into(),
        verdict: match (violated, held) {
            (0, 0) => Verdict::NotApplicable,
            (0, _) => Verdict::Holds,
            _ => Verdict::Violated,
        },
        instances: (0..violated)
            .map(|_| instance(Some(violation())))
            .chain((0..held).map(|_| instance(None)))
            .collect(),
        expected: violated == 0 || excused,
        excused_by: excused
            .then(|| "it is known".to_string())
            .into_iter()
            .collect(),
        at: None,
    }
}

fn judged(judgements: Vec<Judgement>, snapshot: Compared) -> Ended {
    Ended {
        outcome: Ok(Judged {
            judgements,
            findings: vec![],
            covered: vec![],
            text: "hit 1".into(),
            snapshot,
            evidence: Evidence::default(),
            behaviour: Behaviour::default(),
            timeline: vec!["it began".into()],
            spans: vec![],
        }),
        attempts: 1,
        troubles: vec![],
        took: Duration::from_micros(41_740),
    }
}

fn passed() -> Ended {
    judged(vec![judgement("POST-01", 0, 1, false)], Compared::Same)
}

fn with_a_finding(ended: Ended) -> Ended {
    let outcome = ended.outcome.map(|judged| Judged {
        findings: vec![finding(FindingKind::StaleDeviation, "a")],
        ..judged
    });
    Ended { outcome, ..ended }
}

fn died(infrastructure: bool) -> Ended {
    Ended {
        outcome: Err(Trouble {
            message: "it died".into(),
            retry: match infrastructure {
                true => Retry::FreshSession,
                false => Retry::Never,
            },
            at: None,
        }),
        attempts: 2,
        troubles: vec![],
        took: Duration::ZERO,
    }
}

fn finding(kind: FindingKind, case: &str) -> Finding {
    Finding {
        kind,
        requirement: None,
        cases: vec![format!("firefox::appmeasurement-2.23.0::{case}")],
        why: "because".into(),
        at: None,
        events: vec![],
    }
}

#[test]
fn a_run_in_which_all_is_as_expected_is_zero() {
    let mut collector = collector(&["a", "b"]);
    let known = vec![
        judgement("POST-01", 0, 2, false),
        judgement("POST-03", 1, 1, true),
    ];
    collector.ended(1, judged(known, Compared::Variant));
    collector.ended(0, passed());
    let results = collector.finish(END, vec![], None);
    assert_eq!(results.exit, 0);
    assert_eq!(results.started, "2026-11-24T12:00:00.123Z");
    assert_eq!(results.finished, "2026-11-24T12:01:12Z");
    let names: Vec<&str> = results
        .cases
        .iter()
        .map(|case| case.scenario.as_str())
        .collect();
    assert_eq!(names, ["a", "b"], "in the order of the plan, each once");
    assert_eq!(results.cases[0].duration_ms, 41.7);
    assert_eq!(results.cases[1].snapshot, Some(SnapshotStatus::Variant));
    assert_eq!(
        results.cases[1].requirements[1].why.as_deref(),
        Some("it is known"),
        "an excused violation says why it was expected"
    );
    let rows: Vec<_> = results
        .requirements
        .iter()
        .map(|row| {
            (
                row.id.as_str(),
                row.verdict,
                row.expected,
                row.cases,
                row.instances,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("POST-01", Proof::Holds, true, 2, 3),
            ("POST-03", Proof::Violated, true, 1, 2),
            ("POST-12", Proof::Unproven, true, 0, 0),
        ]
    );
    assert_eq!(results.builds.len(), 1);
    assert_eq!(results.browsers.len(), 1);
}

#[test]
fn an_unexpected_violation_or_a_snapshot_that_differs_fails_the_case() {
    let changed = Compared::Changed {
        diff: "-a\n+b".into(),
        recorded: None,
    };
    let table = [
        judged(vec![judgement("POST-03", 1, 0, false)], Compared::Same),
        judged(vec![], changed),
        judged(vec![], Compared::New),
        with_a_finding(passed()),
    ];
    for ended in table {
        let shown = format!("{ended:?}");
        let mut collector = collector(&["a"]);
        let status = collector.ended(0, ended).map(|case| case.status);
        assert_eq!(status, Some(Status::Fail), "{shown}");
        assert_eq!(collector.finish(END, vec![], None).exit, 1, "{shown}");
    }
}

#[test]
fn a_case_that_never_ended_is_skipped_and_the_run_exits_four() {
    let mut collector = collector(&["a", "b"]);
    collector.ended(
        0,
        judged(vec![judgement("POST-03", 1, 0, false)], Compared::Same),
    );
    let results = collector.finish(END, vec![finding(FindingKind::Violated, "a")], None);
    assert_eq!(results.cases[1].status, Status::Skipped);
    assert_eq!(results.exit, 4, "what was not run goes before findings");
}

#[test]
fn a_failed_environment_goes_before_everything() {
    let mut unfinished = collector(&["a", "b"]);
    unfinished.ended(0, died(true));
    assert_eq!(
        unfinished.finish(END, vec![], None).exit,
        3,
        "a browser that died in each attempt, and a case that was not run"
    );
    let failure = Some("no browser".to_string());
    let results = collector(&["a"]).finish(END, vec![], failure.clone());
    assert_eq!((results.exit, results.error), (3, failure));
}

#[test]
fn a_case_that_could_not_be_judged_is_a_finding_and_equal_ones_are_one() {
    let mut collector = collector(&["a", "b", "c"]);
    let trouble = |at: &str| Ended {
        outcome: Err(Trouble {
            message: "step 2 threw".into(),
            retry: Retry::Never,
            at: Some(at.into()),
        }),
        ..died(false)
    };
    collector.ended(2, trouble("scenarios/c.toml:3:1"));
    collector.ended(1, trouble("scenarios/m.toml:9:1"));
    collector.ended(0, trouble("scenarios/m.toml:9:1"));
    let results = collector.finish(END, vec![], None);
    assert_eq!(
        results.exit, 2,
        "it is the scenario's, not the environment's"
    );
    let found: Vec<_> = results
        .findings
        .iter()
        .map(|finding| (finding.kind, finding.cases.len()))
        .collect();
    assert_eq!(
        found,
        [(FindingKind::Error, 2), (FindingKind::Error, 1)],
        "in the order of the plan, whichever ended first"
    );
    let first = cases(&["a", "b"])
        .iter()
        .map(Case::name)
        .collect::<Vec<_>>();
    assert_eq!(results.findings[0].cases, first);
    assert_eq!(results.cases[0].error.as_deref(), Some("step 2 threw"));
}

#[test]
fn an_error_that_the_judges_report_is_not_reported_twice() {
    let mut collector = collector(&["a"]);
    collector.ended(0, died(false));
    let results = collector.finish(END, vec![finding(FindingKind::Error, "a")], None);
    assert_eq!(results.findings.len(), 1, "{:?}", results.findings);
}

#[test]
fn a_case_that_a_finding_of_the_whole_run_names_did_not_pass() {
    let mut collector = collector(&["a", "b"]);
    collector.ended(0, passed());
    collector.ended(1, passed());
    let results = collector.finish(END, vec![finding(FindingKind::StaleDeviation, "b")], None);
    let statuses: Vec<_> = results.cases.iter().map(|case| case.status).collect();
    assert_eq!(statuses, [Status::Pass, Status::Fail]);
    assert_eq!(results.exit, 1);
}

#[test]
fn a_retried_case_passes_and_names_the_cause() {
    let mut collector = collector(&["a"]);
    let retried = Ended {
        attempts: 2,
        troubles: vec![Trouble {
            message: "firefox died".into(),
            retry: Retry::FreshSession,
            at: None,
        }],
        ..passed()
    };
    collector.ended(0, retried);
    let results = collector.finish(END, vec![], None);
    let case = &results.cases[0];
    assert_eq!((case.status, case.attempts), (Status::Pass, 2));
    assert_eq!(case.retried_after, ["firefox died"]);
    assert_eq!(results.exit, 0);
}

#[test]
fn an_index_that_was_not_planned_is_nothing() {
    assert!(collector(&["a"]).ended(1, passed()).is_none());
}
