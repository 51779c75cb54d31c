//! Names of snapshot files: `post/extra-arguments[@build][@browser].snap`, a row's name as
//! folders, and which of them a case is compared with.

use std::path::{Path, PathBuf};

use crate::scenario::{Library, Version};

use super::SnapshotError;
use super::file::{self, File};

/// What a snapshot is of.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotKey<'a> {
    /// The scenario with its row: `failure/matrix/beacon/reset`.
    pub scenario: &'a str,
    /// The library under test.
    pub library: Library,
    /// The build's name.
    pub build: &'a str,
    /// The version that the build reports; `None`: unknown.
    pub version: Option<Version>,
    /// The browser: `firefox`, `chrome`, `webkit`.
    pub browser: &'a str,
}

impl SnapshotKey<'_> {
    /// The build in file names: library and version, else its own name.
    pub fn label(&self) -> String {
        match self.version {
            Some(version) => label(self.library, version),
            None => self.build.replace(['@', '/', '\\'], "-"),
        }
    }

    /// What the header of a file says of the case that it was recorded from.
    pub(super) fn info(&self) -> std::collections::BTreeMap<&'static str, String> {
        [
            ("scenario", self.scenario.to_owned()),
            ("build", self.label()),
            ("browser", self.browser.to_owned()),
        ]
        .into()
    }
}

fn label(library: Library, Version(major, minor, patch): Version) -> String {
    format!("{}-{major}.{minor}.{patch}", library.name())
}

/// The file that all builds and browsers share.
pub(super) fn base(dir: &Path, scenario: &str) -> PathBuf {
    path(dir, scenario, &[])
}

fn path(dir: &Path, scenario: &str, variant: &[&str]) -> PathBuf {
    let suffix: String = variant.iter().map(|part| format!("@{part}")).collect();
    dir.join(format!("{scenario}{suffix}.snap"))
}

/// The file that a case is compared with: of its build, else of the nearest version's, else the
/// base; of its browser before that of any. `None`: there is none.
pub(super) fn choose(dir: &Path, key: &SnapshotKey<'_>) -> Result<Option<PathBuf>, SnapshotError> {
    let of_build = |label: &str| {
        [
            path(dir, key.scenario, &[label, key.browser]),
            path(dir, key.scenario, &[label]),
        ]
    };
    let mut candidates = of_build(&key.label()).to_vec();
    if !candidates.iter().any(|path| path.is_file())
        && let Some(nearest) = nearest_build(dir, key)?
    {
        candidates.extend(of_build(&nearest));
    }
    candidates.push(path(dir, key.scenario, &[key.browser]));
    candidates.push(base(dir, key.scenario));
    Ok(candidates.into_iter().find(|path| path.is_file()))
}

/// The build whose variants stand in for a version without its own; `None`: the base does.
fn nearest_build(dir: &Path, key: &SnapshotKey<'_>) -> Result<Option<String>, SnapshotError> {
    let Some(wanted) = key.version else {
        return Ok(None);
    };
    let mut versions = variant_versions(dir, key)?;
    if versions.is_empty() {
        return Ok(None);
    }
    let base = base(dir, key.scenario);
    let recorded = match base.is_file() {
        true => recorded_version(&file::read(&base)?, key.library),
        false => None,
    };
    versions.extend(recorded);
    let below = versions.iter().filter(|version| **version <= wanted).max();
    let above = versions.iter().filter(|version| **version > wanted).min();
    let nearest = match (below, above) {
        (Some(below), _) => *below,
        // Of what a base of unknown version is nearer to nothing is known.
        (None, Some(above)) if recorded.is_some() || !base.is_file() => *above,
        _ => return Ok(None),
    };
    Ok((Some(nearest) != recorded).then(|| label(key.library, nearest)))
}

/// Versions of the key's library that have variants for its browser or for all.
fn variant_versions(dir: &Path, key: &SnapshotKey<'_>) -> Result<Vec<Version>, SnapshotError> {
    let base = base(dir, key.scenario);
    let folder = base.parent().unwrap_or(dir);
    let stem = base.file_stem().unwrap_or_default().to_string_lossy();
    Ok(list(folder)?
        .iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".snap")?;
            let variant = name.strip_prefix(stem.as_ref())?.strip_prefix('@')?;
            let (build, browser) = match variant.split_once('@') {
                Some((build, browser)) => (build, Some(browser)),
                None => (variant, None),
            };
            let version = build.strip_prefix(key.library.name())?.strip_prefix('-')?;
            browser
                .is_none_or(|browser| browser == key.browser)
                .then(|| Version::parse(version))
                .flatten()
        })
        .collect())
}

fn recorded_version(file: &File, library: Library) -> Option<Version> {
    let build = file.build.as_deref()?;
    Version::parse(build.strip_prefix(library.name())?.strip_prefix('-')?)
}

/// Where a case that differs from `chosen` writes its text: over its own variant and over what
/// was recorded from the same build and browser, else into a variant.
pub(super) fn target(dir: &Path, key: &SnapshotKey<'_>, chosen: &Path, recorded: &File) -> PathBuf {
    let label = key.label();
    let own = [
        path(dir, key.scenario, &[&label, key.browser]),
        path(dir, key.scenario, &[&label]),
    ];
    let same_build = recorded.build.as_deref().is_none_or(|build| build == label);
    let same_browser = recorded
        .browser
        .as_deref()
        .is_none_or(|browser| browser == key.browser);
    if own.iter().any(|path| path == chosen) || (same_build && same_browser) {
        return chosen.to_owned();
    }
    match (same_build, same_browser) {
        (true, _) => path(dir, key.scenario, &[key.browser]),
        (false, true) => path(dir, key.scenario, &[&label]),
        (false, false) => path(dir, key.scenario, &[&label, key.browser]),
    }
}

/// The file that would be used if this variant were not there; `None`: it is no variant.
pub(super) fn without_variant(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_suffix(".snap")?;
    let (scenario, variant) = name.split_once('@')?;
    let wider: Vec<String> = match variant.split_once('@') {
        Some((build, browser)) => vec![
            format!("{scenario}@{build}.snap"),
            format!("{scenario}@{browser}.snap"),
            format!("{scenario}.snap"),
        ],
        None => vec![format!("{scenario}.snap")],
    };
    wider
        .into_iter()
        .map(|name| path.with_file_name(name))
        .find(|path| path.is_file())
}

/// The scenario's name that a file below `dir` belongs to.
pub(super) fn scenario_of(dir: &Path, path: &Path) -> String {
    let below = path.strip_prefix(dir).unwrap_or(path);
    let parts: Vec<_> = below
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let name = parts.join("/");
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", &name));
    let file = file.strip_suffix(".snap").unwrap_or(file);
    let scenario = file.split('@').next().unwrap_or(file);
    match folder {
        "" => scenario.to_owned(),
        folder => format!("{folder}/{scenario}"),
    }
}

/// All snapshot files below a folder, sorted; none if it is not there.
pub(super) fn all(dir: &Path) -> Result<Vec<PathBuf>, SnapshotError> {
    let mut found = Vec::new();
    for path in list(dir)? {
        if path.is_dir() {
            found.extend(all(&path)?);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "snap")
        {
            found.push(path);
        }
    }
    Ok(found)
}

fn list(dir: &Path) -> Result<Vec<PathBuf>, SnapshotError> {
    let failed = |source| SnapshotError::Io {
        path: dir.to_owned(),
        action: "listed",
        source,
    };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}
