//! Runs that go on from an earlier one: the rest of one that was cut short, or what did not pass in the last one.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::{Failure, last_run};
use crate::report::terminal::safe;
use crate::report::{CaseResult, Earlier, Status, journal};

/// The run to go on with, which was to write its results to this file.
pub fn resumed(results: Option<&Path>) -> Result<Earlier, Failure> {
    let Some(results) = results else {
        return Err(Failure::usage(
            "--resume goes on with the run that was to write its results to a file; name it with --json FILE",
        ));
    };
    let Some(journal) = journal::path_beside(results) else {
        return Err(Failure::usage(format!(
            "--resume needs the file of an earlier run's results, and {} is no file",
            results.display()
        )));
    };
    Earlier::read(results, &journal).map_err(|error| Failure::usage(error.to_string()))
}

/// What is to be run again.
pub enum Again {
    /// Cases of these names.
    Cases(BTreeSet<String>),
    /// Nothing, for this reason.
    Nothing(String),
}

/// What did not pass in the last run over these scenarios.
pub fn failed(scenarios: &Path) -> Result<Again, Failure> {
    let Some(last) = last_run::load(scenarios)? else {
        return Err(Failure::usage(format!(
            "--rerun-failed needs a last run, and none over {} is known here; `posttrack run` makes one",
            safe(&scenarios.display().to_string())
        )));
    };
    let not_passed = last.cases.iter().filter(|case| case.status != Status::Pass);
    let names: BTreeSet<String> = not_passed.map(CaseResult::name).collect();
    Ok(match names.is_empty() {
        true => Again::Nothing(format!(
            "nothing to run again: every case passed in {}",
            last_run::which(&last)
        )),
        false => Again::Cases(names),
    })
}
