//! Two results documents to one comparison.

use super::case;
use super::gather::gather;
use super::ignored::ignored;
use super::model::{Comparison, Kind, NotCompared, SCHEMA, Side};
use super::pairs::{Pairs, same_cases};
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
    /// No case is in both.
    #[error("{a} and {b} have no case in common, so there is nothing to compare")]
    NothingInCommon {
        /// The first document.
        a: String,
        /// The second.
        b: String,
    },
}

/// Compares the cases that two documents have in common.
///
/// # Errors
/// Documents that cannot be compared.
pub fn compare(a: Document<'_>, b: Document<'_>) -> Result<Comparison, CompareError> {
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
            (there, here) => not_compared.push(NotCompared {
                scenario: left.scenario.clone(),
                browser: left.browser.clone(),
                a: there.err(),
                b: here.err(),
            }),
        }
    }
    let differences = gather(seen);
    let exit = exit([a.results, b.results], &both, &differences, &not_compared);
    Ok(Comparison {
        schema: SCHEMA,
        posttrack: env!("CARGO_PKG_VERSION").into(),
        exit: exit.code(),
        a: side(a)?,
        b: side(b)?,
        compared,
        different,
        differences,
        not_compared,
        one_sided,
        ignored: ignored(),
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
fn exit(
    runs: [&Results; 2],
    cases: &[(&CaseResult, &CaseResult)],
    differences: &[super::model::Difference],
    not_compared: &[NotCompared],
) -> Exit {
    let ended = |exit: Exit| runs.iter().any(|run| run.exit == exit.code());
    let skipped = |case: &CaseResult| case.status == Status::Skipped;
    Exit::of_run(
        ended(Exit::Usage),
        ended(Exit::Environment),
        cases.iter().any(|(a, b)| skipped(a) || skipped(b)),
        !differences.is_empty() || !not_compared.is_empty(),
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
        self.differences.is_empty()
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
