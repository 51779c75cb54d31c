//! Findings as people read them: what, where, why, what shows it, what the documentation says,
//! and the command that makes it happen again.

use std::io::{self, Write};

use anstyle::Style;

use super::brief::brief;
use super::safe::safe;
use super::style::{BAD, DIM, GOOD, HEAD, KNOWN, paint};
use super::summary::Look;
use super::words::count;
use crate::report::{CaseResult, Claim, Results};
use crate::verdict::{Finding, FindingKind};

/// Cases that are listed by name; the rest is counted.
const CASES_SHOWN: usize = 5;
/// Lines of events or diff that are shown; the rest is counted.
const LINES_SHOWN: usize = 40;

pub(super) fn write(out: &mut dyn Write, results: &Results, look: &Look<'_>) -> io::Result<()> {
    if results.findings.is_empty() {
        return Ok(());
    }
    let heading = count(results.findings.len(), "finding", "findings");
    writeln!(out, "{}", paint(HEAD, heading))?;
    writeln!(out)?;
    for finding in &results.findings {
        one(out, &results.claims, finding, &Cut::ForATerminal)?;
        commands(out, results, finding, look)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Writes all that is to be said of findings, none of it cut: for a reader who has nothing else.
pub fn whole(out: &mut dyn Write, findings: &[Finding], claims: &[Claim]) -> io::Result<()> {
    for finding in findings {
        writeln!(out)?;
        one(out, claims, finding, &Cut::Nothing)?;
    }
    Ok(())
}

/// Writes why a case did not pass, none of it cut. `findings` are the case's own, its snapshot's
/// too.
pub fn failure(
    out: &mut dyn Write,
    case: &CaseResult,
    findings: &[Finding],
    claims: &[Claim],
) -> io::Result<()> {
    field(out, "at", &safe(&case.at))?;
    for trouble in &case.retried_after {
        field(out, "tried again after", &lines_of(trouble))?;
    }
    if let Some(error) = &case.error {
        field(out, "could not be judged", &lines_of(error))?;
    }
    whole(out, findings, claims)
}

/// A message may hold the end of a log: its lines below each other.
fn lines_of(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(safe).collect();
    lines.join("\n          ")
}

/// What is shortened.
enum Cut {
    /// Nothing.
    Nothing,
    /// Addresses, long lines, and more lines and cases than a person reads.
    ForATerminal,
}

impl Cut {
    fn line(&self, text: &str) -> String {
        match self {
            Cut::Nothing => safe(text).into_owned(),
            Cut::ForATerminal => brief(text),
        }
    }

    fn most(&self, shown: usize) -> usize {
        match self {
            Cut::Nothing => usize::MAX,
            Cut::ForATerminal => shown,
        }
    }
}

fn one(out: &mut dyn Write, claims: &[Claim], finding: &Finding, cut: &Cut) -> io::Result<()> {
    let claim = finding
        .requirement
        .as_deref()
        .and_then(|id| claims.iter().find(|claim| claim.id == id));
    let mut head = paint(BAD, kind_name(finding.kind));
    if let Some(id) = &finding.requirement {
        head += &format!("  {}", paint(HEAD, safe(id)));
    }
    if let Some(claim) = claim {
        head += &format!("  {}", safe(&claim.claim));
    }
    writeln!(out, "{head}")?;
    for line in finding.why.lines() {
        writeln!(out, "  {}", cut.line(line))?;
    }
    if let Some(at) = &finding.at {
        field(out, "at", &safe(at))?;
    }
    cases(out, finding, cut.most(CASES_SHOWN))?;
    events(out, finding, cut)?;
    if let Some(claim) = claim {
        let text = match &claim.page {
            Some(page) => format!("{}: {page}", claim.source),
            None => claim.source.clone(),
        };
        field(out, "see", &safe(&text))?;
    }
    Ok(())
}

fn field(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {}  {text}", paint(DIM, format_args!("{name:<6}")))
}

fn cases(out: &mut dyn Write, finding: &Finding, most: usize) -> io::Result<()> {
    match finding.cases.as_slice() {
        [] => return Ok(()),
        [one] => return field(out, "in", &safe(one)),
        several => field(out, "in", &format!("{} cases", several.len()))?,
    }
    for case in finding.cases.iter().take(most) {
        field(out, "", &safe(case))?;
    }
    match finding.cases.len().saturating_sub(most) {
        0 => Ok(()),
        more => field(out, "", &format!("and {more} more")),
    }
}

/// What to type: to see it again, and to record what a snapshot lacks.
fn commands(
    out: &mut dyn Write,
    results: &Results,
    finding: &Finding,
    look: &Look<'_>,
) -> io::Result<()> {
    let command = safe(look.command);
    // A scenario's name is the end of its cases' names.
    let first = finding
        .cases
        .first()
        .and_then(|name| name.rsplit("::").next());
    let scenario = first.map(safe);
    // What was selected, as it was typed: the same cases again.
    let selected = results.selected.iter().map(|part| safe(part));
    let several: Vec<_> = std::iter::once(command.clone()).chain(selected).collect();
    let several = several.join(" ");
    match (finding.kind, scenario) {
        (FindingKind::Missing, _) => field(out, "record", &format!("{several} --update missing")),
        (FindingKind::Changed, Some(scenario)) => {
            let again = format!("{command} {scenario}");
            field(out, "again", &again)?;
            let all = match finding.cases.len() {
                1 => again,
                _ => several,
            };
            field(out, "accept", &format!("{all} --update changed"))
        }
        (_, Some(scenario)) => field(out, "again", &format!("{command} {scenario}")),
        (_, None) => Ok(()),
    }
}

fn events(out: &mut dyn Write, finding: &Finding, cut: &Cut) -> io::Result<()> {
    // A diff may be one text of many lines.
    let lines: Vec<&str> = finding
        .events
        .iter()
        .flat_map(|event| event.lines())
        .collect();
    let most = cut.most(LINES_SHOWN);
    for line in lines.iter().take(most) {
        let style = match finding.kind {
            FindingKind::Changed => diff_style(line),
            _ => Style::new(),
        };
        writeln!(
            out,
            "    {} {}",
            paint(DIM, "│"),
            paint(style, cut.line(line))
        )?;
    }
    match lines.len().saturating_sub(most) {
        0 => Ok(()),
        more => writeln!(
            out,
            "    {} … and {more} more, which --json holds",
            paint(DIM, "│")
        ),
    }
}

pub(super) fn diff_style(line: &str) -> Style {
    match line.as_bytes().first() {
        Some(b'+') => GOOD,
        Some(b'-') => BAD,
        Some(b'@') => KNOWN,
        _ => Style::new(),
    }
}

/// How a kind of findings reads: `violated`, `snapshot changed`, …
pub fn kind_name(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Violated => "violated",
        FindingKind::Changed => "snapshot changed",
        FindingKind::Missing => "snapshot missing",
        FindingKind::Unreferenced => "snapshot not needed",
        FindingKind::StaleDeviation => "deviation no longer happens",
        FindingKind::NotApplicable => "requirement not exercised",
        FindingKind::Flaky => "flaky",
        FindingKind::Error => "could not be judged",
    }
}
