//! What is measured with: posttrack, the floor, the browsers, the build.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use drivers::{Browser, BrowserKind, BuildFile, Progress, Setup};
use posttrack::page::adapter;
use posttrack::scenario::Library;
use tempfile::TempDir;

use crate::error::{BenchError, Doing};
use crate::options::Options;

/// The build that the measurements run.
const BUILD: &str = "appmeasurement@2.23.0";

/// Everything that is there before anything is measured.
pub struct Machine {
    /// The program under measurement.
    pub posttrack: &'static Path,
    /// The yardstick.
    pub floor: PathBuf,
    /// The build's name.
    pub build: String,
    /// Its file.
    pub file: BuildFile,
    /// The file as pages get it, for the floor.
    pub served: PathBuf,
    /// Browsers.
    pub browsers: Vec<Programs>,
    /// What the measurements write.
    pub folder: TempDir,
}

/// A browser and its programs.
pub struct Programs {
    /// Which.
    pub kind: BrowserKind,
    /// Its name and version.
    pub version: String,
    /// The browser as posttrack's library has it.
    pub browser: Arc<dyn Browser>,
    /// Browser, driver and, where there is one, display.
    pub paths: Vec<PathBuf>,
}

impl Machine {
    /// Finds or installs what a run needs, and builds the floor.
    pub fn set_up(options: &Options) -> Result<Machine, BenchError> {
        let runtime = runtime()?;
        let setup = Setup::from_env(Arc::new(|progress| {
            if let Progress::Begin { what } = progress {
                eprintln!("{what} …");
            }
        }));
        let file = runtime
            .block_on(setup.build(BUILD))
            .map_err(BenchError::other)?;
        let browsers = options
            .browsers()
            .into_iter()
            .map(|kind| runtime.block_on(programs(&setup, kind)))
            .collect::<Result<_, _>>()?;
        let folder = tempfile::tempdir().doing("making a folder")?;
        let served = folder.path().join("build.js");
        let bytes = adapter(Library::Appmeasurement).serve(&file.bytes, file.module);
        std::fs::write(&served, bytes).doing("writing the build")?;
        Ok(Machine {
            posttrack: Path::new(env!("CARGO_BIN_EXE_posttrack")),
            floor: build_floor()?,
            build: BUILD.to_owned(),
            file,
            served,
            browsers,
            folder,
        })
    }
}

/// A runtime like that of posttrack's commands.
pub fn runtime() -> Result<tokio::runtime::Runtime, BenchError> {
    tokio::runtime::Runtime::new().doing("starting threads")
}

async fn programs(setup: &Setup, kind: BrowserKind) -> Result<Programs, BenchError> {
    let browser = setup.browser(kind, None).await.map_err(BenchError::other)?;
    let names: &[&str] = match kind {
        BrowserKind::Firefox => &["firefox", "geckodriver"],
        BrowserKind::Chrome => &["chromium", "chromedriver"],
        BrowserKind::Webkit => &["MiniBrowser", "WebKitWebDriver", "Xvfb"],
    };
    let items = setup.inspect_browser(kind).await;
    let path = |name: &&str| {
        let item = items.iter().find(|item| item.what == *name);
        let found = item.and_then(|item| item.found.as_ref());
        found
            .map(|found| found.path.clone())
            .ok_or_else(|| BenchError::Other(format!("{name} is not there")))
    };
    Ok(Programs {
        kind,
        version: format!("{} {}", kind.name(), browser.version()),
        browser,
        paths: names.iter().map(path).collect::<Result<_, _>>()?,
    })
}

/// Builds the floor as this program was built. It is a program of its own, so cargo does not do that by itself.
fn build_floor() -> Result<PathBuf, BenchError> {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "floor"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .doing("building the floor")?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| {
            let is_floor = message["target"]["name"] == "floor";
            message["executable"]
                .as_str()
                .filter(|_| is_floor)
                .map(PathBuf::from)
        })
        .ok_or_else(|| BenchError::other("the floor could not be built"))
}
