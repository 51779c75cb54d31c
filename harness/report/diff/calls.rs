//! Calls of callbacks: how often, with what, and in which order of hits. Which of two callbacks runs
//! first is left open by the documentation.

use std::collections::BTreeSet;

use super::align::Pair;
use super::hits::{both, step};
use super::model::Kind;
use super::seen::{Seen, times};
use super::tokens::{Tokens, plain, plain_pair, with_own};
use crate::evidence::{ShownCalls, ShownHit, ShownRun, shortened};
use crate::scenario::On;

/// A callback: its list and its name.
type Callback<'c> = (Option<On>, &'c str);

/// What differs between the calls for the same hit.
pub(super) fn of_hit(a: &ShownHit, b: &ShownHit, tokens: &mut Tokens) -> Vec<Seen> {
    let mut seen = Vec::new();
    for callback in callbacks(&[&a.calls, &b.calls]) {
        let (left, right) = (runs(&a.calls, callback), runs(&b.calls, callback));
        let at = format!("{} of {}", callback.1, a.name);
        let for_hit = |n: usize| match n {
            0 => "does not run for a hit".to_owned(),
            1 => "runs once for a hit".to_owned(),
            n => format!("runs {n} times for one hit"),
        };
        let own = (a.name.as_str(), b.name.as_str());
        let found = compare(callback, (left, right), own, for_hit, tokens);
        seen.extend(found.into_iter().map(|seen| seen.at(at.as_str())));
    }
    seen
}

/// What differs between the calls without a hit.
pub(super) fn without_hit(a: &[ShownCalls], b: &[ShownCalls], tokens: &mut Tokens) -> Vec<Seen> {
    let mut seen = Vec::new();
    for callback in callbacks(&[a, b]) {
        let (left, right) = (runs(a, callback), runs(b, callback));
        let for_none = |n: usize| match n {
            0 => "does not run without a hit".to_owned(),
            n => format!("runs {} without a hit", times(n)),
        };
        let found = compare(callback, (left, right), ("", ""), for_none, tokens);
        seen.extend(found.into_iter().map(|seen| seen.at(callback.1)));
    }
    seen
}

fn compare(
    callback: Callback,
    (a, b): (&[ShownRun], &[ShownRun]),
    own: (&str, &str),
    count: impl Fn(usize) -> String,
    tokens: &mut Tokens,
) -> Vec<Seen> {
    let mut seen = Vec::new();
    let list = list_name(callback.0);
    if a.len() != b.len() {
        let runs = Seen::new(Kind::CallCount, list);
        seen.push(runs.both(count(a.len()), count(b.len())));
    }
    for (a, b) in a.iter().zip(b) {
        seen.extend(arguments(list, a, b, own, tokens));
        if a.step != b.step {
            let runs = Seen::new(Kind::CallStep, format!("{list}, when it runs"));
            seen.push(runs.both(step(a.step), step(b.step)));
        }
    }
    seen
}

fn arguments(
    list: &str,
    a: &ShownRun,
    b: &ShownRun,
    own: (&str, &str),
    tokens: &mut Tokens,
) -> Vec<Seen> {
    let mut seen = Vec::new();
    for at in 0..a.args.len().max(b.args.len()) {
        let argument = Seen::new(Kind::CallArgument, format!("{list}, argument {}", at + 1));
        let text = |run: &ShownRun, hit: &str| run.args.get(at).map(|arg| with_own(arg, hit));
        match (text(a, own.0), text(b, own.1)) {
            (Some(a), Some(b)) if tokens.same(&a, &b) => {}
            (Some(a), Some(b)) => {
                let (a, b) = plain_pair(&a, &b);
                seen.push(argument.both(shortened(&a), shortened(&b)));
            }
            (Some(a), None) => seen.push(argument.a(shortened(&plain(&a)))),
            (None, Some(b)) => seen.push(argument.b(shortened(&plain(&b)))),
            (None, None) => {}
        }
    }
    seen
}

/// Functions of the pre list that run as often for each hit of a tracker and not in the same order of
/// hits. Those of the post list run as answers come, and answers of hits that are under way together
/// race; that each runs in the very turn in which its hit ended is for the law of POST-02.
pub(super) fn order(pairs: &[Pair]) -> Vec<Seen> {
    let lists: Vec<&[ShownCalls]> = both(pairs)
        .flat_map(|(a, b)| [&*a.calls, &*b.calls])
        .collect();
    let mut seen = Vec::new();
    let listed = callbacks(&lists).into_iter();
    for callback in listed.filter(|(on, _)| *on == Some(On::Pre)) {
        let as_often = both(pairs)
            .all(|(a, b)| runs(&a.calls, callback).len() == runs(&b.calls, callback).len());
        if !as_often {
            continue;
        }
        let a = hits_in_order(both(pairs).map(|(a, _)| (a.n, a)), callback);
        let b = hits_in_order(both(pairs).map(|(a, b)| (a.n, b)), callback);
        if a != b {
            let order = Seen::new(Kind::CallOrder, list_name(callback.0));
            seen.push(order.both(for_hits(&a), for_hits(&b)).at(callback.1));
        }
    }
    seen
}

/// Numbers of the hits for which a callback runs, in the order of its runs.
fn hits_in_order<'h>(
    hits: impl Iterator<Item = (u32, &'h ShownHit)>,
    callback: Callback,
) -> Vec<u32> {
    let mut places: Vec<(u32, u32)> = hits
        .flat_map(|(n, hit)| {
            let runs = runs(&hit.calls, callback).iter();
            runs.map(move |run| (run.place, n))
        })
        .collect();
    places.sort_unstable();
    places.into_iter().map(|(_, n)| n).collect()
}

fn for_hits(numbers: &[u32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    format!("for hits {}", numbers.join(", "))
}

fn callbacks<'c>(lists: &[&'c [ShownCalls]]) -> BTreeSet<Callback<'c>> {
    let calls = lists.iter().flat_map(|list| list.iter());
    calls.map(|calls| (calls.on, calls.name.as_str())).collect()
}

fn runs<'c>(calls: &'c [ShownCalls], (on, name): Callback) -> &'c [ShownRun] {
    let mut calls = calls.iter();
    let found = calls.find(|calls| calls.on == on && calls.name == name);
    found.map_or(&[], |calls| &calls.runs)
}

fn list_name(on: Option<On>) -> &'static str {
    on.map_or("called by the scenario", On::name)
}
