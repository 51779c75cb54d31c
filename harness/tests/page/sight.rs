//! What pages can see of the harness: nothing, and nothing that they forbid is allowed.

use posttrack::page::What;
use serde_json::json;

use super::{case, position, value};

pub const SCENARIOS: &[(&str, &str)] = &[
    (
        "scripts-of-self",
        r#"
page.csp = "script-src 'self'"
[[callback]]
name = "audit"
on = "post"
[[step]]
run = "s.t(); console.log('ran')"
[[step]]
run = "6 * 7"
as = "value"
"#,
    ),
    (
        "no-images",
        r#"
page.csp = "img-src 'none'"
[[step]]
run = "s.t(); console.log('ran')"
"#,
    ),
    (
        "nothing-allowed",
        r#"
page.csp = "default-src 'none'"
[[step]]
run = "console.log('ran')"
[[step]]
run = "6 * 7"
as = "value"
"#,
    ),
    (
        "natives",
        r#"
[[step]]
run = '''
[Image, setTimeout, clearTimeout, setInterval, requestIdleCallback, fetch, navigator.sendBeacon, XMLHttpRequest,
 XMLHttpRequest.prototype.open, XMLHttpRequest.prototype.send, Element.prototype.setAttribute, console.log,
 Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src").set,
 Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, "src").set]
  .filter(function (f) { return Function.prototype.toString.call(f).indexOf("[native code]") < 0; }).length
'''
as = "foreign"
[[step]]
run = "[setTimeout.name, setTimeout.length, fetch.name, navigator.sendBeacon.name, XMLHttpRequest.prototype.open.length].join()"
as = "names"
[[step]]
run = "[new Image() instanceof Image, Object.keys(new Image()).length, Image.prototype === HTMLImageElement.prototype].join()"
as = "images"
[[step]]
run = "try { Navigator.prototype.sendBeacon.call({}, '/x') } catch (error) { error.name }"
as = "illegal"
"#,
    ),
    (
        "globals",
        r#"
page.html = "pages/bare.html"
tracker.pageName = "unused"
[[step]]
run = '''
(function () {
  var frame = document.body.appendChild(document.createElement("iframe"));
  var known = Object.keys(frame.contentWindow);
  frame.remove();
  return Object.keys(window).filter(function (name) { return known.indexOf(name) < 0 && isNaN(name); }).join() || "none";
})()
'''
as = "new"
[[step]]
run = "ownName + ' ' + Object.keys(window).includes('ownName')"
as = "own"
[[step]]
run = "Object.keys(window).includes('posttrack')"
as = "posttrack"
"#,
    ),
    (
        "pages/bare.html",
        // Without the library, whose global names are its own business: its place is in a comment.
        r#"<!DOCTYPE html>
<html lang="en"><head><title>Bare</title></head>
<body><!-- <script src="/build.js"></script> --><script>var ownName = "own";</script></body></html>
"#,
    ),
    (
        "rejections",
        r#"
[[step]]
run = '''
addEventListener("unhandledrejection", function () { console.log("the page heard of it"); });
fetch("https://down.shop.test/");
'''
[[endpoint]]
host = "down.shop.test"
answer = { fault = "refuse" }
"#,
    ),
];

#[test]
fn steps_run_and_are_recorded_under_any_policy_of_the_page() {
    for scenario in ["scripts-of-self", "no-images", "nothing-allowed"] {
        assert_eq!(case(scenario).logged(), ["ran"], "{scenario}");
    }
    for scenario in ["scripts-of-self", "nothing-allowed"] {
        assert_eq!(value(case(scenario), "value"), json!(42), "{scenario}");
    }
    let outcome = |scenario: &str| case(scenario).evidence().hits[0].outcome.name();
    assert_eq!(outcome("scripts-of-self"), "delivered");
    assert_eq!(outcome("no-images"), "failed", "a policy is not widened");
}

#[test]
fn pages_see_native_functions() {
    let ended = case("natives");
    assert_eq!(value(ended, "foreign"), json!(0));
    assert_eq!(
        value(ended, "names"),
        json!("setTimeout,1,fetch,sendBeacon,2")
    );
    assert_eq!(value(ended, "images"), json!("true,0,true"));
    assert_eq!(value(ended, "illegal"), json!("TypeError"));
}

#[test]
fn pages_see_no_new_global_names() {
    let ended = case("globals");
    assert_eq!(value(ended, "new"), json!("ownName"));
    assert_eq!(value(ended, "own"), json!("own true"));
    assert_eq!(value(ended, "posttrack"), json!(false));
}

#[test]
fn a_failing_fetch_is_an_unhandled_rejection_for_the_page_too() {
    let ended = case("rejections");
    assert_eq!(ended.logged(), ["the page heard of it"]);
    position(
        ended,
        "an unhandled rejection",
        |what| matches!(what, What::Uncaught { message, .. } if message.starts_with("unhandled rejection")),
    );
}
