//! Evidence: page events and the wire log, joined into hits; the URL codec; typed normalising.
//! Pure functions from a recording; no I/O, no judgement.
//! Laws and checks read [`Evidence`] and live elsewhere; so does the comparison of snapshots.

pub mod codec;
pub mod names;
pub mod xdm;

mod address;
mod behaviour;
mod commands;
mod hits;
mod join;
mod model;
mod normalise;
mod outcome;
mod pages;
mod property;
mod shown;
mod snapshot;
mod spans;
mod steps;
mod timeline;
mod trackers;
mod variables;
mod volatile;
mod wire;

#[cfg(test)]
mod join_tests;
#[cfg(test)]
mod normalise_tests;
#[cfg(test)]
mod outcome_tests;
#[cfg(test)]
mod sdk_tests;
#[cfg(test)]
mod snapshot_tests;
#[cfg(test)]
pub(crate) mod testing;

pub use address::Address;
pub use behaviour::behaviour;
pub use join::join;
pub use model::*;
pub use property::property;
pub use shown::*;
pub use snapshot::{legible, shortened, snapshot};
pub use spans::{Span, SpanKind, spans};
pub use timeline::timeline;
pub use variables::{Variable, variables};
