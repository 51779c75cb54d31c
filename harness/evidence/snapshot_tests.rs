//! The exact text of snapshots, and what must not show in them.

use serde_json::json;

use super::testing::{Case, HOST, hit_url, hit_url_of, scenario};
use super::{join, snapshot, timeline};
use crate::page::What;
use crate::scenario::{Fault, HostState, On, Transport};
use crate::world::Purpose;

fn text_of(case: Case) -> String {
    let scenario = scenario();
    snapshot(&join(&case.recording(), &scenario), &scenario)
}

/// A page with two trackers, callbacks on both lists, a retried failure, an XHR, a forwarded hit.
fn rich(random: &str, lrt: &str) -> Case {
    let mut case = Case::new();
    for tracker in ["s", "b"] {
        case.registered(On::Pre, tracker, "audit");
    }
    case.registered(On::Post, "s", "done");

    case.step(1);
    let home = hit_url(
        &format!("s1{random}"),
        "fid=4D30D9CD6CE8D2A5-3C3A1A2A7F5E0001&ce=UTF-8&pageName=home%20page&g=https%3A%2F%2Fwww.shop.test%2Fcheckout\
         &c.&cart.&id=7&.cart&.c&events=event1&v1=A&c3=%20padded&s=1366x768&c=24&j=1.6&v=N&k=Y&bw=1280&bh=720",
    );
    let t = case.enter("s", "t");
    case.called("audit", json!([home, "param1", { "three": true }]));
    let image = case.handed(Transport::Image, &home);
    case.leave(t);
    case.arrived(&home);
    case.ended(image, "load");
    case.called("done", json!([home]));
    case.called("done", json!([home]));

    case.step(2);
    let other = hit_url_of("second", &format!("s2{random}"), "v1=B");
    let t = case.enter_with("b", "t", json!({ "account": "second" }));
    case.called("audit", json!([other.replace("v1=B", "v1=C")]));
    case.handed(Transport::Image, &other);
    case.leave(t);
    case.handed(Transport::Image, &other);
    case.arrived_with(&other, Fault::Reset);
    case.arrived_with(&other, Fault::Reset);

    case.step(3);
    let long = hit_url(
        &format!("s3{random}"),
        &format!("v1={}{lrt}", "x".repeat(2_100)),
    );
    let (path, body) = long.split_once('?').unwrap();
    let tl = case.enter("s", "tl");
    case.handed_with(Transport::Xhr, path, Some(body));
    case.leave(tl);
    let request = case.arrived(path);
    request.method = "POST".into();
    request.body = body.into();
    case.step(4);
    case.called("done", json!([long]));
    case.called("own", json!([]));

    let forward = case.request("https://partner.test/collect?from=shop&n=1", Purpose::Other);
    forward.method = "POST".into();
    forward.body = json!({ "url": home }).to_string();
    case.event(What::Value {
        name: "flag".into(),
        value: json!(false),
    });
    case.event(What::Value {
        name: "last".into(),
        value: json!(home),
    });
    case.event(What::Uncaught {
        message: "Error: boom".into(),
        file: "x.js".into(),
        line: 1,
        column: 1,
    });
    case
}

const RICH: &str = r#"tracker b

hit 1  step 2  image GET  failed (reset)  handed over 2 times
  https://metrics.shop.test/b/ss/second/1/JS-«version»/«random:1»
    t         «date»
    v1 eVar1  B
  pre audit
    "https://metrics.shop.test/b/ss/second/1/JS-«version»/«random:1»?AQB=1&ndh=1&pf=1&t=«date»&v1=C&AQE=1"

tracker s

hit 1  step 1  image GET  delivered
  https://metrics.shop.test/b/ss/examplersid/1/JS-«version»/«random:2»
    t                    «date»
    fid                  «fid:1»
    ce charSet           UTF-8
    pageName             home page
    g pageURL            https://www.shop.test/checkout
    contextData.cart.id  7
    events               event1
    v1 eVar1             A
    c3 prop3             " padded"
    s resolution         «screen»
    c colorDepth         «colour-depth»
    j javascriptVersion  «javascript»
    v javaEnabled        «java»
    k cookiesEnabled     «cookies»
    bw browserWidth      «inner-width»
    bh browserHeight     «inner-height»
  pre audit
    «url of hit 1 of s»  "param1"  {"three":true}
  post done
    «url of hit 1 of s»
    «url of hit 1 of s»

hit 2  step 3  xhr POST  delivered
  https://metrics.shop.test/b/ss/examplersid/1/JS-«version»/«random:3»
    t         «date»
    v1 eVar1  «x × 2100»
  post done
    «url of hit 2 of s»  in step 4

calls without a hit
  called own
    (no arguments)  in step 4

values
  flag  false
  last  «url of hit 1 of s»

requests
  POST https://partner.test/collect
    from  shop
    n     1
    body  {"url":"«url of hit 1 of s»"}

uncaught
  Error: boom
"#;

#[test]
fn a_snapshot_is_this_text() {
    assert_eq!(
        text_of(rich("234567890", "&lrt=12")),
        RICH,
        "an altered URL, a call twice, a late step, a long value"
    );
}

#[test]
fn another_run_of_the_same_case_has_the_same_snapshot() {
    assert_eq!(
        text_of(rich("98765432", "")),
        RICH,
        "random part and round trip are other ones"
    );
}

#[test]
fn how_often_the_browser_repeats_a_request_does_not_show() {
    let text = |attempts: usize| {
        let mut case = Case::new();
        let url = hit_url("s1", "");
        case.handed(Transport::Image, &url);
        for _ in 0..attempts {
            case.arrived_with(&url, Fault::Reset);
        }
        text_of(case)
    };
    assert_eq!(text(1), text(10));
}

#[test]
fn orders_that_the_documentation_leaves_open_do_not_show() {
    let (one, other) = (hit_url("s11111111", "v1=A"), hit_url("s22222222", "v1=B"));
    let text = |hits: [(&str, &str); 2], calls: [(&str, &str); 3], urls: [&str; 2]| {
        let mut case = Case::new();
        case.registered(On::Pre, "s", "before");
        case.registered(On::Post, "s", "after");
        for (tracker, url) in hits {
            case.delivered(tracker, url);
        }
        for (name, url) in calls {
            case.called(name, json!([url]));
        }
        for url in urls {
            case.request(url, Purpose::Other);
        }
        text_of(case)
    };
    let (one, other) = (one.as_str(), other.as_str());
    let first = text(
        [("s", one), ("b", other)],
        [("before", one), ("before", other), ("after", one)],
        ["https://one.test/", "https://two.test/"],
    );
    let second = text(
        [("b", other), ("s", one)],
        [("after", one), ("before", other), ("before", one)],
        ["https://two.test/", "https://one.test/"],
    );
    assert_eq!(first, second, "trackers, callbacks and requests race");
    assert!(
        first.contains("pre before") && first.contains("post after"),
        "{first}"
    );
}

#[test]
fn what_is_late_does_not_show() {
    let mut case = Case::new();
    case.registered(On::Post, "s", "post");
    let url = hit_url("s1", "");
    case.delivered("s", &url);
    let before = {
        let mut same = Case::new();
        same.registered(On::Post, "s", "post");
        same.delivered("s", &url);
        text_of(same)
    };
    case.over();
    case.called("post", json!([url]));
    case.handed(Transport::Image, &hit_url("s2", ""));
    case.event(What::Console {
        level: "uncaught".into(),
        text: "after the end".into(),
    });
    assert_eq!(text_of(case), before);
}

#[test]
fn a_loop_shows_max_hits_and_nothing_of_how_much_further_it_came() {
    let text = |hits: usize| {
        let mut case = Case::new();
        case.registered(On::Post, "s", "again");
        for n in 0..hits {
            let url = hit_url(&format!("s{n}"), "");
            case.delivered("s", &url);
            case.event(What::Called {
                name: "again".into(),
                args: vec![json!(url)],
                capped: n > 2,
                of: None,
            });
        }
        case.called("again", json!([hit_url("s99", &format!("v1={hits}"))]));
        let mut scenario = scenario();
        scenario.max_hits = 3;
        snapshot(&join(&case.recording(), &scenario), &scenario)
    };
    assert_eq!(text(5), text(7));
    assert!(
        text(5).contains("hit 3") && !text(5).contains("hit 4"),
        "{}",
        text(5)
    );
    assert!(!text(5).contains("calls without a hit"), "{}", text(5));
    assert!(
        text(3).contains("calls without a hit"),
        "a loop that ended by itself is shown whole"
    );
}

#[test]
fn a_request_that_was_cut_off_and_one_that_only_the_wire_saw_say_so() {
    let mut case = Case::new();
    let url = hit_url("s1", "v1=A");
    let cut = url.trim_end_matches("&AQE=1");
    case.handed(Transport::Image, &url);
    case.arrived(cut);
    case.arrived(&cut.replace("/s1?", "/s2?"));
    let text = text_of(case);
    for line in [
        "arrived as https://metrics.shop.test/b/ss/examplersid/1/JS-«version»/«random:1»?AQB=1&ndh=1&pf=1&t=«date»&v1=A\n",
        "image GET  delivered  seen on the wire only\n",
        "«!cut off or out of order",
        "    AQB       1\n",
    ] {
        assert!(text.contains(line), "expected {line:?} in:\n{text}");
    }
}

#[test]
fn a_case_without_hits_says_so() {
    assert_eq!(text_of(Case::new()), "no hits\n");
}

#[test]
fn a_date_of_another_day_is_a_difference() {
    let mut case = Case::new();
    case.delivered("s", &hit_url("s1", "").replace("24%2F10", "23%2F10"));
    let text = text_of(case);
    assert!(text.contains("«!date: 23/10/2026 10:0:1 2 0»"), "{text}");
}

#[test]
fn a_timeline_tells_events_in_order_and_the_wire_behind_the_handing_over() {
    let mut case = Case::new();
    case.step(1);
    let url = hit_url("s1", "");
    let t = case.enter("s", "t");
    case.called("pre", json!([url, 2]));
    case.handed(Transport::Image, &url);
    case.leave(t);
    case.arrived_with(&url, Fault::Status);
    case.over();
    case.event(What::Hide { persisted: false });
    case.request("https://www.shop.test/checkout", Purpose::Page);
    case.refused(HOST, HostState::Refuse);
    let recording = case.recording();
    let lines = timeline(&recording, &join(&recording, &scenario()));
    insta::assert_snapshot!(lines.join("\n"), @r##"
    document 1 https://www.shop.test/checkout
       [1:1]       1.0 ms  the document began
       [1:2]       2.0 ms  build: appmeasurement 2.23.0
       [1:3]       3.0 ms  step 1
       [1:4]       4.0 ms  s.t()
       [1:5]       5.0 ms    calls pre("https://metrics.shop.test/b/ss/examplersid/1/JS-2.23.0/s1?… (60 characters)", 2)
       [1:6]       6.0 ms    leaves pre
       [1:7]       7.0 ms    hands over image GET https://metrics.shop.test/b/ss/examplersid/1/JS-2.23.0/s1?… (60 characters) (hit 1)
                            ⇄ #1 GET https://metrics.shop.test/b/ss/examplersid/1/JS-2.23.0/s1?… (60 characters) → 404, html, complete, fault status  (wire 8.0 to 8.5 ms)
       [1:8]       8.0 ms  returns undefined
       [1:9]       9.0 ms  hidden  (late)
    on the wire beside the hits
                            ⇄ #2 GET https://www.shop.test/checkout → 200, image, complete  (wire 9.0 to 9.5 ms)
                            ⇄ connection to metrics.shop.test:443: refuse  (wire 9.0 ms)
    "##);
}
