//! Verdicts: laws over evidence, the scenario's own checks, deviations, snapshot comparison.
//! Pure but for reading and writing snapshot files. Knows nothing of browsers and of reports.

mod checks;
mod deviations;
mod differences;
mod findings;
mod judge;
mod laws;
mod model;
pub mod snapshots;
#[cfg(test)]
mod tests;

pub use checks::check;
pub use findings::{CaseOutcome, KnownDeviation, run_findings};
pub use judge::{CaseFacts, CaseVerdict, judge};
pub use laws::{Law, laws};
pub use model::*;
