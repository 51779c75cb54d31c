//! Since when each requirement is as it is, on each build and browser: out of what each of its cases said last,
//! so that a run of some cases says nothing about the others.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Cause, Verdicts};
use crate::run::case_name;

/// What the cases say of a requirement, the better before the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// No case judges it.
    Unproven,
    /// It holds wherever it was judged.
    Holds,
    /// Violated, as deviations say.
    Known,
    /// Violated, and no deviation says so.
    Violated,
}

/// A requirement on a build and browser.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RequirementHistory {
    /// Requirement.
    pub id: String,
    /// Build.
    pub build: String,
    /// Browser.
    pub browser: String,
    /// What it is now.
    pub standing: Standing,
    /// The first run in which it was so, without a break until now.
    #[serde(with = "super::moment")]
    #[schemars(with = "String")]
    pub since: OffsetDateTime,
    /// How it came to that, the oldest first.
    pub changes: Vec<RequirementChange>,
}

/// A requirement is not what it was.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RequirementChange {
    /// The run.
    #[serde(with = "super::moment")]
    #[schemars(with = "String")]
    pub at: OffsetDateTime,
    /// What it was before; absent: there was nothing to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Standing>,
    /// What it became.
    pub to: Standing,
    /// Because of what; none: it is the first.
    pub causes: Vec<Cause>,
    /// The cases that made it so.
    pub cases: Vec<String>,
}

impl RequirementHistory {
    /// What filters see: `firefox::appmeasurement-2.23.0::POST-03`
    pub fn name(&self) -> String {
        case_name(&self.browser, &self.build, &self.id)
    }
}

/// A case says something else than before.
pub(super) struct Said<'a> {
    pub name: &'a str,
    pub build: &'a str,
    pub browser: &'a str,
    pub before: Option<&'a Verdicts>,
    pub now: Option<&'a Verdicts>,
    pub causes: &'a [Cause],
}

/// Browser, build and requirement, in the order in which they are shown.
type Key = (String, String, String);

/// All requirements, run after run.
#[derive(Debug, Default)]
pub(super) struct Requirements {
    rows: BTreeMap<Key, Row>,
    touched: BTreeMap<Key, Vec<Touch>>,
}

#[derive(Debug, Default)]
struct Row {
    /// How many cases say each, `Unproven` apart.
    holds: usize,
    known: usize,
    violated: usize,
    changes: Vec<RequirementChange>,
}

#[derive(Debug)]
struct Touch {
    case: String,
    from: Standing,
    to: Standing,
    causes: Vec<Cause>,
}

impl Requirements {
    /// Takes what a case says now instead of what it said before.
    pub fn take(&mut self, said: &Said<'_>) {
        let mut stands: BTreeMap<&str, [Standing; 2]> = BTreeMap::new();
        for (which, verdicts) in [said.before, said.now].into_iter().enumerate() {
            for (id, standing) in verdicts.into_iter().flat_map(standings) {
                let both = stands.entry(id).or_insert([Standing::Unproven; 2]);
                if let Some(one) = both.get_mut(which) {
                    *one = standing;
                }
            }
        }
        for (id, [from, to]) in stands.into_iter().filter(|(_, [from, to])| from != to) {
            let key = (said.browser.into(), said.build.into(), id.into());
            self.touched.entry(key).or_default().push(Touch {
                case: said.name.into(),
                from,
                to,
                causes: said.causes.into(),
            });
        }
    }

    /// All cases of a run were taken.
    pub fn end_of_run(&mut self, at: OffsetDateTime) {
        for (key, touches) in std::mem::take(&mut self.touched) {
            self.rows.entry(key).or_default().change(at, touches);
        }
    }

    /// What came of it.
    pub fn finish(self) -> Vec<RequirementHistory> {
        let histories = self.rows.into_iter().filter_map(|(key, row)| {
            let (browser, build, id) = key;
            let last = row.changes.last()?;
            Some(RequirementHistory {
                id,
                build,
                browser,
                standing: last.to,
                since: last.at,
                changes: row.changes,
            })
        });
        histories.collect()
    }
}

impl Row {
    fn change(&mut self, at: OffsetDateTime, touches: Vec<Touch>) {
        for touch in &touches {
            if let Some(count) = self.count(touch.from) {
                *count = count.saturating_sub(1);
            }
            if let Some(count) = self.count(touch.to) {
                *count += 1;
            }
        }
        let to = self.standing();
        let from = self.changes.last().map(|change| change.to);
        if from == Some(to) {
            return;
        }
        let better = from.is_some_and(|from| to < from);
        let made = |touch: &Touch| match better {
            true => Some(touch.from) == from,
            false => touch.to == to,
        };
        let (mut causes, mut cases) = (Vec::new(), Vec::new());
        for touch in touches.into_iter().filter(made) {
            causes.extend(touch.causes);
            cases.push(touch.case);
        }
        causes.sort();
        cases.sort();
        causes.dedup();
        self.changes.push(RequirementChange {
            at,
            from,
            to,
            causes,
            cases,
        });
    }

    fn count(&mut self, standing: Standing) -> Option<&mut usize> {
        match standing {
            Standing::Unproven => None,
            Standing::Holds => Some(&mut self.holds),
            Standing::Known => Some(&mut self.known),
            Standing::Violated => Some(&mut self.violated),
        }
    }

    fn standing(&self) -> Standing {
        match (self.violated, self.known, self.holds) {
            (1.., _, _) => Standing::Violated,
            (0, 1.., _) => Standing::Known,
            (0, 0, 1..) => Standing::Holds,
            (0, 0, 0) => Standing::Unproven,
        }
    }
}

fn standings(verdicts: &Verdicts) -> impl Iterator<Item = (&str, Standing)> {
    let all = [
        (&verdicts.holds, Standing::Holds),
        (&verdicts.known, Standing::Known),
        (&verdicts.violated, Standing::Violated),
    ];
    all.into_iter()
        .flat_map(|(ids, standing)| ids.iter().map(move |id| (id.as_str(), standing)))
}
