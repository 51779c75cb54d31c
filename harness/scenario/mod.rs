//! The scenario format: model, parsing with spans, checks, JSON Schema.
//! No I/O beyond reading files; knows nothing of browsers, networks or verdicts.
//! Everything an author can get wrong is reported here, with file, line and column.

mod builds;
mod catalogue;
mod model;

pub use builds::{BuildBound, BuildFilter, Ordering, Version};
pub use catalogue::{Catalogue, Requirement};
pub use model::*;
