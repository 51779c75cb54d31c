//! The Web SDK's edge: what it answers to events, consent and questions for an identity.
//!
//! Shapes as Adobe's documentation of the Edge Network's API describes them: JSON with a list
//! `handle`; a new visitor gets an identity, which the page is told to keep as a cookie
//! (`state:store`) of the organisation that the datastream belongs to.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use bytes::Bytes;
use regex::Regex;
use serde_json::{Value, json};

use crate::scenario::{Action, Scenario, Value as Written};

use super::answer::{JSON_TYPE, Reply, header};
use super::tracking::{parameter, split};

/// Digits of an Experience Cloud id.
const ECID_LENGTH: usize = 38;

/// Seconds that the cookies of identity, consent and location are kept.
const IDENTITY_AGE: u32 = 34_128_000;
const CONSENT_AGE: u32 = 15_552_000;
const LOCATION_AGE: u32 = 1_800;

/// The edge's own place, which later requests name in their path.
const LOCATION: &str = "irl1";

/// Which organisation a datastream belongs to: Adobe's edge knows, the closed world learns it from
/// the scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organisations {
    /// Datastream (where the scenario says it) and organisation, in the order of the scenario.
    known: Vec<(Option<String>, String)>,
}

impl Organisations {
    /// Those of the scenario's trackers, then those that its pages and steps name (`…@AdobeOrg`).
    pub fn of(scenario: &Scenario) -> Organisations {
        let mut known = Vec::new();
        let text = |tracker: &crate::scenario::Tracker, name: &str| {
            let mut variables = tracker.variables.iter();
            variables.find_map(|(variable, value)| match value {
                Written::Text(text) if variable == name => Some(text.clone()),
                _ => None,
            })
        };
        for tracker in &scenario.trackers {
            if let Some(organisation) = text(tracker, "orgId") {
                known.push((text(tracker, "datastreamId"), organisation));
            }
        }
        for code in code_of(scenario) {
            for organisation in named_in(code) {
                if !known.iter().any(|(_, other)| *other == organisation) {
                    known.push((None, organisation));
                }
            }
        }
        Organisations { known }
    }

    /// The organisation of a datastream; of one that no tracker names, the first that fits.
    fn of_datastream(&self, datastream: &str) -> Option<&str> {
        let own = |(of, _): &&(Option<String>, String)| of.as_deref() == Some(datastream);
        let unbound = |(of, _): &&(Option<String>, String)| of.is_none();
        let mut known = self.known.iter();
        let found = known
            .find(own)
            .or_else(|| self.known.iter().find(unbound))
            .or_else(|| self.known.first());
        found.map(|(_, organisation)| organisation.as_str())
    }
}

fn code_of(scenario: &Scenario) -> impl Iterator<Item = &str> {
    let page = &scenario.page;
    let steps = scenario.steps.iter().filter_map(|step| match &step.action {
        Action::Run { code, .. } => Some(code.code.as_str()),
        _ => None,
    });
    [page.head.as_str(), page.body.as_str()]
        .into_iter()
        .chain(page.html.as_deref())
        .chain(steps)
}

static ORGANISATION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[\w-]+@AdobeOrg").ok());

fn named_in(code: &str) -> Vec<String> {
    let Some(pattern) = ORGANISATION.as_ref() else {
        return Vec::new();
    };
    let found = pattern.find_iter(code);
    found.map(|found| found.as_str().to_owned()).collect()
}

/// A request as the edge reads it; texts have the scenario's names.
#[derive(Clone, Copy, Debug)]
pub(super) struct EdgeRequest<'r> {
    /// Path and query.
    pub target: &'r str,
    /// Header fields, names in lower case.
    pub headers: &'r [(String, String)],
    /// Its body.
    pub body: &'r str,
}

/// Whether the edge serves this path beside events: consent and identity.
pub(super) fn is_service(target: &str) -> bool {
    let (path, _) = split(target);
    path.ends_with("/v1/privacy/set-consent") || path.ends_with("/v1/identity/acquire")
}

/// The conforming answer.
pub(super) fn answer(organisations: &Organisations, request: &EdgeRequest) -> Reply {
    let (path, query) = split(request.target);
    if path.ends_with("/v1/collect") {
        return Reply::empty(204);
    }
    let asked: Value = serde_json::from_str(request.body).unwrap_or_default();
    let datastream = parameter(query, "configId").unwrap_or_default();
    let organisation = organisations.of_datastream(datastream);
    let known = organisation.and_then(|name| known_identity(name, request, &asked));
    let ecid = known.unwrap_or_else(new_ecid);
    let mut handle = Vec::new();
    if asks_for_identity(&asked) {
        let payload = json!([{ "id": ecid, "namespace": { "code": "ECID" } }]);
        handle.push(json!({ "type": "identity:result", "payload": payload }));
    }
    handle.push(json!({
        "type": "locationHint:result",
        "payload": [{ "scope": "EdgeNetwork", "hint": LOCATION, "ttlSeconds": LOCATION_AGE }],
    }));
    if let Some(organisation) = organisation {
        let payload = state(organisation, &ecid, &asked);
        handle.push(json!({ "type": "state:store", "payload": payload }));
    }
    let id = parameter(query, "requestId").unwrap_or_default();
    let mut reply = Reply::empty(200);
    reply.set_body(
        JSON_TYPE,
        Bytes::from(json!({ "requestId": id, "handle": handle }).to_string()),
    );
    reply
}

/// What pages of another origin may read beside the body.
pub(super) const EXPOSED: &str = "Retry-After, X-Adobe-Edge, X-Request-ID";

/// The cookies that the page is told to keep.
fn state(organisation: &str, ecid: &str, asked: &Value) -> Vec<Value> {
    let cookie = |name: &str, value: String, age: u32| json!({ "key": cookie_name(organisation, name), "value": value, "maxAge": age });
    let mut state = vec![
        cookie("cluster", LOCATION.to_owned(), LOCATION_AGE),
        cookie("identity", identity(ecid), IDENTITY_AGE),
    ];
    if let Some(general) = consent(asked) {
        state.push(cookie("consent", format!("general={general}"), CONSENT_AGE));
    }
    state
}

/// `kndctr_<organisation with _ for @>_<name>`
fn cookie_name(organisation: &str, name: &str) -> String {
    format!("kndctr_{}_{name}", organisation.replacen('@', "_", 1))
}

/// `in` or `out`, where the request sets the general consent.
fn consent(asked: &Value) -> Option<&'static str> {
    let given = asked.get("consent")?.as_array()?.iter().rev();
    given
        .filter_map(|one| one.pointer("/value/general")?.as_str())
        .find_map(|value| match value {
            "in" => Some("in"),
            "out" => Some("out"),
            _ => None,
        })
}

fn asks_for_identity(asked: &Value) -> bool {
    let fetch = asked.pointer("/query/identity/fetch");
    fetch
        .and_then(Value::as_array)
        .is_some_and(|namespaces| namespaces.iter().any(|name| name == "ECID"))
}

/// The visitor that the request names: in a cookie that came along, or in the state that a page of
/// another site passes on.
fn known_identity(organisation: &str, request: &EdgeRequest, asked: &Value) -> Option<String> {
    let name = cookie_name(organisation, "identity");
    let cookies = header(request.headers, "cookie").unwrap_or_default();
    let in_cookie = cookies
        .split("; ")
        .filter_map(|cookie| cookie.split_once('='))
        .find_map(|(other, value)| (other == name).then_some(value));
    let entries = asked
        .pointer("/meta/state/entries")
        .and_then(Value::as_array);
    let in_state = entries.into_iter().flatten().find_map(|entry| {
        let is_it = entry.get("key")?.as_str()? == name;
        is_it.then(|| entry.get("value")?.as_str()).flatten()
    });
    ecid_of(in_cookie.or(in_state)?)
}

fn new_ecid() -> String {
    (0..ECID_LENGTH)
        .map(|_| char::from(b'0' + fastrand::u8(0..10)))
        .collect()
}

/// An identity as its cookie holds it: a protobuf message whose first field is the id.
fn identity(ecid: &str) -> String {
    const FIRST_FIELD_TEXT: u8 = 0x0a;
    let length = u8::try_from(ecid.len()).unwrap_or(0);
    let mut message = vec![FIRST_FIELD_TEXT, length];
    message.extend_from_slice(ecid.as_bytes());
    URL_SAFE.encode(message)
}

fn ecid_of(cookie: &str) -> Option<String> {
    let cookie = cookie.replace("%3D", "=").replace("%3d", "=");
    let message = URL_SAFE.decode(cookie).ok()?;
    let ecid = message.get(2..2 + usize::from(*message.get(1)?))?;
    String::from_utf8(ecid.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Location, Tracker};
    use proptest::prelude::*;

    fn organisations() -> Organisations {
        Organisations {
            known: vec![
                (Some("stream".into()), "A1@AdobeOrg".into()),
                (None, "B2@AdobeOrg".into()),
            ],
        }
    }

    fn answered(target: &str, cookie: &str, body: &Value) -> Value {
        let headers = [("cookie".to_owned(), cookie.to_owned())];
        let request = EdgeRequest {
            target,
            headers: &headers,
            body: &body.to_string(),
        };
        serde_json::from_slice(&answer(&organisations(), &request).body).unwrap()
    }

    fn payload<'a>(answer: &'a Value, kind: &str) -> Vec<&'a Value> {
        let handles = answer["handle"].as_array().unwrap().iter();
        let of_kind = handles.filter(|handle| handle["type"] == kind);
        of_kind
            .flat_map(|handle| handle["payload"].as_array().unwrap())
            .collect()
    }

    fn stored(answer: &Value, key: &str) -> String {
        let found = payload(answer, "state:store");
        let entry = found.iter().find(|entry| entry["key"] == key);
        let entry = entry.unwrap_or_else(|| panic!("{key} is not in {found:?}"));
        entry["value"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_new_visitor_gets_an_identity_of_the_datastreams_organisation() {
        let query = json!({ "query": { "identity": { "fetch": ["ECID"] } } });
        let target = "/ee/v1/interact?configId=stream&requestId=a%22b";
        let answer = answered(target, "", &query);
        assert_eq!(answer["requestId"], "a%22b", "the request's id comes back");
        let ecid = payload(&answer, "identity:result")[0]["id"]
            .as_str()
            .unwrap();
        assert_eq!(ecid.len(), ECID_LENGTH);
        assert!(ecid.bytes().all(|digit| digit.is_ascii_digit()));
        let cookie = stored(&answer, "kndctr_A1_AdobeOrg_identity");
        assert_eq!(
            ecid_of(&cookie).as_deref(),
            Some(ecid),
            "the cookie names the same visitor"
        );
        assert_eq!(stored(&answer, "kndctr_A1_AdobeOrg_cluster"), LOCATION);
    }

    #[test]
    fn a_datastream_that_no_tracker_names_belongs_to_what_the_page_names() {
        let answer = answered("/ee/v1/interact?configId=other&requestId=1", "", &json!({}));
        stored(&answer, "kndctr_B2_AdobeOrg_identity");
    }

    #[test]
    fn a_visitor_keeps_the_identity_that_a_cookie_or_the_state_names() {
        let value = identity(&"7".repeat(ECID_LENGTH));
        let target = "/ee/v1/interact?configId=stream&requestId=1";
        let cookie = format!(
            "x=1; kndctr_A1_AdobeOrg_identity={}",
            value.replace('=', "%3D")
        );
        let entries = json!([{ "key": "kndctr_A1_AdobeOrg_identity", "value": value }]);
        for (cookie, body) in [
            (cookie.as_str(), json!({})),
            ("", json!({ "meta": { "state": { "entries": entries } } })),
        ] {
            let answer = answered(target, cookie, &body);
            let stored = stored(&answer, "kndctr_A1_AdobeOrg_identity");
            assert_eq!(
                stored, value,
                "with the cookie {cookie:?} and the body {body}"
            );
        }
    }

    #[test]
    fn consent_is_kept_as_it_was_given() {
        let given = json!([
            { "standard": "Adobe", "version": "1.0", "value": { "general": "out" } },
        ]);
        let target = "/ee/v1/privacy/set-consent?configId=stream&requestId=1";
        let answer = answered(target, "", &json!({ "consent": given }));
        assert_eq!(stored(&answer, "kndctr_A1_AdobeOrg_consent"), "general=out");
    }

    #[test]
    fn collect_is_answered_with_no_content() {
        let request = EdgeRequest {
            target: "/ee/v1/collect?configId=stream&requestId=1",
            headers: &[],
            body: "{}",
        };
        assert_eq!(answer(&organisations(), &request), Reply::empty(204));
    }

    #[test]
    fn without_an_organisation_no_cookie_can_be_named() {
        let request = EdgeRequest {
            target: "/ee/v1/interact?configId=stream&requestId=1",
            headers: &[],
            body: "no json",
        };
        let reply = answer(&Organisations::default(), &request);
        let answer: Value = serde_json::from_slice(&reply.body).unwrap();
        assert!(payload(&answer, "state:store").is_empty());
    }

    #[test]
    fn organisations_are_those_of_trackers_and_of_code() {
        let at = Location {
            file: "x.toml".into(),
            line: 1,
            column: 1,
        };
        let url = url::Url::parse("https://www.shop.test/").unwrap();
        let mut scenario = Scenario::new("x", url, at.clone());
        scenario.page.head = "<script>alloy('configure', { orgId: 'B2@AdobeOrg' })</script>".into();
        scenario.trackers.push(Tracker {
            instance: "alloy".into(),
            variables: vec![
                ("datastreamId".into(), Written::Text("stream".into())),
                ("orgId".into(), Written::Text("A1@AdobeOrg".into())),
            ],
            at,
        });
        assert_eq!(Organisations::of(&scenario), organisations());
    }

    proptest! {
        #[test]
        fn any_body_gets_an_answer(body in any::<String>()) {
            let request = EdgeRequest { target: "/ee/v1/interact?requestId=1", headers: &[], body: &body };
            prop_assert_eq!(answer(&organisations(), &request).status, 200);
        }

        #[test]
        fn any_cookie_can_be_read(cookie in any::<String>()) {
            if let Some(ecid) = ecid_of(&cookie) {
                prop_assert!(ecid.len() <= usize::from(u8::MAX));
            }
        }

        #[test]
        fn identities_survive_their_cookie(ecid in "[0-9]{38}") {
            prop_assert_eq!(ecid_of(&identity(&ecid)), Some(ecid));
        }
    }
}
