//! One case: the line that says how it ended, and everything about it for `posttrack show`.

use std::io::{self, Write};

use anstyle::Style;
use serde_json::Value;

use super::findings::diff_style;
use super::safe::{first_line, safe, shorten};
use super::style::{BAD, DIM, GOOD, HEAD, KNOWN, paint};
use super::summary::{claim_of, span};
use crate::report::{
    CallResult, CaseResult, HitResult, RequirementVerdict, Results, SnapshotStatus, Status,
};
use crate::verdict::Verdict;

/// A cause is cut to this many characters in a case's line; `show` has all of it.
const CAUSE_WIDTH: usize = 160;

/// `ok    firefox::appmeasurement-2.23.0::post/extra-arguments  88 ms`, with what went wrong.
pub fn case_line(case: &CaseResult) -> String {
    let (word, style) = status_word(case.status);
    let mut line = format!(
        "{} {}",
        paint(style, format_args!("{word:<5}")),
        safe(&case.name())
    );
    if case.attempts > 0 {
        line += &format!("  {}", span(case.duration_ms / 1000.0));
    }
    if let Some(cause) = case.retried_after.last() {
        let cause = safe(first_line(cause));
        let cause = shorten(&cause, CAUSE_WIDTH);
        line += &format!("  (attempt {}, after: {cause})", case.attempts);
    }
    for why in causes(case) {
        line += &format!("\n      {}", shorten(&safe(first_line(&why)), CAUSE_WIDTH));
    }
    line
}

/// What a person wants to know at once of a case that did not pass.
fn causes(case: &CaseResult) -> Vec<String> {
    let mut causes: Vec<String> = case.error.iter().cloned().collect();
    for verdict in case.requirements.iter().filter(|verdict| !verdict.expected) {
        let why = verdict.why.as_deref().unwrap_or(verdict_name(verdict));
        causes.push(format!("{}: {why}", verdict.id));
    }
    match case.snapshot {
        Some(SnapshotStatus::Changed) => causes.push("snapshot changed".into()),
        Some(SnapshotStatus::New) => causes.push("snapshot missing".into()),
        _ => {}
    }
    causes
}

fn status_word(status: Status) -> (&'static str, Style) {
    match status {
        Status::Pass => ("ok", GOOD),
        Status::Fail => ("FAIL", BAD),
        Status::Error => ("ERROR", BAD),
        Status::Flaky => ("FLAKY", BAD),
        Status::Skipped => ("skip", KNOWN),
    }
}

fn verdict_name(verdict: &RequirementVerdict) -> &'static str {
    match (verdict.verdict, verdict.expected) {
        (Verdict::Holds, _) => "holds",
        (Verdict::Violated, true) => "violated (known)",
        (Verdict::Violated, false) => "VIOLATED",
        (Verdict::NotApplicable, true) => "not applicable",
        (Verdict::NotApplicable, false) => "NOT EXERCISED",
    }
}

/// Writes everything that the results hold about a case.
pub fn show(out: &mut dyn Write, results: &Results, case: &CaseResult) -> io::Result<()> {
    writeln!(out, "{}", case_line(case))?;
    writeln!(out, "  {}", paint(DIM, safe(&case.at)))?;
    section(out, "timeline", case.timeline.iter().map(String::as_str))?;
    if !case.hits.is_empty() {
        writeln!(out, "\n{}", paint(HEAD, "hits"))?;
        for hit in &case.hits {
            show_hit(out, hit)?;
        }
    }
    if !case.calls.is_empty() {
        writeln!(out, "\n{}", paint(HEAD, "calls"))?;
        for call in &case.calls {
            writeln!(out, "  {}", call_line(call))?;
        }
    }
    show_verdicts(out, results, case)?;
    if let Some(diff) = &case.diff {
        writeln!(
            out,
            "\n{}",
            paint(HEAD, "snapshot, recorded before and now")
        )?;
        for line in diff.lines() {
            writeln!(out, "  {}", paint(diff_style(line), safe(line)))?;
        }
    }
    Ok(())
}

fn section<'a>(
    out: &mut dyn Write,
    title: &str,
    lines: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        writeln!(out, "\n{}", paint(HEAD, title))?;
    }
    for line in lines {
        writeln!(out, "  {}", safe(line))?;
    }
    Ok(())
}

fn show_hit(out: &mut dyn Write, hit: &HitResult) -> io::Result<()> {
    let mut line = format!(
        "hit {} of {}, step {}: {} {} to {}, {}",
        hit.n,
        safe(hit.tracker.as_deref().unwrap_or("an unknown tracker")),
        hit.step,
        safe(&hit.method),
        hit.transport.name(),
        safe(&hit.host),
        safe(&hit.outcome),
    );
    if let Some(fault) = hit.fault {
        line += &format!(" ({})", fault.name());
    }
    line += &format!(", sends {}, attempts {}", hit.sends, hit.attempts);
    writeln!(out, "  {line}")?;
    writeln!(out, "    {}", paint(DIM, safe(&hit.url)))?;
    for param in &hit.params {
        let variable = param.variable.as_deref().unwrap_or_default();
        writeln!(
            out,
            "    {:<10} {:<14} {}",
            safe(&param.name),
            safe(variable),
            safe(&param.value)
        )?;
    }
    Ok(())
}

fn call_line(call: &CallResult) -> String {
    let on = match call.on {
        Some(crate::scenario::On::Pre) => "pre",
        Some(crate::scenario::On::Post) => "post",
        Some(crate::scenario::On::Then) => "then",
        Some(crate::scenario::On::Catch) => "catch",
        None => "called by the scenario",
    };
    let hit = call
        .hit
        .map(|n| format!(" for hit {n}"))
        .unwrap_or_default();
    let args: Vec<String> = call.args.iter().map(Value::to_string).collect();
    safe(&format!("{on}: {}({}){hit}", call.name, args.join(", "))).into_owned()
}

fn show_verdicts(out: &mut dyn Write, results: &Results, case: &CaseResult) -> io::Result<()> {
    let judged = case
        .requirements
        .iter()
        .filter(|verdict| verdict.verdict != Verdict::NotApplicable || !verdict.expected);
    let mut judged = judged.peekable();
    if judged.peek().is_some() {
        writeln!(out, "\n{}", paint(HEAD, "verdicts"))?;
    }
    for verdict in judged {
        let style = match (verdict.verdict, verdict.expected) {
            (_, false) => BAD,
            (Verdict::Violated, true) => KNOWN,
            _ => GOOD,
        };
        let claim = claim_of(&results.claims, &verdict.id).map_or("", |claim| claim.claim.as_str());
        writeln!(
            out,
            "  {}  {}  {}",
            safe(&verdict.id),
            paint(style, verdict_name(verdict)),
            safe(claim)
        )?;
        if let Some(why) = &verdict.why {
            writeln!(out, "      {}", safe(why))?;
        }
    }
    Ok(())
}
