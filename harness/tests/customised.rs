//! Customised copies of a real build: trackers, plug-ins and servers of their own, a copy that a tag
//! manager's file hosts, files that break. What they are is recognised from the page, not from names.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use common::{Ended, chosen, copy_of_the_build, real_suite, run_with, suite_of, try_run_with};
use drivers::BuildFile;
use posttrack::scenario::On;
use posttrack::verdict::Verdict;

/// A tracker, plug-ins and a server of its own, outside of the reserved names.
const OWN: &str = r#"
var s = new AppMeasurement("customersuite");
s.trackingServer = s.trackingServerSecure = "collect.customer-site.com";
s.usePlugins = true;
s.doPlugins = function (s) { s.prop50 = "plugged in"; };
"#;

/// A copy inside a file that keeps the library to itself and makes its tracker later.
const HOSTED: &str = r#"
(function () {
  var make = s_gi, Library = AppMeasurement;
  window.s_gi = window.AppMeasurement = undefined;
  setTimeout(function () {
    window.AppMeasurement = Library;
    var tracker = make("customersuite");
    window.AppMeasurement = undefined;
    tracker.trackingServer = tracker.trackingServerSecure = "collect.customer-site.com";
    tracker.registerPostTrackCallback(window.audit, "hosted");
    window.analytics = tracker;
    tracker.t();
  }, 0);
})();
"#;

const DRIVES_ITS_TRACKER: &str = r#"
title = "drives the tracker that the build made"
library = "appmeasurement"
[page]
url = "https://www.shop.test/"
[[callback]]
name = "audit"
on = "post"
args = ["own"]
[[step]]
run = "s.t()"
[[step]]
run = "fetch('https://dpm.demdex.net/id?d_orgid=A1', { credentials: 'include' }).then(function (answer) { return answer.json(); }).then(function (visitor) { window.visitor = visitor.d_mid; })"
[[step]]
run = "window.visitor.length"
as = "length"
"#;

const LISTENS: &str = r#"
title = "listens to the tracker that the file made"
library = "appmeasurement"
[page]
url = "https://www.shop.test/"
[[callback]]
name = "audit"
"#;

fn run(scenario: &str, build: BuildFile) -> Ended {
    let suite = suite_of(&[("customised.toml", scenario)]);
    let mut ran = run_with(chosen(&suite, |_| true), vec![build], Vec::new());
    ran.cases.remove(0)
}

fn verdict(ended: &Ended, id: &str) -> Verdict {
    let verdict = ended.verdict(&real_suite());
    let judged = verdict.judgements.iter().find(|one| one.id == id);
    judged.unwrap().verdict
}

#[test]
fn a_copy_with_a_tracker_of_its_own_is_driven_as_it_is() {
    let ended = run(DRIVES_ITS_TRACKER, copy_of_the_build("own", OWN));
    let evidence = ended.evidence();
    let hit = &evidence.hits[0];
    assert_eq!(
        hit.host, "collect.customer-site.com",
        "its server keeps its name"
    );
    assert_eq!(hit.param("c50"), Some("plugged in"), "its doPlugins ran");
    assert_eq!(hit.tracker.as_deref(), Some("s"));
    assert_eq!(
        evidence.calls.len(),
        1,
        "the function was registered with it"
    );
    assert_eq!(evidence.calls[0].args[1], "own");
    for id in ["POST-01", "POST-02", "POST-10", "POST-12", "DPL-01", "T-01"] {
        assert_eq!(verdict(&ended, id), Verdict::Holds, "{id}");
    }
    assert_eq!(
        evidence.values["length"].value, 38,
        "the identity service answers an id of 38 digits"
    );
    assert!(evidence.stray.is_empty(), "{:?}", evidence.stray);
}

#[test]
fn a_tracker_that_a_hosting_file_makes_later_is_watched_from_its_first_call() {
    let ended = run(LISTENS, copy_of_the_build("hosted", HOSTED));
    assert!(
        ended.case.build.version.is_some(),
        "the version is recognised though the file defines no globals of the library"
    );
    let evidence = ended.evidence();
    let registered: Vec<_> = evidence.registrations.iter().collect();
    assert_eq!(registered.len(), 1, "{registered:?}");
    assert_eq!(
        (registered[0].on, registered[0].name.as_deref()),
        (On::Post, Some("audit"))
    );
    assert_eq!(evidence.invocations.len(), 1, "its call of t was seen");
    assert_eq!(evidence.hits[0].host, "collect.customer-site.com");
    for id in ["POST-01", "POST-02", "POST-10", "POST-12", "T-01"] {
        assert_eq!(verdict(&ended, id), Verdict::Holds, "{id}");
    }
}

#[test]
fn a_file_that_breaks_is_reported_with_the_browsers_words_and_place() {
    let suite = suite_of(&[("customised.toml", LISTENS)]);
    let error = |text: &str| {
        let build = BuildFile {
            bytes: text.as_bytes().into(),
            source: "file lib/broken.js".to_owned(),
            ..copy_of_the_build("broken", "")
        };
        let ran = try_run_with(chosen(&suite, |_| true), vec![build], Vec::new());
        ran.err().map(|error| error.to_string()).unwrap_or_default()
    };
    const HELP: &str = "\n  help: name a file that defines AppMeasurement or the Web SDK, like AppMeasurement.js or alloy.js";
    assert_eq!(
        error("var a = 1;\n  missing();\n"),
        format!(
            "file lib/broken.js is no library that posttrack knows: line 2, column 3: ReferenceError: missing is not defined{HELP}"
        )
    );
    assert_eq!(
        error("var a = 1;\nif (a {\n"),
        format!(
            "file lib/broken.js is no library that posttrack knows: line 2, column 7: SyntaxError: missing ) after condition{HELP}"
        )
    );
    assert_eq!(
        error("var nothing = 1;"),
        format!(
            "file lib/broken.js is no library that posttrack knows: it runs, but defines neither `AppMeasurement` nor `s_gi`, nor does it take the Web SDK's commands{HELP}"
        )
    );
}

const SETS_ITS_TRACKER_UP: &str = r#"
title = "sets a tracker up"
library = "appmeasurement"
[page]
url = "https://www.shop.test/"
[tracker]
account = "examplersid"
trackingServer = "metrics.shop.test"
[[step]]
run = "s.t()"
"#;

#[test]
fn a_copy_that_renamed_s_gi_is_set_up_by_its_constructor() {
    let ended = run(
        SETS_ITS_TRACKER_UP,
        copy_of_the_build("renamed", "window.s_gi = undefined;"),
    );
    let hit = &ended.evidence().hits[0];
    assert!(
        hit.url
            .starts_with("https://metrics.shop.test/b/ss/examplersid/"),
        "the variables and the report suite are there: {}",
        hit.url
    );
}

#[test]
fn a_copy_that_keeps_the_library_to_itself_says_how_to_drive_it() {
    const HIDES: &str = "var own = s_gi('own'); s_gi = AppMeasurement = undefined;";
    let ended = run(SETS_ITS_TRACKER_UP, copy_of_the_build("hidden", HIDES));
    let trouble = ended.trouble();
    assert_eq!(
        trouble.message,
        "the page's set-up failed: Error: tracker `s` cannot be made: the build defines neither `s_gi` nor `AppMeasurement`; \
         without [tracker], a scenario drives the one that the build makes itself"
    );
    let at = trouble.at.as_deref().unwrap_or_default();
    assert!(
        at.ends_with("customised.toml:6:1"),
        "the table [tracker]: {at}"
    );
}

#[test]
fn a_global_function_that_cannot_be_reconfigured_is_watched_and_keeps_its_attributes() {
    const FIXED: &str = "Object.defineProperty(window, 's_gi', { configurable: false, enumerable: false, writable: true, value: s_gi });";
    let shown = format!(
        "{SETS_ITS_TRACKER_UP}\n[[step]]\nrun = \"Object.getOwnPropertyDescriptor(window, 's_gi')\"\nas = \"descriptor\"\n"
    );
    let ended = run(&shown, copy_of_the_build("fixed", FIXED));
    let evidence = ended.evidence();
    assert!(evidence.console.is_empty(), "{:?}", evidence.console);
    assert_eq!(evidence.invocations.len(), 1, "its tracker is watched");
    let descriptor = &evidence.values["descriptor"].value;
    for (attribute, is) in [
        ("configurable", false),
        ("enumerable", false),
        ("writable", true),
    ] {
        assert_eq!(descriptor[attribute], is, "{attribute} of {descriptor}");
    }
}
