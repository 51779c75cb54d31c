//! Parity: what a page view (or link) keeps when it is sent with the other library. Verdicts, addresses
//! and encodings differ by nature; the variables are what reports are made of.

use super::hits::manner;
use super::model::{HitParity, Manner, Parity, VariableParity};
use crate::evidence::{Behaviour, ShownCalls, ShownHit, Variable, variables};
use crate::report::CaseResult;

/// Compares two scenarios that do the same.
pub(super) fn compare(
    (a, there): (&CaseResult, &Behaviour),
    (b, here): (&CaseResult, &Behaviour),
) -> Parity {
    let (left, right) = (hits(there), hits(here));
    let hits = (0..left.len().max(right.len())).map(|at| {
        let (left, right) = (left.get(at).copied(), right.get(at).copied());
        HitParity {
            a: left.map(how),
            b: right.map(how),
            variables: both(left, right),
        }
    });
    Parity {
        a: a.scenario.clone(),
        b: b.scenario.clone(),
        browser: a.browser.clone(),
        hits: hits.collect(),
    }
}

/// Whether nothing is lost, changed or new.
pub(super) fn is_equal(parity: &Parity) -> bool {
    let same = |hit: &HitParity| {
        hit.a.is_some() && hit.b.is_some() && hit.variables.iter().all(VariableParity::is_kept)
    };
    parity.hits.iter().all(same)
}

/// Hits of all trackers, by step.
fn hits(behaviour: &Behaviour) -> Vec<&ShownHit> {
    let trackers = behaviour.trackers.iter();
    let mut hits: Vec<&ShownHit> = trackers.flat_map(|tracker| &tracker.hits).collect();
    hits.sort_by_key(|hit| (hit.step, hit.n));
    hits
}

fn how(hit: &ShownHit) -> Manner {
    Manner {
        sent: manner(hit),
        callbacks: hit.calls.iter().map(ran).collect(),
    }
}

/// `post audit once`
fn ran(calls: &ShownCalls) -> String {
    let on = calls.on.map_or("own call of", |on| on.name());
    let times = super::seen::times(calls.runs.len());
    format!("{on} {} {times}", calls.name)
}

/// The variables of the first, in its order, then those that only the second has.
fn both(a: Option<&ShownHit>, b: Option<&ShownHit>) -> Vec<VariableParity> {
    let of = |hit: Option<&ShownHit>| hit.map(variables).unwrap_or_default();
    let (a, mut b) = (of(a), of(b));
    let mut rows = Vec::new();
    for Variable { name, value } in a {
        let at = b.iter().position(|other| other.name == name);
        rows.push(VariableParity {
            b: at.map(|at| b.remove(at).value),
            name,
            a: Some(value),
        });
    }
    rows.extend(
        b.into_iter()
            .map(|Variable { name, value }| VariableParity {
                name,
                a: None,
                b: Some(value),
            }),
    );
    rows
}
