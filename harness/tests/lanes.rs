//! In whatever order, however many at once and in however many sessions cases are run, the results are the same.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use drivers::{Browser, BrowserKind, SessionSettings, Starting};
use posttrack::run::{self, RunEvent, RunPlan};
use serde_json::Value;
use support::{Bench, Ended, PLAIN, endless};
use tokio::sync::{mpsc, watch};

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
const OWN_OF_A_RUN: [&str; 10] = [
    "started",
    "finished",
    "duration_ms",
    "shuffle",
    "timeline",
    "spans",
    "url",
    "params",
    "args",
    // They show whole addresses, with their random part.
    "events",
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
            ended
                .out
                .ends_with(&format!(" · shuffled with seed {seed}\n")),
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

/// A Firefox with other limits, of which the test sees every session that is started.
#[derive(Debug)]
struct Watched {
    firefox: Arc<dyn Browser>,
    windows: usize,
    cases: Option<usize>,
    sessions: watch::Sender<usize>,
}

impl Watched {
    async fn new(bench: &Bench, windows: usize, cases: Option<usize>) -> Arc<Watched> {
        let setup = bench.setup();
        let firefox = setup.browser(BrowserKind::Firefox, None).await;
        Arc::new(Watched {
            firefox: firefox.expect("these tests need a real Firefox"),
            windows,
            cases,
            sessions: watch::Sender::new(0),
        })
    }
}

impl Browser for Watched {
    fn name(&self) -> &'static str {
        self.firefox.name()
    }

    fn version(&self) -> &str {
        self.firefox.version()
    }

    fn driver(&self) -> &str {
        self.firefox.driver()
    }

    fn windows(&self) -> usize {
        self.windows
    }

    fn cases(&self) -> Option<usize> {
        self.cases
    }

    fn start(&self, settings: SessionSettings) -> Starting<'_> {
        self.sessions.send_modify(|count| *count += 1);
        self.firefox.start(settings)
    }
}

async fn with_scenarios(count: usize, text: &'static str) -> Bench {
    let bench = tokio::task::spawn_blocking(move || {
        let bench = Bench::new();
        for n in 0..count {
            bench.scenario(&format!("case-{n}"), text);
        }
        bench
    });
    bench.await.expect("the test's folder")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_sessions_are_started_than_there_are_cases() {
    let bench = with_scenarios(2, endless().leak()).await;
    let firefox = Watched::new(&bench, 1, None).await;
    let (stop, stopped) = watch::channel(false);
    let plan = RunPlan {
        jobs: 8,
        stop: stopped,
        ..bench.plan(firefox.clone())
    };
    let (events, mut received) = mpsc::unbounded_channel();
    let running = tokio::spawn(run::run(plan, events));
    let mut begun = 0;
    while let Some(event) = received.recv().await {
        match event {
            RunEvent::Planned { lanes, .. } => assert_eq!(lanes, 2, "it says so, too"),
            RunEvent::Started { .. } => begun += 1,
            _ => {}
        }
        if begun == 2 {
            stop.send_replace(true);
        }
    }
    let ended = running.await.expect("the run does not panic");
    ended.expect("a stopped run is no failed one");
    assert_eq!(
        *firefox.sessions.borrow(),
        2,
        "each case has a session, and there is none without"
    );
    bench.assert_nothing_remains("a stopped run in two sessions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ran_as_many_cases_as_it_may_is_renewed_and_no_case_is_run_twice() {
    let bench = with_scenarios(7, PLAIN).await;
    for (jobs, windows, cases, sessions) in [(1, 8, 3, 3), (3, 8, 2, 4), (2, 1, 2, 4)] {
        let firefox = Watched::new(&bench, windows, Some(cases)).await;
        let plan = RunPlan {
            jobs,
            ..bench.plan(firefox.clone())
        };
        let (events, mut received) = mpsc::unbounded_channel();
        run::run(plan, events).await.expect("the run ends well");
        let mut finished = BTreeSet::new();
        while let Some(event) = received.recv().await {
            match event {
                RunEvent::Finished { case, run } => {
                    run.outcome.expect("the case ended well");
                    assert_eq!(run.attempts, 1, "the end of a session is no retry");
                    assert!(finished.insert(case), "case {case} was run once");
                }
                RunEvent::Retrying { trouble, .. } => panic!("{}", trouble.message),
                _ => {}
            }
        }
        assert_eq!(finished.len(), 7, "every case was run");
        let started = *firefox.sessions.borrow();
        let fits = match windows {
            1 => (sessions..=sessions + 1).contains(&started),
            _ => started == sessions,
        };
        assert!(
            fits,
            "{started} sessions of {cases} cases for 7 of them, {jobs} at once"
        );
        bench.assert_nothing_remains("a run whose sessions were renewed");
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
