//! What is served into the page: the probe, page assembly, library adapters.
//! Plain JavaScript of ours without a build step, and the Rust that puts it together.
//! Nothing here opens a socket or judges anything.

mod event;

pub use event::{Batch, DocState, PageEvent, What};
