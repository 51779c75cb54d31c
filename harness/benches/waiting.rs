//! Cases that wait cost their computing and not their waiting.

use crate::error::BenchError;
use crate::machine::Machine;
use crate::options::Options;
use crate::page::{Figure, Row, Table};
use crate::posttrack_run::{Run, Times};
use crate::scenarios::{Also, Folder};

const CASES: u32 = 60;
const WAIT_MS: u64 = 5000;

/// Measures: all cases at once, against the longest wait and what the same cases cost without it.
pub fn measure(machine: &Machine, _: &Options) -> Result<Table, BenchError> {
    let mut rows = Vec::new();
    for browser in &machine.browsers {
        let name = browser.kind.name();
        let run = |also| {
            let folder = Folder::new(machine, name, CASES, also)?;
            let mut run = Run::new(&folder, name);
            run.jobs = Some(CASES);
            run.end(machine).map(|times| whole(&times))
        };
        let computing = run(Also::Wait(1))?;
        let waiting = run(Also::Wait(WAIT_MS))?;
        rows.push(Row {
            of: name.to_owned(),
            ratio: Some(waiting / (WAIT_MS as f64 + computing)),
            goal: Some(1.5),
            figures: vec![
                Figure::of("all", "ms", vec![waiting]),
                Figure::of("one wait", "ms", vec![WAIT_MS as f64]),
                Figure::of("all without waiting", "ms", vec![computing]),
            ],
        });
    }
    Ok(Table {
        name: "waiting",
        title: format!("{CASES} cases that each wait 5 s, against one wait and their computing"),
        rows,
    })
}

fn whole(times: &Times) -> f64 {
    times.ended_ms.last().copied().unwrap_or_default() - times.planned_ms
}
