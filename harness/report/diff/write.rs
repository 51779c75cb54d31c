//! The comparison as files.

use std::io;
use std::path::{Path, PathBuf};

use schemars::generate::SchemaSettings;

use super::html::html;
use super::model::Comparison;
use crate::report::json;

/// Why a comparison could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system said no.
    #[error(
        "the comparison could not be written to {path}: {source}; give {option} a path in a folder that you may write to"
    )]
    Write {
        /// Where it should have gone.
        path: PathBuf,
        /// The option of the command line.
        option: &'static str,
        /// What it said.
        source: io::Error,
    },
    /// The page could not be made.
    #[error("the comparison could not be made a page, which is a bug of posttrack: {0}")]
    Page(#[from] minijinja::Error),
}

/// Writes it as JSON; [`schema`] describes it.
pub fn write_json(comparison: &Comparison, path: &Path) -> Result<(), WriteError> {
    let text = serde_json::to_string_pretty(comparison).map_err(io::Error::from);
    let written = text.and_then(|text| json::replace(path, &(text + "\n")));
    written.map_err(|source| WriteError::Write {
        path: path.into(),
        option: "--json",
        source,
    })
}

/// Writes it as a page.
pub fn write_html(comparison: &Comparison, path: &Path) -> Result<(), WriteError> {
    let page = html(comparison)?;
    json::replace(path, &page).map_err(|source| WriteError::Write {
        path: path.into(),
        option: "--html",
        source,
    })
}

/// The JSON Schema (draft 2020-12) of the document, as `diff.schema.json` holds it.
pub fn schema() -> String {
    let schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<Comparison>();
    format!("{:#}\n", schema.as_value())
}
