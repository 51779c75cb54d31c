//! What people read on a terminal: progress while a run goes on, its summary, one case in detail.
//! Everything writes styled text to a `Write` that it is given; whoever made that decides on
//! colour. Texts out of pages and builds are made safe here, and nowhere is anything decided.

mod brief;
mod case;
mod comparison;
mod findings;
mod history;
mod parity;
mod progress;
mod safe;
mod selftest;
mod style;
mod summary;
mod words;

pub use case::{call_words, case_line, hit_words, show, verdict_name};
pub use comparison::comparison;
pub use findings::{failure, kind_name as finding_name, whole as findings};
pub use history::{HistoryLook, history, news};
pub use progress::{Lines, Progress};
pub use safe::{safe, shorten};
pub use selftest::selftest;
pub use summary::{Look, headline, last_line, proof_name, summary};
pub use words::{count, is_or_are, span};

#[cfg(test)]
mod tests;
