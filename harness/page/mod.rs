//! What is served into the page: the probe, page assembly, library adapters.
//! Plain JavaScript of ours without a build step, and the Rust that puts it together.
//! Nothing here opens a socket or judges anything.

mod adapter;
mod assemble;
mod event;
mod literal;
mod policy;

pub use adapter::{Adapter, adapter};
pub(crate) use assemble::within;
pub use assemble::{
    Assembly, BUILD_PATH, DocumentContext, ENGINE_PATH, HtmlDocument, SourceMap, loads_engine,
};
pub use event::{Batch, DocState, PageEvent, What};
pub use policy::extend_policy;

/// posttrack's own reference library, a classic script: what the documentation says, and nothing more.
pub const REFERENCE_LIBRARY: &str = include_str!("reference/reference.js");
