//! The tests of the cases, over folders of their own: what is listed, what passes, what fails and
//! what a failure says.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may panic like tests"
)]

#[path = "conformance.rs"]
#[expect(dead_code, reason = "its main runs the scenarios of this repository")]
mod conformance;

use std::fs;
use std::path::Path;
use std::process::Command;

use conformance::Folders;
use conformance::engine::Outcome;
use conformance::judged;
use libtest_mimic::{Arguments, Conclusion};
use posttrack::report::{CaseResult, SnapshotStatus, Status};
use posttrack::run::BrowserChoice;
use posttrack::verdict::{Finding, FindingKind};
use tempfile::TempDir;

/// A scenario that the build gets right, apart from what `scenarios/deviations.toml` says.
const RIGHT: &str = "title = 'one hit'
requirements = ['T-01']
library = 'appmeasurement'
[page]
url = 'https://www.shop.test/'
[tracker]
account = 'examplersid'
trackingServer = 'metrics.shop.test'
eVar1 = 'A'
[[step]]
run = 's.t()'
";

/// A claim that no build can meet.
const WRONG_CHECK: &str = "[[check]]
requirement = 'T-02'
hit = 1
has = { eVar1 = 'B' }
";

/// Folders with this repository's requirements and deviations.
struct Project {
    root: TempDir,
    folders: Folders,
}

fn project(scenarios: &[(&str, &str)]) -> Project {
    let root = tempfile::tempdir().unwrap();
    let folders = Folders {
        scenarios: root.path().join("scenarios"),
        snapshots: root.path().join("snapshots"),
    };
    fs::create_dir_all(folders.scenarios.join("post")).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for shared in ["requirements.toml", "deviations.toml"] {
        fs::copy(own.join(shared), folders.scenarios.join(shared)).unwrap();
    }
    for (name, text) in scenarios {
        fs::write(folders.scenarios.join(format!("post/{name}.toml")), text).unwrap();
    }
    Project { root, folders }
}

impl Project {
    /// Runs the tests, and returns what was printed of them.
    fn run(&self, arguments: Arguments) -> (Conclusion, String) {
        let log = self.root.path().join("log");
        let arguments = Arguments {
            logfile: Some(log.display().to_string()),
            ..arguments
        };
        let conclusion = conformance::run(arguments, &self.folders, BrowserChoice::defaults());
        (conclusion, fs::read_to_string(log).unwrap())
    }

    /// Records the snapshots of all scenarios, as a person would.
    fn record(&self) {
        let ran = Command::new(env!("CARGO_BIN_EXE_posttrack"))
            .args(["run", "--quiet", "--update", "missing", "--scenarios"])
            .arg(&self.folders.scenarios)
            .output()
            .unwrap();
        assert!(self.folders.snapshots.is_dir(), "{ran:?}");
    }
}

fn list() -> Arguments {
    Arguments {
        list: true,
        ..Arguments::default()
    }
}

fn name(scenario: &str) -> String {
    let build = &drivers::default_builds()[0];
    posttrack::run::case_name("firefox", build, scenario)
}

#[test]
fn every_case_is_listed_without_a_browser_whether_its_file_can_be_read_or_not() {
    let newer = format!("builds = 'appmeasurement >=99'\n{RIGHT}");
    let project = project(&[
        ("right", RIGHT),
        ("broken", "titel = 'x'\n"),
        ("newer", &newer),
    ]);
    let (_, listed) = project.run(list());
    let expected = [
        format!("{}: test", name("post/broken")),
        format!("{}: test", name("post/right")),
        "suite::everything-is-referenced: test".into(),
    ];
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected);
    let (_, listed) = project.run(Arguments {
        skip: vec!["broken".into()],
        ..list()
    });
    assert_eq!(
        listed.lines().collect::<Vec<_>>(),
        [&expected[1]],
        "with a case left out there is no whole run"
    );
}

#[test]
fn a_file_that_cannot_be_read_fails_its_cases_and_the_whole_with_its_mistakes() {
    let project = project(&[("right", RIGHT), ("broken", "titel = 'x'\n")]);
    for filter in ["post/broken", "suite::"] {
        let (conclusion, log) = project.run(Arguments {
            filter: Some(filter.into()),
            ..Arguments::default()
        });
        assert_eq!(conclusion.num_failed, 1, "{log}");
        assert!(
            log.contains("post/broken.toml:1:1") && log.contains("did you mean `title`"),
            "{filter}: {log}"
        );
    }
}

#[test]
fn a_scenarios_folder_that_is_not_there_is_a_failure() {
    let project = project(&[]);
    fs::remove_dir_all(&project.folders.scenarios).unwrap();
    let (conclusion, log) = project.run(Arguments::default());
    assert_eq!(
        (conclusion.num_failed, conclusion.num_passed),
        (1, 0),
        "{log}"
    );
}

#[test]
fn a_case_passes_if_it_does_in_posttrack_run_and_else_says_all_that_is_known() {
    let wrong = format!("{RIGHT}{WRONG_CHECK}");
    let project = project(&[("right", RIGHT), ("changed", RIGHT), ("wrong", &wrong)]);
    project.record();
    let changed = project.folders.snapshots.join("post/changed.snap");
    let text = fs::read_to_string(&changed).unwrap();
    fs::write(&changed, text.replace("eVar1", "eVar9")).unwrap();
    fs::write(project.folders.snapshots.join("gone.snap"), &text).unwrap();

    let (conclusion, log) = project.run(Arguments::default());
    let ok = format!("test {} ... ok", name("post/right"));
    let words: Vec<&str> = log.split_whitespace().collect();
    assert!(words.join(" ").contains(&ok), "{log}");
    assert_eq!(
        (conclusion.num_passed, conclusion.num_failed),
        (1, 3),
        "{log}"
    );
    for part in [
        // The claim, the place, the page.
        "T-02",
        "post/wrong.toml:12:1",
        "https://experienceleague.adobe.com/",
        // The difference.
        "-    v1 eVar9",
        "+    v1 eVar1",
        // What no case shows.
        "gone.snap: no scenario has this snapshot",
    ] {
        assert!(log.contains(part), "`{part}` is missing in {log}");
    }
}

/// What a case comes to that was judged at the nth attempt and sent `text`.
fn outcome(project: &Project, attempts: u32, text: &str) -> Outcome {
    let loaded = posttrack::scenario::load(&project.folders.scenarios);
    let case = conformance::cases(&loaded, &["firefox"])
        .pop()
        .expect("a case");
    let result = CaseResult {
        scenario: case.scenario.name.clone(),
        build: case.build.name.clone(),
        browser: case.browser.name.clone(),
        at: case.scenario.at.to_string(),
        scenario_sha256: None,
        status: Status::Pass,
        attempts,
        same_as: None,
        retried_after: vec!["the browser died".into(); attempts as usize - 1],
        duration_ms: 1.0,
        error: None,
        error_at: None,
        environment: false,
        requirements: vec![],
        snapshot: Some(SnapshotStatus::Same),
        diff: None,
        recorded_with: None,
        findings: vec![],
        covered: vec![],
        hits: vec![],
        calls: vec![],
        behaviour: None,
        timeline: vec![],
        spans: vec![],
    };
    Outcome {
        case,
        result,
        findings: vec![],
        text: Some(text.into()),
    }
}

/// Why the outcome does not pass.
fn failure(project: &Project, outcome: Outcome) -> String {
    judged::case(outcome, &project.folders.snapshots, &[]).expect_err("it does not pass")
}

#[test]
fn a_case_that_was_tried_again_leaves_nothing_for_a_review() {
    let project = project(&[("right", RIGHT)]);
    let snapshots = project.folders.snapshots.join("post");
    let missing = failure(&project, outcome(&project, 2, "now"));
    assert!(missing.contains("snapshot missing"), "{missing}");
    assert!(missing.contains("tried again after"), "{missing}");
    assert!(!snapshots.exists(), "nothing was written");

    fs::create_dir_all(&snapshots).unwrap();
    fs::write(
        snapshots.join("right.snap"),
        "---\nsource: x\n---\nbefore\n",
    )
    .unwrap();
    let changed = failure(&project, outcome(&project, 2, "now"));
    assert!(
        changed.contains("-before") && changed.contains("+now"),
        "{changed}"
    );
    assert_eq!(
        fs::read_dir(&snapshots).unwrap().count(),
        1,
        "nothing was written"
    );
    assert_eq!(
        judged::case(
            outcome(&project, 2, "before"),
            &project.folders.snapshots,
            &[]
        ),
        Ok(())
    );
}

#[test]
fn a_finding_or_an_error_fails_a_case_whose_snapshot_is_right() {
    let project = project(&[("right", RIGHT)]);
    let snapshots = project.folders.snapshots.join("post");
    fs::create_dir_all(&snapshots).unwrap();
    fs::write(snapshots.join("right.snap"), "---\nsource: x\n---\nsame\n").unwrap();
    let right = || outcome(&project, 1, "same");
    assert_eq!(
        judged::case(right(), &project.folders.snapshots, &[]),
        Ok(())
    );

    let mut found = right();
    found.findings.push(Finding {
        kind: FindingKind::StaleDeviation,
        requirement: None,
        cases: vec![],
        why: "it did not happen".into(),
        at: None,
        events: vec![],
    });
    assert!(failure(&project, found).contains("it did not happen"));

    let mut error = right();
    error.text = None;
    error.result.status = Status::Error;
    error.result.error = Some("step 1 threw".into());
    assert!(failure(&project, error).contains("step 1 threw"));
}

#[test]
fn the_tests_run_in_the_browsers_that_the_environment_names_else_in_the_default_one() {
    let named = |list: &str| {
        let browsers = conformance::browsers(list)?;
        let texts = browsers.iter().map(ToString::to_string);
        Ok::<_, String>(texts.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(named(""), Ok("firefox".into()));
    assert_eq!(named("all"), Ok("firefox chrome webkit".into()));
    assert_eq!(
        named("webkit,chrome=/opt/chrome"),
        Ok("webkit chrome=/opt/chrome".into())
    );
    assert_eq!(
        named("chrome,netscape"),
        Err(
            "`netscape` is no browser; expected one of `firefox`, `chrome`, `webkit`, or `all`"
                .into()
        )
    );
}
