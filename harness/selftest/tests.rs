//! The account out of cases that were never run, and the faults as they stand in their files.

use std::collections::BTreeSet;

use drivers::BuildFile;

use super::account::{Cases, Seen, Shown, report};
use super::plant::plant;
use super::*;
use crate::report::terminal;
use crate::run::{REFERENCE, reference_build};
use crate::scenario::tests::{SMALL, load_files};
use crate::verdict::{Law, laws};

const REAL: &str = "appmeasurement@2.23.0";
const SDK: &str = "alloy@2.33.1";

fn hosts() -> Hosts<String> {
    Hosts {
        appmeasurement: REAL.to_owned(),
        web_sdk: SDK.to_owned(),
    }
}

fn wrapper(name: &str, scenarios: &[&str], noticed_by: &[&str]) -> Fault {
    let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
    Fault {
        name: name.to_owned(),
        plant: Plant::Wrapper {
            tracker: Some(String::new()),
            gi: None,
        },
        scenarios: owned(scenarios),
        noticed_by: owned(noticed_by),
    }
}

fn of_reference(name: &str, scenarios: &[&str], noticed_by: &[&str]) -> Fault {
    Fault {
        plant: Plant::Reference { change: Vec::new() },
        ..wrapper(name, scenarios, noticed_by)
    }
}

/// A plan in a folder of `post/a` and `post/b`.
fn plan(faults: Vec<Fault>) -> Plan {
    let loaded = load_files(&[("post/a.toml", SMALL), ("post/b.toml", SMALL)]);
    Plan::new(&loaded.suite, faults, true)
}

/// Cases that ended; those of builds without a fault are there, and violate nothing.
struct Table(Cases);

impl Table {
    fn new() -> Table {
        let mut table = Table(Cases::new());
        for build in [REAL, UNSPOILED, SDK, REFERENCE] {
            for scenario in ["post/a", "post/b"] {
                table.add(build, scenario, &[], "text");
            }
        }
        table
    }

    fn add(&mut self, build: &str, scenario: &str, violated: &[&str], text: &str) {
        let violated: BTreeSet<String> = violated.iter().map(ToString::to_string).collect();
        let verdicts = violated.iter().map(|id| format!("{id} Violated"));
        let shown = Shown {
            verdicts: verdicts.collect(),
            violated,
            judged: laws().iter().map(|law| law.id).collect(),
            text: text.to_owned(),
            story: vec!["what happened".to_owned()],
        };
        self.put(build, scenario, Seen::Shown(Box::new(shown)));
    }

    fn put(&mut self, build: &str, scenario: &str, seen: Seen) {
        self.0.insert((build.to_owned(), scenario.to_owned()), seen);
    }

    fn report(&self, plan: &Plan) -> SelftestReport {
        self.report_with(plan, laws())
    }

    fn report_with(&self, plan: &Plan, laws: &[Law]) -> SelftestReport {
        let claims = [("POST-01", "It runs."), ("POST-04", "It runs once.")];
        let claims = claims.map(|(id, claim)| (id.to_owned(), claim.to_owned()));
        report(plan, &hosts(), &self.0, &claims, laws)
    }
}

fn text(report: &SelftestReport) -> String {
    let mut out = Vec::new();
    terminal::selftest(&mut out, report, 100, false).unwrap();
    anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
}

fn exit(report: &SelftestReport) -> u8 {
    crate::report::Exit::of_selftest(report).code()
}

#[test]
fn a_fault_that_each_of_its_requirements_notices_is_killed() {
    let plan = plan(vec![
        wrapper("twice", &["post/a", "post/b"], &["POST-01", "POST-04"]),
        of_reference("never", &["post/a"], &["POST-01"]),
    ]);
    let mut table = Table::new();
    table.add("twice", "post/a", &["POST-01"], "text");
    table.add("twice", "post/b", &["POST-04", "T-01"], "text");
    table.add("never", "post/a", &["POST-01"], "text");
    let report = table.report(&plan);
    assert_eq!(exit(&report), 0);
    assert_eq!(report.faults[0].noticed_by, ["POST-01", "POST-04", "T-01"]);
    insta::assert_snapshot!(text(&report), @"
    POST-01  2 killed, 0 only by snapshots, 0 survived  It runs.
      killed         twice  appmeasurement@2.23.0 in post/a, post/b
      killed         never  reference in post/a

    POST-04  1 killed, 0 only by snapshots, 0 survived  It runs once.
      killed         twice  appmeasurement@2.23.0 in post/a, post/b

    2 faults: 2 killed by laws and checks, 0 only by snapshots, 0 survived
    ");
}

#[test]
fn what_only_a_snapshot_or_another_requirement_notices_is_told_apart_and_fails() {
    let plan = plan(vec![
        wrapper("seen-in-the-text", &["post/a"], &["POST-01"]),
        wrapper("seen-elsewhere", &["post/a"], &["POST-01", "POST-04"]),
        wrapper("not-seen", &["post/b"], &["POST-04"]),
    ]);
    let mut table = Table::new();
    table.add("seen-in-the-text", "post/a", &[], "another text");
    table.add("seen-elsewhere", "post/a", &["POST-04"], "another text");
    table.add("not-seen", "post/b", &[], "text");
    let report = table.report(&plan);
    assert_eq!(exit(&report), 1);
    insta::assert_snapshot!(text(&report), @"
    POST-01  0 killed, 1 only by snapshots, 1 survived  It runs.
      only snapshot  seen-in-the-text  appmeasurement@2.23.0 in post/a
      SURVIVED       seen-elsewhere  appmeasurement@2.23.0 in post/a

    POST-04  1 killed, 0 only by snapshots, 1 survived  It runs once.
      killed         seen-elsewhere  appmeasurement@2.23.0 in post/a
      SURVIVED       not-seen  appmeasurement@2.23.0 in post/b

    noticed only by a snapshot
      seen-in-the-text  appmeasurement@2.23.0 in post/a
        expected a violation of POST-01, noticed by nothing
        in post/a:
          what happened

    survived
      seen-elsewhere  appmeasurement@2.23.0 in post/a
        expected a violation of POST-01, noticed by POST-04
        in post/a:
          what happened
      not-seen  appmeasurement@2.23.0 in post/b
        expected a violation of POST-04, noticed by nothing
        in post/b:
          what happened

    3 faults: 0 killed by laws and checks, 1 only by snapshots, 2 survived
    ");
}

#[test]
fn a_violation_of_the_build_itself_kills_nothing() {
    let plan = plan(vec![wrapper("twice", &["post/a"], &["POST-04"])]);
    let mut table = Table::new();
    for build in [REAL, UNSPOILED, "twice"] {
        table.add(build, "post/a", &["POST-04"], "text");
    }
    let report = table.report(&plan);
    assert_eq!(report.count(Fate::Survived), 1, "{}", text(&report));
}

#[test]
fn what_was_not_run_is_neither_killed_nor_survived() {
    let plan = plan(vec![
        wrapper("elsewhere", &["post/a", "shop/cart"], &["POST-04"]),
        wrapper("broken", &["post/a"], &["POST-01"]),
        wrapper("stopped", &["post/b"], &["POST-04"]),
    ]);
    let mut table = Table::new();
    table.put("broken", "post/a", error(false));
    let report = table.report(&plan);
    assert_eq!(exit(&report), 2, "a scenario is not in the folder");
    insta::assert_snapshot!(text(&report), @"
    POST-01  0 killed, 0 only by snapshots, 0 survived, 1 not run  It runs.
      not run        broken  appmeasurement@2.23.0 in post/a

    POST-04  0 killed, 0 only by snapshots, 0 survived, 2 not run  It runs once.
      not run        elsewhere  appmeasurement@2.23.0 in post/a, shop/cart
      not run        stopped  appmeasurement@2.23.0 in post/b

    not run
      elsewhere: the folder has no shop/cart
      broken: broken in post/a: the page did not get quiet
      stopped: post/b was not run to its end

    3 faults: 0 killed by laws and checks, 0 only by snapshots, 0 survived, 3 not run
    ");
}

fn error(infrastructure: bool) -> Seen {
    Seen::Error {
        why: "the page did not get quiet\nthe end of a log".to_owned(),
        infrastructure,
    }
}

#[test]
fn the_exit_code_says_why_a_fault_was_not_run() {
    let plan = plan(vec![wrapper("broken", &["post/a"], &["POST-01"])]);
    let mut table = Table::new();
    assert_eq!(exit(&table.report(&plan)), 4, "its case never ended");
    table.put("broken", "post/a", error(false));
    assert_eq!(
        exit(&table.report(&plan)),
        4,
        "its case could not be judged"
    );
    table.put("broken", "post/a", error(true));
    assert_eq!(exit(&table.report(&plan)), 3, "the browser died");
}

#[test]
fn a_copy_or_a_reference_that_violates_something_unspoiled_is_a_false_alarm() {
    let plan = plan(vec![
        wrapper("twice", &["post/a"], &["POST-04"]),
        of_reference("never", &["post/b"], &["POST-01"]),
    ]);
    let mut table = Table::new();
    table.add("twice", "post/a", &["POST-04"], "text");
    table.add("never", "post/b", &["POST-01"], "text");
    table.add(UNSPOILED, "post/a", &["POST-07"], "text");
    table.add(SDK, "post/a", &["WEB-01"], "text");
    table.add(REFERENCE, "post/b", &["POST-02", "POST-13"], "text");
    let report = table.report(&plan);
    assert_eq!(exit(&report), 1);
    let told = text(&report);
    let told = told.split("false alarms").nth(1).unwrap();
    insta::assert_snapshot!(told, @"
    , with no fault at all
      unspoiled in post/a: the wrapper alone changes verdicts: none became POST-07 Violated
      alloy@2.33.1 in post/a: without a fault, it violates WEB-01
      reference in post/b: without a fault, it violates POST-02

    2 faults: 2 killed by laws and checks, 0 only by snapshots, 0 survived, 3
    ");
}

#[test]
fn a_law_that_judged_nothing_is_named_once_every_fault_was_run() {
    let faults = || vec![wrapper("twice", &["post/a"], &["POST-04"])];
    let mut table = Table::new();
    table.add("twice", "post/a", &["POST-04"], "text");
    let more = Law {
        id: "POST-99",
        states: "it is never asked for",
        ..laws()[0]
    };
    let all: Vec<Law> = laws().iter().copied().chain([more]).collect();
    let report = table.report_with(&plan(faults()), &all);
    assert_eq!(exit(&report), 1);
    let told = text(&report);
    let told = told.split("laws that").nth(1).unwrap();
    insta::assert_snapshot!(told, @"
     judged nothing anywhere
      POST-99: it is never asked for

    1 fault: 1 killed by laws and checks, 0 only by snapshots, 0 survived, 1 idle law
    ");
    let some = Plan::new(
        &load_files(&[("post/a.toml", SMALL)]).suite,
        faults(),
        false,
    );
    let report = table.report_with(&some, &all);
    assert_eq!(
        report.idle_laws, [""; 0],
        "a part of the faults exercises a part of the laws"
    );
    assert_eq!(exit(&report), 0);
}

#[test]
fn the_document_says_what_the_report_says() {
    let plan = plan(vec![wrapper("twice", &["post/a"], &["POST-04"])]);
    let mut table = Table::new();
    table.add("twice", "post/a", &["POST-04"], "text");
    let report = table.report(&plan);
    let document = serde_json::to_value(&report).unwrap();
    assert_eq!(document["builds"], serde_json::json!([REAL, SDK]));
    assert_eq!(document["faults"][0]["fate"], "killed");
    assert_eq!(document["requirements"][0]["killed"], 1);
    let schema = crate::report::json::schema_of::<SelftestReport>();
    let schema = serde_json::from_str(&schema).unwrap();
    let valid = jsonschema::validate(&schema, &document);
    assert!(valid.is_ok(), "the schema describes it: {valid:?}");
}

#[test]
fn each_fault_has_its_own_name_and_is_planted_where_it_can_be() {
    let faults = faults();
    let names: BTreeSet<&str> = faults.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(names.len(), faults.len(), "each fault has its own name");
    let of_reference = faults
        .iter()
        .filter(|fault| fault.host() == Host::Reference);
    let of_reference = of_reference.count();
    assert!(
        of_reference >= 30 && of_reference * 2 <= faults.len(),
        "{of_reference} of {} are of the reference, the others wrap the real build",
        faults.len()
    );
    let files = hosts().map(|name| {
        let script = (*b"var a;").into();
        Some(BuildFile::of_script(name, "a script".to_owned(), script))
    });
    let real = files.appmeasurement.clone().unwrap();
    for fault in &faults {
        assert!(
            !fault.scenarios.is_empty() && !fault.noticed_by.is_empty(),
            "{}",
            fault.name
        );
        if let Plant::Wrapper { tracker, gi } = &fault.plant {
            assert!(
                tracker.is_some() != gi.is_some(),
                "{} spoils either trackers or s_gi",
                fault.name
            );
        }
        let planted = plant(fault, &files).unwrap_or_else(|error| panic!("{error}"));
        let unspoiled = match fault.host() {
            Host::Reference => reference_build(),
            Host::WebSdk => files.web_sdk.clone().unwrap(),
            Host::AppMeasurement => wrapped(&real, UNSPOILED, None, None),
        };
        assert_ne!(
            planted.sha256, unspoiled.sha256,
            "{} changes nothing",
            fault.name
        );
    }
}

#[test]
fn a_text_that_the_reference_does_not_have_once_is_an_error() {
    let mut fault = of_reference("odd", &["post/a"], &["POST-01"]);
    let files = hosts().map(|_| None);
    let mut error = |from: &str| {
        fault.plant = Plant::Reference {
            change: vec![(from.to_owned(), String::new())],
        };
        plant(&fault, &files).unwrap_err().to_string()
    };
    insta::assert_snapshot!(error("no such text"), @"the fault odd cannot be planted: the reference library has `no such text` 0 times, not once");
    insta::assert_snapshot!(error("s.abort = false;"), @"the fault odd cannot be planted: the reference library has `s.abort = false;` 2 times, not once");
}

#[test]
fn the_scenarios_and_requirements_that_faults_name_are_there() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let suite = crate::scenario::load(&dir).suite;
    let ids: BTreeSet<&str> = suite
        .catalogue
        .requirements
        .iter()
        .map(|row| row.id.as_str())
        .collect();
    let plan = Plan::new(&suite, faults(), true);
    for planned in &plan.faults {
        let name = &planned.fault.name;
        assert_eq!(
            planned.absent, [""; 0],
            "{name} names scenarios that do not exist"
        );
        let unknown: Vec<_> = planned
            .fault
            .noticed_by
            .iter()
            .filter(|id| !ids.contains(id.as_str()))
            .collect();
        assert!(unknown.is_empty(), "{name} names {unknown:?}");
    }
    for cannot in reference_cannot() {
        assert!(ids.contains(cannot.requirement.as_str()), "{cannot:?}");
        assert!(!cannot.because.is_empty(), "{cannot:?}");
    }
}

#[test]
fn the_plan_compares_each_fault_with_the_library_it_was_planted_in() {
    let plan = plan(vec![
        wrapper("twice", &["post/a"], &["POST-04"]),
        of_reference("never", &["post/b"], &["POST-01"]),
        wrapper("elsewhere", &["shop/cart"], &["POST-04"]),
    ]);
    assert_eq!(
        plan.cases("firefox", &hosts()),
        [
            "firefox::appmeasurement-2.23.0::post/a",
            "firefox::never::post/b",
            "firefox::reference::post/b",
            "firefox::twice::post/a",
            "firefox::unspoiled::post/a",
        ]
    );
    assert!(!plan.whole, "a fault cannot be run");
}
