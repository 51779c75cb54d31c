//! The Web SDK in the evidence: commands and their requests, bodies, outcomes, snapshots.

use serde_json::{Value, json};

use super::testing::{Case, scenario};
use super::{Evidence, Outcome, join, snapshot};
use crate::page::What;
use crate::scenario::{Library, Scenario, Transport};
use crate::world::{BodyKind, Purpose};

const REQUEST: &str = "0b1c2d3e-4f50-4a6b-8c7d-";

/// The id of the nth request.
fn id(n: u32) -> String {
    format!("{REQUEST}{n:012}")
}

fn url(n: u32, action: &str) -> String {
    format!(
        "https://edge.shop.test/ee/irl1/v1/{action}?configId=d&requestId={}",
        id(n)
    )
}

fn body(event: &str) -> Value {
    json!({
        "events": [{ "xdm": {
            "eventType": event,
            "timestamp": "2026-11-24T10:00:01.250Z",
            "implementationDetails": { "version": "2.33.1" },
        } }],
        "meta": { "queueTimeMillis": 3, "state": { "entries": [
            { "key": "kndctr_identity", "value": "CiY3Nzc3Nzc3Nzc3Nzc3Nzc3" },
        ] } },
    })
}

/// A page with the Web SDK, event by event.
struct Sdk {
    case: Case,
    commands: u32,
    task: u32,
}

impl Sdk {
    fn new() -> Sdk {
        let mut case = Case::new();
        case.event(What::Built {
            library: Some("alloy".into()),
            version: Some("2.33.1".into()),
            beacon: Some(true),
        });
        Sdk {
            case,
            commands: 0,
            task: 1,
        }
    }

    /// Events from here are of another turn.
    fn turn(&mut self) {
        self.task += 1;
        self.case.in_task(self.task);
    }

    fn give(&mut self, method: &str) -> u32 {
        self.commands += 1;
        self.case.event(What::Command {
            id: self.commands,
            tracker: "alloy".into(),
            method: method.into(),
            args: vec![json!({})],
        });
        self.commands
    }

    fn settle(&mut self, command: u32) {
        self.case.event(What::Settled {
            id: command,
            fulfilled: true,
            value: json!({ "propositions": [] }),
        });
    }

    fn hear(&mut self, hook: &str, request: u32) {
        self.case.event(What::Monitored {
            hook: hook.into(),
            tracker: "alloy".into(),
            method: None,
            command: None,
            request: Some(id(request)),
            status: None,
        });
    }

    fn hand_over(&mut self, request: u32, transport: Transport) {
        self.hear("onBeforeNetworkRequest", request);
        let action = match transport {
            Transport::Beacon => "collect",
            _ => "interact",
        };
        let text = body("view").to_string();
        let url = url(request, action);
        self.case.handed_with(transport, &url, Some(&text));
        let arrived = self.case.arrived(&url);
        arrived.method = "POST".into();
        arrived.body = text;
        arrived.answer.body = BodyKind::Json;
    }

    fn evidence(self) -> Evidence {
        join(&self.case.recording(), &sdk_scenario())
    }
}

fn sdk_scenario() -> Scenario {
    let mut scenario = scenario();
    scenario.library = Library::Alloy;
    scenario
}

fn hits_of_commands(evidence: &Evidence) -> Vec<Option<u32>> {
    let commands = evidence.invocations.iter();
    commands.map(|command| command.hit).collect()
}

#[test]
fn commands_belong_to_the_requests_that_ended_in_the_turn_in_which_they_were_settled() {
    let mut sdk = Sdk::new();
    sdk.case.in_task(1);
    let (one, two) = (sdk.give("sendEvent"), sdk.give("sendEvent"));
    sdk.hand_over(1, Transport::Fetch);
    sdk.hand_over(2, Transport::Fetch);
    // The second answer is there first.
    sdk.turn();
    sdk.hear("onNetworkResponse", 2);
    sdk.settle(two);
    sdk.turn();
    sdk.hear("onNetworkError", 1);
    sdk.settle(one);
    assert_eq!(hits_of_commands(&sdk.evidence()), [Some(1), Some(2)]);
}

#[test]
fn several_commands_of_one_turn_belong_to_requests_in_their_order() {
    let mut sdk = Sdk::new();
    sdk.turn();
    let (one, two) = (sdk.give("sendEvent"), sdk.give("sendEvent"));
    sdk.hand_over(1, Transport::Beacon);
    sdk.hand_over(2, Transport::Beacon);
    sdk.hear("onNetworkResponse", 1);
    sdk.hear("onNetworkResponse", 2);
    sdk.settle(one);
    sdk.settle(two);
    assert_eq!(hits_of_commands(&sdk.evidence()), [Some(1), Some(2)]);
}

#[test]
fn nothing_is_said_where_a_turn_leaves_it_open() {
    let mut sdk = Sdk::new();
    sdk.turn();
    let (cancelled, sent) = (sdk.give("sendEvent"), sdk.give("sendEvent"));
    sdk.hand_over(1, Transport::Beacon);
    sdk.hear("onNetworkResponse", 1);
    sdk.settle(cancelled);
    sdk.settle(sent);
    assert_eq!(
        hits_of_commands(&sdk.evidence()),
        [None, None],
        "one of two commands made the request, and nothing tells which"
    );
}

#[test]
fn what_is_left_belongs_together_if_it_is_one_of_each() {
    let mut sdk = Sdk::new();
    sdk.turn();
    sdk.give("sendEvent");
    sdk.give("getLibraryInfo");
    sdk.hand_over(1, Transport::Fetch);
    assert_eq!(
        hits_of_commands(&sdk.evidence()),
        [Some(1), None],
        "a request still under way"
    );
}

#[test]
fn a_function_that_followed_a_promise_ran_for_its_commands_hit() {
    let mut sdk = Sdk::new();
    sdk.turn();
    let command = sdk.give("sendEvent");
    sdk.hand_over(1, Transport::Fetch);
    sdk.turn();
    sdk.hear("onNetworkResponse", 1);
    sdk.settle(command);
    sdk.case.event(What::Called {
        name: "sent".into(),
        args: vec![json!({})],
        capped: false,
        of: Some(command),
    });
    let evidence = sdk.evidence();
    assert_eq!(evidence.calls[0].hit, Some(1));
    assert_eq!(evidence.hits[0].calls, [0]);
}

#[test]
fn an_answer_that_is_none_of_the_edges_leaves_a_fetch_undecided() {
    for (kind, expected) in [
        (BodyKind::Json, "delivered"),
        (BodyKind::Html, "undecided"),
        (BodyKind::Empty, "undecided"),
    ] {
        let mut sdk = Sdk::new();
        sdk.hand_over(1, Transport::Fetch);
        let mut recording = sdk.case.recording();
        recording.wire.requests[0].answer.body = kind;
        let evidence = join(&recording, &sdk_scenario());
        assert_eq!(evidence.hits[0].outcome.name(), expected, "{kind:?}");
    }
    let mut sdk = Sdk::new();
    sdk.hand_over(1, Transport::Beacon);
    let mut recording = sdk.case.recording();
    recording.wire.requests[0].answer.body = BodyKind::Empty;
    let evidence = join(&recording, &sdk_scenario());
    assert_eq!(
        evidence.hits[0].outcome,
        Outcome::Delivered,
        "nobody reads a beacon's answer"
    );
}

#[test]
fn a_beacon_that_was_refused_and_went_with_fetch_is_one_hit_of_two_sends() {
    let mut sdk = Sdk::new();
    let url = url(1, "collect");
    let text = body("view").to_string();
    sdk.case.event(What::Handed {
        id: 1,
        transport: Transport::Beacon,
        method: "POST".into(),
        url: url.clone(),
        body: Some(text.clone()),
        accepted: Some(false),
    });
    sdk.case.handed_with(Transport::Fetch, &url, Some(&text));
    let hit = sdk.evidence().hits.remove(0);
    assert_eq!(
        (hit.transport, hit.sends, hit.accepted),
        (Transport::Fetch, 2, Some(false))
    );
}

#[test]
fn the_snapshot_shows_bodies_leaf_by_leaf_and_errors_by_their_name() {
    let mut sdk = Sdk::new();
    sdk.turn();
    sdk.give("sendEvent");
    sdk.hand_over(1, Transport::Fetch);
    sdk.turn();
    sdk.hear("onNetworkResponse", 1);
    sdk.settle(1);
    for (of, args) in [
        (Some(1), json!([{ "b": 1, "a": id(1) }])),
        (
            None,
            json!([{ "«error»": "TypeError", "message": "worded by the browser" }]),
        ),
    ] {
        sdk.case.event(What::Called {
            name: "sent".into(),
            args: args.as_array().cloned().unwrap(),
            capped: false,
            of,
        });
    }
    let consent = format!(
        "https://edge.shop.test/ee/v1/privacy/set-consent?configId=d&requestId={}",
        id(2)
    );
    let request = sdk.case.request(&consent, Purpose::Other);
    request.method = "POST".into();
    request.body = json!({ "consent": [{ "version": "1.0" }] }).to_string();
    let text = snapshot(&sdk.evidence(), &sdk_scenario());
    let expected = "\
tracker alloy

hit 1  fetch POST  delivered
  https://edge.shop.test/ee/«edge»/v1/interact
    configId                                    d
    requestId                                   «request:1»
    events.0.xdm.eventType                      view
    events.0.xdm.timestamp                      «moment»
    events.0.xdm.implementationDetails.version  «version»
    meta.queueTimeMillis                        «queue-time»
    meta.state.entries.0.key                    kndctr_identity
    meta.state.entries.0.value                  «state:1»
  called sent
    {\"a\":\"«request:1»\",\"b\":1}

calls without a hit
  called sent
    «TypeError»

requests
  POST https://edge.shop.test/ee/v1/privacy/set-consent
    configId           d
    requestId          «request:2»
    consent.0.version  \"1.0\"
";
    assert_eq!(text, expected);
}

#[test]
fn a_value_that_is_not_of_this_run_is_marked() {
    let mut sdk = Sdk::new();
    let mut old = body("view");
    old["events"][0]["xdm"]["timestamp"] = json!("2020-01-01T00:00:00.000Z");
    old["events"][0]["xdm"]["implementationDetails"]["version"] = json!("2.0.0");
    let url = url(1, "interact");
    sdk.case
        .handed_with(Transport::Fetch, &url, Some(&old.to_string()));
    let text = snapshot(&sdk.evidence(), &sdk_scenario());
    for mark in ["«!moment: 2020-01-01T00:00:00.000Z»", "«!version: 2.0.0»"] {
        assert!(text.contains(mark), "{mark} is not in\n{text}");
    }
}

#[test]
fn a_body_that_changed_on_its_way_is_shown() {
    let mut sdk = Sdk::new();
    sdk.hand_over(1, Transport::Fetch);
    let mut recording = sdk.case.recording();
    recording.wire.requests[0].body = body("other").to_string();
    let scenario = sdk_scenario();
    let text = snapshot(&join(&recording, &scenario), &scenario);
    assert!(
        text.contains("«!the body that arrived is another one»"),
        "{text}"
    );
}
