//! What a case came to in two attempts, and whether that is the same.

use similar::TextDiff;

use super::{CaseResult, Status};
use crate::verdict::Verdict;

/// Whether another attempt may tell more: the case did not pass, and that was not the environment's fault.
pub fn worth_another(case: &CaseResult) -> bool {
    matches!(case.status, Status::Fail | Status::Error) && !case.environment
}

/// What differs in the verdicts of two attempts, with what differs in what they showed, a line each; empty: the
/// verdicts are the same.
pub fn difference(first: &CaseResult, again: &CaseResult) -> Vec<String> {
    let mut lines = verdicts(first, again);
    if !lines.is_empty() {
        lines.extend(shown(first, again));
    }
    lines
}

fn verdicts(first: &CaseResult, again: &CaseResult) -> Vec<String> {
    let mut lines = Vec::new();
    let mut both = |what: &str, first: String, again: String| {
        if first != again {
            lines.push(format!("{what}: {first}, then {again}"));
        }
    };
    both("case", ending(first), ending(again));
    let snapshot = |case: &CaseResult| match case.snapshot {
        Some(status) => format!("{status:?}").to_lowercase(),
        None => "not compared".into(),
    };
    both("snapshot", snapshot(first), snapshot(again));
    let ids = first.requirements.iter().chain(&again.requirements);
    let mut seen: Vec<&str> = Vec::new();
    for id in ids.map(|verdict| verdict.id.as_str()) {
        if !seen.contains(&id) {
            seen.push(id);
            both(id, verdict(first, id), verdict(again, id));
        }
    }
    lines
}

fn ending(case: &CaseResult) -> String {
    match (&case.error, case.status) {
        (Some(error), _) => format!("could not be judged ({error})"),
        (None, Status::Pass) => "passed".into(),
        (None, _) => "failed".into(),
    }
}

fn verdict(case: &CaseResult, id: &str) -> String {
    let known = case.requirements.iter().find(|verdict| verdict.id == id);
    let name = match known.map(|known| known.verdict) {
        Some(Verdict::Holds) => "holds",
        Some(Verdict::Violated) => "violated",
        Some(Verdict::NotApplicable) => "not applicable",
        None => "not judged",
    };
    match known.is_some_and(|known| known.verdict == Verdict::Violated && known.expected) {
        true => format!("{name} as known"),
        false => name.into(),
    }
}

/// The changed lines of what the attempts showed.
fn shown(first: &CaseResult, again: &CaseResult) -> Vec<String> {
    let (Some(first), Some(again)) = (&first.behaviour, &again.behaviour) else {
        return Vec::new();
    };
    let (first, again) = (first.text(), again.text());
    let diff = TextDiff::from_lines(&first, &again)
        .unified_diff()
        .context_radius(0)
        .to_string();
    let changed = diff.lines().filter(|line| !line.starts_with("@@"));
    changed.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{RequirementVerdict, sample};
    use super::*;

    #[test]
    fn equal_verdicts_are_the_same_whatever_the_attempts_showed() {
        let mut first = sample::passed();
        first.behaviour = Some(Default::default());
        let mut again = first.clone();
        again.duration_ms = 1.0;
        again.timeline.clear();
        assert_eq!(difference(&first, &again), [""; 0]);
    }

    #[test]
    fn every_verdict_that_changed_is_told() {
        let mut first = sample::passed();
        first.status = Status::Fail;
        first.requirements[0].verdict = Verdict::Violated;
        first.requirements[0].expected = false;
        let again = sample::passed();
        assert_eq!(
            difference(&first, &again),
            ["case: failed, then passed", "POST-12: violated, then holds"]
        );
        let known = RequirementVerdict {
            expected: true,
            ..first.requirements[0].clone()
        };
        let mut other = first.clone();
        other.requirements = vec![RequirementVerdict {
            id: "T-01".into(),
            ..known
        }];
        other.error = Some("it threw".into());
        other.snapshot = None;
        assert_eq!(
            difference(&first, &other),
            [
                "case: failed, then could not be judged (it threw)",
                "snapshot: same, then not compared",
                "POST-12: violated, then not judged",
                "T-01: not judged, then violated as known"
            ]
        );
    }

    #[test]
    fn what_the_environment_did_is_not_tried_again() {
        let mut case = sample::passed();
        assert!(!worth_another(&case));
        case.status = Status::Error;
        assert!(worth_another(&case));
        case.environment = true;
        assert!(!worth_another(&case));
    }
}
