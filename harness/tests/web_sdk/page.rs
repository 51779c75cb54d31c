//! What is recorded of a page with the Web SDK.

use std::sync::LazyLock;

use posttrack::evidence::Promised;
use posttrack::page::What;
use posttrack::scenario::Transport;
use serde_json::{Value, json};

use super::common::{Ended, Ran, chosen, run_with, suite_using, web_sdk_build};

const SCENARIOS: &[(&str, &str)] = &[
    (
        "natives",
        r#"
[[step]]
run = '''
[Blob, fetch, navigator.sendBeacon, Response.prototype.text, Response.prototype.json]
  .filter(function (f) { return Function.prototype.toString.call(f).indexOf("[native code]") < 0; }).length
'''
as = "foreign"
[[step]]
run = '''
var blob = new Blob(["a", "b"], { type: "text/plain" });
[blob instanceof Blob, blob.constructor === Blob, blob.size, blob.type, Blob.name, Blob.length].join()
'''
as = "blob"
[[step]]
run = "Object.keys(window).filter(function (name) { return /alloy|posttrack/i.test(name); }).join()"
as = "globals"
"#,
    ),
    (
        "commands",
        r#"
[[step]]
run = '''
var shared = { xdm: { eventType: "shared" } };
alloy("sendEvent", shared);
alloy("sendEvent", shared);
alloy("sendEvent", { xdm: { eventType: "own" } });
'''
"#,
    ),
    (
        "unhandled",
        r#"
[[step]]
run = '''
addEventListener("unhandledrejection", function () { console.log("the page heard of it"); });
void alloy("nothing", {});
'''
[[step]]
run = 'void alloy("nothing", {}).catch(function () { console.log("handled"); })'
"#,
    ),
    (
        "followed",
        r#"
[[callback]]
name = "sent"
args = ["extra", { n = 1 }]
run = "console.log('then ' + (result.propositions || []).length + ' ' + args[0])"
[[step]]
run = 'alloy("sendEvent", { xdm: { eventType: "view" } })'
[[step]]
run = "Promise.resolve('something else')"
[[step]]
run = "'no promise'"
"#,
    ),
    (
        "under-a-policy",
        r#"
page.csp = "script-src 'self'; connect-src https:"
[[step]]
run = 'alloy("sendEvent", { xdm: { eventType: "view" } })'
"#,
    ),
    (
        "statements-under-a-policy",
        r#"
page.csp = "script-src 'self'; connect-src https:"
[[step]]
run = '''
var x = 1;
x;
'''
"#,
    ),
    (
        "promises-as-values",
        r#"
[[step]]
run = "Promise.resolve({ a: 1 })"
as = "fulfilled"
[[step]]
run = "Promise.reject(new RangeError('too far'))"
as = "rejected"
[[step]]
run = "new Promise(function () {})"
as = "pending"
"#,
    ),
    (
        "beacon-body",
        r#"
[[step]]
run = 'alloy("sendEvent", { xdm: { eventType: "view" } })'
[[step]]
network = { host = "edge.shop.test", state = "refuse" }
[[step]]
run = 'alloy("sendEvent", { xdm: { eventType: "Größe" }, documentUnloading: true })'
"#,
    ),
    (
        "before-event-send",
        r#"
tracker.onBeforeEventSend = { js = "function (content) { content.xdm.added = arguments.length; return false; }" }
[[step]]
run = 'alloy("sendEvent", { xdm: { eventType: "view" } })'
"#,
    ),
    (
        "a-loop",
        r#"
max_hits = 3
[[callback]]
name = "sent"
run = 'alloy("sendEvent", { xdm: { eventType: "again" } }).then(sent)'
[[step]]
run = 'alloy("sendEvent", { xdm: { eventType: "first" } })'
"#,
    ),
];

static RAN: LazyLock<Ran> = LazyLock::new(|| {
    let suite = suite_using("web-sdk", SCENARIOS);
    run_with(chosen(&suite, |_| true), vec![web_sdk_build()], Vec::new())
});

fn case(name: &str) -> &'static Ended {
    RAN.case(name)
}

fn value(case: &Ended, name: &str) -> Value {
    case.evidence().values[name].value.clone()
}

#[test]
fn the_library_and_its_version_are_recognised_in_the_page() {
    for ended in &RAN.cases {
        assert_eq!(ended.case.build.library.name(), "alloy");
        assert_eq!(ended.case.build.version.as_deref(), Some("2.33.1"));
    }
    let documents = case("commands").evidence().documents;
    assert_eq!(documents[0].built, Some(("alloy".into(), "2.33.1".into())));
}

#[test]
fn pages_see_native_functions_and_no_names_of_ours() {
    let ended = case("natives");
    assert_eq!(value(ended, "foreign"), json!(0));
    assert_eq!(value(ended, "blob"), json!("true,true,2,text/plain,Blob,0"));
    assert_eq!(value(ended, "globals"), json!("alloy,__alloyNS"));
}

#[test]
fn commands_are_tied_to_their_hits_and_to_what_monitors_told() {
    let evidence = case("commands").evidence();
    let commands: Vec<_> = evidence
        .invocations
        .iter()
        .filter(|command| command.method == "sendEvent")
        .collect();
    let hits: Vec<_> = commands.iter().map(|command| command.hit).collect();
    assert_eq!(
        hits,
        [Some(1), Some(2), Some(3)],
        "in the order of the page"
    );
    for (command, hit) in commands.iter().zip(&evidence.hits) {
        assert!(matches!(command.promise, Some(Promised::Fulfilled(_))));
        assert_eq!(hit.tracker.as_deref(), Some("alloy"));
        let sent = hit
            .body
            .as_ref()
            .unwrap()
            .pointer("/events/0/xdm/eventType");
        assert_eq!(sent, command.args[0].pointer("/xdm/eventType"));
    }
    let begun: Vec<_> = evidence
        .monitored
        .iter()
        .filter(|heard| heard.hook == "onBeforeCommand")
        .map(|heard| heard.command)
        .collect();
    assert_eq!(
        begun,
        [Some(0), Some(1), None, Some(3)],
        "options that two commands share cannot tell the second one"
    );
}

#[test]
fn a_rejected_promise_stays_unhandled_for_the_page() {
    let ended = case("unhandled");
    assert_eq!(ended.logged(), ["the page heard of it", "handled"]);
}

#[test]
fn functions_follow_the_promise_that_a_step_yields() {
    let ended = case("followed");
    let evidence = ended.evidence();
    let calls: Vec<_> = evidence
        .calls
        .iter()
        .map(|call| (call.name.as_str(), call.hit, call.step))
        .collect();
    assert_eq!(
        calls,
        [("sent", Some(1), 1), ("sent", None, 2)],
        "the command's promise is of its hit, another one of none"
    );
    assert_eq!(
        evidence.calls[0].args[1..],
        [json!("extra"), json!({ "n": 1 })]
    );
    assert_eq!(evidence.calls[1].args[0], json!("something else"));
    assert_eq!(
        ended.logged()[0],
        "then 0 extra",
        "its code ran with the result"
    );
}

#[test]
fn promises_are_followed_where_the_policy_forbids_eval() {
    let evidence = case("under-a-policy").evidence();
    assert_eq!(evidence.calls.len(), 1);
    assert_eq!(evidence.calls[0].hit, Some(1));
}

#[test]
fn statements_where_the_policy_forbids_eval_say_why_they_cannot_run() {
    let trouble = case("statements-under-a-policy").trouble();
    assert_eq!(
        trouble.message,
        "the step threw SyntaxError: expected expression, got keyword 'var' (the page's policy forbids eval: a step whose promise is followed must be one expression there)"
    );
    assert_eq!(
        trouble.at.as_deref().map(|at| at.ends_with(":7:1")),
        Some(true),
        "{:?}",
        trouble.at
    );
}

#[test]
fn a_value_is_what_its_promise_came_to() {
    let ended = case("promises-as-values");
    assert_eq!(value(ended, "fulfilled"), json!({ "a": 1 }));
    assert_eq!(
        value(ended, "rejected"),
        json!({ "«error»": "RangeError", "message": "too far" })
    );
    assert_eq!(value(ended, "pending"), json!("«pending»"));
}

#[test]
fn the_body_of_a_beacon_is_known_although_it_never_arrived() {
    let evidence = case("beacon-body").evidence();
    let beacon = evidence.hit(2).unwrap();
    assert_eq!(beacon.transport, Transport::Beacon);
    assert_eq!(beacon.wire, Vec::<u32>::new());
    assert_eq!(beacon.param("events.0.xdm.eventType"), Some("Größe"));
}

#[test]
fn the_callback_of_configure_is_watched_while_it_runs() {
    let ended = case("before-event-send");
    let evidence = ended.evidence();
    let run = evidence
        .invocations
        .iter()
        .find(|run| run.method == "onBeforeEventSend")
        .expect("it ran");
    assert_eq!(run.returned.as_deref(), Some("false"));
    let after = run.after.as_ref().expect("it was left");
    assert_eq!(
        after["content"]["xdm"]["added"], 1,
        "it got what the library gave it"
    );
    assert!(evidence.hits.is_empty());
}

#[test]
fn a_loop_of_events_ends_with_max_hits() {
    let ended = case("a-loop");
    let evidence = ended.evidence();
    assert!(evidence.capped);
    assert_eq!(evidence.hits.len(), 3);
    let called = |event: &&&posttrack::page::PageEvent| matches!(event.what, What::Called { .. });
    assert!(ended.events().iter().filter(called).count() >= 3);
}
