//! Faults and host states in the real browser: what the sockets did, what the page saw of it, and
//! what the evidence makes of it, for each row of the real `failure/matrix`.

#![expect(clippy::panic, reason = "helpers of tests may panic like tests")]

mod common;

use std::fmt::Write as _;

use common::{Ended, chosen, default_build, real_suite, run_with};
use posttrack::scenario::{Fault, HostState, Transport};
use posttrack::world::WireEnd;

const TRANSPORTS: [Transport; 4] = [
    Transport::Image,
    Transport::Beacon,
    Transport::Xhr,
    Transport::Script,
];

/// What is to be seen of one thing that the network does, in the order of [`TRANSPORTS`].
struct Row {
    name: &'static str,
    wire: Wire,
    /// How the transport ends in the page's eyes. A page never sees the end of a beacon.
    ended: [Option<&'static str>; 4],
    outcome: [&'static str; 4],
    fault: Option<Fault>,
}

/// What happens to a hit on the wire.
#[derive(Debug, PartialEq)]
enum Wire {
    /// One or more requests got these answers: status and end. The browser's own repetitions of a
    /// request, which get the same answer again, count once.
    Answered(Vec<(Option<u16>, WireEnd)>),
    /// A request arrived and was not answered before the case was over.
    Held,
    /// No request arrived, for the host let no connection through.
    Refused(HostState),
    /// The browser never tried.
    Nothing,
}

const FAILS: [&str; 4] = ["failed"; 4];
const ARRIVES: [&str; 4] = ["delivered"; 4];
const LOAD: [Option<&str>; 4] = [Some("load"), None, Some("load"), Some("load")];
const ERROR: [Option<&str>; 4] = [Some("error"), None, Some("error"), Some("error")];

fn rows() -> Vec<Row> {
    let answered = |status: Option<u16>, end| Wire::Answered(vec![(status, end)]);
    let complete = |status| answered(Some(status), WireEnd::Complete);
    let fails = |name, wire, ended, fault| Row {
        name,
        wire,
        ended,
        outcome: FAILS,
        fault: Some(fault),
    };
    // An XHR loads whatever its status is.
    let status = [Some("error"), None, Some("load"), Some("error")];
    vec![
        fails("status-404", complete(404), status, Fault::Status),
        // The image can be shown, and yet the hit was not recorded.
        fails(
            "status-404-image",
            complete(404),
            [Some("load"), None, Some("load"), Some("error")],
            Fault::Status,
        ),
        fails("status-500", complete(500), status, Fault::Status),
        fails("reset", answered(None, WireEnd::Reset), ERROR, Fault::Reset),
        fails(
            "close",
            answered(None, WireEnd::Closed),
            ERROR,
            Fault::Close,
        ),
        fails(
            "truncate",
            answered(Some(200), WireEnd::Truncated),
            ERROR,
            Fault::Truncate,
        ),
        fails("stall", Wire::Held, [None; 4], Fault::Stall),
        Row {
            name: "wrong-type",
            wire: complete(200),
            ended: status,
            outcome: ["undecided", "delivered", "delivered", "undecided"],
            fault: Some(Fault::WrongType),
        },
        fails(
            "refuse",
            Wire::Refused(HostState::Refuse),
            ERROR,
            Fault::Refuse,
        ),
        fails("dns", Wire::Refused(HostState::Dns), ERROR, Fault::Dns),
        fails("tls", Wire::Refused(HostState::Tls), ERROR, Fault::Tls),
        fails("csp", Wire::Nothing, ERROR, Fault::Policy),
        Row {
            name: "delay",
            wire: complete(200),
            ended: LOAD,
            outcome: ARRIVES,
            fault: None,
        },
        Row {
            name: "redirect",
            wire: Wire::Answered(vec![
                (Some(302), WireEnd::Complete),
                (Some(200), WireEnd::Complete),
            ]),
            ended: LOAD,
            outcome: ARRIVES,
            fault: None,
        },
    ]
}

#[test]
fn each_fault_and_host_state_is_a_real_thing_on_each_transport() {
    let suite = real_suite();
    let rows = rows();
    let scenarios = chosen(&suite, |name| name.starts_with("failure/matrix/"));
    assert_eq!(
        scenarios.len(),
        TRANSPORTS.len() * rows.len(),
        "every row of failure/matrix.toml has its line in this test"
    );
    let ran = run_with(scenarios, vec![default_build().clone()], Vec::new());
    let mut wrong = String::new();
    for row in &rows {
        for (index, transport) in TRANSPORTS.into_iter().enumerate() {
            let name = format!("failure/matrix/{}/{}", transport.name(), row.name);
            for difference in differences(row, index, ran.case(&name)) {
                writeln!(wrong, "{name}: {difference}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn differences(row: &Row, index: usize, ended: &Ended) -> Vec<String> {
    let evidence = ended.evidence();
    let [hit] = evidence.hits.as_slice() else {
        return vec![format!("expected one hit, found {}", evidence.hits.len())];
    };
    let arrived = matches!(row.wire, Wire::Answered(_) | Wire::Held);
    let page_saw = hit.ended.as_ref().map(|(_, how)| how.as_str());
    let mut found = Vec::new();
    let mut compare = |what: &str, expected: String, seen: String| {
        if expected != seen {
            found.push(format!("expected {what} {expected}, found {seen}"));
        }
    };
    compare(
        "transport",
        TRANSPORTS[index].name().to_owned(),
        hit.transport.name().to_owned(),
    );
    compare(
        "outcome",
        row.outcome[index].to_owned(),
        hit.outcome.name().to_owned(),
    );
    compare(
        "fault",
        format!("{:?}", row.fault),
        format!("{:?}", hit.fault),
    );
    compare(
        "on the wire",
        format!("{:?}", row.wire),
        format!("{:?}", wire(ended)),
    );
    compare(
        "requests",
        format!("{arrived}"),
        format!("{}", hit.attempts > 0),
    );
    compare("the library's sends", "1".to_owned(), hit.sends.to_string());
    compare(
        "the end in the page's eyes",
        format!("{:?}", row.ended[index]),
        format!("{page_saw:?}"),
    );
    found
}

/// What happened to the tracking requests of a case.
fn wire(ended: &Ended) -> Wire {
    let log = &ended.recording().wire;
    let evidence = ended.evidence();
    let mut answers: Vec<_> = log
        .requests
        .iter()
        .filter(|request| evidence.hits[0].wire.contains(&request.id))
        .map(|request| &request.answer)
        .collect();
    if answers
        .iter()
        .any(|answer| answer.late || answer.end == WireEnd::Open)
    {
        return Wire::Held;
    }
    answers.dedup_by_key(|answer| (answer.status, answer.end));
    if !answers.is_empty() {
        let answers = answers.iter().map(|answer| (answer.status, answer.end));
        return Wire::Answered(answers.collect());
    }
    let mut refusals = log.refusals.iter();
    match refusals.next() {
        Some(first) if refusals.all(|other| other.state == first.state) => {
            assert_eq!(first.host, "metrics.shop.test", "no other host is down");
            Wire::Refused(first.state)
        }
        Some(first) => panic!("refusals of several kinds, the first by {:?}", first.state),
        None => Wire::Nothing,
    }
}
