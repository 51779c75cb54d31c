//! Why a measurement was not made.

use std::io;

/// Why a measurement was not made.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The system said no.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else, in a sentence.
    #[error("{0}")]
    Other(String),
}

impl BenchError {
    /// Anything else.
    pub fn other(why: impl ToString) -> BenchError {
        BenchError::Other(why.to_string())
    }
}

/// What was being done when the system said no.
pub trait Doing<T> {
    /// Says it.
    fn doing(self, what: impl Into<String>) -> Result<T, BenchError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl Into<String>) -> Result<T, BenchError> {
        self.map_err(|source| BenchError::Io {
            doing: what.into(),
            source,
        })
    }
}
