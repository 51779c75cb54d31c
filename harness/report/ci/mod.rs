//! What CI systems show beside the code: annotations for GitHub, the code quality report for GitLab.
//! Reads finished results; whether this is such a system, others know.

mod github;
mod gitlab;

pub use github::annotations;
pub use gitlab::codequality;

use super::Results;
use super::terminal::finding_name;
use crate::verdict::Finding;

/// Where a finding is shown.
struct Spot<'r> {
    file: &'r str,
    line: u32,
    column: u32,
}

impl<'r> Spot<'r> {
    /// The finding's own place, else that of its first case.
    fn of(results: &'r Results, finding: &'r Finding) -> Option<Spot<'r>> {
        let of_case = || {
            let first = finding.cases.first()?;
            let mut cases = results.cases.iter();
            cases
                .find(|case| case.name() == *first)
                .map(|case| case.at.as_str())
        };
        Spot::parse(finding.at.as_deref().or_else(of_case)?)
    }

    /// Reads `path:line:column`.
    fn parse(at: &'r str) -> Option<Spot<'r>> {
        let mut parts = at.rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        let file = parts.next()?;
        Some(Spot { file, line, column })
    }
}

/// `violated POST-03`
fn title(finding: &Finding) -> String {
    let requirement = finding.requirement.iter().map(|id| format!(" {id}"));
    requirement.fold(finding_name(finding.kind).to_owned(), |title, id| {
        title + &id
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_finding_stands_at_its_own_place_or_at_its_first_case() {
        let mut results = sample::results();
        let spot = |results: &Results| {
            let spot = Spot::of(results, &results.findings[2]);
            spot.map(|spot| format!("{} {} {}", spot.file, spot.line, spot.column))
        };
        assert_eq!(
            spot(&results).as_deref(),
            Some("scenarios/tl/done-action.toml 14 7")
        );
        results.findings[2].at = None;
        assert_eq!(
            spot(&results).as_deref(),
            Some("scenarios/tl/done-action.toml 1 1")
        );
        results.findings[2].cases.clear();
        assert_eq!(spot(&results), None);
    }
}
