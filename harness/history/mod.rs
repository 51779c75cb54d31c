//! The history: what was kept of earlier runs, and since when and because of what each case and requirement is
//! as it is. Reads and writes the files of one folder; pure otherwise.
//! Nothing here runs, judges or prints, and no total is compared: only a case with itself.

mod cause;
#[cfg(test)]
mod cause_tests;
mod digest;
mod error;
mod folder;
#[cfg(test)]
mod folder_tests;
mod moment;
mod night;
mod requirements;
mod state;
mod streaks;
#[cfg(test)]
mod streaks_tests;
#[cfg(test)]
pub(crate) mod testing;
mod text;

pub use cause::Cause;
pub use digest::Digest;
pub use error::HistoryError;
pub use folder::{Folder, add};
pub use night::{Browser, Build, FORMAT, Kept, Night, Run, Verdicts};
pub use requirements::{RequirementChange, RequirementHistory, Standing};
pub use state::State;
pub use streaks::{CaseChange, CaseHistory, History, SCHEMA, Streaks};
