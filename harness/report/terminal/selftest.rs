//! The report of a self-test: the faults by requirement, what is wrong, and one last line.

use std::io::{self, Write};

use anstyle::Style;

use super::safe::{safe, shorten};
use super::style::{BAD, DIM, GOOD, HEAD, KNOWN, paint};
use super::words::count;
use crate::selftest::{Fate, FaultReport, RequirementReport, SelftestReport};

/// Width of the longest fate.
const FATE: usize = 13;
/// A claim is not cut below this, however narrow the terminal is.
const LEAST_CLAIM: usize = 20;

/// Writes the report. `quiet`: only what is wrong, and the last line.
pub fn selftest(
    out: &mut dyn Write,
    report: &SelftestReport,
    width: usize,
    quiet: bool,
) -> io::Result<()> {
    if !quiet {
        for row in &report.requirements {
            requirement(out, report, row, width)?;
        }
    }
    missed(out, report)?;
    not_run(out, report)?;
    alarms(out, report)?;
    idle(out, report)?;
    writeln!(out, "{}", last_line(report))
}

fn requirement(
    out: &mut dyn Write,
    report: &SelftestReport,
    row: &RequirementReport,
    width: usize,
) -> io::Result<()> {
    let counts = counts(row.killed, row.only_by_snapshot, row.survived, row.not_run);
    let head = format!("{}  {counts}", safe(&row.id));
    let claim_width = width.saturating_sub(head.chars().count() + 2);
    let claim = safe(&row.claim);
    let claim = shorten(&claim, claim_width.max(LEAST_CLAIM));
    writeln!(out, "{}  {}", paint(HEAD, head), paint(DIM, claim))?;
    for fault in &report.faults {
        let killings = fault.requirements.iter();
        for killing in killings.filter(|killing| killing.id == row.id) {
            let (name, style) = look(killing.fate);
            writeln!(
                out,
                "  {}  {}  {}",
                paint(style, format_args!("{name:<FATE$}")),
                safe(&fault.name),
                paint(DIM, place(fault)),
            )?;
        }
    }
    writeln!(out)
}

fn look(fate: Fate) -> (&'static str, Style) {
    match fate {
        Fate::Killed => ("killed", GOOD),
        Fate::OnlyBySnapshot => ("only snapshot", KNOWN),
        Fate::Survived => ("SURVIVED", BAD),
        Fate::NotRun => ("not run", KNOWN),
    }
}

fn place(fault: &FaultReport) -> String {
    let place = format!("{} in {}", fault.library, fault.scenarios.join(", "));
    safe(&place).into_owned()
}

fn counts(killed: usize, only_by_snapshot: usize, survived: usize, not_run: usize) -> String {
    let mut text =
        format!("{killed} killed, {only_by_snapshot} only by snapshots, {survived} survived");
    if not_run > 0 {
        text += &format!(", {not_run} not run");
    }
    text
}

/// What laws and checks did not notice, with what happened.
fn missed(out: &mut dyn Write, report: &SelftestReport) -> io::Result<()> {
    for (fate, heading) in [
        (Fate::OnlyBySnapshot, "noticed only by a snapshot"),
        (Fate::Survived, "survived"),
    ] {
        if report.count(fate) == 0 {
            continue;
        }
        writeln!(out, "{}", paint(HEAD, heading))?;
        for fault in report.with(fate) {
            writeln!(
                out,
                "  {}  {}",
                paint(BAD, safe(&fault.name)),
                paint(DIM, place(fault))
            )?;
            writeln!(out, "    {}", safe(&noticed(fault)))?;
            for line in &fault.story {
                writeln!(out, "    {}", safe(line))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn noticed(fault: &FaultReport) -> String {
    let missing: Vec<&str> = fault
        .requirements
        .iter()
        .filter(|killing| killing.fate != Fate::Killed)
        .map(|killing| killing.id.as_str())
        .collect();
    let by = match fault.noticed_by.is_empty() {
        true => "nothing".to_owned(),
        false => fault.noticed_by.join(", "),
    };
    format!(
        "expected a violation of {}, noticed by {by}",
        missing.join(", ")
    )
}

fn not_run(out: &mut dyn Write, report: &SelftestReport) -> io::Result<()> {
    if report.count(Fate::NotRun) == 0 {
        return Ok(());
    }
    writeln!(out, "{}", paint(HEAD, "not run"))?;
    for fault in report.with(Fate::NotRun) {
        let why = fault.why.as_deref().unwrap_or_default();
        let why = why.lines().next().unwrap_or_default();
        writeln!(out, "  {}: {}", safe(&fault.name), safe(why))?;
    }
    writeln!(out)
}

fn alarms(out: &mut dyn Write, report: &SelftestReport) -> io::Result<()> {
    if report.alarms.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", paint(HEAD, "false alarms, with no fault at all"))?;
    for alarm in &report.alarms {
        let text = format!("{} in {}: {}", alarm.build, alarm.scenario, alarm.why);
        writeln!(out, "  {}", paint(BAD, safe(&text)))?;
    }
    writeln!(out)
}

fn idle(out: &mut dyn Write, report: &SelftestReport) -> io::Result<()> {
    if report.idle_laws.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", paint(HEAD, "laws that judged nothing anywhere"))?;
    for law in &report.idle_laws {
        writeln!(out, "  {}", paint(BAD, safe(law)))?;
    }
    writeln!(out)
}

fn last_line(report: &SelftestReport) -> String {
    let mut line = format!(
        "{}: {} killed by laws and checks, {} only by snapshots, {} survived",
        count(report.faults.len(), "fault", "faults"),
        report.count(Fate::Killed),
        report.count(Fate::OnlyBySnapshot),
        report.count(Fate::Survived)
    );
    let more = [
        (report.count(Fate::NotRun), "not run", "not run"),
        (report.alarms.len(), "false alarm", "false alarms"),
        (report.idle_laws.len(), "idle law", "idle laws"),
    ];
    for (n, one, many) in more {
        if n > 0 {
            line += &format!(", {}", count(n, one, many));
        }
    }
    line
}
