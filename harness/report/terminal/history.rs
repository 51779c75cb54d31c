//! The history as a table: since when each case and each requirement is as it is, and because of what it changed.

mod news;
#[cfg(test)]
mod tests;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use time::OffsetDateTime;

use super::safe::safe;
use super::style::{DIM, HEAD, paint};
use super::words::{count, wrap};
use crate::history::{CaseHistory, History, RequirementHistory, Standing, State};
use crate::verdict::Status;
pub use news::news;
use words::{
    because_case, because_requirement, minute, standing_words, state_words, style_of,
    style_of_standing,
};

/// Columns before a case's name: `  2026-11-30 02:00  `.
const INDENT: usize = 20;
/// A name that is longer than this moves only its own line.
const MOST: usize = 60;

/// How the history is shown.
#[derive(Clone, Copy, Debug)]
pub struct HistoryLook {
    /// Columns of the terminal.
    pub width: usize,
    /// Also what passes as on its first night.
    pub all: bool,
}

/// Writes the table.
pub fn history(out: &mut dyn Write, history: &History, look: HistoryLook) -> io::Result<()> {
    let line = format!(
        "{}, {} to {} UTC",
        count(history.runs, "run", "runs"),
        minute(history.first),
        minute(history.last)
    );
    writeln!(out, "{}\n", paint(HEAD, line))?;
    let mut pairs: BTreeMap<(&str, &str), Pair<'_>> = BTreeMap::new();
    for case in &history.cases {
        let pair = pairs.entry((&case.build, &case.browser)).or_default();
        pair.cases.push(case);
    }
    for row in &history.requirements {
        let pair = pairs.entry((&row.build, &row.browser)).or_default();
        pair.requirements.push(row);
    }
    for ((build, browser), pair) in pairs {
        let head = format!("{} on {}", safe(build), safe(browser));
        writeln!(out, "{}", paint(HEAD, head))?;
        pair.write(out, look)?;
        writeln!(out)?;
    }
    Ok(())
}

/// What a build shows in a browser.
#[derive(Default)]
struct Pair<'a> {
    cases: Vec<&'a CaseHistory>,
    requirements: Vec<&'a RequirementHistory>,
}

impl Pair<'_> {
    fn write(&self, out: &mut dyn Write, look: HistoryLook) -> io::Result<()> {
        let last = self.cases.iter().map(|case| case.last).max();
        let (shown, quiet): (Vec<&CaseHistory>, Vec<&CaseHistory>) = self
            .cases
            .iter()
            .partition(|case| look.all || !is_quiet(case));
        let width = widest(shown.iter().map(|case| safe(&case.scenario)));
        for case in shown {
            write_case(out, case, last, width, look)?;
        }
        let since: Vec<OffsetDateTime> = quiet.iter().map(|case| case.since).collect();
        write_quiet(out, &since, ["case passes", "cases pass"])?;

        let loud = |row: &RequirementHistory| row.changes.len() > 1 || bad(row);
        let (shown, quiet): (Vec<&RequirementHistory>, Vec<&RequirementHistory>) = self
            .requirements
            .iter()
            .partition(|row| look.all || loud(row));
        let width = widest(shown.iter().map(|row| safe(&row.id)));
        if !self.requirements.is_empty() {
            writeln!(out, "  {}", paint(DIM, "requirements"))?;
        }
        for row in shown {
            write_requirement(out, row, width, look)?;
        }
        let since: Vec<OffsetDateTime> = quiet.iter().map(|row| row.since).collect();
        write_quiet(out, &since, ["requirement holds", "requirements hold"])
    }
}

/// The width of a column that holds these.
fn widest<'a>(texts: impl Iterator<Item = Cow<'a, str>>) -> usize {
    let widths = texts.map(|text| text.chars().count());
    widths.max().unwrap_or(0).min(MOST)
}

/// It passes and was never anything else: a line of its own would say nothing.
fn is_quiet(case: &CaseHistory) -> bool {
    let passes = |state: &State| state.status == Status::Pass && state.known.is_empty();
    matches!(case.changes.as_slice(), [only] if only.causes.is_empty())
        && case.state.as_ref().is_some_and(passes)
}

fn bad(row: &RequirementHistory) -> bool {
    row.standing != Standing::Holds
}

fn write_quiet(
    out: &mut dyn Write,
    since: &[OffsetDateTime],
    [one, many]: [&str; 2],
) -> io::Result<()> {
    let Some(first) = since.iter().min() else {
        return Ok(());
    };
    let line = format!(
        "  {} and always did, the oldest since {} or before",
        count(since.len(), one, many),
        minute(*first)
    );
    writeln!(out, "{}", paint(DIM, line))
}

fn write_case(
    out: &mut dyn Write,
    case: &CaseHistory,
    last: Option<OffsetDateTime>,
    width: usize,
    look: HistoryLook,
) -> io::Result<()> {
    let state = state_words(case.state.as_ref());
    writeln!(
        out,
        "  {}  {:<width$}  {}",
        minute(case.since),
        safe(&case.scenario),
        paint(style_of(case.state.as_ref()), safe(&state))
    )?;
    let mut notes = Vec::new();
    notes.extend(case.changes.last().map(because_case));
    if case.state.is_some() {
        notes.push(count(case.runs, "run", "runs"));
        if last.is_some_and(|last| case.last < last) {
            notes.push(format!("not run since {}", minute(case.last)));
        }
    }
    match case.changes.len().saturating_sub(1) {
        0 | 1 => {}
        changes => notes.push(format!("changed {changes} times")),
    }
    note(out, &notes.join("; "), look.width)
}

fn write_requirement(
    out: &mut dyn Write,
    row: &RequirementHistory,
    width: usize,
    look: HistoryLook,
) -> io::Result<()> {
    writeln!(
        out,
        "  {}  {:<width$}  {}",
        minute(row.since),
        safe(&row.id),
        paint(
            style_of_standing(row.standing),
            standing_words(row.standing)
        )
    )?;
    match row.changes.last() {
        Some(change) => note(out, &because_requirement(change), look.width),
        None => Ok(()),
    }
}

fn note(out: &mut dyn Write, text: &str, width: usize) -> io::Result<()> {
    for line in wrap(&safe(text), width.saturating_sub(INDENT).max(INDENT)) {
        writeln!(out, "{:INDENT$}{}", "", paint(DIM, line))?;
    }
    Ok(())
}
