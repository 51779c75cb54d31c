//! Every call of the command line into the rooms below, in one place.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc::UnboundedSender, watch};

use super::Failure;
use super::choice::{BrowserChoice, BuildChoice};
use super::settings::Update;
use crate::report::Judged;
use crate::run::{Case, Recording, RunEvent, Trouble};
use crate::scenario::{Catalogue, Scenario, Suite};
use crate::verdict::Finding;

const MISSING: &str = "this posttrack was built without the room that does this";

/// Scenarios and what is wrong with their files.
pub struct Loaded {
    /// What could be read.
    pub suite: Suite,
    /// What is wrong, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// Scenarios that the suite lacks, because of errors.
    pub broken: Vec<Broken>,
}

/// A scenario whose file is invalid.
pub struct Broken {
    /// Its name, with the row as far as rows could be read.
    pub name: String,
    /// The name without the row.
    pub file_name: String,
}

/// Something wrong with a scenario file.
pub struct Diagnostic {
    /// An error; else a warning.
    pub error: bool,
    /// Names of the files that it makes invalid; `None`: all.
    pub files: Option<BTreeSet<String>>,
    /// The rendered text, styled.
    pub text: String,
}

/// Reads a scenarios folder.
pub fn load(dir: &Path) -> Loaded {
    Loaded {
        suite: Suite {
            dir: dir.into(),
            scenarios: Vec::new(),
            catalogue: Catalogue::default(),
            deviations: Vec::new(),
        },
        diagnostics: vec![Diagnostic {
            error: true,
            files: None,
            text: format!("error: {MISSING}"),
        }],
        broken: Vec::new(),
    }
}

/// JSON Schema of scenario files.
pub fn scenario_schema() -> String {
    format!("{{\"description\": \"{MISSING}\"}}\n")
}

/// Names of the browsers.
pub fn known_browsers() -> Vec<String> {
    vec!["firefox".into()]
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
    vec![KnownBuild {
        name: "appmeasurement@2.23.0".into(),
        default: true,
        source: "npm".into(),
    }]
}

/// Ids of the requirements that a law judges.
pub fn laws() -> Vec<String> {
    Vec::new()
}

/// Snapshot files that belong to no scenario, and variants that are equal to their base.
pub fn stray_snapshots(_snapshots: &Path, _suite: &Suite) -> Result<Vec<Finding>, Failure> {
    Ok(Vec::new())
}

/// posttrack's cache folder.
pub fn cache_folder() -> Option<PathBuf> {
    std::env::var_os("POSTTRACK_CACHE").map(PathBuf::from)
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
    vec![Item {
        what: "posttrack".into(),
        found: None,
        not_now: None,
        problem: Some(MISSING.into()),
        mend: None,
        installs_itself: false,
    }]
}

/// Installs browsers (with their drivers) and builds by their names.
pub async fn install(
    _browsers: Vec<String>,
    _builds: Vec<String>,
    _events: UnboundedSender<RunEvent>,
) -> Result<(), Failure> {
    Err(Failure::environment(MISSING))
}

/// What is to run.
#[expect(dead_code, reason = "read by the room that runs")]
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
pub async fn run(_request: Request, _events: UnboundedSender<RunEvent>) -> Result<(), Failure> {
    Err(Failure::environment(MISSING))
}

/// Judges the cases of a run.
pub struct Judge;

impl Judge {
    /// A judge with these snapshots.
    pub fn new(_suite: Arc<Suite>, _snapshots: &Path, _update: Update) -> Judge {
        Judge
    }

    /// Judges a case. `retried`: it had more than one attempt, so its snapshot is never written.
    pub fn judge(
        &mut self,
        _case: &Case,
        _recording: Recording,
        _retried: bool,
    ) -> Result<Judged, Trouble> {
        Err(Trouble {
            message: MISSING.into(),
            infrastructure: true,
            at: None,
        })
    }

    /// What the whole run shows. `full`: nothing was left out by filters or tags.
    pub fn findings(self, _full: bool) -> Result<Vec<Finding>, Failure> {
        Ok(Vec::new())
    }
}
