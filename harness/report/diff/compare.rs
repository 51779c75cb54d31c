//! Two results documents to one comparison.

use super::case;
use super::gather::gather;
use super::ignored::{ignored, ignored_between_libraries};
use super::model::{Comparison, Kind, NotCompared, SCHEMA, Side};
use super::pairs::{Pairs, counterparts, same_cases};
use super::parity;
use super::seen::Seen;
use crate::evidence::Behaviour;
use crate::report::{CaseResult, Exit, Results, Status};

/// A results document and what people call it.
#[derive(Clone, Copy, Debug)]
pub struct Document<'r> {
    /// The file, or the build that was run.
    pub name: &'r str,
    /// The results.
    pub results: &'r Results,
}

/// Why two documents cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// It has cases of several builds.
    #[error(
        "{name} holds the results of {} builds ({}); compare files of one build each, as `posttrack run --build {} --json FILE` writes them",
        builds.len(), builds.join(", "), builds.first().map_or("NAME", String::as_str)
    )]
    SeveralBuilds {
        /// The document.
        name: String,
        /// Its builds.
        builds: Vec<String>,
    },
    /// A case lacks what is compared.
    #[error(
        "{name} does not say what {case} showed: it was written by an older posttrack; run `posttrack run --json {name}` again"
    )]
    Older {
        /// The document.
        name: String,
        /// The case.
        case: String,
    },
    /// They are of different libraries, and no scenario of one names one of the other.
    #[error(
        "{a} and {b} are of different libraries, and no scenario of one is the same as one of the other; a scenario says so with `same_as = \"…\"`"
    )]
    NoCounterparts {
        /// The first document.
        a: String,
        /// The second.
        b: String,
    },
    /// No case is in both.
    #[error("{a} and {b} have no case in common, so there is nothing to compare")]
    NothingInCommon {
        /// The first document.
        a: String,
        /// The second.
        b: String,
    },
}

/// Compares the cases that two documents have in common; if they are of different libraries, the
/// scenarios that do the same.
///
/// # Errors
/// Documents that cannot be compared.
pub fn compare(a: Document<'_>, b: Document<'_>) -> Result<Comparison, CompareError> {
    let sides = [side(a)?, side(b)?];
    match sides[0].library == sides[1].library {
        true => same_library(a, b, sides),
        false => other_library(a, b, sides),
    }
}

fn same_library(
    a: Document<'_>,
    b: Document<'_>,
    sides: [Side; 2],
) -> Result<Comparison, CompareError> {
    let Pairs { both, one_sided } = same_cases(a.results, b.results);
    if both.is_empty() {
        return Err(CompareError::NothingInCommon {
            a: a.name.to_owned(),
            b: b.name.to_owned(),
        });
    }
    let (mut compared, mut different) = (0, 0);
    let (mut seen, mut not_compared) = (Vec::new(), Vec::new());
    for (left, right) in &both {
        match (shown(left, a)?, shown(right, b)?) {
            (Ok(there), Ok(here)) => {
                let found = in_case(left, right, there, here, [a.results, b.results]);
                compared += 1;
                different += usize::from(!found.is_empty());
                seen.push((*left, found));
            }
            (there, here) => not_compared.push(not_shown(left, there, here)),
        }
    }
    let differences = gather(seen);
    let findings = !differences.is_empty() || !not_compared.is_empty();
    let [side_a, side_b] = sides;
    Ok(Comparison {
        schema: SCHEMA,
        posttrack: env!("CARGO_PKG_VERSION").into(),
        exit: exit([a.results, b.results], &both, findings).code(),
        a: side_a,
        b: side_b,
        compared,
        different,
        differences,
        parity: Vec::new(),
        not_compared,
        one_sided,
        ignored: ignored(),
    })
}

fn other_library(
    a: Document<'_>,
    b: Document<'_>,
    [side_a, side_b]: [Side; 2],
) -> Result<Comparison, CompareError> {
    let both = counterparts(a.results, b.results);
    if both.is_empty() {
        return Err(CompareError::NoCounterparts {
            a: a.name.to_owned(),
            b: b.name.to_owned(),
        });
    }
    let (mut pairs, mut not_compared) = (Vec::new(), Vec::new());
    for (left, right) in &both {
        match (shown(left, a)?, shown(right, b)?) {
            (Ok(there), Ok(here)) => pairs.push(parity::compare((left, there), (right, here))),
            (there, here) => not_compared.push(not_shown(left, there, here)),
        }
    }
    let different = pairs.iter().filter(|pair| !parity::is_equal(pair)).count();
    let findings = different > 0 || !not_compared.is_empty();
    Ok(Comparison {
        schema: SCHEMA,
        posttrack: env!("CARGO_PKG_VERSION").into(),
        exit: exit([a.results, b.results], &both, findings).code(),
        a: side_a,
        b: side_b,
        compared: pairs.len(),
        different,
        differences: Vec::new(),
        parity: pairs,
        not_compared,
        one_sided: Vec::new(),
        ignored: ignored_between_libraries(),
    })
}

/// What a case showed, or why there is nothing to compare.
fn shown<'r>(
    case: &'r CaseResult,
    of: Document<'_>,
) -> Result<Result<&'r Behaviour, String>, CompareError> {
    match (&case.behaviour, case.status) {
        (Some(behaviour), _) => Ok(Ok(behaviour)),
        (None, Status::Skipped) => Ok(Err("it was not run".to_owned())),
        (None, Status::Error) => {
            let why = case.error.as_deref().unwrap_or("it could not be judged");
            Ok(Err(why.to_owned()))
        }
        (None, _) => Err(CompareError::Older {
            name: of.name.to_owned(),
            case: case.name(),
        }),
    }
}

fn not_shown(
    case: &CaseResult,
    there: Result<&Behaviour, String>,
    here: Result<&Behaviour, String>,
) -> NotCompared {
    NotCompared {
        scenario: case.scenario.clone(),
        browser: case.browser.clone(),
        a: there.err(),
        b: here.err(),
    }
}

fn in_case(
    a: &CaseResult,
    b: &CaseResult,
    there: &Behaviour,
    here: &Behaviour,
    results: [&Results; 2],
) -> Vec<Seen> {
    let mut seen = case::requirements(&a.requirements, &b.requirements);
    for requirement in &mut seen {
        let mut claims = results.iter().flat_map(|results| &results.claims);
        let claim = claims.find(|claim| claim.id == requirement.subject);
        requirement.note = claim.map(|claim| claim.claim.clone());
    }
    seen.extend(case::behaviour(there, here));
    seen
}

fn side(of: Document<'_>) -> Result<Side, CompareError> {
    let results = of.results;
    let browsers = results.browsers.iter();
    let browsers = browsers.map(|browser| format!("{} {}", browser.name, browser.version));
    match results.builds.as_slice() {
        [build] => Ok(Side {
            name: build.name.clone(),
            library: build.library.clone(),
            version: build.version.clone(),
            sha256: build.sha256.clone(),
            source: build.source.clone(),
            browsers: browsers.collect(),
        }),
        builds => Err(CompareError::SeveralBuilds {
            name: of.name.to_owned(),
            builds: builds.iter().map(|build| build.name.clone()).collect(),
        }),
    }
}

/// Like that of a run; a case that is not compared is one to look at.
fn exit(runs: [&Results; 2], cases: &[(&CaseResult, &CaseResult)], findings: bool) -> Exit {
    let ended = |exit: Exit| runs.iter().any(|run| run.exit == exit.code());
    let skipped = |case: &CaseResult| case.status == Status::Skipped;
    Exit::of_run(
        ended(Exit::Usage),
        ended(Exit::Environment),
        cases.iter().any(|(a, b)| skipped(a) || skipped(b)),
        findings,
    )
}

impl Comparison {
    /// What the two builds are called: by their names, with the place of their files where these are
    /// the same, and by their places in the command where these are the same too.
    pub fn names(&self) -> (String, String) {
        let (a, b) = (&self.a, &self.b);
        if a.name != b.name {
            (a.name.clone(), b.name.clone())
        } else if a.source != b.source {
            let placed = |name: &str, source: &str| format!("{name} ({source})");
            (placed(&a.name, &a.source), placed(&b.name, &b.source))
        } else {
            (format!("{} (a)", a.name), format!("{} (b)", b.name))
        }
    }

    /// Whether nothing differs, as far as it could be compared.
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty() && self.parity.iter().all(parity::is_equal)
    }

    /// Differences of these kinds.
    pub fn of_section(
        &self,
        section: super::model::Section,
    ) -> impl Iterator<Item = &super::model::Difference> {
        let of = move |kind: Kind| kind.section() == section;
        self.differences
            .iter()
            .filter(move |difference| of(difference.kind))
    }
}
