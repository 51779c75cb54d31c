//! What the tests of `posttrack run` as a process share: a folder of scenarios of the test's own, the running
//! binary, and a look at the processes that it started.
//! Nothing here judges; the tests do.
#![allow(
    dead_code,
    unused_imports,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "each test file uses its own part, and helpers of tests may panic like tests"
)]

mod process;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use drivers::{Browser, BrowserKind, BuildFile, Environment, Setup};

use posttrack::run::{Bounds, BrowserOption, RunPlan};
use posttrack::scenario;
pub use process::{Ended, PATIENCE, Process, Run, processes_of, signal};

/// The build that runs when none is named.
const BUILD: &str = "appmeasurement@2.23.0";

/// What a run needs, found or installed once for all tests of a file, as a run would do it.
pub struct Tools {
    pub geckodriver: PathBuf,
    pub firefox: PathBuf,
    pub build: BuildFile,
}

pub fn tools() -> &'static Tools {
    static TOOLS: OnceLock<Tools> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let setup = Setup::from_env(Arc::new(|_| {}));
            let build = setup.build(BUILD).await.unwrap_or_else(|error| {
                panic!("these tests need the build that a run uses: {error}")
            });
            if let Err(error) = setup.browser(BrowserKind::Firefox, None).await {
                panic!("these tests need a real Firefox: {error}");
            }
            let items = setup.inspect(&[BrowserKind::Firefox], &[]).await;
            let path = |what: &str| {
                let found = items.iter().find(|item| item.what == what);
                let found = found.and_then(|item| item.found.as_ref());
                found.expect("a run would use it").path.clone()
            };
            Tools {
                geckodriver: path("geckodriver"),
                firefox: path("firefox"),
                build,
            }
        })
    })
}

/// The browsers of tests that are for all: Firefox, or those that `POSTTRACK_TEST_BROWSERS` names like `--browser`,
/// with commas.
pub fn test_browsers() -> Vec<BrowserKind> {
    let list = std::env::var("POSTTRACK_TEST_BROWSERS").unwrap_or_default();
    let names = list.split(',').filter(|name| !name.is_empty());
    let options: Result<Vec<BrowserOption>, _> = names.map(str::parse).collect();
    let options = options.unwrap_or_else(|error| panic!("POSTTRACK_TEST_BROWSERS: {error}"));
    let chosen = BrowserOption::chosen(&options);
    chosen.into_iter().map(|choice| choice.kind).collect()
}

/// Finds or installs a browser, as a run would do it.
pub fn provide(browser: BrowserKind) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let setup = Setup::from_env(Arc::new(|_| {}));
    if let Err(error) = runtime.block_on(setup.browser(browser, None)) {
        panic!("this test needs a real {}: {error}", browser.name());
    }
}

/// A case that passes whatever the laws say: it sends nothing and makes one claim of its own.
pub const PLAIN: &str = r#"
title = "two and two"
requirements = ["POST-01"]
library = "appmeasurement"

[page]
url = "https://www.shop.test/"

[[step]]
run = "2 + 2"
as = "sum"

[[check]]
requirement = "POST-01"
value = "sum"
is = 4
"#;

/// A step that leaves a mark on the disk ([`Bench::marks`]): the test sees that its case runs now.
pub const MARK: &str = r#"
[[step]]
run = "indexedDB.open('here')"
"#;

/// A case that leaves a mark and is still running whenever a test looks.
pub fn endless() -> String {
    format!("{PLAIN}{MARK}\n[[step]]\nwait = 3600000\n")
}

/// Writes an executable file from a process of its own: while a file is open for writing in this one, another test
/// that is just forking would keep it open, and executing it would fail ("text file busy").
pub fn write_program(path: &Path, text: &str) {
    let mut writer = Command::new("sh")
        .args(["-c", "cat >\"$1\" && chmod 755 \"$1\"", "write-program"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh is there");
    let mut stdin = writer.stdin.take().expect("a pipe was asked for");
    stdin.write_all(text.as_bytes()).expect("sh reads it");
    drop(stdin);
    let written = writer.wait().expect("sh ends").success();
    assert!(written, "writing {}", path.display());
}

/// A folder with everything of one test in it: scenarios, snapshots, cache, TMPDIR.
pub struct Bench {
    root: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Bench {
        let bench = Bench {
            root: tempfile::tempdir().expect("a folder for the test"),
        };
        for folder in ["scenarios", "tmp", "cache/builds"] {
            std::fs::create_dir_all(bench.path(folder)).expect("a folder in the test's folder");
        }
        let catalogue = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/requirements.toml");
        std::fs::copy(catalogue, bench.path("scenarios/requirements.toml"))
            .expect("the catalogue is copied");
        let kept = bench.path("cache/builds").join(format!("{BUILD}.js"));
        std::fs::write(kept, &tools().build.bytes).expect("the build is copied");
        bench
    }

    /// With these scenarios; cases run in the order of their names.
    pub fn with(scenarios: &[(&str, &str)]) -> Bench {
        let bench = Bench::new();
        for (name, text) in scenarios {
            bench.scenario(name, text);
        }
        bench
    }

    pub fn scenario(&self, name: &str, text: &str) {
        let path = self.path("scenarios").join(format!("{name}.toml"));
        std::fs::write(path, text).expect("the scenario is written");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The TMPDIR of its runs. Its path is in the environment of all that they start.
    pub fn temp(&self) -> PathBuf {
        self.path("tmp")
    }

    /// The set-up of a run in this folder, for a test that runs in its own process.
    pub fn setup(&self) -> Setup {
        let tools = tools();
        let environment = Environment {
            cache: Some(self.path("cache")),
            temp: self.temp(),
            programs: BTreeMap::from([
                ("POSTTRACK_GECKODRIVER", tools.geckodriver.clone()),
                ("POSTTRACK_FIREFOX", tools.firefox.clone()),
            ]),
            install: Some("never".to_owned()),
            ..Environment::capture()
        };
        Setup::new(environment, drivers::known_builds(), Arc::new(|_| {}))
    }

    /// A run of all its scenarios in this browser, one case after the other, for a test that runs in its own
    /// process.
    pub fn plan(&self, browser: Arc<dyn Browser>) -> RunPlan {
        let loaded = scenario::load(&self.path("scenarios"));
        let mistakes: Vec<_> = loaded
            .diagnostics
            .iter()
            .map(|found| found.render(false))
            .collect();
        assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
        RunPlan {
            engine: None,
            scenarios: loaded.suite.scenarios.into_iter().map(Arc::new).collect(),
            filters: Vec::new(),
            builds: vec![tools().build.clone()],
            browsers: vec![browser],
            jobs: 1,
            shuffle: None,
            headed: false,
            keep_open: false,
            bounds: Bounds::default(),
            // Its sender is gone: nobody stops this run, and that must not stop it.
            stop: tokio::sync::watch::channel(false).1,
        }
    }

    /// How many sites left a [`MARK`] in the profiles of the browsers that are there now.
    pub fn marks(&self) -> usize {
        let folders = |path: PathBuf| {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            entries.map(|entry| entry.path())
        };
        folders(self.temp())
            .flat_map(folders)
            .flat_map(|profile| folders(profile.join("storage/default")))
            .filter(|site| site.join("idb").is_dir())
            .count()
    }

    /// posttrack, in this folder and without anything of the user's.
    pub fn posttrack(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_posttrack"));
        command.args(args).current_dir(self.root());
        self.environment(&mut command);
        command
    }

    /// Gives a command the environment of [`Bench::posttrack`].
    pub fn environment(&self, command: &mut Command) {
        let tools = tools();
        command
            .env("TMPDIR", self.temp())
            .env("POSTTRACK_CACHE", self.path("cache"))
            .env("POSTTRACK_INSTALL", "never")
            .env("POSTTRACK_GECKODRIVER", &tools.geckodriver)
            .env("POSTTRACK_FIREFOX", &tools.firefox)
            .env("NO_COLOR", "1")
            .env_remove("GITHUB_ACTIONS")
            .env("RUST_BACKTRACE", "0");
    }

    /// `posttrack run --json results.json` with these arguments besides.
    pub fn run(&self, args: &[&str]) -> Run {
        let mut command = self.posttrack(&["run", "--json", "results.json"]);
        command.args(args);
        Run::start(command, self)
    }

    /// Records the snapshots, so that later runs of the same scenarios can pass.
    pub fn record(&self) {
        let ended = self.run(&["--update", "missing"]).end();
        assert_eq!(ended.code, Some(0), "recording snapshots: {}", ended.said());
    }
}
