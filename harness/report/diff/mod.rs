//! Comparing builds: two results documents in, one comparison out, and its JSON and HTML.
//! Reads finished results only, and what each case showed ([`crate::evidence::Behaviour`]) in them.
//! Nothing here runs or judges. How cases are paired is one file (`pairs`), so that other pairs can be.

mod align;
mod calls;
mod case;
mod compare;
mod gather;
mod hits;
mod html;
mod ignored;
mod model;
mod page;
mod pairs;
mod params;
mod parity;
#[cfg(test)]
mod parity_tests;
#[cfg(test)]
pub(crate) mod sample;
mod seen;
#[cfg(test)]
mod tests;
mod tokens;
mod write;
#[cfg(test)]
mod written_tests;

pub use compare::{CompareError, Document, compare};
pub use html::html;
pub use model::*;
pub use write::{WriteError, schema, write_html, write_json};
