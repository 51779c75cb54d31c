//! Snapshots: which file a case is compared with, the comparison, and writing in insta's format,
//! so that `cargo insta review` and `posttrack run` work on the same files.
//! Only this folder reads and writes them.

mod file;
mod lookup;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use super::{Compared, Finding, FindingKind};

pub use lookup::SnapshotKey;

/// Why snapshots could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A file is no snapshot.
    #[error("{} cannot be read as a snapshot: {reason}; delete it or restore it, then run again", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file or folder could not be reached.
    #[error("{} cannot be {action}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// `listed` or `written`.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What may be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Update {
    /// Nothing.
    #[default]
    Never,
    /// Snapshots of cases that have none.
    Missing,
    /// These, and those that differ.
    Changed,
}

/// The text of a case compared with its snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How it compares (as before anything was written).
    pub compared: Compared,
    /// The file it was compared with, or the one that would be its base.
    pub path: PathBuf,
    /// A file was written.
    pub written: bool,
}

/// Compares a case's text with the file that is meant for it, and writes it if `update` says so:
/// a new base, or over a file of the same build and browser, or as a variant of another one's. Whether anything may be written at all (never in CI unless asked for, never from a
/// retried case) is the caller's to decide.
///
/// # Errors
/// A file that is there and cannot be read, or cannot be written.
pub fn compare(
    dir: &Path,
    key: &SnapshotKey<'_>,
    text: &str,
    update: Update,
) -> Result<Comparison, SnapshotError> {
    let chosen = lookup::choose(dir, key)?;
    let Some(path) = chosen else {
        let path = lookup::base(dir, key.scenario);
        let written = update != Update::Never;
        if written {
            file::write(&path, key, text)?;
        }
        return Ok(Comparison {
            compared: Compared::New,
            path,
            written,
        });
    };
    let old = file::read(&path)?;
    if file::normal(&old.text) == file::normal(text) {
        let compared = match path == lookup::base(dir, key.scenario) {
            true => Compared::Same,
            false => Compared::Variant,
        };
        return Ok(Comparison {
            compared,
            path,
            written: false,
        });
    }
    let written = update == Update::Changed;
    if written {
        file::write(&lookup::target(dir, key, &path, &old), key, text)?;
    }
    let diff = diff(&old.text, text);
    let recorded = old.build.filter(|build| *build != key.label());
    Ok(Comparison {
        compared: Compared::Changed { diff, recorded },
        path,
        written,
    })
}

/// Asserts a case's text through insta, for `cargo test` and `cargo insta review`: the same file
/// and the same decision as [`compare`]. It panics if they differ, as insta does; what it leaves
/// for a review is meant for the file that [`compare`] would write. It asks for one at a time, so
/// that builds without a common base do not write into each other's.
///
/// # Errors
/// A file that is there and cannot be read.
pub fn compare_with_insta(
    dir: &Path,
    key: &SnapshotKey<'_>,
    text: &str,
) -> Result<(), SnapshotError> {
    let path = match lookup::choose(dir, key)? {
        None => lookup::base(dir, key.scenario),
        Some(path) => {
            let old = file::read(&path)?;
            match file::normal(&old.text) == file::normal(text) {
                true => path,
                false => lookup::target(dir, key, &path, &old),
            }
        }
    };
    // insta takes a relative folder to be beside the source file.
    let path = std::path::absolute(&path).unwrap_or(path);
    let folder = path.parent().unwrap_or(dir);
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_info(&key.info());
    let _alone = file::alone(dir);
    settings.bind(|| insta::assert_snapshot!(name.as_ref(), text));
    Ok(())
}

/// Variants that say the same as what they are a variant of, as findings.
///
/// # Errors
/// A folder that cannot be listed or a file that cannot be read.
pub fn redundant_variants(dir: &Path) -> Result<Vec<Finding>, SnapshotError> {
    let mut findings = Vec::new();
    for path in lookup::all(dir)? {
        let Some(base) = lookup::without_variant(&path) else {
            continue;
        };
        let equal = base.is_file()
            && file::normal(&file::read(&path)?.text) == file::normal(&file::read(&base)?.text);
        if equal {
            findings.push(finding(
                &path,
                format!("the variant is equal to {}; delete it", base.display()),
            ));
        }
    }
    Ok(findings)
}

/// Snapshots that belong to none of these scenarios (names with their rows), as findings. For
/// runs that leave no scenario out.
///
/// # Errors
/// A folder that cannot be listed.
pub fn unreferenced<'a>(
    dir: &Path,
    scenarios: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Finding>, SnapshotError> {
    let known: std::collections::BTreeSet<&str> = scenarios.into_iter().collect();
    Ok(lookup::all(dir)?
        .iter()
        .filter(|path| !known.contains(lookup::scenario_of(dir, path).as_str()))
        .map(|path| {
            finding(
                path,
                "no scenario has this snapshot; delete it or restore the scenario".to_owned(),
            )
        })
        .collect())
}

fn finding(path: &Path, why: String) -> Finding {
    Finding {
        kind: FindingKind::Unreferenced,
        requirement: None,
        cases: Vec::new(),
        why: format!("{}: {why}", path.display()),
        at: Some(path.display().to_string()),
        events: Vec::new(),
    }
}

fn diff(old: &str, new: &str) -> String {
    // A last line without an end would differ from the same line with more behind it.
    let whole = |text: &str| file::normal(text) + "\n";
    similar::TextDiff::from_lines(&whole(old), &whole(new))
        .unified_diff()
        .context_radius(3)
        .header("snapshot", "now")
        .to_string()
}
