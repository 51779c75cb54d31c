//! The options for reports that are files, and telling which could not be written.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::config::RunConfig;
use crate::report::{FileError, Files};

/// Where reports go.
#[derive(Debug, Default, Args)]
pub struct FileArgs {
    /// Write a JUnit report for CI systems
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the run as a page that needs no other file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a short summary in Markdown, for a CI job's page
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write GitLab's code quality report
    #[arg(long, value_name = "FILE")]
    codequality: Option<PathBuf>,
}

impl FileArgs {
    /// Fills in what `posttrack.toml` sets and the command line does not.
    pub fn or(self, config: &RunConfig) -> FileArgs {
        FileArgs {
            junit: self.junit.or_else(|| config.junit.clone()),
            html: self.html.or_else(|| config.html.clone()),
            markdown: self.markdown.or_else(|| config.markdown.clone()),
            codequality: self.codequality.or_else(|| config.codequality.clone()),
        }
    }

    /// All files that results are to be written to.
    pub fn files(self, json: Option<PathBuf>) -> Files {
        Files {
            json,
            junit: self.junit,
            html: self.html,
            markdown: self.markdown,
            codequality: self.codequality,
        }
    }
}

/// Tells all but the last of them; that one is the failure.
pub fn told(unwritten: Vec<FileError>) -> Result<(), Failure> {
    let mut failures = unwritten.into_iter().map(Failure::of);
    let last = failures.next_back();
    failures.for_each(|failure| failure.tell());
    last.map_or(Ok(()), Err)
}
