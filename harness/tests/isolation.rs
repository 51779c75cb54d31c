//! Nothing that a page leaves behind reaches the next case in the same window of the same browser.
//!
//! Two cases of the same text run one after the other. Each looks around, leaves everything that a page can leave,
//! loads another page of its site and looks again: the second look shows that what was left can be found at all, the
//! first look of the second case that it was not left for others.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;

use drivers::BrowserKind;
use posttrack::page::What;
use posttrack::run::{self, Recording, RunEvent};
use posttrack::world::{Purpose, WireRequest};
use serde_json::Value;
use support::{Bench, test_browsers};

const SCENARIO: &str = r#"
title = "leaves everything behind that a page can leave"
requirements = ["POST-01"]
library = "appmeasurement"

[page]
url = "https://www.shop.test/"
head = """
<script>
const me = `${Date.now()}-${Math.random()}`;
console.log(`me ${me}`);

// Neither IndexedDB nor a worker is something that the harness waits for, but it waits for timers.
async function busy(work) {
  const timer = setTimeout(() => {}, 50000);
  await work().catch((error) => console.log(`failed ${error}`));
  clearTimeout(timer);
}

const stored = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function look() {
  const workers = await navigator.serviceWorker.getRegistrations();
  const databases = await indexedDB.databases();
  console.log(`found ${JSON.stringify({
    hostCookie: document.cookie.includes('host=left'),
    domainCookie: document.cookie.includes('domain=left'),
    localStorage: localStorage.getItem('left') !== null,
    sessionStorage: sessionStorage.getItem('left') !== null,
    indexedDB: databases.some((database) => database.name === 'left'),
    cacheStorage: await caches.has('left'),
    worker: workers.length > 0,
    windowName: window.name === 'left',
  })}`);
  await fetch('/cached');
  await fetch('https://collect.stats.test/cookie', { credentials: 'include', cache: 'no-store' });
  await fetch('https://outside.example.com/cookie', { credentials: 'include', cache: 'no-store' });
}

async function leave() {
  document.cookie = 'host=left; max-age=3600';
  document.cookie = `domain=left; max-age=3600; domain=${posttrack.host('shop.test')}`;
  localStorage.setItem('left', '1');
  sessionStorage.setItem('left', '1');
  (await stored(indexedDB.open('left'))).close();
  await (await caches.open('left')).put('/kept', new Response('kept'));
  await navigator.serviceWorker.register('/worker.js');
  window.name = 'left';
}

addEventListener('pagehide', () => {
  navigator.sendBeacon(`https://metrics.shop.test/late/${me}`);
  navigator.sendBeacon(`https://outside.example.com/late/${me}`);
  fetch(`/late/${me}`, { keepalive: true });
});
// Polling, which the end of a case does not wait for, and which then has something to say.
const poll = setInterval(() => {
  if (performance.now() < 1500) return;
  clearInterval(poll);
  fetch(`/timer/${me}`);
}, 20);
</script>
"""

[[step]]
run = "busy(look)"
[[step]]
run = "busy(leave)"
[[step]]
goto = "/next"
[[step]]
run = "busy(look)"

[[endpoint]]
host = "www.shop.test"
path = "/cached"
answer = { body = "cached", headers = { Cache-Control = "max-age=3600" } }

[[endpoint]]
host = "www.shop.test"
path = "/worker.js"
answer = { body = "// a worker", headers = { Content-Type = "text/javascript" } }

[[endpoint]]
path = "/cookie"
answer = { body = "", headers = { Set-Cookie = "server=left; Max-Age=3600; Secure; SameSite=None; Path=/" } }

[[endpoint]]
host = "outside.example.com"
path = "/late/*"
answer = { body = "" }
"#;

/// What is left by the way that one came, and a page that stays long enough for its timer.
const WAYS: &str = r#"
title = "comes from somewhere, and wishes for https"
requirements = ["POST-01"]
library = "appmeasurement"

[page]
url = "http://www.shop.test/"
head = """
<script>
console.log(`page ${location.protocol} ${document.referrer}`);
const poll = setInterval(() => {
  if (performance.now() < 1500) return;
  clearInterval(poll);
  fetch('/timer');
}, 20);
</script>
"""
body = '<a href="/linked">next</a>'

[[step]]
click = "a"
[[step]]
run = "fetch('https://www.shop.test/wish', { mode: 'no-cors' })"
[[step]]
goto = "http://www.shop.test/wished"
[[step]]
wait = 2000

[[endpoint]]
host = "www.shop.test"
path = "/wish"
answer = { body = "", headers = { Strict-Transport-Security = "max-age=3600" } }
"#;

/// Runs the scenarios of this folder, one after the other in one window.
async fn run(bench: &Bench, kind: BrowserKind) -> BTreeMap<String, Recording> {
    let setup = bench.setup();
    let browser = setup.browser(kind, None).await;
    let plan = bench.plan(browser.expect("these tests need a real browser"));
    let (events, mut received) = tokio::sync::mpsc::unbounded_channel();
    run::run(plan, events).await.expect("the run ends well");
    let mut names = Vec::new();
    let mut recordings = BTreeMap::new();
    while let Some(event) = received.recv().await {
        match event {
            RunEvent::Planned { cases, .. } => {
                names = cases
                    .iter()
                    .map(|case| case.scenario.name.clone())
                    .collect();
            }
            RunEvent::Finished { case, run } => {
                assert_eq!(run.attempts, 1, "both cases ran in the same session");
                let recording = run.outcome.expect("the case ended well");
                recordings.insert(names[case].clone(), recording);
            }
            _ => {}
        }
    }
    recordings
}

/// What the page logged that begins with this word, without it.
fn logged<'a>(recording: &'a Recording, word: &'a str) -> impl Iterator<Item = &'a str> {
    let events = recording.docs.iter().flat_map(|doc| &doc.events);
    events.filter_map(move |event| match &event.what {
        What::Console { text, .. } => text.strip_prefix(word)?.strip_prefix(' '),
        _ => None,
    })
}

/// The names of what a look found, and of what it did not find.
fn look(text: &str) -> (Vec<String>, Vec<String>) {
    let found: BTreeMap<String, bool> = serde_json::from_str(text).expect("a look is JSON");
    let (yes, no): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, found)| *found);
    let names = |list: Vec<(String, bool)>| list.into_iter().map(|(name, _)| name).collect();
    (names(yes), names(no))
}

fn requests<'a>(recording: &'a Recording, end: &'a str) -> Vec<&'a WireRequest> {
    let requests = recording.wire.requests.iter();
    requests
        .filter(|request| format!("{}{}", request.host, request.target).ends_with(end))
        .collect()
}

fn has_cookie(request: &WireRequest) -> bool {
    request
        .headers
        .iter()
        .any(|(name, value)| name == "cookie" && value.contains("server=left"))
}

/// Runs two cases of this text, one after the other in one window of each browser.
async fn twice(text: &'static str, check: impl Fn(BrowserKind, &BTreeMap<String, Recording>)) {
    let bench =
        tokio::task::spawn_blocking(move || Bench::with(&[("a-first", text), ("b-second", text)]));
    let bench = bench.await.expect("the test's folder");
    for kind in test_browsers() {
        let recordings = run(&bench, kind).await;
        let named = recordings
            .into_iter()
            .map(|(name, recording)| (format!("{name} in {}", kind.name()), recording));
        check(kind, &named.collect());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_case_leaves_behind_is_not_there_for_the_next() {
    twice(SCENARIO, left_behind).await;
}

fn left_behind(kind: BrowserKind, recordings: &BTreeMap<String, Recording>) {
    // The others keep no cookie of a host in somebody else's page.
    let own = kind == BrowserKind::Firefox;
    for (name, recording) in recordings {
        let failed: Vec<_> = logged(recording, "failed").collect();
        assert!(failed.is_empty(), "{name} left and looked: {failed:?}");
        let looks: Vec<_> = logged(recording, "found").map(look).collect();
        let [before, after] = looks.as_slice() else {
            panic!("{name} looked twice, and this many looks were recorded: {looks:?}");
        };
        assert_eq!(
            after.1,
            Vec::<String>::new(),
            "{name} should find all that it left itself"
        );
        assert_eq!(
            before.0,
            Vec::<String>::new(),
            "{name} should find nothing of other cases"
        );

        let cached = requests(recording, "www.shop.test/cached").len();
        // WebKitGTK keeps no cache of answers in a session that is automated.
        let asks = if kind == BrowserKind::Webkit { 2 } else { 1 };
        assert_eq!(
            cached, asks,
            "{name} asks once, for others' cache is not its own, and its own is"
        );
        for host in ["collect.stats.test", "outside.example.com"] {
            let sent: Vec<_> = requests(recording, &format!("{host}/cookie"))
                .into_iter()
                .map(has_cookie)
                .collect();
            assert_eq!(
                sent,
                [false, own],
                "{name} sends {host} its own cookie and no other's"
            );
        }
    }
    let both: Vec<_> = recordings.values().collect();
    late(both[0], both[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_that_one_case_came_is_not_the_next_ones() {
    twice(WAYS, |_, recordings| {
        for (name, recording) in recordings {
            ways(name, recording);
        }
    })
    .await;
}

fn ways(name: &str, recording: &Recording) {
    let pages: Vec<_> = logged(recording, "page").collect();
    assert_eq!(
        pages,
        ["http: ", "http: http://www.shop.test/", "https: "],
        "{name} begins without a referrer and without https, and has both when it left them itself"
    );
    let first = requests(recording, "www.shop.test/");
    let referrer = first[0].headers.iter().find(|(name, _)| name == "referer");
    assert_eq!(referrer, None, "{name}: nor is a referrer sent");
    let scheme = |end| requests(recording, end)[0].scheme.as_str();
    assert_eq!(
        (scheme("www.shop.test/"), scheme("www.shop.test/wished")),
        ("http", "https"),
        "{name}: the wire shows the same"
    );
    assert!(
        !requests(recording, "www.shop.test/timer").is_empty(),
        "{name}: a page that stays has its timer run"
    );
}

/// What the pages of the first case still send when they are left is not the second's.
fn late(first: &Recording, second: &Recording) {
    let pages: Vec<_> = logged(first, "me").collect();
    let [left, last] = pages.as_slice() else {
        panic!("the first case had two pages: {pages:?}");
    };
    for host in ["metrics.shop.test", "outside.example.com", "www.shop.test"] {
        let seen = requests(first, &format!("{host}/late/{left}")).len();
        assert_eq!(
            seen, 1,
            "a page that is left within the case still sends to {host}"
        );
    }
    for page in [left, last] {
        for request in &second.wire.requests {
            assert!(
                !request.target.contains(page),
                "a request of the first case's page is in the second's recording: {request:?}"
            );
        }
    }
    let strays = second
        .wire
        .requests
        .iter()
        .filter(|request| request.purpose == Purpose::Stray);
    assert_eq!(
        strays.count(),
        0,
        "nor is it taken for a stray of the second"
    );
    let text = serde_json::to_value(second).expect("a recording is data");
    assert!(
        !holds(&text, last),
        "nor does anything else in it speak of that page"
    );
}

fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(string) => string.contains(text),
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(fields) => fields.values().any(|field| holds(field, text)),
        _ => false,
    }
}
