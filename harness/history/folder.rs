//! The folder of a history: a file a run, in any number of copies and under any name.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use super::{Digest, HistoryError, Night, Run, text};

/// What its files are called at the end; others are left alone.
const EXTENSION: &str = "jsonl";

/// The runs of a folder, oldest first.
#[derive(Debug)]
pub struct Folder {
    runs: Vec<Filed>,
}

/// A run, and the files that hold it.
#[derive(Debug)]
struct Filed {
    run: Run,
    path: PathBuf,
    /// The same under other names.
    copies: Vec<PathBuf>,
}

impl Folder {
    /// Looks which runs there are. A folder that is not there has none.
    ///
    /// # Errors
    /// A folder or file that cannot be read, or is not what posttrack wrote.
    pub fn open(dir: &Path) -> Result<Folder, HistoryError> {
        let mut runs: Vec<Filed> = Vec::new();
        for path in files(dir)? {
            let run = head(&path)?;
            let mut earlier = runs.iter_mut().filter(|known| known.run == run);
            let copy = earlier.find_map(|known| match same(&known.path, &path) {
                Ok(false) => None,
                Ok(true) => Some(Ok(known)),
                Err(error) => Some(Err(error)),
            });
            match copy.transpose()? {
                Some(known) => known.copies.push(path),
                None => runs.push(Filed {
                    run,
                    path,
                    copies: Vec::new(),
                }),
            }
        }
        runs.sort_by(|a, b| (a.run.started, &a.path).cmp(&(b.run.started, &b.path)));
        Ok(Folder { runs })
    }

    /// How many runs there are.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The runs, oldest first, each read when it is asked for.
    pub fn nights(&self) -> impl Iterator<Item = Result<Night, HistoryError>> {
        self.runs.iter().map(|filed| {
            let text = fs::read_to_string(&filed.path).map_err(unreadable(&filed.path))?;
            text::read(&text, &filed.path)
        })
    }

    /// Removes all runs but the newest `keep`, and says how many that were.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub fn prune(self, keep: usize) -> Result<usize, HistoryError> {
        let old = self.runs.len().saturating_sub(keep);
        for filed in self.runs.into_iter().take(old) {
            for path in filed.copies.into_iter().chain([filed.path]) {
                fs::remove_file(&path).map_err(|source| HistoryError::Remove { path, source })?;
            }
        }
        Ok(old)
    }
}

/// Adds a run to a folder, which is made if it is not there, and says which file holds it now.
///
/// # Errors
/// A folder that cannot be written to.
pub fn add(dir: &Path, night: &Night) -> Result<PathBuf, HistoryError> {
    let unwritable = |source| HistoryError::Write {
        path: dir.into(),
        source,
    };
    let text = text::write(night).map_err(|error| unwritable(error.into()))?;
    let name = name(night.run.started, &text).map_err(unwritable)?;
    let path = dir.join(format!("{name}.{EXTENSION}"));
    // A reader, or a second copy of the folder, sees the whole file or none.
    let temporary = dir.join(format!(".{name}.{}.tmp", std::process::id()));
    let written = fs::create_dir_all(dir)
        .and_then(|()| fs::write(&temporary, text))
        .and_then(|()| fs::rename(&temporary, &path));
    written.map_err(|source| {
        // The first error is the one to tell; a file that was never made cannot be removed.
        let _ = fs::remove_file(&temporary);
        unwritable(source)
    })?;
    Ok(path)
}

/// `2026-11-30T02-00-00Z-0123456789abcdef`: in order of time where people list them, and never the
/// name of another run.
fn name(started: OffsetDateTime, text: &str) -> io::Result<String> {
    let format = format_description!("[year]-[month]-[day]T[hour]-[minute]-[second]Z");
    let time = started.to_offset(UtcOffset::UTC).format(format);
    let time = time.map_err(io::Error::other)?;
    Ok(format!("{time}-{}", Digest::of(text.as_bytes())))
}

/// The files of a folder, by name.
fn files(dir: &Path) -> Result<Vec<PathBuf>, HistoryError> {
    let unreadable = |source| HistoryError::Folder {
        path: dir.into(),
        source,
    };
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if !is_hidden(&path) && path.extension().is_some_and(|found| found == EXTENSION) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Some systems put a hidden file of their own beside each.
fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().map(OsStr::to_string_lossy);
    name.is_some_and(|name| name.starts_with('.'))
}

fn head(path: &Path) -> Result<Run, HistoryError> {
    let mut line = String::new();
    let file = fs::File::open(path).map_err(unreadable(path))?;
    BufReader::new(file)
        .read_line(&mut line)
        .map_err(unreadable(path))?;
    text::head(line.trim_end(), path)
}

fn same(a: &Path, b: &Path) -> Result<bool, HistoryError> {
    let read = |path: &Path| fs::read(path).map_err(unreadable(path));
    Ok(read(a)? == read(b)?)
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> HistoryError + '_ {
    |source| HistoryError::Read {
        path: path.into(),
        source,
    }
}
