//! Running: plan the cases, lanes, steps, settling, retries. Emits events, prints nothing,
//! and hands on recordings; it does not know what a hit or a law is.
//! Browsers are used through the `drivers` crate only.

mod bounds;
mod browser;
mod builds;
mod case;
mod choice;
mod docs;
mod event;
mod identify;
mod lane;
mod order;
mod plan;
mod queue;
mod recording;
mod round;
mod runner;
mod serve;
mod sessions;
mod set_up;
mod settle;

pub use bounds::{Bounds, EndedBefore, Verdicts};
pub use builds::{BuildOption, Builds};
pub use choice::{BrowserChoice, BrowserOption, BuildChoice, REFERENCE, called, reference_build};
pub use event::{BrowserId, BuildId, Case, CaseRun, Retry, RunEvent, Trouble, case_name};
pub use plan::{meets, plan};
pub use recording::{Cookie, DocRecord, Recording};
pub use runner::{RunPlan, run};
pub use set_up::{NotHad, SetUp, set_up};

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The browser, its driver or the world could not start.
    #[error("{0}")]
    Environment(String),
    /// A build file is no library that posttrack knows.
    #[error(
        "{build} is no library that posttrack knows: {why}\n  help: name a file that defines AppMeasurement or the Web SDK, like AppMeasurement.js or alloy.js"
    )]
    NoLibrary {
        /// The file or package.
        build: String,
        /// What the browser said.
        why: String,
    },
    /// The cases are not those that this run was to go on with.
    #[error("{0}")]
    NotThisPlan(String),
    /// No case is left.
    #[error("no case matches {}", .0.iter().map(|filter| format!("`{filter}`")).collect::<Vec<_>>().join(", "))]
    NothingMatches(Vec<String>),
}
