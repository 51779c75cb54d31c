//! The Web SDK: what its callbacks, its base code and its monitors promise.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::evidence::{Evidence, Invocation, Promised};
use crate::scenario::Transport;
use crate::verdict::Instance;

use super::sdk::{created, hits, monitored, page_was_left, sent};
use super::{holds, show, violated};

/// Bytes that a browser takes for beacons at most.
const MOST_FOR_BEACONS: usize = 64 * 1024;

/// WEB-05
pub(super) fn unloading_uses_beacons(evidence: &Evidence) -> Vec<Instance> {
    let mut instances = Vec::new();
    for (command, hit) in sent(evidence) {
        let unloading = command
            .args
            .first()
            .and_then(|options| options.get("documentUnloading"));
        let document = evidence.documents.get(command.entered.doc);
        let has_beacons = document.is_none_or(|document| document.beacon != Some(false));
        if unloading != Some(&Value::Bool(true)) || !has_beacons {
            continue;
        }
        let size = hit.body.as_ref().map_or(0, |body| body.to_string().len());
        let is_refused = hit.accepted == Some(false);
        let why = match (hit.transport, size > MOST_FOR_BEACONS) {
            (Transport::Beacon, _) if !is_refused => None,
            (_, true) if is_refused && hit.sends > 1 => None,
            // Browsers may refuse for reasons of their own.
            (_, false) if is_refused => continue,
            (_, true) => Some("an event too large for a beacon was not sent another way"),
            (_, false) => Some("an event of a document that unloads was not sent with sendBeacon"),
        };
        instances.push(match why {
            None => holds(Some(hit)),
            Some(why) => {
                let events = vec![show::invocation(command), show::hit(hit)];
                violated(Some(hit), why, events)
            }
        });
    }
    instances
}

/// WEB-06
pub(super) fn throwing_sends_nothing(evidence: &Evidence) -> Vec<Instance> {
    let why = "an event was sent although `onBeforeEventSend` threw";
    cancelled(evidence, why, |run| run.threw.is_some())
}

/// WEB-07
pub(super) fn false_sends_nothing(evidence: &Evidence) -> Vec<Instance> {
    let why = "an event was sent although `onBeforeEventSend` returned false";
    cancelled(evidence, why, |run| {
        run.returned.as_deref() == Some("false")
    })
}

/// Every event passes the callback once, so at most as many are sent as it let pass.
fn cancelled(
    evidence: &Evidence,
    why: &str,
    concerns: impl Fn(&Invocation) -> bool,
) -> Vec<Instance> {
    let mut groups: BTreeMap<(&str, usize), Vec<&Invocation>> = BTreeMap::new();
    let runs = evidence.invocations.iter();
    for run in runs.filter(|run| run.method == "onBeforeEventSend" && !run.late) {
        let whose = (run.tracker.as_str(), run.entered.doc);
        groups.entry(whose).or_default().push(run);
    }
    let mut instances = Vec::new();
    for ((tracker, doc), runs) in groups {
        let stops =
            |run: &&&Invocation| run.threw.is_some() || run.returned.as_deref() == Some("false");
        let passed = runs.len() - runs.iter().filter(stops).count();
        let own: Vec<_> = hits(evidence)
            .filter(|hit| {
                hit.tracker.as_deref() == Some(tracker)
                    && hit.handed.first().is_some_and(|handed| handed.doc == doc)
            })
            .collect();
        for run in runs.iter().filter(|run| concerns(run)) {
            instances.push(if own.len() <= passed {
                holds(None)
            } else {
                let mut events = vec![show::invocation(run)];
                events.extend(own.iter().copied().map(show::hit));
                violated(None, why, events)
            });
        }
    }
    instances
}

/// WEB-08
pub(super) fn keeps_commands(evidence: &Evidence) -> Vec<Instance> {
    let mut instances = Vec::new();
    // Sequence number of the last begun command, by instance and document.
    let mut begun: BTreeMap<(&str, usize), u32> = BTreeMap::new();
    for (index, command) in evidence.invocations.iter().enumerate() {
        if command.promise.is_none() || command.late {
            continue;
        }
        let created = created(evidence, command);
        if created.is_none() && was_built(evidence, command) {
            continue;
        }
        let Some(created) = created else {
            instances.push(match command.promise {
                Some(Promised::Pending) => holds(None),
                _ => {
                    let why = "a promise was settled although the library never loaded";
                    let events = vec![show::invocation(command), show::promise(command)];
                    violated(None, why, events)
                }
            });
            continue;
        };
        if command.entered.before(created) != Some(true) {
            continue;
        }
        let last = begun
            .entry((command.tracker.as_str(), command.entered.doc))
            .or_default();
        let heard = monitored(evidence)
            .find(|heard| heard.hook == "onBeforeCommand" && heard.command == Some(index));
        let why = match heard {
            Some(heard) if heard.place.seq < *last => {
                Some("a command that the base code kept ran before one that was given earlier")
            }
            Some(heard) => {
                *last = heard.place.seq;
                None
            }
            // What was refused at once never began.
            None if command.promise != Some(Promised::Pending) => continue,
            None if may_be_meant(evidence, command, "onBeforeCommand") => continue,
            None if page_was_left(evidence, command.entered) => continue,
            None => Some("a command that the base code kept never ran although the library loaded"),
        };
        instances.push(match why {
            None => holds(None),
            Some(why) => violated(None, why, vec![show::invocation(command)]),
        });
    }
    instances
}

/// The library loaded in the command's document.
fn was_built(evidence: &Evidence, command: &Invocation) -> bool {
    let document = evidence.documents.get(command.entered.doc);
    document.is_some_and(|document| document.built.is_some())
}

/// Whether a monitor was told of some command that may be this one: only options tell commands apart.
fn may_be_meant(evidence: &Evidence, command: &Invocation, hook: &str) -> bool {
    monitored(evidence).any(|heard| {
        heard.hook == hook
            && heard.command.is_none()
            && heard.tracker == command.tracker
            && heard.method.as_ref() == Some(&command.method)
    })
}

/// WEB-09
pub(super) fn monitors_are_called(evidence: &Evidence) -> Vec<Instance> {
    let mut instances = Vec::new();
    for hit in hits(evidence) {
        let heard = |hooks: &[&str]| {
            monitored(evidence).any(|heard| {
                hooks.contains(&heard.hook.as_str()) && heard.request.as_ref() == Some(&hit.key)
            })
        };
        let gone = hit
            .handed
            .first()
            .is_some_and(|handed| page_was_left(evidence, *handed));
        let has_ended = hit.ended.is_some() && !gone;
        let why = if !heard(&["onBeforeNetworkRequest"]) {
            Some("no monitor was told of a request")
        } else if has_ended && !heard(&["onNetworkResponse", "onNetworkError"]) {
            Some("no monitor was told of the end of a request")
        } else {
            None
        };
        instances.push(match why {
            None => holds(Some(hit)),
            Some(why) => violated(Some(hit), why, vec![show::hit(hit), show::end(hit)]),
        });
    }
    for (index, command) in evidence.invocations.iter().enumerate() {
        let hook = match command.promise {
            Some(Promised::Fulfilled(_)) => "onCommandResolved",
            Some(Promised::Rejected(_)) => "onCommandRejected",
            Some(Promised::Pending) | None => continue,
        };
        let mut told = monitored(evidence).filter(|heard| heard.command == Some(index));
        if command.late {
            continue;
        }
        instances.push(if told.any(|heard| heard.hook == hook) {
            holds(None)
        } else if may_be_meant(evidence, command, hook) {
            continue;
        } else {
            let why = "no monitor was told how a command ended";
            let events = vec![show::invocation(command), show::promise(command)];
            violated(None, why, events)
        });
    }
    instances
}
