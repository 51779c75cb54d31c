//! The judgement of one case: laws and checks by requirement, minus what deviations excuse.

use crate::evidence::Evidence;
use crate::scenario::{Catalogue, Deviation, Library, Location, Scenario, Version};

use super::checks::check;
use super::deviations::{covers, is_of};
use super::laws::laws;
use super::{Finding, FindingKind, Instance, Judgement, Verdict};

/// What is known of a case beside its evidence.
#[derive(Clone, Copy, Debug)]
pub struct CaseFacts<'a> {
    /// Its scenario.
    pub scenario: &'a Scenario,
    /// The library under test.
    pub library: Library,
    /// The version that the build reports; `None`: unknown.
    pub version: Option<Version>,
    /// The browser: `firefox`, `chrome`, `webkit`.
    pub browser: &'a str,
    /// Which claims are made of such a build.
    pub catalogue: &'a Catalogue,
}

impl CaseFacts<'_> {
    fn is_claimed(&self, id: &str) -> bool {
        self.catalogue.is_of(id, self.library, self.version)
    }
}

/// What is to be said of a case.
#[derive(Clone, Debug, Default)]
pub struct CaseVerdict {
    /// A judgement for each requirement that a law, a check or the scenario names, by its id.
    pub judgements: Vec<Judgement>,
    /// What a person must look at; their `cases` are empty, because a case does not know its name.
    pub findings: Vec<Finding>,
    /// Places of the deviations that covered at least one instance.
    pub covered: Vec<Location>,
}

/// Judges a case. `shared` are the deviations that any case may have.
pub fn judge(case: &CaseFacts<'_>, evidence: &Evidence, shared: &[Deviation]) -> CaseVerdict {
    let deviations: Vec<&Deviation> = case
        .scenario
        .deviations
        .iter()
        .chain(shared)
        .filter(|deviation| is_of(deviation, case.library, case.version, case.browser))
        .collect();
    let mut verdict = CaseVerdict::default();
    for judged in instances_by_requirement(case, evidence) {
        let own: Vec<_> = deviations
            .iter()
            .copied()
            .filter(|deviation| deviation.requirement == judged.id)
            .collect();
        verdict
            .findings
            .extend(unexcused(case.scenario, &judged, &own));
        verdict
            .findings
            .extend(not_applicable(case.scenario, &judged));
        for deviation in &own {
            let (covered, happened) = fate(deviation, &judged);
            if covered {
                verdict.covered.push(deviation.at.clone());
            }
            if covered && !happened && !deviation.sometimes {
                verdict.findings.push(stale(deviation));
            }
        }
        verdict
            .judgements
            .push(judgement(case.scenario, judged, &own));
    }
    verdict
}

/// A requirement with everything that was judged of it.
struct Judged {
    id: String,
    /// With the place of the check that judged it; `None`: a law.
    instances: Vec<(Instance, Option<Location>)>,
}

/// Requirements in the order of the laws, then of the scenario.
fn instances_by_requirement(case: &CaseFacts<'_>, evidence: &Evidence) -> Vec<Judged> {
    let mut all: Vec<Judged> = Vec::new();
    let laws = laws().iter().filter(|law| law.library == case.library);
    for law in laws.filter(|law| case.is_claimed(law.id)) {
        let instances = (law.judge)(evidence);
        entry(&mut all, law.id).extend(instances.into_iter().map(|instance| (instance, None)));
    }
    let checks = case.scenario.checks.iter();
    for one in checks.filter(|check| case.is_claimed(&check.requirement)) {
        let instances = check(one, evidence);
        entry(&mut all, &one.requirement).extend(
            instances
                .into_iter()
                .map(|instance| (instance, Some(one.at.clone()))),
        );
    }
    let asked_for = case.scenario.requirements.iter();
    for (id, _) in asked_for.filter(|(id, _)| case.is_claimed(id)) {
        entry(&mut all, id);
    }
    all
}

fn entry<'a>(all: &'a mut Vec<Judged>, id: &str) -> &'a mut Vec<(Instance, Option<Location>)> {
    let position = all
        .iter()
        .position(|judged| judged.id == id)
        .unwrap_or_else(|| {
            all.push(Judged {
                id: id.to_owned(),
                instances: Vec::new(),
            });
            all.len() - 1
        });
    &mut all[position].instances
}

/// A finding for each way of violating the requirement that no deviation describes.
fn unexcused(scenario: &Scenario, judged: &Judged, own: &[&Deviation]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (instance, at) in &judged.instances {
        let Some(violation) = &instance.violation else {
            continue;
        };
        let excused = own.iter().any(|deviation| covers(deviation, instance));
        if excused || findings.iter().any(|finding| finding.why == violation.why) {
            continue;
        }
        findings.push(Finding {
            kind: FindingKind::Violated,
            requirement: Some(judged.id.clone()),
            cases: Vec::new(),
            why: violation.why.clone(),
            at: Some(at.as_ref().unwrap_or(&scenario.at).to_string()),
            events: violation.events.clone(),
        });
    }
    findings
}

/// The scenario promises a verdict on this requirement, and there is none.
fn not_applicable(scenario: &Scenario, judged: &Judged) -> Option<Finding> {
    let (_, at) = asked_for(scenario, &judged.id)?;
    judged.instances.is_empty().then(|| Finding {
        kind: FindingKind::NotApplicable,
        requirement: Some(judged.id.clone()),
        cases: Vec::new(),
        why: format!(
            "the scenario names {}, but nothing in the case exercises it: no law and no check judged it",
            judged.id
        ),
        at: Some(at.to_string()),
        events: Vec::new(),
    })
}

fn asked_for<'s>(scenario: &'s Scenario, id: &str) -> Option<&'s (String, Location)> {
    scenario.requirements.iter().find(|(asked, _)| asked == id)
}

/// Whether a deviation covers something here, and whether it happened.
fn fate(deviation: &Deviation, judged: &Judged) -> (bool, bool) {
    let mut covered = judged
        .instances
        .iter()
        .map(|(instance, _)| instance)
        .filter(|instance| covers(deviation, instance))
        .peekable();
    let any = covered.peek().is_some();
    (any, covered.any(|instance| instance.violation.is_some()))
}

fn stale(deviation: &Deviation) -> Finding {
    Finding {
        kind: FindingKind::StaleDeviation,
        requirement: Some(deviation.requirement.clone()),
        cases: Vec::new(),
        why: format!(
            "the deviation from {} ({}) did not happen in a case that it covers; remove it, narrow it, or say `sometimes = true`",
            deviation.requirement, deviation.because
        ),
        at: Some(deviation.at.to_string()),
        events: Vec::new(),
    }
}

fn judgement(scenario: &Scenario, judged: Judged, own: &[&Deviation]) -> Judgement {
    let violations: Vec<&Instance> = judged
        .instances
        .iter()
        .map(|(instance, _)| instance)
        .filter(|instance| instance.violation.is_some())
        .collect();
    let verdict = match (judged.instances.is_empty(), violations.is_empty()) {
        (true, _) => Verdict::NotApplicable,
        (false, true) => Verdict::Holds,
        (false, false) => Verdict::Violated,
    };
    let expected = match verdict {
        Verdict::Holds => true,
        Verdict::NotApplicable => asked_for(scenario, &judged.id).is_none(),
        Verdict::Violated => violations
            .iter()
            .all(|instance| own.iter().any(|deviation| covers(deviation, instance))),
    };
    let excused_by = own
        .iter()
        .filter(|deviation| {
            violations
                .iter()
                .any(|instance| covers(deviation, instance))
        })
        .map(|deviation| deviation.because.clone())
        .collect();
    let at = judged
        .instances
        .iter()
        .filter(|(_, at)| at.is_some())
        .max_by_key(|(instance, _)| instance.violation.is_some())
        .and_then(|(_, at)| at.clone());
    Judgement {
        id: judged.id,
        verdict,
        instances: judged
            .instances
            .into_iter()
            .map(|(instance, _)| instance)
            .collect(),
        expected,
        excused_by,
        at,
    }
}
