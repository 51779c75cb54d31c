//! The closed sets of words that scenario files are written with, and that results use too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The libraries that posttrack knows how to drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Library {
    /// AppMeasurement.
    Appmeasurement,
    /// The Web SDK.
    Alloy,
}

impl Library {
    /// All of them.
    pub const ALL: [Library; 2] = [Library::Appmeasurement, Library::Alloy];

    /// The name in scenario files, build names and results.
    pub fn name(self) -> &'static str {
        match self {
            Library::Appmeasurement => "appmeasurement",
            Library::Alloy => "alloy",
        }
    }
}

/// How a request leaves the page.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// An image element.
    Image,
    /// `navigator.sendBeacon`.
    Beacon,
    /// `XMLHttpRequest`.
    Xhr,
    /// A script element.
    Script,
    /// `fetch`.
    Fetch,
}

impl Transport {
    /// The name in scenario files and results.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Image => "image",
            Transport::Beacon => "beacon",
            Transport::Xhr => "xhr",
            Transport::Script => "script",
            Transport::Fetch => "fetch",
        }
    }
}

/// What goes wrong with an answer or a host; a real thing on the socket.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A complete answer with a status of 400 or more.
    Status,
    /// RST after the request was read.
    Reset,
    /// FIN before a byte of the answer.
    Close,
    /// FIN in the middle of the body.
    Truncate,
    /// No answer until the case ends.
    Stall,
    /// 200 with a body that the transport cannot use.
    WrongType,
    /// The host refuses connections (SOCKS reply 5).
    Refuse,
    /// The host's name does not resolve (SOCKS reply 4).
    Dns,
    /// The host's TLS handshake fails.
    Tls,
    /// A content security policy of the page blocks it (never written as a fault: `csp` is a page setting).
    Policy,
}

impl Fault {
    /// The name in scenario files and results.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Status => "status",
            Fault::Reset => "reset",
            Fault::Close => "close",
            Fault::Truncate => "truncate",
            Fault::Stall => "stall",
            Fault::WrongType => "wrong-type",
            Fault::Refuse => "refuse",
            Fault::Dns => "dns",
            Fault::Tls => "tls",
            Fault::Policy => "policy",
        }
    }
}

/// The state of a whole host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostState {
    /// Answers.
    #[default]
    Up,
    /// Refuses connections.
    Refuse,
    /// Its name does not resolve.
    Dns,
    /// Its TLS handshake fails.
    Tls,
}

impl HostState {
    /// The fault that requests to a host in this state meet.
    pub fn fault(self) -> Option<Fault> {
        match self {
            HostState::Up => None,
            HostState::Refuse => Some(Fault::Refuse),
            HostState::Dns => Some(Fault::Dns),
            HostState::Tls => Some(Fault::Tls),
        }
    }
}

/// When a callback function is registered for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// `registerPreTrackCallback`.
    Pre,
    /// `registerPostTrackCallback`.
    Post,
    /// `.then` of a step's promise.
    Then,
    /// `.catch` of a step's promise.
    Catch,
}

impl On {
    /// Its name in scenario files and results.
    pub fn name(self) -> &'static str {
        match self {
            On::Pre => "pre",
            On::Post => "post",
            On::Then => "then",
            On::Catch => "catch",
        }
    }
}
