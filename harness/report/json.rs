//! The results as a JSON document, and its JSON Schema.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::{Results, SCHEMA};

/// Why a results document could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The file system said no.
    #[error(
        "the results could not be written to {path}: {source}; give --json a path in a folder that you may write to"
    )]
    Write {
        /// Where they should have gone.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file system said no.
    #[error("the results in {path} could not be read: {source}")]
    Read {
        /// Where they should be.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file is no results document of this format.
    #[error(
        "{path} is no results document of format {SCHEMA}: {what}; run `posttrack run` again to replace it"
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

/// The document's text, ending in a line break.
fn document(results: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(results).map(|text| text + "\n")
}

/// Writes the document so that a reader sees the old file or the whole new one. Missing folders
/// are made. A stream (`/dev/stdout`, a pipe) is written to directly.
pub fn write(results: &Results, path: &Path) -> Result<(), JsonError> {
    write_document(results, path)
}

/// Writes any document in the way of [`write`].
pub fn write_document(results: &impl Serialize, path: &Path) -> Result<(), JsonError> {
    document(results)
        .map_err(io::Error::from)
        .and_then(|text| replace(path, &text))
        .map_err(|source| JsonError::Write {
            path: path.into(),
            source,
        })
}

/// Replaces the file by the text, at once, also the one that a link leads to; a stream is written to directly.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    if is_stream(path) {
        return write_to_stream(path, text);
    }
    make_folder_of(path)?;
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    let temporary = temporary(&path)?;
    let written = fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        // The first error is the one to tell; a temporary file that was never made cannot be removed.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Whether the path names something that is written to and cannot be replaced: a pipe, a device, or `/dev/stdout`,
/// also where that leads to a regular file because the shell redirected it.
pub(super) fn is_stream(path: &Path) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc"]
        .iter()
        .any(|open| path.starts_with(open))
        || fs::metadata(path).is_ok_and(|file| !file.is_file() && !file.is_dir())
}

/// Our own streams are not opened again: a redirected one would begin anew at the file's first byte.
fn write_to_stream(path: &Path, text: &str) -> io::Result<()> {
    if path == Path::new("/dev/stdout") {
        io::stdout().lock().write_all(text.as_bytes())
    } else if path == Path::new("/dev/stderr") {
        io::stderr().lock().write_all(text.as_bytes())
    } else {
        fs::write(path, text)
    }
}

/// Makes the folder that the file is to stand in.
pub(super) fn make_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::create_dir_all(folder),
        _ => Ok(()),
    }
}

/// A name beside the file that no other process uses.
pub(super) fn temporary(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it does not name a file"))?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    Ok(path.with_file_name(temporary))
}

/// Reads a document that [`write`] wrote; `None` if there is no such file.
pub fn read(path: &Path) -> Result<Option<Results>, JsonError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(JsonError::Read {
                path: path.into(),
                source,
            });
        }
    };
    let wrong = |what: String| JsonError::Format {
        path: path.into(),
        what,
    };
    let results: Results = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if results.schema != SCHEMA {
        return Err(wrong(format!("it says format {}", results.schema)));
    }
    Ok(Some(results))
}

/// The JSON Schema (draft 2020-12) of the document, as `results.schema.json` holds it.
pub fn schema() -> String {
    schema_of::<Results>()
}

/// The JSON Schema (draft 2020-12) of any document.
pub fn schema_of<T: JsonSchema>() -> String {
    let schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>();
    format!("{:#}\n", schema.as_value())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_checked_in_schema_is_generated_from_the_types() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/harness/report/results.schema.json"
        );
        let checked_in = fs::read_to_string(path).unwrap_or_default();
        assert!(
            checked_in == schema(),
            "harness/report/results.schema.json is stale; write it anew with\n  \
             cargo run -- schema results > harness/report/results.schema.json"
        );
    }

    #[test]
    fn a_document_is_valid_by_the_schema_and_a_wrong_one_is_not() {
        let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let good = serde_json::to_value(sample::results()).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&good)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));

        let mut bad = good.clone();
        bad["cases"][0]["status"] = "passed".into();
        assert!(!validator.is_valid(&bad), "`passed` is no status");
        let mut bad = good;
        bad.as_object_mut().unwrap().remove("exit");
        assert!(!validator.is_valid(&bad), "the exit code is required");
    }

    #[test]
    fn what_is_written_is_read_back_and_folders_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reports/night/results.json");
        assert!(read(&path).unwrap().is_none(), "there is none yet");
        let results = sample::results();
        write(&results, &path).unwrap();
        let back = read(&path).unwrap().expect("it was written");
        assert_eq!(
            serde_json::to_value(&back).unwrap(),
            serde_json::to_value(&results).unwrap()
        );
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "no temporary file is left: {left:?}");
    }

    #[test]
    fn the_file_that_a_link_leads_to_is_replaced_and_the_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (
            folder.path().join("night.json"),
            folder.path().join("latest.json"),
        );
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&sample::results(), &link).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(read(&file).unwrap().is_some(), "the new document is there");
    }

    #[test]
    fn a_file_in_shared_memory_is_a_file_and_an_open_descriptor_is_not() {
        assert!(!is_stream(Path::new("/dev/shm/results.json")));
        for stream in ["/dev/stdout", "/dev/fd/3", "/proc/self/fd/1", "/dev/null"] {
            assert!(is_stream(Path::new(stream)), "{stream}");
        }
    }

    #[test]
    fn an_unwritable_path_is_named_and_the_old_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "old").unwrap();
        let below_a_file = file.join("results.json");
        let error = write(&sample::results(), &below_a_file).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains(&below_a_file.display().to_string()) && message.contains("--json"),
            "{message}"
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        let error = write(&sample::results(), folder.path()).unwrap_err();
        assert!(matches!(error, JsonError::Write { .. }), "{error}");
        assert!(folder.path().is_dir(), "a folder is not replaced");
    }

    #[test]
    fn a_document_of_another_format_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.json");
        let mut results = sample::results();
        results.schema = 99;
        write(&results, &path).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("it says format 99"), "{error}");
        fs::write(&path, "{}").unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("posttrack run"), "{error}");
    }
}
