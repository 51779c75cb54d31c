//! The findings of a whole run: of its cases, with equal ones made one, and of the run itself.

use crate::scenario::{BuildFilter, Deviation, Library, Location, Version};

use super::deviations::is_of;
use super::differences::Differences;
use super::{CaseVerdict, Compared, Finding, FindingKind};

/// A deviation that a run's scenarios or `deviations.toml` hold.
#[derive(Clone, Debug)]
pub struct KnownDeviation<'a> {
    /// The deviation.
    pub deviation: &'a Deviation,
    /// The builds of which what it deviates from is claimed: all must fit.
    pub documented: Vec<&'a BuildFilter>,
}

/// What came out of one case.
#[derive(Clone, Debug)]
pub struct CaseOutcome<'a> {
    /// Its full name: `firefox::appmeasurement-2.23.0::post/extra-arguments`.
    pub name: String,
    /// Where its scenario begins.
    pub at: &'a Location,
    /// The build: `appmeasurement@2.23.0`.
    pub build: &'a str,
    /// Its library.
    pub library: Library,
    /// The version that it reports; `None`: unknown.
    pub version: Option<Version>,
    /// The browser.
    pub browser: &'a str,
    /// Its verdict; `None`: it was not judged.
    pub verdict: Option<&'a CaseVerdict>,
    /// How its snapshot compared; `None`: it did not get that far.
    pub snapshot: Option<&'a Compared>,
    /// Why it could not be judged.
    pub error: Option<String>,
}

/// The findings of a run. `deviations` are all that there are; those that should have covered something
/// are asked for if the run was `full`: no scenario left out.
pub fn run_findings(
    cases: &[CaseOutcome<'_>],
    deviations: &[KnownDeviation<'_>],
    full: bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut differences = Differences::default();
    for case in cases {
        for finding in case.verdict.iter().flat_map(|verdict| &verdict.findings) {
            add(&mut findings, case, finding.clone());
        }
        let at = case.at.to_string();
        match case.snapshot {
            Some(Compared::New) => {
                let why = format!("there is no snapshot yet to compare {} with", case.build);
                add(
                    &mut findings,
                    case,
                    finding(FindingKind::Missing, why, Some(at)),
                );
            }
            Some(Compared::Changed { diff, recorded }) => {
                let why = format!(
                    "what {} sends differs from its snapshot{}",
                    case.build,
                    match recorded {
                        Some(build) => format!(", which was recorded with {build}"),
                        None => String::new(),
                    }
                );
                differences.add(&case.name, &why, &at, diff);
            }
            Some(Compared::Same | Compared::Variant) | None => {}
        }
        if let Some(why) = &case.error {
            let finding = finding(FindingKind::Error, why.clone(), Some(case.at.to_string()));
            add(&mut findings, case, finding);
        }
    }
    findings.extend(differences.findings());
    if full {
        findings.extend(uncovered(cases, deviations));
    }
    findings.sort_by_key(|finding| finding.kind);
    findings
}

/// Findings of the same kind, requirement and reason are one, with a list of cases.
fn add(findings: &mut Vec<Finding>, case: &CaseOutcome<'_>, new: Finding) {
    let same = findings.iter_mut().find(|known| {
        known.kind == new.kind && known.requirement == new.requirement && known.why == new.why
    });
    match same {
        Some(known) if known.cases.last() == Some(&case.name) => {}
        Some(known) => known.cases.push(case.name.clone()),
        None => findings.push(Finding {
            cases: vec![case.name.clone()],
            ..new
        }),
    }
}

/// Deviations of this run's builds and browsers that covered no case.
fn uncovered<'a>(
    cases: &'a [CaseOutcome<'_>],
    deviations: &'a [KnownDeviation<'_>],
) -> impl Iterator<Item = Finding> + 'a {
    deviations
        .iter()
        .filter(|known| {
            cases.iter().any(|case| {
                let mut claimed = known.documented.iter();
                case.verdict.is_some()
                    && is_of(known.deviation, case.library, case.version, case.browser)
                    && claimed.all(|builds| builds.fits_newest(case.library, case.version))
            })
        })
        .map(|known| known.deviation)
        .filter(|deviation| {
            !cases
                .iter()
                .filter_map(|case| case.verdict)
                .any(|verdict| verdict.covered.contains(&deviation.at))
        })
        .map(|deviation| Finding {
            requirement: Some(deviation.requirement.clone()),
            ..finding(
                FindingKind::StaleDeviation,
                format!(
                    "the deviation from {} ({}) covers no case; remove it or mend its filters",
                    deviation.requirement, deviation.because
                ),
                Some(deviation.at.to_string()),
            )
        })
}

fn finding(kind: FindingKind, why: String, at: Option<String>) -> Finding {
    Finding {
        kind,
        requirement: None,
        cases: Vec::new(),
        why,
        at,
        events: Vec::new(),
    }
}
