//! Findings as people read them: what, where, why, what shows it, what the documentation says.

use std::io::{self, Write};

use anstyle::Style;

use super::safe::safe;
use super::style::{BAD, DIM, GOOD, HEAD, KNOWN, paint};
use super::summary::{claim_of, count};
use crate::report::{CaseResult, Claim, Results};
use crate::verdict::{Finding, FindingKind};

/// Cases that are listed by name; the rest is counted.
const CASES_SHOWN: usize = 5;
/// Lines of events or diff that are shown; the rest is counted.
const LINES_SHOWN: usize = 60;

pub(super) fn write(out: &mut dyn Write, results: &Results) -> io::Result<()> {
    if results.findings.is_empty() {
        return Ok(());
    }
    let heading = count(results.findings.len(), "finding", "findings");
    writeln!(out, "{}", paint(HEAD, heading))?;
    writeln!(out)?;
    for finding in &results.findings {
        one(out, &results.claims, finding, LINES_SHOWN)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Writes all that is to be said of findings, none of it cut: for a reader who has nothing else.
pub fn whole(out: &mut dyn Write, findings: &[Finding], claims: &[Claim]) -> io::Result<()> {
    for finding in findings {
        writeln!(out)?;
        one(out, claims, finding, usize::MAX)?;
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
    field(out, "in", &safe(&case.at))?;
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
    lines.join("\n        ")
}

fn one(
    out: &mut dyn Write,
    claims: &[Claim],
    finding: &Finding,
    most_lines: usize,
) -> io::Result<()> {
    let claim = finding
        .requirement
        .as_deref()
        .and_then(|id| claim_of(claims, id));
    let mut head = paint(BAD, kind_name(finding.kind));
    if let Some(id) = &finding.requirement {
        head += &format!("  {}", paint(HEAD, safe(id)));
    }
    if let Some(claim) = claim {
        head += &format!("  {}", safe(&claim.claim));
    }
    writeln!(out, "{head}")?;
    for line in finding.why.lines() {
        writeln!(out, "  {}", safe(line))?;
    }
    if let Some(at) = &finding.at {
        field(out, "at", &safe(at))?;
    }
    for (index, case) in finding.cases.iter().take(CASES_SHOWN).enumerate() {
        field(out, if index == 0 { "case" } else { "" }, &safe(case))?;
    }
    if finding.cases.len() > CASES_SHOWN {
        let more = finding.cases.len() - CASES_SHOWN;
        field(
            out,
            "",
            &format!("and {}", count(more, "more case", "more cases")),
        )?;
    }
    events(out, finding, most_lines)?;
    if let Some(claim) = claim {
        let page = claim.page.as_deref().unwrap_or_default();
        let see = format!("{} {page}", claim.source);
        field(out, "see", &safe(see.trim_end()))?;
    }
    Ok(())
}

fn field(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {}  {text}", paint(DIM, format_args!("{name:<4}")))
}

fn events(out: &mut dyn Write, finding: &Finding, most: usize) -> io::Result<()> {
    // A diff may be one text of many lines.
    let lines: Vec<&str> = finding
        .events
        .iter()
        .flat_map(|event| event.lines())
        .collect();
    for line in lines.iter().take(most) {
        let style = match finding.kind {
            FindingKind::Changed => diff_style(line),
            _ => Style::new(),
        };
        writeln!(out, "    {} {}", paint(DIM, "│"), paint(style, safe(line)))?;
    }
    if lines.len() > most {
        let more = count(lines.len() - most, "more line", "more lines");
        writeln!(
            out,
            "    {} … {more}: `posttrack show` has all",
            paint(DIM, "│")
        )?;
    }
    Ok(())
}

pub(super) fn diff_style(line: &str) -> Style {
    match line.as_bytes().first() {
        Some(b'+') => GOOD,
        Some(b'-') => BAD,
        Some(b'@') => KNOWN,
        _ => Style::new(),
    }
}

fn kind_name(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Violated => "violated",
        FindingKind::Changed => "snapshot changed",
        FindingKind::Missing => "snapshot missing",
        FindingKind::Unreferenced => "snapshot unreferenced",
        FindingKind::StaleDeviation => "deviation no longer happens",
        FindingKind::NotApplicable => "requirement not exercised",
        FindingKind::Flaky => "flaky",
        FindingKind::Error => "could not be judged",
    }
}
