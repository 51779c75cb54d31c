//! A run that did not come to its end, and what finished in it: out of its journal, or out of results in which planned
//! cases were not run.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::journal::{self, JournalError};
use super::json::{self, JsonError};
use super::{CaseResult, Head, Status};

/// Why a run cannot be resumed.
#[derive(Debug, thiserror::Error)]
pub enum EarlierError {
    /// The journal is not in order.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The results are not in order.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// There is no such run.
    #[error(
        "there is nothing to resume: neither {journal} nor {results} is there; leave out --resume to run every case"
    )]
    Nothing {
        /// Where its journal would be.
        journal: PathBuf,
        /// Where its results would be.
        results: PathBuf,
    },
    /// All of it was run.
    #[error(
        "there is nothing to resume: {path} is of a run that was not cut short; leave out --resume to run every case again"
    )]
    Complete {
        /// Its results.
        path: PathBuf,
    },
    /// It ran something else.
    #[error(
        "{path} is of another run than this one, so nothing was run:\n  {}\n  help: give the options, files and versions of that run, or leave out --resume to run every case again",
        .differences.join("\n  ")
    )]
    OtherRun {
        /// Its journal or its results.
        path: PathBuf,
        /// In what they differ, a sentence each.
        differences: Vec<String>,
    },
}

/// A run that did not come to its end.
#[derive(Clone, Debug)]
pub struct Earlier {
    path: PathBuf,
    head: Head,
    finished: Vec<CaseResult>,
}

impl Earlier {
    /// The run whose results were to be written to this file. Its journal, if there is one, is newer than the file.
    pub fn read(results: &Path, journal: &Path) -> Result<Earlier, EarlierError> {
        if let Some((head, finished)) = journal::read(journal)? {
            return Ok(Earlier {
                path: journal.into(),
                head,
                finished,
            });
        }
        let Some(found) = json::read(results)? else {
            return Err(EarlierError::Nothing {
                journal: journal.into(),
                results: results.into(),
            });
        };
        let head = Head::from(&found);
        let mut finished = found.cases;
        finished.retain(|case| case.status != Status::Skipped);
        if finished.len() == head.plan.len() {
            return Err(EarlierError::Complete {
                path: results.into(),
            });
        }
        Ok(Earlier {
            path: results.into(),
            head,
            finished,
        })
    }

    /// When it began; `None`: it does not say so in a way that can be read.
    pub fn started(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(&self.head.started, &Rfc3339).ok()
    }

    /// What finished in it.
    pub fn into_finished(self) -> Vec<CaseResult> {
        self.finished
    }

    /// Places in the plan of the cases that finished in it.
    ///
    /// # Errors
    /// The other run is of something else.
    pub fn ended(&self, now: &Head) -> Result<BTreeSet<usize>, EarlierError> {
        let differences = self.head.differences(now);
        if !differences.is_empty() {
            return Err(EarlierError::OtherRun {
                path: self.path.clone(),
                differences,
            });
        }
        let finished: HashSet<String> = self.finished.iter().map(CaseResult::name).collect();
        let plan = now.plan.iter().enumerate();
        Ok(plan
            .filter(|(_, case)| finished.contains(&case.name))
            .map(|(place, _)| place)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::journal::Journal;
    use super::super::{Results, sample};
    use super::*;

    fn paths(folder: &Path) -> (PathBuf, PathBuf) {
        let results = folder.join("r.json");
        let journal = journal::path_beside(&results).unwrap();
        (results, journal)
    }

    fn error_of(folder: &Path) -> String {
        let (results, journal) = paths(folder);
        let error = Earlier::read(&results, &journal).unwrap_err().to_string();
        error.replace(&folder.display().to_string(), "DIR")
    }

    #[test]
    fn results_with_skipped_cases_are_gone_on_with_and_complete_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            error_of(folder.path()),
            "there is nothing to resume: neither DIR/r.json.partial nor DIR/r.json is there; \
             leave out --resume to run every case"
        );
        let (file, journal) = paths(folder.path());
        let results = sample::results();
        json::write(&results, &file).unwrap();
        let earlier = Earlier::read(&file, &journal).unwrap();
        assert_eq!(earlier.finished.len(), 6, "one of seven was skipped");
        let ended = earlier.ended(&Head::from(&results)).unwrap();
        assert_eq!(ended, BTreeSet::from([0, 1, 2, 3, 4, 5]));
        assert_eq!(
            earlier.started().unwrap(),
            time::macros::datetime!(2026-11-24 12:00:00 UTC)
        );

        let mut complete = results;
        complete.cases.pop();
        json::write(&complete, &file).unwrap();
        assert_eq!(
            error_of(folder.path()),
            "there is nothing to resume: DIR/r.json is of a run that was not cut short; \
             leave out --resume to run every case again"
        );
    }

    #[test]
    fn a_journal_goes_before_older_results() {
        let folder = tempfile::tempdir().unwrap();
        let (file, journal) = paths(folder.path());
        let results = sample::results();
        json::write(&results, &file).unwrap();
        Journal::begin(&journal, &Head::from(&results), &results.cases[..1]).unwrap();
        let earlier = Earlier::read(&file, &journal).unwrap();
        assert_eq!(earlier.finished.len(), 1);
    }

    /// What is said when the run is now of something else.
    fn refused(change: impl FnOnce(&mut Results)) -> String {
        let then = sample::results();
        let mut now = then.clone();
        change(&mut now);
        let earlier = Earlier {
            path: "r.json.partial".into(),
            head: Head::from(&then),
            finished: vec![],
        };
        earlier.ended(&Head::from(&now)).unwrap_err().to_string()
    }

    #[test]
    fn another_run_is_refused_with_all_that_differs() {
        let told = refused(|now| {
            now.posttrack = "0.2.0".into();
            now.selected = vec!["post/".into(), "--tag links".into()];
            now.shuffle = Some(7);
            now.builds[0].sha256 = "ab".into();
            now.browsers[0].version = "154.0".into();
            now.rules = "other".into();
            now.cases[0].scenario_sha256 = Some("other".into());
            now.cases[1].at = "elsewhere/a.toml:1:1".into();
            now.cases.remove(2);
            now.cases[3].scenario = "new/one".into();
        });
        assert_eq!(
            told,
            "r.json.partial is of another run than this one, so nothing was run:
  posttrack: 0.1.0 then, 0.2.0 now
  chosen cases: all then, `post/ --tag links` now
  order: as planned then, shuffled with seed 7 now
  build appmeasurement@2.23.0: sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef then, sha256 ab now
  browser firefox: 153.0 (geckodriver 0.37.1) then, 154.0 (geckodriver 0.37.1) now
  requirements.toml or deviations.toml: changed since
  scenario changed since: firefox::appmeasurement-2.23.0::post/extra-arguments, firefox::appmeasurement-2.23.0::failure/matrix/image/reset
  no longer a case: firefox::appmeasurement-2.23.0::t/overrides, firefox::appmeasurement-2.23.0::post/twice
  a case now: firefox::appmeasurement-2.23.0::new/one
  help: give the options, files and versions of that run, or leave out --resume to run every case again"
        );
    }

    #[test]
    fn other_builds_and_browsers_and_many_cases_are_told_in_short() {
        let told = refused(|now| {
            now.builds[0].name = "mine".into();
            now.browsers[0].name = "chrome".into();
            for case in &mut now.cases {
                case.browser = "chrome".into();
            }
        });
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines.contains(&"  build mine: none then, sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef now"), "{told}");
        assert!(
            lines.contains(&"  browser firefox: 153.0 (geckodriver 0.37.1) then, none now"),
            "{told}"
        );
        let new = lines.iter().find(|line| line.starts_with("  a case now: "));
        let new = new.expect("the cases of chrome are new");
        assert!(new.ends_with(" and 2 more"), "{new}");
    }

    #[test]
    fn the_start_does_not_matter() {
        let results = sample::results();
        let mut later = results.clone();
        later.started = "2026-11-25T12:00:00Z".into();
        let differences = Head::from(&results).differences(&Head::from(&later));
        assert_eq!(differences, [""; 0]);
    }
}
