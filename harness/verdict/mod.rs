//! Verdicts: laws over evidence, the scenario's own checks, deviations, snapshot comparison.
//! Pure but for reading and writing snapshot files. Knows nothing of browsers and of reports.

pub mod laws;
mod model;

pub use model::*;
