//! The comparison as a document: what `diff --json` writes, and what text and HTML are made of. The
//! checked-in schema is generated from these types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the document's format.
pub const SCHEMA: u32 = 1;

/// What differs between two builds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Version of this format.
    pub schema: u32,
    /// Version of posttrack.
    pub posttrack: String,
    /// Exit code: 0 equal, 1 different or not all compared, 2 a scenario that cannot run as
    /// written, 3 the environment failed in a case, 4 a case was not run.
    pub exit: u8,
    /// The first build.
    pub a: Side,
    /// The second build.
    pub b: Side,
    /// Cases that were compared.
    pub compared: usize,
    /// Those of them that differ.
    pub different: usize,
    /// What differs, most telling first.
    pub differences: Vec<Difference>,
    /// Pairs of scenarios that do the same, where the builds are of different libraries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parity: Vec<Parity>,
    /// Cases of both builds that could not be compared.
    pub not_compared: Vec<NotCompared>,
    /// Cases that one build has.
    pub one_sided: Vec<OneSided>,
    /// What was not compared, and why.
    pub ignored: Vec<Ignored>,
}

/// A build.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// Its name.
    pub name: String,
    /// Library.
    pub library: String,
    /// Version that it reports.
    pub version: Option<String>,
    /// sha256 of the file.
    pub sha256: String,
    /// Package or path.
    pub source: String,
    /// Browsers that it ran in, with their versions.
    pub browsers: Vec<String>,
}

/// One thing that differs, wherever it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// What kind.
    pub kind: Kind,
    /// What it is about: `POST-03`, `v1 eVar1`, `post`.
    pub subject: String,
    /// The claim of a requirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How it differs, each with its cases; most cases first.
    pub variants: Vec<Variant>,
}

/// One way in which something differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Variant {
    /// What the first build has; `null`: it has none.
    pub a: Option<String>,
    /// What the second build has; `null`: it has none.
    pub b: Option<String>,
    /// The cases.
    pub cases: Vec<Place>,
}

/// A case in which something differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// Scenario with its row.
    pub scenario: String,
    /// Browser.
    pub browser: String,
    /// Where in it: `hit 1`, `audit of hit 2` (as the first build numbers them, or the only one that has it).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<String>,
}

/// Kinds of differences, most telling first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A verdict on a requirement.
    Requirement,
    /// A series of tracking calls that does not end by itself.
    Endless,
    /// A hit that one build makes.
    Hit,
    /// The order of hits.
    HitOrder,
    /// What became of a hit.
    Outcome,
    /// Transport and method of a hit.
    Transport,
    /// How often a hit was handed over.
    Sends,
    /// What `sendBeacon` returned for a hit.
    Accepted,
    /// Scheme, host and path of a hit.
    Address,
    /// A hit's address as it arrived.
    Arrived,
    /// The step in which a hit was handed over.
    HitStep,
    /// How often a callback runs.
    CallCount,
    /// An argument of a callback.
    CallArgument,
    /// The order of hits for which a callback runs.
    CallOrder,
    /// The step in which a callback runs.
    CallStep,
    /// A parameter: added, removed or changed.
    Parameter,
    /// The order of parameters.
    ParameterOrder,
    /// Whether a query is whole: AQB first, AQE last.
    Frame,
    /// A value that a step recorded.
    Value,
    /// An uncaught error.
    Uncaught,
    /// A console message.
    Console,
    /// A cookie at the end.
    Cookie,
    /// A request that is no hit.
    Request,
    /// A parameter or the body of such a request.
    RequestParameter,
}

/// Kinds under one heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Verdicts.
    Requirements,
    /// Hits, their parameters apart.
    Hits,
    /// Callbacks.
    Callbacks,
    /// Parameters of hits.
    Parameters,
    /// What else a page can see.
    Page,
}

impl Section {
    /// All, in the order in which they are shown.
    pub const ALL: [Section; 5] = [
        Section::Requirements,
        Section::Hits,
        Section::Callbacks,
        Section::Parameters,
        Section::Page,
    ];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Section::Requirements => "requirements",
            Section::Hits => "hits",
            Section::Callbacks => "callbacks",
            Section::Parameters => "parameters",
            Section::Page => "the page",
        }
    }
}

impl Kind {
    /// Where it is shown.
    pub fn section(self) -> Section {
        match self {
            Kind::Requirement => Section::Requirements,
            Kind::Endless
            | Kind::Hit
            | Kind::HitOrder
            | Kind::Outcome
            | Kind::Transport
            | Kind::Sends
            | Kind::Accepted
            | Kind::Address
            | Kind::Arrived
            | Kind::HitStep => Section::Hits,
            Kind::CallCount | Kind::CallArgument | Kind::CallOrder | Kind::CallStep => {
                Section::Callbacks
            }
            Kind::Parameter | Kind::ParameterOrder | Kind::Frame => Section::Parameters,
            Kind::Value
            | Kind::Uncaught
            | Kind::Console
            | Kind::Cookie
            | Kind::Request
            | Kind::RequestParameter => Section::Page,
        }
    }
}

/// Two scenarios that do the same, each with its library, and what arrives of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parity {
    /// Scenario (with its row) of the first build.
    pub a: String,
    /// Scenario (with its row) of the second build.
    pub b: String,
    /// Browser.
    pub browser: String,
    /// Hits, the first with the first; in the order in which they were handed over.
    pub hits: Vec<HitParity>,
}

/// A hit of each library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HitParity {
    /// The first build's; `null`: it makes fewer hits.
    pub a: Option<Manner>,
    /// The second build's.
    pub b: Option<Manner>,
    /// Variables by Adobe's names; `xdm.…` and `data.…` for what is none.
    pub variables: Vec<VariableParity>,
}

/// How a hit was sent, and what ran for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manner {
    /// `image GET, delivered`
    pub sent: String,
    /// `post audit once`
    pub callbacks: Vec<String>,
}

/// A variable in both libraries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VariableParity {
    /// Its name.
    pub name: String,
    /// What the first build sends; `null`: nothing.
    pub a: Option<String>,
    /// What the second build sends; `null`: nothing.
    pub b: Option<String>,
}

impl VariableParity {
    /// Whether both send the same.
    pub fn is_kept(&self) -> bool {
        self.a == self.b
    }
}

/// A case of both builds that could not be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotCompared {
    /// Scenario with its row.
    pub scenario: String,
    /// Browser.
    pub browser: String,
    /// Why the first build has nothing to compare; `null`: it has.
    pub a: Option<String>,
    /// Why the second build has nothing to compare; `null`: it has.
    pub b: Option<String>,
}

/// A case that one build has: the other is not of the builds that the scenario is for, or was run
/// with other filters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OneSided {
    /// Scenario with its row.
    pub scenario: String,
    /// Browser.
    pub browser: String,
    /// Which build has it.
    pub side: Which,
}

/// One of the two builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// The first.
    A,
    /// The second.
    B,
}

/// Something that was not compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ignored {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}
