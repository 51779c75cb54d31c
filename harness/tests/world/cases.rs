//! Cases in one world: pages, reports, long requests, and many cases at once.

use posttrack::scenario::{
    Action, Answer, Endpoint, HostState, Js, Location, Page, Scenario, Step, Tracker, Value,
};
use posttrack::world::{BodyKind, Labels, Purpose, Sites};

use crate::client::Conversation;
use crate::set_up::{Net, TestCase, endpoint};

fn at() -> Location {
    Location {
        file: "test.toml".into(),
        line: 1,
        column: 1,
    }
}

fn js(code: &str) -> Js {
    Js {
        code: code.into(),
        at: at(),
    }
}

/// Names hosts in most places where a scenario can.
pub fn scenario() -> Scenario {
    let step = |action| Step {
        action,
        frame: None,
        at: at(),
    };
    let page = url::Url::parse("https://www.shop.test/checkout").unwrap();
    let empty = Scenario::new("test", page, at());
    Scenario {
        page: Page {
            body: "<a href=\"https://www.partner.test/\">out</a>".into(),
            csp: Some("img-src *.images.test".into()),
            ..empty.page
        },
        trackers: vec![Tracker {
            instance: "s".into(),
            variables: vec![
                (
                    "trackingServer".into(),
                    Value::Text("metrics.tracker.test".into()),
                ),
                (
                    "list".into(),
                    Value::List(vec![Value::Js(js("'https://listed.test/'"))]),
                ),
            ],
            at: at(),
        }],
        steps: vec![
            step(Action::Run {
                code: js("fetch('https://api.step.test/'); /a/.test(document.test)"),
                record: None,
                throws: None,
            }),
            step(Action::Network {
                host: "switched.test".into(),
                state: HostState::Dns,
            }),
        ],
        endpoints: vec![Endpoint {
            host: Some("*.endpoint.test".into()),
            ..endpoint(Answer {
                redirect: Some("https://moved.test/".into()),
                html: Some("<img src='https://framed.test/'>".into()),
                headers: vec![("Link".into(), "<https://header.test/>".into())],
                ..Answer::default()
            })
        }],
        ..empty
    }
}

#[test]
fn every_domain_that_a_scenario_names_gets_a_fresh_one_of_the_same_length() {
    let sites = Sites::for_scenario(&scenario(), &Labels::default());
    let mut domains: Vec<&str> = sites
        .host_map()
        .iter()
        .map(|(canonical, _)| canonical.as_str())
        .collect();
    domains.sort_unstable();
    assert_eq!(
        domains,
        [
            "endpoint.test",
            "framed.test",
            "header.test",
            "images.test",
            "listed.test",
            "moved.test",
            "partner.test",
            "shop.test",
            "step.test",
            "switched.test",
            "tracker.test"
        ]
    );
    for (canonical, fresh) in sites.host_map() {
        assert_eq!(canonical.len(), fresh.len());
        assert!(
            fresh.starts_with(|c: char| c.is_ascii_lowercase()),
            "{fresh}"
        );
    }
}

#[tokio::test]
async fn the_pages_host_serves_pages_and_other_hosts_an_empty_answer() {
    let net = Net::new().await;
    let case = net.open(vec![]);
    let page = net
        .client
        .get("https", &case.host("www.shop.test"), "/any/path?x=1")
        .await;
    assert_eq!(page.body, b"page /any/path?x=1");
    let other = net
        .client
        .get("https", &case.host("www.partner.test"), "/x.css")
        .await;
    assert_eq!((other.status, other.body.len()), (200, 0));
    let mut conversation = net
        .client
        .connect("https", &case.host("www.partner.test"))
        .await;
    conversation
        .send("GET", "/", &[("Sec-Fetch-Dest", "document")], "")
        .await;
    let document = conversation.response().await;
    assert!(
        document.body.starts_with(b"probe "),
        "a document on another host gets the probe: {document:?}"
    );
    let log = case.ended_log().await;
    let purposes: Vec<_> = log
        .requests
        .iter()
        .map(|request| (request.purpose, request.answer.body))
        .collect();
    assert_eq!(
        purposes,
        [
            (Purpose::Page, BodyKind::Html),
            (Purpose::Other, BodyKind::Empty),
            (Purpose::Page, BodyKind::Html)
        ]
    );
}

#[tokio::test]
async fn html_of_an_endpoint_is_served_as_a_page() {
    let net = Net::new().await;
    let case = net.open(vec![Endpoint {
        path: Some("/frame".into()),
        ..endpoint(Answer {
            html: Some("<p>frame</p>".into()),
            ..Answer::default()
        })
    }]);
    let frame = net
        .client
        .get("https", &case.host("pay.partner.test"), "/frame")
        .await;
    assert_eq!(frame.body, b"probe <p>frame</p>");
    assert_eq!(case.only_request().await.purpose, Purpose::Page);
}

#[tokio::test]
async fn icons_and_preflights_are_answered_and_count_for_nothing() {
    let net = Net::new().await;
    let case = net.open(vec![]);
    let host = case.host("metrics.shop.test");
    let icon = net.client.get("https", &host, "/favicon.ico").await;
    assert_eq!(icon.status, 404);
    assert!(case.open.log().requests.is_empty(), "no icon in the log");

    let mut conversation = net.client.connect("https", &host).await;
    let origin = case.host("https://www.shop.test");
    let target = "/b/ss/rsid/1/JS-2.23.0/s1";
    conversation
        .send(
            "OPTIONS",
            target,
            &[
                ("Origin", &origin),
                ("Access-Control-Request-Method", "POST"),
                ("Access-Control-Request-Headers", "x-own"),
            ],
            "",
        )
        .await;
    let preflight = conversation.response().await;
    assert_eq!(preflight.status, 204);
    assert_eq!(
        preflight.header("access-control-allow-headers"),
        Some("x-own")
    );
    conversation.send("HEAD", "/x", &[], "").await;
    conversation.send("GET", target, &[], "").await;
    let log = {
        case.until("all three ended", |open| {
            open.log().requests.len() == 3 && open.open_requests().is_empty()
        })
        .await;
        case.open.log()
    };
    let arrivals: Vec<_> = log.requests.iter().map(|request| request.arrival).collect();
    assert_eq!(arrivals, [None, None, Some(1)], "a preflight is no hit");
}

#[tokio::test]
async fn requests_of_64_kb_arrive_whole() {
    let net = Net::new().await;
    let case = net.open(vec![]);
    let host = case.host("metrics.shop.test");
    let mut target = "/b/ss/rsid/1/JS-2.23.0/s1?AQB=1&c1=".to_owned();
    target.push_str(&"x".repeat(64_000 - target.len()));
    let body = "y".repeat(300_000);
    for scheme in ["http", "https"] {
        let mut conversation = net.client.connect(scheme, &host).await;
        conversation
            .send("POST", &target, &[("X-Long", &target)], &body)
            .await;
        assert_eq!(conversation.response().await.status, 200);
    }
    for request in case.ended_log().await.requests {
        assert_eq!(request.target, target);
        assert_eq!(request.body, body);
    }
}

#[tokio::test]
async fn reports_come_in_order_and_not_into_the_log() {
    let net = Net::new().await;
    let mut case = net.open(vec![]);
    let host = case.sites.report_host().to_owned();
    let mut conversation = net.client.connect("https", &host).await;
    for n in 0..50 {
        let body = format!("{n} of {}", case.host("shop.test"));
        conversation
            .send("POST", "/r", &[("Content-Type", "text/plain")], &body)
            .await;
        let response = conversation.response().await;
        assert_eq!(response.status, 204);
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    }
    let big = "z".repeat(3 << 20);
    conversation.send("POST", "/r", &[], &big).await;
    conversation.response().await;
    for n in 0..50 {
        let report = case.open.reports.recv().await.unwrap();
        let expected = format!("{n} of {}", case.host("shop.test"));
        assert_eq!(report, expected, "as the page sent it");
    }
    let report = case.open.reports.recv().await.unwrap();
    assert_eq!(report.len(), big.len(), "reports are never cut");
    assert!(case.open.log().requests.is_empty());
}

#[tokio::test]
async fn many_cases_at_once_do_not_mix() {
    const CASES: usize = 12;
    const HITS: usize = 15;
    let net = Net::new().await;
    let mut running = tokio::task::JoinSet::new();
    for number in 0..CASES {
        let case = net.open(vec![]);
        let client = net.client.clone();
        running.spawn(async move {
            let host = case.host("metrics.shop.test");
            let mut kept: Conversation = client.connect("https", &host).await;
            for hit in 0..HITS {
                let target = format!("/b/ss/rsid/1/JS-2.23.0/s{hit}?c1=case{number}");
                kept.send("GET", &target, &[], "").await;
                kept.response().await;
                client.get("http", &host, &target).await;
            }
            (number, case)
        });
    }
    while let Some(done) = running.join_next().await {
        let (number, case): (usize, TestCase) = done.unwrap();
        let log = case.ended_log().await;
        assert_eq!(log.requests.len(), 2 * HITS);
        for (index, request) in log.requests.iter().enumerate() {
            assert!(
                request.target.ends_with(&format!("c1=case{number}")),
                "case {number} has a request of another: {}",
                request.target
            );
            assert_eq!(request.id as usize, index + 1, "numbered by arrival");
            assert_eq!(request.arrival, Some(index as u32 / 2 + 1));
        }
    }
    assert!(net.world.strays().is_empty());
}
