//! The command line through the built binary: what it prints where, and its exit codes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may panic like tests"
)]

use std::path::Path;
use std::process::Command;

/// posttrack in a folder of its own, without colours, outside of CI and with a cache of its own.
fn posttrack(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posttrack"));
    command
        .args(args)
        .current_dir(folder)
        .env("POSTTRACK_CACHE", folder.join("cache"))
        .env("POSTTRACK_INSTALL", "never")
        .env_remove("CI")
        .env_remove("TF_BUILD")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn run_in(folder: &Path, args: &[&str]) -> Ran {
    let output = posttrack(folder, args).output().unwrap();
    Ran {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(args: &[&str]) -> Ran {
    run_in(tempfile::tempdir().unwrap().path(), args)
}

#[test]
fn without_arguments_it_prints_help() {
    let ran = run(&[]);
    assert_eq!(ran.code, 2, "nothing was done");
    assert!(ran.err.contains("Usage: posttrack"), "{}", ran.err);
    assert!(ran.err.contains("Examples:"), "{}", ran.err);
}

#[test]
fn help_is_data_and_has_examples_for_each_subcommand() {
    let ran = run(&["--help"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("Exit codes:"), "{}", ran.out);
    for command in [
        "run", "list", "check", "show", "doctor", "install", "schema", "selftest", "diff",
    ] {
        let ran = run(&[command, "--help"]);
        assert_eq!(ran.code, 0, "{command}: {}", ran.err);
        assert!(
            ran.out.contains("Examples:") || ran.out.contains("Exit codes:"),
            "{command}: {}",
            ran.out
        );
        assert!(
            ran.out.contains("--scenarios"),
            "{command} takes the global options"
        );
    }
}

#[test]
fn an_unknown_subcommand_is_a_usage_error() {
    let ran = run(&["chek"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("'chek'") && ran.err.contains("'check'"),
        "{}",
        ran.err
    );
}

#[test]
fn a_self_test_in_a_folder_without_its_scenarios_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = folder.path().join("scenarios");
    std::fs::create_dir(&scenarios).unwrap();
    let scenario =
        "title = \"t\"\nlibrary = \"appmeasurement\"\n[page]\nurl = \"https://www.shop.test/\"\n";
    std::fs::write(scenarios.join("mine.toml"), scenario).unwrap();
    let catalogue = "[[requirement]]\nid = 'T-01'\nclaim = 'c'\nsource = 's'\n";
    std::fs::write(scenarios.join("requirements.toml"), catalogue).unwrap();
    let ran = run_in(folder.path(), &["selftest"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert_eq!(
        ran.err,
        "error: scenarios has none of the scenarios that the faults are run in; they are posttrack's own: \
         name their folder with --scenarios DIR\n"
    );
    let ran = run_in(folder.path(), &["selftest", "no-such-fault"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("`no-such-fault`"), "{}", ran.err);
}

#[test]
fn an_unknown_browser_is_a_usage_error_that_names_the_known_ones() {
    let ran = run(&["run", "--browser", "netscape"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("`netscape`") && ran.err.contains("firefox"),
        "{}",
        ran.err
    );
}

#[test]
fn an_unknown_build_is_a_usage_error_that_names_the_known_ones() {
    let ran = run(&["run", "--build", "appmeasurement@9"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("`appmeasurement@9`") && ran.err.contains("appmeasurement@2.23.0"),
        "{}",
        ran.err
    );
}

#[test]
fn wrong_values_of_options_are_usage_errors() {
    for args in [
        ["--jobs", "0"],
        ["--update", "always"],
        ["--color", "blue"],
        ["--build", "a b=x.js"],
    ] {
        let ran = run(&["run", args[0], args[1]]);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(args[0]), "{args:?}: {}", ran.err);
    }
}

#[test]
fn a_mistake_in_posttrack_toml_is_a_usage_error_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("posttrack.toml"), "[run]\njosb = 2\n").unwrap();
    let ran = run_in(folder.path(), &["list"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("posttrack.toml:2:1"), "{}", ran.err);
    assert!(
        !ran.err.contains('\u{1b}'),
        "no colours in a pipe: {:?}",
        ran.err
    );
    let coloured = run_in(folder.path(), &["list", "--color", "always"]);
    assert_eq!(coloured.code, 2);
}

#[test]
fn in_ci_only_the_command_line_may_ask_to_write_snapshots() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("posttrack.toml"),
        "[run]\nupdate = 'changed'\n",
    )
    .unwrap();
    // Without scenarios nothing is run, but the options have been read.
    let told = |args: &[&str], ci: &str| {
        let output = posttrack(folder.path(), args)
            .env("CI", ci)
            .output()
            .unwrap();
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("`update` in posttrack.toml does not count in CI")
    };
    assert!(
        told(&["run"], "true"),
        "the file's wish is ignored, and that is told"
    );
    assert!(
        !told(&["run", "--update", "changed"], "true"),
        "the command line decides"
    );
    assert!(
        !told(&["run"], "false"),
        "this is no CI, so the file decides"
    );
}

#[test]
fn a_run_over_no_scenarios_is_a_usage_error_and_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for scenarios in ["nowhere", "."] {
        let ran = run_in(folder.path(), &["run", "--scenarios", scenarios]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert!(!ran.err.is_empty(), "it says why");
    }
}

#[test]
fn there_is_nothing_to_show_before_a_run() {
    let ran = run(&["show"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(
        ran.err,
        "error: no run over scenarios is known; start one with `posttrack run`\n"
    );
}

#[test]
fn the_schema_of_results_is_printed_as_it_is_checked_in() {
    let checked_in = include_str!("../report/results.schema.json");
    let ran = run(&["schema", "results"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out, checked_in);
}

#[test]
fn the_schema_of_scenarios_is_printed_as_it_is_checked_in() {
    let checked_in = include_str!("../../scenarios/scenario.schema.json");
    let ran = run(&["schema"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out, checked_in);
}

#[test]
fn laws_are_listed_with_what_they_state() {
    let ran = run(&["list", "laws"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let silent = "POST-03   a post function does not run for a failed hit\n";
    assert!(ran.out.contains(silent), "{}", ran.out);
}

/// A folder of three claims and two scenarios.
fn small_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = folder.path().join("scenarios");
    std::fs::create_dir_all(scenarios.join("links")).unwrap();
    let catalogue = "\
        [[requirement]]\nid = 'T-01'\nclaim = 'one call, one hit'\nsource = 't'\n\
        [[requirement]]\nid = 'OFF-01'\nclaim = 'a hit is kept'\nsource = 'offline'\n\
        [[requirement]]\nid = 'BCN-04'\nclaim = 'of which version'\nsource = 'beacon'\n\
        unprovable = 'It contradicts itself.'\n";
    std::fs::write(scenarios.join("requirements.toml"), catalogue).unwrap();
    let scenario = "library = 'appmeasurement'\n[page]\nurl = 'https://www.shop.test/'\n";
    let write = |name: &str, head: &str| {
        std::fs::write(scenarios.join(name), head.to_owned() + scenario).unwrap();
    };
    write(
        "links/exit.toml",
        "title = 'an exit link'\ntags = ['tl', 'click']\n",
    );
    write("one.toml", "title = 'one call'\n");
    folder
}

#[test]
fn scenarios_are_listed_with_title_and_tags() {
    let ran = run_in(small_folder().path(), &["list"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        ran.out,
        "links/exit  an exit link  [tl, click]\none         one call\n"
    );
}

#[test]
fn requirements_are_listed_before_there_was_a_run() {
    let ran = run_in(small_folder().path(), &["list", "requirements"]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.out,
        "T-01      one call, one hit\n\
         OFF-01    a hit is kept\n\
         BCN-04    of which version\n          not for a browser: It contradicts itself.\n"
    );
    assert_eq!(
        ran.err,
        "posttrack: no run is known, so there are no verdicts; `posttrack run` makes them\n"
    );
}

#[test]
fn what_is_not_proven_yet_is_a_warning_of_check() {
    let folder = small_folder();
    let ran = run_in(folder.path(), &["check"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "2 scenarios are valid\n"));
    assert_eq!(
        ran.err,
        "posttrack: 1 requirement is not proven yet: OFF-01\n"
    );
    let quiet = run_in(folder.path(), &["check", "--quiet"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
    assert_eq!(quiet.out, "2 scenarios are valid\n");
}

#[test]
fn a_snapshot_of_no_scenario_is_an_error_of_check() {
    let folder = small_folder();
    std::fs::create_dir(folder.path().join("snapshots")).unwrap();
    std::fs::write(folder.path().join("snapshots/gone.snap"), "---\n---\nx\n").unwrap();
    let ran = run_in(folder.path(), &["check"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.out, "1 error to mend; 2 scenarios are valid\n");
    assert!(
        ran.err
            .starts_with("error: snapshots/gone.snap: no scenario has this snapshot"),
        "{}",
        ran.err
    );
}

#[test]
fn nothing_unknown_is_installed() {
    let ran = run(&["install", "netscape"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.starts_with(
            "error: `netscape` is nothing that posttrack installs; known: firefox, chrome, webkit, appmeasurement@"
        ),
        "{}",
        ran.err
    );
}

/// Options that run the repository's own scenarios from any folder.
const OWN: [&str; 2] = [
    "--scenarios",
    concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"),
];

#[test]
fn the_scenarios_of_this_repository_are_valid() {
    let ran = run(&["check", OWN[0], OWN[1]]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.ends_with("scenarios are valid\n"), "{}", ran.out);
}

#[test]
fn check_tells_every_mistake_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = folder.path().join("scenarios");
    std::fs::create_dir(&scenarios).unwrap();
    let catalogue = "[[requirement]]\nid = 'T-01'\nclaim = 'c'\nsource = 's'\n";
    std::fs::write(scenarios.join("requirements.toml"), catalogue).unwrap();
    std::fs::write(scenarios.join("a.toml"), "titel = 'x'\n").unwrap();
    std::fs::write(scenarios.join("b.toml"), "title = 1\n").unwrap();
    let ran = run_in(folder.path(), &["check"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    for place in ["scenarios/a.toml:1:1", "scenarios/b.toml:1:9"] {
        assert!(ran.err.contains(place), "{place} in {}", ran.err);
    }
}

#[test]
fn a_filter_that_matches_nothing_is_a_usage_error_with_near_names() {
    let ran = run(&["run", "post/extra-argumens", OWN[0], OWN[1]]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("`post/extra-arguments`"), "{}", ran.err);
}

#[test]
fn a_build_file_that_is_not_there_is_an_environment_failure() {
    let ran = run(&["run", "--build", "/nonexistent.js", OWN[0], OWN[1]]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert!(
        ran.err.contains("/nonexistent.js") && ran.err.contains("JavaScript file"),
        "{}",
        ran.err
    );
}

#[test]
fn two_things_that_cannot_be_compared_are_a_usage_error_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wrong.json"), "{}").unwrap();
    for (args, message) in [
        (
            &["a.json", "lib/b.js"][..],
            "error: `a.json` and `lib/b.js` are a results file and a build; compare two builds, or two files that `posttrack run --json FILE` wrote\n",
        ),
        (&["a.json", "b.json"], "error: there is no file a.json\n"),
        (
            &["a.json", "b.json", "--tag", "post"],
            "error: --tag is for builds that are run; of two results files, choose cases with FILTER\n",
        ),
        (
            &["wrong.json", "b.json"],
            "error: wrong.json is no results document of format 1: missing field `schema` at line 1 column 2; run `posttrack run` again to replace it\n",
        ),
    ] {
        let ran = run_in(folder.path(), &[&["diff"], args].concat());
        assert_eq!((ran.code, &*ran.err), (2, message), "{args:?}");
        assert_eq!(ran.out, "", "{args:?}");
    }
    let ran = run_in(folder.path(), &["diff", "no-such-build", "lib/b.js"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("`no-such-build`"), "{}", ran.err);
}
