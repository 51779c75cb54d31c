//! Files and the folder: what is written is read, in any order, in any number of copies; and every error's text.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use proptest::prelude::*;
use time::OffsetDateTime;

use super::testing::{case, day, night};
use super::*;
use crate::verdict::{SnapshotStatus, Status};

fn read(dir: &Path) -> Result<Vec<Night>, HistoryError> {
    Folder::open(dir)?.nights().collect()
}

/// The error's text, with `DIR` for the folder.
fn error_of(dir: &Path) -> String {
    let error = read(dir).unwrap_err().to_string();
    error.replace(&dir.display().to_string(), "DIR")
}

/// A folder with one file of this text.
fn with_file(text: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("x.jsonl"), text).unwrap();
    dir
}

/// The text of a run with two cases.
fn written() -> String {
    text::write(&night(1, vec![case("a"), case("b")])).unwrap()
}

#[test]
fn runs_come_back_oldest_first_whatever_their_files_are_called() {
    let dir = tempfile::tempdir().unwrap();
    let nights: Vec<Night> = (1..=3).map(|n| night(n, vec![case("a")])).collect();
    for (night, name) in nights.iter().rev().zip(["a", "b", "c"]) {
        let path = add(dir.path(), night).unwrap();
        fs::rename(path, dir.path().join(format!("{name}.jsonl"))).unwrap();
    }
    assert_eq!(read(dir.path()).unwrap(), nights);
}

#[test]
fn two_folders_are_merged_by_copying_and_copies_do_no_harm() {
    let [one, two] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let nights: Vec<Night> = (1..=3).map(|n| night(n, vec![case("a")])).collect();
    add(one.path(), &nights[0]).unwrap();
    add(one.path(), &nights[1]).unwrap();
    add(two.path(), &nights[1]).unwrap();
    add(two.path(), &nights[2]).unwrap();
    for entry in fs::read_dir(two.path()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, one.path().join(path.file_name().unwrap())).unwrap();
        let again = format!("copy of {}", path.file_name().unwrap().to_str().unwrap());
        fs::copy(&path, one.path().join(again)).unwrap();
    }
    fs::write(one.path().join("README.md"), "ours").unwrap();
    assert_eq!(read(one.path()).unwrap(), nights);

    assert_eq!(Folder::open(one.path()).unwrap().prune(1).unwrap(), 2);
    assert_eq!(read(one.path()).unwrap(), nights[2..], "copies go too");
    assert!(
        one.path().join("README.md").exists(),
        "it is not posttrack's"
    );
}

#[test]
fn runs_that_began_at_the_same_moment_are_two() {
    let dir = tempfile::tempdir().unwrap();
    add(dir.path(), &night(1, vec![case("a")])).unwrap();
    add(dir.path(), &night(1, vec![case("b")])).unwrap();
    assert_eq!(read(dir.path()).unwrap().len(), 2);
}

#[test]
fn pruning_keeps_as_many_as_there_are() {
    let dir = tempfile::tempdir().unwrap();
    add(dir.path(), &night(1, vec![])).unwrap();
    assert_eq!(Folder::open(dir.path()).unwrap().prune(5).unwrap(), 0);
    assert_eq!(Folder::open(dir.path()).unwrap().len(), 1);
}

#[test]
fn a_folder_that_is_not_there_has_no_runs_and_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("of/nights");
    assert!(Folder::open(&deep).unwrap().is_empty());
    let path = add(&deep, &night(1, vec![])).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("2026-11-01T02-00-00Z-"), "{name}");
    assert_eq!(fs::read_dir(&deep).unwrap().count(), 1, "and nothing else");
}

#[test]
fn what_is_broken_in_a_file_is_told_with_its_place() {
    let whole = written();
    let without_end = whole.trim_end().rsplit_once('\n').unwrap().0;
    assert_snapshot!(error_of(with_file(without_end.as_bytes()).path()), @"DIR/x.jsonl:3:1: there should be 2 cases, and the file has 1; put a whole copy of the file there, or move it out of the folder to have the history without that run");
    let torn = &whole[..whole.len() - 20];
    assert_snapshot!(error_of(with_file(torn.as_bytes()).path()), @"DIR/x.jsonl:3:90: this is no case of a run: EOF while parsing a value; put a whole copy of the file there, or move it out of the folder to have the history without that run");
    let misspelt = whole.replacen("scenario", "scenarios", 1);
    assert_snapshot!(error_of(with_file(misspelt.as_bytes()).path()), @"DIR/x.jsonl:2:110: this is no case of a run: missing field `scenario`; put a whole copy of the file there, or move it out of the folder to have the history without that run");
    let dangling = whole.replacen("\"browser\":0", "\"browser\":7", 1);
    assert_snapshot!(error_of(with_file(dangling.as_bytes()).path()), @"DIR/x.jsonl:2:1: `browser` is 7, and the first line has 1 of them; put a whole copy of the file there, or move it out of the folder to have the history without that run");
    let undated = whole.replacen("2026-11-01T", "1 November ", 1);
    assert_snapshot!(error_of(with_file(undated.as_bytes()).path()), @"DIR/x.jsonl:1:45: this is no run of a history: `1 November 02:00:00Z` is no RFC 3339 time; put a whole copy of the file there, or move it out of the folder to have the history without that run");
    let no_hash = whole.replacen("\"files\":\"", "\"files\":\"x", 1);
    assert_snapshot!(error_of(with_file(no_hash.as_bytes()).path()), @"DIR/x.jsonl:2:109: this is no case of a run: `xdfbd16cf69924328` is not 16 hexadecimal digits; put a whole copy of the file there, or move it out of the folder to have the history without that run");
    assert_snapshot!(error_of(with_file(b"").path()), @"DIR/x.jsonl:1:1: the file is empty; put a whole copy of the file there, or move it out of the folder to have the history without that run");
    assert_snapshot!(error_of(with_file(b"[]\n").path()), @"DIR/x.jsonl:1:2: this is no run of a history: invalid length 0, expected a run of a history; put a whole copy of the file there, or move it out of the folder to have the history without that run");
}

#[test]
fn a_file_of_another_format_is_told_so_whatever_else_is_in_it() {
    let text = b"{\"history\":2,\"nights\":[]}\n";
    assert_snapshot!(error_of(with_file(text).path()), @"DIR/x.jsonl is a history of format 2, and this posttrack reads format 1; use the posttrack that wrote it, or move it out of the folder");
}

#[test]
fn what_the_file_system_refuses_is_told_with_what_to_do() {
    assert_snapshot!(error_of(with_file(b"\xff\n").path()), @"DIR/x.jsonl could not be read: stream did not contain valid UTF-8; make it readable, or move it out of the history");
    let dir = with_file(b"");
    let file = dir.path().join("x.jsonl");
    let told = |error: HistoryError| {
        error
            .to_string()
            .replace(&file.display().to_string(), "FILE")
    };
    assert_snapshot!(told(Folder::open(&file).unwrap_err()), @"the history in FILE could not be read: Not a directory (os error 20); name the folder that `posttrack run --history DIR` writes to");
    assert_snapshot!(told(add(&file, &night(1, vec![])).unwrap_err()), @"this run could not be added to the history in FILE: File exists (os error 17); give --history a folder that you may write to");
    let removed = Folder::open(with_file(written().as_bytes()).path()).unwrap();
    let error = removed.prune(0).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "x.jsonl could not be removed from the history: No such file or directory (os error 2)"
        ),
        "{error}"
    );
}

fn ids() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[A-Z]{1,4}-[0-9]{2}", 0..3)
}

prop_compose! {
    fn verdicts()(holds in ids(), violated in ids(), known in ids(), unproven in ids(), stale in ids()) -> Verdicts {
        Verdicts { holds, violated, known, unproven, stale }
    }
}

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![
        Status::Pass,
        Status::Fail,
        Status::Error,
        Status::Flaky,
        Status::Skipped,
    ])
}

fn snapshot() -> impl Strategy<Value = SnapshotStatus> {
    prop::sample::select(vec![
        SnapshotStatus::Same,
        SnapshotStatus::New,
        SnapshotStatus::Changed,
        SnapshotStatus::Variant,
    ])
}

fn digest() -> impl Strategy<Value = Option<Digest>> {
    prop::option::of(any::<[u8; 4]>().prop_map(|bytes| Digest::of(&bytes)))
}

prop_compose! {
    fn kept()(
        scenario in any::<String>(),
        status in status(),
        verdicts in 0usize..2,
        snapshot in snapshot(),
        digests in (digest(), digest(), digest()),
    ) -> Kept {
        let (diff, behaviour, files) = digests;
        Kept { scenario, build: 0, browser: 0, status, verdicts, snapshot, diff, behaviour, files }
    }
}

prop_compose! {
    fn any_night()(
        seconds in 0i64..4_000_000_000,
        names in prop::array::uniform6(any::<String>()),
        version in prop::option::of(any::<String>()),
        full in any::<bool>(),
        verdicts in prop::collection::vec(verdicts(), 2),
        cases in prop::collection::vec(kept(), 0..6),
    ) -> Night {
        let [posttrack, browser, browser_version, driver, build, sha256] = names;
        let run = Run {
            history: FORMAT,
            started: OffsetDateTime::from_unix_timestamp(seconds).unwrap(),
            posttrack,
            full,
            browsers: vec![Browser { name: browser, version: browser_version, driver }],
            builds: vec![Build { name: build, version, sha256 }],
            verdicts,
            cases: cases.len(),
        };
        Night { run, cases }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(night in any_night()) {
        let text = text::write(&night).unwrap();
        prop_assert_eq!(text::read(&text, Path::new("x.jsonl")).unwrap(), night);
    }

    #[test]
    fn a_file_that_lost_its_end_is_never_taken_for_whole(keep in 0.0f64..1.0) {
        let whole = written();
        let kept = &whole[..(whole.len() as f64 * keep) as usize];
        // Only the last line break says nothing.
        prop_assume!(kept != whole.trim_end());
        prop_assert!(text::read(kept, Path::new("x.jsonl")).is_err(), "{}", kept);
    }

    #[test]
    fn no_text_makes_reading_panic(text in any::<String>()) {
        let _ = text::read(&text, Path::new("x.jsonl"));
    }
}

#[test]
fn days_of_the_tests_are_what_they_say() {
    assert_eq!(day(2) - day(1), time::Duration::DAY);
}
