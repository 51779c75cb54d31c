//! A browser that dies or hangs costs a case one more attempt in a fresh session, and no other case its result.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use posttrack::report::{CaseResult, Status};
use posttrack::verdict::FindingKind;
use support::{Bench, Ended, PLAIN, Run, signal, tools, write_program};

/// The first browser of a run is in another time zone than the others, which a page can tell.
const FIRST_DIFFERS: &str = "if [ $n = 1 ]; then export TZ=Asia/Tokyo; fi";
const IN_THE_FIRST: &str = "new Date().getTimezoneOffset() !== 0";
const ALWAYS: &str = "true";

/// Not quiet for almost as long as a case may be.
const IMAGE: &str = "new Image().src = 'https://slow.shop.test/'";
/// The step itself lasts, and with it the driver's command.
const SYNCHRONOUS: &str = "const request = new XMLHttpRequest(); \
     request.open('GET', 'https://slow.shop.test/', false); request.send()";

/// A case that, when this holds, leaves its mark and is stuck in this way.
fn stuck(when: &str, how: &str) -> String {
    format!(
        r#"{PLAIN}
[[step]]
run = """
if ({when}) {{
  indexedDB.open('here');
  {how};
}}
"""

[[endpoint]]
host = "slow.shop.test"
path = "/"
answer = {{ delay = 58000, body = "image" }}
"#
    )
}

/// Recorded in a run of its own, so that a case that is tried again can pass.
fn recorded(scenarios: &[(&str, &str)]) -> Bench {
    let bench = Bench::with(scenarios);
    bench.record();
    bench
}

/// What happens at each start of a browser; `$n` is its number, from 1.
fn run_with_browser(bench: &Bench, at_start: &str, args: &[&str]) -> Run {
    let program = bench.path("firefox");
    let script = format!(
        "#!/bin/sh\n\
         case \"$*\" in *--marionette*)\n\
         n=1; while ! mkdir '{started}'.$n 2>/dev/null; do n=$((n + 1)); done\n\
         {at_start} ;; esac\n\
         exec '{firefox}' \"$@\"\n",
        started = bench.path("started").display(),
        firefox = tools().firefox.display()
    );
    write_program(&program, &script);
    let mut command = bench.posttrack(&["run", "--json", "results.json"]);
    command.args(args).env("POSTTRACK_FIREFOX", &program);
    Run::start(command, bench)
}

fn assert_passed(ended: &Ended, scenario: &str, attempts: u32) {
    let CaseResult {
        status,
        attempts: had,
        retried_after,
        ..
    } = ended.case(scenario);
    assert_eq!(
        (*status, *had, retried_after.len() as u32),
        (Status::Pass, attempts, attempts - 1),
        "{scenario} should pass, its attempts and their causes be counted: {}",
        ended.said()
    );
}

#[test]
fn a_browser_that_is_killed_costs_the_cases_that_it_ran_one_retry() {
    let stuck = stuck(IN_THE_FIRST, IMAGE);
    let bench = recorded(&[
        ("a-done", PLAIN),
        ("b", &stuck),
        ("c", &stuck),
        ("d-later", PLAIN),
    ]);
    let mut run = run_with_browser(&bench, FIRST_DIFFERS, &["--jobs", "2"]);
    run.until("two running cases", |_| bench.marks() == 2);
    signal("KILL", run.browser().expect("it runs them").pid);
    let ended = run.end();

    assert_eq!(
        ended.code,
        Some(0),
        "retried and passed is passed: {}",
        ended.said()
    );
    assert_passed(&ended, "a-done", 1);
    assert_passed(&ended, "b", 2);
    assert_passed(&ended, "c", 2);
    assert_passed(&ended, "d-later", 1);
    let causes = ["b", "c"].map(|scenario| ended.case(scenario).retried_after[0].as_str());
    assert!(
        causes.iter().all(|cause| cause.contains("browser")),
        "a cause says that it was the browser: {causes:?}"
    );
    assert!(
        ended.out.contains("(attempt 2, after: the browser "),
        "the case's line says why it was tried again: {}",
        ended.said()
    );
    bench.assert_nothing_remains("a run whose browser was killed");
}

#[test]
fn a_browser_that_is_killed_in_the_middle_of_a_command_costs_one_retry() {
    let stuck = stuck(IN_THE_FIRST, SYNCHRONOUS);
    let bench = recorded(&[("a", &stuck)]);
    let mut run = run_with_browser(&bench, FIRST_DIFFERS, &["--jobs", "1"]);
    run.until("the running step", |_| bench.marks() == 1);
    signal("KILL", run.browser().expect("it runs it").pid);
    let ended = run.end();
    assert_eq!(
        ended.code,
        Some(0),
        "retried and passed is passed: {}",
        ended.said()
    );
    assert_passed(&ended, "a", 2);
}

#[test]
fn a_browser_that_stops_answering_costs_one_retry() {
    let stuck = stuck(IN_THE_FIRST, IMAGE);
    let bench = recorded(&[("a-done", PLAIN), ("b", &stuck), ("c-later", PLAIN)]);
    let mut run = run_with_browser(&bench, FIRST_DIFFERS, &["--jobs", "1"]);
    run.until("the running case", |_| bench.marks() == 1);
    signal("STOP", run.browser().expect("it runs it").pid);
    let ended = run.end();

    assert_eq!(
        ended.code,
        Some(0),
        "retried and passed is passed: {}",
        ended.said()
    );
    assert_passed(&ended, "a-done", 1);
    assert_passed(&ended, "b", 2);
    assert_passed(&ended, "c-later", 1);
    let cause = &ended.case("b").retried_after[0];
    assert!(
        cause.contains("had no answer within"),
        "the cause is named: {cause}"
    );
    bench.assert_nothing_remains("a run whose browser hung");
}

#[test]
fn a_browser_that_dies_twice_in_a_case_is_an_environment_failure_that_names_it() {
    let stuck = stuck(ALWAYS, IMAGE);
    let bench = Bench::with(&[("a-dies", &stuck), ("b-later", PLAIN)]);
    let mut run = bench.run(&["--jobs", "1"]);
    run.until("the first attempt", |_| bench.marks() == 1);
    let first = run.browser().expect("it runs it").pid;
    signal("KILL", first);
    run.until("the second attempt", |run| {
        bench.marks() == 1 && run.browser().is_some_and(|browser| browser.pid != first)
    });
    signal("KILL", run.browser().expect("it runs it again").pid);
    let ended = run.end();

    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert_gave_up(&ended, "a-dies");
    let later = ended.case("b-later");
    assert_eq!(
        (&later.error, later.attempts),
        (&None, 1),
        "it ran: {}",
        ended.said()
    );
    bench.assert_nothing_remains("a run whose browser died twice");
}

/// The case is an error that is told everywhere.
fn assert_gave_up(ended: &Ended, scenario: &str) {
    let case = ended.case(scenario);
    assert_eq!(
        (case.status, case.attempts),
        (Status::Error, 2),
        "{}",
        ended.said()
    );
    let why = case.error.as_deref().unwrap_or_default();
    assert!(
        !why.is_empty() && case.retried_after.len() == 1,
        "both causes are kept: {case:?}"
    );
    let findings = &ended.results.as_ref().unwrap().findings;
    let named = findings.iter().any(|finding| {
        finding.kind == FindingKind::Error && finding.cases == [case.name()] && finding.why == why
    });
    assert!(named, "a finding names the case: {findings:?}");
    assert!(
        ended.out.contains(&format!("ERROR {}", case.name())),
        "the case's line says so: {}",
        ended.said()
    );
}

#[test]
fn a_page_that_never_comes_back_is_an_error_and_takes_no_other_case_with_it() {
    let looping = format!("{PLAIN}\n[[step]]\nrun = \"while (true) {{}}\"\n");
    let bench = recorded(&[("b", PLAIN), ("c", PLAIN), ("d", PLAIN)]);
    bench.scenario("a-loops", &looping);
    let ended = bench.run(&["--jobs", "2"]).end();

    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert_gave_up(&ended, "a-loops");
    let why = ended.case("a-loops").error.clone().unwrap_or_default();
    assert!(
        why.contains("the page or the browser hangs"),
        "it says what happened: {why}"
    );
    for scenario in ["b", "c", "d"] {
        let beside = &ended.case(scenario).retried_after;
        assert!(
            beside
                .iter()
                .all(|cause| cause.contains("ran beside others")),
            "{scenario} was tried again only if it ran beside the loop: {beside:?}"
        );
        assert_passed(&ended, scenario, 1 + beside.len() as u32);
    }
    bench.assert_nothing_remains("a run with a page that looped");
}

#[test]
fn a_browser_that_does_not_come_up_at_first_is_started_again() {
    let bench = recorded(&[("a", PLAIN)]);
    let fails_once = "if [ $n = 1 ]; then exit 1; fi";
    let ended = run_with_browser(&bench, fails_once, &[]).end();
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    assert_passed(&ended, "a", 1);
    assert!(
        ended.err.contains("starting firefox again, because"),
        "it says so: {}",
        ended.said()
    );
}

#[test]
fn when_the_browser_cannot_be_started_again_the_case_that_it_died_in_is_named() {
    let stuck = stuck(ALWAYS, IMAGE);
    let bench = Bench::with(&[("a-dies", &stuck), ("b-later", PLAIN)]);
    let only_first = "if [ $n != 1 ]; then exit 1; fi";
    let mut run = run_with_browser(&bench, only_first, &["--jobs", "1"]);
    run.until("the running case", |_| bench.marks() == 1);
    signal("KILL", run.browser().expect("it runs it").pid);
    let ended = run.end();

    assert_eq!(ended.code, Some(3), "{}", ended.said());
    let case = ended.case("a-dies");
    assert_eq!(
        (case.status, case.attempts),
        (Status::Error, 1),
        "{}",
        ended.said()
    );
    assert_eq!(
        ended.case("b-later").status,
        Status::Skipped,
        "{}",
        ended.said()
    );
    let results = ended.results.as_ref().unwrap();
    let error = results.error.as_deref().unwrap_or_default();
    assert!(
        error.contains("could not start firefox"),
        "the results say why: {error:?}"
    );
    bench.assert_nothing_remains("a run whose browser could not be started again");
}

/// Claims what is so in all sessions but the first.
fn flaky() -> String {
    PLAIN.replace("2 + 2", &format!("{IN_THE_FIRST} ? 5 : 4"))
}

#[test]
fn a_case_that_comes_to_something_else_in_a_fresh_session_is_flaky() {
    let bench = Bench::new();
    let wrong = PLAIN.replace("2 + 2", "2 + 3");
    bench.scenario("a-flaky", &flaky());
    bench.scenario("b-plain", PLAIN);
    bench.record();
    bench.scenario("c-wrong", &wrong);

    let retries = ["--jobs", "1", "--retries", "1"];
    let ended = run_with_browser(&bench, FIRST_DIFFERS, &retries).end();
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    let flaky = ended.case("a-flaky");
    assert_eq!(
        (flaky.status, flaky.attempts),
        (Status::Flaky, 2),
        "{}",
        ended.said()
    );
    assert_eq!(flaky.retried_after, ["it failed"]);
    let findings = &ended.results.as_ref().unwrap().findings;
    let of_it: Vec<_> = findings
        .iter()
        .filter(|finding| finding.cases.contains(&flaky.name()))
        .collect();
    assert_eq!(of_it.len(), 1, "what it came to is told once: {of_it:?}");
    assert_eq!(of_it[0].kind, FindingKind::Flaky);
    let events = &of_it[0].events;
    for told in ["case: failed, then passed", "snapshot: changed, then same"] {
        assert!(events.contains(&told.to_owned()), "{told}: {events:?}");
    }
    assert_passed(&ended, "b-plain", 1);
    let wrong = ended.case("c-wrong");
    assert_eq!(
        (wrong.status, wrong.attempts),
        (Status::Fail, 2),
        "the same twice is no flaky case: {}",
        ended.said()
    );
    bench.assert_nothing_remains("a run with retries");
}

#[test]
fn a_flaky_case_passes_where_that_is_asked_for() {
    let bench = recorded(&[("a-flaky", &flaky())]);
    let args = ["--retries", "2", "--flaky", "pass"];
    let ended = run_with_browser(&bench, FIRST_DIFFERS, &args).end();
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    assert_eq!(ended.case("a-flaky").status, Status::Flaky);
    assert_eq!(ended.case("a-flaky").attempts, 2, "once was enough");
    assert!(ended.out.contains("1 flaky"), "{}", ended.said());
}

#[test]
fn retries_and_update_exclude_each_other() {
    let bench = Bench::with(&[("a", PLAIN)]);
    let ended = bench.run(&["--retries", "1", "--update", "missing"]).end();
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert_eq!(
        ended.err,
        "error: --retries and --update exclude each other: no snapshot is written from a case that is tried again\n"
    );
}
