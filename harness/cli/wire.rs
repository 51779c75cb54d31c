//! Every call of the command line into the rooms below, in one place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use drivers::{BuildFile, Environment, OnProgress, Progress, Setup};
use tokio::sync::{mpsc::UnboundedSender, watch};

use super::Failure;
use super::choice::{BrowserChoice, BuildChoice};
use crate::run::{self, RunError, RunEvent, RunPlan};
use crate::scenario::{self, Affects, Scenario, Severity, Suite};
use crate::verdict::{self, Finding, snapshots};

pub use crate::scenario::Broken;

/// Scenarios and what is wrong with their files.
pub struct Loaded {
    /// What could be read.
    pub suite: Suite,
    /// What is wrong, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// Scenarios that the suite lacks, because of errors.
    pub broken: Vec<Broken>,
}

/// Something wrong with a scenario file.
pub struct Diagnostic {
    /// An error; else a warning.
    pub error: bool,
    /// Names of the files that it makes invalid; `None`: all.
    pub files: Option<std::collections::BTreeSet<String>>,
    /// The rendered text, styled.
    pub text: String,
}

/// Reads a scenarios folder.
pub fn load(dir: &Path) -> Loaded {
    let loaded = scenario::load(dir);
    let diagnostic = |found: &scenario::Diagnostic| Diagnostic {
        error: found.severity == Severity::Error,
        files: match &found.affects {
            Affects::Everything => None,
            Affects::Files(names) => Some(names.clone()),
        },
        text: found.render(true),
    };
    Loaded {
        diagnostics: loaded.diagnostics.iter().map(diagnostic).collect(),
        suite: loaded.suite,
        broken: loaded.broken,
    }
}

/// JSON Schema of scenario files.
pub fn scenario_schema() -> String {
    format!("{:#}\n", scenario::schema())
}

/// Names of the browsers.
pub fn known_browsers() -> Vec<String> {
    let kinds = drivers::BrowserKind::ALL;
    kinds.iter().map(|kind| kind.name().to_owned()).collect()
}

/// A build that posttrack can fetch.
pub struct KnownBuild {
    /// `appmeasurement@2.23.0`
    pub name: String,
    /// It runs when no build is named.
    pub default: bool,
    /// Where it comes from.
    pub source: String,
}

/// The builds that posttrack can fetch.
pub fn known_builds() -> Vec<KnownBuild> {
    drivers::known_builds()
        .into_iter()
        .map(|build| KnownBuild {
            source: build.source.to_string(),
            name: build.name,
            default: build.default,
        })
        .collect()
}

/// Ids of the requirements that a law judges.
pub fn laws() -> Vec<String> {
    verdict::laws()
        .iter()
        .map(|law| law.id.to_owned())
        .collect()
}

/// Snapshot files that belong to no scenario, and variants that are equal to their base.
pub fn stray_snapshots(dir: &Path, suite: &Suite) -> Result<Vec<Finding>, Failure> {
    let names = suite
        .scenarios
        .iter()
        .map(|scenario| scenario.name.as_str());
    let mut findings = snapshots::unreferenced(dir, names).map_err(failed)?;
    findings.extend(snapshots::redundant_variants(dir).map_err(failed)?);
    Ok(findings)
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::environment(error.to_string())
}

/// posttrack's cache folder.
pub fn cache_folder() -> Option<PathBuf> {
    Environment::capture().cache
}

/// One thing that a run needs.
pub struct Item {
    /// What.
    pub what: String,
    /// Version and path of what was found.
    pub found: Option<(String, PathBuf)>,
    /// Why a run does not need it now.
    pub not_now: Option<String>,
    /// Why what is there was not taken.
    pub problem: Option<String>,
    /// What to do.
    pub mend: Option<String>,
    /// A run would install it by itself.
    pub installs_itself: bool,
}

/// What a run needs and what is there.
pub async fn inspect() -> Vec<Item> {
    let silent: OnProgress = Arc::new(|_| {});
    let items = Setup::from_env(silent).inspect().await;
    items
        .into_iter()
        .map(|item| Item {
            what: item.what,
            found: item.found.map(|found| (found.version, found.path)),
            not_now: match item.need {
                drivers::Need::Needed => None,
                drivers::Need::NotNow(why) => Some(why),
            },
            problem: item.problem,
            mend: item.mend,
            installs_itself: item.installs_itself,
        })
        .collect()
}

/// A set-up that tells `events` what it does.
fn setup(events: UnboundedSender<RunEvent>) -> Setup {
    Setup::from_env(Arc::new(move |progress| {
        let event = match progress {
            Progress::Begin { what } => RunEvent::SettingUp { what },
            Progress::End { what, took } => RunEvent::SetUp { what, took },
        };
        // Without a receiver nobody wants to know.
        let _ = events.send(event);
    }))
}

/// Installs browsers (with their drivers) and builds by their names.
pub async fn install(
    browsers: Vec<String>,
    builds: Vec<String>,
    events: UnboundedSender<RunEvent>,
) -> Result<(), Failure> {
    let setup = setup(events);
    for name in &builds {
        setup.build(name).await.map_err(failed)?;
    }
    for name in &browsers {
        let kind = name.parse().map_err(failed)?;
        setup.browser(kind, None).await.map_err(failed)?;
    }
    Ok(())
}

/// What is to run.
pub struct Request {
    /// Scenarios, in the order in which they are reported.
    pub scenarios: Vec<Arc<Scenario>>,
    /// Any part of a case's name.
    pub filters: Vec<String>,
    /// Browsers.
    pub browsers: Vec<BrowserChoice>,
    /// Builds.
    pub builds: Vec<BuildChoice>,
    /// Cases at once.
    pub jobs: usize,
    /// With windows that a person can see.
    pub headed: bool,
    /// Leaves the browser open at the end until `stop`.
    pub keep_open: bool,
    /// Becomes true when the run is to end early.
    pub stop: watch::Receiver<bool>,
}

/// Sets up and runs.
pub async fn run(request: Request, events: UnboundedSender<RunEvent>) -> Result<(), Failure> {
    let setup = setup(events.clone());
    // Files first: a path that is wrong is told before anything is installed.
    let mut builds = Vec::new();
    for choice in &request.builds {
        builds.push(build(&setup, choice).await?);
    }
    let mut browsers = Vec::new();
    for choice in request.browsers {
        let kind = choice.name.parse().map_err(failed)?;
        browsers.push(setup.browser(kind, choice.program).await.map_err(failed)?);
    }
    let plan = RunPlan {
        scenarios: request.scenarios,
        filters: request.filters,
        builds,
        browsers,
        jobs: request.jobs,
        headed: request.headed,
        keep_open: request.keep_open,
        stop: request.stop,
    };
    run::run(plan, events).await.map_err(|error| match error {
        RunError::NothingMatches(_) => Failure::usage(error.to_string()),
        _ => failed(error),
    })
}

async fn build(setup: &Setup, choice: &BuildChoice) -> Result<BuildFile, Failure> {
    match choice {
        BuildChoice::Known(name) => setup.build(name).await,
        BuildChoice::File { name, path } => BuildFile::from_path(name.as_deref(), path),
    }
    .map_err(failed)
}
