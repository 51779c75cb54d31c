//! What is asked for after `cargo bench --`.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use drivers::BrowserKind;

/// What posttrack costs beside what it needs.
#[derive(Debug, Parser)]
#[command(
    name = "cargo bench --",
    after_help = "Examples:
  cargo bench                                    every measurement, in every browser: about five minutes
  cargo bench -- case --browser firefox          an isolated case against the floor in one browser
  cargo bench -- growth --long --json bench.json 100, 400 and 1600 cases in each browser"
)]
pub struct Options {
    /// What to measure [default: everything]
    #[arg(value_enum)]
    measurements: Vec<Measurement>,
    /// In which browsers
    #[arg(long, value_enum, default_value_t = Choice::All)]
    browser: Choice,
    /// Runs of each side, of which the median counts; the sides take turns
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Cases in a run of the measurement `case`
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub cases: u32,
    /// `growth` in each browser and up to 1600 cases, not only in the first and up to 400
    #[arg(long)]
    pub long: bool,
    /// Writes everything that was measured to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Given by cargo
    #[arg(long, hide = true)]
    pub bench: bool,
}

/// A measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Measurement {
    /// An isolated case against the floor
    Case,
    /// Time to the first result against starting browser and driver
    First,
    /// Cost of a case and memory, by the number of cases
    Growth,
    /// Cases that wait, beside each other
    Waiting,
    /// What posttrack itself computes for a case
    Computing,
}

/// Browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Choice {
    Firefox,
    Chrome,
    Webkit,
    All,
}

impl Options {
    /// What to measure.
    pub fn measurements(&self) -> Vec<Measurement> {
        match self.measurements.as_slice() {
            [] => Measurement::value_variants().to_vec(),
            chosen => chosen.to_vec(),
        }
    }

    /// In which browsers.
    pub fn browsers(&self) -> Vec<BrowserKind> {
        match self.browser {
            Choice::Firefox => vec![BrowserKind::Firefox],
            Choice::Chrome => vec![BrowserKind::Chrome],
            Choice::Webkit => vec![BrowserKind::Webkit],
            Choice::All => BrowserKind::ALL.to_vec(),
        }
    }
}
