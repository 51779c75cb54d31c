//! posttrack: the conformance harness for Adobe's web tracking libraries.
//!
//! Data flows one way, and a module may only `use` those above it in this list:
//! scenario → world, page → run → evidence → verdict → selftest → history → report → cli.
//! (`run` produces raw material; `evidence` reads it; nothing reaches back.)

pub mod cli;
pub mod evidence;
pub mod history;
pub mod page;
pub mod report;
pub mod run;
pub mod scenario;
pub mod selftest;
pub mod verdict;
pub mod world;
