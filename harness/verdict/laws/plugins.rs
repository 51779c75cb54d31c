//! doPlugins.

use crate::evidence::{Evidence, Place};
use crate::verdict::Instance;

use super::facts::{Facts, overrides, truthy};
use super::{holds, show, violated};

/// DPL-01
pub(super) fn runs_if_wanted(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .single_hit_calls()
        .filter_map(|call| {
            let invocation = &evidence.invocations[call];
            let overridden = overrides(invocation).is_some_and(|vars| {
                vars.contains_key("usePlugins") || vars.contains_key("doPlugins")
            });
            if overridden {
                return None;
            }
            let runs = facts.plugins_of(call);
            let hit = facts.hit_of(call);
            let wanted = truthy(invocation.before.get("usePlugins"));
            let why = match (wanted, runs.len()) {
                (true, 1) => None,
                // Whether there is such a function shows only in its runs.
                (true, 0) if !ran_before(evidence, &invocation.tracker, invocation.entered) => {
                    return None;
                }
                (true, 0) => Some("doPlugins did not run although `usePlugins` was set"),
                (true, _) => Some("doPlugins ran more than once for a call"),
                (false, 0) if !ran_ever(evidence, &invocation.tracker) => return None,
                (false, 0) => None,
                (false, _) => Some("doPlugins ran although `usePlugins` was not set"),
            };
            Some(match why {
                None => holds(hit),
                Some(why) => {
                    let mut events = vec![show::invocation(invocation)];
                    events.extend(runs.into_iter().map(show::invocation));
                    violated(hit, why, events)
                }
            })
        })
        .collect()
}

/// doPlugins ran within a tracking call before: there is one, and calls are compiled at once.
fn ran_before(evidence: &Evidence, tracker: &str, place: Place) -> bool {
    evidence.invocations.iter().any(|invocation| {
        invocation.method == "doPlugins"
            && invocation.tracker == tracker
            && invocation.within.is_some()
            && invocation.entered.before(place) == Some(true)
    })
}

fn ran_ever(evidence: &Evidence, tracker: &str) -> bool {
    evidence
        .invocations
        .iter()
        .any(|invocation| invocation.method == "doPlugins" && invocation.tracker == tracker)
}
