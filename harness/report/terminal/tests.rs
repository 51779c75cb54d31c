//! Pins the exact text of the terminal's output.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use insta::assert_snapshot;

use super::*;
use crate::report::{Results, sample};
use crate::run::{Retry, RunEvent, Trouble};

const LOOK: Look<'_> = Look {
    width: 90,
    quiet: false,
    command: "posttrack run",
};

/// What `write` writes, without colours.
fn plain(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    write(&mut out).unwrap();
    String::from_utf8(out.into_inner()).unwrap()
}

fn summary_of(results: &Results, look: Look<'_>) -> String {
    plain(|out| summary(out, results, &look))
}

#[test]
fn the_summary_has_the_table_the_findings_the_known_deviations_and_a_last_line() {
    assert_snapshot!(summary_of(&sample::results(), LOOK), @r##"
    appmeasurement@2.23.0 (appmeasurement 2.23.0, sha256 0123456789ab…) on firefox 153.0 (geckodriver 0.37.1)
      id       claim                                         verdict           instances/cases
      POST-03  If the tracking call fails the function doe…  VIOLATED                      3/2
      POST-12  Extra arguments given at registration are p…  holds                         7/3
      POST-13  The function is the only argument that the…   violated (known)              1/1
      1 more requirement not exercised by these cases: T-01
      not documented for appmeasurement 2.23.0 yet: BUF-01

    not for a browser to prove (`posttrack list requirements` says why): POST-15

    3 findings

    violated  POST-03  If the tracking call fails the function does not run
      audit ran for hit 1, which failed (reset)
      at      scenarios/failure/matrix.toml:1:1
      in      7 cases
              firefox::appmeasurement-2.23.0::failure/matrix/1
              firefox::appmeasurement-2.23.0::failure/matrix/2
              firefox::appmeasurement-2.23.0::failure/matrix/3
              firefox::appmeasurement-2.23.0::failure/matrix/4
              firefox::appmeasurement-2.23.0::failure/matrix/5
              and 2 more
        │ [1:12] hit 1 of s, image, failed (reset): GET metrics.shop.test/b/ss/rs/1/JS-2.23.0/s1234…?…
        │ [1:15] post audit("metrics.shop.test/b/ss/rs/1/JS-2.23.0/s1234…?…") \u{1b}]0;title\u{7}
      see     registerposttrackcallback: https://docs.example/post
      again   posttrack run failure/matrix/1

    snapshot changed
      the snapshot t/overrides differs
      at      snapshots/t/overrides.snap:1:1
      in      firefox::appmeasurement-2.23.0::t/overrides
        │ -  v1 eVar1 A
        │ +  v1 eVar1 \u{1b}B
      again   posttrack run t/overrides
      accept  posttrack run t/overrides --update changed

    could not be judged
      step 2 threw `s is not defined`
      at      scenarios/tl/done-action.toml:14:7
      in      firefox::appmeasurement-2.23.0::tl/done-action
      again   posttrack run tl/done-action

    known deviations
      POST-13     1 case  the build takes more arguments and passes them on

    everything that happened in a case: `posttrack show failure/matrix/image/reset`

    7 cases: 3 passed, 2 failed, 1 could not be judged, 1 not run · 1 requirement holds, 1 violated, 1 violated as known, 1 unproven · 1 min 12 s
    "##);
}

#[test]
fn quiet_leaves_the_findings_and_the_last_line() {
    let quiet = Look {
        quiet: true,
        ..LOOK
    };
    let text = summary_of(&sample::results(), quiet);
    assert!(text.starts_with("3 findings\n"), "{text}");
    assert!(!text.contains("known deviations"), "{text}");
    assert!(text.ends_with("1 min 12 s\n"), "{text}");
}

#[test]
fn a_quiet_run_without_findings_is_its_last_line() {
    let mut results = sample::results();
    results.findings.clear();
    results.cases.truncate(1);
    results.requirements.remove(0);
    let quiet = Look {
        quiet: true,
        ..LOOK
    };
    assert_snapshot!(summary_of(&results, quiet), @"1 case: 1 passed · 1 requirement holds, 1 violated as known, 1 unproven · 1 min 12 s");
}

#[test]
fn the_last_line_of_a_shuffled_run_has_the_seed() {
    let mut results = sample::results();
    results.shuffle = Some(7);
    let text = summary_of(&results, LOOK);
    assert!(
        text.ends_with(" · 1 min 12 s · shuffled with seed 7\n"),
        "{text}"
    );
}

#[test]
fn a_selection_shows_only_what_it_judged() {
    let mut results = sample::results();
    results.selected = vec!["post/".into()];
    results.findings.clear();
    let text = summary_of(&results, LOOK);
    assert!(
        !text.contains("T-01") && !text.contains("POST-15"),
        "{text}"
    );
    assert!(text.contains("POST-12"), "{text}");
    assert!(!text.contains("unproven"), "{text}");
}

#[test]
fn a_narrow_terminal_keeps_the_claim_readable() {
    let narrow = Look { width: 10, ..LOOK };
    let text = summary_of(&sample::results(), narrow);
    assert!(
        text.contains("POST-03  If the tracking cal…  VIOLATED"),
        "{text}"
    );
}

#[test]
fn each_case_has_a_line_that_says_how_it_ended() {
    let lines: Vec<String> = sample::results().cases.iter().map(case_line).collect();
    assert_snapshot!(plain(|out| writeln!(out, "{}", lines.join("\n"))), @r##"
    ok    firefox::appmeasurement-2.23.0::post/extra-arguments  88 ms
    FAIL  firefox::appmeasurement-2.23.0::failure/matrix/image/reset  88 ms
          POST-03: audit ran for hit 1, which failed (reset)
    FAIL  firefox::appmeasurement-2.23.0::t/overrides  88 ms
          snapshot changed
    ok    firefox::appmeasurement-2.23.0::post/only-argument  88 ms
    ok    firefox::appmeasurement-2.23.0::post/twice  88 ms  (attempt 2, after: firefox died: exit status 139)
    ERROR firefox::appmeasurement-2.23.0::tl/done-action  88 ms
          step 2 threw `s is not defined`
    skip  firefox::appmeasurement-2.23.0::tl/exit-link
    "##);
}

#[test]
fn a_case_is_shown_with_timeline_hits_calls_and_verdicts() {
    let results = sample::results();
    assert_snapshot!(plain(|out| show(out, &results, &results.cases[0])), @r##"
    ok    firefox::appmeasurement-2.23.0::post/extra-arguments  88 ms
          scenarios/post/extra-arguments.toml:1:1

    timeline
        1.0 ms  page  https://www.shop.test/

    hits
      hit 1 of s, step 1: GET by image, failed (reset), 3 times on the wire
        metrics.shop.test/b/ss/rs/1/JS-2.23.0/s1?…
        AQB         1
        v1   eVar1  A\u{1b}[31m

    calls
      post: audit("https://…", "param1", 2) for hit 1

    verdicts
      POST-12  holds  Extra arguments given at registration are passed after requestUrl, in order

    snapshot
      the same as recorded
    "##);
}

#[test]
fn a_changed_case_is_shown_with_its_diff() {
    let results = sample::results();
    assert_snapshot!(plain(|out| show(out, &results, &results.cases[2])), @r##"
    FAIL  firefox::appmeasurement-2.23.0::t/overrides  88 ms
          snapshot changed
          scenarios/t/overrides.toml:1:1

    snapshot
      recorded before (-) and now (+)
      -  v1 eVar1 A
      +  v1 eVar1 \u{1b}B
    "##);
}

#[test]
fn a_violation_is_shown_with_its_events_and_the_page_that_it_departs_from() {
    let results = sample::results();
    let told = plain(|out| show(out, &results, &results.cases[1]));
    let verdicts = told.split("verdicts").nth(1).unwrap_or_default();
    assert_snapshot!(verdicts, @r##"
      POST-03  VIOLATED  If the tracking call fails the function does not run
               audit ran for hit 1, which failed (reset)
               │ [1:9] post audit(…) ran for hit 1
               see https://docs.example/post

    snapshot
      the same as recorded
    "##);
}

#[test]
fn a_failed_case_says_everything_and_none_of_it_is_cut() {
    let results = sample::results();
    let mut case = results.cases[1].clone();
    case.attempts = 2;
    case.retried_after = vec!["the browser died\nend of its log".into()];
    case.error = Some("step 2 threw".into());
    let mut finding = results.findings[0].clone();
    finding.cases.clear();
    finding.events = (1..=70).map(|n| format!("event {n}")).collect();
    let told = plain(|out| failure(out, &case, &[finding], &results.claims));
    let shown: Vec<&str> = told.lines().collect();
    assert_snapshot!(shown[..9].join("\n"), @r##"
      at      scenarios/failure/matrix/image/reset.toml:1:1
      tried again after  the browser died
              end of its log
      could not be judged  step 2 threw

    violated  POST-03  If the tracking call fails the function does not run
      audit ran for hit 1, which failed (reset)
      at      scenarios/failure/matrix.toml:1:1
        │ event 1
    "##);
    assert_eq!(shown[shown.len() - 2].trim(), "│ event 70", "{told}");
    assert!(
        shown[shown.len() - 1].contains("https://docs.example/post"),
        "{told}"
    );
}

#[test]
fn nothing_out_of_a_page_reaches_the_terminal_as_a_command() {
    let results = sample::results();
    let mut styled = Vec::new();
    summary(&mut styled, &results, &LOOK).unwrap();
    for case in &results.cases {
        show(&mut styled, &results, case).unwrap();
        failure(&mut styled, case, &results.findings, &results.claims).unwrap();
    }
    let styled = String::from_utf8(styled).unwrap();
    for sequence in styled.split('\u{1b}').skip(1) {
        let end = sequence.find('m').expect("a style ends in m");
        assert!(
            sequence[1..end]
                .chars()
                .all(|c| c.is_ascii_digit() || c == ';'),
            "only our own styles are escape sequences, not {sequence:?}"
        );
    }
    assert!(!styled.contains('\u{7}'), "a bell was let through");
}

/// A `Write` whose text can be looked at.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn text(&self) -> String {
        anstream::adapter::strip_bytes(&self.0.lock().unwrap())
            .into_vec()
            .try_into()
            .unwrap()
    }
}

/// Plays a run to a progress without a bar; yields data and messages.
fn progress_of(lines: Lines) -> (String, String) {
    let (out, messages) = (Shared::default(), Shared::default());
    let mut progress = Progress::new(
        Box::new(out.clone()),
        Box::new(messages.clone()),
        lines,
        false,
    );
    let what = "building geckodriver".to_string();
    let events = [
        RunEvent::SettingUp { what: what.clone() },
        RunEvent::SetUp {
            what,
            took: Duration::from_secs(81),
        },
        RunEvent::Planned {
            cases: vec![],
            lanes: 2,
            shuffle: Some(7),
        },
        RunEvent::Started { case: 0 },
        RunEvent::Retrying {
            case: 0,
            trouble: Trouble {
                message: "firefox died".into(),
                retry: Retry::FreshSession,
                at: None,
            },
        },
    ];
    for event in &events {
        progress.event(event).unwrap();
    }
    for case in &sample::results().cases {
        progress.ended(case).unwrap();
    }
    drop(progress);
    (out.text(), messages.text())
}

#[test]
fn without_a_terminal_progress_is_a_line_a_case_and_messages_apart() {
    let (out, messages) = progress_of(Lines::All);
    assert_eq!(out.matches("::appmeasurement-2.23.0::").count(), 7, "{out}");
    assert_snapshot!(messages, @r##"
    posttrack: building geckodriver …
    posttrack: building geckodriver: took 1 min 21 s
    posttrack: 0 cases, 2 at once, shuffled with seed 7
    posttrack: trying  again: firefox died
    "##);
}

#[test]
fn beside_a_bar_only_remarkable_cases_have_lines() {
    let (out, _) = progress_of(Lines::Remarkable);
    assert!(!out.contains("post/extra-arguments"), "it passed: {out}");
    assert!(out.contains("post/twice"), "it was retried: {out}");
    assert!(out.contains("FAIL  firefox"), "{out}");
}

#[test]
fn quiet_progress_is_silent() {
    assert_eq!(progress_of(Lines::None), (String::new(), String::new()));
}
