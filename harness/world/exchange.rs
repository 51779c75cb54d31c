//! One request and its answer in a case's log. Whoever holds it must end it; dropped without that,
//! the browser went away first.

use std::sync::Arc;

use super::case::CaseState;
use super::log::{WireEnd, WireRequest};

pub(super) struct Exchange {
    case: Arc<CaseState>,
    index: usize,
    ended: bool,
}

impl Exchange {
    pub fn new(case: Arc<CaseState>, index: usize) -> Exchange {
        Exchange {
            case,
            index,
            ended: false,
        }
    }

    /// Its place in the log.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Writes down more of it.
    pub fn note(&self, note: impl FnOnce(&mut WireRequest)) {
        self.case.note(self.index, note);
    }

    /// Waits for the step that releases `name` (`None`: for the end of the case).
    pub async fn held(&self, name: Option<&str>) {
        self.case.held(self.index, name).await;
    }

    pub fn end(mut self, end: WireEnd) {
        self.ended = true;
        self.case.ended(self.index, end);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.ended {
            self.case.ended(self.index, WireEnd::ClientGone);
        }
    }
}
