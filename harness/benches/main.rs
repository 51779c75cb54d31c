//! `cargo bench`: what posttrack costs beside what it needs, in one page and, with `--json FILE`, one document.
//!
//! One file a measurement; `floor/` is the yardstick, a program that shares no code with posttrack. Nothing here is
//! part of posttrack, and nothing judges a library.

mod case;
mod computing;
mod error;
mod first;
mod floor;
mod growth;
mod machine;
mod memory;
mod options;
mod page;
mod posttrack_run;
mod scenarios;
mod stats;
mod waiting;

use std::process::ExitCode;

use clap::Parser;
use error::BenchError;
use machine::Machine;
use options::{Measurement, Options};
use page::{Page, Table};

fn main() -> ExitCode {
    let options = Options::parse();
    if !options.bench {
        // `cargo test --benches` builds and starts it too.
        println!("this is started by `cargo bench`");
        return ExitCode::SUCCESS;
    }
    match measure(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<(), BenchError> {
    let machine = Machine::set_up(options)?;
    let mut page = Page::new(&machine, options);
    page.show_head();
    for measurement in options.measurements() {
        let table = one(measurement, &machine, options)?;
        table.show();
        page.tables.push(table);
    }
    match &options.json {
        Some(file) => page.write(file),
        None => Ok(()),
    }
}

fn one(
    measurement: Measurement,
    machine: &Machine,
    options: &Options,
) -> Result<Table, BenchError> {
    match measurement {
        Measurement::Case => case::measure(machine, options),
        Measurement::First => first::measure(machine, options),
        Measurement::Growth => growth::measure(machine, options),
        Measurement::Waiting => waiting::measure(machine, options),
        Measurement::Computing => computing::measure(machine, options),
    }
}
