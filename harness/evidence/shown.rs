//! What a case showed, as a document: results carry it, snapshots are its text, comparisons read it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::{Fault, On, Transport};

/// What a case showed. Volatile values are tokens (`«date»`, `«fid:1»`), equal values sharing one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Behaviour {
    /// Tracking calls did not end by themselves: they reached the scenario's `max_hits`. At most so
    /// many hits of each tracker are here; how many more there were is a matter of timing.
    #[serde(default)]
    pub capped: bool,
    /// Trackers, in the scenario's order, with their hits: trackers have independent queues.
    pub trackers: Vec<ShownTracker>,
    /// Calls without a hit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ShownCalls>,
    /// Values that steps recorded, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ShownValue>,
    /// Requests that are no hits, sorted as text: connections race.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<ShownRequest>,
    /// Uncaught errors, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncaught: Vec<String>,
    /// Console messages (`warn: …`), in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub console: Vec<String>,
    /// Requests to hosts outside of the case, which were refused; sorted, each once: browsers repeat them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strays: Vec<ShownRequest>,
    /// Cookies at the end, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<ShownCookie>,
}

/// A tracker's hits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShownTracker {
    /// Its global name, where it is known.
    pub tracker: Option<String>,
    /// Its hits, in the order of handing over.
    pub hits: Vec<ShownHit>,
}

/// A hit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShownHit {
    /// What texts call it: `hit 1`, with several trackers `hit 1 of b`.
    pub name: String,
    /// Number, from 1, among the tracker's.
    pub n: u32,
    /// Step in which it was handed over (0: set-up).
    pub step: u32,
    /// Transport.
    pub transport: Transport,
    /// Method.
    pub method: String,
    /// `delivered`, `failed` or `undecided`.
    pub outcome: String,
    /// Why it is undecided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecided: Option<String>,
    /// The fault that it met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// How often the library handed it over (0: only the wire saw it).
    pub sends: u32,
    /// `sendBeacon` returned false.
    #[serde(default)]
    pub refused: bool,
    /// Address up to its query.
    pub address: String,
    /// Address as it arrived, where that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived: Option<String>,
    /// AQB=1, ndh=1, pf=1 are its first parameters and AQE=1 is its last, which are then not listed; or
    /// it has neither AQB nor AQE.
    pub framed: bool,
    /// Parameters, in order; of a Web SDK request, those of its query and the leaves of its body by their
    /// path (`events.0.xdm.eventType`).
    pub params: Vec<ShownParam>,
    /// The body that arrived was another one.
    #[serde(default)]
    pub body_changed: bool,
    /// Its calls, by list and callback.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ShownCalls>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ShownParam {
    /// Name in the request: `v1`.
    pub name: String,
    /// Adobe's name of the variable (`eVar1`), where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// Decoded value, or the token that stands for it.
    pub value: String,
}

/// Calls of one callback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShownCalls {
    /// The list it ran from; absent: called by the scenario itself.
    pub on: Option<On>,
    /// Its name.
    pub name: String,
    /// Its calls, in order.
    pub runs: Vec<ShownRun>,
}

/// One call of a callback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShownRun {
    /// Arguments, as JSON or as a token.
    pub args: Vec<String>,
    /// Step in which it ran.
    pub step: u32,
    /// Place among all calls of the case.
    pub place: u32,
}

/// A value that a step recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShownValue {
    /// Its name.
    pub name: String,
    /// As JSON or as a token.
    pub value: String,
}

/// A request that is no hit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ShownRequest {
    /// Method.
    pub method: String,
    /// Address up to its query.
    pub address: String,
    /// Whether its parameters are framed, if they are those of a hit.
    pub framed: bool,
    /// Parameters, in order; the leaves of the body too, if the Web SDK made it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<ShownParam>,
    /// Body, where its leaves are no parameters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
}

/// A cookie at the end of the case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ShownCookie {
    /// Name.
    pub name: String,
    /// Domain and path, `Secure`, `HttpOnly`, and whether it outlives the session.
    pub attributes: String,
}
