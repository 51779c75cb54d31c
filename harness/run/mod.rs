//! Running: plan the cases, lanes, steps, settling, retries. Emits events, prints nothing,
//! and hands on recordings; it does not know what a hit or a law is.
//! Browsers are used through the `drivers` crate only.

mod event;
mod recording;

pub use event::{BrowserId, BuildId, Case, CaseRun, RunEvent, Trouble, case_name};
pub use recording::{Cookie, DocRecord, Recording};
