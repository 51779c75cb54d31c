//! How a caller learns what is being done; nothing is printed here.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// One thing that takes a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It begins.
    Begin {
        /// What is done, such as `installing Firefox (apt-get)`.
        what: String,
    },
    /// It ended, well or not: a failure is the caller's error.
    End {
        /// What was done; the same text.
        what: String,
        /// How long it took.
        took: Duration,
    },
}

/// What receives [`Progress`].
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Reporter {
    tell: OnProgress,
}

/// Says `End` when it is dropped.
pub(crate) struct Step {
    tell: OnProgress,
    what: String,
    since: Instant,
}

impl Reporter {
    pub fn new(tell: OnProgress) -> Reporter {
        Reporter { tell }
    }

    pub fn begin(&self, what: impl Into<String>) -> Step {
        let what = what.into();
        (self.tell)(Progress::Begin { what: what.clone() });
        Step {
            tell: Arc::clone(&self.tell),
            what,
            since: Instant::now(),
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        (self.tell)(Progress::End {
            what: std::mem::take(&mut self.what),
            took: self.since.elapsed(),
        });
    }
}
