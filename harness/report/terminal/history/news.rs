//! The paragraph at the end of a run: what is new in it, and because of what.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::super::safe::safe;
use super::super::style::{HEAD, paint};
use super::super::words::{count, wrap};
use super::words::{causes_words, minute, some, state_words};
use crate::history::{CaseChange, CaseHistory, History, State};
use crate::verdict::Status;

/// Writes the paragraph about the newest run.
pub fn news(out: &mut dyn Write, history: &History, width: usize) -> io::Result<()> {
    let head = match history.before {
        Some(before) => format!("since the run of {} UTC", minute(before)),
        None => "the first run of these cases in the history".to_owned(),
    };
    writeln!(out, "\n{}", paint(HEAD, head))?;
    let mut lines = changed(history);
    if lines.is_empty() && history.before.is_some() {
        lines.push("nothing changed".to_owned());
    }
    lines.extend(as_before(history));
    for line in lines {
        let wrapped = wrap(&safe(&line), width.saturating_sub(4).max(20));
        for (n, line) in wrapped.iter().enumerate() {
            writeln!(out, "{}{line}", if n == 0 { "  " } else { "    " })?;
        }
    }
    Ok(())
}

/// A line for the cases that became the same for the same reason.
fn changed(history: &History) -> Vec<String> {
    let mut groups: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for case in &history.cases {
        let change = case.changes.last();
        let new = change.filter(|change| change.at == history.last && !change.causes.is_empty());
        if let Some(change) = new {
            groups.entry(became(change)).or_default().push(case.name());
        }
    }
    let lines = groups.into_iter().map(|((state, because), cases)| {
        let number = count(cases.len(), "case", "cases");
        format!("{number} {state}{because}: {}", some(&cases))
    });
    lines.collect()
}

/// The new state, which the lines are sorted by, and what else is to be said.
fn became(change: &CaseChange) -> (String, String) {
    let words = |state: &Option<State>| state_words(state.as_ref());
    let now = words(&change.to);
    match (&change.from, &change.to) {
        (None, _) => (now, ", new".to_owned()),
        (from, None) => (now, format!(", {} before", words(from))),
        (from, _) => {
            let because = causes_words(&change.causes);
            (now, format!(", {} before, {because}", words(from)))
        }
    }
}

/// What is no news, and no reason to be content either.
fn as_before(history: &History) -> Option<String> {
    let passes = |case: &CaseHistory| {
        let state = case.state.as_ref();
        state.is_none_or(|state| state.status == Status::Pass)
    };
    let old = |case: &&CaseHistory| case.last == history.last && case.since < history.last;
    let old = history.cases.iter().filter(old);
    let old: Vec<&CaseHistory> = old.filter(|case| !passes(case)).collect();
    let since = old.iter().map(|case| case.since).min()?;
    let names: Vec<String> = old.iter().map(|case| case.name()).collect();
    Some(format!(
        "{} not pass, as before, the oldest since {}: {}",
        count(old.len(), "case does", "cases do"),
        minute(since),
        some(&names)
    ))
}
