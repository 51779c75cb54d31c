//! What a scenario says, after `use` and `vary` were resolved: one [`Scenario`] is one row, so
//! one scenario × build × browser is one case.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::{BuildFilter, Catalogue, Fault, HostState, Library, On, Transport};

/// Tracking calls of a case after which callbacks stop running their body, unless the scenario says otherwise.
pub(super) const MAX_HITS: u32 = 20;

/// A place in a file that an author wrote, 1-based; `file` is the path as it is shown to people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// Path as given on the command line or found below the scenarios folder.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// JavaScript out of a scenario, with the place of its first character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Js {
    /// The code, exactly as the page gets it.
    pub code: String,
    /// Where line 1, column 1 of `code` stands in the file.
    pub at: Location,
}

/// A value for the page: what TOML can write, or JavaScript that yields it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer or a float.
    Number(serde_json::Number),
    /// A boolean.
    Bool(bool),
    /// A list.
    List(Vec<Value>),
    /// A table, keys in the order of the file.
    Table(Vec<(String, Value)>),
    /// `{ js = "…" }`: an expression that the page evaluates.
    Js(Js),
}

/// Everything that was read from a scenarios folder.
#[derive(Debug)]
pub struct Suite {
    /// The folder, as given.
    pub dir: PathBuf,
    /// All rows of all files, by file path, then in the order of the file.
    pub scenarios: Vec<Scenario>,
    /// `requirements.toml`.
    pub catalogue: Catalogue,
    /// `deviations.toml`: deviations that any case may have.
    pub deviations: Vec<Deviation>,
    /// sha256 of `requirements.toml` and `deviations.toml`, by which all cases are judged, in hexadecimal.
    pub rules_sha256: String,
}

/// One row of a scenario file (a file without `vary` has one row).
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Path below the scenarios folder without extension, then the row: `failure/matrix/beacon/reset`.
    pub name: String,
    /// The same without the row: `failure/matrix`.
    pub file_name: String,
    /// sha256 of all files that it was read from, in hexadecimal.
    pub sha256: String,
    /// Where the scenario begins.
    pub at: Location,
    /// One sentence.
    pub title: String,
    /// Ids that each must get a verdict in every case of this scenario.
    pub requirements: Vec<(String, Location)>,
    /// For `--tag`.
    pub tags: Vec<String>,
    /// The library that it drives.
    pub library: Library,
    /// Builds it is for; `None` is all.
    pub builds: Option<BuildFilter>,
    /// Builds of which the documentation makes its claims: all of these must fit.
    pub documented: Vec<BuildFilter>,
    /// Browsers it is for (`firefox`, `chrome`, `webkit`); `None` is all.
    pub browsers: Option<Vec<String>>,
    /// Tracking calls after which callbacks stop running their body.
    pub max_hits: u32,
    /// The scenario (with its row) that does the same with the other library.
    pub same_as: Option<String>,
    /// The page.
    pub page: Page,
    /// Trackers that the harness sets up; empty: the page does it.
    pub trackers: Vec<Tracker>,
    /// Callback functions.
    pub callbacks: Vec<Callback>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What the network answers; the last that fits wins.
    pub endpoints: Vec<Endpoint>,
    /// Claims of its own.
    pub checks: Vec<Check>,
    /// Known violations of its own.
    pub deviations: Vec<Deviation>,
}

impl Scenario {
    /// A scenario of AppMeasurement that loads a page and does nothing.
    pub fn new(name: &str, url: url::Url, at: Location) -> Scenario {
        Scenario {
            name: name.to_owned(),
            file_name: name.to_owned(),
            sha256: String::new(),
            at,
            title: name.to_owned(),
            requirements: Vec::new(),
            tags: Vec::new(),
            library: Library::Appmeasurement,
            builds: None,
            documented: Vec::new(),
            browsers: None,
            max_hits: MAX_HITS,
            same_as: None,
            page: Page {
                url,
                head: String::new(),
                body: String::new(),
                html: None,
                csp: None,
            },
            trackers: Vec::new(),
            callbacks: Vec::new(),
            steps: Vec::new(),
            endpoints: Vec::new(),
            checks: Vec::new(),
            deviations: Vec::new(),
        }
    }
}

/// The page that is loaded first, and set-up that every page load of the case shares.
#[derive(Clone, Debug)]
pub struct Page {
    /// Absolute address.
    pub url: url::Url,
    /// HTML into `<head>`, before the build.
    pub head: String,
    /// HTML into `<body>`.
    pub body: String,
    /// A whole page instead (the text of the file), with `<script src="/build.js"></script>`.
    pub html: Option<String>,
    /// Content-Security-Policy of the page.
    pub csp: Option<String>,
}

/// A tracker (or Web SDK instance) that the harness sets up.
#[derive(Clone, Debug)]
pub struct Tracker {
    /// Its global name.
    pub instance: String,
    /// Variables (or options of `configure`), in the order of the file.
    pub variables: Vec<(String, Value)>,
    /// Where it stands.
    pub at: Location,
}

/// A global function whose calls are recorded.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The global function's name.
    pub name: String,
    /// What it is registered for at set-up; `None`: defined only.
    pub on: Option<On>,
    /// Extra arguments of the registration.
    pub args: Vec<Value>,
    /// Code that runs after the call was recorded.
    pub run: Option<Js>,
    /// The tracker it is registered with; `None`: the first.
    pub tracker: Option<String>,
    /// Where it stands.
    pub at: Location,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// CSS selector of the frame it happens in.
    pub frame: Option<String>,
    /// Where it stands.
    pub at: Location,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// JavaScript in the page's global scope.
    Run {
        /// The code.
        code: Js,
        /// Name under which its value is recorded.
        record: Option<String>,
        /// Text that the exception out of it must contain.
        throws: Option<String>,
    },
    /// A trusted click on the element of this CSS selector.
    Click(String),
    /// A page load: an address, absolute or from the root of the current page.
    Goto(String),
    /// Back in history.
    Back,
    /// Load again.
    Reload,
    /// Let held answers of this name go.
    Release(String),
    /// Milliseconds of page time.
    Wait(u64),
    /// Changes the state of a host.
    Network {
        /// The host as the scenario names it.
        host: String,
        /// Its new state.
        state: HostState,
    },
}

/// What the network does with some requests.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Host as the scenario names it; `None`: every host.
    pub host: Option<String>,
    /// Path pattern, `*` for any characters; `None`: tracking requests.
    pub path: Option<String>,
    /// Only requests of this transport.
    pub transport: Option<Transport>,
    /// Only these hits, in order of arrival, from 1; empty: all.
    pub hits: Vec<u32>,
    /// Only these sends of one hit, from 1; empty: all.
    pub sends: Vec<u32>,
    /// What is answered.
    pub answer: Answer,
    /// Where it stands.
    pub at: Location,
}

/// An answer; what is absent conforms.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// A fault (host faults only where the endpoint names nothing but a host).
    pub fault: Option<Fault>,
    /// Status code.
    pub status: Option<u16>,
    /// `"image"`: the collection server's image; `""`: no body; otherwise the text itself.
    pub body: Option<String>,
    /// An HTML page: the probe and the set-up are put in like in the first page.
    pub html: Option<String>,
    /// Location of a redirect (status 302 unless `status` says otherwise).
    pub redirect: Option<String>,
    /// Milliseconds before the answer.
    pub delay: Option<u64>,
    /// The answer waits for the step `release` of this name.
    pub hold: Option<String>,
    /// More response headers, in the order of the file.
    pub headers: Vec<(String, String)>,
}

/// A claim of the scenario's own.
#[derive(Clone, Debug)]
pub struct Check {
    /// The requirement it proves.
    pub requirement: String,
    /// What it looks at.
    pub subject: Subject,
    /// Properties or variables that must be there with these values.
    pub has: Vec<(String, Match)>,
    /// Properties or variables that must not be there.
    pub lacks: Vec<String>,
    /// The value.
    pub is: Option<Match>,
    /// Arguments after the first.
    pub args: Option<Vec<Match>>,
    /// The hits (numbered as the page made them) that the subject belongs to, exactly these.
    pub hits: Option<Vec<u32>>,
    /// Hits in order of arrival at the server.
    pub order: Option<Vec<u32>>,
    /// How many; `None` is one or more (none, if nothing else is asked of the subject, is never meant).
    pub count: Option<u32>,
    /// Looks at this step only (from 1; 0 is the set-up).
    pub step: Option<u32>,
    /// Where it stands.
    pub at: Location,
}

/// What a check looks at.
#[derive(Clone, Debug)]
pub enum Subject {
    /// Hits: of this number, or with these properties (`transport`, `outcome`, `fault`, `method`, `tracker`, variables).
    Hit(HitSelector),
    /// Calls of a callback by its name.
    Call(String),
    /// A value that a step recorded.
    Value(String),
    /// Requests that are no hits, by host and path (`partner.test/collect*`).
    Request(String),
    /// A cookie by its name, at the end of the case.
    Cookie(String),
    /// Console messages and uncaught errors that contain this text (or match).
    Console(Match),
}

/// Which hits.
#[derive(Clone, Debug)]
pub enum HitSelector {
    /// By number, from 1.
    Number(u32),
    /// By what they have.
    Having(Vec<(String, Match)>),
}

/// How a value is compared: as text.
#[derive(Clone, Debug)]
pub enum Match {
    /// Equal.
    Text(String),
    /// `{ matches = "regex" }`, anywhere in the text unless anchored.
    Pattern(regex::Regex),
}

impl Match {
    /// Whether `text` fits.
    pub fn fits(&self, text: &str) -> bool {
        match self {
            Match::Text(expected) => expected == text,
            Match::Pattern(pattern) => pattern.is_match(text),
        }
    }
}

impl std::fmt::Display for Match {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Match::Text(text) => write!(f, "{text:?}"),
            Match::Pattern(pattern) => write!(f, "/{pattern}/"),
        }
    }
}

/// A known violation, with its reason.
#[derive(Clone, Debug)]
pub struct Deviation {
    /// The requirement that is violated.
    pub requirement: String,
    /// Builds that do it; `None` is all.
    pub builds: Option<BuildFilter>,
    /// Browsers in which they do it; `None` is all.
    pub browsers: Option<Vec<String>>,
    /// Transports of the hit; empty is all.
    pub transport: Vec<Transport>,
    /// Faults of the hit; empty is all, `None` among them is a hit without a fault (`"none"`).
    pub fault: Vec<Option<Fault>>,
    /// What the sentence of the violation contains; `None` is any violation.
    pub violation: Option<String>,
    /// What the build does instead.
    pub because: String,
    /// Date it was written down.
    pub since: String,
    /// It need not happen in every case it covers.
    pub sometimes: bool,
    /// Where it stands.
    pub at: Location,
}
