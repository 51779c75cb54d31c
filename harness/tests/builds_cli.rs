//! Builds on the command line: `list builds`, `install`, `run --build`. No test leaves this machine: what would be
//! fetched goes through a proxy on loopback, which plays every host itself. Only the default build is the real one,
//! out of the cache of this machine.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may panic like tests"
)]

#[path = "../../drivers/tests/common/https.rs"]
mod https;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use drivers::{BuildFile, Setup};
use https::{Answers, Server, answer};

const DEFAULT: &str = "appmeasurement@2.23.0";
const OFFICIAL: &str = "https://raw.githubusercontent.com/adobe/appmeasurement";

/// posttrack with a cache of its own, nothing on PATH and no way out but one that a test gives it.
struct Bench {
    root: tempfile::TempDir,
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Bench {
    fn new() -> Bench {
        let root = tempfile::tempdir().unwrap();
        let scenarios = root.path().join("scenarios");
        fs::create_dir(&scenarios).unwrap();
        let catalogue = "[[requirement]]\nid = 'T-01'\nclaim = 'c'\nsource = 's'\n";
        fs::write(scenarios.join("requirements.toml"), catalogue).unwrap();
        let scenario =
            "title = 't'\nlibrary = 'appmeasurement'\n[page]\nurl = 'https://www.shop.test/'\n";
        fs::write(scenarios.join("one.toml"), scenario).unwrap();
        Bench { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_posttrack"));
        command
            .args(args)
            .current_dir(self.root.path())
            .env_clear()
            .env("PATH", self.path("nothing"))
            .env("POSTTRACK_CACHE", self.path("cache"));
        command
    }

    /// Where nothing may be fetched.
    fn run(&self, args: &[&str]) -> Ran {
        ran(self.command(args).env("POSTTRACK_INSTALL", "never"))
    }

    /// Where every host is this server.
    fn run_behind(&self, server: &Server, args: &[&str]) -> Ran {
        let mut command = self.command(args);
        command
            .env("HTTPS_PROXY", format!("http://127.0.0.1:{}", server.port))
            .env("SSL_CERT_FILE", self.path("authority.pem"));
        ran(&mut command)
    }

    fn server(&self, answers: Answers) -> Server {
        let names = ["raw.githubusercontent.com"];
        Server::start(&names, answers, &self.path("authority.pem"))
    }

    /// The builds in the cache.
    fn kept(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("cache/builds")).into_iter();
        let mut names: Vec<String> = entries
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The default build as this machine has it, or can have it.
fn default_build() -> BuildFile {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let setup = Setup::from_env(Arc::new(|_| {}));
    let build = runtime.block_on(setup.build(DEFAULT));
    build.unwrap_or_else(|error| panic!("this test needs the default build: {error}"))
}

fn pinned(name: &str) -> String {
    let known = drivers::known_builds();
    let build = known.iter().find(|build| build.name == name).unwrap();
    build.sources[0].sha256.clone()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Columns apart by two blanks, however wide they are.
fn unpadded(text: &str) -> String {
    let line = |line: &str| {
        let columns = line
            .split("  ")
            .map(str::trim)
            .filter(|column| !column.is_empty());
        columns.collect::<Vec<_>>().join("  ") + "\n"
    };
    text.lines().map(line).collect()
}

#[test]
fn builds_are_listed_with_all_that_is_known_of_them() {
    let bench = Bench::new();
    let ran = bench.run(&["list", "builds"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let official = |version: &str| {
        format!(
            "appmeasurement@{version}  appmeasurement  {version}  Apache-2.0  -        not cached  \
             {OFFICIAL}/v{version}/dist/AppMeasurement.js\n"
        )
    };
    assert_eq!(
        unpadded(&ran.out),
        [
            format!(
                "appmeasurement@2.23.0  appmeasurement  2.23.0  Apache-2.0  default  not cached  npm \
                 @esri/telemetry-adobe@5.1.1 dist/esm/AppMeasurement.js, or \
                 {OFFICIAL}/v2.23.0/dist/AppMeasurement.js\n"
            ),
            official("2.24.0"),
            official("2.25.0"),
            official("2.26.0"),
            official("2.27.0"),
            "alloy@2.33.1           alloy           2.33.1  Apache-2.0  default  not cached  npm @adobe/alloy@2.33.1 \
             dist/alloy.js\n"
                .to_owned(),
            "alloy.min@2.33.1       alloy           2.33.1  Apache-2.0  -        not cached  npm @adobe/alloy@2.33.1 \
             dist/alloy.min.js\n"
                .to_owned(),
            "reference  appmeasurement  -  MIT OR Apache-2.0  -  compiled in  posttrack's own reference library\n"
                .to_owned(),
        ]
        .map(|line| unpadded(&line))
        .concat()
    );
    assert!(!bench.path("cache").exists(), "looking changes nothing");
}

#[test]
fn a_build_from_a_file_is_kept_and_then_listed_as_cached() {
    let bench = Bench::new();
    let file = bench.file("brought.js", &default_build().bytes);
    let install = ["install", DEFAULT, "--from", &shown(&file)];
    let ran = bench.run(&install);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let kept = bench.path(&format!("cache/builds/{DEFAULT}.js"));
    assert_eq!(
        ran.out,
        format!("ready  {DEFAULT} ({})\n", kept.display()),
        "POSTTRACK_INSTALL=never forbids fetching, not bringing"
    );
    assert_eq!(fs::read(&kept).unwrap(), fs::read(&file).unwrap());
    let listed = bench.run(&["list", "builds"]).out;
    let line = listed.lines().next().unwrap();
    assert!(
        line.contains("  default  cached      ") && !line.contains(", or "),
        "the source is that of the cached file: {line}"
    );
    let doctor = bench.run(&["doctor"]).out;
    assert!(
        doctor.contains(&format!("ok       build {DEFAULT} ({})\n", kept.display())),
        "{doctor}"
    );
    let missing = "missing  build appmeasurement@2.27.0, not needed now: only a run that names it uses it\n         to \
                   mend it, type `env -u POSTTRACK_INSTALL posttrack install appmeasurement@2.27.0`, or bring its file: \
                   `posttrack install appmeasurement@2.27.0 --from FILE`\n";
    assert!(doctor.contains(missing), "{doctor}");
}

#[test]
fn a_file_that_is_not_the_build_is_refused_with_both_hashes_and_not_kept() {
    let bench = Bench::new();
    let file = bench.file("other.js", b"other");
    let file = shown(&file);
    let ran = bench.run(&["install", "appmeasurement@2.27.0", "--from", &file]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert_eq!(
        ran.err,
        format!(
            "error: {file} is not appmeasurement@2.27.0: its sha256 is \
             d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa, and pinned in builds.toml is {} \
             ({OFFICIAL}/v2.27.0/dist/AppMeasurement.js); nothing was kept. To run it as a build of your own, type \
             `posttrack run --build {file}`\n",
            pinned("appmeasurement@2.27.0")
        )
    );
    assert!(!bench.path("cache").exists(), "nothing was kept");
}

#[test]
fn from_needs_exactly_one_build() {
    let bench = Bench::new();
    let table: [&[&str]; 3] = [&[], &["firefox"], &["alloy@2.33.1", DEFAULT]];
    for names in table {
        let args = [&["install"], names, &["--from", "a.js"]].concat();
        let ran = bench.run(&args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{names:?}");
        assert_eq!(
            ran.err,
            "error: --from takes exactly one build; expected `posttrack install NAME --from FILE` with one of \
             appmeasurement@2.23.0, appmeasurement@2.24.0, appmeasurement@2.25.0, appmeasurement@2.26.0, \
             appmeasurement@2.27.0, alloy@2.33.1, alloy.min@2.33.1, turbine@28.1.0\n",
            "{names:?}"
        );
    }
}

#[test]
fn the_tag_engine_is_installed_by_the_name_that_doctor_tells() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let setup = Setup::from_env(Arc::new(|_| {}));
    let engine = runtime.block_on(setup.build(drivers::TAG_ENGINE)).unwrap();
    let bench = Bench::new();
    let file = shown(&engine.path);
    let ran = bench.run(&["install", drivers::TAG_ENGINE, "--from", &file]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(bench.kept(), [format!("{}.js", drivers::TAG_ENGINE)]);
}

#[test]
fn a_download_goes_through_the_proxy_and_what_is_not_the_build_is_not_kept() {
    let bench = Bench::new();
    let path = "/adobe/appmeasurement/v2.27.0/dist/AppMeasurement.js";
    let server = bench.server(Answers::from([(path, answer("200 OK", "", b"other"))]));
    let ran = bench.run_behind(&server, &["install", "appmeasurement@2.27.0", "--quiet"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert_eq!(
        ran.err,
        format!(
            "error: the build appmeasurement@2.27.0 could not be had; bring its file and type `posttrack install \
             appmeasurement@2.27.0 --from FILE`, or mend this:\n    what came from {OFFICIAL}/v2.27.0/dist/\
             AppMeasurement.js has the sha256 d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa, but {} is \
             pinned in builds.toml; nothing was kept. Try again: a damaged download goes away. If it stays, somebody \
             changed what was published: do not use it\n",
            pinned("appmeasurement@2.27.0")
        )
    );
    assert_eq!(
        server.asked(),
        ["CONNECT raw.githubusercontent.com:443", path]
    );
    assert_eq!(bench.kept(), [""; 0]);
}

#[test]
fn all_builds_that_cannot_be_had_are_named_at_once() {
    let bench = Bench::new();
    let file = bench.file("brought.js", &default_build().bytes);
    let install = ["install", DEFAULT, "--from", &shown(&file)];
    assert_eq!(bench.run(&install).code, 0);
    let server = bench.server(Answers::new());
    let gone = |version: &str| {
        format!(
            "the build appmeasurement@{version} could not be had; bring its file and type `posttrack install \
             appmeasurement@{version} --from FILE`, or mend this:\n    {OFFICIAL}/v{version}/dist/AppMeasurement.js could \
             not be fetched: the answer was cut off\n"
        )
    };
    let ran = bench.run_behind(&server, &["run", "--build", "all", "--quiet"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert_eq!(
        ran.err,
        format!(
            "error: {}{}{}{}",
            gone("2.24.0"),
            gone("2.25.0"),
            gone("2.26.0"),
            gone("2.27.0")
        ),
        "2.23.0 is cached, and no scenario here is for the Web SDK"
    );
    assert_eq!(bench.kept(), ["appmeasurement@2.23.0.js"]);
}

#[test]
fn where_nothing_may_be_fetched_all_missing_builds_are_named_at_once_too() {
    let bench = Bench::new();
    let ran = bench.run(&["run", "--build", "all"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    let missing = |version: &str| {
        let name = format!("appmeasurement@{version}");
        format!(
            "the build {name} is missing: {} is not there, or not as it was kept, and POSTTRACK_INSTALL=never forbids \
             installing it; type `env -u POSTTRACK_INSTALL posttrack install {name}`, or bring its file: `posttrack \
             install {name} --from FILE`\n",
            bench.path(&format!("cache/builds/{name}.js")).display()
        )
    };
    let versions = ["2.23.0", "2.24.0", "2.25.0", "2.26.0", "2.27.0"].map(missing);
    assert_eq!(ran.err, format!("error: {}", versions.concat()));
    assert!(!bench.path("cache").exists(), "nothing was put there");
}

#[test]
fn a_build_for_whose_library_no_scenario_is_has_no_case() {
    let bench = Bench::new();
    let ran = bench.run(&["run", "--build", "alloy@2.33.1"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(
        ran.err,
        "error: no scenario in scenarios fits the builds, the filters and the tags; `posttrack list` has all\n"
    );
}
