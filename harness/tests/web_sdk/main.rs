//! The Web SDK in the real browser: what the probe records of it, and that pages cannot tell.

#[path = "../common/mod.rs"]
mod common;
mod page;
