//! Answers that wait: delay, hold, stall, and the end of a case.

use std::time::{Duration, Instant};

use posttrack::scenario::{Answer, Endpoint, Fault};
use posttrack::world::WireEnd;

use crate::set_up::{Net, endpoint, fault, status};

const HOST: &str = "metrics.shop.test";

fn hit(n: u32) -> String {
    format!("/b/ss/rsid/1/JS-2.23.0/s{n}?AQB=1")
}

fn hold(name: &str) -> Answer {
    Answer {
        hold: Some(name.into()),
        ..Answer::default()
    }
}

#[tokio::test]
async fn a_held_answer_waits_for_the_release_of_its_name() {
    let net = Net::new().await;
    let case = net.open(vec![endpoint(hold("late"))]);
    let mut conversation = net.client.connect("https", &case.host(HOST)).await;
    conversation.send("GET", &hit(1), &[], "").await;
    case.until("the request is held", |open| {
        open.open_requests().iter().any(|request| request.held)
    })
    .await;
    let open = case.open.open_requests();
    assert_eq!(
        open[0].description,
        format!("GET https://{HOST}{}", hit(1)),
        "what is open is named as in the scenario"
    );

    case.open.release("other");
    assert!(
        case.open.open_requests()[0].held,
        "another name releases nothing"
    );
    case.open.release("late");
    assert_eq!(conversation.response().await.status, 200);
    let request = case.only_request().await;
    assert_eq!(request.answer.end, WireEnd::Complete);
    assert!(!request.answer.late, "it was released within the case");

    conversation.send("GET", &hit(2), &[], "").await;
    assert_eq!(
        conversation.response().await.status,
        200,
        "what comes after the release does not wait for another one"
    );
}

#[tokio::test]
async fn a_delay_is_not_shorter_than_it_says_and_not_held() {
    let net = Net::new().await;
    let case = net.open(vec![endpoint(Answer {
        delay: Some(150),
        ..Answer::default()
    })]);
    let began = Instant::now();
    let mut conversation = net.client.connect("http", &case.host(HOST)).await;
    conversation.send("GET", &hit(1), &[], "").await;
    case.until("the request has arrived", |open| {
        !open.log().requests.is_empty()
    })
    .await;
    assert!(
        case.open
            .open_requests()
            .iter()
            .all(|request| !request.held),
        "a delay ends by itself"
    );
    assert_eq!(conversation.response().await.status, 200);
    assert!(began.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_stall_ends_with_the_case_and_is_late() {
    let net = Net::new().await;
    let case = net.open(vec![Endpoint {
        hits: vec![2],
        ..endpoint(fault(Fault::Stall))
    }]);
    let host = case.host(HOST);
    net.client.get("https", &host, &hit(1)).await;
    let mut stalled = net.client.connect("https", &host).await;
    stalled.send("GET", &hit(2), &[], "").await;
    case.until("the request is stalled", |open| {
        open.open_requests().iter().any(|request| request.held)
    })
    .await;
    case.open.release("anything");
    assert!(case.open.open_requests()[0].held, "no release ends a stall");

    case.open.finish();
    let response = stalled.response().await;
    assert_eq!(response.body.len(), 43, "then it is a conforming answer");
    net.client.get("https", &host, &hit(3)).await;
    let log = case.ended_log().await;
    let late: Vec<bool> = log
        .requests
        .iter()
        .map(|request| request.answer.late)
        .collect();
    assert_eq!(
        late,
        [false, true, true],
        "what ended or arrived after the end is late"
    );
    assert_eq!(log.requests[1].answer.fault, Some(Fault::Stall));
}

#[tokio::test]
async fn a_client_that_goes_away_first_is_logged_as_gone() {
    let net = Net::new().await;
    for scheme in ["http", "https"] {
        let case = net.open(vec![endpoint(hold("never"))]);
        let mut conversation = net.client.connect(scheme, &case.host(HOST)).await;
        conversation.send("GET", &hit(1), &[], "").await;
        case.until("the request has arrived", |open| {
            !open.log().requests.is_empty()
        })
        .await;
        drop(conversation);
        let request = case.only_request().await;
        assert_eq!(request.answer.end, WireEnd::ClientGone, "over {scheme}");
        assert!(request.answer.ended_us.is_some());
    }
}

#[tokio::test]
async fn a_client_that_does_not_take_the_answer_has_not_got_it() {
    let net = Net::new().await;
    // Far more than all buffers between the two sides hold.
    let case = net.open(vec![endpoint(Answer {
        body: Some("x".repeat(64 << 20)),
        ..Answer::default()
    })]);
    let mut conversation = net.client.connect("http", &case.host(HOST)).await;
    conversation.send("GET", &hit(1), &[], "").await;
    case.until("the answer is on its way", |open| {
        open.seen(|request| request.answer.status == Some(200)) || !open.open_requests().is_empty()
    })
    .await;
    drop(conversation);
    assert_eq!(
        case.only_request().await.answer.end,
        WireEnd::ClientGone,
        "complete is what went out whole, not what was begun"
    );
}

#[tokio::test]
async fn a_closed_case_exists_no_more() {
    let net = Net::new().await;
    let case = net.open(vec![endpoint(fault(Fault::Stall))]);
    let host = case.host(HOST);
    let mut stalled = net.client.connect("https", &host).await;
    stalled.send("GET", &hit(1), &[], "").await;
    case.until("the request is stalled", |open| {
        open.open_requests().iter().any(|request| request.held)
    })
    .await;
    let log = case.open.close();
    assert_eq!(log.requests[0].answer.end, WireEnd::Open, "it never ended");
    let (bytes, _) = stalled.until_end().await;
    assert_eq!(bytes, b"", "its connections end with it");
    assert_eq!(
        net.client.tunnel(&host, 443).await.err(),
        Some(2),
        "and nobody gets through to it"
    );
    assert_eq!(
        net.world.strays(),
        Vec::<String>::new(),
        "late traffic of a case is no stray"
    );
}

#[tokio::test]
async fn hits_are_counted_by_key_and_faults_apply_to_every_attempt() {
    let net = Net::new().await;
    let case = net.open(vec![Endpoint {
        hits: vec![2],
        ..endpoint(status(500))
    }]);
    let host = case.host(HOST);
    let mut statuses = Vec::new();
    for n in [7, 8, 8, 7, 9, 8] {
        statuses.push(net.client.get("http", &host, &hit(n)).await.status);
    }
    assert_eq!(
        statuses,
        [200, 500, 500, 200, 200, 500],
        "the second hit is the one that fails, as often as it comes"
    );
    let arrivals: Vec<_> = case
        .ended_log()
        .await
        .requests
        .iter()
        .map(|request| request.arrival)
        .collect();
    assert_eq!(
        arrivals,
        [1, 2, 2, 1, 3, 2].map(Some),
        "numbers are those of first arrival"
    );
}

#[tokio::test]
async fn a_repetition_is_a_send_only_when_the_page_handed_it_over_again() {
    let net = Net::new().await;
    let case = net.open(vec![Endpoint {
        sends: vec![2],
        ..endpoint(status(500))
    }]);
    let host = case.host(HOST);
    let get = async || net.client.get("http", &host, &hit(1)).await.status;
    case.open.note_handed("s1");
    assert_eq!(get().await, 200, "the first send");
    assert_eq!(get().await, 200, "the browser's own attempt");
    case.open.note_handed("s1");
    assert_eq!(get().await, 500, "the second send");
    assert_eq!(get().await, 500, "its attempt");
    case.open.note_handed("s1");
    assert_eq!(get().await, 200, "the third send");
}

#[tokio::test]
async fn the_last_endpoint_that_fits_answers() {
    let net = Net::new().await;
    let all = endpoint(status(500));
    let beacons = Endpoint {
        transport: Some(posttrack::scenario::Transport::Beacon),
        ..endpoint(status(501))
    };
    let by_path = Endpoint {
        host: Some("*.partner.test".into()),
        path: Some("/x*".into()),
        ..endpoint(Answer {
            body: Some("for partner.test".into()),
            ..Answer::default()
        })
    };
    let case = net.open(vec![all, beacons, by_path]);
    let ask = async |method: &str, host: &str, target: &str| {
        let mut conversation = net.client.connect("https", &case.host(host)).await;
        conversation.send(method, target, &[], "").await;
        conversation.response().await
    };
    assert_eq!(ask("GET", HOST, &hit(1)).await.status, 500);
    assert_eq!(ask("POST", HOST, &hit(2)).await.status, 501);
    let text = ask("GET", "cdn.partner.test", "/x/y?z").await.body;
    assert_eq!(
        String::from_utf8(text).unwrap(),
        case.host("for partner.test")
    );
    assert_eq!(ask("GET", "cdn.partner.test", "/y").await.status, 200);
    let endpoints: Vec<_> = case
        .ended_log()
        .await
        .requests
        .iter()
        .map(|request| request.answer.endpoint)
        .collect();
    assert_eq!(endpoints, [Some(0), Some(1), Some(2), None]);
}
