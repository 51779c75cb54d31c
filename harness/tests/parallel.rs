//! Runs and their set-up: two at once on an empty cache, and an environment that lacks what a run needs.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::Path;
use std::process::Command;

use posttrack::report::Status;
use support::{Bench, Ended, PLAIN, Run, write_program};

#[test]
fn two_first_runs_at_once_share_the_cache_and_disturb_nothing_of_each_other() {
    let benches = [0, 1].map(|_| Bench::with(&[("a", PLAIN), ("b", PLAIN)]));
    benches.iter().for_each(Bench::record);
    let shared = tempfile::tempdir().expect("a folder for the test");
    let cache = shared.path().join("cache");
    let runs = benches.each_ref().map(|bench| {
        let mut command = bench.posttrack(&["run", "--json", "results.json"]);
        command
            .env("POSTTRACK_CACHE", &cache)
            .env_remove("POSTTRACK_INSTALL");
        Run::start(command, bench)
    });
    let ended = runs.map(Run::end);

    for ended in &ended {
        assert_eq!(
            ended.code,
            Some(0),
            "both runs are as expected: {}",
            ended.said()
        );
        for scenario in ["a", "b"] {
            let case = ended.case(scenario);
            assert_eq!(
                (case.status, case.attempts),
                (Status::Pass, 1),
                "{}",
                ended.said()
            );
        }
    }
    let fetched = |ended: &&Ended| {
        ended
            .err
            .contains("fetching appmeasurement@2.23.0 (npm pack ")
    };
    assert_eq!(
        ended.iter().filter(fetched).count(),
        1,
        "one of them fetches the build, and the other waits for it: {} {}",
        ended[0].said(),
        ended[1].said()
    );
    assert_eq!(files(&cache.join("builds")), ["appmeasurement@2.23.0.js"]);
    assert!(
        !cache.join("work").exists(),
        "nothing that was only needed meanwhile is kept"
    );
    for bench in &benches {
        bench.assert_nothing_remains("two runs at once");
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder)
        .expect("the folder is there")
        .flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// posttrack with nothing to be found: an empty PATH, and nothing named.
fn bare(bench: &Bench, args: &[&str]) -> Command {
    let nothing = bench.path("nothing");
    std::fs::create_dir_all(&nothing).expect("an empty folder");
    let mut command = bench.posttrack(args);
    command
        .env("PATH", nothing)
        .env_remove("POSTTRACK_GECKODRIVER")
        .env_remove("POSTTRACK_FIREFOX");
    command
}

#[test]
fn what_is_missing_and_may_not_be_installed_is_said_with_what_to_do() {
    let bench = Bench::with(&[("a", PLAIN)]);
    let shown = |name: &str| bench.path(name).display().to_string();
    let mut without_firefox = bare(&bench, &["run", "--json", "results.json"]);
    without_firefox.env("POSTTRACK_GECKODRIVER", &support::tools().geckodriver);
    let mut without_driver = bare(&bench, &["run", "--json", "results.json"]);
    // One that needs nothing on PATH itself.
    let firefox = bench.path("firefox");
    write_program(&firefox, "#!/bin/sh\necho Mozilla Firefox 153.0\n");
    without_driver.env("POSTTRACK_FIREFOX", &firefox);
    let mut without_build = bench.posttrack(&["run", "--json", "results.json"]);
    without_build.env("POSTTRACK_CACHE", bench.path("empty"));
    let table = [
        (
            without_firefox,
            "Firefox is missing: neither `firefox` nor `firefox-esr` is on PATH, and POSTTRACK_INSTALL=never forbids \
             installing it; install it by your system's packages (on Debian: firefox-esr)"
                .to_owned(),
        ),
        (
            without_driver,
            format!(
                "geckodriver 0.37.1 or newer is missing: it is not on PATH; {} does not exist, and \
                 POSTTRACK_INSTALL=never forbids installing it; type `cargo install --locked geckodriver --version \
                 0.37.1`",
                shown("cache/bin/geckodriver")
            ),
        ),
        (
            without_build,
            format!(
                "the build appmeasurement@2.23.0 is missing: {} is not there, or not as it was kept, and \
                 POSTTRACK_INSTALL=never forbids installing it; type `env -u POSTTRACK_INSTALL posttrack install \
                 appmeasurement@2.23.0`, or bring its file: `posttrack install appmeasurement@2.23.0 --from FILE`",
                shown("empty/builds/appmeasurement@2.23.0.js")
            ),
        ),
    ];
    for (command, message) in table {
        let ended = Run::start(command, &bench).end();
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (Some(3), ""),
            "{}",
            ended.said()
        );
        assert_eq!(ended.err, format!("error: {message}\n"));
        let results = ended
            .results
            .as_ref()
            .expect("a run that was asked for results has some");
        assert_eq!(
            (results.exit, results.error.as_deref()),
            (3, Some(message.as_str()))
        );
        assert!(results.cases.is_empty(), "nothing was run");
    }
    assert!(!bench.path("empty").exists(), "nothing was put there");
    bench.assert_nothing_remains("runs that could not start");
}

#[test]
fn doctor_says_whether_a_run_could_start() {
    let bench = Bench::with(&[("a", PLAIN)]);
    let doctor = |mut command: Command| command.output().expect("posttrack starts");
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).into_owned();

    let well = doctor(bench.posttrack(&["doctor"]));
    let text = said(&well);
    assert_eq!(well.status.code(), Some(0), "{text}");
    assert!(text.ends_with("a run can start\n"), "{text}");
    for what in ["firefox", "geckodriver", "build appmeasurement@2.23.0"] {
        let line = format!("ok       {what} ");
        assert!(text.contains(&line), "{what} is there: {text}");
    }

    let of_appmeasurement = "missing  build alloy@2.33.1, not needed now: ";
    assert!(
        text.contains(of_appmeasurement),
        "no scenario is for the Web SDK: {text}"
    );

    let without_scenarios = doctor(Bench::new().posttrack(&["doctor"]));
    let text = said(&without_scenarios);
    assert_eq!(without_scenarios.status.code(), Some(3), "{text}");
    assert!(
        text.contains("MISSING  build alloy@2.33.1\n"),
        "any library may be driven: {text}"
    );

    let mut ill = bare(&bench, &["doctor"]);
    ill.env("POSTTRACK_CACHE", bench.path("empty"));
    let ill = doctor(ill);
    let text = said(&ill);
    assert_eq!(ill.status.code(), Some(3), "{text}");
    assert!(text.contains("a run cannot start: "), "{text}");
    for what in ["firefox", "geckodriver", "build appmeasurement@2.23.0"] {
        let line = format!("MISSING  {what}\n");
        assert!(text.contains(&line), "{what} is missing: {text}");
    }
    assert_eq!(
        text.matches("to mend it, ").count(),
        text.matches("missing  ").count() + text.matches("MISSING  ").count(),
        "whatever is missing can be mended: {text}"
    );
    assert!(!bench.path("empty").exists(), "doctor changes nothing");
}
