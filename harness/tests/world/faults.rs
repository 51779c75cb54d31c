//! Each fault on each transport, over http and https: the bytes, how the connection ended, the log.

use posttrack::scenario::{Answer, Endpoint, Fault, Transport};
use posttrack::world::{BodyKind, Purpose, WireEnd, WireRequest};

use crate::client::{End, Response, parse_head};
use crate::set_up::{Net, TestCase, endpoint, fault, status};

const HOST: &str = "metrics.shop.test";
const ORIGIN: &str = "https://www.shop.test";

/// A tracking request of each transport, as browsers send it.
struct Shape {
    transport: Transport,
    method: &'static str,
    target: &'static str,
    body: &'static str,
    /// Kind and length of what a collection server answers.
    conforming: (BodyKind, usize),
}

const SHAPES: [Shape; 4] = [
    Shape {
        transport: Transport::Image,
        method: "GET",
        target: "/b/ss/rsid/1/JS-2.23.0/s11?AQB=1&AQE=1",
        body: "",
        conforming: (BodyKind::Image, 43),
    },
    Shape {
        transport: Transport::Beacon,
        method: "POST",
        target: "/b/ss/rsid/1/JS-2.23.0/s12?AQB=1&AQE=1",
        body: "",
        conforming: (BodyKind::Image, 43),
    },
    Shape {
        transport: Transport::Xhr,
        method: "POST",
        target: "/b/ss/rsid/1/JS-2.23.0/s13",
        body: "AQB=1&g=https%3A%2F%2Fwww.shop.test%2F&AQE=1",
        conforming: (BodyKind::Image, 43),
    },
    Shape {
        transport: Transport::Script,
        method: "GET",
        target: "/b/ss/rsid/10/JS-2.23.0/s14?AQB=1&callback=s_c_il[0].doPostbacks&AQE=1",
        body: "",
        conforming: (BodyKind::Script, 107),
    },
];

/// What came of a request.
struct Outcome {
    what: String,
    bytes: Vec<u8>,
    end: End,
    logged: WireRequest,
    case: TestCase,
}

impl Outcome {
    fn response(&self) -> Response {
        let (response, _) = parse_head(&self.bytes)
            .unwrap_or_else(|| panic!("{}: no head in {:?}", self.what, self.bytes));
        response
    }

    fn assert_end(&self, on_the_socket: End, in_the_log: WireEnd, played: Option<Fault>) {
        let what = &self.what;
        assert_eq!(self.end, on_the_socket, "{what}: how the connection ended");
        assert_eq!(self.logged.answer.end, in_the_log, "{what}: the log's end");
        assert_eq!(self.logged.answer.fault, played, "{what}: the log's fault");
    }

    fn assert_whole(&self, status: u16, kind: BodyKind, length: usize) {
        let what = &self.what;
        let response = self.response();
        assert_eq!(response.status, status, "{what}: status");
        assert_eq!(response.body.len(), length, "{what}: bytes of the body");
        assert_eq!(
            response.header("content-length"),
            Some(length.to_string().as_str()),
            "{what}: announced length"
        );
        assert_eq!(self.logged.answer.status, Some(status), "{what}: log");
        assert_eq!(self.logged.answer.body, kind, "{what}: kind in the log");
    }
}

/// Plays an answer for every transport over http and https, each in a case of its own, and looks.
async fn each(answer: Answer, look: impl Fn(&Shape, &Outcome)) {
    let net = Net::new().await;
    for scheme in ["http", "https"] {
        for shape in &SHAPES {
            let outcome = play(&net, scheme, shape, endpoint(answer.clone())).await;
            assert_eq!(
                outcome.logged.transport,
                Some(shape.transport),
                "{}: the transport shows in the request",
                outcome.what
            );
            look(shape, &outcome);
        }
    }
}

async fn play(net: &Net, scheme: &str, shape: &Shape, endpoint: Endpoint) -> Outcome {
    let case = net.open(vec![endpoint]);
    let mut conversation = net.client.connect(scheme, &case.host(HOST)).await;
    let origin = case.host(ORIGIN);
    let body = case.host(shape.body);
    conversation
        .send(
            shape.method,
            shape.target,
            // The world keeps connections; the client says that it does not want to.
            &[("Origin", &origin), ("Connection", "close")],
            &body,
        )
        .await;
    let (bytes, end) = conversation.until_end().await;
    let logged = case.only_request().await;
    Outcome {
        what: format!("{scheme} {:?}", shape.transport),
        bytes,
        end,
        logged,
        case,
    }
}

#[tokio::test]
async fn without_a_fault_a_collection_server_answers() {
    each(Answer::default(), |shape, outcome| {
        let (kind, length) = shape.conforming;
        outcome.assert_whole(200, kind, length);
        outcome.assert_end(End::Fin, WireEnd::Complete, None);
        let response = outcome.response();
        let origin = outcome.case.host(ORIGIN);
        assert_eq!(
            response.header("access-control-allow-origin"),
            Some(origin.as_str())
        );
        assert_eq!(
            response.header("access-control-allow-credentials"),
            Some("true")
        );
        let logged = &outcome.logged;
        assert!(logged.answer.readable, "the page may read it");
        assert_eq!(logged.host, HOST, "hosts are turned back");
        assert_eq!(logged.body, shape.body, "bodies are turned back");
        assert_eq!(logged.target, shape.target);
        assert_eq!(
            (logged.purpose, logged.arrival),
            (Purpose::Tracking, Some(1))
        );
        assert!(
            logged.headers.contains(&("origin".into(), ORIGIN.into())),
            "headers are turned back: {:?}",
            logged.headers
        );
    })
    .await;
}

#[tokio::test]
async fn a_status_comes_with_html_unless_the_scenario_says_what_comes() {
    each(status(404), |_, outcome| {
        let length = outcome.response().body.len();
        outcome.assert_whole(404, BodyKind::Html, length);
        outcome.assert_end(End::Fin, WireEnd::Complete, Some(Fault::Status));
    })
    .await;
    each(fault(Fault::Status), |_, outcome| {
        let length = outcome.response().body.len();
        outcome.assert_whole(500, BodyKind::Html, length);
    })
    .await;
    let with_image = Answer {
        body: Some("image".into()),
        ..status(404)
    };
    each(with_image, |_, outcome| {
        outcome.assert_whole(404, BodyKind::Image, 43);
        outcome.assert_end(End::Fin, WireEnd::Complete, Some(Fault::Status));
    })
    .await;
    let empty = Answer {
        body: Some(String::new()),
        ..status(500)
    };
    each(empty, |_, outcome| {
        outcome.assert_whole(500, BodyKind::Empty, 0);
    })
    .await;
}

#[tokio::test]
async fn a_good_status_of_its_own_keeps_the_conforming_body() {
    each(status(202), |shape, outcome| {
        let (kind, length) = shape.conforming;
        outcome.assert_whole(202, kind, length);
        outcome.assert_end(End::Fin, WireEnd::Complete, None);
    })
    .await;
    each(status(204), |_, outcome| {
        assert!(
            outcome.response().body.is_empty(),
            "204 has no body: {:?}",
            outcome.response()
        );
        outcome.assert_end(End::Fin, WireEnd::Complete, None);
    })
    .await;
}

#[tokio::test]
async fn a_reset_is_a_rst_without_a_byte() {
    each(fault(Fault::Reset), |_, outcome| {
        assert_eq!(outcome.bytes, b"", "{}: bytes", outcome.what);
        outcome.assert_end(End::Rst, WireEnd::Reset, Some(Fault::Reset));
        assert_eq!(outcome.logged.answer.status, None, "no head was sent");
    })
    .await;
}

#[tokio::test]
async fn a_close_is_a_fin_without_a_byte() {
    each(fault(Fault::Close), |_, outcome| {
        assert_eq!(outcome.bytes, b"", "{}: bytes", outcome.what);
        outcome.assert_end(End::Fin, WireEnd::Closed, Some(Fault::Close));
        assert_eq!(outcome.logged.answer.status, None, "no head was sent");
    })
    .await;
}

#[tokio::test]
async fn a_truncated_answer_has_a_whole_head_and_a_fin_in_the_body() {
    each(fault(Fault::Truncate), |shape, outcome| {
        let response = outcome.response();
        let (kind, length) = shape.conforming;
        assert_eq!(response.status, 200, "{}: status", outcome.what);
        assert_eq!(
            response.header("content-length"),
            Some(length.to_string().as_str()),
            "{}: the whole body is announced",
            outcome.what
        );
        assert_eq!(
            response.body.len(),
            8,
            "{}: too little to know an image's size, or to parse a script",
            outcome.what
        );
        assert_eq!(outcome.logged.answer.body, kind);
        outcome.assert_end(End::Fin, WireEnd::Truncated, Some(Fault::Truncate));
    })
    .await;
}

#[tokio::test]
async fn truncating_an_empty_answer_still_cuts_something_off() {
    let net = Net::new().await;
    let case = net.open(vec![endpoint(Answer {
        body: Some(String::new()),
        ..fault(Fault::Truncate)
    })]);
    let mut conversation = net.client.connect("http", &case.host(HOST)).await;
    conversation.send("GET", SHAPES[0].target, &[], "").await;
    let (bytes, end) = conversation.until_end().await;
    let (response, _) = parse_head(&bytes).unwrap();
    let announced: usize = response.header("content-length").unwrap().parse().unwrap();
    assert!(response.body.len() < announced, "{response:?}");
    assert_eq!(end, End::Fin);
}

#[tokio::test]
async fn a_wrong_type_is_a_good_answer_with_html() {
    each(fault(Fault::WrongType), |_, outcome| {
        let length = outcome.response().body.len();
        outcome.assert_whole(200, BodyKind::Html, length);
        assert!(
            outcome
                .response()
                .header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
        outcome.assert_end(End::Fin, WireEnd::Complete, Some(Fault::WrongType));
    })
    .await;
}

#[tokio::test]
async fn a_redirect_goes_to_the_fresh_name_and_is_logged_with_the_scenarios() {
    let location = "https://www.partner.test/b/ss/rsid/1/moved?from=shop.test";
    let answer = Answer {
        redirect: Some(location.into()),
        ..Answer::default()
    };
    each(answer, |_, outcome| {
        let response = outcome.response();
        assert_eq!(response.status, 302, "{}", outcome.what);
        let fresh = outcome.case.host(location);
        assert_eq!(response.header("location"), Some(fresh.as_str()));
        assert_eq!(outcome.logged.answer.location.as_deref(), Some(location));
        outcome.assert_end(End::Fin, WireEnd::Complete, None);
    })
    .await;
}

#[tokio::test]
async fn what_follows_a_redirect_belongs_to_its_hit_and_is_not_redirected_again() {
    let net = Net::new().await;
    for location in ["https://www.partner.test/b/ss/rsid/1/moved", "/b/ss/rsid/2"] {
        let case = net.open(vec![endpoint(Answer {
            redirect: Some(location.into()),
            ..Answer::default()
        })]);
        let host = case.host(HOST);
        let first = net.client.get("https", &host, SHAPES[0].target).await;
        let there = first.header("location").unwrap();
        let (host, target) = match there.strip_prefix("https://") {
            Some(rest) => rest.split_at(rest.find('/').unwrap()),
            None => (host.as_str(), there),
        };
        let second = net.client.get("https", host, target).await;
        assert_eq!(second.status, 200, "the redirect's target answers");
        let log = case.ended_log().await;
        let arrivals: Vec<_> = log.requests.iter().map(|request| request.arrival).collect();
        assert_eq!(arrivals, [Some(1), Some(1)], "one hit by way of {location}");
    }
}

#[tokio::test]
async fn headers_of_a_scenario_replace_the_conforming_ones() {
    let net = Net::new().await;
    let case = net.open(vec![endpoint(Answer {
        headers: vec![
            (
                "Access-Control-Allow-Origin".into(),
                "https://other.shop.test".into(),
            ),
            ("X-More".into(), "at shop.test".into()),
            ("Set-Cookie".into(), "a=1; Domain=shop.test".into()),
        ],
        ..Answer::default()
    })]);
    let mut conversation = net.client.connect("https", &case.host(HOST)).await;
    let origin = case.host(ORIGIN);
    conversation
        .send("POST", SHAPES[2].target, &[("Origin", &origin)], "AQB=1")
        .await;
    let response = conversation.response().await;
    let fresh = |text: &str| Some(case.host(text));
    let header = |name: &str| response.header(name).map(str::to_owned);
    assert_eq!(
        header("access-control-allow-origin"),
        fresh("https://other.shop.test")
    );
    assert_eq!(header("x-more"), fresh("at shop.test"));
    assert_eq!(header("set-cookie"), fresh("a=1; Domain=shop.test"));
    assert!(
        !case.only_request().await.answer.readable,
        "an answer for another origin is hidden from the page"
    );
}

#[tokio::test]
async fn a_header_that_http_does_not_allow_cuts_the_connection_and_is_logged_so() {
    let net = Net::new().await;
    let case = net.open(vec![endpoint(Answer {
        headers: vec![("not a name".into(), "x".into())],
        ..Answer::default()
    })]);
    let mut conversation = net.client.connect("http", &case.host(HOST)).await;
    conversation.send("GET", SHAPES[0].target, &[], "").await;
    let (bytes, _) = conversation.until_end().await;
    assert_eq!(bytes, b"", "nothing can go out");
    assert_eq!(case.only_request().await.answer.end, WireEnd::Closed);
}
