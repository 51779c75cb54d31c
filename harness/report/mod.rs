//! Reports: terminal, JSON (JUnit and HTML later). Each reads run events and finished results,
//! nothing else, and nothing but a report prints.

mod results;

pub use results::*;
