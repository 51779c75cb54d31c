//! registerPostTrackCallback.

use crate::evidence::{Call, Evidence, Hit, Outcome};
use crate::scenario::{On, Transport};
use crate::verdict::Instance;

use super::facts::{Facts, Makes, settled, truthy};
use super::values::{is_cleared, undefined};
use super::{callbacks, holds, show, violated};

/// POST-01
pub(super) fn runs_after_delivery(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    let mut instances = Vec::new();
    for hit in delivered(&facts) {
        for due in facts.due(hit, On::Post) {
            if due.required.is_empty() {
                continue;
            }
            let mut calls = facts.calls_for(hit, On::Post);
            calls.retain(|call| call.name == due.name);
            let why = if calls.is_empty() {
                Some("a post function did not run although its hit was delivered")
            } else if calls.iter().any(|call| is_too_early(hit, call)) {
                Some("a post function ran before its hit was sent")
            } else {
                None
            };
            instances.push(match why {
                None => holds(Some(hit)),
                Some(why) => violated(Some(hit), why, callbacks::story(hit, &[due], &calls)),
            });
        }
    }
    instances
}

/// POST-02
pub(super) fn runs_at_once(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    let mut instances = Vec::new();
    for hit in delivered(&facts) {
        let Some(end) = settled(hit) else {
            continue;
        };
        for call in facts.calls_for(hit, On::Post) {
            if is_too_early(hit, call) {
                continue;
            }
            let at_once = match call.place.same_task(end) {
                Some(same) => same,
                None if call.place.doc == end.doc => !has_something_between(evidence, hit, call),
                None => continue,
            };
            instances.push(if at_once {
                holds(Some(hit))
            } else {
                let why = "a post function ran in a later turn than the end of its hit";
                let events = vec![show::hit(hit), show::end(hit), show::call(call)];
                violated(Some(hit), why, events)
            });
        }
    }
    instances
}

/// POST-03
pub(super) fn silent_on_failure(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .hits()
        .filter(|hit| hit.outcome == Outcome::Failed)
        .filter_map(|hit| {
            let calls = facts.calls_for(hit, On::Post);
            let due = facts.due(hit, On::Post);
            if !calls.is_empty() {
                let why = "a post function ran although its hit failed";
                let story = callbacks::story(hit, &due, &calls);
                return Some(violated(Some(hit), why, story));
            }
            let listened = !due.is_empty() && callbacks::lived(&facts, hit);
            listened.then(|| holds(Some(hit)))
        })
        .collect()
}

/// POST-04
pub(super) fn runs_for_each_hit(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    let mut instances = callbacks::once_a_registration(&facts, On::Post, delivered(&facts));
    let for_nothing = facts
        .calls(On::Post)
        .filter(|(_, call)| call.hit.and_then(|n| evidence.hit(n)).is_none())
        .map(|(_, call)| {
            let why = "a post function ran for no hit at all";
            violated(None, why, vec![show::call(call)])
        });
    instances.extend(for_nothing);
    instances
}

/// POST-05
pub(super) fn page_view_series(evidence: &Evidence) -> Vec<Instance> {
    callbacks::series(&Facts::new(evidence), On::Post, "t")
}

/// POST-06
pub(super) fn link_series(evidence: &Evidence) -> Vec<Instance> {
    callbacks::series(&Facts::new(evidence), On::Post, "tl")
}

/// POST-07
pub(super) fn registrations_add_up(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    callbacks::each_function(&facts, On::Post, delivered(&facts))
}

/// POST-08
pub(super) fn repeats_add_up(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    callbacks::each_repeat(&facts, On::Post, delivered(&facts))
}

/// POST-10
pub(super) fn first_argument(evidence: &Evidence) -> Vec<Instance> {
    callbacks::first_argument(&Facts::new(evidence), On::Post)
}

/// POST-11
pub(super) fn argument_is_a_copy(evidence: &Evidence) -> Vec<Instance> {
    callbacks::argument_is_a_copy(&Facts::new(evidence), On::Post)
}

/// POST-12
pub(super) fn extra_arguments(evidence: &Evidence) -> Vec<Instance> {
    callbacks::extra_arguments(&Facts::new(evidence), On::Post)
}

/// POST-13
pub(super) fn function_only(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    let mut instances = Vec::new();
    for hit in facts.hits() {
        let dues = facts.due(hit, On::Post);
        for call in facts.calls_for(hit, On::Post) {
            let Some(due) = dues.iter().find(|due| due.name == call.name) else {
                continue;
            };
            if due.all().any(|registration| registration.args.is_empty()) {
                continue;
            }
            instances.push(if call.args.len() > 1 {
                let why = "a registration took more arguments than the function and passed them on";
                let mut events: Vec<_> = due.all().map(show::registration).collect();
                events.push(show::call(call));
                violated(Some(hit), why, events)
            } else {
                holds(Some(hit))
            });
        }
    }
    instances
}

/// POST-14
pub(super) fn cleared_stays_cleared(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    evidence
        .invocations
        .iter()
        .filter(|clearing| clearing.method == "clearVars" && !clearing.late)
        .filter_map(|clearing| {
            let by = evidence.calls.get(clearing.from_callback?)?;
            let left = clearing.left?;
            if by.on != Some(On::Post) {
                return None;
            }
            let next = facts
                .group(&clearing.tracker, left.doc)
                .calls
                .into_iter()
                .find(|&call| {
                    left.before(evidence.invocations[call].entered) == Some(true)
                        && facts.makes(call) != Makes::Nothing
                })?;
            let hit = facts.hit_of(next)?;
            let vars = facts.compiled(next)?;
            let mut kept = undefined(&vars, hit, is_cleared);
            // Left in the tracker by a `clearVars` that does not clear, it is defined again.
            kept.extend(
                hit.params
                    .iter()
                    .map(super::values::variable)
                    .filter(|name| {
                        let after = clearing.after.as_ref();
                        is_cleared(name) && truthy(after.and_then(|vars| vars.get(*name)))
                    })
                    .map(|name| format!("{name} was still defined after clearVars")),
            );
            Some(if kept.is_empty() {
                holds(Some(hit))
            } else {
                let why = "a variable that a post function had cleared was in the next hit";
                let mut events = vec![
                    show::call(by),
                    show::invocation(clearing),
                    show::invocation(&evidence.invocations[next]),
                    show::hit(hit),
                ];
                events.extend(kept);
                violated(Some(hit), why, events)
            })
        })
        .collect()
}

/// Hits that were delivered while their page was there to run functions.
fn delivered<'e>(facts: &Facts<'e>) -> impl Iterator<Item = &'e Hit> + use<'e> {
    let gone: Vec<u32> = facts
        .hits()
        .filter(|hit| facts.page_was_gone(hit))
        .map(|hit| hit.n)
        .collect();
    facts
        .hits()
        .filter(move |hit| hit.outcome == Outcome::Delivered && !gone.contains(&hit.n))
}

/// Before the hand-over, or in an earlier turn than the end of the transport. Within the turn of
/// the end, handlers of the probe and of the library run in any order.
fn is_too_early(hit: &Hit, call: &Call) -> bool {
    let unsent = hit
        .handed
        .first()
        .is_some_and(|handed| call.place.before(*handed) == Some(true));
    let unended = match (&hit.ended, hit.transport) {
        (_, Transport::Beacon) | (None, _) => false,
        (Some((end, _)), _) => {
            call.place.before(*end) == Some(true) && call.place.same_task(*end) != Some(true)
        }
    };
    unsent || unended
}

/// Something that only a later turn does lies between the end of the hit and the run.
fn has_something_between(evidence: &Evidence, hit: &Hit, call: &Call) -> bool {
    let Some(end) = settled(hit) else {
        return false;
    };
    let between = |place: crate::evidence::Place| {
        end.before(place) == Some(true) && place.before(call.place) == Some(true)
    };
    let other_end = evidence
        .hits
        .iter()
        .filter(|other| other.n != hit.n)
        .filter_map(|other| other.ended.as_ref())
        .any(|(place, _)| between(*place));
    let other_call = evidence
        .invocations
        .iter()
        .filter(|other| other.within.is_none() && other.from_callback.is_none())
        .any(|other| between(other.entered));
    other_end || other_call
}
