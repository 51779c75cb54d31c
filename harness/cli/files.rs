//! The options for reports that are files.

use std::path::PathBuf;

use clap::Args;

use super::config::RunConfig;
use crate::report::Files;

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
