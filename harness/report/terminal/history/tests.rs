//! Pins the exact text of the history's table and of the paragraph at the end of a run.

use insta::assert_snapshot;

use super::*;
use crate::history::testing::{KNOWN, case, night, violated, with_status};
use crate::history::{Kept, Night, Streaks};

fn plain(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    write(&mut out).unwrap();
    String::from_utf8(out.into_inner()).unwrap()
}

fn of(nights: &[Night]) -> History {
    let mut streaks = Streaks::default();
    nights.iter().for_each(|night| streaks.take(night));
    streaks.finish().unwrap()
}

/// Three nights in which everything happens that has a word of its own.
fn nights() -> Vec<Night> {
    let known = |scenario: &str| Kept {
        verdicts: KNOWN,
        ..case(scenario)
    };
    let first = vec![
        case("always"),
        case("breaks"),
        case("goes"),
        known("known"),
        violated("mended"),
        case("rare"),
        case("wavers"),
        violated("\u{1b}hostile"),
    ];
    let second = vec![
        case("always"),
        violated("breaks"),
        case("goes"),
        known("known"),
        violated("mended"),
        with_status(case("wavers"), Status::Flaky),
        violated("\u{1b}hostile"),
    ];
    let third = vec![
        case("always"),
        violated("breaks"),
        known("known"),
        case("mended"),
        case("new"),
        with_status(case("rare"), Status::Skipped),
        case("wavers"),
        violated("\u{1b}hostile"),
    ];
    let [first, mut second, mut third] =
        [(1, first), (2, second), (3, third)].map(|(day, cases)| night(day, cases));
    second.run.full = false;
    second.run.browsers[0].version = "154.0".into();
    third.run.browsers[0].version = "154.0".into();
    third.run.builds[0].version = Some("2.24.0".into());
    vec![first, second, third]
}

fn table(history: &History, width: usize, all: bool) -> String {
    plain(|out| super::history(out, history, HistoryLook { width, all }))
}

#[test]
fn the_table_says_since_when_and_because_of_what() {
    assert_snapshot!(table(&of(&nights()), 100, false), @r##"
    3 runs, 2026-11-01 02:00 to 2026-11-03 02:00 UTC

    mine on firefox
      2026-11-01 02:00  \u{1b}hostile  FAIL (POST-03 violated)
                        or before: nothing older is known; 3 runs
      2026-11-02 02:00  breaks         FAIL (POST-03 violated)
                        was pass on 2026-11-01 02:00; because of firefox 153.0 → 154.0; 2 runs
      2026-11-03 02:00  goes           gone
                        was pass on 2026-11-02 02:00; the case is not there any more
      2026-11-03 02:00  mended         pass
                        was FAIL (POST-03 violated) on 2026-11-02 02:00; because of the build mine
                        2.23.0 → 2.24.0; 1 run
      2026-11-03 02:00  new            pass
                        a new case; 1 run
      2026-11-03 02:00  wavers         pass
                        was flaky on 2026-11-02 02:00; because of the build mine 2.23.0 → 2.24.0; 1 run;
                        changed 2 times
      3 cases pass as always
      requirements
      2026-11-01 02:00  POST-03  VIOLATED
                        or before: nothing older is known
      1 requirement: holds, the newest since 2026-11-01 02:00
    "##);
}

#[test]
fn what_passes_longer_than_since_the_last_run_is_a_number() {
    let nights = [
        night(1, vec![case("a"), case("gone"), violated("mended")]),
        night(2, vec![case("a"), case("mended")]),
        night(3, vec![case("a"), case("mended")]),
    ];
    assert_snapshot!(table(&of(&nights), 100, false), @r##"
    3 runs, 2026-11-01 02:00 to 2026-11-03 02:00 UTC

    mine on firefox
      1 case passes as always
      1 case passes since an earlier change, the newest of 2026-11-02 02:00
      1 case gone since an earlier run
      requirements
      2 requirements: holds, the newest since 2026-11-02 02:00
    "##);
}

#[test]
fn of_chosen_cases_those_that_always_passed_have_a_line_too() {
    let two = night(1, vec![case("always"), violated("a/broken")]);
    let table = table(&of(&[two]), 60, true);
    assert_snapshot!(table, @r##"
    1 run, 2026-11-01 02:00 to 2026-11-01 02:00 UTC

    mine on firefox
      2026-11-01 02:00  a/broken  FAIL (POST-03 violated)
                        or before: nothing older is known; 1 run
      2026-11-01 02:00  always    pass
                        or before: nothing older is known; 1 run
      requirements
      2026-11-01 02:00  POST-03  VIOLATED
                        or before: nothing older is known
      2026-11-01 02:00  T-02     holds
                        or before: nothing older is known
    "##);
}

/// The paragraph stands apart from what is before it.
fn paragraph(history: &History) -> String {
    let text = plain(|out| news(out, history, 100));
    text.strip_prefix('\n').unwrap().to_owned()
}

#[test]
fn the_paragraph_has_what_is_new_in_the_last_run() {
    assert_snapshot!(paragraph(&of(&nights())), @r##"
    since the run of 2026-11-02 02:00 UTC
      1 case gone, pass before: firefox::mine::goes
      1 case pass, FAIL (POST-03 violated) before, because of the build mine 2.23.0 → 2.24.0:
        firefox::mine::mended
      1 case pass, flaky before, because of the build mine 2.23.0 → 2.24.0: firefox::mine::wavers
      1 case pass, new: firefox::mine::new
      2 cases do not pass, as before, the oldest since 2026-11-01 02:00: firefox::mine::\u{1b}hostile,
        firefox::mine::breaks
    "##);
}

#[test]
fn the_paragraph_of_a_first_run_and_of_a_run_without_news_are_short() {
    let nights = nights();
    assert_snapshot!(paragraph(&of(&nights[..1])), @"the first run of these cases in the history");
    let again = night(4, vec![case("always")]);
    let twice = [night(3, vec![case("always")]), again];
    assert_snapshot!(paragraph(&of(&twice)), @r##"
    since the run of 2026-11-03 02:00 UTC
      nothing changed
    "##);
}
