//! In whatever order, however many at once and in however many sessions cases are run, the results are the same.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::{Bench, Ended, PLAIN};

/// A hit and what it calls, for results that say more than that a case passed. Without the deviations of the real
/// scenarios there are findings, too.
const HIT: &str = r#"
title = "a hit and its callback"
requirements = ["POST-01"]
library = "appmeasurement"

[page]
url = "https://www.shop.test/"

[tracker]
account = "examplersid"
trackingServer = "metrics.shop.test"
eVar1 = "A"

[[callback]]
name = "after"
on = "post"
args = ["one"]

[[step]]
run = "s.t()"
"#;

/// What differs from run to run: times, the order's seed, and the random parts of requests.
const OWN_OF_A_RUN: [&str; 8] = [
    "started",
    "finished",
    "duration_ms",
    "shuffle",
    "timeline",
    "url",
    "params",
    "args",
];

fn without_what_differs(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| !OWN_OF_A_RUN.contains(&name.as_str()))
            .map(|(name, value)| (name, without_what_differs(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_what_differs).collect(),
        other => other,
    }
}

fn results(ended: &Ended) -> Value {
    let results = ended.results.as_ref().expect("the run has results");
    without_what_differs(serde_json::to_value(results).expect("results are data"))
}

/// The scenarios in the order in which their cases ended.
fn order(ended: &Ended) -> Vec<&str> {
    let lines = ended.out.lines();
    lines
        // Findings name cases, too, and are indented.
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_once("::appmeasurement-2.23.0::"))
        .filter_map(|(_, rest)| rest.split_whitespace().next())
        .collect()
}

#[test]
fn the_order_and_the_number_of_lanes_change_nothing_in_the_results() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let texts = [PLAIN, HIT];
    let scenarios: Vec<_> = names.into_iter().zip(texts.into_iter().cycle()).collect();
    let bench = Bench::with(&scenarios);
    bench.run(&["--update", "missing"]).end();
    let in_order = bench.run(&["--jobs", "1"]).end();
    assert_eq!(in_order.code, Some(1), "{}", in_order.said());
    assert_eq!(order(&in_order), names, "{}", in_order.said());

    let mut orders = BTreeSet::from([names.to_vec()]);
    for (seed, jobs) in [("1", "1"), ("1", "4"), ("2", "1"), ("2", "4")] {
        let ended = bench.run(&["--shuffle", seed, "--jobs", jobs]).end();
        assert_eq!(
            results(&ended),
            results(&in_order),
            "seed {seed} with {jobs} at once: {}",
            ended.said()
        );
        let given = ended.results.as_ref().and_then(|results| results.shuffle);
        assert_eq!(given.map(|seed| seed.to_string()).as_deref(), Some(seed));
        assert!(
            ended.out.ends_with(&format!(" · shuffled with seed {seed}\n")),
            "the last line says how to have the same order again: {}",
            ended.said()
        );
        if jobs == "1" {
            let order = order(&ended).into_iter().map(|name| {
                let own = names.into_iter().find(|own| *own == name);
                own.expect("a case of the run")
            });
            assert!(
                orders.insert(order.collect()),
                "seed {seed} has an order of its own: {}",
                ended.said()
            );
        }
    }
}

#[test]
fn a_seed_is_a_number() {
    let bench = Bench::with(&[("a", PLAIN)]);
    let ended = bench.run(&["--shuffle", "random"]).end();
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert!(
        ended.err.starts_with(
            "error: invalid value 'random' for '--shuffle <SEED>': invalid digit found in string\n"
        ),
        "{}",
        ended.said()
    );
}
