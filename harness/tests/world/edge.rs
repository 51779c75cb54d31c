//! The Web SDK's edge on the wire: any host, any base path, what pages of other origins may read.

use posttrack::scenario::{Endpoint, Transport};
use posttrack::world::{BodyKind, Purpose};
use serde_json::Value;

use crate::set_up::{Net, TestCase, endpoint, status};

const EVENT: &str = r#"{"events":[{"xdm":{}}],"query":{"identity":{"fetch":["ECID"]}}}"#;

async fn posted(net: &Net, case: &TestCase, host: &str, target: &str) -> crate::client::Response {
    let origin = case.host("https://www.shop.test");
    let headers = [
        ("Origin", origin.as_str()),
        ("Sec-Fetch-Mode", "cors"),
        ("Content-Type", "text/plain; charset=UTF-8"),
    ];
    let mut conversation = net.client.connect("https", &case.host(host)).await;
    conversation.send("POST", target, &headers, EVENT).await;
    conversation.response().await
}

fn handles(body: &[u8]) -> Vec<String> {
    let answer: Value = serde_json::from_slice(body).unwrap();
    let handle = answer["handle"].as_array().unwrap().iter();
    handle
        .map(|one| one["type"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn every_host_and_base_path_answers_events_as_the_edge_does() {
    let net = Net::new().await;
    let case = net.open(vec![]);
    for (host, target) in [
        ("edge.shop.test", "/ee/v1/interact?configId=d&requestId=1"),
        (
            "data.partner.test",
            "/a/b/irl1/v1/interact?configId=d&requestId=2",
        ),
        ("edge.adobedc.net", "/ee/v1/interact?configId=d&requestId=3"),
    ] {
        let response = posted(&net, &case, host, target).await;
        assert_eq!(response.status, 200, "{host}{target}");
        let origin = case.host("https://www.shop.test");
        for (name, value) in [
            ("access-control-allow-origin", origin.as_str()),
            ("access-control-allow-credentials", "true"),
        ] {
            assert_eq!(response.header(name), Some(value), "{host}{target}");
        }
        let exposed = response.header("access-control-expose-headers");
        assert!(
            exposed.is_some_and(|fields| fields.contains("Retry-After")),
            "{exposed:?}"
        );
        let found = handles(&response.body);
        assert!(found.contains(&"identity:result".to_owned()), "{found:?}");
    }
    let log = case.ended_log().await;
    for request in &log.requests {
        assert_eq!(request.purpose, Purpose::Tracking);
        assert_eq!(request.transport, Some(Transport::Fetch));
        assert_eq!(request.answer.body, BodyKind::Json);
        assert!(request.answer.readable, "the page may read it");
        assert_eq!(request.body, EVENT);
    }
}

#[tokio::test]
async fn beacons_are_answered_without_content() {
    let net = Net::new().await;
    let case = net.open(vec![]);
    let target = "/ee/v1/collect?configId=d&requestId=1";
    assert_eq!(
        posted(&net, &case, "edge.shop.test", target).await.status,
        204
    );
}

#[tokio::test]
async fn endpoints_for_tracking_requests_are_for_events_and_not_for_consent() {
    let net = Net::new().await;
    let case = net.open(vec![endpoint(status(503))]);
    for (path, expected, purpose) in [
        ("interact", 503, Purpose::Tracking),
        ("collect", 503, Purpose::Tracking),
        ("privacy/set-consent", 200, Purpose::Other),
        ("identity/acquire", 200, Purpose::Other),
    ] {
        let target = format!("/ee/v1/{path}?configId=d&requestId={path}");
        let response = posted(&net, &case, "edge.shop.test", &target).await;
        assert_eq!(response.status, expected, "{path}");
        let log = case.ended_log().await;
        let request = log.requests.last().unwrap();
        assert_eq!(request.purpose, purpose, "{path}");
        assert!(request.answer.readable, "{path} is read by the page");
    }
}

#[tokio::test]
async fn what_was_answered_and_comes_again_is_another_send() {
    let net = Net::new().await;
    let again = Endpoint {
        sends: vec![1, 2],
        ..endpoint(status(503))
    };
    let case = net.open(vec![again]);
    let target = "/ee/v1/interact?configId=d&requestId=1";
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(posted(&net, &case, "edge.shop.test", target).await.status);
        case.ended_log().await;
    }
    assert_eq!(
        found,
        [503, 503, 200],
        "nobody had to say that it was handed over again"
    );
}
