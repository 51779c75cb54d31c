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
use crate::history::{CaseHistory, History, RequirementHistory, Standing};
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
    /// A line for everything, and not only for what does not pass or changed in the last run.
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
        let is_new = |since| last.is_some_and(|last| since >= last);
        let (shown, quiet): (Vec<&CaseHistory>, Vec<&CaseHistory>) = self
            .cases
            .iter()
            .partition(|case| look.all || is_bad(case) || is_changed(case) && is_new(case.since));
        let width = widest(shown.iter().map(|case| safe(&case.scenario)));
        for case in shown {
            write_case(out, case, last, width, look)?;
        }
        write_quiet(out, &quiet_cases(&quiet))?;

        if !self.requirements.is_empty() {
            writeln!(out, "  {}", paint(DIM, "requirements"))?;
        }
        let (shown, quiet): (Vec<&RequirementHistory>, Vec<&RequirementHistory>) =
            self.requirements.iter().partition(|row| {
                let changed = row.changes.len() > 1 && is_new(row.since);
                look.all || row.standing == Standing::Violated || changed
            });
        let width = widest(shown.iter().map(|row| safe(&row.id)));
        for row in shown {
            write_requirement(out, row, width, look)?;
        }
        write_quiet(out, &quiet_requirements(&quiet))
    }
}

/// A person must look at it, whatever night it is.
fn is_bad(case: &CaseHistory) -> bool {
    let state = case.state.as_ref();
    state.is_some_and(|state| state.status != Status::Pass)
}

/// Something is known of how it came to be what it is.
fn is_changed(case: &CaseHistory) -> bool {
    let last = case.changes.last();
    last.is_some_and(|change| !change.causes.is_empty())
}

/// What of the cases has no line of its own, in numbers.
fn quiet_cases(quiet: &[&CaseHistory]) -> Vec<String> {
    let (there, gone): (Vec<&CaseHistory>, Vec<&CaseHistory>) =
        quiet.iter().partition(|case| case.state.is_some());
    let (changed, always): (Vec<&CaseHistory>, Vec<&CaseHistory>) =
        there.iter().partition(|case| is_changed(case));
    let pass = |cases: &[&CaseHistory]| count(cases.len(), "case passes", "cases pass");
    let mut lines = Vec::new();
    if !always.is_empty() {
        lines.push(format!("{} as always", pass(&always)));
    }
    if let Some(newest) = changed.iter().map(|case| case.since).max() {
        let newest = minute(newest);
        lines.push(format!(
            "{} since an earlier change, the newest of {newest}",
            pass(&changed)
        ));
    }
    if !gone.is_empty() {
        let gone = count(gone.len(), "case", "cases");
        lines.push(format!("{gone} gone since an earlier run"));
    }
    lines
}

/// The same of the requirements.
fn quiet_requirements(quiet: &[&RequirementHistory]) -> Vec<String> {
    let standings = [Standing::Holds, Standing::Known, Standing::Unproven];
    let lines = standings.into_iter().filter_map(|standing| {
        let rows = quiet.iter().filter(|row| row.standing == standing);
        let since: Vec<OffsetDateTime> = rows.map(|row| row.since).collect();
        let newest = minute(*since.iter().max()?);
        let number = count(since.len(), "requirement", "requirements");
        let words = standing_words(standing);
        Some(format!("{number}: {words}, the newest since {newest}"))
    });
    lines.collect()
}

/// The width of a column that holds these.
fn widest<'a>(texts: impl Iterator<Item = Cow<'a, str>>) -> usize {
    let widths = texts.map(|text| text.chars().count());
    widths.max().unwrap_or(0).min(MOST)
}

fn write_quiet(out: &mut dyn Write, lines: &[String]) -> io::Result<()> {
    for line in lines {
        writeln!(out, "  {}", paint(DIM, line))?;
    }
    Ok(())
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
