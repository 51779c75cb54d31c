//! What a case waits for, and what is still told when a page is left.

use posttrack::page::What;

use super::case;

pub const SCENARIOS: &[(&str, &str)] = &[
    (
        "leaving",
        r#"
[[step]]
run = '''
addEventListener("pagehide", function () { console.log("leaving"); });
addEventListener("unload", function () { console.log("unloading"); });
s.t();
location.href = "/next";
'''
"#,
    ),
    (
        "leaving-with-much-to-tell",
        r#"
[[step]]
run = '''
addEventListener("pagehide", function () {
  for (var n = 1; n <= 200; n++) console.log(n + " " + "x".repeat(1000));
});
location.href = "/next";
'''
"#,
    ),
    (
        "timer",
        "[[step]]\nrun = \"setTimeout(function () { console.log('after 1.5 s') }, 1500)\"\n",
    ),
    (
        "timer-of-text",
        "[[step]]\nrun = '''setTimeout(\"console.log('text')\", 700)'''\n",
    ),
    (
        "poll",
        "[[step]]\nrun = \"(function poll() { setTimeout(poll, 20); })()\"\n",
    ),
    (
        "interval",
        "[[step]]\nrun = \"setInterval(function () { window.ticks = (window.ticks || 0) + 1; }, 20)\"\n",
    ),
    (
        "poll-for-a-step",
        r#"
[[step]]
run = "setInterval(function () { if (window.wanted) { console.log('found'); window.wanted = false; } }, 2000)"
[[step]]
run = "window.wanted = true"
[[step]]
run = "console.log('the next step')"
"#,
    ),
    (
        "chain",
        r#"
[[step]]
run = '''
var left = 6;
(function next() { console.log("left " + left); if (left--) setTimeout(next, 300); })();
'''
"#,
    ),
    (
        "different-timers",
        r#"
[[step]]
run = '''
setTimeout(function () {
  setTimeout(function () {
    setTimeout(function () {
      setTimeout(function () { console.log("the fourth timer"); }, 200);
    }, 200);
  }, 200);
}, 200);
'''
"#,
    ),
    (
        "cleared",
        r#"
[[step]]
run = '''
clearTimeout(setTimeout(function () { console.log("cleared"); }, 100000));
var ticks = 0;
var interval = setInterval(function () { console.log("tick"); if (++ticks === 4) clearInterval(interval); }, 100);
'''
"#,
    ),
];

#[test]
fn nothing_is_lost_when_a_page_is_left() {
    let ended = case("leaving");
    assert_eq!(ended.recording().docs.len(), 2, "the next page was reached");
    assert_eq!(ended.logged(), ["leaving", "unloading"]);
    let evidence = ended.evidence();
    assert_eq!(evidence.hits.len(), 1, "the hit right before");
    assert_eq!(evidence.hits[0].sends, 1);

    let ended = case("leaving-with-much-to-tell");
    assert_eq!(
        ended.logged().len(),
        200,
        "also more than a browser keeps alive in one request"
    );
}

#[test]
fn a_case_waits_for_timers_that_will_do_something() {
    for (scenario, expected) in [
        ("timer", vec!["after 1.5 s"]),
        ("timer-of-text", vec!["text"]),
        (
            "chain",
            vec![
                "left 6", "left 5", "left 4", "left 3", "left 2", "left 1", "left 0",
            ],
        ),
        ("different-timers", vec!["the fourth timer"]),
        ("cleared", vec!["tick"; 4]),
    ] {
        let ended = case(scenario);
        assert_eq!(ended.logged(), expected, "{scenario}");
        let doc = &ended.recording().docs[0];
        let last = doc
            .events
            .iter()
            .rfind(|event| matches!(event.what, What::Console { .. }));
        assert!(
            last.is_some_and(|event| event.seq <= doc.over_at),
            "{scenario}: it happened before the case was over"
        );
    }
}

#[test]
fn a_case_does_not_wait_for_a_poll() {
    for scenario in ["poll", "interval"] {
        let ended = case(scenario);
        assert!(
            ended.run.outcome.is_ok(),
            "{scenario} must end without an error: {:?}",
            ended.run.outcome
        );
    }
}

#[test]
fn what_a_poll_finds_after_a_step_belongs_to_that_step() {
    let ended = case("poll-for-a-step");
    assert_eq!(
        ended.logged(),
        ["found", "the next step"],
        "a poll that did nothing so far has another look before the next step begins"
    );
}
