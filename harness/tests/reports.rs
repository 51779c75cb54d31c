//! The reports of a real run: each is written, made again from the recorded results it is the same, one that cannot be
//! written keeps nothing else from people; and the page works in the real browser, at the width of a phone too.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use drivers::{Session, SessionSettings, command};
use http::Method;
use serde_json::{Value, json};
use support::{Bench, PATIENCE, PLAIN, test_browsers};

/// A page view whose snapshot is missing, with markup where a page may write it.
const HOSTILE: &str = r#"
title = "markup in a variable"
requirements = ["T-01"]
library = "appmeasurement"

[page]
url = "https://www.shop.test/"

[tracker]
account = "examplersid"
trackingServer = "metrics.shop.test"
eVar1 = "</script><img src=x onerror=alert(1)>"

[[callback]]
name = "audit"
on = "post"
args = ["]]>", "<b>"]

[[step]]
run = "s.t()"

[[endpoint]]
host = "metrics.shop.test"
hits = [1]
answer = { fault = "reset" }
"#;

/// A case that cannot be judged.
const THROWS: &str = r#"
title = "a step that throws"
requirements = ["POST-01"]
library = "appmeasurement"

[page]
url = "https://www.shop.test/"

[[step]]
run = "throw new Error('<i>boom</i>')"
"#;

const FILES: [(&str, &str); 4] = [
    ("--junit", "out/junit.xml"),
    ("--html", "out/report.html"),
    ("--markdown", "out/summary.md"),
    ("--codequality", "out/quality.json"),
];

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(bench: &Bench, args: &[&str]) -> Ran {
    let output = bench.posttrack(args).env("GITHUB_ACTIONS", "true").output();
    let output = output.expect("posttrack starts");
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_real_run_has_all_its_reports() {
    let bench = Bench::with(&[("plain", PLAIN)]);
    bench.record();
    bench.scenario("hostile", HOSTILE);
    bench.scenario("throws", THROWS);
    let files = FILES.map(|(option, file)| [option, file]).concat();
    let ran = run(&bench, &[&["run", "--json", "r.json"][..], &files].concat());
    assert_ne!(
        ran.code,
        Some(0),
        "there are findings: {}{}",
        ran.out,
        ran.err
    );

    says_what_happened(&bench, &ran);
    is_the_same_when_it_is_rendered_again(&bench);
    says_what_cannot_be_written_and_writes_the_rest(&bench);
    let page = bench.path("out/report.html");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(works_in_the_browsers(&bench, &read(&page)));
}

fn says_what_happened(bench: &Bench, ran: &Ran) {
    let junit = read(&bench.path("out/junit.xml"));
    let parsed =
        roxmltree::Document::parse(&junit).unwrap_or_else(|error| panic!("{error}: {junit}"));
    let cases = parsed
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    assert_eq!(cases.count(), 3, "a test case a case: {junit}");
    let html = read(&bench.path("out/report.html"));
    assert!(
        html.contains("&lt;img src=x onerror=alert(1)&gt;"),
        "it is shown as text: {html}"
    );
    assert!(!html.contains("<img"), "and is no markup: {html}");
    assert_eq!(
        html.matches("<svg role=").count(),
        2,
        "a drawing a judged case: {html}"
    );
    let markdown = read(&bench.path("out/summary.md"));
    assert!(markdown.contains("### findings"), "{markdown}");
    let quality: Vec<Value> = serde_json::from_str(&read(&bench.path("out/quality.json"))).unwrap();
    let annotations = ran
        .out
        .lines()
        .filter(|line| line.starts_with("::error file="));
    assert_eq!(
        annotations.count(),
        quality.len(),
        "one a finding: {}",
        ran.out
    );
}

fn is_the_same_when_it_is_rendered_again(bench: &Bench) {
    let again = FILES.map(|(option, file)| [option.to_owned(), format!("again/{file}")]);
    let again = again.concat();
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    let ran = run(
        bench,
        &[&["report", "render", "r.json"][..], &again].concat(),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.out, "", "nothing but the files");
    for (_, file) in FILES {
        let [first, second] =
            [file.to_owned(), format!("again/{file}")].map(|it| read(&bench.path(&it)));
        assert!(
            first == second,
            "{file} is another when it is rendered again"
        );
    }
}

fn says_what_cannot_be_written_and_writes_the_rest(bench: &Bench) {
    // A folder is no file.
    let args = [
        "report", "render", "r.json", "--junit", "out", "--html", "x.html",
    ];
    let ran = run(bench, &args);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(
        ran.err
            .starts_with("error: the JUnit report could not be written to out: ")
            && ran
                .err
                .contains("; give --junit a path in a folder that you may write to"),
        "{}",
        ran.err
    );
    assert!(
        bench.path("x.html").exists(),
        "the page is written nevertheless"
    );
    let nothing = run(bench, &["report", "render", "r.json"]);
    assert_eq!(nothing.code, Some(2), "{}", nothing.err);
    assert!(
        nothing.err.contains("no report is asked for"),
        "{}",
        nothing.err
    );
    let missing = run(bench, &["report", "render", "no.json", "--html", "x.html"]);
    assert_eq!(missing.code, Some(2), "{}", missing.err);
    assert!(
        missing.err.contains("there is no file no.json"),
        "{}",
        missing.err
    );
}

/// Remembers what goes wrong in the page. Only its own script may run there, so this is for a copy.
const LISTENER: &str = "<script>window.wrong = [];
addEventListener('error', (event) => wrong.push(event.message));
document.addEventListener('securitypolicyviolation', (event) => wrong.push(event.violatedDirective));
for (const level of ['error', 'warn']) console[level] = (...all) => wrong.push(all.join(' '));</script>";

async fn works_in_the_browsers(bench: &Bench, page: &str) {
    let (before, rest) = page.split_once("script-src ").expect("it has a policy");
    let (_, rest) = rest.split_once('"').expect("the policy ends");
    let (head, rest) = rest.split_once("<title>").expect("it has a title");
    let heard = format!("{before}script-src 'unsafe-inline'\"{head}{LISTENER}<title>{rest}");
    fs::write(bench.path("heard.html"), heard).unwrap();
    // A window may not be as narrow as a phone; a frame may.
    for (frame, file) in [
        ("phone.html", "out/report.html"),
        ("listening.html", "heard.html"),
    ] {
        let text =
            format!("<!doctype html><iframe src=\"{file}\" width=\"375\" height=\"600\"></iframe>");
        fs::write(bench.path(frame), text).unwrap();
    }
    for kind in test_browsers() {
        let browser = bench.setup().browser(kind, None).await;
        let browser = browser.unwrap_or_else(|error| panic!("{error}"));
        let settings = SessionSettings {
            socks_port: 9,
            headed: false,
            window: (1200, 700),
            authority: None,
        };
        let session = Arc::new(browser.start(settings).await.expect("a session starts"));
        fits_a_phone_and_can_be_filtered(&session, &bench.path("phone.html")).await;
        open(&session, &bench.path("listening.html")).await;
        let wrong = ask(&session, "return wrong").await;
        assert_eq!(wrong, json!([]), "nothing goes wrong in {}", kind.name());
    }
}

async fn fits_a_phone_and_can_be_filtered(session: &Session, frame: &Path) {
    open(session, frame).await;
    let widths = ask(
        session,
        "document.querySelectorAll('details').forEach((it) => { it.open = true; });
        return [innerWidth, document.documentElement.scrollWidth]",
    )
    .await;
    assert_eq!(widths[0], 375, "the frame is a phone's");
    assert!(
        widths[1].as_u64() <= Some(375),
        "with everything open the page is no wider: {widths}"
    );
    for (name, value, cases) in [
        ("status", "pass", 1),
        ("status", "", 3),
        ("browser", "0", 3),
        ("build", "0", 3),
    ] {
        let seen = ask(
            session,
            &format!(
                "const form = document.getElementById('filters');
            form.elements['{name}'].value = '{value}';
            form.elements['{name}'].dispatchEvent(new Event('change', {{ bubbles: true }}));
            return [document.querySelectorAll('details.case:not([hidden])').length, form.hidden]"
            ),
        )
        .await;
        assert_eq!(
            seen,
            json!([cases, false]),
            "cases with the {name} {value:?}"
        );
    }
    let told = ask(
        session,
        "const form = document.getElementById('filters');
        const options = [...form.elements.requirement.options];
        form.elements.requirement.value = options.find((it) => it.textContent === 'POST-01').value;
        form.elements.requirement.dispatchEvent(new Event('change', { bubbles: true }));
        const visible = [...document.querySelectorAll('details.case:not([hidden])')];
        return visible.map((it) => it.dataset.status)",
    )
    .await;
    assert_eq!(
        told.as_array().map(Vec::len),
        Some(1),
        "only one case judged POST-01: {told}"
    );
    let opened = ask(session, "location.hash = '#case-1'; return 1").await;
    assert_eq!(opened, 1);
    until(session, "return document.getElementById('case-1').open && !document.getElementById('case-1').hidden").await;
}

/// Opens a page with one frame, and looks into that.
async fn open(session: &Session, page: &Path) {
    let address = json!({ "url": format!("file://{}", page.display()) });
    act(session, "frame", json!({ "id": null }))
        .await
        .expect("the top of the window");
    act(session, "url", address)
        .await
        .expect("the page is there");
    let name = page.file_name().unwrap().to_string_lossy().into_owned();
    until(
        session,
        &format!("return location.href.endsWith('{name}') && document.readyState === 'complete'"),
    )
    .await;
    act(session, "frame", json!({ "id": 0 }))
        .await
        .expect("its frame");
    until(session, "return document.readyState === 'complete'").await;
}

async fn until(session: &Session, holds: &str) {
    let end = Instant::now() + PATIENCE;
    // While a document is being replaced, a script has no answer or an error.
    while script(session, holds).await.ok() != Some(json!(true)) {
        assert!(Instant::now() < end, "never true: {holds}");
    }
}

async fn ask(session: &Session, text: &str) -> Value {
    script(session, text)
        .await
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

async fn script(session: &Session, text: &str) -> Result<Value, drivers::CommandError> {
    act(
        session,
        "execute/sync",
        json!({ "script": text, "args": [] }),
    )
    .await
}

async fn act(session: &Session, path: &str, body: Value) -> Result<Value, drivers::CommandError> {
    command(session.client(), Method::POST, path, Some(body), PATIENCE).await
}
