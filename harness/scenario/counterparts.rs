//! `same_as`: a scenario's counterpart is one that drives the other library.

use std::collections::BTreeSet;

use super::Scenario;
use super::diagnostic::{Affects, Diagnostic};
use super::load::Attempt;
use super::source::Place;
use super::suggest::nearest;

/// What is wrong with the counterparts that scenarios name.
pub(super) fn mistakes(attempts: &[Attempt]) -> Vec<Diagnostic> {
    let named = attempts.iter().filter_map(|attempt| {
        let scenario = attempt.scenario.as_ref()?;
        let wanted = scenario.same_as.as_deref()?;
        let place = attempt.same_as.as_ref()?;
        let mut mistake = match attempts.iter().find(|other| other.name == wanted) {
            None => unknown(place, wanted, attempts),
            Some(other) => of_the_same_library(place, scenario, other)?,
        };
        mistake.affects = Affects::Files(BTreeSet::from([attempt.file_name.clone()]));
        Some(mistake)
    });
    named.collect()
}

fn unknown(place: &Place, wanted: &str, attempts: &[Attempt]) -> Diagnostic {
    let message = format!("there is no scenario `{wanted}`");
    let mut mistake = Diagnostic::error(place, message, "expected the name of a scenario");
    let names = attempts.iter().map(|attempt| attempt.name.as_str());
    mistake
        .help("`posttrack list` has all names; that of a row is like `failure/matrix/beacon/reset`")
        .suggest(nearest(wanted, names));
    mistake
}

/// `None` where it is as it should be, or where the other is invalid itself.
fn of_the_same_library(place: &Place, scenario: &Scenario, other: &Attempt) -> Option<Diagnostic> {
    let known = other.scenario.as_ref()?;
    (known.library == scenario.library).then(|| {
        let library = scenario.library.name();
        let message = format!("`{}` drives {library} too", other.name);
        let expected = "expected a scenario of the other library";
        let mut mistake = Diagnostic::error(place, message, expected);
        mistake.also(&other.place, "this one");
        mistake
    })
}
