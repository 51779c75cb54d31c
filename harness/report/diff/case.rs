//! Two builds in the same case.

use super::model::Kind;
use super::seen::Seen;
use super::tokens::Tokens;
use super::{calls, hits, page};
use crate::evidence::Behaviour;
use crate::report::RequirementVerdict;
use crate::verdict::Verdict;

/// What differs in what the case showed.
pub(super) fn behaviour(a: &Behaviour, b: &Behaviour) -> Vec<Seen> {
    let mut tokens = Tokens::default();
    let mut seen = hits::compare(a, b, &mut tokens);
    seen.extend(calls::without_hit(&a.calls, &b.calls, &mut tokens));
    seen.extend(page::compare(a, b, &mut tokens));
    seen
}

/// What differs in the verdicts. A requirement that a side does not name is not exercised there.
pub(super) fn requirements(a: &[RequirementVerdict], b: &[RequirementVerdict]) -> Vec<Seen> {
    let of = |verdicts: &[RequirementVerdict], id: &str| {
        let found = verdicts.iter().find(|verdict| verdict.id == id);
        found.map_or(Verdict::NotApplicable, |found| found.verdict)
    };
    let mut ids: Vec<&str> = Vec::new();
    for verdict in a.iter().chain(b) {
        if !ids.contains(&verdict.id.as_str()) {
            ids.push(&verdict.id);
        }
    }
    let differing = ids.into_iter().filter_map(|id| {
        let (a, b) = (of(a, id), of(b, id));
        (a != b).then(|| Seen::new(Kind::Requirement, id).both(word(a), word(b)))
    });
    differing.collect()
}

/// How a verdict reads.
pub(super) const VIOLATED: &str = "violated";

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Violated => VIOLATED,
        Verdict::NotApplicable => "not exercised",
    }
}
