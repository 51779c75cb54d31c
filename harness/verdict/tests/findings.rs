//! Equal findings of many cases are one, with a list.

use crate::scenario::{BuildFilter, Catalogue, Deviation, Fault, Library, Location, On, Version};
use crate::verdict::laws::exhibits::Play;
use crate::verdict::{
    CaseFacts, CaseOutcome, CaseVerdict, Compared, Finding, FindingKind, KnownDeviation, judge,
    run_findings,
};

use super::{at, deviation, scenario};

fn verdict(loud: bool, shared: &[Deviation]) -> CaseVerdict {
    let mut play = Play::new();
    play.register(On::Post, "audit", &[]);
    let hit = play.t();
    play.fail(hit, Fault::Reset);
    if loud {
        play.run(On::Post, "audit", hit, &[]);
    }
    let scenario = scenario();
    let case = CaseFacts {
        scenario: &scenario,
        library: Library::Appmeasurement,
        version: Some(Version(2, 23, 0)),
        browser: "firefox",
        catalogue: &Catalogue::default(),
    };
    judge(&case, &play.evidence(), shared)
}

fn outcome<'a>(name: &str, at: &'a Location, verdict: &'a CaseVerdict) -> CaseOutcome<'a> {
    CaseOutcome {
        name: name.to_owned(),
        at,
        build: "appmeasurement@2.23.0",
        library: Library::Appmeasurement,
        version: Some(Version(2, 23, 0)),
        browser: "firefox",
        verdict: Some(verdict),
        snapshot: None,
        error: None,
    }
}

fn summary(findings: &[Finding]) -> Vec<(FindingKind, Vec<&str>)> {
    findings
        .iter()
        .map(|finding| {
            let cases = finding.cases.iter().map(String::as_str).collect();
            (finding.kind, cases)
        })
        .collect()
}

#[test]
fn the_same_violation_in_two_cases_is_one_finding() {
    let (loud, silent) = (verdict(true, &[]), verdict(false, &[]));
    let place = at(1);
    let cases = [
        outcome("a", &place, &loud),
        outcome("b", &place, &silent),
        outcome("c", &place, &loud),
    ];
    let findings = run_findings(&cases, &[], true);
    assert_eq!(
        summary(&findings),
        [(FindingKind::Violated, vec!["a", "c"])]
    );
}

#[test]
fn equal_differences_from_snapshots_are_one_finding() {
    let fine = verdict(false, &[]);
    let place = at(1);
    let changed = |context: &str, new: &str| Compared::Changed {
        diff: format!(
            "--- snapshot\n+++ now\n@@ -1 +1 @@\n {context}\n-  v1 eVar1 = A\n+  {new} = A\n"
        ),
        recorded: Some("appmeasurement-2.20.0".to_owned()),
    };
    let compared = [
        changed("hit 1", "v2 eVar2"),
        changed("hit 4", "v2 eVar2"),
        changed("hit 1", "v3 eVar3"),
        Compared::Same,
        Compared::Variant,
        Compared::New,
        Compared::New,
    ];
    let cases: Vec<_> = compared
        .iter()
        .zip(["a", "b", "c", "d", "e", "f", "g"])
        .map(|(compared, name)| CaseOutcome {
            snapshot: Some(compared),
            ..outcome(name, &place, &fine)
        })
        .collect();
    let findings = run_findings(&cases, &[], true);
    assert_eq!(
        summary(&findings),
        [
            (FindingKind::Changed, vec!["a", "b"]),
            (FindingKind::Changed, vec!["c"]),
            (FindingKind::Missing, vec!["f", "g"]),
        ]
    );
    assert_eq!(findings[0].events, ["-  v1 eVar1 = A", "+  v2 eVar2 = A"]);
    assert_eq!(
        findings[0].why,
        "what appmeasurement@2.23.0 sends differs from its snapshot, which was recorded with appmeasurement-2.20.0"
    );
    assert_eq!(
        findings[2].why,
        "there is no snapshot yet to compare appmeasurement@2.23.0 with"
    );
}

#[test]
fn a_case_that_could_not_be_judged_is_a_finding() {
    let place = at(1);
    let fine = verdict(false, &[]);
    let broken = CaseOutcome {
        verdict: None,
        error: Some("the browser died twice".to_owned()),
        ..outcome("a", &place, &fine)
    };
    let findings = run_findings(&[broken], &[], true);
    assert_eq!(summary(&findings), [(FindingKind::Error, vec!["a"])]);
    assert_eq!(findings[0].why, "the browser died twice");
}

#[test]
fn a_deviation_that_covers_no_case_is_a_finding_of_a_full_run_only() {
    let never = Deviation {
        fault: vec![Some(Fault::Tls)],
        ..deviation("POST-03")
    };
    let shared = [never.clone()];
    let silent = verdict(false, &shared);
    let place = at(1);
    let cases = [outcome("a", &place, &silent)];
    let known = |deviation, documented| KnownDeviation {
        deviation,
        documented,
    };
    let all = known(&never, Vec::new());
    assert_eq!(run_findings(&cases, std::slice::from_ref(&all), false), []);
    let findings = run_findings(&cases, &[all], true);
    assert_eq!(summary(&findings), [(FindingKind::StaleDeviation, vec![])]);
    assert_eq!(
        findings[0].why,
        "the deviation from POST-03 (it does something else) covers no case; remove it or mend its filters"
    );
    let of_others = Deviation {
        builds: Some(BuildFilter::parse("appmeasurement >=2.25").expect("a filter")),
        ..never.clone()
    };
    assert_eq!(
        run_findings(&cases, &[known(&of_others, Vec::new())], true),
        [],
        "no build of the run is one of its builds"
    );
    let later = BuildFilter::parse("appmeasurement >=2.25").expect("a filter");
    assert_eq!(
        run_findings(&cases, &[known(&never, vec![&later])], true),
        [],
        "what it deviates from is not claimed of any build of the run"
    );
}
