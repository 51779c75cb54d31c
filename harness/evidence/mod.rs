//! Evidence: page events and the wire log, joined into hits; the URL codec; typed normalising.
//! Pure functions from a recording; no I/O, no judgement.
//! Laws and checks read [`Evidence`] and live elsewhere; so does the comparison of snapshots.

pub mod codec;
pub mod names;

mod address;
mod hits;
mod join;
mod model;
mod outcome;
mod pages;
mod property;
mod steps;
mod trackers;
mod wire;

#[cfg(test)]
mod join_tests;
#[cfg(test)]
pub(crate) mod testing;

pub use address::Address;
pub use join::join;
pub use model::*;
pub use property::property;
