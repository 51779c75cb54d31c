//! The order in which cases begin.

/// Sorts cases into the order of this seed. A case's place relative to another depends on the seed and the two
/// names only, not on which other cases there are, so that a run of fewer cases keeps it.
pub(super) fn shuffle<T>(cases: &mut [T], seed: u64, name: impl Fn(&T) -> String) {
    cases.sort_by_cached_key(|case| {
        let name = name(case);
        (draw(seed, &name), name)
    });
}

/// A number as good as random that stays the same in every version of posttrack: a seed in a report must lead to the
/// same order for whoever looks into it later. FNV-1a of the name, mixed with the seed as in SplitMix64.
fn draw(seed: u64, name: &str) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mix(hash ^ mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)))
}

fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn shuffled<'a>(names: &[&'a str], seed: u64) -> Vec<&'a str> {
        let mut names = names.to_vec();
        shuffle(&mut names, seed, |name| (*name).to_owned());
        names
    }

    #[test]
    fn the_order_of_a_seed_never_changes() {
        let names = ["a", "b", "c", "d", "e"];
        assert_eq!(shuffled(&names, 0), ["b", "a", "d", "c", "e"]);
        assert_eq!(shuffled(&names, 1), ["e", "d", "b", "a", "c"]);
        assert_eq!(shuffled(&names, u64::MAX), ["c", "b", "a", "d", "e"]);
    }

    #[test]
    fn seeds_make_all_orders() {
        let orders: BTreeSet<_> = (0..100)
            .map(|seed| shuffled(&["a", "b", "c"], seed))
            .collect();
        assert_eq!(
            orders.len(),
            6,
            "of three cases there are six orders: {orders:?}"
        );
    }

    proptest! {
        #[test]
        fn a_selection_keeps_the_order_of_the_whole(
            names in prop::collection::btree_set("[a-z/]{1,12}", 0..30),
            seed: u64,
            chosen: u32,
        ) {
            let all: Vec<&str> = names.iter().map(String::as_str).collect();
            let fits = |name: &str| all.iter().position(|other| *other == name).is_some_and(|n| chosen >> n & 1 == 1);
            let some: Vec<&str> = all.iter().copied().filter(|name| fits(name)).rev().collect();
            let kept: Vec<&str> = shuffled(&all, seed).into_iter().filter(|name| fits(name)).collect();
            prop_assert_eq!(shuffled(&some, seed), kept);
        }
    }
}
