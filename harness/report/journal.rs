//! The journal of a run: what it is of, then every case that ended, a JSON line each, written as the run goes. It
//! stands beside the results file until that is written.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::json::{self, make_folder_of};
use super::{CaseResult, Head, SCHEMA};

/// What its name has behind that of the results file.
const EXTENSION: &str = ".partial";

/// Why a journal could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system said no.
    #[error("the journal {path} could not be written: {source}")]
    Write {
        /// The journal.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file system said no.
    #[error("the journal {path} could not be read: {source}")]
    Read {
        /// The journal.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file system said no.
    #[error(
        "the journal {path} could not be removed: {source}; remove it, its results are written"
    )]
    Remove {
        /// The journal.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Another process has it open.
    #[error("another run is writing {path}; wait for its end, or give --json another path")]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// A line that this version of posttrack did not write.
    #[error("{path}:{line}: {what}; leave out --resume to run every case again")]
    Broken {
        /// The journal.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

/// Where the journal of a run stands that writes its results to this file; `None`: there is none beside a stream
/// (`/dev/stdout`, a pipe).
pub fn path_beside(results: &Path) -> Option<PathBuf> {
    if json::is_stream(results) {
        return None;
    }
    let mut name = OsString::from(results.file_name()?);
    name.push(EXTENSION);
    Some(results.with_file_name(name))
}

/// Whether a run may write here: no other one does.
pub fn must_be_free(path: &Path) -> Result<(), JournalError> {
    match File::open(path) {
        Ok(file) => lock(&file, path),
        // What else may be wrong with it is told by whoever reads or writes it.
        Err(_) => Ok(()),
    }
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Begins a journal with what was finished before, in place of any that is there.
    pub fn begin<'a>(
        path: &Path,
        head: &Head,
        finished: impl IntoIterator<Item = &'a CaseResult>,
    ) -> Result<Journal, JournalError> {
        must_be_free(path)?;
        let begin = || {
            let mut text = line(head)?;
            for case in finished {
                text.extend(line(case)?);
            }
            make_folder_of(path)?;
            // As a whole: until then the one that is there still counts.
            let temporary = json::temporary(path)?;
            let begun = File::create(&temporary).and_then(|mut file| {
                file.write_all(&text)?;
                fs::rename(&temporary, path)?;
                Ok(file)
            });
            if begun.is_err() {
                // The first error is the one to tell.
                let _ = fs::remove_file(&temporary);
            }
            begun
        };
        let file = begin().map_err(|source| JournalError::Write {
            path: path.into(),
            source,
        })?;
        lock(&file, path)?;
        Ok(Journal {
            path: path.into(),
            file,
        })
    }

    /// Adds a case that ended. After an error nothing more may be added.
    pub fn add(&mut self, case: &CaseResult) -> Result<(), JournalError> {
        let written = line(case).and_then(|line| self.file.write_all(&line));
        written.map_err(|source| JournalError::Write {
            path: self.path.clone(),
            source,
        })
    }
}

/// Removes a journal, if there is one: its results are written.
pub fn remove(path: &Path) -> Result<(), JournalError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|source| JournalError::Remove {
            path: path.into(),
            source,
        }),
    }
}

fn line(what: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    Ok(line)
}

/// Locks the file for as long as it is open. Where locks are not to be had, two runs at once are not noticed.
fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse { path: path.into() }),
        _ => Ok(()),
    }
}

/// Reads a journal; `None` if there is no such file.
pub fn read(path: &Path) -> Result<Option<(Head, Vec<CaseResult>)>, JournalError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(JournalError::Read {
                path: path.into(),
                source,
            });
        }
    };
    let read = parse(&bytes).map_err(|(line, what)| JournalError::Broken {
        path: path.into(),
        line,
        what,
    });
    read.map(Some)
}

/// What a journal says; else the number of the line that is wrong, and what is wrong with it. A last line without its
/// end was being written when the run was killed, and is as good as none.
fn parse(bytes: &[u8]) -> Result<(Head, Vec<CaseResult>), (usize, String)> {
    let whole = bytes.split_inclusive(|byte| *byte == b'\n');
    let whole = whole.take_while(|line| line.ends_with(b"\n"));
    let mut lines = (1..).zip(whole);
    let Some((first, head)) = lines.next() else {
        return Err((1, "this line should say what the run is of".into()));
    };
    let head: Head = from_line(head).map_err(|what| (first, what))?;
    if head.schema != SCHEMA {
        let what = format!("the results are of format {}, not {SCHEMA}", head.schema);
        return Err((first, what));
    }
    let planned: HashSet<&str> = head.plan.iter().map(|case| case.name.as_str()).collect();
    let mut seen = HashSet::new();
    let mut cases = Vec::new();
    for (number, text) in lines {
        let case: CaseResult = from_line(text).map_err(|what| (number, what))?;
        let name = case.name();
        if !planned.contains(name.as_str()) {
            return Err((number, format!("{name} is no case of this run")));
        }
        if !seen.insert(name.clone()) {
            return Err((number, format!("{name} ended before")));
        }
        cases.push(case);
    }
    Ok((head, cases))
}

fn from_line<T: serde::de::DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| format!("this is no line of a journal ({error})"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample;
    use super::*;

    fn names(cases: &[CaseResult]) -> Vec<String> {
        cases.iter().map(CaseResult::name).collect()
    }

    /// A journal of the sample run.
    fn written(folder: &Path) -> (PathBuf, Journal) {
        let results = sample::results();
        let path = folder.join("night/results.json.partial");
        let (before, after) = results.cases.split_at(2);
        let mut journal = Journal::begin(&path, &Head::from(&results), before).unwrap();
        for case in after {
            journal.add(case).unwrap();
        }
        (path, journal)
    }

    fn bytes() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        fs::read(written(folder.path()).0).unwrap()
    }

    fn error_of(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.json.partial");
        fs::write(&path, text).unwrap();
        let error = read(&path).unwrap_err().to_string();
        error.replace(&folder.path().display().to_string(), "DIR")
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let (path, journal) = written(folder.path());
        let (head, cases) = read(&path).unwrap().expect("it is there");
        let results = sample::results();
        assert_eq!(head.differences(&Head::from(&results)), [""; 0]);
        assert_eq!(head.started, results.started);
        let as_json = |cases: &[CaseResult]| serde_json::to_value(cases).unwrap();
        assert_eq!(as_json(&cases), as_json(&results.cases));
        drop(journal);
        remove(&path).unwrap();
        remove(&path).expect("that there is none is what was wanted");
        assert!(read(&path).unwrap().is_none());
        let left = fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(left, 0, "nothing else is left");
    }

    #[test]
    fn it_stands_beside_the_results_unless_they_are_no_file() {
        let beside = |path: &str| path_beside(Path::new(path));
        assert_eq!(beside("a/r.json"), Some("a/r.json.partial".into()));
        assert_eq!(beside("/dev/stdout"), None);
        assert_eq!(beside("/dev/null"), None);
    }

    #[test]
    fn a_second_run_may_not_write_it_and_a_later_one_replaces_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, journal) = written(folder.path());
        let results = sample::results();
        let begin = || Journal::begin(&path, &Head::from(&results), &[]);
        let error = begin().unwrap_err().to_string();
        assert_eq!(
            error.replace(&path.display().to_string(), "JOURNAL"),
            "another run is writing JOURNAL; wait for its end, or give --json another path"
        );
        assert_eq!(read(&path).unwrap().unwrap().1.len(), 7, "it is untouched");
        drop(journal);
        let later = begin().expect("the other run is over");
        assert_eq!(read(&path).unwrap().unwrap().1.len(), 0);
        let error = begin().unwrap_err();
        assert!(matches!(error, JournalError::InUse { .. }), "{error}");
        drop(later);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let path = file.join("r.json.partial");
        let head = Head::from(&sample::results());
        let error = Journal::begin(&path, &head, &[]).unwrap_err().to_string();
        let message = format!("the journal {} could not be written: ", path.display());
        assert!(error.starts_with(&message), "{error}");
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let file = File::options().write(true).open("/dev/full").unwrap();
        let mut journal = Journal {
            path: "r.json.partial".into(),
            file,
        };
        let error = journal.add(&sample::passed()).unwrap_err().to_string();
        assert!(
            error.starts_with("the journal r.json.partial could not be written: No space left"),
            "{error}"
        );
    }

    #[test]
    fn broken_lines_are_told_with_their_place() {
        let all_again = "; leave out --resume to run every case again";
        let assert = |text: &str, what: &str| {
            let told = format!("DIR/r.json.partial:{what}{all_again}");
            assert_eq!(error_of(text), told);
        };
        assert("", "1: this line should say what the run is of");
        assert(
            "{}\n",
            "1: this is no line of a journal (missing field `schema` at line 1 column 2)",
        );
        let text = String::from_utf8(bytes()).unwrap();
        let other = text.replacen("\"schema\":1", "\"schema\":9", 1);
        assert(&other, "1: the results are of format 9, not 1");
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let with_third = |line: &str| {
            let mut lines = lines.clone();
            lines[2] = line;
            lines.concat()
        };
        assert(
            &with_third("{\"scenario\":\n"),
            "3: this is no line of a journal (EOF while parsing a value at line 2 column 0)",
        );
        let name = "firefox::appmeasurement-2.23.0::post/extra-arguments";
        assert(&with_third(lines[1]), &format!("3: {name} ended before"));
        let renamed = lines[1].replacen("post/extra", "post/other", 1);
        let name = name.replace("extra", "other");
        assert(
            &with_third(&renamed),
            &format!("3: {name} is no case of this run"),
        );
    }

    proptest! {
        #[test]
        fn a_cut_journal_is_a_prefix_of_its_cases_or_refused_with_a_place(cut in 0.0..=1.0_f64) {
            let bytes = bytes();
            let kept = &bytes[..(bytes.len() as f64 * cut) as usize];
            let all = names(&sample::results().cases);
            match parse(kept) {
                Ok((_, cases)) => {
                    let whole = kept.iter().filter(|byte| **byte == b'\n').count() - 1;
                    prop_assert_eq!(names(&cases), &all[..whole]);
                }
                Err((line, _)) => {
                    prop_assert_eq!(line, 1, "only a cut in the first line loses what the run is of");
                    prop_assert!(!kept.contains(&b'\n'));
                }
            }
        }

        #[test]
        fn a_spoiled_journal_never_gives_cases_of_another_run(at in 0.0..1.0_f64, byte: u8) {
            let mut bytes = bytes();
            let at = (bytes.len() as f64 * at) as usize;
            bytes[at] = byte;
            if let Ok((head, cases)) = parse(&bytes) {
                let planned: Vec<_> = head.plan.into_iter().map(|case| case.name).collect();
                prop_assert!(names(&cases).iter().all(|name| planned.contains(name)));
            }
        }
    }
}
