//! `posttrack run`: runs scenarios, judges them, reports.

mod again;
pub(super) mod judging;
mod keeping;
pub(super) mod selection;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::files::FileArgs;
use super::settings::{Flaky, Settings, Update};
use super::{Failure, ci, failure, history, jobs, last_run, print, progress, runtime, tell, width};
use crate::report::terminal::{Look, news, summary};
use crate::report::{Earlier, Exit, FileError, Files, Results, annotations, journal};
use crate::run::{BrowserOption, BuildOption, Builds};
use crate::scenario;
use again::Again;
use selection::Selection;

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  posttrack run                                      every scenario, the default builds, Firefox
  posttrack run post/ failure/matrix                 cases whose name contains one of these
  posttrack run --build old=lib/v1.js --build lib/AppMeasurement.js
  posttrack run --build all post/every-hit           every build that `list builds` has
  posttrack run --browser all --jobs 4               Firefox, Chromium and WebKitGTK
  posttrack run --shuffle 7 --jobs 1                 one after the other, in another order
  posttrack run --tag links --headed --keep-open     look at what happens
  posttrack run --update missing                     record the snapshots of new scenarios
  posttrack run --json results.json --quiet          for CI
  posttrack run --history nights                     every night; says what is new, and why

A build is taken out of posttrack's cache, else fetched and checked. The default builds and those
of `all` are in a run if one of its scenarios is for their library. One that is in the run and can
neither be found nor fetched ends it before anything runs, with exit code 3 and the names of all
such builds; `posttrack install NAME --from FILE` takes it from a file. POSTTRACK_INSTALL=never
forbids fetching.")]
pub struct RunArgs {
    /// Any part of a case's name (firefox::appmeasurement-2.23.0::post/extra-arguments)
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// firefox, chrome, webkit, one with the program to start, or `all` [default: firefox]
    #[arg(long = "browser", value_name = "NAME|NAME=PATH|all")]
    browsers: Vec<BrowserOption>,
    /// Build, a file of your own, or `all` for every known build [default: those that `list builds` marks]
    #[arg(long = "build", value_name = "NAME|[NAME=]FILE|all")]
    builds: Vec<BuildOption>,
    /// Only scenarios with this tag; given more than once: with one of them
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Cases at once [default: four a core, at most 8; with --headed 1]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Run the cases in another order, the same for the same number
    #[arg(long, value_name = "SEED")]
    shuffle: Option<u64>,
    /// Write the results to this file (`posttrack schema results` describes them)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    reports: FileArgs,
    /// Go on with the run that was to write to --json FILE and was cut short: run only the rest
    #[arg(long)]
    resume: bool,
    /// Run only the cases that did not pass in the last run
    #[arg(long)]
    rerun_failed: bool,
    /// Begin no further case after the first that does not pass
    #[arg(long)]
    fail_fast: bool,
    /// Try a case that does not pass so often again, in a fresh session; other verdicts make it flaky [default: 0]
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
    /// What a flaky case is to the exit code [default: fail]
    #[arg(long, value_name = "WHAT")]
    flaky: Option<Flaky>,
    /// Add the results to this folder, and say what is new (`posttrack history` shows all of it)
    #[arg(long, value_name = "DIR")]
    history: Option<PathBuf>,
    /// Which snapshots to write [default: never]
    #[arg(long, value_name = "WHICH")]
    update: Option<Update>,
    /// Show the browser's windows
    #[arg(long)]
    headed: bool,
    /// Leave the browser open at the end, until Ctrl-C
    #[arg(long)]
    keep_open: bool,
}

impl RunArgs {
    /// Fills in what `posttrack.toml` sets and the command line does not.
    fn with_defaults(mut self, settings: &Settings) -> RunArgs {
        let config = &settings.run;
        if self.browsers.is_empty() {
            self.browsers.clone_from(&config.browser);
        }
        if self.builds.is_empty() {
            self.builds.clone_from(&config.build);
        }
        if self.tags.is_empty() {
            self.tags.clone_from(&config.tag);
        }
        self.jobs = self.jobs.or(config.jobs);
        self.shuffle = self.shuffle.or(config.shuffle);
        self.json = self.json.or_else(|| config.json.clone());
        self.reports = self.reports.or(config);
        self.retries = self.retries.or(config.retries);
        self.flaky = self.flaky.or(config.flaky);
        self.history = self.history.or_else(|| config.history.clone());
        let of_file = || ci::update_of_file(config.update, settings.quiet);
        self.update = self.update.or_else(of_file);
        self.fail_fast |= config.fail_fast.unwrap_or(false);
        self.headed |= config.headed.unwrap_or(false);
        self.keep_open |= config.keep_open.unwrap_or(false);
        self
    }

    fn jobs(&self) -> usize {
        match self.jobs {
            None if self.headed => 1,
            asked => jobs(asked),
        }
    }

    /// The command as it was typed, less the options that do not matter when a part of it is run
    /// again.
    fn command(&self, settings: &Settings) -> String {
        let browsers = self
            .browsers
            .iter()
            .flat_map(|browser| ["--browser".to_owned(), browser.to_string()]);
        let builds = self
            .builds
            .iter()
            .flat_map(|build| ["--build".to_owned(), build.to_string()]);
        let words: Vec<String> = ["posttrack".to_owned(), "run".to_owned()]
            .into_iter()
            .chain(settings.given.iter().cloned())
            .chain(browsers)
            .chain(builds)
            .collect();
        // No word holds a zero byte: they came from a command line.
        shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
    }

    fn must_agree(&self) -> Result<(), Failure> {
        let updates = self.update.unwrap_or_default() != Update::Never;
        match self.retries {
            Some(1..) if updates => Err(Failure::usage(
                "--retries and --update exclude each other: no snapshot is written from a case that is tried again",
            )),
            _ => Ok(()),
        }
    }

    /// Where the journal is to stand, if one is kept: no other run may be writing it.
    fn journal(&self) -> Result<Option<PathBuf>, Failure> {
        let journal = self.json.as_deref().and_then(journal::path_beside);
        if let Some(journal) = &journal {
            journal::must_be_free(journal).map_err(Failure::of)?;
        }
        Ok(journal)
    }

    /// The run to go on with; that one could be gone on with and is not, is told.
    fn earlier(&self, journal: Option<&Path>) -> Result<Option<Earlier>, Failure> {
        if self.resume {
            return again::resumed(self.json.as_deref()).map(Some);
        }
        if let Some(journal) = journal.filter(|path| path.exists()) {
            tell(format_args!(
                "posttrack: {} holds what finished of a run that was cut short; this run replaces it (--resume goes on with it)",
                journal.display()
            ));
        }
        Ok(None)
    }

    /// Filters and tags as people typed them.
    fn selected(&self) -> Vec<String> {
        let tags = self.tags.iter().map(|tag| format!("--tag {tag}"));
        let again = self.rerun_failed.then(|| "--rerun-failed".to_owned());
        let chosen = self.filters.iter().cloned();
        chosen.chain(tags).chain(again).collect()
    }
}

/// Runs.
pub fn execute(args: RunArgs, settings: Settings) -> Result<ExitCode, Failure> {
    let command = args.command(&settings);
    let args = args.with_defaults(&settings);
    args.must_agree()?;
    let journal = args.journal()?;
    let earlier = args.earlier(journal.as_deref())?;
    let only = match args.rerun_failed {
        true => match again::failed(&settings.scenarios)? {
            Again::Cases(names) => Some(names),
            Again::Nothing(why) => {
                tell(format_args!("posttrack: {why}"));
                return Ok(Exit::AsExpected.into());
            }
        },
        false => None,
    };
    let loaded = scenario::load(&settings.scenarios);
    let browsers = BrowserOption::chosen(&args.browsers);
    let builds = Builds::of(&args.builds);
    let selection = Selection {
        filters: &args.filters,
        tags: &args.tags,
        browsers: &browsers,
        builds: &builds,
        only: only.as_ref(),
    };
    let scenarios = selection.of(&loaded)?;
    let job = judging::Job {
        suite: Arc::new(loaded.suite),
        selected: args.selected(),
        snapshots: settings.snapshots.clone(),
        update: args.update.unwrap_or_default(),
        retries: args.retries.unwrap_or_default(),
        flaky_passes: args.flaky == Some(Flaky::Pass),
        progress: progress(settings.quiet),
        journal: journal.clone(),
        earlier,
        fail_fast: args.fail_fast,
        request: judging::Request {
            jobs: args.jobs(),
            shuffle: args.shuffle,
            filters: args.filters,
            only,
            browsers,
            builds: builds.needed_for(scenarios.iter().map(Arc::as_ref)),
            scenarios,
            headed: args.headed,
            keep_open: args.keep_open,
        },
    };
    let files = args.reports.files(args.json);
    let results = runtime::block_on(job.run())?;
    let output = Output {
        journal: journal.as_deref(),
        files: &files,
        history: args.history.as_deref(),
        command: &command,
    };
    report(&results, &output, &settings)
}

/// Where the results go.
struct Output<'a> {
    journal: Option<&'a Path>,
    files: &'a Files,
    history: Option<&'a Path>,
    /// What a person types to run a part of it again.
    command: &'a str,
}

/// Shows the results, keeps them, and writes them where that was asked for.
fn report(
    results: &Results,
    output: &Output<'_>,
    settings: &Settings,
) -> Result<ExitCode, Failure> {
    let look = Look {
        width: width(),
        quiet: settings.quiet,
        command: output.command,
    };
    // First of all, so that they are there also when nobody takes what is printed.
    let unwritten = output.files.write(results);
    let dir = output.history.filter(|_| !results.cases.is_empty());
    let history = dir.map_or(Ok(None), |dir| history::keep(results, dir));
    if !results.cases.is_empty() {
        print(|out| summary(out, results, &look))?;
        last_run::keep(results, &settings.scenarios);
    }
    if let Ok(Some(history)) = &history {
        print(|out| news(out, history, look.width))?;
    }
    if ci::is_github() {
        print(|out| annotations(out, results))?;
    }
    if let Some(why) = &results.error {
        Failure::environment(why.clone()).tell();
    }
    let kept = drop_journal(output.journal, results, &unwritten);
    let failures: Vec<Failure> = unwritten
        .into_iter()
        .map(Failure::of)
        .chain(kept.err())
        .chain(history.err())
        .collect();
    let exit = after(results.exit, failure::told(&failures));
    Ok(ExitCode::from(exit))
}

/// The exit code of a run of which something could not be written, which says nothing about the library.
fn after(exit: u8, unwritten: Option<Exit>) -> u8 {
    match unwritten {
        Some(unwritten) if exit != Exit::Usage.code() => unwritten.code(),
        _ => exit,
    }
}

/// Removes the journal once its cases stand in the results file; until then it is all that holds them.
fn drop_journal(
    journal: Option<&Path>,
    results: &Results,
    unwritten: &[FileError],
) -> Result<(), Failure> {
    let Some(journal) = journal.filter(|path| !results.cases.is_empty() && path.exists()) else {
        return Ok(());
    };
    if unwritten
        .iter()
        .any(|error| matches!(error, FileError::Json(_)))
    {
        tell(format_args!(
            "posttrack: what finished is in {}; --resume goes on from there",
            journal.display()
        ));
        return Ok(());
    }
    journal::remove(journal).map_err(Failure::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_is_a_matter_of_the_environment_after_an_invalid_scenario() {
        for (exit, expected) in [(0, 3), (1, 3), (4, 3), (3, 3), (2, 2)] {
            let unwritten = Some(Exit::Environment);
            assert_eq!(after(exit, unwritten), expected, "the run came to {exit}");
            assert_eq!(after(exit, None), exit, "all was written");
        }
    }
}
