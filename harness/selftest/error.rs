//! Why a self-test could not be made.

use crate::run::{NotHad, RunError};

/// Why a self-test could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SelftestError {
    /// The browser or the build is neither there nor could be installed.
    #[error("{0}")]
    Setup(#[from] NotHad),
    /// The run could not go on.
    #[error("{0}")]
    Run(#[from] RunError),
    /// A fault that cannot be planted.
    #[error("the fault {fault} cannot be planted: {why}")]
    Plant {
        /// Its name.
        fault: String,
        /// What is wrong.
        why: String,
    },
    /// The task that ran the cases is gone.
    #[error(
        "posttrack itself failed, which is a bug of posttrack and says nothing about the library: {0}"
    )]
    Lost(String),
}
