//! GitLab's code quality report: a JSON list with an entry a finding.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Spot, title};
use crate::report::Results;
use crate::report::terminal::safe;
use crate::verdict::FindingKind;

/// The document's text.
///
/// # Errors
/// Only if memory runs out.
pub fn codequality(results: &Results) -> serde_json::Result<String> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let entries: Vec<Value> = results
        .findings
        .iter()
        .map(|finding| {
            let spot = Spot::of(results, finding);
            let (file, line) = spot.map_or((".", 1), |spot| (spot.file, spot.line));
            let file = safe(file);
            let title = title(finding);
            let description = safe(&format!("{title}: {}", finding.why)).into_owned();
            // By it GitLab tells what is new: lines move, and are not in it.
            let fingerprint = format!("posttrack {file} {description}");
            let repeated = known.entry(fingerprint.clone()).or_default();
            *repeated += 1;
            json!({
                "check_name": title,
                "description": description,
                "fingerprint": format!("{fingerprint} {repeated}"),
                "severity": severity(finding.kind),
                "location": { "path": file, "lines": { "begin": line } },
            })
        })
        .collect();
    Ok(serde_json::to_string_pretty(&entries)? + "\n")
}

fn severity(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Violated | FindingKind::Changed | FindingKind::Error => "major",
        FindingKind::Missing
        | FindingKind::Unreferenced
        | FindingKind::StaleDeviation
        | FindingKind::NotApplicable
        | FindingKind::Flaky => "minor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn each_finding_is_an_entry_with_its_place() {
        insta::assert_snapshot!(codequality(&sample::results()).unwrap());
    }

    #[test]
    fn fingerprints_are_unique_and_do_not_depend_on_the_line() {
        let mut results = sample::results();
        let twice = results.findings[2].clone();
        results.findings.push(twice);
        let prints = |results: &Results| -> Vec<String> {
            let entries: Vec<Value> = serde_json::from_str(&codequality(results).unwrap()).unwrap();
            entries
                .iter()
                .map(|entry| entry["fingerprint"].to_string())
                .collect()
        };
        let first = prints(&results);
        let distinct: std::collections::BTreeSet<&String> = first.iter().collect();
        assert_eq!(distinct.len(), results.findings.len(), "{first:?}");
        results.findings[2].at = Some("scenarios/tl/done-action.toml:90:1".into());
        assert_eq!(prints(&results), first);
    }
}
