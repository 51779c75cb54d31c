//! Equal differences of many cases are one, with a list of cases; most telling first.

use std::cmp::Reverse;

use super::case::VIOLATED;
use super::model::{Difference, Kind, Place, Variant};
use super::seen::Seen;
use crate::report::CaseResult;

/// Gathers what was seen in the cases.
pub(super) fn gather<'r>(
    cases: impl IntoIterator<Item = (&'r CaseResult, Vec<Seen>)>,
) -> Vec<Difference> {
    let mut differences: Vec<Difference> = Vec::new();
    for (case, all) in cases {
        for seen in all {
            add(&mut differences, case, seen);
        }
    }
    for difference in &mut differences {
        // Stable: what is in as many cases stays in the order of the cases.
        difference
            .variants
            .sort_by_key(|variant| (rank(difference.kind, variant), Reverse(variant.cases.len())));
    }
    differences.sort_by(|one, other| order(one).cmp(&order(other)));
    differences
}

fn add(differences: &mut Vec<Difference>, case: &CaseResult, seen: Seen) {
    let known = differences
        .iter()
        .position(|known| known.kind == seen.kind && known.subject == seen.subject);
    let known = known.unwrap_or_else(|| {
        differences.push(Difference {
            kind: seen.kind,
            subject: seen.subject.clone(),
            note: seen.note.clone(),
            variants: Vec::new(),
        });
        differences.len() - 1
    });
    let Some(difference) = differences.get_mut(known) else {
        return;
    };
    let variants = &mut difference.variants;
    let variant = variants
        .iter()
        .position(|known| known.a == seen.a && known.b == seen.b);
    match variant {
        Some(at) => add_place(&mut variants[at].cases, case, seen.at),
        None => {
            let mut cases = Vec::new();
            add_place(&mut cases, case, seen.at);
            variants.push(Variant {
                a: seen.a,
                b: seen.b,
                cases,
            });
        }
    }
}

fn add_place(places: &mut Vec<Place>, case: &CaseResult, at: Option<String>) {
    let is_here = |place: &Place| place.scenario == case.scenario && place.browser == case.browser;
    match places.iter_mut().find(|place| is_here(place)) {
        Some(place) => place.at.extend(at),
        None => places.push(Place {
            scenario: case.scenario.clone(),
            browser: case.browser.clone(),
            at: at.into_iter().collect(),
        }),
    }
}

/// What is newly violated first, then what is no longer.
fn rank(kind: Kind, variant: &Variant) -> u8 {
    let violated = |text: &Option<String>| text.as_deref() == Some(VIOLATED);
    match kind {
        Kind::Requirement if violated(&variant.b) => 0,
        Kind::Requirement if violated(&variant.a) => 1,
        _ => 2,
    }
}

fn order(difference: &Difference) -> (Kind, u8, Reverse<usize>, &str) {
    let variants = difference.variants.iter();
    let rank = variants
        .clone()
        .map(|variant| rank(difference.kind, variant))
        .min();
    let cases: usize = variants.map(|variant| variant.cases.len()).sum();
    (
        difference.kind,
        rank.unwrap_or(u8::MAX),
        Reverse(cases),
        &difference.subject,
    )
}
