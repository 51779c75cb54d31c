//! Markdown: a short summary for the page of a CI job or a comment: what is new to look at, what is flaky, which
//! requirements are not fine. Reads finished results and decides nothing; everything else is in the HTML report.

mod text;

use std::fmt::Write;

use text::{code, plain};

use super::matrix::{Matrix, Row};
use super::terminal::{count, finding_name, headline, last_line, proof_name};
use super::{CaseResult, Results, Status};
use crate::verdict::Finding;

/// Findings, flaky cases and requirements that are listed, of each so many; the rest is counted.
const SHOWN: usize = 25;
/// Lines of a finding's events that are shown.
const EVENTS: usize = 12;

/// The summary's text.
pub fn render(results: &Results) -> String {
    let parts = [
        heading(results),
        environment(results),
        findings(results),
        flaky(results),
        requirements(results),
        colophon(results),
    ];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    let parts: Vec<String> = parts.map(|part| part.trim_end().to_owned()).collect();
    parts.join("\n\n") + "\n"
}

fn heading(results: &Results) -> String {
    let line = anstream::adapter::strip_str(&last_line(results)).to_string();
    format!(
        "## posttrack: {}\n\n{}",
        plain(&headline(results)),
        plain(&line)
    )
}

fn environment(results: &Results) -> String {
    let why = results.error.as_deref();
    why.map_or_else(String::new, |why| {
        let lines: Vec<String> = why.lines().map(code).collect();
        format!("The environment failed:<br>\n{}", lines.join("<br>\n"))
    })
}

fn findings(results: &Results) -> String {
    let items = results.findings.iter().map(|found| finding(results, found));
    list("findings", items.collect())
}

fn finding(results: &Results, finding: &Finding) -> String {
    let kind = finding_name(finding.kind);
    let mut item = match finding.requirement.as_deref() {
        None => format!("- **{kind}**"),
        Some(id) => {
            let claim = results.claim(id).map_or("", |claim| &claim.claim);
            format!("- **{kind} {}** {}", plain(id), plain(claim))
        }
    };
    let first = finding.cases.first().map(|case| match finding.cases.len() {
        1 => format!(", in {}", code(case)),
        several => format!(", in {several} cases, {} first", code(case)),
    });
    let at = finding.at.iter().map(|at| format!(", at {}", code(at)));
    let place: String = first.into_iter().chain(at).collect();
    let _ = write!(item, "<br>{}{place}", plain(first_line(&finding.why)));
    let lines: Vec<&str> = finding
        .events
        .iter()
        .flat_map(|text| text.lines())
        .collect();
    if !lines.is_empty() {
        let shown: Vec<String> = lines.iter().take(EVENTS).map(|line| code(line)).collect();
        let more = match lines.len().saturating_sub(EVENTS) {
            0 => String::new(),
            more => format!("<br>\n  and {more} more"),
        };
        let shown = shown.join("<br>\n  ");
        let _ = write!(
            item,
            "\n  <details><summary>what shows it</summary>\n\n  {shown}{more}\n  </details>"
        );
    }
    item
}

/// Cases whose verdict changed between attempts, and those that were tried again for another's fault.
fn flaky(results: &Results) -> String {
    let cases = results.cases.iter();
    let cases = cases.filter(|case| case.status == Status::Flaky || !case.retried_after.is_empty());
    list("flaky, or tried again", cases.map(attempts).collect())
}

fn attempts(case: &CaseResult) -> String {
    let outcome = match case.status {
        Status::Pass => "passed",
        Status::Fail => "failed",
        Status::Flaky => "is flaky",
        Status::Error => "could not be judged",
        Status::Skipped => "was not run",
    };
    let causes = case.retried_after.iter();
    let causes: Vec<String> = causes.map(|cause| plain(first_line(cause))).collect();
    let after = match causes.is_empty() {
        true => String::new(),
        false => format!(", after: {}", causes.join("; ")),
    };
    let tries = count(case.attempts as usize, "attempt", "attempts");
    format!("- {} {outcome} with {tries}{after}", code(&case.name()))
}

/// Those that are violated, or that nothing of the run proved.
fn requirements(results: &Results) -> String {
    let matrix = Matrix::of(results);
    let rows = matrix.rows.iter();
    let rows: Vec<&Row<'_>> = rows.filter(|row| !row.is_fine(results)).collect();
    if rows.is_empty() {
        return String::new();
    }
    let heads = matrix.columns.iter();
    let heads = heads.map(|(build, browser)| plain(&format!("{} in {}", build.name, browser.name)));
    let heads: Vec<String> = ["requirement".to_owned(), "claim".to_owned()]
        .into_iter()
        .chain(heads)
        .collect();
    let mut lines = vec![line(&heads), line(&vec!["---".to_owned(); heads.len()])];
    lines.extend(rows.iter().take(SHOWN).map(|row| {
        let claim = row.claim.map_or("", |claim| &claim.claim);
        let cells = row
            .cells
            .iter()
            .map(|cell| cell.map_or("", |cell| proof_name(cell)).to_owned());
        let head = [plain(row.id), plain(claim)];
        line(&head.into_iter().chain(cells).collect::<Vec<_>>())
    }));
    let table = lines.join("\n");
    format!(
        "### requirements that are not fine\n\n{table}{}",
        more(rows.len())
    )
}

fn line(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

fn colophon(results: &Results) -> String {
    let browsers = results.browsers.iter();
    let browsers = browsers
        .map(|browser| format!("{} {} ({})", browser.name, browser.version, browser.driver));
    let builds = results.builds.iter().map(|build| {
        let digest: String = build.sha256.chars().take(12).collect();
        format!("{} ({digest}…)", build.name)
    });
    let parts: Vec<String> = builds.chain(browsers).map(|part| plain(&part)).collect();
    format!(
        "posttrack {}; {}",
        plain(&results.posttrack),
        parts.join(", ")
    )
}

fn list(title: &str, items: Vec<String>) -> String {
    match items.len() {
        0 => String::new(),
        all => {
            let shown: Vec<String> = items.into_iter().take(SHOWN).collect();
            format!("### {title}\n\n{}{}", shown.join("\n"), more(all))
        }
    }
}

fn more(all: usize) -> String {
    match all.saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("\n\nand {more} more, which the other reports hold"),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn it_says_what_to_look_at_and_no_more() {
        insta::assert_snapshot!(render(&sample::results()));
    }

    #[test]
    fn a_run_without_findings_is_short() {
        let mut results = sample::results();
        results.exit = 0;
        results.findings.clear();
        results.cases.truncate(1);
        results.requirements.drain(..1);
        results.selected = vec!["post/".into()];
        insta::assert_snapshot!(render(&results), @r"
        ## posttrack: all as expected

        1 case: 1 passed · 1 requirement holds, 1 violated as known · 1 min 12 s

        posttrack 0.1.0; appmeasurement\@2.23.0 (0123456789ab…), firefox 153.0 (geckodriver 0.37.1)
        ");
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let mut results = sample::results();
        let one = results.findings[1].clone();
        results.findings = vec![one; SHOWN + 3];
        let text = render(&results);
        assert_eq!(
            text.matches("**snapshot changed**").count(),
            SHOWN,
            "{text}"
        );
        assert!(
            text.contains("and 3 more, which the other reports hold"),
            "{text}"
        );
    }

    #[test]
    fn hostile_texts_are_shown_as_text() {
        let mut results = sample::hostile();
        results.error = Some(sample::HOSTILE.into());
        let text = render(&results);
        for forbidden in ["<script", "]]>", "\u{202e}", "\u{1b}", " @", "https://"] {
            assert!(!text.contains(forbidden), "{forbidden:?} in {text}");
        }
        assert!(
            text.contains("&lt;script&gt;alert(1)"),
            "it is shown: {text}"
        );
    }
}
