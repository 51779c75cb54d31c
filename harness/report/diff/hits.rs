//! Hits of two builds in one case.

use std::collections::BTreeSet;

use super::align::{Aligned, Pair, align, link};
use super::calls;
use super::model::Kind;
use super::params::{self, Query, is_ordered};
use super::seen::{Seen, times};
use super::tokens::{Tokens, plain_pair};
use crate::evidence::{Behaviour, ShownHit};

/// What differs between the hits, and what they have in common is told to `tokens`.
pub(super) fn compare(a: &Behaviour, b: &Behaviour, tokens: &mut Tokens) -> Vec<Seen> {
    let mut seen: Vec<Seen> = endless(a, b).into_iter().collect();
    let mut trackers = Vec::new();
    for name in tracker_names(a, b) {
        let Aligned { pairs, moved } = align(hits_of(a, name), hits_of(b, name));
        seen.extend(moved.into_iter().map(|(a, b)| at_another_place(a, b)));
        for (a, b) in both(&pairs) {
            tokens.pair_hits(&a.name, &b.name);
        }
        trackers.push(pairs);
    }
    for pairs in &trackers {
        for pair in pairs {
            match pair {
                (Some(a), Some(b)) => seen.extend(same_hit(a, b, tokens)),
                // Of a series that does not end, how many there were is no difference of its own.
                (Some(hit), None) if !a.capped => {
                    seen.push(lone(hit).a(manner(hit)));
                }
                (None, Some(hit)) if !b.capped => {
                    seen.push(lone(hit).b(manner(hit)));
                }
                _ => {}
            }
        }
        // Callbacks do less at the end of a series that is ended, and when that is is a matter of timing.
        if !a.capped && !b.capped {
            seen.extend(calls::order(pairs));
        }
    }
    seen
}

/// The pairs of the same hit.
pub(super) fn both<'h>(pairs: &[Pair<'h>]) -> impl Iterator<Item = (&'h ShownHit, &'h ShownHit)> {
    pairs.iter().filter_map(|(a, b)| Some(((*a)?, (*b)?)))
}

/// Trackers of both, those of the first build first.
fn tracker_names<'n>(a: &'n Behaviour, b: &'n Behaviour) -> Vec<Option<&'n str>> {
    let mut known = BTreeSet::new();
    let names = a.trackers.iter().chain(&b.trackers);
    let names = names.map(|tracker| tracker.tracker.as_deref());
    names.filter(|name| known.insert(*name)).collect()
}

fn hits_of<'h>(behaviour: &'h Behaviour, name: Option<&str>) -> &'h [ShownHit] {
    let mut trackers = behaviour.trackers.iter();
    let tracker = trackers.find(|tracker| tracker.tracker.as_deref() == name);
    tracker.map_or(&[], |tracker| &tracker.hits)
}

fn endless(a: &Behaviour, b: &Behaviour) -> Option<Seen> {
    let state = |behaviour: &Behaviour| {
        let hits: usize = behaviour.trackers.iter().map(|one| one.hits.len()).sum();
        match (behaviour.capped, hits) {
            (true, _) => "does not end by itself".to_owned(),
            (false, 1) => "ends after 1 hit".to_owned(),
            (false, hits) => format!("ends after {hits} hits"),
        }
    };
    (a.capped != b.capped)
        .then(|| Seen::new(Kind::Endless, "a series of hits").both(state(a), state(b)))
}

fn at_another_place(a: &ShownHit, b: &ShownHit) -> Seen {
    let place = |hit: &ShownHit| format!("hit {} of its tracker", hit.n);
    let moved = Seen::new(Kind::HitOrder, kind_of(a));
    moved.both(place(a), place(b)).at(a.name.as_str())
}

/// `page view`, `link (lnk_o)`.
fn kind_of(hit: &ShownHit) -> String {
    match link(hit) {
        Some(kind) => format!("link ({kind})"),
        None if hit.address.contains("/b/ss/") => "page view".to_owned(),
        None => "hit".to_owned(),
    }
}

fn lone(hit: &ShownHit) -> Seen {
    Seen::new(Kind::Hit, kind_of(hit)).at(hit.name.as_str())
}

/// `image GET, delivered`
pub(super) fn manner(hit: &ShownHit) -> String {
    format!("{}, {}", transport(hit), hit.ended())
}

fn transport(hit: &ShownHit) -> String {
    format!("{} {}", hit.transport.name(), hit.method)
}

fn query(hit: &ShownHit) -> Query<'_> {
    Query {
        framed: hit.framed,
        ordered: is_ordered(&hit.address),
        params: &hit.params,
    }
}

fn same_hit(a: &ShownHit, b: &ShownHit, tokens: &mut Tokens) -> Vec<Seen> {
    let mut seen = Vec::new();
    let texts = [
        (Kind::Outcome, "outcome", a.ended(), b.ended()),
        (Kind::Transport, "transport", transport(a), transport(b)),
        (Kind::Sends, "handed over", handed(a), handed(b)),
        (Kind::Accepted, "sendBeacon", accepted(a), accepted(b)),
        (Kind::Arrived, "body on the wire", body(a), body(b)),
        (Kind::HitStep, "handed over", step(a.step), step(b.step)),
    ];
    for (kind, subject, a, b) in texts {
        if a != b {
            seen.push(Seen::new(kind, subject).both(a, b));
        }
    }
    if !tokens.same(&a.address, &b.address) {
        let (a, b) = plain_pair(&a.address, &b.address);
        seen.push(Seen::new(Kind::Address, "address").both(a, b));
    }
    let arrived = |hit: &ShownHit| hit.arrived.clone().unwrap_or("as it was sent".into());
    let (there, here) = (arrived(a), arrived(b));
    if !tokens.same(&there, &here) {
        let (a, b) = plain_pair(&there, &here);
        seen.push(Seen::new(Kind::Arrived, "address on the wire").both(a, b));
    }
    seen.extend(params::compare(query(a), query(b), tokens));
    let seen = seen.into_iter().map(|seen| seen.at(a.name.as_str()));
    seen.chain(calls::of_hit(a, b, tokens)).collect()
}

fn handed(hit: &ShownHit) -> String {
    match hit.sends {
        0 => "never: seen on the wire only".to_owned(),
        n => times(n as usize),
    }
}

fn body(hit: &ShownHit) -> String {
    match hit.body_changed {
        true => "another one than was handed over".to_owned(),
        false => "as it was handed over".to_owned(),
    }
}

fn accepted(hit: &ShownHit) -> String {
    match hit.refused {
        true => "returned false".to_owned(),
        false => "did not return false".to_owned(),
    }
}

/// `in step 2`, `in set-up`.
pub(super) fn step(step: u32) -> String {
    match step {
        0 => "in set-up".to_owned(),
        n => format!("in step {n}"),
    }
}
