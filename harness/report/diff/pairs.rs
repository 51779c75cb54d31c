//! Which case of one document is compared with which of the other.
//! The same scenario in the same browser; of different libraries, a scenario and the one that does the
//! same with the other library.

use super::model::{OneSided, Which};
use crate::report::{CaseResult, Results};

/// Cases of two documents.
pub(super) struct Pairs<'r> {
    /// In the order of the first.
    pub both: Vec<(&'r CaseResult, &'r CaseResult)>,
    /// Those without a counterpart.
    pub one_sided: Vec<OneSided>,
}

/// Pairs cases of the same scenario and browser.
pub(super) fn same_cases<'r>(a: &'r Results, b: &'r Results) -> Pairs<'r> {
    let partner = |case: &CaseResult, others: &'r Results| {
        let mut others = others.cases.iter();
        others.find(|other| other.scenario == case.scenario && other.browser == case.browser)
    };
    let one_sided = |case: &CaseResult, side| OneSided {
        scenario: case.scenario.clone(),
        browser: case.browser.clone(),
        side,
    };
    let mut pairs = Pairs {
        both: Vec::new(),
        one_sided: Vec::new(),
    };
    for case in &a.cases {
        match partner(case, b) {
            Some(other) => pairs.both.push((case, other)),
            None => pairs.one_sided.push(one_sided(case, Which::A)),
        }
    }
    let rest = b.cases.iter().filter(|case| partner(case, a).is_none());
    pairs
        .one_sided
        .extend(rest.map(|case| one_sided(case, Which::B)));
    pairs
}

/// Pairs cases of which one names the other in `same_as`, in the same browser.
pub(super) fn counterparts<'r>(
    a: &'r Results,
    b: &'r Results,
) -> Vec<(&'r CaseResult, &'r CaseResult)> {
    let names = |one: &CaseResult, other: &CaseResult| {
        one.same_as.as_ref() == Some(&other.scenario) && one.browser == other.browser
    };
    let left = a.cases.iter();
    left.flat_map(|left| {
        let right = b.cases.iter();
        right
            .filter(move |right| names(left, right) || names(right, left))
            .map(move |right| (left, right))
    })
    .collect()
}
