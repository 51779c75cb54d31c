//! What the page shows of a run.

use std::collections::HashMap;

use serde::Serialize;

use super::case::{CaseView, Line, diff_lines};
use crate::report::matrix::Matrix;
use crate::report::terminal::{finding_name, headline, last_line, proof_name, span};
use crate::report::{Claim, Proof, RequirementResult, Results, Status};
use crate::verdict::{Finding, FindingKind};

/// A name and a text.
pub(super) type Fact = (&'static str, String);

/// All of the page. Builds, browsers and requirements are told apart by their places: names may be anything.
#[derive(Serialize)]
pub(super) struct View<'r> {
    headline: String,
    line: String,
    error: Vec<&'r str>,
    facts: Vec<Fact>,
    sides: Vec<Vec<Fact>>,
    statuses: Vec<(&'static str, &'static str)>,
    builds: Vec<&'r str>,
    browsers: Vec<&'r str>,
    requirements: Vec<&'r str>,
    columns: Vec<ColumnView<'r>>,
    rows: Vec<RowView<'r>>,
    findings: Vec<FindingView<'r>>,
    cases: Vec<CaseView<'r>>,
}

#[derive(Serialize)]
struct ColumnView<'r> {
    build: &'r str,
    browser: &'r str,
    b: usize,
    w: usize,
}

#[derive(Serialize)]
struct RowView<'r> {
    /// Place among the requirements that can be chosen.
    r: usize,
    id: &'r str,
    claim: Option<&'r Claim>,
    cells: Vec<Option<CellView>>,
}

#[derive(Serialize)]
struct CellView {
    word: &'static str,
    class: &'static str,
    /// `3 instances in 2 cases`; nothing for what was not judged.
    judged: Option<(usize, usize)>,
}

#[derive(Serialize)]
struct FindingView<'r> {
    n: usize,
    kind: &'static str,
    requirement: Option<&'r str>,
    claim: Option<&'r Claim>,
    why: Vec<&'r str>,
    at: Option<&'r str>,
    cases: Vec<Named<'r>>,
    lines: Vec<Line<'r>>,
}

/// A case of a finding.
#[derive(Serialize)]
struct Named<'r> {
    name: &'r str,
    /// Its number on the page; `None`: the results do not hold it.
    n: Option<usize>,
}

/// Where things stand on the page.
pub(super) struct Places<'r> {
    pub builds: HashMap<&'r str, usize>,
    pub browsers: HashMap<&'r str, usize>,
    pub requirements: HashMap<&'r str, usize>,
    /// Numbers of the findings that name a case.
    pub findings: HashMap<&'r str, Vec<usize>>,
}

pub(super) fn view(results: &Results) -> View<'_> {
    let matrix = Matrix::of(results);
    let requirements = requirements(results, &matrix);
    let builds: Vec<&str> = results.builds.iter().map(|build| &*build.name).collect();
    let browsers = results.browsers.iter().map(|browser| &*browser.name);
    let browsers: Vec<&str> = browsers.collect();
    let places = Places {
        builds: places(&builds),
        browsers: places(&browsers),
        requirements: places(&requirements),
        findings: findings_by_case(results),
    };
    let names: Vec<String> = results.cases.iter().map(|case| case.name()).collect();
    let numbers: HashMap<&str, usize> = names.iter().map(String::as_str).zip(1..).collect();
    View {
        headline: headline(results),
        line: anstream::adapter::strip_str(&last_line(results)).to_string(),
        error: results.error.iter().flat_map(|why| why.lines()).collect(),
        facts: facts(results),
        sides: sides(results),
        statuses: statuses(results),
        columns: columns(&matrix, &places),
        rows: rows(&matrix, results, &places),
        findings: (1..)
            .zip(&results.findings)
            .map(|(n, found)| finding(results, found, n, &numbers))
            .collect(),
        cases: (1..)
            .zip(results.cases.iter().zip(&names))
            .map(|(n, (case, name))| CaseView::of(results, case, n, name, &places))
            .collect(),
        builds,
        browsers,
        requirements,
    }
}

fn places<'r>(names: &[&'r str]) -> HashMap<&'r str, usize> {
    names.iter().copied().zip(0..).collect()
}

/// Those of the table, and those that cases have verdicts of.
fn requirements<'r>(results: &'r Results, matrix: &Matrix<'r>) -> Vec<&'r str> {
    let mut ids: Vec<&str> = matrix.rows.iter().map(|row| row.id).collect();
    let mut known: std::collections::HashSet<&str> = ids.iter().copied().collect();
    let verdicts = results.cases.iter().flat_map(|case| &case.requirements);
    ids.extend(
        verdicts
            .map(|verdict| &*verdict.id)
            .filter(|id| known.insert(id)),
    );
    ids
}

fn findings_by_case(results: &Results) -> HashMap<&str, Vec<usize>> {
    let mut found: HashMap<&str, Vec<usize>> = HashMap::new();
    for (n, finding) in (1..).zip(&results.findings) {
        for case in &finding.cases {
            found.entry(case).or_default().push(n);
        }
    }
    found
}

fn facts(results: &Results) -> Vec<Fact> {
    let took = results.took().map(|took| span(took.as_secs_f64()));
    let selected = match results.selected.is_empty() {
        true => "every case".to_owned(),
        false => results.selected.join(" "),
    };
    let facts = [
        ("began", Some(results.started.clone())),
        ("took", took),
        ("chosen", Some(selected)),
        (
            "order",
            results
                .shuffle
                .map(|seed| format!("shuffled with seed {seed}")),
        ),
        ("exit code", Some(results.exit.to_string())),
        ("posttrack", Some(results.posttrack.clone())),
    ];
    let facts = facts.into_iter();
    facts
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}

fn sides(results: &Results) -> Vec<Vec<Fact>> {
    let builds = results.builds.iter().map(|build| {
        let version = build.version.as_deref().unwrap_or("of unknown version");
        vec![
            ("build", build.name.clone()),
            ("library", format!("{} {version}", build.library)),
            ("file", build.source.clone()),
            ("sha256", build.sha256.clone()),
        ]
    });
    let browsers = results.browsers.iter().map(|browser| {
        let mut facts = vec![
            ("browser", format!("{} {}", browser.name, browser.version)),
            ("driver", browser.driver.clone()),
        ];
        facts.extend(
            browser
                .remark
                .iter()
                .map(|remark| ("remark", remark.clone())),
        );
        facts
    });
    builds.chain(browsers).collect()
}

/// Those that a case has, with their words.
fn statuses(results: &Results) -> Vec<(&'static str, &'static str)> {
    let all = [
        Status::Pass,
        Status::Fail,
        Status::Error,
        Status::Flaky,
        Status::Skipped,
    ];
    let there = all.into_iter().filter(|status| {
        let mut cases = results.cases.iter();
        cases.any(|case| case.status == *status)
    });
    there.map(status_names).collect()
}

/// How the page calls a status, for itself and for people.
pub(super) fn status_names(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Pass => ("pass", "passed"),
        Status::Fail => ("fail", "failed"),
        Status::Error => ("error", "could not be judged"),
        Status::Flaky => ("flaky", "flaky"),
        Status::Skipped => ("skipped", "not run"),
    }
}

fn columns<'r>(matrix: &Matrix<'r>, places: &Places<'_>) -> Vec<ColumnView<'r>> {
    let place = |of: &HashMap<&str, usize>, name: &str| of.get(name).copied().unwrap_or_default();
    let columns = matrix.columns.iter();
    let columns = columns.map(|(build, browser)| ColumnView {
        build: &build.name,
        browser: &browser.name,
        b: place(&places.builds, &build.name),
        w: place(&places.browsers, &browser.name),
    });
    columns.collect()
}

fn rows<'r>(matrix: &Matrix<'r>, results: &Results, places: &Places<'_>) -> Vec<RowView<'r>> {
    let rows = matrix.rows.iter().map(|row| RowView {
        r: places.requirements.get(row.id).copied().unwrap_or_default(),
        id: row.id,
        claim: row.claim,
        cells: row
            .cells
            .iter()
            .map(|row| Some(cell((*row)?, results)))
            .collect(),
    });
    rows.collect()
}

fn cell(row: &RequirementResult, results: &Results) -> CellView {
    let (word, class) = match (row.verdict, row.expected) {
        (Proof::Unproven, _) if !row.documented => ("not documented", "dim"),
        (Proof::Unproven, _) if !results.counts(row) => ("not exercised", "dim"),
        (Proof::Unproven, _) => ("unproven", "known"),
        (Proof::Violated, true) => (proof_name(row), "known"),
        (Proof::Violated, false) => (proof_name(row), "gone"),
        (Proof::Holds, _) => (proof_name(row), "come"),
    };
    let judged = row.verdict != Proof::Unproven;
    CellView {
        word,
        class,
        judged: judged.then_some((row.instances, row.cases)),
    }
}

fn finding<'r>(
    results: &'r Results,
    finding: &'r Finding,
    n: usize,
    numbers: &HashMap<&str, usize>,
) -> FindingView<'r> {
    let lines = finding.events.iter().flat_map(|event| event.lines());
    let cases = finding.cases.iter().map(|name| Named {
        name,
        n: numbers.get(name.as_str()).copied(),
    });
    FindingView {
        n,
        kind: finding_name(finding.kind),
        requirement: finding.requirement.as_deref(),
        claim: finding
            .requirement
            .as_deref()
            .and_then(|id| results.claim(id)),
        why: finding.why.lines().collect(),
        at: finding.at.as_deref(),
        cases: cases.collect(),
        lines: match finding.kind {
            FindingKind::Changed => diff_lines(lines),
            _ => lines.map(Line::plain).collect(),
        },
    }
}
