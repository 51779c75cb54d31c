//! What a case costs, and what memory is used, by the number of cases. As many at once as posttrack takes by itself.

use crate::error::BenchError;
use crate::machine::{Machine, Programs};
use crate::options::Options;
use crate::page::{Figure, Row, Table};
use crate::posttrack_run::Run;
use crate::scenarios::{Also, Folder};

const COUNTS: [u32; 2] = [100, 400];
const MANY: u32 = 1600;

/// Measures.
pub fn measure(machine: &Machine, options: &Options) -> Result<Table, BenchError> {
    let mut counts = COUNTS.to_vec();
    let mut browsers = &machine.browsers[..1];
    if options.long {
        counts.push(MANY);
        browsers = &machine.browsers;
    }
    let mut rows = Vec::new();
    for browser in browsers {
        rows.extend(in_browser(machine, browser, &counts)?);
    }
    Ok(Table {
        name: "growth",
        title: format!(
            "cost of a case by their number, against that of {}",
            COUNTS[0]
        ),
        rows,
    })
}

fn in_browser(
    machine: &Machine,
    browser: &Programs,
    counts: &[u32],
) -> Result<Vec<Row>, BenchError> {
    let name = browser.kind.name();
    let mut rows: Vec<Row> = Vec::new();
    let mut few = None;
    for &count in counts {
        let folder = Folder::new(machine, name, count, Also::Nothing)?;
        let mut run = Run::new(&folder, name);
        run.memory = true;
        let times = run.end(machine)?;
        let each = times.each_ms();
        let peak = times.peak.unwrap_or_default();
        let few = *few.get_or_insert(each);
        rows.push(Row {
            of: format!("{name} {count}"),
            ratio: Some(each / few),
            goal: Some(1.1),
            figures: vec![
                Figure::of("case", "ms", vec![each]),
                Figure::of("posttrack", "MB (goal 100)", vec![peak.own_mb]),
                Figure::of("browser", "MB", vec![peak.browser_mb]),
            ],
        });
    }
    Ok(rows)
}
