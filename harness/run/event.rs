//! What a run tells the world while it goes on: the contract between the runner and every output.

use std::sync::Arc;
use std::time::Duration;

use super::Recording;
use crate::scenario::Scenario;

/// A build under test, recognised in a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildId {
    /// `appmeasurement@2.23.0`, or the name that the user gave to a file.
    pub name: String,
    /// Library.
    pub library: crate::scenario::Library,
    /// The version that it reports.
    pub version: Option<String>,
    /// sha256 of the file, lower-case hex.
    pub sha256: String,
    /// Where it came from: the package or the path.
    pub source: String,
}

/// A browser of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserId {
    /// What it is called in this run: `firefox`; a second one beside it `firefox-2`.
    pub name: String,
    /// What scenarios, deviations and snapshots call it: `firefox`.
    pub kind: String,
    /// Version that the session reported.
    pub version: String,
    /// Driver and its version: `geckodriver 0.37.1`.
    pub driver: String,
    /// What a reader of results must know of it.
    pub remark: Option<String>,
}

/// One planned case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The scenario's row.
    pub scenario: Arc<Scenario>,
    /// The build.
    pub build: Arc<BuildId>,
    /// The browser.
    pub browser: Arc<BrowserId>,
}

impl Case {
    /// `firefox::appmeasurement-2.23.0::post/extra-arguments`
    pub fn name(&self) -> String {
        case_name(&self.browser.name, &self.build.name, &self.scenario.name)
    }
}

/// The name of a case out of its three parts.
pub fn case_name(browser: &str, build: &str, scenario: &str) -> String {
    format!("{browser}::{}::{scenario}", build.replace('@', "-"))
}

/// An infrastructure error that a case was retried after, or that ended it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What happened, in one sentence, with what helps (tail of the driver's log, what was open).
    pub message: String,
    /// Whether another attempt may help.
    pub retry: Retry,
    /// Place in the scenario that it belongs to, `path:line:column`.
    pub at: Option<String>,
}

/// What another attempt needs to help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It would end in the same way: the scenario, the page or the library is the reason.
    Never,
    /// Nothing but the attempt: the browser did something to this one page, and lives.
    SameSession,
    /// Another browser: this one died or hung.
    FreshSession,
}

impl Trouble {
    /// The environment is the reason, not the scenario.
    pub fn infrastructure(&self) -> bool {
        self.retry != Retry::Never
    }
}

/// How a case ended.
#[derive(Clone, Debug)]
pub struct CaseRun {
    /// The recording, or why there is none.
    pub outcome: Result<Recording, Trouble>,
    /// Attempts, the last included.
    pub attempts: u32,
    /// Why earlier attempts ended.
    pub troubles: Vec<Trouble>,
    /// Time of the last attempt.
    pub took: Duration,
}

/// Everything a run tells.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// Set-up does something that takes time (`installing firefox-esr`).
    SettingUp {
        /// What.
        what: String,
    },
    /// It is done.
    SetUp {
        /// What.
        what: String,
        /// How long it took.
        took: Duration,
    },
    /// All cases are known.
    Planned {
        /// In the order in which they will be reported.
        cases: Vec<Case>,
        /// Cases at once.
        lanes: usize,
        /// The seed of the order in which they are run; `None`: in the order of the plan.
        shuffle: Option<u64>,
    },
    /// A case began.
    Started {
        /// Index into `Planned::cases`.
        case: usize,
    },
    /// A case is tried again.
    Retrying {
        /// Index.
        case: usize,
        /// Why.
        trouble: Trouble,
    },
    /// All cases ended, and the browser is left open until the run is stopped.
    LeftOpen,
    /// A case ended. Judging it is the receiver's business.
    Finished {
        /// Index.
        case: usize,
        /// How.
        run: Box<CaseRun>,
    },
}
