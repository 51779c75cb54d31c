//! Evidence: page events and the wire log, joined into hits; the URL codec; typed normalising.
//! Pure functions from a recording; no I/O, no judgement.

mod model;

pub use model::*;
