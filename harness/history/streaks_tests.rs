//! Streaks with gaps; what is new, gone and back; requirements out of their cases.

use insta::assert_json_snapshot;

use super::testing::*;
use super::*;
use crate::verdict::Status;

#[test]
fn errors_and_flaky_cases_are_states_of_their_own() {
    let flaky = Kept {
        verdicts: VIOLATED,
        ..with_status(case("a"), Status::Flaky)
    };
    let error = with_status(case("a"), Status::Error);
    let nights = vec![
        night(1, vec![case("a")]),
        night(2, vec![flaky.clone()]),
        night(
            3,
            vec![Kept {
                verdicts: HOLDS,
                ..flaky
            }],
        ),
        night(4, vec![error]),
        night(5, vec![case("a")]),
    ];
    let history = history(nights);
    let states: Vec<(Status, i64)> = history.cases[0]
        .changes
        .iter()
        .map(|change| {
            let status = change.to.as_ref().unwrap().status;
            (status, (change.at - day(0)).whole_days())
        })
        .collect();
    assert_eq!(
        states,
        [
            (Status::Pass, 1),
            (Status::Flaky, 2),
            (Status::Error, 4),
            (Status::Pass, 5)
        ],
        "a flaky case is not another one when its last attempt said something else"
    );
    let requirement = &history.requirements[0];
    assert_eq!(
        (requirement.since, requirement.changes.len()),
        (day(1), 1),
        "what was not judged says nothing about a requirement"
    );
}

#[test]
fn a_night_without_the_case_neither_breaks_nor_makes_a_streak() {
    let mut filtered = night(2, vec![case("b")]);
    filtered.run.full = false;
    let skipped = night(
        3,
        vec![with_status(violated("a"), Status::Skipped), case("b")],
    );
    let nights = vec![
        night(1, vec![violated("a"), case("b")]),
        filtered,
        skipped,
        night(4, vec![violated("a"), case("b")]),
    ];
    let history = history(nights);
    let [a, b] = &history.cases[..] else {
        panic!("{history:?}")
    };
    assert_eq!((a.since, a.runs, a.last), (day(1), 2, day(4)));
    assert_eq!((b.since, b.runs, b.last), (day(1), 4, day(4)));
    let post = &history.requirements[0];
    assert_eq!(
        (post.standing, post.since, post.changes.len()),
        (Standing::Violated, day(1), 1),
        "a night of `b` alone does not mend what `a` violates"
    );
}

#[test]
fn a_change_is_compared_with_the_last_night_of_the_same_case() {
    let mut new_browser = night(2, vec![case("b")]);
    let mut third = night(3, vec![violated("a"), case("b")]);
    for night in [&mut new_browser, &mut third] {
        night.run.browsers[0].version = "154.0".into();
    }
    new_browser.run.full = false;
    let first = night(1, vec![case("a"), case("b")]);
    let history = history(vec![first, new_browser, third]);
    let last = history.cases[0].changes.last().unwrap();
    assert_eq!(last.before, Some(day(1)));
    assert!(
        matches!(only(last.causes.clone()), Cause::Browser { .. }),
        "the browser changed since `a` was run: {last:?}"
    );
}

#[test]
fn new_and_vanished_cases_are_named_as_that() {
    let nights = vec![
        night(1, vec![case("a")]),
        night(2, vec![case("a"), case("b")]),
        night(3, vec![case("b")]),
        night(4, vec![case("b")]),
        night(5, vec![case("a"), case("b")]),
    ];
    let history = history(nights);
    let [a, b] = &history.cases[..] else {
        panic!("{history:?}")
    };
    let how = |case: &CaseHistory| -> Vec<(i64, Vec<Cause>)> {
        let changes = case.changes.iter();
        changes
            .map(|change| ((change.at - day(0)).whole_days(), change.causes.clone()))
            .collect()
    };
    assert_eq!(
        how(a),
        [
            (1, vec![]),
            (3, vec![Cause::CaseGone]),
            (5, vec![Cause::CaseAdded])
        ]
    );
    assert_eq!(how(b), [(2, vec![Cause::CaseAdded])]);
}

#[test]
fn a_filtered_night_makes_no_case_vanish_and_the_first_full_one_makes_none_new() {
    let mut first = night(1, vec![case("a")]);
    first.run.full = false;
    let mut third = night(3, vec![case("b")]);
    third.run.full = false;
    let history = history(vec![first, night(2, vec![case("a"), case("b")]), third]);
    let causes: Vec<&Cause> = history
        .cases
        .iter()
        .flat_map(|case| &case.changes)
        .flat_map(|change| &change.causes)
        .collect();
    assert!(causes.is_empty(), "{causes:?}");
}

#[test]
fn a_night_of_another_browser_or_build_says_nothing_of_the_rest() {
    let mut chrome = night(2, vec![case("a")]);
    chrome.run.browsers[0].name = "chrome".into();
    let mut other = night(3, vec![violated("a")]);
    other.run.builds[0].name = "other".into();
    let history = history(vec![night(1, vec![case("a"), case("b")]), chrome, other]);
    assert!(
        history.cases.iter().all(|case| case.changes.len() == 1),
        "{history:?}"
    );
    assert_eq!(history.cases.len(), 4);
    let rows = history.requirements.iter();
    let rows: Vec<String> = rows
        .filter(|row| row.id == "POST-03")
        .map(|row| format!("{} {:?}", row.name(), row.standing))
        .collect();
    assert_eq!(
        rows,
        [
            "chrome::mine::POST-03 Holds",
            "firefox::mine::POST-03 Holds",
            "firefox::other::POST-03 Violated"
        ]
    );
}

#[test]
fn a_requirement_is_what_the_worst_of_its_cases_says() {
    let nights = vec![
        night(1, vec![case("a"), case("b"), case("c")]),
        night(2, vec![violated("a"), case("b"), case("c")]),
        night(3, vec![violated("a"), violated("b"), case("c")]),
        night(4, vec![known("a"), case("b"), case("c")]),
        night(5, vec![case("c")]),
    ];
    let history = history(nights);
    let row = &history.requirements[0];
    let changes: Vec<String> = row
        .changes
        .iter()
        .map(|change| format!("{:?} {:?}", change.to, change.cases))
        .collect();
    assert_eq!(
        changes,
        [
            r#"Holds ["firefox::mine::a", "firefox::mine::b", "firefox::mine::c"]"#,
            r#"Violated ["firefox::mine::a"]"#,
            r#"Known ["firefox::mine::a", "firefox::mine::b"]"#,
            r#"Holds ["firefox::mine::a"]"#,
        ]
    );
    assert_eq!(row.since, day(5));
    assert_eq!(row.changes[3].causes, [Cause::CaseGone]);
}

#[test]
fn the_document_has_states_and_causes_in_words() {
    let mut second = night(2, vec![violated("a")]);
    second.run.browsers[0].version = "154.0".into();
    let history = history(vec![night(1, vec![case("a"), case("b")]), second]);
    assert_json_snapshot!(history.cases, @r##"
    [
      {
        "scenario": "a",
        "build": "mine",
        "browser": "firefox",
        "state": {
          "status": "fail",
          "violated": [
            "POST-03"
          ]
        },
        "since": "2026-11-02T02:00:00Z",
        "runs": 1,
        "last": "2026-11-02T02:00:00Z",
        "changes": [
          {
            "at": "2026-11-01T02:00:00Z",
            "to": {
              "status": "pass"
            },
            "causes": []
          },
          {
            "at": "2026-11-02T02:00:00Z",
            "before": "2026-11-01T02:00:00Z",
            "from": {
              "status": "pass"
            },
            "to": {
              "status": "fail",
              "violated": [
                "POST-03"
              ]
            },
            "causes": [
              {
                "what": "browser",
                "name": "firefox",
                "from": "153.0",
                "to": "154.0"
              }
            ]
          }
        ]
      },
      {
        "scenario": "b",
        "build": "mine",
        "browser": "firefox",
        "since": "2026-11-02T02:00:00Z",
        "runs": 1,
        "last": "2026-11-01T02:00:00Z",
        "changes": [
          {
            "at": "2026-11-01T02:00:00Z",
            "to": {
              "status": "pass"
            },
            "causes": []
          },
          {
            "at": "2026-11-02T02:00:00Z",
            "before": "2026-11-01T02:00:00Z",
            "from": {
              "status": "pass"
            },
            "causes": [
              {
                "what": "case-gone"
              }
            ]
          }
        ]
      }
    ]
    "##);
    assert_json_snapshot!(history.requirements[0], @r##"
    {
      "id": "POST-03",
      "build": "mine",
      "browser": "firefox",
      "standing": "violated",
      "since": "2026-11-02T02:00:00Z",
      "changes": [
        {
          "at": "2026-11-01T02:00:00Z",
          "to": "holds",
          "causes": [],
          "cases": [
            "firefox::mine::a",
            "firefox::mine::b"
          ]
        },
        {
          "at": "2026-11-02T02:00:00Z",
          "from": "holds",
          "to": "violated",
          "causes": [
            {
              "what": "browser",
              "name": "firefox",
              "from": "153.0",
              "to": "154.0"
            }
          ],
          "cases": [
            "firefox::mine::a"
          ]
        }
      ]
    }
    "##);
}
