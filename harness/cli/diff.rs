//! `posttrack diff`: the same cases on two builds, and what differs.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::run::judging::{Job, Request};
use super::run::selection::Selection;
use super::settings::{Settings, Update};
use super::{Failure, bar_only, filter, jobs, print, runtime, tell, width};
use crate::report::diff::{self, Comparison, Document};
use crate::report::terminal::comparison;
use crate::report::{CaseResult, Exit, Results, json};
use crate::run::{BrowserChoice, BrowserOption, BuildChoice, Builds, meets};
use crate::scenario::{self, Library, Loaded, Scenario};

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  posttrack diff appmeasurement@2.23.0 appmeasurement@2.27.0      what an upgrade changes
  posttrack diff live=lib/old.js next=lib/AppMeasurement.js t/    some cases on two files of your own
  posttrack diff monday.json tuesday.json                         results that `run --json` wrote
  posttrack diff appmeasurement@2.23.0 alloy@2.33.1               what a page view keeps with the Web SDK
  posttrack diff old.js new.js --html diff.html --json diff.json

Exit codes:
  0 no difference · 1 differences, or cases that could not be compared · 2 usage or an invalid scenario
  3 the environment failed · 4 a case was not run")]
pub struct DiffArgs {
    /// Build, file of your own, or results file (.json)
    #[arg(value_name = "A")]
    a: String,
    /// What to compare it with
    #[arg(value_name = "B")]
    b: String,
    /// Any part of a case's name; absent: every case
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// firefox, chrome, webkit, one with the program to start, or `all` [default: firefox]
    #[arg(long = "browser", value_name = "NAME|NAME=PATH|all")]
    browsers: Vec<BrowserOption>,
    /// Only scenarios with this tag; given more than once: with one of them
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Cases at once [default: four a core, at most 8]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Write the comparison to this file (`posttrack schema diff` describes it)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write it as a page that needs no other file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Compares.
pub fn execute(args: DiffArgs, settings: Settings) -> Result<ExitCode, Failure> {
    let [a, b] = match (is_results(&args.a), is_results(&args.b)) {
        (true, true) => recorded(&args)?,
        (false, false) => run_both(&args, &settings)?,
        _ => {
            return Err(Failure::usage(format!(
                "`{}` and `{}` are a results file and a build; compare two builds, or two files that `posttrack run --json FILE` wrote",
                args.a, args.b
            )));
        }
    };
    let document = |name, results| Document { name, results };
    let compared = diff::compare(document(&args.a, &a), document(&args.b, &b));
    let compared = compared.map_err(|error| Failure::usage(error.to_string()))?;
    report(&compared, &args, &settings)
}

/// Writes the files, and shows what differs.
fn report(
    compared: &Comparison,
    args: &DiffArgs,
    settings: &Settings,
) -> Result<ExitCode, Failure> {
    // First of all, so that they are there also when nobody takes what is printed.
    let json = args.json.as_deref();
    let json = json.map_or(Ok(()), |file| diff::write_json(compared, file));
    let html = args.html.as_deref();
    let html = html.map_or(Ok(()), |file| diff::write_html(compared, file));
    print(|out| comparison(out, compared, width(), settings.quiet))?;
    json.and(html).map_err(Failure::of)?;
    Ok(ExitCode::from(compared.exit))
}

fn is_results(text: &str) -> bool {
    let path = Path::new(text);
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// Two results files, with the cases that the filters choose.
fn recorded(args: &DiffArgs) -> Result<[Results; 2], Failure> {
    let chosen = [
        (!args.browsers.is_empty(), "--browser"),
        (!args.tags.is_empty(), "--tag"),
        (args.jobs.is_some(), "--jobs"),
    ];
    if let Some((_, option)) = chosen.iter().find(|(given, _)| *given) {
        return Err(Failure::usage(format!(
            "{option} is for builds that are run; of two results files, choose cases with FILTER"
        )));
    }
    let mut files = [read(&args.a)?, read(&args.b)?];
    let names: Vec<String> = files
        .iter()
        .flat_map(|results| results.cases.iter().map(CaseResult::name))
        .collect();
    if let Some(error) = filter::unmatched(&args.filters, names.iter().map(String::as_str)) {
        return Err(Failure::usage(error));
    }
    for results in &mut files {
        results
            .cases
            .retain(|case| meets(&case.name(), &args.filters));
    }
    Ok(files)
}

fn read(file: &str) -> Result<Results, Failure> {
    let results = json::read(Path::new(file));
    let results = results.map_err(|error| Failure::usage(error.to_string()))?;
    results.ok_or_else(|| Failure::usage(format!("there is no file {file}")))
}

/// Runs the cases on both builds, one build after the other. Nothing is compared unless both could
/// be run.
fn run_both(args: &DiffArgs, settings: &Settings) -> Result<[Results; 2], Failure> {
    let choice = |text: &str| text.parse::<BuildChoice>().map_err(Failure::usage);
    let builds = [choice(&args.a)?, choice(&args.b)?];
    let loaded = scenario::load(&settings.scenarios);
    let runner = Runner {
        args,
        settings,
        browsers: browsers(args, settings),
    };
    let libraries = [builds[0].library(), builds[1].library()];
    let filters = match libraries {
        [Some(a), Some(b)] if a != b => {
            let scenarios = &loaded.suite.scenarios;
            let both = counterparts(scenarios, &args.filters)?;
            [a, b].map(|library| of_library(scenarios, &both, library))
        }
        _ => [args.filters.clone(), args.filters.clone()],
    };
    let [build_a, build_b] = builds;
    let [filters_a, filters_b] = filters;
    let a = runner.chosen(&loaded, build_a, filters_a)?;
    let b = runner.chosen(&loaded, build_b, filters_b)?;
    let suite = Arc::new(loaded.suite);
    Ok([runner.run(&suite, a)?, runner.run(&suite, b)?])
}

/// Of builds of different libraries, the scenarios that do the same: the names of both of each pair of
/// which a filter meets one.
fn counterparts(scenarios: &[Scenario], filters: &[String]) -> Result<Vec<String>, Failure> {
    let pairs = scenarios.iter().filter_map(|scenario| {
        let other = scenario.same_as.as_ref()?;
        Some([&scenario.name, other])
    });
    let names: Vec<String> = pairs
        .filter(|pair| pair.iter().any(|name| meets(name, filters)))
        .flatten()
        .cloned()
        .collect();
    if !names.is_empty() {
        return Ok(names);
    }
    Err(Failure::usage(match filters {
        [] => "the builds are of different libraries, and no scenario says with `same_as` that it does the same as one of the other library".to_owned(),
        _ => format!(
            "the builds are of different libraries, and no scenario with a counterpart (`same_as`) has a name that contains {}",
            filters.join(" or ")
        ),
    }))
}

/// Filters that meet those of the named scenarios that drive this library.
fn of_library(scenarios: &[Scenario], names: &[String], library: Library) -> Vec<String> {
    let of = |scenario: &&Scenario| scenario.library == library && names.contains(&scenario.name);
    let chosen = scenarios.iter().filter(of);
    chosen
        .map(|scenario| format!("::{}", scenario.name))
        .collect()
}

fn browsers(args: &DiffArgs, settings: &Settings) -> Vec<BrowserChoice> {
    match args.browsers.as_slice() {
        [] => BrowserOption::chosen(&settings.run.browser),
        given => BrowserOption::chosen(given),
    }
}

/// Runs a build.
struct Runner<'a> {
    args: &'a DiffArgs,
    settings: &'a Settings,
    browsers: Vec<BrowserChoice>,
}

/// What is run of a build.
struct Chosen {
    build: BuildChoice,
    filters: Vec<String>,
    scenarios: Vec<Arc<Scenario>>,
}

impl Runner<'_> {
    fn tags(&self) -> &[String] {
        match self.args.tags.is_empty() {
            true => &self.settings.run.tag,
            false => &self.args.tags,
        }
    }

    fn chosen(
        &self,
        loaded: &Loaded,
        build: BuildChoice,
        filters: Vec<String>,
    ) -> Result<Chosen, Failure> {
        let builds = Builds {
            named: vec![build.clone()],
            offered: vec![],
        };
        let selection = Selection {
            filters: &filters,
            tags: self.tags(),
            browsers: &self.browsers,
            builds: &builds,
            only: None,
        };
        let scenarios = selection.of(loaded)?;
        Ok(Chosen {
            build,
            filters,
            scenarios,
        })
    }

    fn run(&self, suite: &Arc<scenario::Suite>, chosen: Chosen) -> Result<Results, Failure> {
        let Chosen {
            build,
            filters,
            scenarios,
        } = chosen;
        if !self.settings.quiet {
            tell(format_args!("posttrack: running {build}"));
        }
        let tags = self.tags().iter().map(|tag| format!("--tag {tag}"));
        let job = Job {
            suite: suite.clone(),
            selected: filters.iter().cloned().chain(tags).collect(),
            snapshots: self.settings.snapshots.clone(),
            update: Update::Never,
            progress: bar_only(self.settings.quiet),
            journal: None,
            earlier: None,
            fail_fast: false,
            retries: 0,
            flaky_passes: false,
            request: Request {
                scenarios,
                filters,
                only: None,
                browsers: self.browsers.clone(),
                builds: vec![build.clone()],
                jobs: jobs(self.args.jobs.or(self.settings.run.jobs)),
                shuffle: None,
                headed: false,
                keep_open: false,
            },
        };
        let results = runtime::block_on(job.run())?;
        match (&results.error, results.exit) {
            (Some(why), _) => Err(Failure::environment(why.clone())),
            (None, exit) if exit == Exit::NotRun.code() => Err(Failure::not_run(format!(
                "stopped before every case had been run on {build}; nothing was compared"
            ))),
            _ => Ok(results),
        }
    }
}
