//! The self-test: faults planted in copies of real builds and in the reference library, and the
//! account of which of them laws and checks notice.
//! Nothing here judges (`verdict` does) or prints; what a fault does stands in faults/*.toml.

mod account;
mod error;
mod fault;
mod hosts;
mod plan;
mod plant;
mod report;
mod run;
#[cfg(test)]
mod tests;

pub use error::SelftestError;
pub use fault::{Cannot, Fault, Host, Plant, faults, reference_cannot};
pub use hosts::Hosts;
pub use plan::{Plan, Planned};
pub use plant::{UNSPOILED, wrapped};
pub use report::{Alarm, Fate, FaultReport, Killing, RequirementReport, SelftestReport};
pub use run::{Request, run};
