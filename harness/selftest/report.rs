//! What came of a self-test; also the document that `selftest --json` writes.

use schemars::JsonSchema;
use serde::Serialize;

use super::Hosts;

/// What came of a self-test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SelftestReport {
    /// Version of this format.
    pub schema: u32,
    /// Version of posttrack.
    pub posttrack: String,
    /// The real builds that faults are planted in.
    pub builds: Vec<String>,
    /// Every fault, in the order of the files.
    pub faults: Vec<FaultReport>,
    /// The requirements that faults break, in the order of the catalogue.
    pub requirements: Vec<RequirementReport>,
    /// What is violated although nothing is spoiled.
    pub alarms: Vec<Alarm>,
    /// Laws that judged no instance in any build without a fault: id and what they state. Asked for
    /// only when every fault was run.
    pub idle_laws: Vec<String>,
}

/// What became of a fault, or of a fault and one requirement; the worse, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// A law or a check noticed it.
    Killed,
    /// No law and no check did, but the text of a snapshot is another.
    OnlyBySnapshot,
    /// Nothing noticed it, or only other requirements did.
    Survived,
    /// It was not run, or a case of it could not be judged.
    NotRun,
}

/// A fault and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FaultReport {
    /// Its name.
    pub name: String,
    /// The build that it was planted in: a real one, or `reference`.
    pub library: String,
    /// The scenarios that it was run in.
    pub scenarios: Vec<String>,
    /// The worst of its requirements' fates.
    pub fate: Fate,
    /// The requirements that must notice it.
    pub requirements: Vec<Killing>,
    /// All requirements that are violated with it and not without.
    pub noticed_by: Vec<String>,
    /// Scenarios that the folder does not have.
    pub absent: Vec<String>,
    /// Why it was not run or not judged.
    pub why: Option<String>,
    /// The browser is to blame for that.
    pub infrastructure: bool,
    /// If laws and checks missed it: what happened.
    pub story: Vec<String>,
}

/// Whether a requirement noticed a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Killing {
    /// The requirement.
    pub id: String,
    /// What became of the fault there.
    pub fate: Fate,
}

/// What became of the faults that break one requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RequirementReport {
    /// Its id.
    pub id: String,
    /// What it claims; empty if the catalogue does not have it.
    pub claim: String,
    /// Faults that it noticed.
    pub killed: usize,
    /// Faults that only a snapshot would have noticed.
    pub only_by_snapshot: usize,
    /// Faults that it did not notice.
    pub survived: usize,
    /// Faults that were not run.
    pub not_run: usize,
}

/// A verdict that no fault explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Alarm {
    /// The build: `unspoiled` (AppMeasurement with the wrapper and no fault), the Web SDK or `reference`.
    pub build: String,
    /// The scenario.
    pub scenario: String,
    /// What is wrong.
    pub why: String,
}

impl SelftestReport {
    /// Counts by requirement; those that the catalogue does not have come last.
    pub(super) fn new(
        hosts: &Hosts<String>,
        faults: Vec<FaultReport>,
        claims: &[(String, String)],
        alarms: Vec<Alarm>,
        idle_laws: Vec<String>,
    ) -> SelftestReport {
        let mut rows: Vec<(String, String)> = claims.to_vec();
        for killing in faults.iter().flat_map(|fault| &fault.requirements) {
            if !rows.iter().any(|(id, _)| *id == killing.id) {
                rows.push((killing.id.clone(), String::new()));
            }
        }
        let requirements = rows
            .into_iter()
            .map(|(id, claim)| requirement(id, claim, &faults))
            .filter(|row| row.killed + row.only_by_snapshot + row.survived + row.not_run > 0)
            .collect();
        SelftestReport {
            schema: 1,
            posttrack: env!("CARGO_PKG_VERSION").to_owned(),
            builds: vec![hosts.appmeasurement.clone(), hosts.web_sdk.clone()],
            faults,
            requirements,
            alarms,
            idle_laws,
        }
    }

    /// How many faults had this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.with(fate).count()
    }

    /// The faults that had this fate.
    pub fn with(&self, fate: Fate) -> impl Iterator<Item = &FaultReport> {
        self.faults.iter().filter(move |fault| fault.fate == fate)
    }
}

fn requirement(id: String, claim: String, faults: &[FaultReport]) -> RequirementReport {
    let count = |fate: Fate| {
        let killings = faults.iter().flat_map(|fault| &fault.requirements);
        killings
            .filter(|killing| killing.id == id && killing.fate == fate)
            .count()
    };
    RequirementReport {
        killed: count(Fate::Killed),
        only_by_snapshot: count(Fate::OnlyBySnapshot),
        survived: count(Fate::Survived),
        not_run: count(Fate::NotRun),
        id,
        claim,
    }
}
