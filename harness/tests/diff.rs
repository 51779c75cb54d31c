//! `posttrack diff` end to end: a copy of the real build in which something was changed is told apart
//! by exactly that, a copy in which nothing was changed by nothing, twice in the same words.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may panic like tests"
)]

mod support;

use std::fs;
use std::sync::Arc;

use posttrack::page::adapter;
use posttrack::report::diff::Comparison;
use posttrack::scenario::Library;
use support::{Bench, tools};

/// The name of the build that the copies are made of.
const BUILD: &str = "appmeasurement@2.23.0";

const WRAPPER: &str = include_str!("../selftest/wrapper.js");

/// A page view and a link, with a function on the post list, an argument of its own and a value.
const PAGE_VIEW: &str = r#"
title = "a page view"
requirements = ["T-01"]
library = "appmeasurement"
[page]
url = "https://www.shop.test/"
[tracker]
account = "examplersid"
trackingServer = "metrics.shop.test"
eVar1 = "A"
prop1 = "B"
[[callback]]
name = "audit"
on = "post"
args = ["one", 2]
[[step]]
run = "s.t()"
[[step]]
run = "s.eVar1"
as = "kept"
"#;

/// The same page, and a link in it.
fn link() -> String {
    PAGE_VIEW.replace("s.t()", "s.tl(true, 'o', 'name')")
}

/// A scenario for builds that the copies are not.
fn newer() -> String {
    format!("builds = \"appmeasurement >=99\"\n{PAGE_VIEW}")
}

fn bench() -> Bench {
    Bench::with(&[("link", &link()), ("newer", &newer()), ("view", PAGE_VIEW)])
}

/// Writes a copy of the real build with this body of a function over each fresh tracker.
fn copy(bench: &Bench, file: &str, body: &str) {
    let build = &tools().build;
    let adapter = adapter(Library::Appmeasurement);
    let mut script = adapter.serve(&build.bytes, build.module);
    let names = "s, { register, send, compile, param, registered, method, variables, failed }";
    let wrapper = WRAPPER.trim_end();
    let call =
        format!("\n;{wrapper}({{ tracker: function ({names}) {{\n{body}\n}}, gi: null }});\n");
    script.extend(call.into_bytes());
    fs::write(bench.path(file), script).unwrap();
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn run(bench: &Bench, args: &[&str]) -> Ran {
    let output = bench.posttrack(args).output().unwrap();
    Ran {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_changed_copy_is_told_apart_by_what_was_changed() {
    let bench = bench();
    copy(
        &bench,
        "changed.js",
        "param('v1', (value) => value + '!'); \
         register('Post', (f) => (url, first, ...more) => f(url, 'other', ...more));",
    );
    let files = ["--json", "diff.json", "--html", "out/diff.html"];
    let ran = run(
        &bench,
        &[&["diff", BUILD, "changed.js"][..], &files].concat(),
    );
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.err);
    let json = fs::read_to_string(bench.path("diff.json")).unwrap();
    let comparison: Comparison = serde_json::from_str(&json).unwrap();
    let told: Vec<String> = comparison
        .differences
        .iter()
        .flat_map(|difference| {
            difference.variants.iter().map(|variant| {
                let text = |text: &Option<String>| text.clone().unwrap_or("none".into());
                let cases: Vec<&str> = variant.cases.iter().map(|one| &*one.scenario).collect();
                format!(
                    "{}: {} → {} in {}",
                    difference.subject,
                    text(&variant.a),
                    text(&variant.b),
                    cases.join(" and ")
                )
            })
        })
        .collect();
    assert_eq!(
        told,
        [
            "POST-12: holds → violated in link and view",
            "LTV-03: holds → violated in link",
            "T-01: holds → violated in view",
            "post, argument 2: \"one\" → \"other\" in link and view",
            "v1 eVar1: \"A\" → \"A!\" in link and view",
        ],
        "the claims that are broken, and what was changed; {}",
        ran.out
    );
    for part in [
        "v1 eVar1\n",
        "\"A\" → \"A!\"",
        "5 differences in 2 of 2 cases",
    ] {
        assert!(ran.out.contains(part), "{part} is missing in {}", ran.out);
    }
    let page = fs::read_to_string(bench.path("out/diff.html")).unwrap();
    assert!(page.contains("v1 eVar1") && page.contains("A!"), "{page}");
}

#[test]
fn an_unchanged_copy_is_equal_twice_in_the_same_words_and_recorded_results_say_the_same() {
    let bench = bench();
    copy(&bench, "same.js", "");
    let diff = || run(&bench, &["diff", BUILD, "copy=same.js"]);
    let (first, second) = (diff(), diff());
    assert_eq!(first.code, 0, "{}\n{}", first.out, first.err);
    assert!(
        first.out.contains("\nno difference in 2 cases\n"),
        "{}",
        first.out
    );
    assert_eq!(first.out, second.out, "the same words");
    for (build, file) in [(BUILD, "a.json"), ("copy=same.js", "b.json")] {
        let ran = run(
            &bench,
            &["run", "--quiet", "--build", build, "--json", file],
        );
        assert_ne!(ran.code, 2, "{}", ran.err);
    }
    let recorded = run(&bench, &["diff", "a.json", "b.json"]);
    assert_eq!(recorded.code, 0, "{}", recorded.err);
    assert_eq!(recorded.out, first.out, "the same two builds");
    assert_eq!(recorded.err, "", "nothing was run");
}

/// A build that posttrack brings, in the cache of the test's own folder.
fn keep(bench: &Bench, name: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let setup = drivers::Setup::from_env(Arc::new(|_| {}));
    let build = runtime.block_on(setup.build(name)).unwrap();
    let kept = bench.path("cache/builds").join(format!("{name}.js"));
    fs::write(kept, &build.bytes).unwrap();
}

#[test]
fn a_migration_to_the_web_sdk_keeps_the_variables_that_the_page_set() {
    let bench = Bench::with(&[]);
    keep(&bench, "alloy@2.33.1");
    let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let compare = [
        "diff",
        BUILD,
        "alloy@2.33.1",
        "parity/page-view",
        "--scenarios",
        scenarios,
    ];
    let ran = run(&bench, &compare);
    assert_eq!(
        ran.code, 1,
        "the libraries differ: {}\n{}",
        ran.out, ran.err
    );
    let heading = "parity/page-view/appmeasurement → parity/page-view/web-sdk\n";
    assert!(ran.out.contains(heading), "{}", ran.out);
    let kept = ran.out.lines().skip_while(|line| !line.contains("kept: "));
    let kept: Vec<&str> = kept.take(2).map(str::trim).collect();
    assert_eq!(
        kept.join(" "),
        "kept: pageName Shoes: Blue, contextData.shop.currency EUR, channel Shoes, events prodView,event1, products Shoes;Blue;1;39.90;event1=2;eVar2=leather, prop1 product, eVar1 spring",
        "{}",
        ran.out
    );
    assert!(ran.out.contains(", 0 changed, "), "{}", ran.out);

    let none = run(
        &bench,
        &[
            "diff",
            BUILD,
            "alloy@2.33.1",
            "post/",
            "--scenarios",
            scenarios,
        ],
    );
    assert_eq!(none.code, 2, "{}", none.out);
    assert_eq!(
        none.err.trim(),
        "error: the builds are of different libraries, and no scenario with a counterpart (`same_as`) has a name that contains post/"
    );
}
