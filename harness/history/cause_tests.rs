//! Causes, each alone and together.

use super::testing::*;
use super::*;
use crate::verdict::{SnapshotStatus, Status};

/// A pass on day 1 and a violation on day 2, after something was done to the second night.
fn after(change: impl FnOnce(&mut Night)) -> Vec<Cause> {
    let mut second = night(2, vec![violated("a")]);
    change(&mut second);
    let history = history(vec![night(1, vec![case("a")]), second]);
    let last = history.cases[0].changes.last().unwrap();
    assert_eq!((last.at, last.before), (day(2), Some(day(1))));
    let requirement = &history.requirements[0];
    assert_eq!(requirement.id, "POST-03");
    let of_requirement = &requirement.changes.last().unwrap().causes;
    assert_eq!(
        &sorted(&last.causes),
        of_requirement,
        "the requirement changed for the same reason"
    );
    last.causes.clone()
}

fn sorted(causes: &[Cause]) -> Vec<Cause> {
    let mut causes = causes.to_vec();
    causes.sort();
    causes
}

#[test]
fn another_version_of_the_build_is_a_cause() {
    let found = after(|night| {
        night.run.builds[0].version = Some("2.24.0".into());
        night.run.builds[0].sha256 = "cd".repeat(32);
    });
    let (name, from, to) = ("mine".into(), "2.23.0".into(), "2.24.0".into());
    assert_eq!(only(found), Cause::Build { name, from, to });
}

#[test]
fn another_file_of_the_same_version_is_a_cause_with_its_hashes() {
    let found = after(|night| night.run.builds[0].sha256 = "cd".repeat(32));
    let (from, to) = ("sha256 abababababab…".into(), "sha256 cdcdcdcdcdcd…".into());
    let name = "mine".into();
    assert_eq!(only(found), Cause::Build { name, from, to });
}

#[test]
fn another_browser_or_driver_is_a_cause() {
    let found = after(|night| night.run.browsers[0].version = "154.0".into());
    let (name, from, to) = ("firefox".into(), "153.0".into(), "154.0".into());
    assert_eq!(only(found), Cause::Browser { name, from, to });
    let found = after(|night| night.run.browsers[0].driver = "geckodriver 0.38.0".into());
    let (from, to) = ("geckodriver 0.37.1".into(), "geckodriver 0.38.0".into());
    assert_eq!(only(found), Cause::Driver { from, to });
}

#[test]
fn a_changed_scenario_is_a_cause() {
    let found = after(|night| night.cases[0].files = Some(Digest::of(b"edited")));
    assert_eq!(only(found), Cause::Scenario);
}

#[test]
fn a_scenario_of_which_an_older_file_knows_no_hash_is_not_blamed() {
    let found = after(|night| night.cases[0].files = None);
    assert_eq!(only(found), Cause::Unexplained);
}

#[test]
fn another_posttrack_is_a_cause() {
    let found = after(|night| night.run.posttrack = "0.2.0".into());
    let (from, to) = ("0.1.0".into(), "0.2.0".into());
    assert_eq!(only(found), Cause::Harness { from, to });
}

#[test]
fn several_causes_are_all_named() {
    let found = after(|night| {
        night.run.browsers[0].version = "154.0".into();
        night.run.posttrack = "0.2.0".into();
        night.cases[0].files = Some(Digest::of(b"edited"));
    });
    let words: Vec<String> = found.iter().map(|cause| format!("{cause:?}")).collect();
    assert_eq!(words.len(), 3, "{words:?}");
    assert!(words[0].starts_with("Browser"), "{words:?}");
    assert_eq!(words[1], "Scenario");
    assert!(words[2].starts_with("Harness"), "{words:?}");
}

#[test]
fn a_change_of_which_nothing_is_known_is_unexplained() {
    assert_eq!(only(after(|_| {})), Cause::Unexplained);
}

/// The causes of the change from the one case to the other.
fn between(one: Kept, other: Kept) -> Vec<Cause> {
    let history = history(vec![night(1, vec![one]), night(2, vec![other])]);
    let changes = &history.cases[0].changes;
    assert_eq!(changes.len(), 2, "it changed: {changes:?}");
    changes[1].causes.clone()
}

/// A snapshot that is not what the case shows.
fn changed(scenario: &str, diff: &str) -> Kept {
    Kept {
        status: Status::Fail,
        snapshot: SnapshotStatus::Changed,
        diff: Some(Digest::of(diff.as_bytes())),
        ..case(scenario)
    }
}

#[test]
fn other_expectations_of_the_same_behaviour_are_a_cause() {
    let accepted = between(changed("a", "x"), case("a"));
    assert_eq!(only(accepted), Cause::Expectations);
    let excused = between(violated("a"), known("a"));
    assert_eq!(only(excused), Cause::Expectations);
    let stale = Kept {
        status: Status::Fail,
        verdicts: STALE,
        ..case("a")
    };
    assert_eq!(only(between(stale, case("a"))), Cause::Expectations);
}

#[test]
fn what_behaves_in_another_way_is_not_a_matter_of_expectations() {
    let other = Kept {
        behaviour: Some(Digest::of(b"something else")),
        ..changed("a", "x")
    };
    assert_eq!(only(between(case("a"), other)), Cause::Unexplained);
    // A violation came although the same was observed: a law sees more than a snapshot.
    let violation = Kept {
        behaviour: case("a").behaviour,
        ..violated("a")
    };
    assert_eq!(only(between(case("a"), violation)), Cause::Unexplained);
}

#[test]
fn a_deviation_that_stops_happening_is_a_change() {
    let fixed = Kept {
        status: Status::Fail,
        verdicts: STALE,
        ..case("a")
    };
    let mut second = night(2, vec![fixed]);
    second.run.browsers[0].version = "154.0".into();
    let history = history(vec![night(1, vec![known("a")]), second]);
    let last = history.cases[0].changes.last().unwrap();
    assert_eq!(last.from.as_ref().unwrap().known, ["POST-03"]);
    assert_eq!(last.to.as_ref().unwrap().stale, ["POST-03"]);
    assert!(matches!(only(last.causes.clone()), Cause::Browser { .. }));
    let requirement = &history.requirements[0];
    assert_eq!(requirement.standing, Standing::Holds, "it holds now");
}

#[test]
fn a_failure_that_became_another_is_a_change() {
    let found = between(changed("a", "x"), changed("a", "y"));
    assert_eq!(only(found), Cause::Expectations);
    let found = between(violated("a"), changed("a", "x"));
    assert_eq!(only(found), Cause::Unexplained);
}

#[test]
fn a_variant_is_as_recorded() {
    let variant = Kept {
        snapshot: SnapshotStatus::Variant,
        ..case("a")
    };
    let history = history(vec![night(1, vec![case("a")]), night(2, vec![variant])]);
    assert_eq!(history.cases[0].changes.len(), 1, "nothing changed");
}
