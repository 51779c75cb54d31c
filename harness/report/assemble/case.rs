//! The result of one case out of what it was judged to be.

use std::time::Duration;

use super::Judged;
use crate::evidence::{Call, Hit};
use crate::report::{
    CallResult, CaseResult, HitResult, ParamResult, RequirementVerdict, SnapshotStatus, Status,
};
use crate::run::{Case, Trouble};
use crate::verdict::{Compared, Judgement};

/// A planned case before it ran.
pub(super) fn not_run(case: &Case) -> CaseResult {
    CaseResult {
        scenario: case.scenario.name.clone(),
        build: case.build.name.clone(),
        browser: case.browser.name.clone(),
        at: case.scenario.at.to_string(),
        scenario_sha256: Some(case.scenario.sha256.clone()),
        same_as: case.scenario.same_as.clone(),
        status: Status::Skipped,
        attempts: 0,
        retried_after: Vec::new(),
        duration_ms: 0.0,
        error: None,
        error_at: None,
        environment: false,
        requirements: Vec::new(),
        snapshot: None,
        diff: None,
        recorded_with: None,
        findings: Vec::new(),
        covered: Vec::new(),
        hits: Vec::new(),
        calls: Vec::new(),
        behaviour: None,
        timeline: Vec::new(),
        spans: Vec::new(),
    }
}

/// Fills in what the case was judged to be.
pub(super) fn fill(case: &mut CaseResult, judged: Judged) {
    let (snapshot, diff, recorded_with) = match judged.snapshot {
        Compared::Same => (SnapshotStatus::Same, None, None),
        Compared::Variant => (SnapshotStatus::Variant, None, None),
        Compared::New => (SnapshotStatus::New, None, None),
        Compared::Changed { diff, recorded } => (SnapshotStatus::Changed, Some(diff), recorded),
    };
    let as_expected = judged.findings.is_empty()
        && judged.judgements.iter().all(|judgement| judgement.expected)
        && matches!(snapshot, SnapshotStatus::Same | SnapshotStatus::Variant);
    case.status = if as_expected {
        Status::Pass
    } else {
        Status::Fail
    };
    case.snapshot = Some(snapshot);
    case.diff = diff;
    case.recorded_with = recorded_with;
    case.findings = judged.findings;
    case.covered = judged.covered.iter().map(ToString::to_string).collect();
    case.requirements = judged.judgements.iter().map(verdict).collect();
    case.hits = judged.evidence.hits.iter().map(hit).collect();
    case.calls = judged.evidence.calls.iter().map(call).collect();
    case.behaviour = Some(judged.behaviour);
    case.timeline = judged.timeline;
    case.spans = judged.spans;
}

/// Fills in why the case could not be judged.
pub(super) fn fail(case: &mut CaseResult, trouble: Trouble) {
    case.status = Status::Error;
    case.environment = trouble.infrastructure();
    case.error = Some(trouble.message);
    case.error_at = trouble.at;
}

fn verdict(judgement: &Judgement) -> RequirementVerdict {
    let first = judgement
        .instances
        .iter()
        .find_map(|instance| instance.violation.as_ref());
    let why = match (judgement.expected, judgement.excused_by.is_empty()) {
        (true, false) => Some(judgement.excused_by.join("; ")),
        _ => first.map(|violation| violation.why.clone()),
    };
    RequirementVerdict {
        id: judgement.id.clone(),
        verdict: judgement.verdict,
        instances: judgement.instances.len(),
        expected: judgement.expected,
        why,
        events: first.map_or_else(Vec::new, |violation| violation.events.clone()),
    }
}

fn hit(hit: &Hit) -> HitResult {
    HitResult {
        n: hit.n,
        tracker: hit.tracker.clone(),
        step: hit.step,
        transport: hit.transport,
        method: hit.method.clone(),
        url: hit.url.clone(),
        host: hit.host.clone(),
        outcome: hit.outcome.name().into(),
        fault: hit.fault,
        sends: hit.sends,
        attempts: hit.attempts,
        params: hit
            .params
            .iter()
            .map(|param| ParamResult {
                name: param.name.clone(),
                variable: param.variable.clone(),
                value: param.value.clone(),
            })
            .collect(),
    }
}

fn call(call: &Call) -> CallResult {
    CallResult {
        on: call.on,
        name: call.name.clone(),
        hit: call.hit,
        args: call.args.clone(),
    }
}

/// Milliseconds to a tenth, as people read them.
pub(super) fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 10_000.0).round() / 10.0
}
