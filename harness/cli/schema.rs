//! `posttrack schema`: JSON Schemas of what posttrack reads and writes.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{Failure, print};
use crate::history::History;
use crate::report::{Exit, diff, json};
use crate::scenario;
use crate::selftest::SelftestReport;

/// Arguments of `schema`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  posttrack schema > scenarios/scenario.schema.json   for editors
  posttrack schema results                            what `run --json` writes
  posttrack schema selftest                           what `selftest --json` writes
  posttrack schema diff                               what `diff --json` writes
  posttrack schema history                            what `history --json` prints")]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum, default_value_t = Kind::Scenario)]
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Scenario files
    Scenario,
    /// The document that `run --json` writes
    Results,
    /// The document that `selftest --json` writes
    Selftest,
    /// The document that `diff --json` writes
    Diff,
    /// The document that `history --json` prints
    History,
}

/// Prints the schema.
pub fn execute(args: &SchemaArgs) -> Result<ExitCode, Failure> {
    let text = match args.kind {
        Kind::Scenario => format!("{:#}\n", scenario::schema()),
        Kind::Results => json::schema(),
        Kind::Selftest => json::schema_of::<SelftestReport>(),
        Kind::Diff => diff::schema(),
        Kind::History => json::schema_of::<History>(),
    };
    print(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::AsExpected.into())
}
