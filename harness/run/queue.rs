//! Cases that are still to run.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Trouble;

/// A case that is still to run.
pub(super) struct Job {
    pub(super) case: usize,
    /// Why attempts were in vain.
    pub(super) troubles: Vec<Trouble>,
}

impl Job {
    /// Attempts that were in vain.
    pub(super) fn attempts(&self) -> u32 {
        u32::try_from(self.troubles.len()).unwrap_or(u32::MAX)
    }
}

/// Jobs in the order in which they begin.
#[derive(Default)]
pub(super) struct Queue(Mutex<VecDeque<Job>>);

impl Queue {
    /// Cases that were not tried yet.
    pub(super) fn of(cases: impl IntoIterator<Item = usize>) -> Queue {
        let job = |case| Job {
            case,
            troubles: Vec::new(),
        };
        Queue(Mutex::new(cases.into_iter().map(job).collect()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs().is_empty()
    }

    pub(super) fn next(&self) -> Option<Job> {
        self.jobs().pop_front()
    }

    pub(super) fn put_back(&self, job: Job) {
        self.jobs().push_front(job);
    }

    pub(super) fn add(&self, job: Job) {
        self.jobs().push_back(job);
    }

    /// All of them; none is left.
    pub(super) fn take(&self) -> VecDeque<Job> {
        std::mem::take(&mut *self.jobs())
    }

    fn jobs(&self) -> MutexGuard<'_, VecDeque<Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
