//! A run that was cut short is gone on with: every case exactly once, and the same verdicts as of one that was not.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;

use posttrack::report::{CaseResult, Results, Status, json};
use serde_json::Value;
use support::{Bench, Ended, PLAIN, Run, signal};

/// Sends a hit, and claims what is not so.
const VIOLATED: &str = r#"
title = "a claim that is wrong"
requirements = ["POST-01"]
library = "appmeasurement"

[page]
url = "https://www.shop.test/"

[tracker]
account = "examplersid"
trackingServer = "metrics.shop.test"

[[step]]
run = "s.t(); 5"
as = "sum"

[[check]]
requirement = "POST-01"
value = "sum"
is = 4
"#;

/// Its step throws.
fn throwing() -> String {
    format!("{PLAIN}\n[[step]]\nrun = \"throw new Error('no')\"\n")
}

/// Still there long after the case before it is in the journal.
fn slow() -> String {
    format!("{PLAIN}\n[[step]]\nwait = 3000\n")
}

/// One case of each fate, each with a slow one behind it.
fn bench() -> Bench {
    let (slow, throwing) = (slow(), throwing());
    Bench::with(&[
        ("a-violated", VIOLATED),
        ("b-slow", &slow),
        ("c-throws", &throwing),
        ("d-violated", VIOLATED),
        ("e-plain", PLAIN),
    ])
}

fn lines_of_journal(bench: &Bench) -> usize {
    let journal = fs::read(bench.path("results.json.partial")).unwrap_or_default();
    journal.iter().filter(|byte| **byte == b'\n').count()
}

/// A run that was killed when so many cases were in its journal.
fn killed_after(bench: &Bench, cases: usize) {
    let mut run = bench.run(&["--jobs", "1"]);
    run.until("cases in the journal", |_| {
        lines_of_journal(bench) == 1 + cases
    });
    signal("KILL", run.pid());
    let ended = run.end();
    assert_eq!(ended.code, None, "the signal ended it: {}", ended.said());
    assert!(ended.results.is_none(), "it came to no results");
}

fn resume(bench: &Bench) -> Ended {
    bench.run(&["--jobs", "1", "--resume"]).end()
}

/// Two runs of the same have everything in common but moments, durations and what is random.
fn assert_same(one: &Results, other: &Results) {
    let comparable = |results: &Results| {
        let mut results = results.clone();
        results.started.clear();
        results.finished.clear();
        for finding in &mut results.findings {
            finding.events.clear();
        }
        for case in &mut results.cases {
            case.duration_ms = 0.0;
            case.timeline.clear();
            case.spans.clear();
            case.hits.clear();
            case.findings
                .iter_mut()
                .for_each(|finding| finding.events.clear());
            case.requirements
                .iter_mut()
                .for_each(|verdict| verdict.events.clear());
        }
        results
    };
    let (one, other) = (comparable(one), comparable(other));
    let names =
        |results: &Results| -> Vec<String> { results.cases.iter().map(CaseResult::name).collect() };
    assert_eq!(names(&one), names(&other), "every case once, in order");
    let text = |results: &Results| serde_json::to_string_pretty(results).unwrap();
    let (one, other) = (text(&one), text(&other));
    let differs = one.lines().zip(other.lines()).find(|(a, b)| a != b);
    assert!(one == other, "the runs differ, first in {differs:?}");
}

#[test]
fn a_killed_run_is_resumed_with_every_case_once_and_the_same_verdicts() {
    let bench = bench();
    let whole = bench.run(&["--jobs", "1"]).end();
    assert_eq!(whole.code, Some(2), "{}", whole.said());
    let whole = whole.results.expect("it came to its end");
    fs::remove_file(bench.path("results.json")).unwrap();

    killed_after(&bench, 1);
    // And killed once more, while it is resumed.
    let mut again = bench.run(&["--jobs", "1", "--resume"]);
    again.until("another case in the journal", |_| {
        lines_of_journal(&bench) == 3
    });
    signal("KILL", again.pid());
    again.end();
    // What was being written then.
    let mut torn = fs::read(bench.path("results.json.partial")).unwrap();
    torn.extend_from_slice(b"{\"scenario\":\"c-th");
    fs::write(bench.path("results.json.partial"), torn).unwrap();

    let ended = resume(&bench);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    let told = "2 cases of them were run before and were not run again";
    assert!(ended.err.contains(told), "{}", ended.said());
    for case in ["a-violated", "b-slow"] {
        let line = format!("::{case}  ");
        assert!(!ended.out.contains(&line), "{case} ran: {}", ended.said());
    }
    let results = ended.results.as_ref().expect("it came to its end");
    assert_same(results, &whole);
    assert!(!bench.path("results.json.partial").exists());
    bench.assert_nothing_remains("a run that was killed twice and resumed");
}

#[test]
fn what_a_signal_left_is_run_by_resume_and_nothing_is_left_then() {
    let bench = bench();
    let mut run = bench.run(&["--jobs", "1"]);
    run.until("a case in the journal", |_| lines_of_journal(&bench) == 2);
    signal("INT", run.pid());
    let ended = run.end();
    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert!(!bench.path("results.json.partial").exists());
    let results = ended.results.as_ref().unwrap();
    let why = "the run was stopped by a signal";
    assert_eq!(results.stopped.as_deref(), Some(why));
    let line = format!("4 cases not run, because {why}\n");
    assert!(ended.out.contains(&line), "{}", ended.said());

    let ended = resume(&bench);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    let results = ended.results.as_ref().unwrap();
    assert!(!results.has(Status::Skipped), "{}", ended.said());
    assert_eq!(results.stopped, None);
    assert!(!ended.out.contains("::a-violated  "), "it is there already");

    let ended = resume(&bench);
    assert_eq!(ended.code, Some(2));
    assert_eq!(
        ended.err,
        "error: there is nothing to resume: results.json is of a run that was not cut short; \
         leave out --resume to run every case again\n"
    );
}

#[test]
fn another_run_is_refused_and_what_is_there_stays() {
    let bench = bench();
    killed_after(&bench, 1);
    let journal = fs::read(bench.path("results.json.partial")).unwrap();
    bench.scenario("e-plain", &slow());
    let ended = resume(&bench);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert!(
        ended.err.ends_with(
            "error: results.json.partial is of another run than this one, so nothing was run:\n  \
             scenario changed since: firefox::appmeasurement-2.23.0::e-plain\n  \
             help: give the options, files and versions of that run, or leave out --resume to run every case again\n"
        ),
        "{}",
        ended.said()
    );
    assert_eq!(ended.out, "", "nothing was run");
    let after = fs::read(bench.path("results.json.partial")).unwrap();
    assert!(journal == after, "the journal is untouched");
}

#[test]
fn a_run_without_resume_says_that_it_replaces_a_journal() {
    let bench = Bench::with(&[("a", PLAIN)]);
    fs::write(bench.path("results.json.partial"), "old").unwrap();
    let ended = bench.run(&[]).end();
    let told = "posttrack: results.json.partial holds what finished of a run that was cut short; \
                this run replaces it (--resume goes on with it)\n";
    assert!(ended.err.contains(told), "{}", ended.said());
    assert!(!bench.path("results.json.partial").exists());
}

#[test]
fn a_path_that_cannot_be_written_is_told_and_the_findings_are_shown() {
    let bench = Bench::with(&[("a-violated", VIOLATED)]);
    fs::write(bench.path("file"), "").unwrap();
    let command = bench.posttrack(&["run", "--json", "file/results.json"]);
    let ended = Run::start(command, &bench).end();
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert!(ended.out.contains("VIOLATED"), "{}", ended.said());
    for told in [
        "posttrack: warning: the journal file/results.json.partial could not be written: ",
        "error: the results could not be written to file/results.json: ",
    ] {
        assert!(ended.err.contains(told), "{told}: {}", ended.said());
    }

    let command = bench.posttrack(&["run", "--json", "/dev/full"]);
    let ended = Run::start(command, &bench).end();
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert!(ended.out.contains("VIOLATED"), "{}", ended.said());
    let told = "error: the results could not be written to /dev/full: No space left on device";
    assert!(ended.err.contains(told), "{}", ended.said());
}

#[test]
fn fail_fast_begins_no_case_after_one_that_did_not_pass() {
    let bench = bench();
    let ended = bench.run(&["--jobs", "1", "--fail-fast"]).end();
    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert_eq!(ended.case("a-violated").status, Status::Fail);
    for scenario in ["b-slow", "c-throws", "d-violated", "e-plain"] {
        let case = ended.case(scenario);
        assert_eq!(
            (case.status, case.attempts),
            (Status::Skipped, 0),
            "{scenario}"
        );
    }
    let told = "4 cases not run, because --fail-fast, and \
                firefox::appmeasurement-2.23.0::a-violated did not pass\n";
    assert!(ended.out.contains(told), "{}", ended.said());
}

#[test]
fn rerun_failed_runs_what_did_not_pass_in_the_last_run() {
    let wrong = PLAIN.replace("2 + 2", "2 + 3");
    let bench = Bench::with(&[
        ("a-plain", PLAIN),
        ("a-plain-2", PLAIN),
        ("b-violated", &wrong),
    ]);
    let none = bench.run(&["--rerun-failed"]).end();
    assert_eq!(none.code, Some(2), "{}", none.said());
    assert_eq!(
        none.err,
        "error: --rerun-failed needs a last run, and none over scenarios is known here; `posttrack run` makes one\n"
    );

    let first = bench.run(&["--update", "missing"]).end();
    assert_eq!(first.code, Some(1), "{}", first.said());
    let names = |ended: &Ended| -> Vec<String> {
        let cases = &ended.results.as_ref().unwrap().cases;
        cases.iter().map(|case| case.scenario.clone()).collect()
    };
    let again = bench.run(&["--rerun-failed"]).end();
    assert_eq!(again.code, Some(1), "{}", again.said());
    assert_eq!(names(&again), ["b-violated"]);
    assert_eq!(
        again.results.as_ref().unwrap().selected,
        ["--rerun-failed"],
        "it is no full run"
    );
    let other = bench.run(&["--rerun-failed", "a-plain"]).end();
    assert_eq!(other.code, Some(2), "{}", other.said());
    assert_eq!(
        other.err,
        "error: none of the cases to run again has these builds, browsers, filters and tags; give those of the last run\n"
    );

    bench.scenario("b-violated", PLAIN);
    let mended = bench.run(&["--rerun-failed", "--update", "changed"]).end();
    assert_eq!(mended.code, Some(0), "{}", mended.said());
    let nothing = bench.run(&["--rerun-failed"]).end();
    assert_eq!(nothing.code, Some(0), "{}", nothing.said());
    assert!(
        nothing.err.starts_with("posttrack: nothing to run again: every case passed in the run of --rerun-failed that ended "),
        "{}",
        nothing.said()
    );
    assert_eq!(nothing.out, "");
}

#[test]
fn resume_names_what_it_needs() {
    let bench = Bench::with(&[("a", PLAIN)]);
    let told = |args: &[&str]| {
        let ended = Run::start(bench.posttrack(args), &bench).end();
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        ended.err
    };
    assert_eq!(
        told(&["run", "--resume"]),
        "error: --resume goes on with the run that was to write its results to a file; name it with --json FILE\n"
    );
    assert_eq!(
        told(&["run", "--resume", "--json", "/dev/null"]),
        "error: --resume needs the file of an earlier run's results, and /dev/null is no file\n"
    );
    assert_eq!(
        told(&["run", "--resume", "--json", "r.json"]),
        "error: there is nothing to resume: neither r.json.partial nor r.json is there; leave out --resume to run every case\n"
    );
    json::write(
        &serde_json::from_value(empty()).unwrap(),
        &bench.path("r.json"),
    )
    .unwrap();
    assert!(told(&["run", "--resume", "--json", "r.json"]).contains("was not cut short"));
}

/// Results of a run that had no case.
fn empty() -> Value {
    serde_json::json!({
        "schema": 1, "started": "2026-11-24T12:00:00Z", "finished": "2026-11-24T12:00:01Z",
        "posttrack": "0.1.0", "exit": 3, "browsers": [], "builds": [], "cases": [],
        "findings": [], "requirements": [],
    })
}
