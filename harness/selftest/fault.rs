//! The faults, as faults/*.toml describe them.

use serde::Deserialize;

const OF_REAL_BUILDS: [&str; 6] = [
    include_str!("faults/post.toml"),
    include_str!("faults/pre.toml"),
    include_str!("faults/hits.toml"),
    include_str!("faults/calls.toml"),
    include_str!("faults/sometimes.toml"),
    include_str!("faults/values.toml"),
];
const OF_THE_WEB_SDK: &str = include_str!("faults/web-sdk.toml");
const OF_THE_REFERENCE: &str = include_str!("faults/reference.toml");

/// A planted fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its name, which names the build that has it.
    pub name: String,
    /// What is done to which library.
    pub plant: Plant,
    /// The scenarios that it is run in.
    pub scenarios: Vec<String>,
    /// The requirements that must be violated in them, each in one at least.
    pub noticed_by: Vec<String>,
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plant {
    /// Spoils a real AppMeasurement from outside (wrapper.js).
    Wrapper {
        /// The body of a function that spoils a fresh tracker.
        tracker: Option<String>,
        /// The body of a function that stands for `s_gi`.
        gi: Option<String>,
    },
    /// Spoils what the real Web SDK finds in the page (tamper.js).
    WebSdk {
        /// JavaScript that runs before it.
        before: String,
    },
    /// Changes the text of the reference library.
    Reference {
        /// Pairs of a text that goes, which stands there once, and the text that comes.
        change: Vec<(String, String)>,
    },
}

/// A library that faults are planted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// A real AppMeasurement.
    AppMeasurement,
    /// A real Web SDK.
    WebSdk,
    /// The reference library.
    Reference,
}

impl Fault {
    /// The library that it is planted in.
    pub fn host(&self) -> Host {
        match self.plant {
            Plant::Wrapper { .. } => Host::AppMeasurement,
            Plant::WebSdk { .. } => Host::WebSdk,
            Plant::Reference { .. } => Host::Reference,
        }
    }
}

/// A claim that no library can keep, or none in a page, so that the reference does not.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cannot {
    /// The requirement.
    pub requirement: String,
    /// Why not, in one sentence.
    pub because: String,
}

/// A file of faults.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    cannot: Vec<Cannot>,
    fault: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    tracker: Option<String>,
    gi: Option<String>,
    before: Option<String>,
    change: Option<Vec<(String, String)>>,
    scenarios: Vec<String>,
    noticed_by: Vec<String>,
}

/// All faults, those of real builds first.
pub fn faults() -> Vec<Fault> {
    OF_REAL_BUILDS
        .into_iter()
        .chain([OF_THE_WEB_SDK, OF_THE_REFERENCE])
        .flat_map(|text| read(text).fault)
        .map(Fault::from)
        .collect()
}

/// What the reference library cannot keep.
pub fn reference_cannot() -> Vec<Cannot> {
    read(OF_THE_REFERENCE).cannot
}

#[expect(
    clippy::expect_used,
    reason = "the files are compiled in, and a test reads them"
)]
fn read(text: &str) -> File {
    toml::from_str(text).expect("the files of faults are valid")
}

impl From<Entry> for Fault {
    fn from(entry: Entry) -> Fault {
        let plant = match (entry.change, entry.before) {
            (Some(change), _) => Plant::Reference { change },
            (None, Some(before)) => Plant::WebSdk { before },
            (None, None) => Plant::Wrapper {
                tracker: entry.tracker,
                gi: entry.gi,
            },
        };
        Fault {
            name: entry.name,
            plant,
            scenarios: entry.scenarios,
            noticed_by: entry.noticed_by,
        }
    }
}
