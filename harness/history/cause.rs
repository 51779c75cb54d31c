//! Why a case is not what it was: everything that is not the same as in the run of it before.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Browser, Build, Digest, State};

/// Characters of a sha256 that are shown.
const OF_SHA256: usize = 12;

/// Something that changed together with a case. One change may have several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Cause {
    /// The library's file: its versions, or its hashes where the version is the same.
    Build {
        /// Name of the build.
        name: String,
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// The browser's version.
    Browser {
        /// Name of the browser.
        name: String,
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// The driver or its version.
    Driver {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// A file of the scenario.
    Scenario,
    /// The version of posttrack.
    Harness {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// Only what is expected: a snapshot or a deviation was written, changed or removed.
    Expectations,
    /// The case was not there before.
    CaseAdded,
    /// The case is not there any more.
    CaseGone,
    /// Nothing that is known of the two runs differs: a candidate for flakiness.
    Unexplained,
}

/// One look at a case: what it was in a run, and all that it was run with.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub at: OffsetDateTime,
    pub state: State,
    pub build: Arc<Build>,
    pub browser: Arc<Browser>,
    pub posttrack: Arc<str>,
    pub behaviour: Option<Digest>,
    pub files: Option<Digest>,
}

/// Everything that differs between two looks at a case that is not what it was; never nothing.
pub(super) fn causes(before: &Seen, now: &Seen) -> Vec<Cause> {
    let found = [
        build(&before.build, &now.build),
        browser(&before.browser, &now.browser),
        driver(&before.browser, &now.browser),
        // An older file may not know it.
        (known(before.files, now.files) == Some(false)).then_some(Cause::Scenario),
        harness(&before.posttrack, &now.posttrack),
    ];
    let found: Vec<Cause> = found.into_iter().flatten().collect();
    match found.is_empty() {
        false => found,
        true if only_expectations(before, now) => vec![Cause::Expectations],
        true => vec![Cause::Unexplained],
    }
}

fn build(before: &Build, now: &Build) -> Option<Cause> {
    if before.sha256 == now.sha256 && before.version == now.version {
        return None;
    }
    let version = |build: &Build| build.version.clone().unwrap_or_else(|| "unknown".into());
    let hash = |build: &Build| {
        let digits: String = build.sha256.chars().take(OF_SHA256).collect();
        format!("sha256 {digits}…")
    };
    let shown: &dyn Fn(&Build) -> String = match before.version == now.version {
        true => &hash,
        false => &version,
    };
    Some(Cause::Build {
        name: now.name.clone(),
        from: shown(before),
        to: shown(now),
    })
}

fn browser(before: &Browser, now: &Browser) -> Option<Cause> {
    (before.version != now.version).then(|| Cause::Browser {
        name: now.name.clone(),
        from: before.version.clone(),
        to: now.version.clone(),
    })
}

fn driver(before: &Browser, now: &Browser) -> Option<Cause> {
    (before.driver != now.driver).then(|| Cause::Driver {
        from: before.driver.clone(),
        to: now.driver.clone(),
    })
}

fn harness(before: &Arc<str>, now: &Arc<str>) -> Option<Cause> {
    (before != now).then(|| Cause::Harness {
        from: before.as_ref().into(),
        to: now.as_ref().into(),
    })
}

/// Whether two hashes are the same; `None` if one of them is not known.
fn known(before: Option<Digest>, now: Option<Digest>) -> Option<bool> {
    Some(before? == now?)
}

/// Whether all that differs is what snapshots and deviations say of the same behaviour.
fn only_expectations(before: &Seen, now: &Seen) -> bool {
    let same_behaviour = known(before.behaviour, now.behaviour) == Some(true);
    let (before, now) = (&before.state, &now.state);
    let violated = |state: &State| -> BTreeSet<String> {
        let all = state.violated.iter().chain(&state.known);
        all.cloned().collect()
    };
    // A deviation that is stale now and covered a violation before: the violation is gone.
    same_behaviour
        && before != now
        && violated(before) == violated(now)
        && before.unproven == now.unproven
}
