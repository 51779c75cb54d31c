//! The summary of a run: a table requirement × verdict for each build and browser, the findings,
//! the known deviations, and one last line.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::findings;
use super::safe::{safe, shorten};
use super::style::{BAD, DIM, GOOD, HEAD, KNOWN, paint};
use super::words::{count, shuffled, span, wrap};
use crate::report::{BrowserInfo, BuildInfo, Proof, RequirementResult, Results, Status};
use crate::verdict::Verdict;

/// How the summary looks.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Columns of the terminal.
    pub width: usize,
    /// Only findings and the last line.
    pub quiet: bool,
    /// The command that made the run, without filters and tags: `posttrack run --build mine.js`.
    pub command: &'a str,
}

const JUDGED: &str = "instances/cases";
/// Width of the longest verdict.
const VERDICT: usize = 16;
/// A claim is not cut below this, however narrow the terminal is.
const LEAST_CLAIM: usize = 20;

/// Writes the summary.
pub fn summary(out: &mut dyn Write, results: &Results, look: &Look<'_>) -> io::Result<()> {
    if !look.quiet {
        for build in &results.builds {
            for browser in &results.browsers {
                table(out, results, build, browser, look)?;
            }
        }
        unprovable(out, results, look)?;
    }
    findings::write(out, results, look)?;
    if !look.quiet {
        known_deviations(out, results)?;
        hint(out, results)?;
    }
    if let Some(why) = &results.stopped {
        let left = count(with_status(results, Status::Skipped), "case", "cases");
        let line = format!("{left} not run, because {}", safe(why));
        writeln!(out, "{}", paint(BAD, line))?;
    }
    writeln!(out, "{}", last_line(results))
}

/// How a requirement's verdict reads in a table: `holds`, `violated (known)`, `VIOLATED`, `unproven`.
pub fn proof_name(row: &RequirementResult) -> &'static str {
    match (row.verdict, row.expected) {
        (Proof::Holds, _) => "holds",
        (Proof::Violated, true) => "violated (known)",
        (Proof::Violated, false) => "VIOLATED",
        (Proof::Unproven, _) => "unproven",
    }
}

fn table(
    out: &mut dyn Write,
    results: &Results,
    build: &BuildInfo,
    browser: &BrowserInfo,
    look: &Look<'_>,
) -> io::Result<()> {
    let (exercised, other): (Vec<_>, Vec<_>) = results
        .requirements
        .iter()
        .filter(|row| row.build == build.name && row.browser == browser.name)
        .partition(|row| row.verdict != Proof::Unproven);
    if exercised.is_empty() {
        return Ok(());
    }
    let heading = format!(
        "{} ({}) on {} {} ({})",
        safe(&build.name),
        reported(build),
        safe(&browser.name),
        safe(&browser.version),
        safe(&browser.driver),
    );
    writeln!(out, "{}", paint(HEAD, heading))?;
    if let Some(remark) = &browser.remark {
        writeln!(out, "  {}", paint(DIM, safe(remark)))?;
    }
    let id_width = exercised.iter().map(|row| row.id.chars().count()).max();
    let id_width = id_width.unwrap_or(0);
    let claim_width = look
        .width
        .saturating_sub(2 + id_width + 2 + 2 + VERDICT + 2 + JUDGED.len())
        .max(LEAST_CLAIM);
    let head = format!(
        "  {:<id_width$}  {:<claim_width$}  {:<VERDICT$}  {JUDGED}",
        "id", "claim", "verdict"
    );
    writeln!(out, "{}", paint(DIM, head))?;
    for row in exercised {
        let claim = results
            .claim(&row.id)
            .map_or("", |claim| claim.claim.as_str());
        let claim = safe(claim);
        let claim = shorten(&claim, claim_width);
        let verdict = format!("{:<VERDICT$}", proof_name(row));
        let judged = format!("{}/{}", row.instances, row.cases);
        writeln!(
            out,
            "  {:<id_width$}  {claim:<claim_width$}  {}  {judged:>width$}",
            safe(&row.id),
            paint(style_of(row), verdict),
            width = JUDGED.len()
        )?;
    }
    not_exercised(out, results, &other)?;
    not_documented(out, results, build, &other)?;
    writeln!(out)
}

/// One line about what no case exercised. Which they are is worth knowing of a full run only.
fn not_exercised(
    out: &mut dyn Write,
    results: &Results,
    rows: &[&RequirementResult],
) -> io::Result<()> {
    let ids: Vec<&str> = rows
        .iter()
        .filter(|row| row.documented && results.is_provable(&row.id))
        .map(|row| row.id.as_str())
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let more = count(ids.len(), "more requirement", "more requirements");
    let which = match results.selected.is_empty() {
        true => format!(": {}", safe(&ids.join(", "))),
        false => String::new(),
    };
    let line = format!("  {more} not exercised by these cases{which}");
    writeln!(out, "{}", paint(DIM, line))
}

/// One line about the claims that the documentation makes of other versions only.
fn not_documented(
    out: &mut dyn Write,
    results: &Results,
    build: &BuildInfo,
    rows: &[&RequirementResult],
) -> io::Result<()> {
    let ids: Vec<&str> = rows
        .iter()
        .filter(|row| !row.documented)
        .map(|row| row.id.as_str())
        .collect();
    if ids.is_empty() || !results.selected.is_empty() {
        return Ok(());
    }
    let line = format!(
        "  not documented for {} yet: {}",
        safe(&version_of(build)),
        safe(&ids.join(", "))
    );
    writeln!(out, "{}", paint(DIM, line))
}

fn unprovable(out: &mut dyn Write, results: &Results, look: &Look<'_>) -> io::Result<()> {
    let judged = |id: &str| {
        results
            .requirements
            .iter()
            .any(|row| row.id == id && row.verdict != Proof::Unproven)
    };
    let ids: Vec<&str> = results
        .claims
        .iter()
        .filter(|claim| claim.unprovable.is_some() && !judged(&claim.id))
        .map(|claim| claim.id.as_str())
        .collect();
    let judged_any = results
        .requirements
        .iter()
        .any(|row| row.verdict != Proof::Unproven);
    if ids.is_empty() || !results.selected.is_empty() || !judged_any {
        return Ok(());
    }
    let text = format!(
        "not for a browser to prove (`posttrack list requirements` says why): {}",
        ids.join(", ")
    );
    for line in wrap(&safe(&text), look.width) {
        writeln!(out, "{}", paint(DIM, line))?;
    }
    writeln!(out)
}

fn known_deviations(out: &mut dyn Write, results: &Results) -> io::Result<()> {
    let mut known: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for verdict in results.cases.iter().flat_map(|case| &case.requirements) {
        if verdict.verdict == Verdict::Violated && verdict.expected {
            let because = verdict.why.as_deref().unwrap_or("no reason was given");
            *known.entry((&verdict.id, because)).or_default() += 1;
        }
    }
    if known.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", paint(HEAD, "known deviations"))?;
    let ids = known.keys().map(|(id, _)| id.chars().count()).max();
    let ids = ids.unwrap_or(0);
    for ((id, because), cases) in known {
        writeln!(
            out,
            "  {}  {:>9}  {}",
            paint(KNOWN, format_args!("{:<ids$}", safe(id))),
            count(cases, "case", "cases"),
            safe(because)
        )?;
    }
    writeln!(out)
}

/// How to learn more of a case that did not pass.
fn hint(out: &mut dyn Write, results: &Results) -> io::Result<()> {
    let case = results
        .cases
        .iter()
        .find(|case| !matches!(case.status, Status::Pass | Status::Skipped));
    let Some(case) = case else { return Ok(()) };
    let text = format!(
        "everything that happened in a case: `posttrack show {}`",
        safe(&case.scenario)
    );
    writeln!(out, "{}\n", paint(DIM, text))
}

/// What a run came to, in a few words: `all as expected`, `3 findings`.
pub fn headline(results: &Results) -> String {
    match (results.exit, results.findings.len()) {
        (0, _) => "all as expected".to_owned(),
        (3, _) => "the environment failed".to_owned(),
        (_, 0) => "not everything was run".to_owned(),
        (_, found) => count(found, "finding", "findings"),
    }
}

/// `7 cases: 3 passed, …`: all of a run in one line, styled.
pub fn last_line(results: &Results) -> String {
    let mut cases = vec![format!("{} passed", with_status(results, Status::Pass))];
    for (status, word) in [
        (Status::Fail, "failed"),
        (Status::Flaky, "flaky"),
        (Status::Error, "could not be judged"),
        (Status::Skipped, "not run"),
    ] {
        match with_status(results, status) {
            0 => {}
            n => cases.push(paint(BAD, format_args!("{n} {word}"))),
        }
    }
    let parts = [
        cases.join(", "),
        requirement_counts(results),
        duration(results),
    ];
    let parts: Vec<String> = parts.into_iter().chain(shuffled(results.shuffle)).collect();
    format!(
        "{}: {}",
        count(results.cases.len(), "case", "cases"),
        parts.join(" · ")
    )
}

fn with_status(results: &Results, status: Status) -> usize {
    results
        .cases
        .iter()
        .filter(|case| case.status == status)
        .count()
}

/// Each requirement counts once, with the worst that any build and browser made of it.
fn requirement_counts(results: &Results) -> String {
    let mut worst: BTreeMap<&str, u8> = BTreeMap::new();
    for row in results
        .requirements
        .iter()
        .filter(|row| results.counts(row))
    {
        let rank = worst.entry(&row.id).or_default();
        *rank = (*rank).max(rank_of(row));
    }
    let having = |rank: u8| worst.values().filter(|found| **found == rank).count();
    let mut counts = vec![format!(
        "{} {}",
        count(having(HOLDS), "requirement", "requirements"),
        if having(HOLDS) == 1 { "holds" } else { "hold" }
    )];
    for (rank, word) in [
        (VIOLATED, "violated"),
        (KNOWN_VIOLATED, "violated as known"),
        (UNPROVEN, "unproven"),
    ] {
        match having(rank) {
            0 => {}
            n if rank == VIOLATED => counts.push(paint(BAD, format_args!("{n} {word}"))),
            n => counts.push(format!("{n} {word}")),
        }
    }
    counts.join(", ")
}

const UNPROVEN: u8 = 0;
const HOLDS: u8 = 1;
const KNOWN_VIOLATED: u8 = 2;
const VIOLATED: u8 = 3;

fn rank_of(row: &RequirementResult) -> u8 {
    match (row.verdict, row.expected) {
        (Proof::Unproven, _) => UNPROVEN,
        (Proof::Holds, _) => HOLDS,
        (Proof::Violated, true) => KNOWN_VIOLATED,
        (Proof::Violated, false) => VIOLATED,
    }
}

fn style_of(row: &RequirementResult) -> anstyle::Style {
    match rank_of(row) {
        HOLDS => GOOD,
        KNOWN_VIOLATED => KNOWN,
        VIOLATED => BAD,
        _ => DIM,
    }
}

/// Says what the build reports of itself, where its name does not.
fn version_of(build: &BuildInfo) -> String {
    let version = build.version.as_deref().unwrap_or("of unknown version");
    format!("{} {version}", build.library)
}

fn reported(build: &BuildInfo) -> String {
    let digest: String = build.sha256.chars().take(12).collect();
    format!("{}, sha256 {}…", safe(&version_of(build)), safe(&digest))
}

fn duration(results: &Results) -> String {
    match results.took() {
        Some(took) => span(took.as_secs_f64()),
        None => "an unknown time".into(),
    }
}
