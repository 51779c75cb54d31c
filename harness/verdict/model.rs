//! Verdicts and findings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::{Fault, Location, Transport};

/// What a law (or a check) says of one instance that it judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Instance {
    /// The hit it is about.
    pub hit: Option<u32>,
    /// Transport of that hit (for deviations).
    pub transport: Option<Transport>,
    /// Fault of that hit (for deviations).
    pub fault: Option<Fault>,
    /// `None`: it holds; else what happened, in one sentence, and the events that show it.
    pub violation: Option<Violation>,
}

/// Why an instance is violated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Violation {
    /// One sentence: what happened and what was documented.
    pub why: String,
    /// The events that show it, a line each, in order.
    pub events: Vec<String>,
}

/// The verdict on one requirement in one case.
#[derive(Clone, Debug, Serialize)]
pub struct Judgement {
    /// The requirement.
    pub id: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Instances judged.
    pub instances: Vec<Instance>,
    /// The verdict is what was expected: it holds, is not applicable and not asked for, or every
    /// violation has a deviation.
    pub expected: bool,
    /// Reasons of the deviations that excuse it.
    pub excused_by: Vec<String>,
    /// Place of the check in the scenario, where one judged it.
    pub at: Option<Location>,
}

/// `holds`, `violated` or `not-applicable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every instance holds, and there is at least one.
    Holds,
    /// At least one instance is violated.
    Violated,
    /// There is no instance.
    NotApplicable,
}

/// How a case's snapshot compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Equal to the base.
    Same,
    /// Equal to a variant.
    Variant,
    /// There is none.
    New,
    /// Different; the diff as text.
    Changed {
        /// Unified text diff, old to new.
        diff: String,
        /// The other build that the snapshot was recorded with, by library and version.
        recorded: Option<String>,
    },
}

/// Status of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All as expected.
    Pass,
    /// At least one finding.
    Fail,
    /// It could not be judged.
    Error,
    /// Verdicts differ between attempts.
    Flaky,
    /// It was planned and not run.
    Skipped,
}

/// How a snapshot compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SnapshotStatus {
    /// Equal to the base.
    Same,
    /// There is none.
    New,
    /// Different.
    Changed,
    /// Equal to a variant.
    Variant,
}

/// Something that a person must look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// The requirement.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requirement: Option<String>,
    /// Full names of the cases it happened in.
    pub cases: Vec<String>,
    /// One sentence.
    pub why: String,
    /// Place in a file that a person should open (`path:line:column`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<String>,
    /// The events (or the diff) that show it, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub events: Vec<String>,
}

/// Kinds of findings.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A requirement is violated and no deviation says so.
    Violated,
    /// A snapshot differs.
    Changed,
    /// A snapshot is missing.
    Missing,
    /// A snapshot that no case of a full run has, or a variant equal to its base.
    Unreferenced,
    /// A deviation that did not happen, or that covers no case of a full run.
    StaleDeviation,
    /// A scenario's own requirement got no verdict.
    NotApplicable,
    /// A verdict changed between attempts.
    Flaky,
    /// The case could not be judged.
    Error,
}
