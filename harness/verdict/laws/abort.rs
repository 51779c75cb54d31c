//! `abort`.

use crate::evidence::Evidence;
use crate::verdict::Instance;

use super::facts::{Facts, Group, Makes, overrides, truthy};
use super::track::{calls_and_hits, lost, surplus_hits};
use super::{holds, violated};

/// ABT-01
pub(super) fn suppresses_one_call(evidence: &Evidence) -> Vec<Instance> {
    judge(evidence, |facts, call| {
        truthy(facts.evidence.invocations[call].before.get("abort"))
    })
}

/// ABT-02
pub(super) fn works_in_plugins(evidence: &Evidence) -> Vec<Instance> {
    judge(evidence, |facts, call| {
        facts.plugins_of(call).iter().any(|plugins| {
            let after = plugins.after.as_ref();
            !truthy(plugins.before.get("abort"))
                && truthy(after.and_then(|after| after.get("abort")))
        })
    })
}

/// Judges the aborted calls that are meant.
fn judge(evidence: &Evidence, meant: impl Fn(&Facts<'_>, usize) -> bool) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    let mut instances = Vec::new();
    for group in facts.groups() {
        for &call in &group.calls {
            if facts.makes(call) == Makes::Nothing && meant(&facts, call) {
                instances.push(judge_call(&facts, &group, call));
            }
        }
    }
    instances
}

fn judge_call(facts: &Facts<'_>, group: &Group<'_>, call: usize) -> Instance {
    let made = facts.hit_of(call).map(|hit| hit.n);
    let surplus = made.or_else(|| surplus_hits(facts, group).first().copied());
    let story = || calls_and_hits(facts, group);
    if let Some(n) = surplus {
        let hit = facts.evidence.hit(n);
        return violated(hit, "an aborted call made a hit", story());
    }
    let invocation = &facts.evidence.invocations[call];
    let overridden = overrides(invocation).is_some_and(|vars| vars.contains_key("abort"));
    let after = invocation.after.as_ref();
    if !overridden && truthy(after.and_then(|after| after.get("abort"))) {
        return violated(
            None,
            "`abort` was still set after the call it suppressed",
            story(),
        );
    }
    if lost(facts, group) > 0 {
        return violated(None, "`abort` suppressed more than one call", story());
    }
    holds(None)
}
