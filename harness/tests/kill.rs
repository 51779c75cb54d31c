//! However `posttrack run` is ended, and whenever: no process of its tree and no folder of it remains, and where it
//! has a say it says what was not run.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::process::Stdio;

use posttrack::report::Status;
use support::{Bench, PLAIN, Run, endless, signal};

/// A moment in a run.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// The run folder has just been made.
    DriverStarts,
    /// The browser's process is there.
    BrowserStarts,
    /// One case ended, one runs, one waits.
    CasesRun,
}

/// A run at this moment, of one case that ends, one that does not, and one behind it.
fn run_at(bench: &Bench, moment: Moment) -> Run {
    let mut run = bench.run(&["--jobs", "1"]);
    match moment {
        Moment::DriverStarts => run.until("a run folder", |_| {
            std::fs::read_dir(bench.temp()).unwrap().next().is_some()
        }),
        Moment::BrowserStarts => run.until("a browser", |run| run.browser().is_some()),
        Moment::CasesRun => {
            run.until_case_ended("a-ends");
            let names: Vec<_> = support::processes_of(bench.root())
                .into_iter()
                .map(|process| process.name)
                .collect();
            // Without this the tests could pass because they look at the wrong processes.
            for wanted in ["posttrack", "sh", "geckodriver", "firefox"] {
                assert!(
                    names.iter().any(|name| name.starts_with(wanted)),
                    "{wanted} should be among the run's processes {names:?}"
                );
            }
        }
    }
    run
}

fn bench() -> Bench {
    let endless = endless();
    Bench::with(&[("a-ends", PLAIN), ("b-runs", &endless), ("c-waits", PLAIN)])
}

#[test]
fn sigkill_leaves_nothing() {
    for moment in [
        Moment::DriverStarts,
        Moment::BrowserStarts,
        Moment::CasesRun,
    ] {
        let bench = bench();
        let run = run_at(&bench, moment);
        signal("KILL", run.pid());
        let ended = run.end();
        assert_eq!(ended.code, None, "the signal ended it: {}", ended.said());
        bench.assert_nothing_remains(&format!("SIGKILL at {moment:?}"));
    }
}

#[test]
fn a_signal_during_set_up_ends_a_run_with_4_and_leaves_nothing() {
    for (name, moment) in [
        ("INT", Moment::DriverStarts),
        ("TERM", Moment::BrowserStarts),
    ] {
        let bench = bench();
        let run = run_at(&bench, moment);
        signal(name, run.pid());
        let ended = run.end();
        assert_eq!(
            ended.code,
            Some(4),
            "SIG{name} at {moment:?}: {}",
            ended.said()
        );
        bench.assert_nothing_remains(&format!("SIG{name} at {moment:?}"));
    }
}

#[test]
fn a_signal_while_cases_run_keeps_what_ended_and_says_what_was_not_run() {
    // To the process, as `kill` and CI do, and to the group, as a terminal does.
    for (name, group) in [("TERM", ""), ("INT", "-")] {
        let bench = bench();
        let run = run_at(&bench, Moment::CasesRun);
        signal(name, format!("{group}{}", run.pid()));
        let ended = run.end();
        assert_eq!(ended.code, Some(4), "SIG{name}: {}", ended.said());
        // There is no snapshot of it, and nothing else is wrong with it.
        assert_eq!(ended.case("a-ends").status, Status::Fail);
        assert_eq!(ended.case("a-ends").attempts, 1);
        for scenario in ["b-runs", "c-waits"] {
            let case = ended.case(scenario);
            assert_eq!(
                (case.status, case.attempts),
                (Status::Skipped, 0),
                "{scenario}"
            );
        }
        assert_eq!(ended.results.as_ref().unwrap().exit, 4);
        assert!(ended.out.contains("2 not run"), "{}", ended.said());
        bench.assert_nothing_remains(&format!("SIG{name} while cases ran"));
    }
}

#[test]
fn a_second_signal_ends_a_run_that_cannot_stop_at_once() {
    let bench = bench();
    let mut run = run_at(&bench, Moment::CasesRun);
    let browser = run.browser().expect("a case runs in it");
    // A stopped browser does not answer, so that an orderly end takes a while.
    signal("STOP", browser.pid);
    signal("INT", run.pid());
    run.until("the answer to the first signal", |run| {
        run.err().contains("once more to exit at once")
    });
    signal("INT", run.pid());
    let ended = run.end();
    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert!(
        ended.results.is_none(),
        "it exited at once: {}",
        ended.said()
    );
    bench.assert_nothing_remains("SIGINT twice");
}

#[test]
fn a_run_that_nobody_listens_to_goes_on_and_still_obeys_signals() {
    let bench = bench();
    let mut command = bench.posttrack(&["run", "--json", "results.json", "--jobs", "1"]);
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("posttrack starts");
    // As `posttrack run 2>&1 | head -0` leaves it.
    drop((child.stdout.take(), child.stderr.take()));
    let mut run = Run::of(child, &bench);
    run.until("the second case", |_| bench.marks() > 0);
    signal("INT", run.pid());
    let ended = run.end();
    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert_eq!(ended.case("a-ends").attempts, 1);
    bench.assert_nothing_remains("SIGINT to a run that nobody listens to");
}
