//! Laws and checks by requirement; deviations excuse what they describe and nothing else.

use crate::evidence::Evidence;
use crate::scenario::{
    BuildFilter, Catalogue, Deviation, Fault, Library, On, Requirement, Scenario, Transport,
    Version,
};
use crate::verdict::laws::exhibits::Play;
use crate::verdict::{CaseFacts, CaseVerdict, FindingKind, Judgement, Verdict, judge};

use super::{at, check_of, deviation, hit, scenario, text};

/// `audit` runs for a failed hit of this transport: POST-03 is violated.
fn runs_on_failure(transport: Transport, fault: Fault) -> Play {
    let mut play = Play::new();
    play.register(On::Post, "audit", &[]);
    play.transport = transport;
    add_failure(&mut play, fault);
    play
}

fn add_failure(play: &mut Play, fault: Fault) {
    let hit = play.t();
    play.fail(hit, fault);
    play.run(On::Post, "audit", hit, &[]);
}

/// `audit` does not run for a failed hit: POST-03 holds.
fn silent_on_failure(transport: Transport, fault: Fault) -> Play {
    let mut play = Play::new();
    play.register(On::Post, "audit", &[]);
    play.transport = transport;
    let hit = play.t();
    play.fail(hit, fault);
    play
}

const KNOWN: Option<Version> = Some(Version(2, 23, 0));

fn judged(
    scenario: &Scenario,
    version: Option<Version>,
    evidence: &Evidence,
    shared: &[Deviation],
) -> CaseVerdict {
    let case = CaseFacts {
        scenario,
        library: Library::Appmeasurement,
        version,
        browser: "firefox",
        catalogue: &Catalogue::default(),
    };
    // Evidence by hand follows the sample of T-04 and no other deviation of a real build.
    judge(&case, evidence, shared)
}

#[test]
fn what_is_not_documented_for_the_version_is_not_judged() {
    let catalogue = Catalogue {
        requirements: vec![Requirement {
            id: "POST-03".into(),
            claim: String::new(),
            source: String::new(),
            page: None,
            unprovable: None,
            builds: BuildFilter::parse("appmeasurement >=2.16").ok(),
        }],
    };
    let scenario = Scenario {
        requirements: vec![("POST-03".into(), at(1))],
        ..scenario()
    };
    let evidence = runs_on_failure(Transport::Image, Fault::Reset).evidence();
    let ids = |version| {
        let case = CaseFacts {
            scenario: &scenario,
            library: Library::Appmeasurement,
            version,
            browser: "firefox",
            catalogue: &catalogue,
        };
        let verdict = judge(&case, &evidence, &[]);
        let found = verdict.findings.iter();
        found
            .filter_map(|finding| finding.requirement.clone())
            .filter(|id| id == "POST-03")
            .count()
    };
    assert_eq!(ids(Some(Version(1, 8, 0))), 0, "1.8.0 never promised it");
    assert_eq!(ids(Some(Version(2, 16, 0))), 1, "2.16.0 does");
    assert_eq!(
        ids(None),
        1,
        "a build of unknown version is taken for a new one"
    );
}

fn of<'v>(verdict: &'v CaseVerdict, id: &str) -> &'v Judgement {
    verdict
        .judgements
        .iter()
        .find(|judgement| judgement.id == id)
        .unwrap_or_else(|| panic!("no judgement on {id}"))
}

fn kinds(verdict: &CaseVerdict) -> Vec<(FindingKind, Option<&str>)> {
    verdict
        .findings
        .iter()
        .map(|finding| (finding.kind, finding.requirement.as_deref()))
        .collect()
}

const VIOLATED: (FindingKind, Option<&str>) = (FindingKind::Violated, Some("POST-03"));
const STALE: (FindingKind, Option<&str>) = (FindingKind::StaleDeviation, Some("POST-03"));

#[test]
fn a_violation_without_a_deviation_is_a_finding() {
    let evidence = runs_on_failure(Transport::Image, Fault::Reset).evidence();
    let verdict = judged(&scenario(), KNOWN, &evidence, &[]);
    let judgement = of(&verdict, "POST-03");
    assert_eq!(judgement.verdict, Verdict::Violated);
    assert!(!judgement.expected, "nothing excuses it");
    assert_eq!(kinds(&verdict), [VIOLATED]);
    let finding = &verdict.findings[0];
    assert_eq!(finding.why, "a post function ran although its hit failed");
    assert_eq!(
        finding.at.as_deref(),
        Some("scenarios/post/example.toml:1:1")
    );
    assert_eq!(
        finding.events,
        [
            "[1:1] s registered for post(audit)".to_owned(),
            format!(
                "[1:3] hit 1 of s, image, failed (reset): GET {}",
                evidence.hits[0].url
            ),
            "[1:5] transport of hit 1 ended: error".to_owned(),
            format!("[1:6] post audit({:?}) ran for hit 1", evidence.hits[0].url),
        ]
    );
}

#[test]
fn a_deviation_excuses_what_it_describes() {
    let evidence = runs_on_failure(Transport::Xhr, Fault::Reset).evidence();
    let fits = [
        deviation("POST-03"),
        Deviation {
            fault: vec![Some(Fault::Reset), Some(Fault::Close)],
            ..deviation("POST-03")
        },
        Deviation {
            transport: vec![Transport::Xhr],
            browsers: Some(vec!["firefox".to_owned()]),
            builds: Some(BuildFilter::parse("appmeasurement >=2.20").expect("a filter")),
            ..deviation("POST-03")
        },
    ];
    for one in fits {
        let mut scenario = scenario();
        scenario.deviations.push(one.clone());
        for verdict in [
            judged(&scenario, KNOWN, &evidence, &[]),
            judged(
                &super::scenario(),
                KNOWN,
                &evidence,
                std::slice::from_ref(&one),
            ),
        ] {
            let judgement = of(&verdict, "POST-03");
            assert_eq!(judgement.verdict, Verdict::Violated, "{one:?}");
            assert!(judgement.expected, "{one:?} describes it");
            assert_eq!(judgement.excused_by, ["it does something else"]);
            assert_eq!(kinds(&verdict), [], "{one:?} describes it");
            assert_eq!(verdict.covered, [at(30)]);
        }
    }
}

#[test]
fn a_deviation_excuses_nothing_else() {
    let evidence = runs_on_failure(Transport::Xhr, Fault::Reset).evidence();
    let strangers = [
        deviation("POST-01"),
        Deviation {
            fault: vec![Some(Fault::Close)],
            ..deviation("POST-03")
        },
        Deviation {
            fault: vec![None],
            ..deviation("POST-03")
        },
        Deviation {
            transport: vec![Transport::Image],
            ..deviation("POST-03")
        },
        Deviation {
            browsers: Some(vec!["chrome".to_owned()]),
            ..deviation("POST-03")
        },
        Deviation {
            builds: Some(BuildFilter::parse("appmeasurement >=2.24").expect("a filter")),
            ..deviation("POST-03")
        },
    ];
    for one in strangers {
        let verdict = judged(&scenario(), KNOWN, &evidence, std::slice::from_ref(&one));
        assert!(
            !of(&verdict, "POST-03").expected,
            "{one:?} is of something else"
        );
        assert_eq!(kinds(&verdict), [VIOLATED], "{one:?} is of something else");
        assert_eq!(verdict.covered, [], "{one:?} covers nothing here");
    }
}

#[test]
fn of_two_violations_only_the_described_one_is_excused() {
    let mut play = runs_on_failure(Transport::Xhr, Fault::Reset);
    play.transport = Transport::Image;
    add_failure(&mut play, Fault::Reset);
    let xhr = Deviation {
        transport: vec![Transport::Xhr],
        ..deviation("POST-03")
    };
    let verdict = judged(&scenario(), KNOWN, &play.evidence(), &[xhr]);
    assert!(!of(&verdict, "POST-03").expected);
    assert_eq!(kinds(&verdict), [VIOLATED]);
}

#[test]
fn a_deviation_that_names_the_violation_excuses_no_other() {
    let evidence = runs_on_failure(Transport::Image, Fault::Reset).evidence();
    let of_violation = |text: &str| Deviation {
        violation: Some(text.to_owned()),
        ..deviation("POST-03")
    };
    let other = judged(
        &scenario(),
        KNOWN,
        &evidence,
        &[of_violation("ran more often than")],
    );
    assert_eq!(kinds(&other), [VIOLATED]);
    assert_eq!(other.covered, [], "it covers no other violation");
    let same = judged(
        &scenario(),
        KNOWN,
        &evidence,
        &[of_violation("although its hit failed")],
    );
    assert_eq!(kinds(&same), []);
    let silent = silent_on_failure(Transport::Image, Fault::Reset).evidence();
    let stale = judged(
        &scenario(),
        KNOWN,
        &silent,
        &[of_violation("although its hit failed")],
    );
    assert_eq!(
        kinds(&stale),
        [STALE],
        "what holds is covered as without it"
    );
}

#[test]
fn a_deviation_that_does_not_happen_is_stale() {
    let evidence = silent_on_failure(Transport::Image, Fault::Reset).evidence();
    let verdict = judged(&scenario(), KNOWN, &evidence, &[deviation("POST-03")]);
    assert_eq!(of(&verdict, "POST-03").verdict, Verdict::Holds);
    assert_eq!(kinds(&verdict), [STALE]);
    let finding = &verdict.findings[0];
    assert_eq!(
        finding.why,
        "the deviation from POST-03 (it does something else) did not happen in a case that it \
         covers; remove it, narrow it, or say `sometimes = true`"
    );
    assert_eq!(
        finding.at.as_deref(),
        Some("scenarios/post/example.toml:30:1")
    );
}

#[test]
fn a_deviation_that_happens_sometimes_is_never_stale_in_a_case() {
    let evidence = silent_on_failure(Transport::Image, Fault::Reset).evidence();
    let sometimes = Deviation {
        sometimes: true,
        ..deviation("POST-03")
    };
    let verdict = judged(&scenario(), KNOWN, &evidence, &[sometimes]);
    assert_eq!(kinds(&verdict), []);
    assert_eq!(verdict.covered, [at(30)], "it covers the case all the same");
}

#[test]
fn a_deviation_that_covers_nothing_in_a_case_is_not_stale_there() {
    let evidence = silent_on_failure(Transport::Image, Fault::Reset).evidence();
    let beacons = Deviation {
        transport: vec![Transport::Beacon],
        ..deviation("POST-03")
    };
    let verdict = judged(&scenario(), KNOWN, &evidence, &[beacons]);
    assert_eq!(kinds(&verdict), []);
    assert_eq!(verdict.covered, []);
}

#[test]
fn a_build_of_unknown_version_has_no_deviation() {
    let evidence = runs_on_failure(Transport::Image, Fault::Reset).evidence();
    let bound = |builds: &str| Deviation {
        builds: Some(BuildFilter::parse(builds).expect("a filter")),
        ..deviation("POST-03")
    };
    for deviation in [
        bound("appmeasurement >=2.0"),
        bound("appmeasurement"),
        deviation("POST-03"),
    ] {
        let builds = deviation.builds.clone();
        let unknown = judged(
            &scenario(),
            None,
            &evidence,
            std::slice::from_ref(&deviation),
        );
        assert_eq!(
            kinds(&unknown),
            [VIOLATED],
            "{builds:?} excuses no build of unknown version"
        );
        let known = judged(&scenario(), KNOWN, &evidence, &[deviation]);
        assert_eq!(kinds(&known), [], "{builds:?} excuses a known one");
    }
    let other = judged(&scenario(), KNOWN, &evidence, &[bound("alloy")]);
    assert_eq!(kinds(&other), [VIOLATED], "it is of the other library");
}

#[test]
fn a_requirement_that_the_scenario_names_needs_a_verdict() {
    let mut asks = scenario();
    asks.requirements = vec![("POST-03".to_owned(), at(4)), ("TL-04".to_owned(), at(5))];
    let evidence = silent_on_failure(Transport::Image, Fault::Reset).evidence();
    let verdict = judged(&asks, KNOWN, &evidence, &[]);
    assert!(of(&verdict, "POST-03").expected);
    assert!(!of(&verdict, "TL-04").expected);
    assert_eq!(
        kinds(&verdict),
        [(FindingKind::NotApplicable, Some("TL-04"))]
    );
    assert_eq!(
        verdict.findings[0].why,
        "the scenario names TL-04, but nothing in the case exercises it: no law and no check judged it"
    );
    assert_eq!(
        verdict.findings[0].at.as_deref(),
        Some("scenarios/post/example.toml:5:1")
    );
    assert!(of(&verdict, "CLR-01").expected, "nobody asked for it");
    assert_eq!(of(&verdict, "CLR-01").verdict, Verdict::NotApplicable);
}

#[test]
fn a_law_and_a_check_of_one_requirement_are_one_judgement() {
    let mut checks = scenario();
    let mut check = check_of(hit(1));
    check.requirement = "POST-03".to_owned();
    check.has = vec![("outcome".to_owned(), text("delivered"))];
    checks.checks.push(check);
    let evidence = silent_on_failure(Transport::Image, Fault::Reset).evidence();
    let verdict = judged(&checks, KNOWN, &evidence, &[]);
    let judgement = of(&verdict, "POST-03");
    assert_eq!(
        judgement.instances.len(),
        2,
        "one of the law, one of the check"
    );
    assert_eq!(judgement.verdict, Verdict::Violated);
    assert_eq!(judgement.at, Some(at(20)));
    assert_eq!(
        verdict.findings[0].why,
        r#"expected outcome = "delivered" on hit 1, found "failed""#
    );
    assert_eq!(
        verdict.findings[0].at.as_deref(),
        Some("scenarios/post/example.toml:20:1")
    );
}
