//! What is recorded: transports, values, frames, pages, hits at whatever time.

use posttrack::page::What;
use posttrack::run::DocRecord;
use posttrack::scenario::Transport;
use serde_json::json;

use super::{case, position, value};

pub const SCENARIOS: &[(&str, &str)] = &[
    (
        "ends",
        r#"
[[step]]
run = '''
var image = new Image();
image.onload = function () { console.log("handler of image"); };
image.src = "/pixel.gif";
var script = document.createElement("script");
script.onload = function () { console.log("handler of script"); };
script.src = "/empty.js";
document.head.appendChild(script);
var xhr = new XMLHttpRequest();
xhr.onreadystatechange = function () { if (xhr.readyState === 4) console.log("handler of xhr"); };
xhr.open("GET", "/data");
xhr.send();
fetch("/more").then(function () { console.log("handler of fetch"); });
'''
[[endpoint]]
path = "/pixel.gif"
answer = { body = "image" }
[[endpoint]]
path = "/empty.js"
answer = { body = "0", headers = { "content-type" = "text/javascript" } }
"#,
    ),
    (
        "failing-ends",
        r#"
[[step]]
run = '''
var image = new Image();
image.onerror = function () { console.log("handler of image"); };
image.src = "/lost/pixel.gif";
var script = document.createElement("script");
script.onerror = function () { console.log("handler of script"); };
script.src = "/lost/empty.js";
document.head.appendChild(script);
var xhr = new XMLHttpRequest();
xhr.onerror = function () { console.log("handler of xhr"); };
xhr.open("GET", "/lost/data");
xhr.send();
fetch("/lost/more").catch(function () { console.log("handler of fetch"); });
'''
[[endpoint]]
path = "/lost/*"
answer = { fault = "close" }
"#,
    ),
    (
        "values",
        r#"
[[step]]
run = "undefined"
as = "undefined"
[[step]]
run = "null"
as = "null"
[[step]]
run = "1 + 1"
as = "number"
[[step]]
run = "0 / 0"
as = "nan"
[[step]]
run = "'Größe'"
as = "text"
[[step]]
run = "({ a: [1, 'b', { c: null }] })"
as = "table"
[[step]]
run = "(function () {})"
as = "function"
[[step]]
run = "var x = 5; x"
as = "statements"
[[step]]
run = "x + 1"
as = "global"
"#,
    ),
    (
        "frames",
        r##"
[page]
body = '<iframe id="same" src="/same"></iframe><iframe id="other" src="https://www.partner.test/other"></iframe>'
[[step]]
run = "console.log('in ' + location.pathname)"
[[step]]
frame = "#same"
run = "console.log('in ' + location.pathname)"
[[step]]
frame = "#other"
run = "location.host + ' ' + location.pathname"
as = "other"
[[endpoint]]
path = "/same"
answer = { html = "<p>same" }
[[endpoint]]
host = "www.partner.test"
path = "/other"
answer = { html = "<p>other" }
"##,
    ),
    (
        "resized",
        r##"
[page]
body = '<iframe id="frame" src="/framed" width="300" height="200"></iframe>'
[[step]]
run = "document.getElementById('frame').width = 444"
[[step]]
frame = "#frame"
run = "s.t()"
[[endpoint]]
path = "/framed"
answer = { html = "<script src='/build.js'></script><script>var s = s_gi('examplersid'); s.trackingServer = 'metrics.shop.test';</script>" }
"##,
    ),
    (
        "history",
        r#"
[[step]]
run = "console.log('one')"
[[step]]
goto = "/two"
[[step]]
run = "console.log('two')"
[[step]]
back = true
[[step]]
run = "console.log('one again')"
[[step]]
reload = true
[[step]]
run = "console.log('one anew')"
"#,
    ),
    (
        "whole-page",
        r#"
page.html = "pages/whole.html"
tracker.pageName = "whole"
[[callback]]
name = "audit"
on = "post"
[[step]]
run = "s.t()"
[[step]]
run = "before + ' ' + after"
as = "scripts"
"#,
    ),
    (
        "pages/whole.html",
        r#"<!DOCTYPE html>
<html lang="de"><head><title>Whole</title>
<script>var before = typeof s_gi;</script>
<script src="/build.js"></script>
<script>var after = typeof s + " " + s.pageName;</script>
</head><body><p>Whole</p></body></html>
"#,
    ),
    (
        "loop",
        r#"
max_hits = 7
[[callback]]
name = "looping"
on = "post"
run = "s.t()"
[[step]]
run = "s.t()"
"#,
    ),
    (
        "methods",
        r#"
[page]
# The default build has no bufferRequests; newer ones have: here every object has one before there is a tracker.
head = '''
<script>
Object.defineProperty(Object.prototype, "bufferRequests", { configurable: true, writable: true, value: function () { return "kept"; } });
</script>
'''
[[step]]
run = "s.forceOffline(); s.forceOnline(); s.clearVars(); s.bufferRequests()"
as = "buffering"
"#,
    ),
    (
        "at-the-start",
        r#"
[page]
body = '''
<script>
document.addEventListener("DOMContentLoaded", function () { s.pageName = "ready"; s.t(); });
addEventListener("load", function () { s.pageName = "loaded"; s.t(); });
</script>
'''
"#,
    ),
    (
        "in-a-promise",
        "[[step]]\nrun = \"Promise.resolve().then(function () {}).then(function () { s.t(); })\"\n",
    ),
    (
        "when-idle",
        "[[step]]\nrun = \"requestIdleCallback(function () { s.t(); })\"\n",
    ),
    (
        "in-a-message",
        "[[step]]\nrun = \"addEventListener('message', function () { s.t(); }); postMessage('go', '*')\"\n",
    ),
    (
        "in-a-frame-callback",
        "[[step]]\nrun = \"requestAnimationFrame(function () { requestAnimationFrame(function () { s.t(); }); })\"\n",
    ),
    (
        "after-an-answer",
        "[[step]]\nrun = \"fetch('/data').then(function (answer) { return answer.text(); }).then(function () { s.t(); })\"\n",
    ),
];

#[test]
fn the_end_of_a_transport_is_recorded_before_the_page_hears_of_it() {
    for (scenario, how) in [("ends", "load"), ("failing-ends", "error")] {
        let ended = case(scenario);
        for transport in [
            Transport::Image,
            Transport::Script,
            Transport::Xhr,
            Transport::Fetch,
        ] {
            let name = transport.name();
            let events = ended.events();
            let number = events.iter().find_map(|event| match &event.what {
                What::Handed {
                    id, transport: by, ..
                } if *by == transport => Some(*id),
                _ => None,
            });
            let number = number.unwrap_or_else(|| panic!("{scenario}: {name} is handed over"));
            let end = position(
                ended,
                name,
                |what| matches!(what, What::Ended { id, how: found, .. } if *id == number && found == how),
            );
            let handler = position(
                ended,
                name,
                |what| matches!(what, What::Console { text, .. } if *text == format!("handler of {name}")),
            );
            assert!(end < handler, "{scenario}: the end of {name} comes first");
        }
    }
}

#[test]
fn values_of_steps_are_recorded_whatever_they_are() {
    let ended = case("values");
    for (name, expected) in [
        ("undefined", json!("undefined")),
        ("null", json!(null)),
        ("number", json!(2)),
        ("nan", json!("NaN")),
        ("text", json!("Größe")),
        ("table", json!({ "a": [1, "b", { "c": null }] })),
        ("function", json!("«function»")),
        ("statements", json!(5)),
        ("global", json!(6)),
    ] {
        assert_eq!(value(ended, name), expected, "the value {name}");
    }
}

#[test]
fn steps_run_in_the_frame_that_they_name() {
    let ended = case("frames");
    let hosts = |name: &str| {
        let docs = &ended.recording().docs;
        let of = |doc: &&DocRecord| matches!(&doc.events[0].what, What::Hello { url, .. } if url == name);
        docs.iter().filter(of).count()
    };
    assert_eq!(hosts("https://www.shop.test/same"), 1);
    assert_eq!(hosts("https://www.partner.test/other"), 1);
    assert_eq!(ended.logged(), ["in /", "in /same"]);
    let other = value(ended, "other");
    assert!(
        other.as_str().is_some_and(|text| text.ends_with(" /other")),
        "{other}"
    );
}

#[test]
fn a_window_that_changed_its_size_says_so_before_it_tracks() {
    let ended = case("resized");
    let sizes: Vec<u32> = ended
        .events()
        .into_iter()
        .filter_map(|event| match &event.what {
            What::Size { window } => Some(window[2]),
            _ => None,
        })
        .collect();
    assert_eq!(sizes.last(), Some(&444), "inner widths: {sizes:?}");
}

#[test]
fn pages_are_recorded_through_goto_back_and_reload() {
    let ended = case("history");
    let urls: Vec<(String, usize)> = ended
        .recording()
        .docs
        .iter()
        .map(|doc| {
            let What::Hello { url, .. } = &doc.events[0].what else {
                panic!("a document begins with its greeting");
            };
            let shown = doc
                .events
                .iter()
                .filter(|event| matches!(event.what, What::Show {}));
            (url.clone(), shown.count())
        })
        .collect();
    let one = "https://www.shop.test/".to_owned();
    let two = "https://www.shop.test/two".to_owned();
    assert_eq!(
        urls,
        [(one.clone(), 1), (two, 0), (one, 0)],
        "the first page comes back out of the back/forward cache, and the reload begins it anew"
    );
    let mut logged = ended.logged();
    logged.sort_unstable();
    assert_eq!(logged, ["one", "one again", "one anew", "two"]);
    let steps = |wanted: u32| {
        let events = ended.events();
        events
            .iter()
            .filter(|event| matches!(event.what, What::Step { n } if n == wanted))
            .count()
    };
    assert!((1..=7).all(|n| steps(n) == 1), "each step begins once");
}

#[test]
fn a_whole_page_gets_the_set_up_right_after_the_build() {
    let ended = case("whole-page");
    assert_eq!(
        value(ended, "scripts"),
        json!("undefined object whole"),
        "scripts before the build run before, those after it find the tracker"
    );
    let evidence = ended.evidence();
    assert_eq!(evidence.hits.len(), 1);
    assert_eq!(evidence.calls.len(), 1, "the callback is registered");
}

#[test]
fn a_loop_is_stopped_at_max_hits() {
    let evidence = case("loop").evidence();
    assert!(evidence.capped);
    assert_eq!(evidence.hits.len(), 7);
    let bodies = evidence
        .calls
        .iter()
        .take_while(|call| !call.capped)
        .count();
    assert_eq!(
        bodies, 6,
        "each hit but the first comes out of the body of a call"
    );
    assert!(bodies < evidence.calls.len(), "later calls are recorded");
    assert!(
        evidence.calls[bodies..].iter().all(|call| call.capped),
        "and their bodies do not run"
    );
}

#[test]
fn every_method_that_keeps_or_changes_hits_is_watched() {
    let methods: Vec<_> = case("methods")
        .evidence()
        .invocations
        .into_iter()
        .map(|invocation| invocation.method)
        .collect();
    assert_eq!(
        methods,
        ["forceOffline", "forceOnline", "clearVars", "bufferRequests"],
        "laws must know of each of them: after some, hits and calls come apart"
    );
    assert_eq!(value(case("methods"), "buffering"), json!("kept"));
}

#[test]
fn hits_are_recorded_whenever_they_are_made() {
    for (scenario, hits) in [
        ("at-the-start", 2),
        ("in-a-promise", 1),
        ("when-idle", 1),
        ("in-a-message", 1),
        ("in-a-frame-callback", 1),
        ("after-an-answer", 1),
    ] {
        let evidence = case(scenario).evidence();
        assert_eq!(evidence.hits.len(), hits, "{scenario}");
        for hit in &evidence.hits {
            assert_eq!(hit.outcome.name(), "delivered", "{scenario}");
            assert!(!hit.late, "{scenario}: before the case was over");
        }
    }
}
