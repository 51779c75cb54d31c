//! `posttrack list requirements`: every documented claim, with a column for each build and browser
//! of the last run, and for whom a claim is that none of them could prove.

use std::io::{self, Write};

use crate::report::terminal::{proof_name, safe};
use crate::report::{Proof, RequirementResult, Results};
use crate::scenario::{Requirement, Scenario, Suite};
use crate::verdict;

/// What stands where the documentation makes the claim of other versions only.
const NOT_DOCUMENTED: &str = "not documented";
/// What stands where the claim is of another library.
const NOT_OF_IT: &str = "-";
/// What stands where the run had no such row.
const NOT_RUN: &str = "not run";

/// Writes a row for each claim.
pub(super) fn write(out: &mut dyn Write, suite: &Suite, last: Option<&Results>) -> io::Result<()> {
    let columns = last.map(columns).unwrap_or_default();
    heading(out, &columns)?;
    for row in &suite.catalogue.requirements {
        write!(out, "{:<8}", safe(&row.id))?;
        for column in &columns {
            write!(
                out,
                "  {:<width$}",
                column.verdict(row),
                width = column.width()
            )?;
        }
        writeln!(out, "  {}", safe(&row.claim))?;
        for note in notes(suite, row, &columns) {
            writeln!(out, "{:8}  {}", "", safe(&note))?;
        }
    }
    Ok(())
}

/// A build in a browser, with what the run says of it.
struct Column<'r> {
    build: &'r str,
    browser: &'r str,
    /// Name of the build's library; `None`: the results do not tell.
    library: Option<&'r str>,
    rows: Vec<&'r RequirementResult>,
}

fn columns(results: &Results) -> Vec<Column<'_>> {
    let mut columns: Vec<Column<'_>> = Vec::new();
    for row in &results.requirements {
        let known = columns
            .iter_mut()
            .find(|column| column.build == row.build && column.browser == row.browser);
        match known {
            Some(column) => column.rows.push(row),
            None => columns.push(Column {
                build: &row.build,
                browser: &row.browser,
                library: library_of(results, &row.build),
                rows: vec![row],
            }),
        }
    }
    columns
}

fn library_of<'r>(results: &'r Results, build: &str) -> Option<&'r str> {
    let mut builds = results.builds.iter();
    let build = builds.find(|known| known.name == build)?;
    Some(&build.library)
}

impl Column<'_> {
    fn verdict(&self, requirement: &Requirement) -> &'static str {
        match self.row(requirement) {
            None if self.is_of_another_library(requirement) => NOT_OF_IT,
            None => NOT_RUN,
            Some(row) if !row.documented => NOT_DOCUMENTED,
            Some(row) => proof_name(row),
        }
    }

    fn is_of_another_library(&self, requirement: &Requirement) -> bool {
        let (Some(library), Some(builds)) = (self.library, &requirement.builds) else {
            return false;
        };
        builds.any.iter().all(|one| one.library.name() != library)
    }

    fn row(&self, requirement: &Requirement) -> Option<&RequirementResult> {
        let mut rows = self.rows.iter().copied();
        rows.find(|row| row.id == requirement.id)
    }

    fn width(&self) -> usize {
        let verdicts = self.rows.iter().map(|row| proof_name(row).len());
        let names = [self.build, self.browser].map(|name| safe(name).chars().count());
        verdicts
            .chain(names)
            .chain([NOT_DOCUMENTED.len()])
            .max()
            .unwrap_or(0)
    }
}

/// Builds, and below them browsers.
fn heading(out: &mut dyn Write, columns: &[Column<'_>]) -> io::Result<()> {
    if columns.is_empty() {
        return Ok(());
    }
    let line = |name: fn(&Column<'_>) -> String| {
        let names = columns
            .iter()
            .map(|column| format!("  {:<width$}", name(column), width = column.width()));
        let line = " ".repeat(8) + &names.collect::<String>();
        line.trim_end().to_owned()
    };
    writeln!(out, "{}", line(|column| safe(column.build).into_owned()))?;
    writeln!(out, "{}", line(|column| safe(column.browser).into_owned()))?;
    Ok(())
}

/// Why there is no verdict.
fn notes(suite: &Suite, row: &Requirement, columns: &[Column<'_>]) -> Vec<String> {
    if let Some(why) = &row.unprovable {
        return vec![format!("not for a browser: {why}")];
    }
    let proven = columns.iter().filter_map(|column| column.row(row));
    if columns.is_empty() || proven.clone().any(|row| row.verdict != Proof::Unproven) {
        return Vec::new();
    }
    let mut notes = Vec::new();
    if let Some(builds) = &row.builds
        && proven.clone().any(|row| !row.documented)
    {
        notes.push(format!("documented of {builds}"));
    }
    notes.extend(only(suite, row));
    notes
}

/// The builds and browsers that alone have cases for it; `None`: any may.
fn only(suite: &Suite, row: &Requirement) -> Option<String> {
    if verdict::laws().iter().any(|law| law.id == row.id) {
        return None;
    }
    let mut limits: Vec<String> = Vec::new();
    for scenario in suite.scenarios.iter().filter(|one| exercises(one, row)) {
        let limit = limit(scenario)?;
        if !limits.contains(&limit) {
            limits.push(limit);
        }
    }
    (!limits.is_empty()).then(|| format!("only cases {} exercise it", limits.join(" or ")))
}

fn exercises(scenario: &Scenario, row: &Requirement) -> bool {
    let asked = scenario.requirements.iter().any(|(id, _)| *id == row.id);
    asked
        || scenario
            .checks
            .iter()
            .any(|check| check.requirement == row.id)
}

fn limit(scenario: &Scenario) -> Option<String> {
    let builds = scenario
        .builds
        .as_ref()
        .map(|builds| format!("of {builds}"));
    let browsers = scenario.browsers.as_ref();
    let browsers = browsers.map(|names| format!("in {}", names.join(", ")));
    let both: Vec<String> = builds.into_iter().chain(browsers).collect();
    (!both.is_empty()).then(|| both.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::scenario::{BuildFilter, Catalogue, Check, Subject};

    fn requirement(id: &str, builds: Option<&str>) -> Requirement {
        Requirement {
            id: id.into(),
            claim: format!("the claim of {id}"),
            source: "a page".into(),
            page: None,
            unprovable: None,
            builds: builds.and_then(|text| BuildFilter::parse(text).ok()),
        }
    }

    fn scenario(id: &str, builds: Option<&str>, browsers: Option<&[&str]>) -> Scenario {
        let mut scenario = sample::scenario("one");
        scenario.builds = builds.and_then(|text| BuildFilter::parse(text).ok());
        scenario.browsers =
            browsers.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        scenario.checks = vec![Check {
            requirement: id.into(),
            subject: Subject::Cookie("s_cc".into()),
            has: vec![],
            lacks: vec![],
            is: None,
            args: None,
            hits: None,
            order: None,
            count: None,
            step: None,
            at: scenario.at.clone(),
        }];
        scenario
    }

    fn row(id: &str, build: &str, verdict: Proof, documented: bool) -> RequirementResult {
        RequirementResult {
            id: id.into(),
            build: build.into(),
            browser: "firefox".into(),
            verdict,
            expected: true,
            documented,
            cases: 1,
            instances: 1,
        }
    }

    #[test]
    fn each_build_has_a_column_and_what_none_could_prove_says_who_can() {
        let (old, new) = ("appmeasurement@2.23.0", "appmeasurement@2.27.0");
        let mut results = sample::results();
        results.requirements = vec![
            row("CK-01", old, Proof::Holds, true),
            row("BUF-01", old, Proof::Unproven, false),
            row("CH-03", old, Proof::Unproven, true),
            row("CK-01", new, Proof::Violated, true),
            row("BUF-01", new, Proof::Unproven, true),
        ];
        results.builds[0].name = old.into();
        let mut unprovable = requirement("BCN-04", None);
        unprovable.unprovable = Some("It contradicts itself.".into());
        let suite = Suite {
            dir: "scenarios".into(),
            scenarios: vec![
                scenario("BUF-01", Some("appmeasurement >=2.25"), None),
                scenario("CH-03", None, Some(&["chrome"])),
                scenario("CK-01", None, Some(&["chrome"])),
            ],
            catalogue: Catalogue {
                requirements: vec![
                    requirement("CK-01", None),
                    requirement("BUF-01", Some("appmeasurement >=2.25")),
                    requirement("CH-03", None),
                    requirement("WEB-01", Some("alloy")),
                    unprovable,
                ],
            },
            deviations: vec![],
            rules_sha256: String::new(),
        };
        let mut out = Vec::new();
        write(&mut out, &suite, Some(&results)).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
