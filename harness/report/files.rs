//! The reports that are files: which are asked for, and writing each of them.

use std::io;
use std::path::{Path, PathBuf};

use super::json::{self, JsonError};
use super::{Results, ci, html, junit, markdown};

/// Where a run's results are written to, by format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The document itself.
    pub json: Option<PathBuf>,
    /// JUnit, for CI systems.
    pub junit: Option<PathBuf>,
    /// A page.
    pub html: Option<PathBuf>,
    /// A summary in Markdown.
    pub markdown: Option<PathBuf>,
    /// GitLab's code quality report.
    pub codequality: Option<PathBuf>,
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The results document could not.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The file system said no.
    #[error(
        "the {what} could not be written to {path}: {source}; give {option} a path in a folder that you may write to"
    )]
    Write {
        /// Which report.
        what: &'static str,
        /// The option of the command line.
        option: &'static str,
        /// Where it should have gone.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The results could not be brought into this form.
    #[error("the {what} could not be made, which is a bug of posttrack: {source}")]
    Made {
        /// Which report.
        what: &'static str,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A report that is a text.
struct Kind {
    what: &'static str,
    option: &'static str,
    render: fn(&Results) -> Result<String, Box<dyn std::error::Error + Send + Sync>>,
}

const JUNIT: Kind = Kind {
    what: "JUnit report",
    option: "--junit",
    render: |results| Ok(junit::render(results)?),
};

const HTML: Kind = Kind {
    what: "HTML report",
    option: "--html",
    render: |results| Ok(html::render(results)?),
};

const MARKDOWN: Kind = Kind {
    what: "Markdown summary",
    option: "--markdown",
    render: |results| Ok(markdown::render(results)),
};

const CODEQUALITY: Kind = Kind {
    what: "code quality report",
    option: "--codequality",
    render: |results| Ok(ci::codequality(results)?),
};

impl Files {
    /// Whether none is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Files::default()
    }

    /// Writes all that are asked for. One that cannot be written keeps no other from being written.
    pub fn write(&self, results: &Results) -> Vec<FileError> {
        let document = self.json.as_deref();
        let document = document.map(|path| Ok(json::write(results, path)?));
        let texts = [
            (&self.junit, JUNIT),
            (&self.html, HTML),
            (&self.markdown, MARKDOWN),
            (&self.codequality, CODEQUALITY),
        ];
        let texts = texts
            .into_iter()
            .filter_map(|(path, kind)| Some(kind.write(results, path.as_deref()?)));
        document
            .into_iter()
            .chain(texts)
            .filter_map(Result::err)
            .collect()
    }
}

impl Kind {
    fn write(&self, results: &Results, path: &Path) -> Result<(), FileError> {
        let text = (self.render)(results).map_err(|source| FileError::Made {
            what: self.what,
            source,
        })?;
        json::replace(path, &text).map_err(|source| FileError::Write {
            what: self.what,
            option: self.option,
            path: path.into(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn one_that_cannot_be_written_is_told_with_its_option_and_the_others_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("night/results.json");
        let files = Files {
            json: Some(good.clone()),
            junit: Some(folder.path().into()),
            ..Files::default()
        };
        let told: Vec<String> = files
            .write(&sample::results())
            .iter()
            .map(FileError::to_string)
            .collect();
        let path = folder.path().display();
        let [junit] = told.as_slice() else {
            panic!("one report could not be written: {told:?}");
        };
        assert!(
            junit.starts_with(&format!(
                "the JUnit report could not be written to {path}: "
            )) && junit.ends_with("; give --junit a path in a folder that you may write to"),
            "{junit}"
        );
        assert!(good.exists(), "the results are written nevertheless");
    }
}
