//! What a case was in a run, as far as it is the same again in the next one.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Digest, Kept, Verdicts};
use crate::verdict::{SnapshotStatus, Status};

/// What a case was. Of one that was not judged only the status counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct State {
    /// Status; never `skipped`.
    pub status: Status,
    /// Requirements that it violated, and no deviation says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violated: Vec<String>,
    /// Requirements that it violated as a deviation says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<String>,
    /// Requirements of its scenario that it had nothing to judge by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unproven: Vec<String>,
    /// Requirements whose deviation did not happen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<String>,
    /// `new` or `changed`; absent: it is as recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotStatus>,
    /// One way of differing from a snapshot is not another.
    #[serde(skip)]
    pub(super) diff: Option<Digest>,
}

impl State {
    pub(super) fn of(case: &Kept, verdicts: &Verdicts) -> State {
        if !is_judged(case.status) {
            return State {
                status: case.status,
                violated: Vec::new(),
                known: Vec::new(),
                unproven: Vec::new(),
                stale: Vec::new(),
                snapshot: None,
                diff: None,
            };
        }
        let recorded = [SnapshotStatus::Same, SnapshotStatus::Variant].contains(&case.snapshot);
        State {
            status: case.status,
            violated: verdicts.violated.clone(),
            known: verdicts.known.clone(),
            unproven: verdicts.unproven.clone(),
            stale: verdicts.stale.clone(),
            snapshot: (!recorded).then_some(case.snapshot),
            diff: case.diff,
        }
    }
}

/// Its verdicts say something about the build. Those of a flaky case say one thing and the other.
pub(super) fn is_judged(status: Status) -> bool {
    matches!(status, Status::Pass | Status::Fail)
}
