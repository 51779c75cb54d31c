//! What keeps planned cases from being run.

use std::collections::BTreeSet;

use tokio::sync::watch;

use super::Case;

/// Asked once, when all cases are known and before one begins: which of them ended before this run, by their place in
/// the plan, or why the run must not begin.
pub type EndedBefore = Box<dyn FnOnce(&[Case]) -> Result<BTreeSet<usize>, String> + Send + Sync>;

/// What keeps cases of the plan from being run; by default nothing.
#[derive(Default)]
pub struct Bounds {
    /// Whole names: nothing else is planned. `None`: everything is.
    pub only: Option<BTreeSet<String>>,
    /// Cases that are planned and not run again.
    pub ended: Option<EndedBefore>,
    /// With it, no lane begins a case before those that ended are judged.
    pub verdicts: Option<watch::Receiver<Verdicts>>,
}

/// What the receiver of a run's events says of cases that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// How many are judged.
    pub judged: usize,
    /// No further case is to begin; those that run may end.
    pub enough: bool,
}

impl Bounds {
    /// Whether a case of this name may be planned.
    pub(super) fn admit(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(name))
    }

    /// Whether no further case is to begin.
    pub(super) fn enough(&self) -> bool {
        let verdicts = self.verdicts.as_ref();
        verdicts.is_some_and(|verdicts| verdicts.borrow().enough)
    }

    /// Waits until so many cases are judged, where somebody says so.
    pub(super) async fn until_judged(&self, ended: usize) {
        if let Some(verdicts) = &self.verdicts {
            // When the sender is gone nobody judges any more.
            let _ = verdicts
                .clone()
                .wait_for(|verdicts| verdicts.judged >= ended)
                .await;
        }
    }
}
