//! Puts a run's results together: planned cases, how they ended, what they were judged to be.
//! Pure: time and judgements come in from outside.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::attempts::difference;
use super::{
    BrowserInfo, BuildInfo, CaseResult, Choice, Claim, Exit, Proof, RequirementResult,
    RequirementVerdict, Results, SCHEMA, Status,
};
use crate::evidence::{Behaviour, Evidence, Span};
use crate::run::{BuildId, Case, CaseRun, Recording, Trouble};
use crate::scenario::{Catalogue, Location, Requirement, Version};
use crate::verdict::{Compared, Finding, FindingKind, Judgement, Verdict};
use case::{fail, fill, milliseconds, not_run};

mod case;
#[cfg(test)]
mod tests;

/// What a case was judged to be.
#[derive(Debug)]
pub struct Judged {
    /// Verdicts on requirements.
    pub judgements: Vec<Judgement>,
    /// What a person must look at in it. The findings of the whole run hold them again, with equal ones made one.
    pub findings: Vec<Finding>,
    /// Places of the deviations that cover something in it.
    pub covered: Vec<Location>,
    /// The text that its snapshot is compared with.
    pub text: String,
    /// How it compares.
    pub snapshot: Compared,
    /// What was observed.
    pub evidence: Evidence,
    /// What is the same in the next run of the case.
    pub behaviour: Behaviour,
    /// What was observed as a person reads it, a line an event.
    pub timeline: Vec<String>,
    /// What took how long.
    pub spans: Vec<Span>,
}

/// How a case ended: judged, or why that was not possible.
#[derive(Debug)]
pub struct Ended {
    /// The judged case, or the trouble of its last attempt.
    pub outcome: Result<Judged, Trouble>,
    /// Attempts, the last included.
    pub attempts: u32,
    /// Why earlier attempts ended.
    pub troubles: Vec<Trouble>,
    /// Time of the last attempt.
    pub took: Duration,
}

impl Ended {
    /// Judges what a run of a case recorded, if it recorded anything.
    pub fn judge(run: CaseRun, judge: impl FnOnce(Recording) -> Result<Judged, Trouble>) -> Ended {
        Ended {
            outcome: run.outcome.and_then(judge),
            attempts: run.attempts,
            troubles: run.troubles,
            took: run.took,
        }
    }
}

/// Collects a run and makes its [`Results`]. Every planned case is in them exactly once; one that
/// never ended is `skipped`.
#[derive(Debug)]
pub struct Collector {
    choice: Choice,
    catalogue: Catalogue,
    browsers: Vec<BrowserInfo>,
    builds: Vec<Arc<BuildId>>,
    cases: Vec<CaseResult>,
    errors: Vec<Finding>,
    /// A flaky case is no reason for an exit code.
    pub flaky_passes: bool,
}

impl Collector {
    /// A run of cases that were chosen in this way.
    pub fn new(choice: Choice, catalogue: &Catalogue) -> Self {
        Collector {
            choice,
            catalogue: catalogue.clone(),
            browsers: Vec::new(),
            builds: Vec::new(),
            cases: Vec::new(),
            errors: Vec::new(),
            flaky_passes: false,
        }
    }

    /// Takes the plan, in the order in which cases are reported.
    pub fn planned(&mut self, cases: &[Case]) {
        self.browsers = browsers_of(cases);
        self.builds = builds_of(cases);
        self.cases = cases.iter().map(not_run).collect();
    }

    /// Takes the end of a case of the plan and says what it came to; `None` for an index that was
    /// not planned.
    pub fn ended(&mut self, index: usize, ended: Ended) -> Option<&CaseResult> {
        let case = self.cases.get_mut(index)?;
        case.attempts = ended.attempts;
        case.retried_after = ended.troubles.into_iter().map(|t| t.message).collect();
        case.duration_ms = milliseconds(ended.took);
        match ended.outcome {
            Ok(judged) => fill(case, judged),
            Err(trouble) => fail(case, trouble),
        }
        self.take_error(index);
        self.cases.get(index)
    }

    /// Takes a case of the plan that ended in the same run before it was resumed.
    pub fn resumed(&mut self, index: usize, earlier: CaseResult) {
        if let Some(case) = self.cases.get_mut(index) {
            *case = earlier;
            self.take_error(index);
        }
    }

    /// Takes another attempt of a case that did not pass. One whose verdicts differ makes the case flaky; what it
    /// came to first stays. `false`: the verdicts are the same, or there are none.
    pub fn another(&mut self, index: usize, ended: Ended) -> bool {
        let Some(case) = self.cases.get_mut(index) else {
            return false;
        };
        let mut again = CaseResult {
            attempts: ended.attempts,
            ..case.clone()
        };
        match ended.outcome {
            Ok(judged) => {
                again.error = None;
                fill(&mut again, judged);
            }
            Err(trouble) if trouble.infrastructure() => {
                case.retried_after.push(trouble.message);
                case.attempts += ended.attempts;
                return false;
            }
            Err(trouble) => fail(&mut again, trouble),
        }
        let lines = difference(case, &again);
        let why = match &case.error {
            Some(error) => format!("it could not be judged: {error}"),
            None => "it failed".into(),
        };
        case.retried_after.push(why);
        case.attempts += ended.attempts;
        if lines.is_empty() {
            return false;
        }
        case.status = Status::Flaky;
        let (name, at) = (case.name(), case.at.clone());
        for error in &mut self.errors {
            error.cases.retain(|other| *other != name);
        }
        self.errors.retain(|error| !error.cases.is_empty());
        self.errors.push(Finding {
            kind: FindingKind::Flaky,
            requirement: None,
            cases: vec![name],
            why: "another attempt in a fresh session came to something else".into(),
            at: Some(at),
            events: lines,
        });
        true
    }

    /// The case of this place in the plan.
    pub fn case(&self, index: usize) -> Option<&CaseResult> {
        self.cases.get(index)
    }

    /// Whether every planned case ended.
    pub fn all_ended(&self) -> bool {
        self.cases.iter().all(|case| case.status != Status::Skipped)
    }

    /// The results. `findings` are those of the judges; `failure` says why the environment failed.
    pub fn finish(
        mut self,
        finished: OffsetDateTime,
        findings: Vec<Finding>,
        failure: Option<String>,
    ) -> Results {
        for finding in &findings {
            self.mark(finding);
        }
        let requirements = self.requirements();
        let mut all = std::mem::take(&mut self.errors);
        for error in &mut all {
            error.cases.sort_by_cached_key(|name| self.place(name));
        }
        all.sort_by_cached_key(|error| error.cases.first().map(|name| self.place(name)));
        all.retain(|error| !findings.iter().any(|finding| repeats(finding, error)));
        all.extend(findings);
        all.sort_by_key(|finding| finding.kind);
        // An error that has a place of its own is a mistake in the scenario, such as JavaScript that does not parse.
        let errors = || {
            let cases = self.cases.iter();
            cases.filter(|case| case.status == Status::Error)
        };
        let exit = Exit::of_run(
            errors().any(|case| !case.environment && case.error_at.is_some()),
            errors().any(|case| case.environment) || failure.is_some(),
            self.cases.iter().any(|case| case.status == Status::Skipped),
            all.iter()
                .any(|one| !(self.flaky_passes && one.kind == FindingKind::Flaky))
                || self.cases.iter().any(|case| !self.passes(case.status)),
        );
        Results {
            schema: SCHEMA,
            started: rfc3339(self.choice.started),
            finished: rfc3339(finished),
            posttrack: env!("CARGO_PKG_VERSION").into(),
            exit: exit.code(),
            error: failure,
            selected: self.choice.selected,
            shuffle: self.choice.shuffle,
            rules: self.choice.rules,
            stopped: None,
            browsers: self.browsers,
            builds: self
                .builds
                .iter()
                .map(|build| BuildInfo::from(&**build))
                .collect(),
            cases: self.cases,
            findings: all,
            requirements,
            claims: self
                .catalogue
                .requirements
                .iter()
                .map(Claim::from)
                .collect(),
        }
    }

    fn passes(&self, status: Status) -> bool {
        status == Status::Pass || self.flaky_passes && status == Status::Flaky
    }

    /// Place of a case in the plan.
    fn place(&self, name: &str) -> Option<usize> {
        self.cases.iter().position(|case| case.name() == name)
    }

    /// Takes the error of a case, if it has one, into what is to be said of the whole run.
    fn take_error(&mut self, index: usize) {
        let Some(case) = self.cases.get(index) else {
            return;
        };
        let Some(why) = case.error.clone() else {
            return;
        };
        let at = case.error_at.as_ref().unwrap_or(&case.at).clone();
        self.add_error(case.name(), why, at);
    }

    /// The same error at the same place is one finding with a list of cases.
    fn add_error(&mut self, case: String, why: String, at: String) {
        let known = self
            .errors
            .iter_mut()
            .find(|finding| finding.why == why && finding.at.as_deref() == Some(at.as_str()));
        match known {
            Some(finding) => finding.cases.push(case),
            None => self.errors.push(Finding {
                kind: FindingKind::Error,
                requirement: None,
                cases: vec![case],
                why,
                at: Some(at),
                events: Vec::new(),
            }),
        }
    }

    /// A case that a finding names did not pass, though its own verdicts may all be as expected
    /// (a deviation that did not happen is known only at the end).
    fn mark(&mut self, finding: &Finding) {
        let status = match finding.kind {
            FindingKind::Flaky => Status::Flaky,
            FindingKind::Error => Status::Error,
            _ => Status::Fail,
        };
        for case in &mut self.cases {
            if case.status == Status::Pass && finding.cases.contains(&case.name()) {
                case.status = status;
            }
        }
    }

    fn requirements(&self) -> Vec<RequirementResult> {
        let claims = self.catalogue.requirements.iter();
        let mut ids: Vec<&str> = claims.map(|claim| claim.id.as_str()).collect();
        for verdict in self.cases.iter().flat_map(|case| &case.requirements) {
            if !ids.contains(&verdict.id.as_str()) {
                ids.push(&verdict.id);
            }
        }
        let mut rows = Vec::new();
        for build in &self.builds {
            for browser in &self.browsers {
                let cases = self
                    .cases
                    .iter()
                    .filter(|case| case.build == build.name && case.browser == browser.name);
                let verdicts: Vec<&RequirementVerdict> =
                    cases.flat_map(|case| &case.requirements).collect();
                let version = build.version.as_deref().and_then(Version::parse);
                let of_library = |id: &&&str| {
                    let requirement = self.catalogue.get(id);
                    requirement.is_none_or(|known| known.is_of_library(build.library))
                };
                rows.extend(ids.iter().filter(of_library).map(|id| RequirementResult {
                    documented: self.catalogue.is_of(id, build.library, version),
                    ..requirement(id, &build.name, &browser.name, &verdicts)
                }));
            }
        }
        rows
    }
}

/// The browsers of these cases.
pub(super) fn browsers_of(cases: &[Case]) -> Vec<BrowserInfo> {
    let mut browsers: Vec<BrowserInfo> = Vec::new();
    for browser in cases.iter().map(|case| &case.browser) {
        if !browsers.iter().any(|known| known.name == browser.name) {
            browsers.push(BrowserInfo {
                name: browser.name.clone(),
                version: browser.version.clone(),
                driver: browser.driver.clone(),
                remark: browser.remark.clone(),
            });
        }
    }
    browsers
}

/// The builds of these cases.
pub(super) fn builds_of(cases: &[Case]) -> Vec<Arc<BuildId>> {
    let mut builds: Vec<Arc<BuildId>> = Vec::new();
    for build in cases.iter().map(|case| &case.build) {
        if !builds.iter().any(|known| known.name == build.name) {
            builds.push(build.clone());
        }
    }
    builds
}

/// Both say that the same case could not be judged.
fn repeats(finding: &Finding, error: &Finding) -> bool {
    finding.kind == FindingKind::Error
        && error.cases.iter().all(|case| finding.cases.contains(case))
}

fn requirement(
    id: &str,
    build: &str,
    browser: &str,
    verdicts: &[&RequirementVerdict],
) -> RequirementResult {
    let judged: Vec<_> = verdicts
        .iter()
        .filter(|verdict| verdict.id == id && verdict.verdict != Verdict::NotApplicable)
        .collect();
    let violated = judged
        .iter()
        .any(|verdict| verdict.verdict == Verdict::Violated);
    RequirementResult {
        id: id.into(),
        build: build.into(),
        browser: browser.into(),
        verdict: match (judged.is_empty(), violated) {
            (true, _) => Proof::Unproven,
            (false, true) => Proof::Violated,
            (false, false) => Proof::Holds,
        },
        expected: judged.iter().all(|verdict| verdict.expected),
        documented: true,
        cases: judged.len(),
        instances: judged.iter().map(|verdict| verdict.instances).sum(),
    }
}

impl From<&BuildId> for BuildInfo {
    fn from(build: &BuildId) -> BuildInfo {
        BuildInfo {
            name: build.name.clone(),
            library: build.library.name().into(),
            version: build.version.clone(),
            sha256: build.sha256.clone(),
            source: build.source.clone(),
        }
    }
}

impl From<&Requirement> for Claim {
    fn from(requirement: &Requirement) -> Claim {
        Claim {
            id: requirement.id.clone(),
            claim: requirement.claim.clone(),
            source: requirement.source.clone(),
            page: requirement.page.clone(),
            unprovable: requirement.unprovable.clone(),
        }
    }
}

/// RFC 3339 in UTC, to the millisecond.
pub(super) fn rfc3339(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let at = at.replace_millisecond(at.millisecond()).unwrap_or(at);
    // Fails only for years that no clock shows; the document then has no time rather than none at all.
    at.format(&Rfc3339).unwrap_or_default()
}
