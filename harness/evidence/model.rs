//! The evidence of one case: everything observed, joined by hit.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::run::Cookie;
use crate::scenario::{Fault, On, Transport};

/// A place in the page's own order. Places of different documents cannot be compared: no law may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Place {
    /// Index of the document, in the order in which documents began.
    pub doc: usize,
    /// Sequence number of the event within the document.
    pub seq: u32,
    /// Macrotask of the event within the document ([`crate::page::PageEvent::task`]; 0: unknown).
    pub task: u32,
}

impl Place {
    /// Whether this comes before `other`; `None` if they are of different documents.
    pub fn before(self, other: Place) -> Option<bool> {
        (self.doc == other.doc).then_some(self.seq < other.seq)
    }

    /// Whether both happened in one event turn; `None` if that cannot be told.
    pub fn same_task(self, other: Place) -> Option<bool> {
        (self.doc == other.doc && self.task > 0 && other.task > 0)
            .then_some(self.task == other.task)
    }
}

/// Everything observed in a case.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Evidence {
    /// Hits, numbered from 1 as the page made them (those only the wire saw come last).
    pub hits: Vec<Hit>,
    /// Runs of the scenario's callbacks, in order.
    pub calls: Vec<Call>,
    /// Registrations, in order.
    pub registrations: Vec<Registration>,
    /// Calls of trackers' methods (`t`, `tl`, `clearVars`, `doPlugins`), in order.
    pub invocations: Vec<Invocation>,
    /// What the Web SDK's monitors told, in order.
    pub monitored: Vec<Monitored>,
    /// Requests that are neither hits nor pages, in order of arrival.
    pub requests: Vec<OtherRequest>,
    /// Requests that were neither the case's nor tracking requests.
    pub stray: Vec<OtherRequest>,
    /// Values that steps recorded (the last of a name wins), with the step.
    pub values: BTreeMap<String, Recorded>,
    /// Console messages and uncaught errors, in order.
    pub console: Vec<ConsoleLine>,
    /// Cookies at the end.
    pub cookies: Vec<Cookie>,
    /// Documents.
    pub documents: Vec<Document>,
    /// Wall clock at the start and the end, milliseconds since 1970.
    pub span_ms: (f64, f64),
    /// Tracking calls reached `max_hits` and callbacks stopped running their body.
    pub capped: bool,
}

impl Evidence {
    /// The hit of this number.
    pub fn hit(&self, n: u32) -> Option<&Hit> {
        self.hits.iter().find(|hit| hit.n == n)
    }
}

/// One logical tracking request.
#[derive(Clone, Debug, Serialize)]
pub struct Hit {
    /// Number, from 1, in the order in which the page made them.
    pub n: u32,
    /// Global name of the tracker, where it is known.
    pub tracker: Option<String>,
    /// Step in which it was handed over (0: set-up).
    pub step: u32,
    /// Transport.
    pub transport: Transport,
    /// Method.
    pub method: String,
    /// The whole URL: as it was handed over, with a form body appended to the query (XHR).
    /// The shape in which the documentation knows it.
    pub url: String,
    /// Host.
    pub host: String,
    /// The part of the URL that names the hit: `s` and digits (AppMeasurement), the request id (Web SDK).
    pub key: String,
    /// Parameters of the query (and form body), decoded, in order; context data by their dotted name
    /// (`c.cart.id`); then the leaves of the Web SDK's body by their path (`events.0.xdm.eventType`).
    pub params: Vec<Param>,
    /// The body of a Web SDK request, where it is JSON.
    pub body: Option<Value>,
    /// The body that arrived was another one.
    pub body_changed: bool,
    /// Where the page handed it over; one a send. Empty: only the wire saw it.
    pub handed: Vec<Place>,
    /// Where the last send's transport ended in the page's eyes, and how.
    pub ended: Option<(Place, String)>,
    /// Callbacks called before it was handed over and after, as indexes into [`Evidence::calls`].
    pub calls: Vec<usize>,
    /// Ids of its wire requests, in order of arrival.
    pub wire: Vec<u32>,
    /// URL as it arrived (with the form body appended), of its first wire request.
    pub arrived_url: Option<String>,
    /// Its outcome, decided on the wire.
    pub outcome: Outcome,
    /// The fault that it met.
    pub fault: Option<Fault>,
    /// How often the library handed it over.
    pub sends: u32,
    /// How often the browser put it on the wire.
    pub attempts: u32,
    /// What `sendBeacon` returned.
    pub accepted: Option<bool>,
    /// It was handed over with a body; the query of `url` holds what stood in it.
    pub has_body: bool,
    /// It was handed over only after the case was over.
    pub late: bool,
}

impl Hit {
    /// The decoded value of a parameter by its short name (`v1`, `pageName`, `c.cart.id`).
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|param| param.name == name)
            .map(|param| param.value.as_str())
    }
}

/// One parameter of a hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Param {
    /// Name in the request: `v1`.
    pub name: String,
    /// Adobe's name of the variable (`eVar1`), where it has one of its own.
    pub variable: Option<String>,
    /// Decoded value.
    pub value: String,
}

/// What became of a hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A complete 2xx answer with the body that the transport expects.
    Delivered,
    /// No complete answer, 4xx or 5xx, or never on the wire because of a host's state or a policy.
    Failed,
    /// The documentation leaves it open; why, in a few words.
    Undecided(String),
}

impl Outcome {
    /// The name in results, checks and snapshots.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Delivered => "delivered",
            Outcome::Failed => "failed",
            Outcome::Undecided(_) => "undecided",
        }
    }
}

/// One run of a scenario's callback.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// The callback's name.
    pub name: String,
    /// The list it ran from, where the registrations tell (`None`: called by the scenario itself).
    pub on: Option<On>,
    /// All its arguments.
    pub args: Vec<Value>,
    /// The hit whose URL is its first argument.
    pub hit: Option<u32>,
    /// Where.
    pub place: Place,
    /// Step in which it ran.
    pub step: u32,
    /// Innermost invocation of a tracker's method that was running, as an index into [`Evidence::invocations`].
    pub within: Option<usize>,
    /// The command whose promise it followed, as an index into [`Evidence::invocations`].
    pub of: Option<usize>,
    /// Its body was not run because of `max_hits`.
    pub capped: bool,
    /// It ran only after the case was over.
    pub late: bool,
}

/// One registration.
#[derive(Clone, Debug, Serialize)]
pub struct Registration {
    /// `Pre` or `Post`.
    pub on: On,
    /// The tracker's global name.
    pub tracker: String,
    /// The callback's name, if it is one of the scenario's.
    pub name: Option<String>,
    /// `typeof` what was registered.
    pub what: String,
    /// Extra arguments.
    pub args: Vec<Value>,
    /// Where.
    pub place: Place,
    /// Step.
    pub step: u32,
}

/// What became of the promise of a command.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Promised {
    /// Nothing yet.
    Pending,
    /// It was fulfilled with this result.
    Fulfilled(Value),
    /// It was rejected with this error.
    Rejected(Value),
}

/// A call of a Web SDK monitor (`__alloyMonitors`).
#[derive(Clone, Debug, Serialize)]
pub struct Monitored {
    /// Its documented name: `onBeforeCommand`, `onNetworkResponse`, …
    pub hook: String,
    /// The instance's global name.
    pub tracker: String,
    /// The command that it is about.
    pub method: Option<String>,
    /// That command, as an index into [`Evidence::invocations`], where its options tell.
    pub command: Option<usize>,
    /// Id of the request that it is about.
    pub request: Option<String>,
    /// Where.
    pub place: Place,
    /// It was called only after the case was over.
    pub late: bool,
}

/// One call of a tracker's method, or one command that an instance of the Web SDK was given.
#[derive(Clone, Debug, Serialize)]
pub struct Invocation {
    /// The tracker's global name.
    pub tracker: String,
    /// `t`, `tl`, `clearVars`, `doPlugins`; `sendEvent` and other commands; `onBeforeEventSend`.
    pub method: String,
    /// Arguments.
    pub args: Vec<Value>,
    /// The tracker's variables when it was entered.
    pub before: serde_json::Map<String, Value>,
    /// The tracker's variables when it was left; `None`: it never was.
    pub after: Option<serde_json::Map<String, Value>>,
    /// The exception that left it.
    pub threw: Option<String>,
    /// `typeof` what it returned; `false` where `onBeforeEventSend` returned just that.
    pub returned: Option<String>,
    /// What became of the promise that a command returned; `None`: it is no command, or it returned none.
    pub promise: Option<Promised>,
    /// Where it was entered.
    pub entered: Place,
    /// Where it was left; of a command, where its promise was settled.
    pub left: Option<Place>,
    /// Step.
    pub step: u32,
    /// The invocation that it ran within, as an index.
    pub within: Option<usize>,
    /// The callback run (index into [`Evidence::calls`]) whose body made it, if one did.
    pub from_callback: Option<usize>,
    /// The hit that it compiled, where that can be told (pre call or handing over within it).
    pub hit: Option<u32>,
    /// It was entered only after the case was over.
    pub late: bool,
}

/// A request that is no hit.
#[derive(Clone, Debug, Serialize)]
pub struct OtherRequest {
    /// Method.
    pub method: String,
    /// Address.
    pub url: String,
    /// Body.
    pub body: String,
    /// Status that was answered.
    pub status: Option<u16>,
}

/// A value that a step recorded.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    /// As JSON.
    pub value: Value,
    /// The step.
    pub step: u32,
}

/// A console message or an uncaught error.
#[derive(Clone, Debug, Serialize)]
pub struct ConsoleLine {
    /// `log`, `warn`, …, or `uncaught`.
    pub level: String,
    /// Text.
    pub text: String,
    /// Where.
    pub place: Place,
    /// Step.
    pub step: u32,
}

/// A document of the case.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Its address.
    pub url: String,
    /// It was the top document.
    pub top: bool,
    /// Minutes of `Date.getTimezoneOffset()`.
    pub timezone: i32,
    /// `screen.width`, `screen.height`, `innerWidth`, `innerHeight`, colour depth: each size that it had.
    pub windows: Vec<[u32; 5]>,
    /// Library and version that the build reported in it.
    pub built: Option<(String, String)>,
    /// `navigator.sendBeacon` was there when the build ran; `None`: unknown.
    pub beacon: Option<bool>,
    /// Where it was hidden.
    pub hidden: Option<Place>,
}
