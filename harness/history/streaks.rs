//! Since when each case is as it is: runs one after the other, each case compared with itself. A run in which a case
//! was not run neither breaks nor makes anything of it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use super::cause::{Seen, causes};
use super::requirements::{Requirements, Said};
use super::state::is_judged;
use super::{
    Browser, Build, Cause, Folder, HistoryError, Kept, Night, RequirementHistory, State, Verdicts,
};
use crate::run::case_name;
use crate::verdict::Status;

/// Version of the document's format.
pub const SCHEMA: u32 = 1;

/// What a folder of runs says: the document of `posttrack history --json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct History {
    /// Version of this format.
    pub schema: u32,
    /// How many runs there are.
    pub runs: usize,
    /// When the oldest began, RFC 3339.
    #[serde(with = "super::moment")]
    #[schemars(with = "String")]
    pub first: OffsetDateTime,
    /// When the newest began.
    #[serde(with = "super::moment")]
    #[schemars(with = "String")]
    pub last: OffsetDateTime,
    /// The newest run before it that has cases of it: what is new is new since then.
    #[serde(with = "super::moment::maybe", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub before: Option<OffsetDateTime>,
    /// Every case that was ever run, by browser, build and scenario.
    pub cases: Vec<CaseHistory>,
    /// Every requirement that was ever judged, by browser, build and id.
    pub requirements: Vec<RequirementHistory>,
}

/// A case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CaseHistory {
    /// Scenario with its row.
    pub scenario: String,
    /// Build.
    pub build: String,
    /// Browser.
    pub browser: String,
    /// What it is now; absent: it does not exist any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// The first run in which it was so, without a break until now.
    #[serde(with = "super::moment")]
    #[schemars(with = "String")]
    pub since: OffsetDateTime,
    /// In how many runs it was so.
    pub runs: usize,
    /// The last run in which it was run.
    #[serde(with = "super::moment")]
    #[schemars(with = "String")]
    pub last: OffsetDateTime,
    /// How it came to that, the oldest first.
    pub changes: Vec<CaseChange>,
}

/// A case is not what it was.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CaseChange {
    /// The run.
    #[serde(with = "super::moment")]
    #[schemars(with = "String")]
    pub at: OffsetDateTime,
    /// When it was run before.
    #[serde(with = "super::moment::maybe", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub before: Option<OffsetDateTime>,
    /// What it was; absent: it did not exist, or there was nothing to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
    /// What it became; absent: it does not exist any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<State>,
    /// Because of what; none: nothing is known of it before.
    pub causes: Vec<Cause>,
}

impl CaseHistory {
    /// `firefox::appmeasurement-2.23.0::post/extra-arguments`
    pub fn name(&self) -> String {
        case_name(&self.browser, &self.build, &self.scenario)
    }
}

impl History {
    /// Reads all runs of a folder; `None` if there is none.
    ///
    /// # Errors
    /// A file that cannot be read, or is not what posttrack wrote.
    pub fn read(folder: &Folder) -> Result<Option<History>, HistoryError> {
        let mut streaks = Streaks::default();
        for night in folder.nights() {
            streaks.take(&night?);
        }
        Ok(streaks.finish())
    }
}

/// The histories so far.
#[derive(Debug, Default)]
pub struct Streaks {
    runs: usize,
    span: Option<(OffsetDateTime, OffsetDateTime)>,
    /// When cases of the last run were run before.
    before: Option<OffsetDateTime>,
    cases: HashMap<String, Track>,
    requirements: Requirements,
    /// Builds and browsers of which a full run is known: what is new there was not there before.
    complete: HashSet<(String, String)>,
    /// Few sets of verdicts make up all runs.
    verdicts: HashSet<Arc<Verdicts>>,
}

#[derive(Debug)]
struct Track {
    shown: CaseHistory,
    /// Number of the last run that planned it.
    planned: usize,
    seen: Seen,
    /// The last run in which it was judged, and what it said.
    judged: Option<(Seen, Arc<Verdicts>)>,
}

/// What the cases of a run share, by place.
struct Shared {
    builds: Vec<Arc<Build>>,
    browsers: Vec<Arc<Browser>>,
    verdicts: Vec<Arc<Verdicts>>,
    posttrack: Arc<str>,
}

impl Streaks {
    /// Takes the next run; they come oldest first.
    pub fn take(&mut self, night: &Night) {
        self.runs += 1;
        let at = night.run.started;
        let first = self.span.map_or(at, |(first, _)| first);
        self.span = Some((first, at));
        self.before = None;
        let shared = self.shared(night);
        for case in &night.cases {
            self.case(at, case, &shared);
        }
        if night.run.full {
            self.gone(at, &shared);
            self.complete.extend(pairs(&shared));
        }
        self.requirements.end_of_run(at);
    }

    /// What came of it; `None` without a run.
    pub fn finish(self) -> Option<History> {
        let (first, last) = self.span?;
        let mut cases: Vec<CaseHistory> =
            self.cases.into_values().map(|track| track.shown).collect();
        cases.sort_by(|a, b| {
            (&a.browser, &a.build, &a.scenario).cmp(&(&b.browser, &b.build, &b.scenario))
        });
        Some(History {
            schema: SCHEMA,
            runs: self.runs,
            first,
            last,
            before: self.before,
            cases,
            requirements: self.requirements.finish(),
        })
    }

    fn shared(&mut self, night: &Night) -> Shared {
        let mut verdicts = Vec::new();
        for own in &night.run.verdicts {
            let known = match self.verdicts.get(own) {
                Some(known) => known.clone(),
                None => {
                    let new = Arc::new(own.clone());
                    self.verdicts.insert(new.clone());
                    new
                }
            };
            verdicts.push(known);
        }
        let run = &night.run;
        Shared {
            builds: run.builds.iter().cloned().map(Arc::new).collect(),
            browsers: run.browsers.iter().cloned().map(Arc::new).collect(),
            verdicts,
            posttrack: run.posttrack.as_str().into(),
        }
    }

    fn case(&mut self, at: OffsetDateTime, case: &Kept, shared: &Shared) {
        // A run that was read has what its cases name.
        let (Some(build), Some(browser), Some(verdicts)) = (
            shared.builds.get(case.build),
            shared.browsers.get(case.browser),
            shared.verdicts.get(case.verdicts),
        ) else {
            return;
        };
        let name = case_name(&browser.name, &build.name, &case.scenario);
        if case.status == Status::Skipped {
            if let Some(track) = self.cases.get_mut(&name) {
                track.planned = self.runs;
            }
            return;
        }
        let seen = Seen {
            at,
            state: State::of(case, verdicts),
            build: build.clone(),
            browser: browser.clone(),
            posttrack: shared.posttrack.clone(),
            behaviour: case.behaviour,
            files: case.files,
        };
        let judged = is_judged(case.status).then_some(verdicts);
        match self.cases.get_mut(&name) {
            Some(track) => {
                track.planned = self.runs;
                self.before = self.before.max(Some(track.seen.at));
                track.look(&name, seen, judged, &mut self.requirements);
            }
            None => {
                let pair = (build.name.clone(), browser.name.clone());
                let causes = match self.complete.contains(&pair) {
                    true => vec![Cause::CaseAdded],
                    false => Vec::new(),
                };
                let mut track = Track::new(&case.scenario, seen, causes, self.runs);
                track.judge(&name, judged, &mut self.requirements);
                self.cases.insert(name, track);
            }
        }
    }

    /// A full run plans every case of its builds and browsers: those that it did not plan do not exist any more.
    fn gone(&mut self, at: OffsetDateTime, shared: &Shared) {
        let here: HashSet<(String, String)> = pairs(shared).collect();
        for (name, track) in &mut self.cases {
            let shown = &track.shown;
            let pair = (shown.build.clone(), shown.browser.clone());
            if track.planned != self.runs && shown.state.is_some() && here.contains(&pair) {
                track.go(name, at, &mut self.requirements);
            }
        }
    }
}

fn pairs(shared: &Shared) -> impl Iterator<Item = (String, String)> {
    shared.builds.iter().flat_map(|build| {
        let browsers = shared.browsers.iter();
        browsers.map(|browser| (build.name.clone(), browser.name.clone()))
    })
}

impl Track {
    /// A case that was never seen before.
    fn new(scenario: &str, seen: Seen, causes: Vec<Cause>, run: usize) -> Track {
        Track {
            shown: CaseHistory {
                scenario: scenario.to_owned(),
                build: seen.build.name.clone(),
                browser: seen.browser.name.clone(),
                state: Some(seen.state.clone()),
                since: seen.at,
                runs: 1,
                last: seen.at,
                changes: vec![CaseChange {
                    at: seen.at,
                    before: None,
                    from: None,
                    to: Some(seen.state.clone()),
                    causes,
                }],
            },
            planned: run,
            seen,
            judged: None,
        }
    }

    /// The case was run again.
    fn look(
        &mut self,
        name: &str,
        seen: Seen,
        judged: Option<&Arc<Verdicts>>,
        requirements: &mut Requirements,
    ) {
        self.shown.last = seen.at;
        if self.shown.state.as_ref() == Some(&seen.state) {
            self.shown.runs += 1;
        } else {
            let causes = match self.shown.state {
                None => vec![Cause::CaseAdded],
                Some(_) => causes(&self.seen, &seen),
            };
            let before = Some(self.seen.at);
            self.change(seen.at, before, Some(seen.state.clone()), causes);
        }
        self.seen = seen;
        self.judge(name, judged, requirements);
    }

    fn change(
        &mut self,
        at: OffsetDateTime,
        before: Option<OffsetDateTime>,
        to: Option<State>,
        causes: Vec<Cause>,
    ) {
        let shown = &mut self.shown;
        let from = std::mem::replace(&mut shown.state, to.clone());
        shown.since = at;
        shown.runs = 1;
        shown.changes.push(CaseChange {
            at,
            before,
            from,
            to,
            causes,
        });
    }

    /// Tells the requirements what it says, where it says something and that is not what it said.
    fn judge(
        &mut self,
        name: &str,
        judged: Option<&Arc<Verdicts>>,
        requirements: &mut Requirements,
    ) {
        let Some(now) = judged else { return };
        let before = self.judged.as_ref();
        if before.is_none_or(|(_, said)| said != now) {
            let because = match before {
                Some((before, _)) => causes(before, &self.seen),
                None => self.first_causes(),
            };
            let said = before.map(|(_, verdicts)| &**verdicts);
            requirements.take(&self.said(name, said, Some(now), &because));
        }
        self.judged = Some((self.seen.clone(), now.clone()));
    }

    /// Because of what it exists: it says something for the first time.
    fn first_causes(&self) -> Vec<Cause> {
        let mut changes = self.shown.changes.iter().rev();
        let first = changes.find(|change| change.from.is_none());
        first.map_or_else(Vec::new, |change| change.causes.clone())
    }

    /// The case does not exist any more.
    fn go(&mut self, name: &str, at: OffsetDateTime, requirements: &mut Requirements) {
        let before = Some(self.seen.at);
        self.change(at, before, None, vec![Cause::CaseGone]);
        if let Some((_, said)) = self.judged.take() {
            requirements.take(&self.said(name, Some(&said), None, &[Cause::CaseGone]));
        }
    }

    fn said<'a>(
        &'a self,
        name: &'a str,
        before: Option<&'a Verdicts>,
        now: Option<&'a Verdicts>,
        causes: &'a [Cause],
    ) -> Said<'a> {
        Said {
            name,
            build: &self.shown.build,
            browser: &self.shown.browser,
            before,
            now,
            causes,
        }
    }
}
