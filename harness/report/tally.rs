//! A run's events on their way to its results: every case that ends is judged and collected.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use time::OffsetDateTime;

use super::{CaseResult, Choice, Collector, Ended, Judge, Results, worth_another};
use crate::run::{Case, CaseRun, RunEvent};
use crate::scenario::Suite;
use crate::verdict::Finding;
use crate::verdict::snapshots::{SnapshotError, Update};

/// Judges and collects the cases of one run. `posttrack run` and `cargo test` both go through it,
/// so that they cannot disagree.
pub struct Tally {
    collector: Collector,
    judge: Judge,
    cases: Vec<Case>,
    full: bool,
}

/// A case that ended.
#[derive(Debug)]
pub struct EndedCase<'a> {
    /// The case.
    pub case: &'a Case,
    /// What it came to.
    pub result: &'a CaseResult,
    /// What a person must look at in it, its snapshot apart; they name no case.
    pub findings: Vec<Finding>,
    /// The text that its snapshot is compared with; `None`: it was not judged.
    pub text: Option<String>,
}

impl Tally {
    /// A run of cases that were chosen in this way.
    pub fn new(choice: Choice, suite: Arc<Suite>, snapshots: &Path, update: Update) -> Tally {
        Tally {
            full: choice.selected.is_empty(),
            collector: Collector::new(choice, &suite.catalogue),
            judge: Judge::new(suite, snapshots, update),
            cases: Vec::new(),
        }
    }

    /// Takes the next event. The end of a case is judged, and told.
    pub fn take(&mut self, event: RunEvent) -> Option<EndedCase<'_>> {
        match event {
            RunEvent::Planned { cases, .. } => {
                self.collector.planned(&cases);
                self.cases = cases;
                None
            }
            RunEvent::Finished { case, run } => self.ended(case, *run),
            _ => None,
        }
    }

    /// Takes cases of the plan that ended before the run was resumed.
    pub fn resumed(&mut self, earlier: impl IntoIterator<Item = CaseResult>) {
        let names = self.cases.iter().map(Case::name).zip(0..);
        let places: HashMap<String, usize> = names.collect();
        for result in earlier {
            let place = places.get(&result.name());
            let case = place.and_then(|place| Some((*place, self.cases.get(*place)?)));
            if let Some((place, case)) = case {
                self.judge.resumed(case, &result);
                self.collector.resumed(place, result);
            }
        }
    }

    /// Lets flaky cases be no reason for an exit code.
    pub fn let_flaky_pass(&mut self) {
        self.collector.flaky_passes = true;
    }

    /// Names of the cases of which another attempt may tell more.
    pub fn worth_another(&self) -> BTreeSet<String> {
        let cases = (0..self.cases.len()).filter_map(|place| self.collector.case(place));
        cases
            .filter(|case| worth_another(case))
            .map(CaseResult::name)
            .collect()
    }

    /// Takes another attempt of a case, and says what the case came to by it. Only the first attempt of a case may
    /// write its snapshot.
    pub fn another(&mut self, name: &str, run: CaseRun) -> Option<&CaseResult> {
        let place = self.cases.iter().position(|case| case.name() == name)?;
        let case = self.cases.get(place)?;
        let judge = &self.judge;
        let ended = Ended::judge(run, |recording| judge.another(case, recording));
        if self.collector.another(place, ended) {
            self.judge.discount(name);
        }
        self.collector.case(place)
    }

    /// Whether the cases are known: set-up is over.
    pub fn planned(&self) -> bool {
        !self.cases.is_empty()
    }

    /// The results. `failure` says why the environment failed.
    ///
    /// # Errors
    /// Snapshot files that cannot be read.
    pub fn finish(
        self,
        finished: OffsetDateTime,
        failure: Option<String>,
    ) -> Result<Results, SnapshotError> {
        let complete = self.full && failure.is_none() && self.collector.all_ended();
        let findings = self.judge.findings(complete)?;
        Ok(self.collector.finish(finished, findings, failure))
    }

    fn ended(&mut self, index: usize, run: CaseRun) -> Option<EndedCase<'_>> {
        let case = self.cases.get(index)?;
        let retried = run.attempts > 1;
        let judge = &mut self.judge;
        let ended = Ended::judge(run, |recording| judge.judge(case, recording, retried));
        let judged = ended.outcome.as_ref().ok();
        let text = judged.map(|judged| judged.text.clone());
        let findings = judged.map(|judged| judged.findings.clone());
        let result = self.collector.ended(index, ended)?;
        Some(EndedCase {
            case,
            result,
            findings: findings.unwrap_or_default(),
            text,
        })
    }
}
