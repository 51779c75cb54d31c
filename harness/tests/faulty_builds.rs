//! Sensitivity: each planted fault, in copies of the real default builds and in the reference library,
//! is noticed by laws and checks, and without a fault nothing is violated.

mod common;

use std::sync::Arc;

use common::{Ended, JOBS, block_on, chosen, default_build, real_suite, run_with, web_sdk_build};
use drivers::BuildFile;
use posttrack::report::terminal;
use posttrack::run::{BrowserChoice, BuildChoice, case_name};
use posttrack::selftest::{self, Fate, Hosts, Plan, Request, wrapped};
use posttrack::verdict::FindingKind;
use tokio::sync::watch;

#[test]
fn every_planted_fault_is_noticed_by_laws_and_checks() {
    let suite = real_suite();
    let plan = Plan::new(&suite, selftest::faults(), true);
    let planned = plan.faults.len();
    let (_stop, stop) = watch::channel(false);
    let request = Request {
        browser: BrowserChoice::defaults().remove(0),
        builds: Hosts {
            appmeasurement: BuildChoice::Known(default_build().name.clone()),
            web_sdk: BuildChoice::Known(web_sdk_build().name),
        },
        jobs: JOBS,
        stop,
    };
    let report = block_on(selftest::run(plan, request, Arc::new(suite), |_| {}));
    let report = report.unwrap_or_else(|error| panic!("the self-test failed: {error}"));
    let mut text = Vec::new();
    terminal::selftest(&mut text, &report, 110, true).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(report.count(Fate::Killed), planned, "{text}");
    assert!(report.alarms.is_empty(), "{text}");
    assert!(report.idle_laws.is_empty(), "{text}");
}

/// Quiet is not a poll: a call that comes only after seconds in which nothing happens is part of
/// the case, on whatever transport.
#[test]
fn a_post_function_that_runs_seconds_later_is_noticed_on_every_transport() {
    let suite = real_suite();
    let rows =
        ["image", "beacon", "xhr", "script"].map(|row| format!("post/runs-after-a-hit/{row}"));
    let late = |delay: u32| {
        let fault = format!(
            r#"register("Post", (f) => (...a) => {{ setTimeout(() => f(...a), {delay}); }})"#
        );
        wrapped(
            default_build(),
            &format!("post-{delay}ms-later"),
            Some(&fault),
            None,
        )
    };
    let builds: Vec<BuildFile> = vec![late(6000), late(1500)];
    let cases = builds.iter().flat_map(|build| {
        let rows = rows.iter();
        rows.map(|row| case_name("firefox", &build.name, row))
    });
    let cases = cases.collect();
    let scenarios = chosen(&suite, |name| rows.iter().any(|row| row == name));
    let ran = run_with(scenarios, builds, cases);
    assert_eq!(
        ran.cases.len(),
        8,
        "two delays on each of the four transports"
    );
    for ended in &ran.cases {
        let calls = ended.evidence().calls;
        let run: Vec<_> = calls.iter().filter(|call| call.name == "audit").collect();
        assert!(
            !run.is_empty() && run.iter().all(|call| !call.late),
            "{}: the case was over before its post function ran\n{}",
            ended.case.name(),
            timeline(ended)
        );
        let findings = ended.verdict(&suite).findings;
        assert!(
            findings
                .iter()
                .any(|finding| finding.kind == FindingKind::Violated
                    && finding.requirement.as_deref() == Some("POST-02")),
            "{}: a post function in a later turn is a violation of POST-02\n{}",
            ended.case.name(),
            timeline(ended)
        );
    }
}

fn timeline(ended: &Ended) -> String {
    posttrack::evidence::timeline(ended.recording(), &ended.evidence()).join("\n")
}
