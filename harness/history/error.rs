//! What goes wrong with the files of a history.

use std::io;
use std::path::PathBuf;

use super::FORMAT;

/// Why a history could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file system said no.
    #[error(
        "the history in {path} could not be read: {source}; name the folder that `posttrack run --history DIR` writes to"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file system said no.
    #[error("{path} could not be read: {source}; make it readable, or move it out of the history")]
    Read {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file system said no.
    #[error(
        "this run could not be added to the history in {path}: {source}; give --history a folder that you may write to"
    )]
    Write {
        /// The folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file system said no.
    #[error("{path} could not be removed from the history: {source}")]
    Remove {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file is not what posttrack wrote.
    #[error(
        "{path}:{line}:{column}: {what}; put a whole copy of the file there, or move it out of the folder to have the history without that run"
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// The file is of another format.
    #[error(
        "{path} is a history of format {format}, and this posttrack reads format {FORMAT}; use the posttrack that wrote it, or move it out of the folder"
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
}
