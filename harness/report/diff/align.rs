//! Which hit of one build is which of the other: the pairs that leave least to be said.

use std::collections::HashSet;

use super::tokens::plain;
use crate::evidence::ShownHit;

/// A hit of the first build, one of the second, or the same hit of both.
pub(super) type Pair<'h> = (Option<&'h ShownHit>, Option<&'h ShownHit>);

/// What a hit without a counterpart costs; two hits are taken for one if they cost less than two of these.
const ALONE: u32 = 400;
/// What another step costs.
const STEP: u32 = 50;

/// The hits of a tracker, paired.
pub(super) struct Aligned<'h> {
    /// In the order of the first build.
    pub pairs: Vec<Pair<'h>>,
    /// Those of the pairs that are the same hit at another place.
    pub moved: Vec<(&'h ShownHit, &'h ShownHit)>,
}

/// Pairs the hits of a tracker so that little differs: in order, but the very same hit at another place
/// is that hit.
pub(super) fn align<'h>(a: &'h [ShownHit], b: &'h [ShownHit]) -> Aligned<'h> {
    let features = |hits: &'h [ShownHit]| hits.iter().map(Features::of).collect::<Vec<_>>();
    let (a, b) = (features(a), features(b));
    let (left, right): (Vec<&Features>, Vec<&Features>) = (a.iter().collect(), b.iter().collect());
    let pairs = in_order(&left, &right);
    let (mut pairs, rest): (Vec<_>, Vec<_>) = pairs
        .into_iter()
        .partition(|pair| matches!(pair, (Some(a), Some(b)) if a.is(b)));
    let mut rest_a: Vec<&Features> = rest.iter().filter_map(|(a, _)| *a).collect();
    let mut rest_b: Vec<&Features> = rest.iter().filter_map(|(_, b)| *b).collect();
    let mut moved = Vec::new();
    rest_a.retain(|a| match rest_b.iter().position(|b| a.is(b)) {
        Some(at) => {
            moved.push((*a, rest_b.remove(at)));
            false
        }
        None => true,
    });
    pairs.extend(moved.iter().map(|(a, b)| (Some(*a), Some(*b))));
    pairs.extend(in_order(&rest_a, &rest_b));
    Aligned {
        pairs: sorted(pairs),
        moved: moved.into_iter().map(|(a, b)| (a.hit, b.hit)).collect(),
    }
}

/// In the order of the first build, and of the second where only that has a hit.
fn sorted<'h>(pairs: Vec<FeaturePair<'_, 'h>>) -> Vec<Pair<'h>> {
    let hits = pairs
        .into_iter()
        .map(|(a, b)| (a.map(|a| a.hit), b.map(|b| b.hit)));
    let (mut pairs, alone): (Vec<Pair>, Vec<Pair>) = hits.partition(|(a, _)| a.is_some());
    let number = |hit: Option<&ShownHit>| hit.map_or(0, |hit| hit.n);
    pairs.sort_by_key(|(a, _)| number(*a));
    for (_, new) in alone {
        let before = |pair: &Pair| (1..number(new)).contains(&number(pair.1));
        let at = pairs.iter().rposition(before).map_or(0, |at| at + 1);
        pairs.insert(at, (None, new));
    }
    pairs
}

type FeaturePair<'f, 'h> = (Option<&'f Features<'h>>, Option<&'f Features<'h>>);

/// The pairs that cost least, none of them crossing another.
fn in_order<'f, 'h>(a: &[&'f Features<'h>], b: &[&'f Features<'h>]) -> Vec<FeaturePair<'f, 'h>> {
    let cost = costs(a, b);
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    // Where several ways cost the same, a pair goes first, so that equal runs are paired alike.
    while i < a.len() || j < b.len() {
        let here = cost[i][j];
        let paired =
            i < a.len() && j < b.len() && here == cost[i + 1][j + 1] + a[i].unlikeness(b[j]);
        if paired {
            pairs.push((Some(a[i]), Some(b[j])));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && here == cost[i + 1][j] + ALONE {
            pairs.push((Some(a[i]), None));
            i += 1;
        } else {
            pairs.push((None, b.get(j).copied()));
            j += 1;
        }
    }
    pairs
}

/// `cost[i][j]`: the least cost of what is left from hit `i` and hit `j` on.
fn costs(a: &[&Features], b: &[&Features]) -> Vec<Vec<u32>> {
    let mut cost = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in (0..=a.len()).rev() {
        for j in (0..=b.len()).rev() {
            let alone_a = (i < a.len()).then(|| cost[i + 1][j] + ALONE);
            let alone_b = (j < b.len()).then(|| cost[i][j + 1] + ALONE);
            let paired =
                (i < a.len() && j < b.len()).then(|| cost[i + 1][j + 1] + a[i].unlikeness(b[j]));
            let least = [paired, alone_a, alone_b].into_iter().flatten().min();
            cost[i][j] = least.unwrap_or(0);
        }
    }
    cost
}

/// What tells hits apart.
struct Features<'h> {
    hit: &'h ShownHit,
    address: String,
    link: Option<&'h str>,
    /// Names and values that are no tokens: what the page said.
    params: HashSet<(&'h str, &'h str)>,
}

impl<'h> Features<'h> {
    fn of(hit: &'h ShownHit) -> Features<'h> {
        let said = hit
            .params
            .iter()
            .filter(|param| !param.value.starts_with('«'));
        Features {
            hit,
            address: plain(&hit.address),
            link: link(hit),
            params: said
                .map(|param| (param.name.as_str(), param.value.as_str()))
                .collect(),
        }
    }

    /// Whether it is the very same hit, wherever it stands.
    fn is(&self, other: &Features) -> bool {
        self.unlikeness(other) == self.step_apart(other)
    }

    fn step_apart(&self, other: &Features) -> u32 {
        u32::from(self.hit.step != other.hit.step) * STEP
    }

    fn unlikeness(&self, other: &Features) -> u32 {
        let differ = [
            (self.link != other.link, 300),
            (self.address != other.address, 150),
            (self.hit.transport != other.hit.transport, 100),
            (self.hit.outcome != other.hit.outcome, 50),
        ];
        let step = self.step_apart(other);
        let all = self.params.len() + other.params.len();
        let apart = self.params.symmetric_difference(&other.params).count();
        let params = 500 * apart / all.max(1);
        let other: u32 = differ
            .into_iter()
            .filter_map(|(differs, cost)| differs.then_some(cost))
            .sum();
        other + step + u32::try_from(params).unwrap_or(u32::MAX / 2)
    }
}

/// The kind of link, of a hit that is one.
pub(super) fn link(hit: &ShownHit) -> Option<&str> {
    let mut params = hit.params.iter();
    let pe = params.find(|param| param.name == "pe")?;
    Some(pe.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::sample::hit;
    use super::*;

    /// Hits with these values of eVar1, as pairs of numbers.
    fn paired(a: &[&str], b: &[&str]) -> Vec<(u32, u32)> {
        let hits = |values: &[&str]| {
            let numbered = (1..).zip(values);
            numbered
                .map(|(n, value)| hit(n, &[("v1", value), ("g", "https://www.shop.test/")]))
                .collect::<Vec<_>>()
        };
        let (a, b) = (hits(a), hits(b));
        let number = |hit: Option<&ShownHit>| hit.map_or(0, |hit| hit.n);
        let pairs = align(&a, &b).pairs;
        pairs
            .into_iter()
            .map(|(a, b)| (number(a), number(b)))
            .collect()
    }

    #[test]
    fn a_lost_hit_does_not_shift_those_behind_it() {
        assert_eq!(
            paired(&["A", "B", "C"], &["A", "C"]),
            [(1, 1), (2, 0), (3, 2)]
        );
        assert_eq!(
            paired(&["A", "C"], &["A", "B", "C"]),
            [(1, 1), (0, 2), (2, 3)]
        );
        assert_eq!(paired(&[], &["A"]), [(0, 1)]);
    }

    #[test]
    fn a_changed_value_is_no_other_hit() {
        assert_eq!(paired(&["A", "B"], &["A", "X"]), [(1, 1), (2, 2)]);
    }

    #[test]
    fn of_equal_hits_the_last_are_the_ones_too_many() {
        assert_eq!(
            paired(&["A", "A"], &["A", "A", "A"]),
            [(1, 1), (2, 2), (0, 3)]
        );
    }
}
