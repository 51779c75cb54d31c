//! The scenarios folder: which files there are, and their text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::Diagnostic;
use super::source::{Place, Source};

/// Its requirements.
pub(super) const CATALOGUE: &str = "requirements.toml";
/// Its shared deviations, which may be absent.
pub(super) const DEVIATIONS: &str = "deviations.toml";
/// Parts to start from: no scenarios.
pub(super) const SETUPS: &str = "setups/";

/// Every `.toml` below `dir`, as paths relative to it with `/`, in order; hidden ones are left out.
pub(super) fn toml_files(dir: &Path) -> Result<BTreeSet<String>, Box<Diagnostic>> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    walk(dir, "", &mut seen, &mut found)?;
    Ok(found)
}

fn walk(
    dir: &Path,
    prefix: &str,
    seen: &mut BTreeSet<PathBuf>,
    found: &mut BTreeSet<String>,
) -> Result<(), Box<Diagnostic>> {
    let unreadable = |reason: std::io::Error| {
        Box::new(Diagnostic::without_place(
            format!("cannot read the folder `{}`: {reason}", dir.display()),
            "name the folder that holds your scenarios with --scenarios DIR",
        ))
    };
    // A link to a folder above would lead round in circles.
    if !seen.insert(dir.canonicalize().map_err(unreadable)?) {
        return Ok(());
    }
    for entry in dir.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else {
            continue;
        };
        let relative = format!("{prefix}{name}");
        if name.starts_with('.') {
            continue;
        } else if path.is_dir() {
            walk(&path, &format!("{relative}/"), seen, found)?;
        } else if relative.ends_with(".toml") {
            found.insert(relative);
        }
    }
    Ok(())
}

/// Reads a file of the folder; what is no UTF-8 is an error with a place in it.
pub(super) fn read(dir: &Path, relative: &str) -> (Arc<Source>, Option<Diagnostic>) {
    let path = dir.join(relative);
    let shown = path.display().to_string();
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(reason) => {
            let message = format!("cannot read `{shown}`: {reason}");
            let mistake = Diagnostic::without_place(message, "make it a readable file");
            return (Source::new(&shown, String::new()), Some(mistake));
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => (Source::new(&shown, without_mark(text)), None),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let lossy = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let mark = lossy.len() - without_mark(lossy.clone()).len();
            let source = Source::new(&shown, without_mark(lossy));
            let start = valid - mark.min(valid);
            let place = Place {
                source: source.clone(),
                span: start..start + char::REPLACEMENT_CHARACTER.len_utf8(),
            };
            let mut mistake = Diagnostic::error(&place, "this is no UTF-8", "expected UTF-8 text");
            mistake.help("save the file with the encoding UTF-8");
            (source, Some(mistake))
        }
    }
}

/// Editors put a byte order mark there and count columns without it.
fn without_mark(mut text: String) -> String {
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    text
}
