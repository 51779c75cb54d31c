//! States, standings and causes of the history in words.

use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use super::super::style::{BAD, DIM, GOOD, KNOWN};
use crate::history::{CaseChange, Cause, RequirementChange, Standing, State};
use crate::verdict::{SnapshotStatus, Status};

/// How many cases are named where there may be many.
const NAMED: usize = 3;
/// Nothing is known of it before.
const FIRST: &str = "or before: nothing older is known";

/// What a case was before, and because of what it is that no more.
pub(super) fn because_case(change: &CaseChange) -> String {
    match (&change.from, &change.to, change.causes.as_slice()) {
        (None, _, []) => FIRST.to_owned(),
        (None, _, causes) => causes_words(causes),
        (Some(from), _, causes) => {
            let was = state_words(Some(from));
            let when = change.before.map(|at| format!(" on {}", minute(at)));
            let when = when.unwrap_or_default();
            format!("was {was}{when}; {}", causes_words(causes))
        }
    }
}

/// The same of a requirement, with the cases that made it so.
pub(super) fn because_requirement(change: &RequirementChange) -> String {
    let words = match (change.from, change.causes.as_slice()) {
        (None, []) => return FIRST.to_owned(),
        (None, causes) => causes_words(causes),
        (Some(from), causes) => format!("was {}; {}", standing_words(from), causes_words(causes)),
    };
    let scenarios: Vec<&str> = change.cases.iter().map(|case| scenario_of(case)).collect();
    format!("{words}; by {}", some(&scenarios))
}

/// A case's name without its build and browser.
fn scenario_of(case: &str) -> &str {
    case.splitn(3, "::").last().unwrap_or(case)
}

/// Some of the names, and how many more there are.
pub(super) fn some<T: AsRef<str>>(names: &[T]) -> String {
    let named: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

pub(super) fn causes_words(causes: &[Cause]) -> String {
    let (plain, because): (Vec<&Cause>, Vec<&Cause>) = causes.iter().partition(|cause| {
        matches!(
            cause,
            Cause::Unexplained | Cause::CaseAdded | Cause::CaseGone
        )
    });
    let words = |causes: &[&Cause]| -> Vec<String> {
        causes.iter().map(|cause| cause_words(cause)).collect()
    };
    let mut parts = words(&plain);
    if !because.is_empty() {
        parts.push(format!("because of {}", words(&because).join(" and ")));
    }
    parts.join("; ")
}

fn cause_words(cause: &Cause) -> String {
    match cause {
        Cause::Build { name, from, to } => format!("the build {name} {from} → {to}"),
        Cause::Browser { name, from, to } => format!("{name} {from} → {to}"),
        Cause::Driver { from, to } => format!("{from} → {to}"),
        Cause::Scenario => "the scenario".to_owned(),
        Cause::Harness { from, to } => format!("posttrack {from} → {to}"),
        Cause::Expectations => "another snapshot or deviation".to_owned(),
        Cause::CaseAdded => "a new case".to_owned(),
        Cause::CaseGone => "the case is not there any more".to_owned(),
        Cause::Unexplained => {
            "unexplained: build, browser and scenario are the same, so it may be flaky".to_owned()
        }
    }
}

pub(super) fn state_words(state: Option<&State>) -> String {
    let Some(state) = state else {
        return "gone".to_owned();
    };
    let word = match state.status {
        Status::Pass => "pass",
        Status::Fail => "FAIL",
        Status::Error => "ERROR",
        Status::Flaky => "flaky",
        Status::Skipped => "not run",
    };
    let mut parts: Vec<String> = [
        (&state.violated, "violated"),
        (&state.known, "violated as known"),
        (&state.unproven, "not applicable"),
        (&state.stale, "no longer violated as known"),
    ]
    .into_iter()
    .filter(|(ids, _)| !ids.is_empty())
    .map(|(ids, word)| format!("{} {word}", ids.join(", ")))
    .collect();
    match state.snapshot {
        Some(SnapshotStatus::New) => parts.push("snapshot missing".to_owned()),
        Some(SnapshotStatus::Changed) => parts.push("snapshot changed".to_owned()),
        _ => {}
    }
    match parts.is_empty() {
        true => word.to_owned(),
        false => format!("{word} ({})", parts.join("; ")),
    }
}

pub(super) fn standing_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Unproven => "unproven",
        Standing::Holds => "holds",
        Standing::Known => "violated (known)",
        Standing::Violated => "VIOLATED",
    }
}

pub(super) fn style_of(state: Option<&State>) -> anstyle::Style {
    match state.map(|state| state.status) {
        Some(Status::Pass) => GOOD,
        None | Some(Status::Skipped) => DIM,
        Some(_) => BAD,
    }
}

pub(super) fn style_of_standing(standing: Standing) -> anstyle::Style {
    match standing {
        Standing::Unproven => DIM,
        Standing::Holds => GOOD,
        Standing::Known => KNOWN,
        Standing::Violated => BAD,
    }
}

/// `2026-11-30 02:00`, in UTC.
pub(super) fn minute(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    // Fails only for years that no clock shows.
    at.to_offset(UtcOffset::UTC)
        .format(format)
        .unwrap_or_default()
}
