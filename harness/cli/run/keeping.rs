//! Keeps what finished of a run while it goes on: its journal, beside the file of its results.

use std::path::PathBuf;

use crate::report::journal::{Journal, JournalError};
use crate::report::{CaseResult, Head};

/// The journal of a run, from its plan on.
pub struct Keeping {
    path: PathBuf,
    journal: Option<Journal>,
}

impl Keeping {
    /// A run whose journal is to stand here.
    pub fn new(path: PathBuf) -> Keeping {
        Keeping {
            path,
            journal: None,
        }
    }

    /// Takes the plan, and what of it finished before.
    ///
    /// # Errors
    /// Says why no journal is kept; the run goes on without.
    pub fn planned(&mut self, head: &Head, finished: &[CaseResult]) -> Result<(), String> {
        let begun = Journal::begin(&self.path, head, finished);
        self.journal = Some(begun.map_err(without)?);
        Ok(())
    }

    /// Takes a case that ended for good.
    ///
    /// # Errors
    /// Says why it and all that follow are not kept.
    pub fn ended(&mut self, case: &CaseResult) -> Result<(), String> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        journal.add(case).map_err(|error| {
            self.journal = None;
            without(error)
        })
    }
}

fn without(error: JournalError) -> String {
    format!("{error}; the run goes on, but if it is killed it cannot be resumed from here")
}
