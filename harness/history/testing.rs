//! Small made-up runs for the tests of this room and of the reports that show it.

use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::{Browser, Build, Cause, Digest, FORMAT, History, Kept, Night, Run, Streaks, Verdicts};
use crate::verdict::{SnapshotStatus, Status};

/// Two o'clock on this day of November 2026.
pub(crate) fn day(n: i64) -> OffsetDateTime {
    datetime!(2026-10-31 2:00 UTC) + Duration::days(n)
}

/// A full run on this day, of one build in one browser. Its sets of verdicts: [`HOLDS`], [`VIOLATED`], [`KNOWN`],
/// [`STALE`], [`NOTHING`].
pub(crate) fn night(n: i64, cases: Vec<Kept>) -> Night {
    let ids = |list: &[&str]| list.iter().map(|id| (*id).to_owned()).collect();
    Night {
        run: Run {
            history: FORMAT,
            started: day(n),
            posttrack: "0.1.0".into(),
            full: true,
            browsers: vec![Browser {
                name: "firefox".into(),
                version: "153.0".into(),
                driver: "geckodriver 0.37.1".into(),
            }],
            builds: vec![Build {
                name: "mine".into(),
                version: Some("2.23.0".into()),
                sha256: "ab".repeat(32),
            }],
            verdicts: vec![
                Verdicts {
                    holds: ids(&["POST-03", "T-02"]),
                    ..Verdicts::default()
                },
                Verdicts {
                    holds: ids(&["T-02"]),
                    violated: ids(&["POST-03"]),
                    ..Verdicts::default()
                },
                Verdicts {
                    holds: ids(&["T-02"]),
                    known: ids(&["POST-03"]),
                    ..Verdicts::default()
                },
                Verdicts {
                    holds: ids(&["POST-03", "T-02"]),
                    stale: ids(&["POST-03"]),
                    ..Verdicts::default()
                },
                Verdicts::default(),
            ],
            cases: cases.len(),
        },
        cases,
    }
}

pub(crate) const HOLDS: usize = 0;
pub(crate) const VIOLATED: usize = 1;
pub(crate) const KNOWN: usize = 2;
pub(crate) const STALE: usize = 3;
pub(crate) const NOTHING: usize = 4;

/// A case that passes.
pub(crate) fn case(scenario: &str) -> Kept {
    Kept {
        scenario: scenario.into(),
        build: 0,
        browser: 0,
        status: Status::Pass,
        verdicts: HOLDS,
        snapshot: SnapshotStatus::Same,
        diff: None,
        behaviour: Some(Digest::of(b"as it should")),
        files: Some(Digest::of(b"the scenario")),
    }
}

/// The same with another status; a case that was not judged has no verdicts.
pub(crate) fn with_status(case: Kept, status: Status) -> Kept {
    match status {
        Status::Pass | Status::Fail => Kept { status, ..case },
        _ => Kept {
            status,
            verdicts: NOTHING,
            behaviour: None,
            ..case
        },
    }
}

/// A case that violates POST-03 and showed something else.
pub(crate) fn violated(scenario: &str) -> Kept {
    Kept {
        status: Status::Fail,
        verdicts: VIOLATED,
        behaviour: Some(Digest::of(b"something else")),
        ..case(scenario)
    }
}

/// What comes of these nights.
pub(crate) fn history(nights: Vec<Night>) -> History {
    let mut streaks = Streaks::default();
    nights.iter().for_each(|night| streaks.take(night));
    streaks.finish().unwrap()
}

/// The one cause.
pub(crate) fn only(causes: Vec<Cause>) -> Cause {
    assert_eq!(causes.len(), 1, "{causes:?}");
    causes.into_iter().next().unwrap()
}

/// A violation that a deviation knows.
pub(crate) fn known(scenario: &str) -> Kept {
    Kept {
        status: Status::Pass,
        verdicts: KNOWN,
        ..violated(scenario)
    }
}
