//! Reports: terminal, JSON, JUnit, HTML, Markdown, CI systems, comparison of builds. Each reads run events and finished results,
//! nothing else, and nothing but a report prints.
//! Nothing here judges, runs or knows of arguments.

mod assemble;
mod attempts;
mod ci;
pub mod diff;
mod earlier;
mod exit;
mod files;
mod head;
mod html;
pub mod journal;
pub mod json;
mod judge;
mod junit;
mod markdown;
mod matrix;
mod night;
mod page;
mod results;
#[cfg(test)]
pub(crate) mod sample;
mod tally;
pub mod terminal;

pub use assemble::{Collector, Ended, Judged};
pub use attempts::worth_another;
pub use ci::annotations;
pub use earlier::{Earlier, EarlierError};
pub use exit::Exit;
pub use files::{FileError, Files};
pub use head::{Choice, Head, PlannedCase};
pub use judge::{Judge, snapshot_key};
pub use night::{NoTime, night};
pub use results::*;
pub use tally::{EndedCase, Tally};
