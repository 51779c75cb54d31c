//! `useBeacon`.

use crate::evidence::{Evidence, Hit};
use crate::scenario::Transport;
use crate::verdict::Instance;

use super::facts::{Facts, Makes, doc_of, overrides, truthy};
use super::link::TOO_LONG_FOR_BEACONS;
use super::{holds, show, violated};

/// BCN-01
pub(super) fn is_used(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .linked()
        .into_iter()
        .filter(|&(call, hit)| {
            facts.makes(call) == Makes::One
                && facts
                    .compiled(call)
                    .is_some_and(|vars| truthy(vars.get("useBeacon")))
                && hit.url.len() < TOO_LONG_FOR_BEACONS
                && has_beacons(evidence, hit)
        })
        .map(|(call, hit)| {
            if is_beacon(hit) {
                holds(Some(hit))
            } else {
                let why = what_it_was(hit, "a hit was no beacon although `useBeacon` was set");
                let events = vec![
                    show::invocation(&evidence.invocations[call]),
                    show::hit(hit),
                ];
                violated(Some(hit), why, events)
            }
        })
        .collect()
}

/// BCN-02
pub(super) fn resets(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .single_hit_calls()
        .filter_map(|call| {
            let invocation = &evidence.invocations[call];
            let overridden =
                overrides(invocation).is_some_and(|vars| vars.contains_key("useBeacon"));
            if overridden || !truthy(invocation.before.get("useBeacon")) {
                return None;
            }
            let hit = facts.hit_of(call);
            Some(if truthy(invocation.after.as_ref()?.get("useBeacon")) {
                let why = "`useBeacon` was still set after a tracking call";
                violated(hit, why, vec![show::invocation(invocation)])
            } else {
                holds(hit)
            })
        })
        .collect()
}

/// The hit's page had `navigator.sendBeacon`, and it did not refuse the hit.
pub(super) fn has_beacons(evidence: &Evidence, hit: &Hit) -> bool {
    let missing = doc_of(hit)
        .and_then(|doc| evidence.documents.get(doc))
        .is_some_and(|document| document.beacon == Some(false));
    !missing && hit.accepted != Some(false)
}

/// A beacon as the documentation describes it: the data stand in the address, the body is empty.
pub(super) fn is_beacon(hit: &Hit) -> bool {
    hit.transport == Transport::Beacon && hit.method == "POST" && !hit.has_body
}

/// Why a hit is no such beacon; `otherwise` where it is none at all.
pub(super) fn what_it_was(hit: &Hit, otherwise: &'static str) -> &'static str {
    match hit.transport == Transport::Beacon && hit.has_body {
        true => "a beacon had its data in a body, not in its address",
        false => otherwise,
    }
}
