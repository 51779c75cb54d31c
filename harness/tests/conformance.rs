//! One test a case of this repository's scenarios, named like it:
//! `firefox::appmeasurement-2.23.0::post/extra-arguments`.
//!
//! The list needs nothing but the scenario files. When tests are to run, the engine of
//! `posttrack run` is started once for exactly their cases, and every test waits for what its own
//! case comes to: cases run beside each other in one browser, whatever the number of test threads.
//!
//! The browser is the one that `posttrack run` uses when none is named; `POSTTRACK_TEST_BROWSERS` names
//! others like its `--browser`, with commas between them.

#[path = "conformance/engine.rs"]
pub(crate) mod engine;
#[path = "conformance/insta_quiet.rs"]
mod insta_quiet;
#[path = "conformance/judged.rs"]
pub(crate) mod judged;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc;

use libtest_mimic::{Arguments, Conclusion, Trial};
use posttrack::report::Claim;
use posttrack::run::{
    BrowserChoice, BrowserId, BrowserOption, BuildId, Case, called, case_name, plan,
};
use posttrack::scenario::{self, Library, Loaded, Severity};

use engine::Engine;

/// The test of what no single case shows. It needs a run of every case.
const WHOLE_RUN: &str = "suite::everything-is-referenced";

/// Names the browsers.
const BROWSERS: &str = "POSTTRACK_TEST_BROWSERS";

/// Cases at once, unless `--test-threads` says less.
const LANES: usize = 4;

/// Tests only wait, so more of them than cores do no harm: one that waits long holds up no other.
const TEST_THREADS: usize = 16;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if !arguments.list {
        insta_quiet::in_this_process();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = Folders {
        scenarios: from_here(root.join("scenarios")),
        snapshots: from_here(root.join("snapshots")),
    };
    match browsers(&env::var(BROWSERS).unwrap_or_default()) {
        Ok(browsers) => run(arguments, &folders, browsers).exit_code(),
        Err(error) => {
            eprintln!("error: {BROWSERS}: {error}");
            ExitCode::from(2)
        }
    }
}

/// The browsers that a list with commas between them asks for; none named: the default.
pub(crate) fn browsers(list: &str) -> Result<Vec<BrowserChoice>, String> {
    let names = list.split(',').filter(|name| !name.is_empty());
    let options: Result<Vec<BrowserOption>, String> = names.map(str::parse).collect();
    options.map(|options| BrowserOption::chosen(&options))
}

/// The path as a person in the current folder would write it.
fn from_here(path: PathBuf) -> PathBuf {
    let below = env::current_dir().ok().and_then(|here| {
        let below = path.strip_prefix(here).ok()?;
        Some(below.to_path_buf())
    });
    below.unwrap_or(path)
}

/// Where the files are.
pub struct Folders {
    /// The scenarios.
    pub scenarios: PathBuf,
    /// Their snapshots.
    pub snapshots: PathBuf,
}

/// Runs the tests that the arguments select. The browser is gone when this returns.
pub fn run(
    mut arguments: Arguments,
    folders: &Folders,
    browsers: Vec<BrowserChoice>,
) -> Conclusion {
    let lanes = arguments.test_threads.unwrap_or(LANES).clamp(1, LANES);
    arguments.test_threads.get_or_insert(TEST_THREADS);
    let loaded = scenario::load(&folders.scenarios);
    let kinds: Vec<&str> = browsers.iter().map(BrowserChoice::name).collect();
    let mut engine = Engine::new(folders.snapshots.clone(), browsers.clone(), lanes);
    let trials = trials(&loaded, folders, &kinds, &mut engine, &arguments);
    let selected: BTreeSet<&str> = trials
        .iter()
        .filter(|trial| !arguments.is_filtered_out(trial) && !arguments.is_ignored(trial))
        .map(Trial::name)
        .collect();
    if !selected.contains(WHOLE_RUN) {
        engine.keep(|case| selected.contains(case));
    }
    if arguments.list {
        return libtest_mimic::run(&arguments, trials);
    }
    let running = engine.start(loaded.suite);
    let conclusion = libtest_mimic::run(&arguments, trials);
    running.end();
    conclusion
}

/// Every test there is. Those that wait for a case are made known to the engine.
fn trials(
    loaded: &Loaded,
    folders: &Folders,
    browsers: &[&str],
    engine: &mut Engine,
    arguments: &Arguments,
) -> Vec<Trial> {
    let requirements = &loaded.suite.catalogue.requirements;
    let claims: Arc<[Claim]> = requirements.iter().map(Claim::from).collect();
    let mut trials = broken(loaded, browsers);
    for case in cases(loaded, browsers) {
        let name = case.name();
        if let Some(errors) = errors(loaded, |file| file == case.scenario.file_name) {
            trials.push(failing(name, errors));
            continue;
        }
        let (sender, outcome) = mpsc::channel();
        engine.add(case, sender);
        let (snapshots, claims) = (folders.snapshots.clone(), claims.clone());
        trials.push(Trial::test(name, move || {
            Ok(judged::case(engine::wait(&outcome)?, &snapshots, &claims)?)
        }));
    }
    // Of the whole nothing can be said when some of it was to be skipped.
    if !trials.iter().any(|trial| skipped(trial, arguments)) {
        trials.push(whole_run(loaded, claims, engine));
    }
    trials
}

fn whole_run(loaded: &Loaded, claims: Arc<[Claim]>, engine: &mut Engine) -> Trial {
    if let Some(errors) = errors(loaded, |_| true) {
        return failing(WHOLE_RUN.into(), errors);
    }
    let (sender, findings) = mpsc::channel();
    engine.whole_run(sender);
    Trial::test(WHOLE_RUN, move || {
        Ok(judged::whole_run(&engine::wait(&findings)?, &claims)?)
    })
}

fn skipped(trial: &Trial, arguments: &Arguments) -> bool {
    let without_filter = Arguments {
        filter: None,
        ..arguments.clone()
    };
    without_filter.is_filtered_out(trial)
}

/// The cases of the default builds in these browsers.
pub(crate) fn cases(loaded: &Loaded, browsers: &[&str]) -> Vec<Case> {
    let scenarios: Vec<_> = loaded
        .suite
        .scenarios
        .iter()
        .cloned()
        .map(Arc::new)
        .collect();
    let named = called(browsers.iter().copied()).into_iter();
    let browsers: Vec<_> = named.zip(browsers.iter().copied()).map(browser).collect();
    plan(&scenarios, &builds(), &browsers, &[])
}

/// The builds as far as they are known before a browser has loaded them.
fn builds() -> Vec<Arc<BuildId>> {
    let library = |name: &str| Library::ALL.into_iter().find(|one| one.name() == name);
    drivers::known_builds()
        .into_iter()
        .filter(|build| build.default)
        .filter_map(|build| {
            let source = build.sources.first()?;
            Some(Arc::new(BuildId {
                library: library(&build.library)?,
                source: source.to_string(),
                sha256: source.sha256.clone(),
                name: build.name,
                version: Some(build.version),
            }))
        })
        .collect()
}

fn browser((name, kind): (String, &str)) -> Arc<BrowserId> {
    Arc::new(BrowserId {
        name,
        kind: kind.into(),
        version: String::new(),
        driver: String::new(),
        remark: None,
    })
}

/// A test for each scenario that cannot be read, named as if it could.
fn broken(loaded: &Loaded, browsers: &[&str]) -> Vec<Trial> {
    // Which library it is for is not known, so it is named after the first.
    let Some(build) = builds().into_iter().next() else {
        return Vec::new();
    };
    let mut trials = BTreeMap::new();
    let browsers = called(browsers.iter().copied());
    let named = |broken| browsers.iter().map(move |browser| (browser, broken));
    for (browser, broken) in loaded.broken.iter().flat_map(named) {
        let name = case_name(browser, &build.name, &broken.name);
        let errors = errors(loaded, |file| file == broken.file_name).unwrap_or_default();
        trials.entry(name).or_insert(errors);
    }
    trials
        .into_iter()
        .map(|(name, errors)| failing(name, errors))
        .collect()
}

/// The errors in the scenario files that are meant, and in what all of them need.
fn errors(loaded: &Loaded, meant: impl Fn(&str) -> bool) -> Option<String> {
    let texts: Vec<String> = loaded
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .filter(|found| match &found.affects {
            scenario::Affects::Everything => true,
            scenario::Affects::Files(files) => files.iter().any(|file| meant(file)),
        })
        .map(|found| found.render(judged::coloured()))
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn failing(name: String, message: String) -> Trial {
    Trial::test(name, move || Err(message.into()))
}
