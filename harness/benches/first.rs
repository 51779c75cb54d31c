//! From nothing to the first result, against starting browser and driver alone.

use crate::error::BenchError;
use crate::floor::{Floor, Mode};
use crate::machine::Machine;
use crate::options::Options;
use crate::page::{Figure, Row, Table};
use crate::posttrack_run::Run;
use crate::scenarios::{Also, Folder};
use crate::stats::ratio;

/// Measures.
pub fn measure(machine: &Machine, options: &Options) -> Result<Table, BenchError> {
    let mut rows = Vec::new();
    for browser in &machine.browsers {
        let name = browser.kind.name();
        let folder = Folder::new(machine, name, 1, Also::Nothing)?;
        let (mut first, mut start) = (Vec::new(), Vec::new());
        for _ in 0..options.rounds {
            start.push(Floor::start(machine, browser, Mode::Fresh)?.started_ms);
            first.extend(Run::new(&folder, name).end(machine)?.ended_ms.first());
        }
        rows.push(Row {
            of: name.to_owned(),
            ratio: Some(ratio(&first, &start)),
            goal: Some(1.3),
            figures: vec![
                Figure::of("first result", "ms", first),
                Figure::of("browser and driver alone", "ms", start),
            ],
        });
    }
    Ok(Table {
        name: "first",
        title: "the first result against starting browser and driver".to_owned(),
        rows,
    })
}
