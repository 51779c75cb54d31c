//! JUnit: a test suite a browser and build, a test case a case, in the form that CI systems read.
//! Reads finished results; knows of no file and decides nothing.
//! The rules of the common schema stand in the tests.

#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Property, Report, SerializeError, TestCase, TestCaseStatus, TestRerun,
    TestSuite,
};

use super::terminal::{failure, finding_name, safe};
use super::{BrowserInfo, BuildInfo, CaseResult, Results, Status};
use crate::verdict::Finding;

/// The document's text.
///
/// # Errors
/// A text that is no XML, which is a bug: all texts are made safe first.
pub fn render(results: &Results) -> Result<String, SerializeError> {
    let findings = results.findings_by_case();
    let mut report = Report::new("posttrack");
    if let Some(took) = results.took() {
        report.set_time(took);
    }
    for browser in &results.browsers {
        for build in &results.builds {
            let cases = results.cases.iter();
            let mut cases = cases
                .filter(|case| case.browser == browser.name && case.build == build.name)
                .peekable();
            if cases.peek().is_some() {
                let mut suite = suite(results, browser, build);
                suite.add_test_cases(cases.map(|case| {
                    let of_case = findings.get(case.name().as_str());
                    test_case(results, case, of_case.map_or(&[], Vec::as_slice))
                }));
                // Only now: the milliseconds of the cases, which may have run at the same time.
                suite.set_time(suite.test_cases.iter().filter_map(|case| case.time).sum());
                report.add_test_suite(suite);
            }
        }
    }
    if let Some(why) = &results.error {
        report.add_test_suite(environment(why));
    }
    let text = report.to_string()?;
    // The schema knows no such attribute of the root, and Jenkins refuses what it does not know. The root is the first
    // element, and the attribute before this one is a name of ours.
    Ok(text.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1))
}

fn suite(results: &Results, browser: &BrowserInfo, build: &BuildInfo) -> TestSuite {
    let mut suite = TestSuite::new(safe(&format!("{} {}", browser.name, build.name)));
    suite
        .extra
        .insert("timestamp".into(), safe(&results.started).into());
    let version = build.version.as_deref().unwrap_or("unknown");
    let mut properties = vec![
        ("posttrack", results.posttrack.as_str()),
        ("browser", &browser.name),
        ("browser.version", &browser.version),
        ("driver", &browser.driver),
        ("build", &build.name),
        ("library", &build.library),
        ("library.version", version),
        ("build.sha256", &build.sha256),
        ("build.source", &build.source),
    ];
    let remark = browser.remark.as_deref();
    properties.extend(remark.map(|remark| ("browser.remark", remark)));
    let properties = properties.into_iter();
    suite.add_properties(properties.map(|(name, value)| Property::new(name, safe(value))));
    let shuffle = results
        .shuffle
        .map(|seed| Property::new("shuffle", seed.to_string()));
    suite.add_properties(shuffle);
    suite
}

/// What kept the run from having all its cases, as a case, because nothing else is read of a report.
fn environment(why: &str) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status
        .set_type("environment")
        .set_message(first_line(why))
        .set_description(lines(why));
    let mut suite = TestSuite::new("posttrack");
    suite.add_test_case(TestCase::new("environment", status));
    suite
}

fn test_case(results: &Results, case: &CaseResult, findings: &[&Finding]) -> TestCase {
    let mut test = TestCase::new(safe(&case.scenario), status(results, case, findings));
    test.set_classname(class_name(case));
    // A document of somebody else may hold any number; no time is better than a panic.
    let seconds = case.duration_ms / 1000.0;
    if let Ok(took) = Duration::try_from_secs_f64(seconds) {
        test.set_time(took);
    }
    test
}

/// CI systems take a point for the end of a package's name, and what they take for a class must be another one for
/// each browser and build, or they take its cases for one.
fn class_name(case: &CaseResult) -> String {
    let part = |name: &str| safe(name).replace('.', "_");
    format!("{}.{}", part(&case.browser), part(&case.build))
}

fn status(results: &Results, case: &CaseResult, findings: &[&Finding]) -> TestCaseStatus {
    let mut status = match case.status {
        Status::Pass => TestCaseStatus::success(),
        Status::Fail | Status::Flaky => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Status::Skipped => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message("planned and not run");
            return skipped;
        }
    };
    if case.status != Status::Pass {
        let (kind, message) = headline(case, findings);
        status
            .set_type(kind)
            .set_message(message)
            .set_description(description(results, case, findings));
    }
    status.add_reruns(case.retried_after.iter().map(|why| attempt(why)));
    status
}

/// An attempt that ended for a reason that is not the case's.
fn attempt(why: &str) -> TestRerun {
    let mut rerun = TestRerun::new(NonSuccessKind::Error);
    rerun
        .set_type("infrastructure")
        .set_message(first_line(why))
        .set_description(lines(why));
    rerun
}

/// What kind of finding it is, and its first line.
fn headline(case: &CaseResult, findings: &[&Finding]) -> (&'static str, String) {
    match (&case.error, findings) {
        (None, [finding, ..]) => {
            let kind = finding_name(finding.kind);
            let requirement = finding.requirement.iter();
            let requirement: String = requirement.map(|id| format!(" {id}")).collect();
            let why = format!("{kind}{requirement}: {}", finding.why);
            (kind, first_line(&why))
        }
        (Some(error), _) => ("could not be judged", first_line(error)),
        (None, []) => ("failed", "it did not pass".to_owned()),
    }
}

/// All that is to be said of it, as it is said on the terminal.
fn description(results: &Results, case: &CaseResult, findings: &[&Finding]) -> String {
    let findings: Vec<Finding> = findings
        .iter()
        .map(|&finding| Finding {
            // Which other cases have it is said there.
            cases: vec![],
            ..finding.clone()
        })
        .collect();
    let mut out = anstream::StripStream::new(Vec::new());
    let written: io::Result<()> = failure(&mut out, case, &findings, &results.claims);
    match written {
        Ok(()) => String::from_utf8_lossy(&out.into_inner()).into_owned(),
        // Memory takes everything; should it not, the message says what matters.
        Err(error) => error.to_string(),
    }
}

fn first_line(text: &str) -> String {
    safe(text.lines().next().unwrap_or_default()).into_owned()
}

fn lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(safe).collect();
    lines.join("\n")
}
