//! Whose a request is: by host, by what it says of where it comes from, or nobody's.

use std::path::Path;

use posttrack::scenario::{Answer, Endpoint, Fault};
use posttrack::world::{Purpose, WireEnd};

use crate::client::End;
use crate::set_up::{Net, endpoint, fault, status};

const FIXED: &str = "rsid.112.2o7.net";
const HIT: &str = "/b/ss/rsid/1/JS-2.23.0/s1?AQB=1";

#[tokio::test]
async fn requests_to_fixed_hosts_belong_to_the_case_that_they_name() {
    let net = Net::new().await;
    let first = net.open(vec![]);
    let second = net.open(vec![Endpoint {
        host: Some("*.2o7.net".into()),
        ..endpoint(status(503))
    }]);
    let page = second.host("https://www.shop.test/checkout");
    let origin = second.host("https://www.shop.test");
    let in_target = format!("{HIT}&g={}", second.host("https%3A%2F%2Fwww.shop.test%2F"));
    for (headers, target) in [
        (vec![("Referer", page.as_str())], HIT),
        (vec![("Origin", origin.as_str())], HIT),
        (vec![], in_target.as_str()),
    ] {
        let mut conversation = net.client.connect("https", FIXED).await;
        conversation.send("GET", target, &headers, "").await;
        assert_eq!(
            conversation.response().await.status,
            503,
            "the second case's endpoint answers {headers:?} {target}"
        );
    }
    let log = second.ended_log().await;
    assert_eq!(log.requests.len(), 3);
    assert!(log.requests.iter().all(|request| request.host == FIXED
        && request.purpose == Purpose::Tracking
        && !request.target.contains(&second.host("shop.test"))));
    assert!(
        first.open.log().requests.is_empty(),
        "the other case has none"
    );
    assert!(net.world.strays().is_empty());
}

#[tokio::test]
async fn fixed_hosts_answer_tracking_requests_and_nothing_else() {
    let net = Net::new().await;
    let case = net.open(vec![]);
    let page = case.host("https://www.shop.test/");
    let mut conversation = net.client.connect("https", "tags.example.net").await;
    conversation
        .send("GET", "/tags.js", &[("Referer", &page)], "")
        .await;
    assert_eq!(conversation.until_end().await, (Vec::new(), End::Fin));
    let request = case.only_request().await;
    assert_eq!(
        (request.purpose, request.answer.end),
        (Purpose::Stray, WireEnd::Closed),
        "the case's log has it as stray"
    );
}

#[tokio::test]
async fn fixed_hosts_can_be_down_in_a_case() {
    let net = Net::new().await;
    let case = net.open(vec![Endpoint {
        host: Some(FIXED.into()),
        ..endpoint(fault(Fault::Dns))
    }]);
    assert_eq!(net.client.tunnel(FIXED, 443).await.err(), Some(4));
    assert_eq!(case.open.log().refusals[0].host, FIXED);
}

#[tokio::test]
async fn what_is_nobodys_is_refused_and_recorded() {
    let net = Net::new().await;
    assert_eq!(
        net.client.tunnel("tracker.example", 443).await.err(),
        Some(2),
        "without a case nothing outside is let through"
    );
    let _case = net.open(vec![]);
    let mut conversation = net.client.connect("http", "tracker.example").await;
    conversation.send("GET", "/pixel?x=1", &[], "").await;
    assert_eq!(conversation.until_end().await, (Vec::new(), End::Fin));
    for host in ["localhost", "x.localhost", "unknown.test", "shop.test"] {
        assert_eq!(net.client.tunnel(host, 80).await.err(), Some(2), "{host}");
    }
    assert_eq!(
        net.client
            .tunnel_to_address([127, 0, 0, 1], 8080)
            .await
            .err(),
        Some(2)
    );
    for home in ["detectportal.firefox.com", "update.googleapis.com"] {
        assert_eq!(net.client.tunnel(home, 443).await.err(), Some(2), "{home}");
    }
    assert_eq!(
        net.world.strays(),
        [
            "tracker.example:443",
            "http://tracker.example/pixel?x=1",
            "localhost:80",
            "x.localhost:80",
            "unknown.test:80",
            // A name that a page made up without `posttrack.host()`.
            "shop.test:80",
            "127.0.0.1:8080",
        ],
        "browsers' own calls home are not among them"
    );
}

#[tokio::test]
async fn the_world_listens_on_loopback_only() {
    let net = Net::new().await;
    let port = format!(":{:04X} ", net.world.socks_port());
    let listening: Vec<String> = ["/proc/self/net/tcp", "/proc/self/net/tcp6"]
        .into_iter()
        .filter(|file| Path::new(file).exists())
        .flat_map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let is_listening = fields.get(3) == Some(&"0A");
            let address = (*fields.get(1)?).to_owned();
            (is_listening && format!("{address} ").contains(&port)).then_some(address)
        })
        .collect();
    assert_eq!(
        listening,
        [format!("0100007F:{:04X}", net.world.socks_port())],
        "one socket, bound to 127.0.0.1"
    );
}

#[tokio::test]
async fn a_dropped_world_ends_its_connections_and_listens_no_more() {
    let net = Net::new().await;
    let case = net.open(vec![endpoint(Answer {
        hold: Some("never".into()),
        ..Answer::default()
    })]);
    let mut conversation = net
        .client
        .connect("http", &case.host("metrics.shop.test"))
        .await;
    conversation.send("GET", HIT, &[], "").await;
    case.until("the request has arrived", |open| {
        !open.log().requests.is_empty()
    })
    .await;
    let port = net.world.socks_port();
    drop(net.world);
    let (bytes, _) = conversation.until_end().await;
    assert_eq!(bytes, b"");
    let listening = tokio::net::TcpStream::connect(("127.0.0.1", port)).await;
    assert!(listening.is_err(), "nobody listens on port {port} any more");
}
