//! What a run is of, decided before its first case begins, and how two runs differ in it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::assemble::{browsers_of, builds_of, rfc3339};
use super::{BrowserInfo, BuildInfo, CaseResult, Results, SCHEMA};
use crate::run::Case;
use crate::scenario::Suite;

/// Names that a difference lists; the rest is counted.
const NAMED: usize = 5;

/// What a run is of. Two runs with equal heads, their starts apart, have the same cases and come to the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// Version of the results' format.
    pub schema: u32,
    /// Start, RFC 3339 in UTC.
    pub started: String,
    /// Version of posttrack.
    pub posttrack: String,
    /// Filters and tags that chose the cases.
    pub selected: Vec<String>,
    /// The seed of the order.
    pub shuffle: Option<u64>,
    /// sha256 of what all cases are judged by.
    pub rules: String,
    /// Browsers.
    pub browsers: Vec<BrowserInfo>,
    /// Builds.
    pub builds: Vec<BuildInfo>,
    /// Cases in the order of the plan.
    pub plan: Vec<PlannedCase>,
}

/// A case of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedCase {
    /// Its name.
    pub name: String,
    /// Where its scenario begins.
    pub at: String,
    /// sha256 of the scenario's files; empty: not known.
    pub scenario_sha256: String,
}

/// How cases were chosen, in which order and by which rules they are judged.
#[derive(Clone, Debug)]
pub struct Choice {
    /// When the run began.
    pub started: OffsetDateTime,
    /// Filters and tags.
    pub selected: Vec<String>,
    /// The seed of the order.
    pub shuffle: Option<u64>,
    /// sha256 of the rules.
    pub rules: String,
}

impl Choice {
    /// Of a run that began then.
    pub fn new(
        started: OffsetDateTime,
        selected: Vec<String>,
        shuffle: Option<u64>,
        suite: &Suite,
    ) -> Choice {
        Choice {
            started,
            selected,
            shuffle,
            rules: suite.rules_sha256.clone(),
        }
    }
}

impl Head {
    /// Of a run that is to run these cases.
    pub fn planned(choice: &Choice, cases: &[Case]) -> Head {
        let builds = builds_of(cases);
        Head {
            schema: SCHEMA,
            started: rfc3339(choice.started),
            posttrack: env!("CARGO_PKG_VERSION").into(),
            selected: choice.selected.clone(),
            shuffle: choice.shuffle,
            rules: choice.rules.clone(),
            browsers: browsers_of(cases),
            builds: builds.iter().map(|build| (&**build).into()).collect(),
            plan: cases.iter().map(PlannedCase::from).collect(),
        }
    }

    /// In what another run is of something else, a sentence each; the start does not matter.
    pub fn differences(&self, now: &Head) -> Vec<String> {
        let mut found = Vec::new();
        let mut both = |what: &str, then: &str, now: &str| {
            if then != now {
                found.push(format!("{what}: {then} then, {now} now"));
            }
        };
        both("posttrack", &self.posttrack, &now.posttrack);
        let [chosen, chosen_now] = [self, now].map(Head::chosen);
        both("chosen cases", &chosen, &chosen_now);
        let [order, order_now] = [self, now].map(Head::order);
        both("order", &order, &order_now);
        for (name, then, now) in joined(&self.builds, &now.builds, |build| build.name.as_str()) {
            both(&format!("build {name}"), &sha256(then), &sha256(now));
        }
        for (name, then, now) in joined(&self.browsers, &now.browsers, |browser| {
            browser.name.as_str()
        }) {
            both(&format!("browser {name}"), &version(then), &version(now));
        }
        if self.rules != now.rules {
            found.push("requirements.toml or deviations.toml: changed since".into());
        }
        found.extend(cases(&self.plan, &now.plan));
        found
    }

    fn chosen(&self) -> String {
        match self.selected.is_empty() {
            true => "all".into(),
            false => format!("`{}`", self.selected.join(" ")),
        }
    }

    fn order(&self) -> String {
        match self.shuffle {
            Some(seed) => format!("shuffled with seed {seed}"),
            None => "as planned".into(),
        }
    }
}

impl From<&Results> for Head {
    fn from(results: &Results) -> Head {
        Head {
            schema: results.schema,
            started: results.started.clone(),
            posttrack: results.posttrack.clone(),
            selected: results.selected.clone(),
            shuffle: results.shuffle,
            rules: results.rules.clone(),
            browsers: results.browsers.clone(),
            builds: results.builds.clone(),
            plan: results.cases.iter().map(PlannedCase::from).collect(),
        }
    }
}

impl From<&Case> for PlannedCase {
    fn from(case: &Case) -> PlannedCase {
        PlannedCase {
            name: case.name(),
            at: case.scenario.at.to_string(),
            scenario_sha256: case.scenario.sha256.clone(),
        }
    }
}

impl From<&CaseResult> for PlannedCase {
    fn from(case: &CaseResult) -> PlannedCase {
        PlannedCase {
            name: case.name(),
            at: case.at.clone(),
            scenario_sha256: case.scenario_sha256.clone().unwrap_or_default(),
        }
    }
}

/// What has the same name in both, and what is in one only: in the order of `then`, then of `now`.
fn joined<'a, T>(
    then: &'a [T],
    now: &'a [T],
    name: fn(&T) -> &str,
) -> Vec<(&'a str, Option<&'a T>, Option<&'a T>)> {
    let by_name = |all: &'a [T]| -> HashMap<&'a str, &'a T> {
        all.iter().map(|one| (name(one), one)).collect()
    };
    let (known, wanted) = (by_name(then), by_name(now));
    let added = now.iter().filter(|one| !known.contains_key(name(one)));
    let names = then.iter().chain(added).map(name);
    names
        .map(|name| {
            let (then, now) = (known.get(name), wanted.get(name));
            (name, then.copied(), now.copied())
        })
        .collect()
}

/// In what two plans differ.
fn cases<'a>(then: &'a [PlannedCase], now: &'a [PlannedCase]) -> impl Iterator<Item = String> + 'a {
    let (mut changed, mut gone, mut new) = (Vec::new(), Vec::new(), Vec::new());
    for (name, then, now) in joined(then, now, |case| case.name.as_str()) {
        match (then, now) {
            (Some(then), Some(now)) if then == now => {}
            (Some(_), Some(_)) => changed.push(name),
            (Some(_), None) => gone.push(name),
            (None, _) => new.push(name),
        }
    }
    let lists = [
        ("scenario changed since", changed),
        ("no longer a case", gone),
        ("a case now", new),
    ];
    lists
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what}: {}", listed(&names)))
}

fn sha256(build: Option<&BuildInfo>) -> String {
    match build {
        Some(build) => format!("sha256 {}", build.sha256),
        None => "none".into(),
    }
}

fn version(browser: Option<&BrowserInfo>) -> String {
    match browser {
        Some(browser) => format!("{} ({})", browser.version, browser.driver),
        None => "none".into(),
    }
}

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
