//! `posttrack selftest`: would the laws and checks notice?

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::settings::Settings;
use super::{Failure, filter, jobs, print, progress, runtime, signals, width};
use crate::report::terminal::{self, count};
use crate::report::{Exit, json};
use crate::run::{BrowserChoice, BuildChoice, RunEvent};
use crate::scenario::{self, Library, Loaded, Suite};
use crate::selftest::{self, Fault, Hosts, Plan, Request, SelftestReport};

/// Arguments of `selftest`.
#[derive(Debug, Args)]
#[command(
    long_about = "Plant faults in copies of the default builds and in posttrack's own reference library, and say \
which of them laws and checks notice

Each fault names the scenarios that it is run in and the requirements that must be violated there; \
one that is not noticed by each of them survives. Those scenarios are posttrack's own: in another \
folder of scenarios, a fault whose scenarios are not there is not run, which is told, and exit code 2. \
Without a fault nothing may be violated, and every law must have judged something.",
    after_help = "Examples:
  posttrack selftest                          all faults
  posttrack selftest POST-03                  those that POST-03 must notice
  posttrack selftest post-twice abort-        those with such a name
  posttrack selftest --json selftest.json     for CI (`posttrack schema selftest` describes it)

Exit codes:
  0 every fault is killed by laws or checks
  1 a fault survived or only a snapshot noticed it, a false alarm, a law that judged nothing
  2 usage, or a fault's scenarios are not in the folder · 3 the environment failed
  4 a case was planned and not run"
)]
pub struct SelftestArgs {
    /// Any part of a fault's name, or the id of a requirement
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// firefox, chrome, webkit, or one with the program to start [default: firefox]
    #[arg(long, value_name = "NAME|NAME=PATH")]
    browser: Option<BrowserChoice>,
    /// Cases at once [default: four a core, at most 8]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Write the report to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs the self-test.
pub fn execute(args: SelftestArgs, settings: Settings) -> Result<ExitCode, Failure> {
    let faults = chosen(&args.filters)?;
    let loaded = scenario::load(&settings.scenarios);
    valid(&loaded, &faults)?;
    let plan = Plan::new(&loaded.suite, faults, args.filters.is_empty());
    if plan.scenarios.is_empty() {
        return Err(Failure::usage(format!(
            "{} has none of the scenarios that the faults are run in; they are posttrack's own: name \
             their folder with --scenarios DIR",
            loaded.suite.dir.display()
        )));
    }
    let report = runtime::block_on(run(
        plan,
        Arc::new(loaded.suite),
        args.browser,
        jobs(args.jobs),
        settings.quiet,
    ))?;
    let written = args.json.map_or(Ok(()), |file| {
        json::write_document(&report, &file).map_err(Failure::of)
    });
    print(|out| terminal::selftest(out, &report, width(), settings.quiet))?;
    written?;
    Ok(Exit::of_selftest(&report).into())
}

async fn run(
    plan: Plan,
    suite: Arc<Suite>,
    browser: Option<BrowserChoice>,
    jobs: usize,
    quiet: bool,
) -> Result<SelftestReport, Failure> {
    let mut browsers = browser.into_iter().chain(BrowserChoice::defaults());
    let default = |library: Library| {
        let mut builds = BuildChoice::defaults().into_iter();
        builds.find(|build| build.library() == Some(library))
    };
    let (Some(browser), Some(appmeasurement), Some(web_sdk)) = (
        browsers.next(),
        default(Library::Appmeasurement),
        default(Library::Alloy),
    ) else {
        return Err(Failure::environment(
            "a browser, an AppMeasurement or a Web SDK that is used by default is missing",
        ));
    };
    let request = Request {
        browser,
        builds: Hosts {
            appmeasurement,
            web_sdk,
        },
        jobs,
        stop: signals::stop()?,
    };
    let mut progress = progress(quiet);
    let told = |event: &RunEvent| {
        // Whoever does not want to be told any more does not keep the self-test from its report.
        let _ = progress.event(event);
        if matches!(event, RunEvent::Finished { .. }) {
            progress.judged();
        }
    };
    let report = selftest::run(plan, request, suite, told).await;
    progress.close();
    report.map_err(Failure::of)
}

/// The faults that the filters mean.
fn chosen(filters: &[String]) -> Result<Vec<Fault>, Failure> {
    let faults = selftest::faults();
    let means = |filter: &str, fault: &Fault| {
        fault.name.contains(filter) || fault.noticed_by.iter().any(|id| id == filter)
    };
    let lost = filters
        .iter()
        .find(|filter| !faults.iter().any(|fault| means(filter, fault)));
    if let Some(lost) = lost {
        let names = faults.iter().flat_map(|fault| {
            let ids = fault.noticed_by.iter().map(String::as_str);
            ids.chain([fault.name.as_str()])
        });
        return Err(Failure::usage(format!(
            "no fault's name contains `{lost}`, and no fault is one of the requirement `{lost}`{}",
            filter::did_you_mean(lost, names)
        )));
    }
    Ok(faults
        .into_iter()
        .filter(|fault| filters.is_empty() || filters.iter().any(|filter| means(filter, fault)))
        .collect())
}

/// Nothing runs while a file that is needed is invalid.
fn valid(loaded: &Loaded, faults: &[Fault]) -> Result<(), Failure> {
    let wanted: BTreeSet<&str> = faults
        .iter()
        .flat_map(|fault| fault.scenarios.iter().map(String::as_str))
        .collect();
    // A file that cannot be read has the name that its rows' names begin with.
    let needs = |name: &str| {
        let row = format!("{name}/");
        wanted
            .iter()
            .any(|wanted| *wanted == name || wanted.starts_with(&row))
    };
    let errors = loaded.blocking(needs);
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Failure::diagnostic(format!(
            "{}\nnothing was run: {} to mend first",
            errors.render(true),
            count(errors.errors(), "error", "errors")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(filters: &[&str]) -> Vec<String> {
        let filters: Vec<String> = filters.iter().map(ToString::to_string).collect();
        let faults = chosen(&filters).unwrap();
        faults.into_iter().map(|fault| fault.name).collect()
    }

    #[test]
    fn a_filter_is_a_part_of_a_name_or_a_requirement() {
        let all = names(&[]);
        assert!(all.len() > 160, "no filter means all of them");
        assert_eq!(
            names(&["post-twice-for"]),
            ["post-twice-for-the-second-hit"]
        );
        let of_requirement = names(&["POST-08"]);
        assert!(of_requirement.contains(&"post-same-function-once".to_owned()));
        assert!(of_requirement.len() < all.len());
    }

    #[test]
    fn a_filter_that_means_nothing_is_told_what_is_near() {
        let error = chosen(&["POST-80".to_owned()]).unwrap_err();
        insta::assert_snapshot!(error.to_string(), @"no fault's name contains `POST-80`, and no fault is one of the requirement `POST-80`; did you mean `POST-08`, `POST-10`, `POST-01`?");
    }
}
