//! One case: the line that says how it ended, and everything about it for `posttrack show`.

use std::io::{self, Write};

use anstyle::Style;
use serde_json::Value;

use super::brief::brief;
use super::findings::diff_style;
use super::safe::{first_line, safe, shorten};
use super::style::{BAD, DIM, GOOD, HEAD, KNOWN, paint};
use super::words::{count, span};
use crate::report::{
    CallResult, CaseResult, HitResult, RequirementVerdict, Results, SnapshotStatus, Status,
};
use crate::scenario::On;
use crate::verdict::Verdict;

/// A cause is cut to this many characters in a case's line; `show` has all of it.
const CAUSE_WIDTH: usize = 160;
/// A parameter's value is cut to this many characters; `--json` has all of it.
const VALUE_WIDTH: usize = 120;

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
        line += &format!("\n      {}", shorten(&brief(first_line(&why)), CAUSE_WIDTH));
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

/// How a verdict reads: `holds`, `VIOLATED`, …
pub fn verdict_name(verdict: &RequirementVerdict) -> &'static str {
    match (verdict.verdict, verdict.expected) {
        (Verdict::Holds, _) => "holds",
        (Verdict::Violated, true) => "violated (known)",
        (Verdict::Violated, false) => "VIOLATED",
        (Verdict::NotApplicable, true) => "not applicable",
        (Verdict::NotApplicable, false) => "NOT EXERCISED",
    }
}

/// Writes what a person wants to know of a case; the URLs' parameters stand decoded below the hits.
pub fn show(out: &mut dyn Write, results: &Results, case: &CaseResult) -> io::Result<()> {
    writeln!(out, "{}", case_line(case))?;
    writeln!(out, "      {}", paint(DIM, safe(&case.at)))?;
    heading(out, "timeline", case.timeline.is_empty())?;
    for line in &case.timeline {
        writeln!(out, "  {}", brief(line))?;
    }
    heading(out, "hits", case.hits.is_empty())?;
    for hit in &case.hits {
        show_hit(out, hit)?;
    }
    heading(out, "calls", case.calls.is_empty())?;
    for call in &case.calls {
        writeln!(out, "  {}", brief(&call_words(call)))?;
    }
    show_verdicts(out, results, case)?;
    show_snapshot(out, case)
}

fn heading(out: &mut dyn Write, title: &str, empty: bool) -> io::Result<()> {
    match empty {
        true => Ok(()),
        false => writeln!(out, "\n{}", paint(HEAD, title)),
    }
}

/// `hit 1 of s, step 1: GET by image, failed (reset)`
pub fn hit_words(hit: &HitResult) -> String {
    let tracker = hit.tracker.as_deref().unwrap_or("an unknown tracker");
    let mut line = format!(
        "hit {} of {}, step {}: {} by {}, {}",
        hit.n,
        tracker,
        hit.step,
        hit.method,
        hit.transport.name(),
        hit.outcome,
    );
    if let Some(fault) = hit.fault {
        line += &format!(" ({})", fault.name());
    }
    if hit.sends > 1 {
        line += &format!(", handed over {} times", hit.sends);
    }
    if hit.attempts != hit.sends {
        let times = count(hit.attempts as usize, "time", "times");
        line += &format!(", {times} on the wire");
    }
    line
}

fn show_hit(out: &mut dyn Write, hit: &HitResult) -> io::Result<()> {
    writeln!(out, "  {}", safe(&hit_words(hit)))?;
    writeln!(out, "    {}", paint(DIM, brief(&hit.url)))?;
    let names = widest(hit.params.iter().map(|param| param.name.as_str()));
    let variables = widest(
        hit.params
            .iter()
            .filter_map(|param| param.variable.as_deref()),
    );
    for param in &hit.params {
        let variable = param.variable.as_deref().unwrap_or_default();
        writeln!(
            out,
            "    {:<names$}  {:<variables$}  {}",
            safe(&param.name),
            safe(variable),
            shorten(&safe(&param.value), VALUE_WIDTH)
        )?;
    }
    Ok(())
}

/// `post: audit("https://…", 2) for hit 1`
pub fn call_words(call: &CallResult) -> String {
    let on = call.on.map_or("by the scenario itself", On::name);
    let hit = call.hit.map(|n| format!(" for hit {n}"));
    let hit = hit.unwrap_or_default();
    let args: Vec<String> = call.args.iter().map(Value::to_string).collect();
    format!("{on}: {}({}){hit}", call.name, args.join(", "))
}

fn show_verdicts(out: &mut dyn Write, results: &Results, case: &CaseResult) -> io::Result<()> {
    let judged: Vec<&RequirementVerdict> = case
        .requirements
        .iter()
        .filter(|verdict| verdict.verdict != Verdict::NotApplicable || !verdict.expected)
        .collect();
    heading(out, "verdicts", judged.is_empty())?;
    let ids = widest(judged.iter().map(|verdict| verdict.id.as_str()));
    let names = widest(judged.iter().map(|verdict| verdict_name(verdict)));
    for verdict in judged {
        let style = match (verdict.verdict, verdict.expected) {
            (_, false) => BAD,
            (Verdict::Violated, true) => KNOWN,
            _ => GOOD,
        };
        let claim = results
            .claim(&verdict.id)
            .map_or("", |claim| claim.claim.as_str());
        writeln!(
            out,
            "  {:<ids$}  {}  {}",
            safe(&verdict.id),
            paint(style, format_args!("{:<names$}", verdict_name(verdict))),
            safe(claim)
        )?;
        if let Some(why) = &verdict.why {
            writeln!(out, "  {:ids$}  {}", "", brief(why))?;
        }
        if verdict.verdict == Verdict::Violated {
            violation(out, results, verdict, ids)?;
        }
    }
    Ok(())
}

/// The events that show a violation, and the documentation's page that it departs from.
fn violation(
    out: &mut dyn Write,
    results: &Results,
    verdict: &RequirementVerdict,
    ids: usize,
) -> io::Result<()> {
    for event in &verdict.events {
        writeln!(out, "  {:ids$}  {} {}", "", paint(DIM, "│"), brief(event))?;
    }
    match results
        .claim(&verdict.id)
        .and_then(|claim| claim.page.as_ref())
    {
        Some(page) => writeln!(out, "  {:ids$}  {} {}", "", paint(DIM, "see"), safe(page)),
        None => Ok(()),
    }
}

fn show_snapshot(out: &mut dyn Write, case: &CaseResult) -> io::Result<()> {
    let Some(status) = case.snapshot else {
        return Ok(());
    };
    let text = match status {
        SnapshotStatus::Same => "the same as recorded",
        SnapshotStatus::Variant => "the same as recorded for this build or browser",
        SnapshotStatus::New => "none is recorded yet",
        SnapshotStatus::Changed => "recorded before (-) and now (+)",
    };
    heading(out, "snapshot", false)?;
    writeln!(out, "  {text}")?;
    for line in case.diff.iter().flat_map(|diff| diff.lines()) {
        writeln!(out, "  {}", paint(diff_style(line), safe(line)))?;
    }
    Ok(())
}

/// Columns that the widest of these texts takes.
fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts
        .map(|text| safe(text).chars().count())
        .max()
        .unwrap_or(0)
}
