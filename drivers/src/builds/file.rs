//! One library file, read and hashed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sha256;
use super::{KnownBuild, Source};
use crate::error::SetupError;
use crate::module::is_module;

/// One concrete library file, read and hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFile {
    /// What the build is called in case names and results.
    pub name: String,
    /// The library, where that is known beforehand.
    pub library: Option<String>,
    /// The library's version, where that is known beforehand.
    pub version: Option<String>,
    /// The file; empty for a script that is in none.
    pub path: PathBuf,
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// The content's sha256, in hexadecimal.
    pub sha256: String,
    /// Where it came from, for people; of a known build, where this very file is published.
    pub source: String,
    /// Whether it is an ES module, which a plain `<script src>` cannot load.
    pub module: bool,
}

impl BuildFile {
    /// Reads a file that somebody named. Without a name it is called like the file, less `.js`.
    pub fn from_path(name: Option<&str>, path: &Path) -> Result<BuildFile, SetupError> {
        let wrong = |problem: String| SetupError::BuildFile {
            path: path.to_owned(),
            problem,
        };
        if path.is_dir() {
            return Err(wrong(
                "is a folder; name the one JavaScript file in it".to_owned(),
            ));
        }
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                wrong("does not exist; give the path of a JavaScript file".to_owned())
            }
            _ => wrong(format!("cannot be read: {error}")),
        })?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(wrong("is empty; give a JavaScript file".to_owned()));
        }
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            return Err(wrong(format!(
                "looks binary (a zero byte at offset {at}); give a JavaScript file as text, unpacked"
            )));
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(BuildFile {
            name: name.map_or_else(|| stem.into_owned(), str::to_owned),
            library: None,
            version: None,
            path: path.to_owned(),
            sha256: sha256(&bytes),
            source: format!("file {}", path.display()),
            module: is_module(&String::from_utf8_lossy(&bytes)),
            bytes: bytes.into(),
        })
    }

    /// A script that is in no file of its own: compiled in, or made out of another build.
    pub fn of_script(name: &str, source: String, script: Arc<[u8]>) -> BuildFile {
        BuildFile {
            name: name.to_owned(),
            library: None,
            version: None,
            path: PathBuf::new(),
            sha256: sha256(&script),
            source,
            module: false,
            bytes: script,
        }
    }

    /// A known build as this source publishes it, kept at `path`.
    pub(super) fn known(
        build: &KnownBuild,
        source: &Source,
        path: PathBuf,
        bytes: Arc<[u8]>,
    ) -> BuildFile {
        BuildFile {
            name: build.name.clone(),
            library: Some(build.library.clone()),
            version: Some(build.version.clone()),
            path,
            bytes,
            sha256: source.sha256.clone(),
            source: source.to_string(),
            module: source.module,
        }
    }
}
