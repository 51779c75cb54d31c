//! `run --history` and `posttrack history` in a real browser: two nights of the same folder, what is said of them, and
//! what happens when the history cannot be written or read.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;
use support::{Bench, Ended, PLAIN};

/// The same case with a claim that does not hold.
fn broken() -> String {
    PLAIN.replace("is = 4", "is = 5")
}

fn night(bench: &Bench) -> Ended {
    bench.run(&["--history", "nights"]).end()
}

fn history(bench: &Bench, args: &[&str]) -> Output {
    let mut command = bench.posttrack(&["history", "--history", "nights"]);
    command.args(args).output().expect("posttrack starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The files of the history, oldest first.
fn files(bench: &Bench) -> Vec<PathBuf> {
    let entries = fs::read_dir(bench.path("nights")).expect("the history is a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn two_nights_show_what_changed_and_why() {
    let bench = Bench::with(&[("breaks", PLAIN), ("stays", PLAIN)]);
    bench.record();
    let first = night(&bench);
    assert_eq!(first.code, Some(0), "{}", first.said());
    assert!(
        first
            .out
            .contains("the first run of these cases in the history"),
        "{}",
        first.said()
    );

    bench.scenario("breaks", &broken());
    let second = night(&bench);
    assert_eq!(second.code, Some(1), "a finding is one: {}", second.said());
    let new = "1 case FAIL (POST-01 violated), pass before, because of the scenario:";
    assert!(
        second.out.contains(new) && !second.out.contains("stays, "),
        "it says what is new: {}",
        second.said()
    );

    let shown = history(&bench, &[]);
    let table = text(&shown.stdout);
    assert_eq!(shown.status.code(), Some(0), "{}", text(&shown.stderr));
    assert!(
        table.starts_with("2 runs, ")
            && table.contains("breaks  FAIL (POST-01 violated)")
            && table.contains("because of the scenario; 1 run")
            && table.contains("1 case passes as always"),
        "{table}"
    );
    let shown = history(&bench, &["--json", "stays"]);
    let document: Value = serde_json::from_slice(&shown.stdout).expect("it is JSON");
    let cases = document["cases"].as_array().expect("there are cases");
    assert_eq!(cases.len(), 1, "the filter chose one: {document}");
    assert_eq!(
        (&cases[0]["runs"], &cases[0]["state"]["status"]),
        (&2.into(), &"pass".into())
    );
    let schema = bench.posttrack(&["schema", "history"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&schema.stdout).expect("it is JSON");
    assert!(
        jsonschema::is_valid(&schema, &document),
        "the document is as its schema says: {document}"
    );

    let pruned = history(&bench, &["prune", "--keep", "1"]);
    assert_eq!(pruned.status.code(), Some(0), "{}", text(&pruned.stderr));
    assert!(
        text(&pruned.stderr).contains("removed 1 run from nights, kept 1"),
        "{}",
        text(&pruned.stderr)
    );
    assert_eq!(files(&bench).len(), 1, "only the newest is there");
}

#[test]
fn a_broken_or_unwritable_history_hides_no_finding() {
    let bench = Bench::with(&[("breaks", &broken())]);
    let recorded = bench.run(&["--update", "missing"]).end();
    assert_eq!(
        recorded.code,
        Some(1),
        "it fails all the same: {}",
        recorded.said()
    );
    fs::create_dir(bench.path("nights")).unwrap();
    fs::write(bench.path("nights/old.jsonl"), "{\"history\":1,\n").unwrap();
    let ended = night(&bench);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert!(
        ended.out.contains("1 finding") && ended.out.contains("POST-01"),
        "the finding is told: {}",
        ended.said()
    );
    assert!(
        ended
            .err
            .contains("nights/old.jsonl:1:13: this is no run of a history: "),
        "the file is named with the place: {}",
        ended.said()
    );
    assert_eq!(files(&bench).len(), 2, "the run itself is kept");
    let shown = history(&bench, &[]);
    assert_eq!(shown.status.code(), Some(3), "{}", text(&shown.stdout));

    fs::remove_dir_all(bench.path("nights")).unwrap();
    fs::write(bench.path("nights"), "a file").unwrap();
    let ended = night(&bench);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert!(
        ended.out.contains("1 finding")
            && ended
                .err
                .contains("this run could not be added to the history in nights: "),
        "{}",
        ended.said()
    );
}

#[test]
fn without_a_folder_or_runs_it_says_what_to_do() {
    let bench = Bench::with(&[("a", PLAIN)]);
    let shown = history(&bench, &[]);
    assert_eq!(shown.status.code(), Some(2));
    assert_eq!(
        text(&shown.stderr),
        "error: there is no run in nights; `posttrack run --history nights` adds one\n"
    );
    let shown = bench.posttrack(&["history"]).output().unwrap();
    assert_eq!(shown.status.code(), Some(2));
    assert_eq!(
        text(&shown.stderr),
        "error: there is no folder to look in; name it with --history DIR, or set `history` under `[run]` in posttrack.toml\n"
    );
    let shown = history(&bench, &["a", "--json", "--since", "yesterday"]);
    assert_eq!(shown.status.code(), Some(2));
    assert!(
        text(&shown.stderr).contains(
            "invalid value 'yesterday' for '--since <DATE>': expected a date like 2026-11-30 or 2026-11-30T02:00:00Z"
        ),
        "{}",
        text(&shown.stderr)
    );
    let shown = history(&bench, &["--json", "prune", "--keep", "1"]);
    assert_eq!(
        text(&shown.stderr),
        "error: prune removes whole runs: FILTER, --since and --json do not go with it\n"
    );
}
