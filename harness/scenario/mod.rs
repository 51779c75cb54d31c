//! The scenario format: model, parsing with spans, checks, JSON Schema.
//! No I/O beyond reading files; knows nothing of browsers, networks or verdicts.
//! Everything an author can get wrong is reported here, with file, line and column.

mod builds;
mod catalogue;
mod counterparts;
mod decode;
mod diagnostic;
mod fingerprint;
mod folder;
mod join;
mod keys;
mod load;
mod model;
mod read;
mod schema;
mod source;
mod suggest;
#[cfg(test)]
pub(crate) mod tests;
mod tree;
mod uses;
mod vary;
mod words;

pub use builds::{BuildBound, BuildFilter, Ordering, Version};
pub use catalogue::{Catalogue, Requirement};
pub use diagnostic::{Affects, Diagnostic, Diagnostics, Severity};
pub use load::{Broken, Loaded, load};
pub use model::*;
pub use schema::schema;
pub use source::{Place, Source};
pub use words::*;
