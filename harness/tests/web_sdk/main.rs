//! The Web SDK in the real browser: what the probe records of it, that pages cannot tell, and that
//! builds which break what is documented are noticed.

#![expect(clippy::panic, reason = "helpers of tests may panic like tests")]

#[path = "../common/mod.rs"]
mod common;
mod faulty;
mod page;
