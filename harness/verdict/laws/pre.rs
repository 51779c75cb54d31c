//! registerPreTrackCallback.

use crate::evidence::{Call, Evidence, Hit};
use crate::scenario::On;
use crate::verdict::Instance;

use super::facts::{Facts, overrides, settled};
use super::values::departures;
use super::{callbacks, holds, show, violated};

/// PRE-01
pub(super) fn runs_before_sending(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    let mut instances = Vec::new();
    for hit in facts.hits() {
        for due in facts.due(hit, On::Pre) {
            if due.required.is_empty() {
                continue;
            }
            let mut calls = facts.calls_for(hit, On::Pre);
            calls.retain(|call| call.name == due.name);
            let in_time = calls
                .iter()
                .any(|call| call.place.before(hit.handed[0]) == Some(true));
            instances.push(if in_time {
                holds(Some(hit))
            } else {
                let why = if calls.is_empty() {
                    "a pre function did not run for a hit that was sent"
                } else {
                    "a pre function ran only after its hit was sent"
                };
                violated(Some(hit), why, callbacks::story(hit, &[due], &calls))
            });
        }
    }
    instances
}

/// PRE-02
pub(super) fn runs_for_each_hit(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    callbacks::once_a_registration(&facts, On::Pre, facts.hits())
}

/// PRE-03
pub(super) fn like_post(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    [
        callbacks::series(&facts, On::Pre, "t"),
        callbacks::series(&facts, On::Pre, "tl"),
        callbacks::each_function(&facts, On::Pre, facts.hits()),
        callbacks::each_repeat(&facts, On::Pre, facts.hits()),
        callbacks::first_argument(&facts, On::Pre),
        callbacks::argument_is_a_copy(&facts, On::Pre),
        callbacks::extra_arguments(&facts, On::Pre),
    ]
    .concat()
}

/// PRE-04
pub(super) fn hit_is_settled(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .hits()
        .filter_map(|hit| {
            let calls = facts.calls_for(hit, On::Pre);
            let told = calls.first()?.args.first()?.as_str()?;
            let mut events: Vec<_> = calls.iter().map(|call| show::call(call)).collect();
            events.push(show::hit(hit));
            let compiled_late = late_variables(&facts, hit);
            Some(if !callbacks::is_same_url(told, &hit.url) {
                let why = "a hit was sent with another URL than its pre functions were told";
                violated(Some(hit), why, events)
            } else if !compiled_late.is_empty() {
                events.extend(compiled_late);
                let why =
                    "a hit that pre functions ran for was not sent with the variables of its call";
                violated(Some(hit), why, events)
            } else {
                holds(Some(hit))
            })
        })
        .collect()
}

/// Variables of a page view that are not as the call of `t` found them.
fn late_variables(facts: &Facts<'_>, hit: &Hit) -> Vec<String> {
    facts
        .call_of(hit)
        .filter(|&call| {
            facts.evidence.invocations[call].method == "t"
                && hit.param("pe").is_none()
                && facts.plugins_of(call).is_empty()
                && overrides(&facts.evidence.invocations[call]).is_none()
        })
        .and_then(|call| facts.compiled(call))
        .map(|vars| departures(&vars, hit, |_| true))
        .unwrap_or_default()
}

/// PRE-05
pub(super) fn runs_just_before(evidence: &Evidence) -> Vec<Instance> {
    nothing_between(evidence, Before::AnotherHit)
}

/// PRE-06
pub(super) fn next_is_its_own_hit(evidence: &Evidence) -> Vec<Instance> {
    nothing_between(evidence, Before::Nothing)
}

/// What of the tracker was on its way when a pre function ran.
#[derive(PartialEq, Eq)]
enum Before {
    AnotherHit,
    Nothing,
}

/// Whether no other hit of the tracker was sent or ended between a pre function's run and its hit.
fn nothing_between(evidence: &Evidence, wanted: Before) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .hits()
        .filter_map(|hit| {
            let handed = hit.handed[0];
            let run = facts
                .calls_for(hit, On::Pre)
                .into_iter()
                .rfind(|call| call.place.before(handed) == Some(true))?;
            // Hits that are kept are sent later, and together.
            let is_kept = hit
                .tracker
                .as_deref()
                .is_some_and(|tracker| facts.keeps_hits(tracker));
            if is_kept || tracks_itself(&facts, hit) || before(&facts, hit, run) != wanted {
                return None;
            }
            let others: Vec<_> = others(&facts, hit)
                .filter(|other| {
                    let end = other.ended.as_ref().map(|(place, _)| *place);
                    other.handed.iter().copied().chain(end).any(|place| {
                        run.place.before(place) == Some(true) && place.before(handed) == Some(true)
                    })
                })
                .collect();
            Some(if others.is_empty() {
                holds(Some(hit))
            } else {
                let why =
                    "another hit was sent or ended between a pre function's run and its own hit";
                let mut events = vec![show::call(run)];
                for other in others {
                    events.extend([show::hit(other), show::end(other)]);
                }
                events.push(show::hit(hit));
                violated(Some(hit), why, events)
            })
        })
        .collect()
}

fn others<'e>(facts: &Facts<'e>, hit: &Hit) -> impl Iterator<Item = &'e Hit> {
    let (n, tracker) = (hit.n, hit.tracker.clone());
    facts
        .hits()
        .filter(move |other| other.n != n && other.tracker == tracker)
}

/// A hit is on its way from its hand-over until the page knows of its end, and from the moment at
/// which it was compiled.
fn before(facts: &Facts<'_>, hit: &Hit, run: &Call) -> Before {
    let waits = others(facts, hit).any(|other| {
        let compiled = facts
            .calls_for(other, On::Pre)
            .first()
            .map(|call| call.place)
            .or(other.handed.first().copied());
        let begun = compiled.is_some_and(|place| place.before(run.place) == Some(true));
        let ended = settled(other).is_some_and(|place| place.before(run.place) == Some(true));
        begun && !ended
    });
    match waits {
        true => Before::AnotherHit,
        false => Before::Nothing,
    }
}

/// One of the hit's pre functions tracks: what it must not do decides the order then.
fn tracks_itself(facts: &Facts<'_>, hit: &Hit) -> bool {
    facts
        .calls(On::Pre)
        .filter(|(_, call)| call.hit == Some(hit.n))
        .any(|(index, _)| {
            facts
                .tracking_calls()
                .into_iter()
                .any(|call| facts.evidence.invocations[call].from_callback == Some(index))
        })
}
