//! What was measured, as a page for people and as a document.

use std::path::Path;

use serde::Serialize;

use crate::error::{BenchError, Doing};
use crate::machine::Machine;
use crate::options::Options;
use crate::stats::median;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Page {
    posttrack: &'static str,
    build: String,
    browsers: Vec<String>,
    cores: usize,
    rounds: u32,
    /// One a measurement.
    pub tables: Vec<Table>,
}

/// One measurement.
#[derive(Debug, Serialize)]
pub struct Table {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is.
    pub title: String,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// One line.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The browser, or what else the line is about.
    pub of: String,
    /// What is compared, if anything is.
    pub ratio: Option<f64>,
    /// What the ratio must not exceed.
    pub goal: Option<f64>,
    /// What was measured.
    pub figures: Vec<Figure>,
}

/// One value.
#[derive(Debug, Serialize)]
pub struct Figure {
    /// What it is.
    pub what: String,
    /// The median.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// One a round.
    pub rounds: Vec<f64>,
}

impl Figure {
    /// The median of a value a round.
    pub fn of(what: impl Into<String>, unit: &'static str, rounds: Vec<f64>) -> Figure {
        Figure {
            what: what.into(),
            value: median(&rounds),
            unit,
            rounds,
        }
    }

    fn shown(&self) -> String {
        let digits = match self.value.abs() {
            small if small < 10.0 => 2,
            middling if middling < 100.0 => 1,
            _ => 0,
        };
        let Figure {
            what, value, unit, ..
        } = self;
        format!("{what} {value:.digits$} {unit}")
            .trim_end()
            .to_owned()
    }
}

impl Table {
    /// Prints it.
    pub fn show(&self) {
        println!("\n{} ({})", self.title, self.name);
        for row in &self.rows {
            let ratio = row
                .ratio
                .map_or(String::new(), |ratio| format!("{ratio:.2}×"));
            let goal = row
                .goal
                .map_or(String::new(), |goal| format!("goal {goal}"));
            let figures: Vec<String> = row.figures.iter().map(Figure::shown).collect();
            println!(
                "  {ratio:>7}  {goal:<9}  {:<14} {}",
                row.of,
                figures.join(" · ")
            );
        }
    }
}

impl Page {
    /// An empty page.
    pub fn new(machine: &Machine, options: &Options) -> Page {
        Page {
            posttrack: env!("CARGO_PKG_VERSION"),
            build: machine.build.clone(),
            browsers: machine
                .browsers
                .iter()
                .map(|one| one.version.clone())
                .collect(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            rounds: options.rounds,
            tables: Vec::new(),
        }
    }

    /// Prints what all of it is about.
    pub fn show_head(&self) {
        println!(
            "posttrack {} with {} in {}\n{} cores, medians of {} interleaved rounds; less is better",
            self.posttrack,
            self.build,
            self.browsers.join(", "),
            self.cores,
            self.rounds
        );
    }

    /// Writes it.
    pub fn write(&self, file: &Path) -> Result<(), BenchError> {
        let text = serde_json::to_string_pretty(self).map_err(BenchError::other)?;
        std::fs::write(file, text + "\n").doing(format!("writing {}", file.display()))
    }
}
