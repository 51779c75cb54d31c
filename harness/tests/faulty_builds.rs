//! Sensitivity: each planted fault in a copy of the real default build is noticed by a law or a
//! check, and the copy without a fault gets the verdicts of the build itself.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use common::{Ended, Ran, chosen, default_build, real_suite, run_with};
use drivers::BuildFile;
use posttrack::page::adapter;
use posttrack::run::case_name;
use posttrack::scenario::{Library, Suite};
use posttrack::verdict::{Judgement, Verdict};
use serde::Deserialize;

const WRAPPER: &str = include_str!("faults/wrapper.js");
const FAULTS: [&str; 4] = [
    include_str!("faults/post.toml"),
    include_str!("faults/pre.toml"),
    include_str!("faults/hits.toml"),
    include_str!("faults/calls.toml"),
];

/// The name of the copy that has the wrapper and no fault.
const UNSPOILED: &str = "unspoiled";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faults {
    fault: Vec<Fault>,
}

/// A planted fault; see faults/post.toml.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    name: String,
    tracker: Option<String>,
    gi: Option<String>,
    scenarios: Vec<String>,
    noticed_by: Vec<String>,
}

fn faults() -> Vec<Fault> {
    let faults: Vec<Fault> = FAULTS
        .iter()
        .flat_map(|text| toml::from_str::<Faults>(text).unwrap().fault)
        .collect();
    let names: BTreeSet<&str> = faults.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(names.len(), faults.len(), "each fault has its own name");
    faults
}

/// The default build as it is served, with the wrapper after it.
fn copy_of_the_build(name: &str, tracker: Option<&str>, gi: Option<&str>) -> BuildFile {
    let build = default_build();
    let adapter = adapter(Library::Appmeasurement);
    let mut script = adapter.serve(&build.bytes, build.module);
    let function = |parameters: &str, body: &str| format!("function ({parameters}) {{\n{body}\n}}");
    let tools = "{ register, send, compile, param, registered, method, variables, failed }";
    let tracker = tracker.map(|body| function(&format!("s, {tools}, shared"), body));
    let gi = gi.map(|body| function("make, suite, shared", body));
    let wrapper = format!(
        "\n;{}({{ tracker: {}, gi: {} }});\n",
        WRAPPER.trim_end(),
        tracker.as_deref().unwrap_or("null"),
        gi.as_deref().unwrap_or("null"),
    );
    script.extend(wrapper.into_bytes());
    BuildFile {
        name: name.to_owned(),
        library: None,
        version: None,
        bytes: script.into(),
        sha256: String::new(),
        source: format!("the default build with the fault {name}"),
        module: false,
        ..build.clone()
    }
}

fn of_fault(fault: &Fault) -> BuildFile {
    copy_of_the_build(&fault.name, fault.tracker.as_deref(), fault.gi.as_deref())
}

/// Runs each fault in its own scenarios, and those of all in the builds that are compared.
fn run_all(suite: &Suite, faults: &[Fault], compared: &[BuildFile]) -> Ran {
    let names: BTreeSet<&str> = faults
        .iter()
        .flat_map(|fault| fault.scenarios.iter().map(String::as_str))
        .collect();
    let scenarios = chosen(suite, |name| names.contains(name));
    let known: BTreeSet<&str> = scenarios.iter().map(|one| one.name.as_str()).collect();
    let unknown: Vec<_> = names.difference(&known).collect();
    assert!(
        unknown.is_empty(),
        "the faults name scenarios that do not exist: {unknown:?}"
    );
    let mut builds: Vec<BuildFile> = faults.iter().map(of_fault).collect();
    builds.extend(compared.iter().cloned());
    let of_faults = faults.iter().flat_map(|fault| {
        fault
            .scenarios
            .iter()
            .map(|scenario| case_name("firefox", &fault.name, scenario))
    });
    let of_compared = compared
        .iter()
        .map(|build| case_name("firefox", &build.name, ""));
    let filters = of_faults.chain(of_compared).collect();
    run_with(scenarios, builds, filters)
}

fn is_unexpected_violation(judgement: &Judgement) -> bool {
    judgement.verdict == Verdict::Violated && !judgement.expected
}

/// Ids of the requirements that are violated unexpectedly in a case and not in the build's own.
fn new_violations(ran: &Ran, ended: &Ended, suite: &Suite) -> BTreeSet<String> {
    let scenario = &ended.case.scenario.name;
    let own = ran.cases.iter().find(|other| {
        other.case.build.name == default_build().name && other.case.scenario.name == *scenario
    });
    let own = own.map(|own| violated(own, suite)).unwrap_or_default();
    violated(ended, suite).difference(&own).cloned().collect()
}

/// Ids of the requirements that are violated unexpectedly in a case.
fn violated(ended: &Ended, suite: &Suite) -> BTreeSet<String> {
    if ended.run.outcome.is_err() {
        return BTreeSet::new();
    }
    ended
        .verdict(suite)
        .judgements
        .into_iter()
        .filter(is_unexpected_violation)
        .map(|judgement| judgement.id)
        .collect()
}

/// What was seen of a fault that was not noticed: the verdicts, and what happened.
fn seen(ended: &Ended, suite: &Suite) -> String {
    let recording = match &ended.run.outcome {
        Ok(recording) => recording,
        Err(trouble) => return format!("    the case had an error: {}\n", trouble.message),
    };
    let mut text = format!("    in {}:\n", ended.case.scenario.name);
    let verdict = ended.verdict(suite);
    for finding in &verdict.findings {
        let id = finding.requirement.as_deref().unwrap_or("");
        writeln!(text, "      {:?} {id}: {}", finding.kind, finding.why).unwrap();
    }
    let evidence = ended.evidence();
    for line in posttrack::evidence::timeline(recording, &evidence) {
        writeln!(text, "      {line}").unwrap();
    }
    text
}

#[test]
fn every_planted_fault_is_noticed_by_a_law_or_a_check() {
    let suite = real_suite();
    let faults = faults();
    let unspoiled = copy_of_the_build(UNSPOILED, None, None);
    let ran = run_all(&suite, &faults, &[default_build().clone(), unspoiled]);

    let mut survivors = String::new();
    for fault in &faults {
        let cases: Vec<&Ended> = ran
            .cases
            .iter()
            .filter(|ended| ended.case.build.name == fault.name)
            .collect();
        assert!(
            cases.len() >= fault.scenarios.len(),
            "{} was run",
            fault.name
        );
        let noticed: BTreeSet<String> = cases
            .iter()
            .flat_map(|ended| new_violations(&ran, ended, &suite))
            .collect();
        let missing: Vec<_> = fault
            .noticed_by
            .iter()
            .filter(|id| !noticed.contains(*id))
            .collect();
        if !missing.is_empty() {
            writeln!(
                survivors,
                "  {}: not noticed by {missing:?}, but by {noticed:?}",
                fault.name
            )
            .unwrap();
            for ended in cases {
                survivors.push_str(&seen(ended, &suite));
            }
        }
    }
    let alarms = false_alarms(&ran, &suite);
    assert!(
        survivors.is_empty() && alarms.is_empty(),
        "faults that survived:\n{survivors}\nverdicts that the wrapper alone changed:\n{alarms}"
    );
}

/// Verdicts of the unspoiled copy that are not those of the build itself.
fn false_alarms(ran: &Ran, suite: &Suite) -> String {
    let verdicts = |build: &str| -> BTreeMap<String, Vec<String>> {
        ran.cases
            .iter()
            .filter(|ended| ended.case.build.name == build)
            .map(|ended| (ended.case.scenario.name.clone(), summary(ended, suite)))
            .collect()
    };
    let of_build = verdicts(&default_build().name);
    let of_copy = verdicts(UNSPOILED);
    let mut alarms = String::new();
    for (scenario, expected) in &of_build {
        let found = of_copy.get(scenario).map(Vec::as_slice).unwrap_or_default();
        for line in expected.iter().filter(|line| !found.contains(line)) {
            writeln!(alarms, "  {scenario}: only the build: {line}").unwrap();
        }
        for line in found.iter().filter(|line| !expected.contains(line)) {
            writeln!(alarms, "  {scenario}: only the unspoiled copy: {line}").unwrap();
        }
    }
    assert!(!of_build.is_empty(), "the build itself was run");
    alarms
}

/// A case's verdicts, a line each.
fn summary(ended: &Ended, suite: &Suite) -> Vec<String> {
    if let Err(trouble) = &ended.run.outcome {
        return vec![format!("error: {}", trouble.message)];
    }
    let verdict = ended.verdict(suite);
    let judgements = verdict.judgements.iter();
    judgements
        .map(|judgement| {
            format!(
                "{} {:?}, expected: {}",
                judgement.id, judgement.verdict, judgement.expected
            )
        })
        .collect()
}

/// Quiet is not a poll: a call that comes only after seconds in which nothing happens is part of
/// the case, on whatever transport.
#[test]
fn a_post_function_that_runs_seconds_later_is_noticed_on_every_transport() {
    let suite = real_suite();
    let rows =
        ["image", "beacon", "xhr", "script"].map(|row| format!("post/runs-after-a-hit/{row}"));
    let late = |delay: u32| Fault {
        name: format!("post-{delay}ms-later"),
        tracker: Some(format!(
            r#"register("Post", (f) => (...a) => {{ setTimeout(() => f(...a), {delay}); }})"#
        )),
        gi: None,
        scenarios: rows.to_vec(),
        noticed_by: vec!["POST-02".to_owned()],
    };
    let ran = run_all(&suite, &[late(6000), late(1500)], &[]);
    assert_eq!(
        ran.cases.len(),
        8,
        "two delays on each of the four transports"
    );
    for ended in &ran.cases {
        let calls = ended.evidence().calls;
        let run: Vec<_> = calls.iter().filter(|call| call.name == "audit").collect();
        assert!(
            !run.is_empty() && run.iter().all(|call| !call.late),
            "{}: the case was over before its post function ran\n{}",
            ended.case.name(),
            seen(ended, &suite)
        );
        assert!(
            violated(ended, &suite).contains("POST-02"),
            "{}: a post function in a later turn is a violation of POST-02\n{}",
            ended.case.name(),
            seen(ended, &suite)
        );
    }
}
