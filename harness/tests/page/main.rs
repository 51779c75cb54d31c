//! The probe in the real browser: what it records, what it waits for, and that pages cannot tell
//! that it is there. All scenarios run once, in one session; the tests read the recordings.

#![expect(clippy::panic, reason = "helpers of tests may panic like tests")]

#[path = "../common/mod.rs"]
mod common;
mod mistakes;
mod recording;
mod sight;
mod waiting;

use std::sync::LazyLock;

use common::{Ended, Ran, run, suite_of};
use posttrack::page::What;
use serde_json::Value;

static RAN: LazyLock<Ran> = LazyLock::new(|| {
    let scenarios = [
        recording::SCENARIOS,
        waiting::SCENARIOS,
        mistakes::SCENARIOS,
        sight::SCENARIOS,
    ];
    run(&suite_of(&scenarios.concat()))
});

fn case(name: &str) -> &'static Ended {
    RAN.case(name)
}

/// Where something is in the order of a case's only document; panics if it is not there once.
fn position(ended: &Ended, what: &str, is: impl Fn(&What) -> bool) -> usize {
    let found: Vec<usize> = ended
        .events()
        .iter()
        .enumerate()
        .filter(|(_, event)| is(&event.what))
        .map(|(index, _)| index)
        .collect();
    assert_eq!(
        found.len(),
        1,
        "{what} happens once in {}",
        ended.case.name()
    );
    found[0]
}

fn value(ended: &Ended, name: &str) -> Value {
    let values = ended.evidence().values;
    let recorded = values
        .get(name)
        .unwrap_or_else(|| panic!("{} recorded no value {name}", ended.case.name()));
    recorded.value.clone()
}

#[test]
fn events_come_in_the_order_of_the_page_without_gaps() {
    let mut documents = 0;
    for ended in &RAN.cases {
        let Ok(recording) = &ended.run.outcome else {
            continue;
        };
        for doc in &recording.docs {
            documents += 1;
            let numbers: Vec<u32> = doc.events.iter().map(|event| event.seq).collect();
            let expected: Vec<u32> = (1..).take(numbers.len()).collect();
            assert_eq!(numbers, expected, "a document of {}", ended.case.name());
            assert!(
                doc.events.iter().map(|event| event.task).is_sorted(),
                "tasks follow each other in {}",
                ended.case.name()
            );
            assert!(
                matches!(doc.events[0].what, What::Hello { .. }),
                "a document of {} begins with its greeting",
                ended.case.name()
            );
        }
    }
    assert!(documents > 30, "this was asked of many documents");
}
