//! A check fails with a message that shows what was expected and what was found.

use serde_json::json;

use crate::evidence::{ConsoleLine, Evidence, OtherRequest, Recorded};
use crate::run::Cookie;
use crate::scenario::{Check, HitSelector, On, Subject, Transport};
use crate::verdict::laws::exhibits::Play;
use crate::verdict::{Instance, check};

use super::{check_of, hit, pattern, text};

/// Two page views (an image in step 1, a beacon in step 2) with `audit`, and one of everything.
fn evidence() -> Evidence {
    let mut play = Play::new();
    play.register(
        On::Post,
        "audit",
        &[json!("param1"), json!(2), json!({"three": true})],
    );
    play.step();
    play.set("eVar1", "A");
    let first = play.t();
    play.deliver(first);
    play.step();
    play.set("useBeacon", true);
    play.set("eVar1", "B");
    play.t();
    let place = play.place();
    play.seen.console.push(ConsoleLine {
        level: "uncaught".to_owned(),
        text: "Error: no tracker".to_owned(),
        place,
        step: 2,
    });
    let mut seen = play.evidence();
    seen.values.insert(
        "flag".to_owned(),
        Recorded {
            value: json!(false),
            step: 2,
        },
    );
    seen.values.insert(
        "nothing".to_owned(),
        Recorded {
            value: json!("«undefined»"),
            step: 2,
        },
    );
    seen.requests.push(OtherRequest {
        method: "POST".to_owned(),
        url: "https://partner.test/collect/all?id=7".to_owned(),
        body: "copy".to_owned(),
        status: Some(204),
    });
    seen.cookies.push(Cookie {
        name: "s_cc".to_owned(),
        value: "true".to_owned(),
        domain: Some("shop.test".to_owned()),
        path: Some("/".to_owned()),
        secure: false,
        http_only: false,
        expiry: None,
    });
    seen
}

fn problems(check_it: &Check) -> Vec<String> {
    let instances = check(check_it, &evidence());
    assert!(!instances.is_empty(), "a check is never not applicable");
    instances
        .into_iter()
        .filter_map(|instance| instance.violation)
        .map(|violation| violation.why)
        .collect()
}

fn with(subject: Subject, ask: impl FnOnce(&mut Check)) -> Check {
    let mut check = check_of(subject);
    ask(&mut check);
    check
}

fn call() -> Subject {
    Subject::Call("audit".to_owned())
}

fn having(name: &str, value: &str) -> Subject {
    Subject::Hit(HitSelector::Having(vec![(name.to_owned(), text(value))]))
}

#[test]
fn what_is_there_is_accepted() {
    let good = [
        with(hit(1), |check| {
            check.has = vec![
                ("eVar1".to_owned(), text("A")),
                ("v1".to_owned(), pattern("^[AB]$")),
                ("outcome".to_owned(), text("delivered")),
                ("fault".to_owned(), text("none")),
            ];
            check.lacks = vec!["prop1".to_owned()];
        }),
        with(having("transport", "beacon"), |check| {
            check.hits = Some(vec![2])
        }),
        with(having("outcome", "delivered"), |check| {
            check.count = Some(2)
        }),
        with(having("outcome", "failed"), |check| check.count = Some(0)),
        with(having("outcome", "delivered"), |check| {
            check.order = Some(vec![1, 2])
        }),
        with(call(), |check| {
            check.hits = Some(vec![1, 2]);
            check.args = Some(vec![text("param1"), text("2"), text(r#"{"three":true}"#)]);
        }),
        with(call(), |check| {
            check.step = Some(2);
            check.count = Some(1);
        }),
        with(Subject::Call("nobody".to_owned()), |check| {
            check.count = Some(0)
        }),
        with(Subject::Value("flag".to_owned()), |check| {
            check.is = Some(text("false"))
        }),
        with(Subject::Value("nothing".to_owned()), |check| {
            check.is = Some(text("undefined"))
        }),
        with(
            Subject::Request("partner.test/collect*".to_owned()),
            |check| {
                check.has = vec![
                    ("method".to_owned(), text("POST")),
                    ("id".to_owned(), text("7")),
                ];
                check.is = Some(text("copy"));
            },
        ),
        with(Subject::Request("partner.test".to_owned()), |check| {
            check.count = Some(1)
        }),
        with(Subject::Cookie("s_cc".to_owned()), |check| {
            check.is = Some(text("true"));
            check.lacks = vec!["expiry".to_owned()];
        }),
        with(Subject::Console(text("no tracker")), |check| {
            check.has = vec![("level".to_owned(), text("uncaught"))];
        }),
    ];
    for check in &good {
        assert_eq!(problems(check), Vec::<String>::new(), "{check:?}");
    }
}

#[test]
fn messages_show_what_was_expected_and_what_was_found() {
    let cases = [
        (
            with(hit(2), |check| {
                check.has = vec![("eVar1".to_owned(), text("A"))]
            }),
            r#"expected eVar1 = "A" on hit 2, found "B""#,
        ),
        (
            with(hit(2), |check| {
                check.has = vec![("prop1".to_owned(), pattern("^x"))]
            }),
            "expected prop1 = /^x/ on hit 2, found no prop1",
        ),
        (
            with(hit(1), |check| check.lacks = vec!["eVar1".to_owned()]),
            r#"expected no eVar1 on hit 1, found "A""#,
        ),
        (
            check_of(hit(3)),
            "expected hit 3 (the page made 2), found none",
        ),
        (
            with(having("transport", "image"), |check| check.count = Some(2)),
            r#"expected 2 × a hit with transport = "image", found 1"#,
        ),
        (
            with(having("outcome", "delivered"), |check| {
                check.order = Some(vec![2, 1])
            }),
            r#"expected the hits of a hit with outcome = "delivered" to arrive in the order (2, 1), found (1, 2)"#,
        ),
        (
            with(call(), |check| check.hits = Some(vec![1])),
            "expected a call of audit for the hits (1), found (1, 2)",
        ),
        (
            with(call(), |check| check.count = Some(1)),
            "expected 1 × a call of audit, found 2",
        ),
        (
            with(call(), |check| {
                check.step = Some(2);
                check.args = Some(vec![text("param1"), text("3")]);
            }),
            r#"expected a call of audit with the arguments ("param1", "3") in step 2, found calls with ("param1", 2, {"three":true})"#,
        ),
        (
            check_of(Subject::Call("nobody".to_owned())),
            "expected a call of nobody, found none",
        ),
        (
            with(Subject::Value("flag".to_owned()), |check| {
                check.is = Some(text("true"))
            }),
            r#"expected "true" as value flag, found "false""#,
        ),
        (
            with(Subject::Value("flag".to_owned()), |check| {
                check.step = Some(1)
            }),
            "expected a value flag in step 1, found none",
        ),
        (
            with(Subject::Request("partner.test/other".to_owned()), |_| {}),
            "expected a request to partner.test/other, found none",
        ),
        (
            with(Subject::Request("partner.test".to_owned()), |check| {
                check.step = Some(1)
            }),
            "requests and cookies belong to no step; remove `step`",
        ),
        (
            with(Subject::Cookie("s_cc".to_owned()), |check| {
                check.is = Some(text("false"))
            }),
            r#"expected "false" as cookie s_cc, found "true""#,
        ),
        (
            with(Subject::Console(pattern("^no tracker")), |_| {}),
            "expected a console line with /^no tracker/, found none",
        ),
    ];
    for (check, expected) in cases {
        assert_eq!(problems(&check), [expected], "{check:?}");
    }
}

#[test]
fn each_hit_is_an_instance_so_that_deviations_can_tell_transports_apart() {
    let lacking = with(having("outcome", "delivered"), |check| {
        check.has = vec![("eVar1".to_owned(), text("A"))];
    });
    let instances = check(&lacking, &evidence());
    let shape = |instance: &Instance| {
        (
            instance.hit,
            instance.transport,
            instance.violation.is_some(),
        )
    };
    assert_eq!(
        instances.iter().map(shape).collect::<Vec<_>>(),
        [
            (Some(1), Some(Transport::Image), false),
            (Some(2), Some(Transport::Beacon), true)
        ]
    );
}

#[test]
fn late_hits_and_calls_are_not_looked_at() {
    let mut late = evidence();
    late.hits[1].late = true;
    late.calls[1].late = true;
    let hits = with(having("outcome", "delivered"), |check| {
        check.count = Some(1)
    });
    let calls = with(call(), |check| check.hits = Some(vec![1]));
    for one in [hits, calls] {
        let instances = check(&one, &late);
        assert!(
            instances
                .iter()
                .all(|instance| instance.violation.is_none()),
            "{instances:?}"
        );
    }
}
