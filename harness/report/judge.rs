//! Judging the cases of a run, and what they come to together.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CaseResult, Judged, SnapshotStatus};
use crate::evidence;
use crate::run::{Case, Recording, Retry, Trouble};
use crate::scenario::{Location, Suite, Version};
use crate::verdict::snapshots::{self, SnapshotError, SnapshotKey, Update};
use crate::verdict::{
    self, CaseFacts, CaseOutcome, CaseVerdict, Compared, Finding, KnownDeviation,
};

/// Judges the cases of a run.
pub struct Judge {
    suite: Arc<Suite>,
    snapshots: PathBuf,
    update: Update,
    judged: Vec<(Case, CaseVerdict, Compared)>,
}

impl Judge {
    /// A judge with these snapshots.
    pub fn new(suite: Arc<Suite>, snapshots: &Path, update: Update) -> Judge {
        Judge {
            suite,
            snapshots: snapshots.into(),
            update,
            judged: Vec::new(),
        }
    }

    /// Judges a case. `retried`: it had more than one attempt, so its snapshot is never written.
    pub fn judge(
        &mut self,
        case: &Case,
        recording: Recording,
        retried: bool,
    ) -> Result<Judged, Trouble> {
        let (judged, verdict) = self.look(case, recording, retried)?;
        let compared = judged.snapshot.clone();
        self.judged.push((case.clone(), verdict, compared));
        Ok(judged)
    }

    /// Judges another attempt of a case, which does not count for the whole run.
    pub fn another(&self, case: &Case, recording: Recording) -> Result<Judged, Trouble> {
        self.look(case, recording, true).map(|(judged, _)| judged)
    }

    /// Lets a case count for the whole run by nothing but the deviations that it covers.
    pub fn discount(&mut self, name: &str) {
        let known = self
            .judged
            .iter_mut()
            .find(|(case, ..)| case.name() == name);
        if let Some((_, verdict, compared)) = known {
            verdict.findings.clear();
            *compared = Compared::Same;
        }
    }

    fn look(
        &self,
        case: &Case,
        recording: Recording,
        retried: bool,
    ) -> Result<(Judged, CaseVerdict), Trouble> {
        let scenario = &case.scenario;
        let evidence = evidence::join(&recording, scenario);
        let facts = CaseFacts {
            scenario,
            library: case.build.library,
            version: version(case),
            browser: &case.browser.kind,
            catalogue: &self.suite.catalogue,
        };
        let verdict = verdict::judge(&facts, &evidence, &self.suite.deviations);
        let behaviour = evidence::behaviour(&evidence, scenario);
        let text = behaviour.text();
        let compared = self.compare(case, &text, retried)?;
        let judged = Judged {
            judgements: verdict.judgements.clone(),
            findings: verdict.findings.clone(),
            covered: verdict.covered.clone(),
            text,
            snapshot: compared,
            timeline: evidence::timeline(&recording, &evidence),
            spans: evidence::spans(&recording, &evidence),
            behaviour,
            evidence,
        };
        Ok((judged, verdict))
    }

    /// Takes a case that was judged before the run was resumed.
    pub fn resumed(&mut self, case: &Case, earlier: &CaseResult) {
        let compared = match earlier.snapshot {
            Some(SnapshotStatus::Same) => Compared::Same,
            Some(SnapshotStatus::Variant) => Compared::Variant,
            Some(SnapshotStatus::New) => Compared::New,
            Some(SnapshotStatus::Changed) => Compared::Changed {
                diff: earlier.diff.clone().unwrap_or_default(),
                recorded: earlier.recorded_with.clone(),
            },
            // It was not judged.
            None => return,
        };
        let own = case.scenario.deviations.iter();
        let places = own
            .chain(&self.suite.deviations)
            .map(|deviation| &deviation.at);
        let covers = |at: &&Location| earlier.covered.contains(&at.to_string());
        let verdict = CaseVerdict {
            judgements: Vec::new(),
            findings: earlier.findings.clone(),
            covered: places.filter(covers).cloned().collect(),
        };
        self.judged.push((case.clone(), verdict, compared));
    }

    /// How the case's text compares with its snapshot. One that was written is as it should be.
    fn compare(&self, case: &Case, text: &str, retried: bool) -> Result<Compared, Trouble> {
        let key = snapshot_key(case);
        let update = match retried {
            true => Update::Never,
            false => self.update,
        };
        match snapshots::compare(&self.snapshots, &key, text, update) {
            Ok(comparison) if comparison.written => Ok(Compared::Same),
            Ok(comparison) => Ok(comparison.compared),
            Err(error) => Err(Trouble {
                message: error.to_string(),
                retry: Retry::Never,
                at: Some(case.scenario.at.to_string()),
            }),
        }
    }

    /// Brings the cases, which ended in any order, into that of the suite, so that equal runs have
    /// equal findings.
    fn sort(&mut self) {
        let places: HashMap<&str, usize> = self
            .suite
            .scenarios
            .iter()
            .enumerate()
            .map(|(place, scenario)| (scenario.name.as_str(), place))
            .collect();
        self.judged.sort_by_cached_key(|(case, ..)| {
            let place = places.get(case.scenario.name.as_str()).copied();
            (case.browser.name.clone(), case.build.name.clone(), place)
        });
    }

    /// What the whole run shows. `full`: nothing was left out by filters or tags.
    ///
    /// # Errors
    /// Snapshot files that cannot be read.
    pub fn findings(mut self, full: bool) -> Result<Vec<Finding>, SnapshotError> {
        self.sort();
        let outcomes: Vec<CaseOutcome<'_>> = self
            .judged
            .iter()
            .map(|(case, verdict, compared)| CaseOutcome {
                name: case.name(),
                at: &case.scenario.at,
                build: &case.build.name,
                library: case.build.library,
                version: version(case),
                browser: &case.browser.kind,
                verdict: Some(verdict),
                snapshot: Some(compared),
                error: None,
            })
            .collect();
        let deviations = known_deviations(&self.suite);
        let mut findings = verdict::run_findings(&outcomes, &deviations, full);
        if full {
            let names = self
                .suite
                .scenarios
                .iter()
                .map(|scenario| scenario.name.as_str());
            findings.extend(snapshots::unreferenced(&self.snapshots, names)?);
            findings.extend(snapshots::redundant_variants(&self.snapshots)?);
        }
        Ok(findings)
    }
}

fn known_deviations(suite: &Suite) -> Vec<KnownDeviation<'_>> {
    let own = suite.scenarios.iter().flat_map(|scenario| {
        let deviations = scenario.deviations.iter();
        deviations.map(|deviation| (deviation, scenario.documented.as_slice()))
    });
    let shared = suite
        .deviations
        .iter()
        .map(|deviation| (deviation, &[][..]));
    own.chain(shared)
        .map(|(deviation, documented)| {
            let claim = suite.catalogue.get(&deviation.requirement);
            let claimed = claim.and_then(|claim| claim.builds.as_ref());
            KnownDeviation {
                deviation,
                documented: documented.iter().chain(claimed).collect(),
            }
        })
        .collect()
}

/// Where the snapshot of a case is looked up.
pub fn snapshot_key(case: &Case) -> SnapshotKey<'_> {
    SnapshotKey {
        scenario: &case.scenario.name,
        library: case.build.library,
        build: &case.build.name,
        version: version(case),
        browser: &case.browser.kind,
    }
}

fn version(case: &Case) -> Option<Version> {
    case.build.version.as_deref().and_then(Version::parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::testing;
    use crate::report::sample;
    use crate::scenario::Catalogue;
    use crate::verdict::FindingKind;

    #[test]
    fn findings_are_in_the_order_of_the_suite_whichever_case_ended_first() {
        let names = ["post/b", "post/a", "pre/c"];
        let suite = Arc::new(Suite {
            dir: "scenarios".into(),
            scenarios: names.map(sample::scenario).into(),
            catalogue: Catalogue::default(),
            deviations: vec![],
            rules_sha256: String::new(),
        });
        let snapshots = tempfile::tempdir().unwrap();
        let mut judge = Judge::new(suite.clone(), snapshots.path(), Update::Never);
        let cases = sample::cases(&names);
        for case in cases.iter().rev() {
            let recording = testing::Case::new().recording();
            judge.judge(case, recording, false).unwrap();
        }
        let findings = judge.findings(false).unwrap();
        let missing = findings
            .iter()
            .find(|finding| finding.kind == FindingKind::Missing)
            .expect("no case has a snapshot");
        let planned: Vec<String> = cases.iter().map(Case::name).collect();
        assert_eq!(missing.cases, planned);
    }
}
