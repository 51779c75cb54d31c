//! The text of a run's file: JSON, the run in the first line and a case in each that follows.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{FORMAT, HistoryError, Kept, Night, Run};

/// Writes a run.
pub(super) fn write(night: &Night) -> serde_json::Result<String> {
    let mut text = serde_json::to_string(&night.run)?;
    for case in &night.cases {
        text.push('\n');
        text.push_str(&serde_json::to_string(case)?);
    }
    text.push('\n');
    Ok(text)
}

/// Reads what [`write`] wrote; `path` is what people are shown.
pub(super) fn read(text: &str, path: &Path) -> Result<Night, HistoryError> {
    let mut lines = text.lines();
    let run = head(lines.next().unwrap_or_default(), path)?;
    let mut cases = Vec::with_capacity(run.cases.min(text.len()));
    for (line, number) in lines.zip(2..) {
        let place = Place { path, line: number };
        let case: Kept = place.parse(line, "no case of a run")?;
        place.check(&case, &run)?;
        cases.push(case);
    }
    if cases.len() != run.cases {
        let (line, found) = (cases.len() + 2, cases.len());
        let what = format!(
            "there should be {} cases, and the file has {found}",
            run.cases
        );
        return Err(Place { path, line }.broken(1, what));
    }
    Ok(Night { run, cases })
}

/// Reads the first line.
pub(super) fn head(line: &str, path: &Path) -> Result<Run, HistoryError> {
    /// What a file of any format has.
    #[derive(Deserialize)]
    #[serde(expecting = "a run of a history")]
    struct Any {
        history: u32,
    }
    let place = Place { path, line: 1 };
    if line.trim().is_empty() {
        return Err(place.broken(1, "the file is empty".to_owned()));
    }
    let Any { history } = place.parse(line, "no run of a history")?;
    match history {
        FORMAT => place.parse(line, "no run of a history"),
        format => Err(HistoryError::Format {
            path: path.into(),
            format,
        }),
    }
}

#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a Path,
    line: usize,
}

impl Place<'_> {
    fn parse<T: DeserializeOwned>(self, line: &str, wanted: &str) -> Result<T, HistoryError> {
        serde_json::from_str(line).map_err(|error| {
            let message = error.to_string();
            // serde_json counts lines in what it is given, which is one line.
            let why = message.rsplit_once(" at line ").map_or("", |(why, _)| why);
            self.broken(error.column().max(1), format!("this is {wanted}: {why}"))
        })
    }

    /// What it names by place must be there.
    fn check(self, case: &Kept, run: &Run) -> Result<(), HistoryError> {
        let named = [
            ("build", case.build, run.builds.len()),
            ("browser", case.browser, run.browsers.len()),
            ("verdicts", case.verdicts, run.verdicts.len()),
        ];
        match named.iter().find(|(_, place, there)| place >= there) {
            None => Ok(()),
            Some((key, place, there)) => {
                let what = format!("`{key}` is {place}, and the first line has {there} of them");
                Err(self.broken(1, what))
            }
        }
    }

    fn broken(self, column: usize, what: String) -> HistoryError {
        HistoryError::Broken {
            path: self.path.into(),
            line: self.line,
            column,
            what,
        }
    }
}
