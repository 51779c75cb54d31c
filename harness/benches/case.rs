//! An isolated case against the floor: from the end of one case to the end of the next, in one window, with everything
//! that posttrack does for it.

use crate::error::BenchError;
use crate::floor::{Floor, Mode};
use crate::machine::{Machine, Programs};
use crate::options::Options;
use crate::page::{Figure, Row, Table};
use crate::posttrack_run::Run;
use crate::scenarios::{Also, Folder};
use crate::stats::{median, ratio};

/// The first loads of a browser are slower, for both.
const SKIPPED: u32 = 5;

/// Measures.
pub fn measure(machine: &Machine, options: &Options) -> Result<Table, BenchError> {
    let mut rows = Vec::new();
    for browser in &machine.browsers {
        rows.extend(in_browser(machine, browser, options)?);
    }
    Ok(Table {
        name: "case",
        title: "an isolated case against the load of its page".to_owned(),
        rows,
    })
}

fn in_browser(
    machine: &Machine,
    browser: &Programs,
    options: &Options,
) -> Result<Vec<Row>, BenchError> {
    let name = browser.kind.name();
    let count = SKIPPED + options.cases;
    let folder = Folder::new(machine, name, count, Also::Nothing)?;
    let loads = |mode| {
        let times = Floor::start(machine, browser, mode)?.load(count)?;
        Ok::<_, BenchError>(median(&times[SKIPPED as usize..]))
    };
    let (mut case, mut fresh, mut alive) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        fresh.push(loads(Mode::Fresh)?);
        let mut run = Run::new(&folder, name);
        run.jobs = Some(1);
        case.push(median(&run.end(machine)?.intervals(SKIPPED)));
        alive.push(loads(Mode::Alive)?);
    }
    let row = |floor: &[f64], goal, what: &str| Row {
        of: name.to_owned(),
        ratio: Some(ratio(&case, floor)),
        goal: Some(goal),
        figures: vec![
            Figure::of("case", "ms", case.clone()),
            Figure::of(what, "ms", floor.to_vec()),
        ],
    };
    Ok(vec![
        row(&fresh, 1.15, "floor"),
        row(&alive, 1.5, "floor with everything kept alive"),
    ])
}
