//! `posttrack report`: reports out of results that a run has written.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Failure;
use super::failure;
use super::files::FileArgs;
use crate::report::{Exit, json};

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write reports of results that `posttrack run --json` wrote; nothing is run
    Render(RenderArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  posttrack report render results.json --html report.html --junit junit.xml
  posttrack report render results.json --markdown \"$GITHUB_STEP_SUMMARY\"

Exit codes:
  0 written · 2 no results in the file, or no report asked for · 3 a report could not be written")]
struct RenderArgs {
    /// The results file
    #[arg(value_name = "RESULTS.json")]
    results: PathBuf,
    #[command(flatten)]
    files: FileArgs,
}

/// Does what the subcommand says.
pub fn execute(args: ReportArgs) -> Result<ExitCode, Failure> {
    match args.command {
        Command::Render(args) => render(args),
    }
}

fn render(args: RenderArgs) -> Result<ExitCode, Failure> {
    let files = args.files.files(None);
    if files.is_empty() {
        return Err(Failure::usage(
            "no report is asked for; give one or more of --junit, --html, --markdown, --codequality with a file",
        ));
    }
    let read = json::read(&args.results).map_err(|error| Failure::usage(error.to_string()))?;
    let missing = || Failure::usage(format!("there is no file {}", args.results.display()));
    let results = read.ok_or_else(missing)?;
    let unwritten: Vec<Failure> = files.write(&results).iter().map(Failure::of).collect();
    Ok(failure::told(&unwritten).unwrap_or(Exit::AsExpected).into())
}
