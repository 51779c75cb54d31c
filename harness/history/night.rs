//! What is kept of one run: per case what is needed to say later that it changed, and why.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Digest;
use crate::verdict::{SnapshotStatus, Status};

/// Version of the files' format that this code writes and reads.
pub const FORMAT: u32 = 1;

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Night {
    /// The run.
    pub run: Run,
    /// Its cases, those that were not run too.
    pub cases: Vec<Kept>,
}

/// What all cases of a run share: the first line of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Version of the format.
    pub history: u32,
    /// Start of the run.
    #[serde(with = "super::moment")]
    pub started: OffsetDateTime,
    /// Version of posttrack.
    pub posttrack: String,
    /// No filter and no tag chose the cases: one that is not in it does not exist any more.
    pub full: bool,
    /// Browsers; cases name them by their place, from 0.
    pub browsers: Vec<Browser>,
    /// Builds; cases name them by their place, from 0.
    pub builds: Vec<Build>,
    /// The sets of verdicts that cases have; they name them by their place, from 0.
    pub verdicts: Vec<Verdicts>,
    /// How many cases follow, a line each.
    pub cases: usize,
}

/// A browser of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Browser {
    /// `firefox`
    pub name: String,
    /// Version.
    pub version: String,
    /// Driver and version.
    pub driver: String,
}

/// A build of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Name.
    pub name: String,
    /// Version that it reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// sha256 of the file.
    pub sha256: String,
}

/// The verdicts of a case: ids of requirements. What was not applicable, as expected, is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Verdicts {
    /// They hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<String>,
    /// Violated, and no deviation says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violated: Vec<String>,
    /// Violated as a deviation says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<String>,
    /// The scenario wanted a verdict and there was nothing to judge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unproven: Vec<String>,
    /// A deviation says that they are violated, and that did not happen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<String>,
}

/// A case of a run: a line of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Scenario with its row.
    pub scenario: String,
    /// Place in [`Run::builds`].
    pub build: usize,
    /// Place in [`Run::browsers`].
    pub browser: usize,
    /// Status.
    #[serde(default = "pass", skip_serializing_if = "is_pass")]
    pub status: Status,
    /// Place in [`Run::verdicts`].
    pub verdicts: usize,
    /// How its snapshot compared; absent: the same, or it did not get that far.
    #[serde(default = "same", skip_serializing_if = "is_same")]
    pub snapshot: SnapshotStatus,
    /// Of the difference from its snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<Digest>,
    /// Of what it showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behaviour: Option<Digest>,
    /// Of the files that its scenario was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Digest>,
}

fn pass() -> Status {
    Status::Pass
}

fn is_pass(status: &Status) -> bool {
    *status == pass()
}

fn same() -> SnapshotStatus {
    SnapshotStatus::Same
}

fn is_same(snapshot: &SnapshotStatus) -> bool {
    *snapshot == same()
}
