//! What the history keeps of a run's results.

use std::collections::HashMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{CaseResult, RequirementVerdict, Results, SnapshotStatus};
use crate::history::{Browser, Build, Digest, FORMAT, Kept, Night, Run, Verdicts};
use crate::verdict::{FindingKind, Verdict};

/// Why results cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error(
    "the run cannot be put into a history: it says that it began at `{0}`, which is no RFC 3339 time"
)]
pub struct NoTime(String);

/// The run as the history keeps it.
///
/// # Errors
/// Results that do not say when they began.
pub fn night(results: &Results) -> Result<Night, NoTime> {
    let started = OffsetDateTime::parse(&results.started, &Rfc3339)
        .map_err(|_| NoTime(results.started.clone()))?;
    let mut keeper = Keeper::new(results);
    let cases = results.cases.iter().filter_map(|case| keeper.case(case));
    let cases: Vec<Kept> = cases.collect();
    Ok(Night {
        run: Run {
            history: FORMAT,
            started,
            posttrack: results.posttrack.clone(),
            full: results.selected.is_empty(),
            browsers: browsers(results),
            builds: builds(results),
            verdicts: keeper.verdicts,
            cases: cases.len(),
        },
        cases,
    })
}

fn browsers(results: &Results) -> Vec<Browser> {
    let browsers = results.browsers.iter().map(|browser| Browser {
        name: browser.name.clone(),
        version: browser.version.clone(),
        driver: browser.driver.clone(),
    });
    browsers.collect()
}

fn builds(results: &Results) -> Vec<Build> {
    let builds = results.builds.iter().map(|build| Build {
        name: build.name.clone(),
        version: build.version.clone(),
        sha256: build.sha256.clone(),
    });
    builds.collect()
}

struct Keeper<'a> {
    results: &'a Results,
    /// Requirements whose deviation did not happen, by case.
    stale: HashMap<&'a str, Vec<&'a str>>,
    verdicts: Vec<Verdicts>,
    /// Places in `verdicts`: most cases have the same as another.
    places: HashMap<Verdicts, usize>,
}

impl<'a> Keeper<'a> {
    fn new(results: &'a Results) -> Self {
        let mut stale: HashMap<&str, Vec<&str>> = HashMap::new();
        for finding in &results.findings {
            if let (FindingKind::StaleDeviation, Some(id)) = (finding.kind, &finding.requirement) {
                for case in &finding.cases {
                    stale.entry(case).or_default().push(id);
                }
            }
        }
        Keeper {
            results,
            stale,
            verdicts: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// A case; `None` if its build or browser is not among the run's, which no run of posttrack writes.
    fn case(&mut self, case: &CaseResult) -> Option<Kept> {
        let builds = &mut self.results.builds.iter();
        let browsers = &mut self.results.browsers.iter();
        let behaviour = case.behaviour.as_ref();
        let behaviour = behaviour.and_then(|shown| serde_json::to_vec(shown).ok());
        let files = case.scenario_sha256.as_deref();
        Some(Kept {
            scenario: case.scenario.clone(),
            build: builds.position(|build| build.name == case.build)?,
            browser: browsers.position(|browser| browser.name == case.browser)?,
            status: case.status,
            verdicts: self.place(case),
            snapshot: case.snapshot.unwrap_or(SnapshotStatus::Same),
            diff: case.diff.as_ref().map(|diff| Digest::of(diff.as_bytes())),
            behaviour: behaviour.map(|bytes| Digest::of(&bytes)),
            files: files.and_then(Digest::of_sha256),
        })
    }

    fn place(&mut self, case: &CaseResult) -> usize {
        let verdicts = self.verdicts_of(case);
        if let Some(place) = self.places.get(&verdicts) {
            return *place;
        }
        let place = self.verdicts.len();
        self.verdicts.push(verdicts.clone());
        self.places.insert(verdicts, place);
        place
    }

    fn verdicts_of(&self, case: &CaseResult) -> Verdicts {
        let with = |wanted: fn(&RequirementVerdict) -> bool| {
            let found = case.requirements.iter().filter(|verdict| wanted(verdict));
            sorted(found.map(|verdict| verdict.id.as_str()))
        };
        let stale = self.stale.get(case.name().as_str());
        Verdicts {
            holds: with(|one| one.verdict == Verdict::Holds),
            violated: with(|one| one.verdict == Verdict::Violated && !one.expected),
            known: with(|one| one.verdict == Verdict::Violated && one.expected),
            unproven: with(|one| one.verdict == Verdict::NotApplicable && !one.expected),
            stale: sorted(stale.into_iter().flatten().copied()),
        }
    }
}

fn sorted<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut ids: Vec<String> = ids.map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Status, sample};
    use crate::verdict::Finding;

    fn case<'a>(night: &'a Night, scenario: &str) -> &'a Kept {
        let mut cases = night.cases.iter();
        cases.find(|case| case.scenario == scenario).unwrap()
    }

    #[test]
    fn each_case_keeps_what_later_runs_are_compared_with() {
        let results = sample::results();
        let night = night(&results).unwrap();
        assert_eq!(night.cases.len(), results.cases.len(), "also those not run");
        assert!(night.run.full, "nothing chose the cases");
        let violated = case(&night, "failure/matrix/image/reset");
        assert_eq!(violated.status, Status::Fail);
        assert_eq!(night.run.verdicts[violated.verdicts].violated, ["POST-03"]);
        let known = case(&night, "post/only-argument");
        assert_eq!(night.run.verdicts[known.verdicts].known, ["POST-13"]);
        let changed = case(&night, "t/overrides");
        assert_eq!(changed.snapshot, SnapshotStatus::Changed);
        let diff = results.cases[2].diff.as_ref().unwrap();
        assert_eq!(changed.diff, Some(Digest::of(diff.as_bytes())));
        assert_eq!(changed.files.unwrap().to_string(), "cd".repeat(8));
        assert_eq!(case(&night, "tl/exit-link").status, Status::Skipped);
    }

    #[test]
    fn cases_with_the_same_verdicts_share_them() {
        let night = night(&sample::results()).unwrap();
        let [changed, retried] = ["t/overrides", "post/twice"].map(|name| case(&night, name));
        assert_eq!(changed.verdicts, retried.verdicts, "both have none");
        assert_eq!(night.run.verdicts.len(), 4, "{:?}", night.run.verdicts);
    }

    #[test]
    fn a_deviation_that_did_not_happen_is_kept_with_its_cases() {
        let mut results = sample::results();
        let name = results.cases[0].name();
        results.findings.push(Finding {
            kind: FindingKind::StaleDeviation,
            requirement: Some("POST-12".into()),
            cases: vec![name],
            why: "it did not happen".into(),
            at: None,
            events: vec![],
        });
        let night = night(&results).unwrap();
        let place = case(&night, "post/extra-arguments").verdicts;
        assert_eq!(night.run.verdicts[place].stale, ["POST-12"]);
    }

    #[test]
    fn a_chosen_part_is_not_a_full_run() {
        let mut results = sample::results();
        results.selected = vec!["post/".into()];
        assert!(!night(&results).unwrap().run.full);
    }

    #[test]
    fn results_without_a_time_are_refused() {
        let mut results = sample::results();
        results.started = "yesterday".into();
        let error = night(&results).unwrap_err().to_string();
        insta::assert_snapshot!(error, @"the run cannot be put into a history: it says that it began at `yesterday`, which is no RFC 3339 time");
    }
}
