//! The results of the last run over a scenarios folder, kept in the cache for `show` and `list`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::{Failure, tell};
use crate::report::terminal::safe;
use crate::report::{Results, json};

/// Where they are kept; `None` without a cache folder.
fn path(scenarios: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(scenarios).unwrap_or_else(|_| scenarios.into());
    let mut hasher = DefaultHasher::new();
    absolute.hash(&mut hasher);
    let name = format!("{:016x}.json", hasher.finish());
    Some(
        drivers::Environment::capture()
            .cache?
            .join("last-run")
            .join(name),
    )
}

/// Keeps the results. That they cannot be kept is told and hurts nobody else.
pub fn keep(results: &Results, scenarios: &Path) {
    let Some(path) = path(scenarios) else {
        return;
    };
    if let Err(error) = json::write(results, &path) {
        tell(format_args!(
            "posttrack: `posttrack show` will not know this run: {error}"
        ));
    }
}

/// Which run the results are of: it may have been of a few cases only.
pub fn which(results: &Results) -> String {
    // `2026-11-24T12:01:12.25Z`: what is behind the seconds is for machines.
    let second = results.finished.split(['.', 'Z']).next();
    let ended = second.unwrap_or_default().replace('T', " ");
    let of = match results.selected.is_empty() {
        true => "every case".to_owned(),
        false => results.selected.join(" "),
    };
    safe(&format!("the run of {of} that ended {ended} UTC")).into_owned()
}

/// The results, if there was a run.
pub fn load(scenarios: &Path) -> Result<Option<Results>, Failure> {
    match path(scenarios) {
        Some(path) => json::read(&path).map_err(Failure::of),
        None => Ok(None),
    }
}
