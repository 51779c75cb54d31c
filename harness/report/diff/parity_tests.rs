//! What a comparison says of builds of two libraries.

use super::sample::{calls, case, hit, results};
use super::tests::{compared, error, text};
use crate::report::{Results, Status};
use crate::scenario::{On, Transport};

/// The same page view with both libraries: of the second one variable differs, and one is missing.
pub(super) fn both_libraries() -> (Results, Results) {
    let mut measured = hit(
        1,
        &[
            ("pageName", "Home"),
            ("v1", "A"),
            ("v2", "B"),
            ("s", "«screen»"),
        ],
    );
    measured.calls = vec![calls(On::Post, "audit", 1, &[&["«url of hit 1»"]])];
    let mut event = hit(
        1,
        &[
            ("configId", "1"),
            ("events.0.xdm.eventType", "view"),
            ("events.0.xdm.web.webPageDetails.name", "Home"),
            ("events.0.data.__adobe.analytics.eVar1", "other"),
            ("events.0.data.__adobe.analytics.eVar2", "B"),
        ],
    );
    event.transport = Transport::Fetch;
    event.method = "POST".into();
    event.calls = vec![calls(On::Then, "sent", 1, &[&["{}"]])];
    let old = results("old", vec![case("view/a", vec![measured.clone()], &[])]);
    let mut sdk = case("view/b", vec![event], &[]);
    sdk.same_as = Some("view/a".into());
    let mut new = results("new", vec![sdk, case("view/c", vec![], &[])]);
    new.builds[0].library = "alloy".into();
    (old, new)
}

#[test]
fn of_two_libraries_the_scenarios_that_do_the_same_are_compared_by_variables() {
    let (old, new) = both_libraries();
    let comparison = compared(&old, &new);
    assert_eq!(comparison.exit, 1, "something is lost");
    insta::assert_snapshot!(text(&comparison, true), @r##"
    view/a → view/b
      hit 1  image GET, delivered → fetch POST, delivered
        callbacks: post audit once → then sent once
        kept: pageName Home, eVar2 B
        changed: eVar1 A → other
        only old: resolution «screen»
        only new: xdm.eventType view

    1 pair of scenarios: 2 variables kept, 1 changed, 2 in one library only
    "##);
}

#[test]
fn which_scenario_names_the_other_is_no_matter() {
    let (old, new) = both_libraries();
    let there = compared(&old, &new);
    let back = compared(&new, &old);
    let turned: Vec<_> = back.parity[0].hits[0]
        .variables
        .iter()
        .map(|variable| {
            (
                variable.name.clone(),
                variable.b.clone(),
                variable.a.clone(),
            )
        })
        .collect();
    for variable in &there.parity[0].hits[0].variables {
        let turned_one = (
            variable.name.clone(),
            variable.a.clone(),
            variable.b.clone(),
        );
        assert!(turned.contains(&turned_one), "{turned_one:?} in {turned:?}");
    }
}

#[test]
fn a_hit_that_the_other_library_does_not_make_is_told() {
    let (old, mut new) = both_libraries();
    let behaviour = new.cases[0].behaviour.as_mut().unwrap();
    behaviour.trackers.clear();
    let told = text(&compared(&old, &new), true);
    assert!(
        told.contains("hit 1  image GET, delivered → no hit") && told.contains("→ none"),
        "{told}"
    );
}

#[test]
fn libraries_without_a_pair_of_scenarios_cannot_be_compared() {
    let (old, mut new) = both_libraries();
    new.cases[0].same_as = None;
    assert_eq!(
        error(&old, &new),
        "a.json and b.json are of different libraries, and no scenario of one is the same as one of the other; a scenario says so with `same_as = \"…\"`"
    );
}

#[test]
fn a_pair_of_which_one_could_not_be_judged_is_not_compared() {
    let (old, mut new) = both_libraries();
    new.cases[0].behaviour = None;
    new.cases[0].status = Status::Error;
    new.cases[0].error = Some("the page broke".into());
    let comparison = compared(&old, &new);
    assert_eq!(comparison.exit, 1, "it is a case to look at");
    assert_eq!(
        comparison.not_compared[0].b.as_deref(),
        Some("the page broke")
    );
    assert!(comparison.parity.is_empty(), "nothing was compared");
}
