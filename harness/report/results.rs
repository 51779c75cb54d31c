//! The results document: what `--json` writes and every report reads. The checked-in schema is
//! generated from these types.

use std::collections::HashMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::evidence::{Behaviour, Span};
use crate::run::case_name;
use crate::scenario::{Fault, On, Transport};
use crate::verdict::{Finding, Verdict};

pub use crate::verdict::{SnapshotStatus, Status};

/// Version of the document's format that this code writes and reads.
pub const SCHEMA: u32 = 1;

/// One run, as a document.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Results {
    /// Version of this format.
    pub schema: u32,
    /// Start, RFC 3339 in UTC.
    pub started: String,
    /// End.
    pub finished: String,
    /// Version of posttrack.
    pub posttrack: String,
    /// Exit code of the run.
    pub exit: u8,
    /// Why the environment failed, where it did (then exit is 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Filters and tags that chose the cases; empty: a full run.
    #[serde(default)]
    pub selected: Vec<String>,
    /// The seed of the order in which the cases were run; absent: in the order in which they stand here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shuffle: Option<u64>,
    /// Browsers.
    pub browsers: Vec<BrowserInfo>,
    /// Builds.
    pub builds: Vec<BuildInfo>,
    /// sha256 of the requirements and the shared deviations that the cases were judged by.
    #[serde(default)]
    pub rules: String,
    /// Why no further case began, where planned cases were not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Cases in the order of the plan.
    pub cases: Vec<CaseResult>,
    /// What a person must look at.
    pub findings: Vec<Finding>,
    /// Requirement × build × browser.
    pub requirements: Vec<RequirementResult>,
    /// What the requirements claim, in the order of the catalogue.
    #[serde(default)]
    pub claims: Vec<Claim>,
}

impl Results {
    /// How long the run took; `None` if its times are no times.
    pub fn took(&self) -> Option<Duration> {
        let at = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
        (at(&self.finished)? - at(&self.started)?).try_into().ok()
    }

    /// The findings that name a case, by its name.
    pub fn findings_by_case(&self) -> HashMap<&str, Vec<&Finding>> {
        let mut found: HashMap<&str, Vec<&Finding>> = HashMap::new();
        for finding in &self.findings {
            for case in &finding.cases {
                found.entry(case).or_default().push(finding);
            }
        }
        found
    }

    /// What a requirement claims.
    pub fn claim(&self, id: &str) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.id == id)
    }

    /// Whether a browser can prove it.
    pub fn is_provable(&self, id: &str) -> bool {
        self.claim(id)
            .is_none_or(|claim| claim.unprovable.is_none())
    }

    /// Whether a requirement of a build and browser counts: in a full run everything that a browser can prove, else
    /// what the chosen cases judged.
    pub fn counts(&self, row: &RequirementResult) -> bool {
        let due = self.selected.is_empty() && row.documented && self.is_provable(&row.id);
        row.verdict != Proof::Unproven || due
    }

    /// Whether a case has this status.
    pub fn has(&self, status: Status) -> bool {
        self.cases.iter().any(|case| case.status == status)
    }
}

/// A row of the requirements catalogue, for readers that do not have the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// Requirement.
    pub id: String,
    /// The claim.
    pub claim: String,
    /// Names of the documentation's pages.
    pub source: String,
    /// Address of the documentation's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Why a browser cannot prove it; absent: it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unprovable: Option<String>,
}

/// A browser of the run.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct BrowserInfo {
    /// `firefox`
    pub name: String,
    /// Version.
    pub version: String,
    /// Driver and version.
    pub driver: String,
    /// What a reader must know of it, such as which browser it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// A build of the run.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct BuildInfo {
    /// Name.
    pub name: String,
    /// Library.
    pub library: String,
    /// Version that it reports.
    pub version: Option<String>,
    /// sha256 of the file.
    pub sha256: String,
    /// Package or path.
    pub source: String,
}

/// One case.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CaseResult {
    /// Scenario with its row.
    pub scenario: String,
    /// Build.
    pub build: String,
    /// Browser.
    pub browser: String,
    /// Scenario file with line and column.
    pub at: String,
    /// sha256 of all files that the scenario was read from; absent in older documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario_sha256: Option<String>,
    /// Status.
    pub status: Status,
    /// The scenario that does the same with the other library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// Attempts.
    pub attempts: u32,
    /// Why earlier attempts ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retried_after: Vec<String>,
    /// Milliseconds of the last attempt.
    pub duration_ms: f64,
    /// Why it could not be judged.
    pub error: Option<String>,
    /// Where a person should look for that error, if not at the scenario's beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_at: Option<String>,
    /// The error is of the environment (a browser that died), and says nothing of scenario and library.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub environment: bool,
    /// Verdicts.
    pub requirements: Vec<RequirementVerdict>,
    /// Snapshot; `None` if the case did not get that far.
    pub snapshot: Option<SnapshotStatus>,
    /// Text diff of a changed snapshot.
    pub diff: Option<String>,
    /// The other build that the changed snapshot was recorded with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_with: Option<String>,
    /// What its judge holds against it, its snapshot apart; they name no case. Those of the run say the same, with
    /// equal ones made one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Places of the deviations that cover something in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covered: Vec<String>,
    /// Hits.
    pub hits: Vec<HitResult>,
    /// Calls of callbacks.
    pub calls: Vec<CallResult>,
    /// What it showed, normalised: its snapshot's text and comparisons of builds are made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behaviour: Option<Behaviour>,
    /// The case as a person reads it: one line an event, in order (for `show`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<String>,
    /// What took how long, for a drawing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
}

impl CaseResult {
    /// `firefox::appmeasurement-2.23.0::post/extra-arguments`
    pub fn name(&self) -> String {
        case_name(&self.browser, &self.build, &self.scenario)
    }
}

/// A verdict in a case.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RequirementVerdict {
    /// Requirement.
    pub id: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Instances judged.
    pub instances: usize,
    /// It is what was expected.
    pub expected: bool,
    /// Why it is violated, or why that was expected.
    pub why: Option<String>,
    /// What shows the (first) violation, known or not: a line an event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
}

/// A hit.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct HitResult {
    /// Number.
    pub n: u32,
    /// Tracker.
    pub tracker: Option<String>,
    /// Step.
    pub step: u32,
    /// Transport.
    pub transport: Transport,
    /// Method.
    pub method: String,
    /// URL.
    pub url: String,
    /// Host.
    pub host: String,
    /// `delivered`, `failed` or `undecided`.
    pub outcome: String,
    /// Fault.
    pub fault: Option<Fault>,
    /// Sends.
    pub sends: u32,
    /// Attempts.
    pub attempts: u32,
    /// Parameters, decoded, with Adobe's names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<ParamResult>,
}

/// A parameter of a hit.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ParamResult {
    /// Name in the request: `v1`.
    pub name: String,
    /// Adobe's name of the variable (`eVar1`), where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// Decoded value.
    pub value: String,
}

/// A call of a callback.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CallResult {
    /// What it was registered for.
    pub on: Option<On>,
    /// Name.
    pub name: String,
    /// Number of the hit.
    pub hit: Option<u32>,
    /// Arguments.
    pub args: Vec<Value>,
}

/// Requirement × build × browser.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RequirementResult {
    /// Requirement.
    pub id: String,
    /// Build.
    pub build: String,
    /// Browser.
    pub browser: String,
    /// `holds`, `violated` or `unproven`.
    pub verdict: Proof,
    /// Every violation has a deviation.
    pub expected: bool,
    /// The documentation claims it of this version of the library.
    #[serde(default = "yes")]
    pub documented: bool,
    /// Cases that judged it.
    pub cases: usize,
    /// Instances judged in them.
    #[serde(default)]
    pub instances: usize,
}

fn yes() -> bool {
    true
}

/// What a run says of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// It held wherever it was judged.
    Holds,
    /// It was violated at least once.
    Violated,
    /// Nothing exercised it.
    Unproven,
}
