//! The command line: one file a subcommand, thin. Parses arguments, calls the library,
//! chooses the exit code. No logic that a library user would miss.

mod check;
mod ci;
mod config;
mod diff;
mod doctor;
mod failure;
mod files;
mod filter;
mod history;
mod install;
mod last_run;
mod list;
mod report;
mod run;
mod runtime;
mod schema;
mod selftest;
mod settings;
mod show;
mod signals;

use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use failure::Failure;

use crate::report::terminal::{Lines, Progress};
use settings::{GlobalArgs, Settings};

/// Runs scenario files against real Adobe tracking libraries in real headless browsers, and judges
/// what the page did and what went over the wire.
#[derive(Debug, Parser)]
#[command(name = "posttrack", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    globals: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  posttrack run                                  every scenario, the default builds, Firefox
  posttrack run post/ --build AppMeasurement.js  some scenarios against a file of your own
  posttrack diff old.js new.js                   what changes from one build to another
  posttrack show post/extra-arguments            what happened in that case of the last run
  posttrack check                                are the scenario files valid?
  posttrack doctor                               is everything there that a run needs?

Exit codes:
  0 all as expected · 1 findings · 2 usage or an invalid scenario
  3 the environment failed · 4 a case was planned and not run";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run scenarios and judge them
    Run(run::RunArgs),
    /// List scenarios, builds, requirements or laws
    List(list::ListArgs),
    /// Say whether the scenario files are valid, without running anything
    Check(check::CheckArgs),
    /// Compare two builds, or two recorded results: what differs in the same cases
    Diff(diff::DiffArgs),
    /// Show a case of the last run: timeline, hits, calls, verdicts
    Show(show::ShowArgs),
    /// Make reports of recorded results
    Report(report::ReportArgs),
    /// Say since when each case and requirement is as it is, and because of what it changed
    History(history::HistoryArgs),
    /// Say what a run needs, what is there, and how to mend what is missing
    Doctor(doctor::DoctorArgs),
    /// Install what a run needs: browser, driver, builds
    Install(install::InstallArgs),
    /// Plant faults in builds and in the reference library, and say which are noticed
    Selftest(selftest::SelftestArgs),
    /// Print a JSON Schema
    Schema(schema::SchemaArgs),
}

/// The whole of the `posttrack` binary.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match execute(cli) {
        Ok(exit) => exit,
        Err(failure) => {
            failure.tell();
            failure.exit.into()
        }
    }
}

fn execute(cli: Cli) -> Result<ExitCode, Failure> {
    let settings = Settings::resolve(cli.globals)?;
    settings.color.apply();
    match cli.command {
        Command::Run(args) => run::execute(args, settings),
        Command::List(args) => list::execute(&args, &settings),
        Command::Check(args) => check::execute(&args, &settings),
        Command::Diff(args) => diff::execute(args, settings),
        Command::Show(args) => show::execute(&args, &settings),
        Command::Report(args) => report::execute(args),
        Command::History(args) => history::execute(&args, &settings),
        Command::Doctor(args) => doctor::execute(&args, &settings),
        Command::Install(args) => install::execute(&args, &settings),
        Command::Selftest(args) => selftest::execute(args, settings),
        Command::Schema(args) => schema::execute(&args),
    }
}

/// Prints data. A reader that went away (`posttrack list | head`) is no failure.
fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(anstream::stdout());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::environment(
            format!("the output could not be written: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Tells people something. When its reader went away (`posttrack run 2>&1 | head`) nobody is left to tell.
fn tell(text: impl std::fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Progress on this process's outputs.
fn progress(quiet: bool) -> Progress {
    let bar = !quiet && io::stderr().is_terminal();
    let lines = match (quiet, bar && io::stdout().is_terminal()) {
        (true, _) => Lines::None,
        (false, true) => Lines::Remarkable,
        (false, false) => Lines::All,
    };
    Progress::new(
        Box::new(anstream::stdout()),
        Box::new(anstream::stderr()),
        lines,
        bar,
    )
}

/// More cases at once make a browser slower, not faster.
const MOST_JOBS: usize = 8;

/// Most of a case is waiting: for timers of the library, for answers that never come.
const JOBS_PER_CORE: usize = 4;

/// Cases at once: those that were asked for, or what suits this machine.
fn jobs(asked: Option<NonZeroUsize>) -> usize {
    let own = || {
        std::thread::available_parallelism()
            .map_or(1, |cores| cores.get() * JOBS_PER_CORE)
            .min(MOST_JOBS)
    };
    asked.map_or_else(own, NonZeroUsize::get)
}

/// Only a bar, where somebody can see it: what is printed is the same every time.
fn bar_only(quiet: bool) -> Progress {
    Progress::new(
        Box::new(anstream::stderr()),
        Box::new(anstream::stderr()),
        Lines::None,
        !quiet && io::stderr().is_terminal(),
    )
}

/// Columns of the terminal, or what suits a file.
fn width() -> usize {
    terminal_size::terminal_size().map_or(110, |(width, _)| usize::from(width.0))
}
