//! The real browsers through their drivers.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::{Duration, Instant};

use common::{PATIENCE, assert_nothing_remains, nowhere, processes_of, real};
use drivers::{BrowserKind, CommandError, Session, command};
use http::Method;
use serde_json::{Value, json};

macro_rules! in_every_browser {
    ($($test:ident)*) => { in_every_browser!(Firefox firefox, Chrome chrome, Webkit webkit; [$($test)*]); };
    ($($kind:ident $name:ident),*; $tests:tt) => { $(mod $name { in_every_browser!(@one $kind $tests); })* };
    (@one $kind:ident [$($test:ident)*]) => {
        $(#[tokio::test]
        async fn $test() {
            super::$test(drivers::BrowserKind::$kind).await;
        })*
    };
}

in_every_browser! {
    is_the_browser_that_was_asked_for_and_ends_without_a_trace
    two_that_start_at_once_do_not_meet
    a_failed_command_says_whether_driver_deadline_or_connection_was_the_reason
}

fn driver_of(kind: BrowserKind) -> &'static str {
    match kind {
        BrowserKind::Firefox => "geckodriver",
        BrowserKind::Chrome => "chromedriver",
        BrowserKind::Webkit => "WebKitWebDriver",
    }
}

async fn run(session: &Session, script: &str, deadline: Duration) -> Result<Value, CommandError> {
    let body = json!({ "script": script, "args": [] });
    command(
        session.client(),
        Method::POST,
        "execute/sync",
        Some(body),
        deadline,
    )
    .await
}

async fn ask(session: &Session, script: &str) -> Value {
    let answer = run(session, script, PATIENCE).await;
    answer.expect("the script runs")
}

async fn is_the_browser_that_was_asked_for_and_ends_without_a_trace(kind: BrowserKind) {
    let temp = tempfile::tempdir().expect("a folder for the test");
    let browser = real(kind, temp.path()).await;
    assert_eq!(browser.name(), kind.name());
    assert!(
        browser.driver().starts_with(driver_of(kind)),
        "{}",
        browser.driver()
    );

    let session = browser.start(nowhere()).await.expect("a session starts");
    assert!(session.alive(), "its driver runs");
    let capabilities = session
        .client()
        .capabilities()
        .expect("a new session says them");
    assert_eq!(capabilities["pageLoadStrategy"], "none");
    assert_eq!(capabilities["acceptInsecureCerts"], true);
    assert!(
        browser.version().starts_with(session.version()),
        "the program says {} and the running browser {}",
        browser.version(),
        session.version()
    );
    let target = json!({ "url": "about:blank" });
    command(
        session.client(),
        Method::POST,
        "url",
        Some(target),
        PATIENCE,
    )
    .await
    .expect("about:blank loads");
    let languages = match kind {
        BrowserKind::Firefox | BrowserKind::Chrome => json!(["en-US", "en"]),
        BrowserKind::Webkit => json!(["en-US"]),
    };
    let script = "return document.readyState === 'complete' && [location.href, outerWidth, outerHeight, screen.width,
        screen.height, navigator.language, navigator.languages, Intl.DateTimeFormat().resolvedOptions().timeZone,
        Intl.DateTimeFormat().resolvedOptions().locale]";
    // The session does not wait for the page, and a document that is just being replaced answers nothing or an error.
    let until = Instant::now() + PATIENCE;
    let seen = loop {
        match run(&session, script, PATIENCE).await {
            Ok(seen) if seen.is_array() => break seen,
            other => assert!(Instant::now() < until, "no page answers: {other:?}"),
        }
    };
    assert_eq!(
        seen,
        json!([
            "about:blank",
            1200,
            700,
            1200,
            700,
            "en-US",
            languages,
            "UTC",
            "en-US"
        ]),
        "what a page can see is the same on every machine"
    );
    session.close().await;
    assert_nothing_remains(temp.path(), "close");
}

async fn two_that_start_at_once_do_not_meet(kind: BrowserKind) {
    let temp = tempfile::tempdir().expect("a folder for the test");
    let browser = real(kind, temp.path()).await;
    let (one, two) = tokio::join!(browser.start(nowhere()), browser.start(nowhere()));
    let (one, two) = (
        one.expect("the first starts"),
        two.expect("the second starts"),
    );
    assert_ne!(one.folder(), two.folder());
    ask(&one, "window.name = 'one'").await;
    ask(&two, "window.name = 'two'").await;
    assert_eq!(ask(&one, "return window.name").await, "one");
    one.close().await;
    assert_eq!(
        ask(&two, "return window.name").await,
        "two",
        "the end of one session does not touch the other"
    );
    drop(two);
    assert_nothing_remains(temp.path(), "a close and a drop");
}

async fn a_failed_command_says_whether_driver_deadline_or_connection_was_the_reason(
    kind: BrowserKind,
) {
    let temp = tempfile::tempdir().expect("a folder for the test");
    let browser = real(kind, temp.path()).await;
    let session = browser.start(nowhere()).await.expect("a session starts");
    let refused = run(&session, "throw new TypeError('as asked')", PATIENCE)
        .await
        .expect_err("it throws");
    let refused = refused.to_string();
    let beginning = "the driver answered POST execute/sync with `javascript error`: ";
    assert!(
        refused.starts_with(beginning) && refused.contains("as asked"),
        "{refused}"
    );

    let hangs = run(&session, "for (;;);", Duration::from_millis(500))
        .await
        .expect_err("it never ends");
    assert_eq!(
        hangs.to_string(),
        "POST execute/sync had no answer within 500ms: the page or the browser hangs"
    );

    for (pid, name) in processes_of(temp.path()) {
        // The kernel cuts names at 15 characters.
        if driver_of(kind).starts_with(&name) {
            let killed = std::process::Command::new("kill")
                .args(["-9", &pid.to_string()])
                .status();
            assert!(killed.expect("kill is there").success());
        }
    }
    let lost = run(&session, "return 1", PATIENCE)
        .await
        .expect_err("nobody is there to answer");
    assert!(matches!(lost, CommandError::Lost { .. }), "{lost:?}");
    // A killed process closes its connections first and is gone a moment later.
    let gone = async {
        while session.alive() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone)
        .await
        .expect("a killed driver is not alive");

    // The browser of the killed driver still runs its endless loop: closing must end that as well.
    session.close().await;
    assert_nothing_remains(temp.path(), "the close of a session whose driver died");
}
