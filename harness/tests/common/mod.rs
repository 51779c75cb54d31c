//! What the tests in a real browser share: set-up once a binary, scenarios out of texts or out of the
//! real folder, a run of many of them in one browser session, and its cases by name.
//! A test makes one run: a browser takes longer to start than a case to end.

#![allow(
    dead_code,
    reason = "each test binary uses what it needs of this module"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may panic like tests"
)]

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use drivers::{BrowserKind, BuildFile, Progress, Setup};
use posttrack::evidence::{Evidence, join};
use posttrack::page::{PageEvent, What};
use posttrack::run::{Bounds, Case, CaseRun, Recording, RunError, RunEvent, RunPlan, Trouble};
use posttrack::scenario::{Scenario, Suite, Version, load};
use posttrack::verdict::{CaseFacts, CaseVerdict, judge};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

/// Cases at once: most of their time passes in waiting for timers and answers.
pub const JOBS: usize = 8;

/// Firefox and the default build, found or installed once a test binary.
struct Rig {
    runtime: Runtime,
    firefox: Arc<dyn drivers::Browser>,
    build: BuildFile,
}

static RIG: LazyLock<Rig> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let setup = Setup::from_env(Arc::new(|progress| {
        if let Progress::Begin { what } = progress {
            eprintln!("{what} …");
        }
    }));
    let name = drivers::default_builds().remove(0);
    let (firefox, build) = runtime.block_on(async {
        let firefox = setup.browser(BrowserKind::Firefox, None).await;
        let build = setup.build(&name).await;
        (
            firefox.unwrap_or_else(|error| panic!("{error}")),
            build.unwrap_or_else(|error| panic!("{error}")),
        )
    });
    Rig {
        runtime,
        firefox,
        build,
    }
});

/// The default build.
pub fn default_build() -> &'static BuildFile {
    &RIG.build
}

/// What a future comes to.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    RIG.runtime.block_on(future)
}

/// The folder of the real scenarios.
pub fn scenarios_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// The Web SDK's build, found or installed.
pub fn web_sdk_build() -> BuildFile {
    let setup = Setup::from_env(Arc::new(|_| {}));
    let build = RIG.runtime.block_on(setup.build("alloy@2.33.1"));
    build.unwrap_or_else(|error| panic!("{error}"))
}

/// The real scenarios.
pub fn real_suite() -> Suite {
    read(&scenarios_folder())
}

/// Scenarios out of texts, by name, each of them using the real `setups/shop.toml`: a page of
/// `www.shop.test` with the tracker `s`. Their first line is line 3. A name with an extension is a
/// file beside them.
pub fn suite_of(texts: &[(&str, &str)]) -> Suite {
    suite_using("shop", texts)
}

/// The same with another one of the real set-ups.
pub fn suite_using(setup: &str, texts: &[(&str, &str)]) -> Suite {
    let folder = tempfile::tempdir().unwrap();
    let real = scenarios_folder();
    std::fs::copy(
        real.join("requirements.toml"),
        folder.path().join("requirements.toml"),
    )
    .unwrap();
    let setups = folder.path().join("setups");
    std::fs::create_dir(&setups).unwrap();
    for entry in std::fs::read_dir(real.join("setups")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, setups.join(path.file_name().unwrap())).unwrap();
    }
    for (name, text) in texts {
        let (file, head) = match Path::new(name).extension() {
            Some(_) => ((*name).to_owned(), String::new()),
            None => (
                format!("{name}.toml"),
                format!("title = \"{name}\"\nuse = [\"setups/{setup}.toml\"]\n"),
            ),
        };
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, head + text).unwrap();
    }
    read(folder.path())
}

fn read(folder: &Path) -> Suite {
    let loaded = load(folder);
    assert!(
        loaded.broken.is_empty(),
        "{}",
        loaded.diagnostics.render(false)
    );
    loaded.suite
}

/// The scenarios of a suite that are wanted.
pub fn chosen(suite: &Suite, wanted: impl Fn(&str) -> bool) -> Vec<Arc<Scenario>> {
    suite
        .scenarios
        .iter()
        .filter(|scenario| wanted(&scenario.name))
        .cloned()
        .map(Arc::new)
        .collect()
}

/// All cases of a run.
pub struct Ran {
    /// In the order of the plan.
    pub cases: Vec<Ended>,
}

/// A case that was run.
pub struct Ended {
    /// The case.
    pub case: Case,
    /// How it ended.
    pub run: CaseRun,
}

/// Runs scenarios (all in the default build) in one browser session.
pub fn run(suite: &Suite) -> Ran {
    run_with(
        chosen(suite, |_| true),
        vec![default_build().clone()],
        Vec::new(),
    )
}

/// Runs scenarios × builds in one browser session; `filters` are whole case names, none means all.
pub fn run_with(
    scenarios: Vec<Arc<Scenario>>,
    builds: Vec<BuildFile>,
    filters: Vec<String>,
) -> Ran {
    try_run_with(scenarios, builds, filters)
        .unwrap_or_else(|error| panic!("the run failed: {error}"))
}

/// The same, of a run that may not come to its cases.
pub fn try_run_with(
    scenarios: Vec<Arc<Scenario>>,
    builds: Vec<BuildFile>,
    filters: Vec<String>,
) -> Result<Ran, RunError> {
    let (_stop, stopped) = watch::channel(false);
    let plan = RunPlan {
        engine: None,
        scenarios,
        filters,
        builds,
        browsers: vec![RIG.firefox.clone()],
        jobs: JOBS,
        shuffle: None,
        headed: false,
        keep_open: false,
        bounds: Bounds::default(),
        stop: stopped,
    };
    let (events, mut received) = mpsc::unbounded_channel();
    RIG.runtime.block_on(posttrack::run::run(plan, events))?;
    let mut planned = Vec::new();
    let mut ended: Vec<(usize, CaseRun)> = Vec::new();
    while let Ok(event) = received.try_recv() {
        match event {
            RunEvent::Planned { cases, .. } => planned = cases,
            RunEvent::Finished { case, run } => ended.push((case, *run)),
            _ => {}
        }
    }
    ended.sort_by_key(|(index, _)| *index);
    assert_eq!(ended.len(), planned.len(), "every planned case ends");
    Ok(Ran {
        cases: planned
            .into_iter()
            .zip(ended)
            .map(|(case, (_, run))| Ended { case, run })
            .collect(),
    })
}

/// The default build as it is served, with code after it: a customised copy.
pub fn copy_of_the_build(name: &str, code: &str) -> BuildFile {
    let build = default_build();
    let adapter = posttrack::page::adapter(posttrack::scenario::Library::Appmeasurement);
    let mut script = adapter.serve(&build.bytes, build.module);
    script.extend_from_slice(b"\n;");
    script.extend_from_slice(code.as_bytes());
    BuildFile {
        name: name.to_owned(),
        library: None,
        version: None,
        bytes: script.into(),
        sha256: String::new(),
        source: format!("the default build with code of {name}"),
        module: false,
        ..build.clone()
    }
}

impl Ran {
    /// The case of this scenario; with several builds, of the first.
    pub fn case(&self, scenario: &str) -> &Ended {
        self.cases
            .iter()
            .find(|ended| ended.case.scenario.name == scenario)
            .unwrap_or_else(|| panic!("no case {scenario} was run"))
    }
}

impl Ended {
    /// What was recorded; panics if the case had an error.
    pub fn recording(&self) -> &Recording {
        match &self.run.outcome {
            Ok(recording) => recording,
            Err(trouble) => panic!("{}: {}", self.case.name(), trouble.message),
        }
    }

    /// Why there is no recording; panics if there is one.
    pub fn trouble(&self) -> &Trouble {
        match &self.run.outcome {
            Ok(_) => panic!("{} was run without an error", self.case.name()),
            Err(trouble) => trouble,
        }
    }

    /// What the page reported, all documents in a row.
    pub fn events(&self) -> Vec<&PageEvent> {
        let docs = &self.recording().docs;
        docs.iter().flat_map(|doc| &doc.events).collect()
    }

    /// What was logged with `console.log`, in order.
    pub fn logged(&self) -> Vec<&str> {
        self.events()
            .into_iter()
            .filter_map(|event| match &event.what {
                What::Console { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The joined evidence.
    pub fn evidence(&self) -> Evidence {
        join(self.recording(), &self.case.scenario)
    }

    /// The verdicts, with the deviations of this suite.
    pub fn verdict(&self, suite: &Suite) -> CaseVerdict {
        let build = &self.case.build;
        let facts = CaseFacts {
            scenario: &self.case.scenario,
            library: build.library,
            version: build.version.as_deref().and_then(Version::parse),
            browser: &self.case.browser.kind,
            catalogue: &suite.catalogue,
        };
        judge(&facts, &self.evidence(), &suite.deviations)
    }
}
