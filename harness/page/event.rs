//! What the probe reports: one JSON object an event, in the page's own order. The JavaScript side
//! is `probe.js`; a test in the real browser pins that both agree.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::scenario::{On, Transport};

/// A batch of events with the state of the document at its end.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    /// Id of the document; each HTML answer has its own.
    pub doc: String,
    /// Events since the last batch.
    pub events: Vec<PageEvent>,
    /// What is open in the document.
    pub state: DocState,
}

/// What is open in a document, as the probe accounts for it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct DocState {
    /// Number of the report that this stands in: a later one knows more.
    pub report: u32,
    /// Sequence number of the document's last event.
    pub seq: u32,
    /// `document.readyState`.
    pub ready: String,
    /// The set-up of the page ran (the last script of ours).
    pub assembled: bool,
    /// One-shot timers that have not run and are not polling.
    pub timers: Vec<String>,
    /// Requests handed over and not ended: `image https://…`.
    pub requests: Vec<String>,
    /// A navigation away was begun.
    pub leaving: bool,
    /// The document is hidden for good or parked (`pagehide`).
    pub gone: bool,
}

/// One event with its place in the document's order.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PageEvent {
    /// Sequence number within the document, from 1, without gaps.
    pub seq: u32,
    /// Milliseconds since the document's time origin (for people and timelines; no law reads it).
    pub at: f64,
    /// Number of the macrotask within the document in which it happened (0: unknown). Events of one
    /// task always share it; two tasks may share one where the probe cannot tell them apart.
    #[serde(default)]
    pub task: u32,
    /// Innermost recorded call that was running (`Enter::id`), if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u32>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened in the page.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum What {
    /// The document began.
    Hello {
        /// Its address.
        url: String,
        /// `document.referrer`.
        referrer: String,
        /// It is the top document of its window.
        top: bool,
        /// `Date.getTimezoneOffset()`, minutes.
        timezone: i32,
        /// `screen.width`, `screen.height`, `innerWidth`, `innerHeight`, colour depth.
        window: [u32; 5],
        /// `Date.now()` in milliseconds.
        now: f64,
        /// `document.cookie`.
        cookies: String,
    },
    /// The document's window has another size than it had.
    Size {
        /// As in `Hello`.
        window: [u32; 5],
    },
    /// The build's script ran (or did not define what it should).
    Built {
        /// `appmeasurement` or `alloy`, where it was recognised.
        library: Option<String>,
        /// The version it reports.
        version: Option<String>,
        /// `navigator.sendBeacon` was there when it ran.
        #[serde(default)]
        beacon: Option<bool>,
    },
    /// A function was handed to `registerPreTrackCallback` or `registerPostTrackCallback`.
    Registered {
        /// Which of the two.
        on: On,
        /// Global name of the tracker (or `#n` for one without).
        tracker: String,
        /// Name of the callback of the scenario, if it is one.
        name: Option<String>,
        /// `typeof` the first argument.
        what: String,
        /// Extra arguments, as JSON.
        args: Vec<Value>,
    },
    /// A tracker without a name of its own got one.
    Named {
        /// What it was called so far: `#0`.
        was: String,
        /// Its global name.
        tracker: String,
    },
    /// A callback of the scenario was called.
    Called {
        /// Its name.
        name: String,
        /// All arguments, as JSON (text, numbers, lists, tables; others as `«typeof»`).
        args: Vec<Value>,
        /// Its body was not run, because `max_hits` was reached.
        capped: bool,
        /// The command ([`What::Command`]) whose promise it followed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<u32>,
    },
    /// The body of a callback was left (also by an exception); closes the innermost open `Called` of this name.
    Exited {
        /// Its name.
        name: String,
    },
    /// An instance of the Web SDK was given a command.
    Command {
        /// Number of the call within the document.
        id: u32,
        /// Global name of the instance.
        tracker: String,
        /// The command: `configure`, `sendEvent`, …
        method: String,
        /// What else it was given, as JSON.
        args: Vec<Value>,
    },
    /// The promise of a command was settled.
    Settled {
        /// The number of its `Command`.
        id: u32,
        /// It was fulfilled, not rejected.
        fulfilled: bool,
        /// The result or the error, as JSON.
        value: Value,
    },
    /// The Web SDK called a monitor (`__alloyMonitors`).
    Monitored {
        /// The monitor's documented name: `onBeforeCommand`, …
        hook: String,
        /// Global name of the instance.
        tracker: String,
        /// The command that it is about.
        method: Option<String>,
        /// The number of that command's `Command`, where its options tell.
        command: Option<u32>,
        /// Id of the request that it is about.
        request: Option<String>,
        /// Status of the answer.
        status: Option<u16>,
    },
    /// A method of a tracker was entered: `t`, `tl`, `clearVars`, `doPlugins`; of the Web SDK the
    /// callback `onBeforeEventSend`.
    Enter {
        /// Number of the call within the document.
        id: u32,
        /// Global name of the tracker.
        tracker: String,
        /// The method's documented name.
        method: String,
        /// Arguments, as JSON; elements as `«element»`.
        args: Vec<Value>,
        /// The tracker's documented switches and plain variables as they were: name → value.
        vars: serde_json::Map<String, Value>,
    },
    /// The method was left.
    Leave {
        /// The number of its `Enter`.
        id: u32,
        /// The exception that left it.
        threw: Option<String>,
        /// `typeof` what it returned; `false` where `onBeforeEventSend` returned just that.
        returned: String,
        /// As in `Enter`, afterwards.
        vars: serde_json::Map<String, Value>,
    },
    /// A URL was handed to the browser.
    Handed {
        /// Number within the document.
        id: u32,
        /// How.
        transport: Transport,
        /// Method.
        method: String,
        /// The URL, as it was handed over, resolved against the document.
        url: String,
        /// Body, if it is text.
        body: Option<String>,
        /// For beacons: what `sendBeacon` returned.
        accepted: Option<bool>,
    },
    /// A transport ended in the page's eyes.
    Ended {
        /// The number of its `Handed`.
        id: u32,
        /// `load`, `error`, `abort` or `timeout`.
        how: String,
        /// Status that the page could see.
        status: Option<u16>,
    },
    /// An exception that nobody caught, or a rejection that nobody handled.
    Uncaught {
        /// Message.
        message: String,
        /// Address of the script.
        file: String,
        /// Line, from 1 (0: unknown).
        line: u32,
        /// Column, from 1 (0: unknown).
        column: u32,
    },
    /// A console call.
    Console {
        /// `log`, `warn`, `error`, …
        level: String,
        /// Its arguments as text.
        text: String,
    },
    /// The page's policy blocked something.
    Policy {
        /// Effective directive.
        directive: String,
        /// Address that was blocked.
        blocked: String,
    },
    /// A step began.
    Step {
        /// Its number, from 1.
        n: u32,
    },
    /// A step's code ended.
    Stepped {
        /// Its number.
        n: u32,
        /// The exception out of it, as text.
        threw: Option<String>,
        /// Line of the exception within the step's code (0: unknown).
        line: u32,
        /// Column of it.
        column: u32,
    },
    /// A value that a step recorded.
    Value {
        /// Its name.
        name: String,
        /// As JSON.
        value: Value,
    },
    /// `document.cookie` at the end of the case.
    Cookies {
        /// Its text.
        text: String,
    },
    /// `pagehide`.
    Hide {
        /// The document may come back.
        persisted: bool,
    },
    /// `pageshow` of a document that came back.
    Show {},
}
