//! What the page shows of a case.

use serde::Serialize;

use super::drawing::{Drawing, drawing};
use super::view::{Fact, Places, status_names};
use crate::report::terminal::{call_words, hit_words, span, verdict_name};
use crate::report::{
    CaseResult, HitResult, ParamResult, RequirementVerdict, Results, SnapshotStatus,
};
use crate::verdict::Verdict;

#[derive(Serialize)]
pub(super) struct CaseView<'r> {
    n: usize,
    status: &'static str,
    word: &'static str,
    scenario: &'r str,
    build: &'r str,
    browser: &'r str,
    b: Option<usize>,
    w: Option<usize>,
    /// Places of the requirements that it judged, between spaces.
    requirements: String,
    took: String,
    facts: Vec<Fact>,
    error: Vec<&'r str>,
    attempts: Vec<Vec<&'r str>>,
    findings: Vec<usize>,
    drawing: Option<Drawing>,
    verdicts: Vec<VerdictView<'r>>,
    hits: Vec<HitView<'r>>,
    calls: Vec<String>,
    diff: Vec<Line<'r>>,
    timeline: &'r [String],
}

#[derive(Serialize)]
struct VerdictView<'r> {
    id: &'r str,
    claim: &'r str,
    word: &'static str,
    class: &'static str,
    why: Option<&'r str>,
    events: &'r [String],
}

#[derive(Serialize)]
struct HitView<'r> {
    words: String,
    url: &'r str,
    params: &'r [ParamResult],
}

/// A line with the class of its colour.
#[derive(Serialize)]
pub(super) struct Line<'r> {
    class: &'static str,
    text: &'r str,
}

impl<'r> Line<'r> {
    pub fn plain(text: &'r str) -> Line<'r> {
        Line { class: "", text }
    }
}

/// The lines of a diff.
pub(super) fn diff_lines<'r>(lines: impl Iterator<Item = &'r str>) -> Vec<Line<'r>> {
    let lines = lines.map(|text| Line {
        class: match text.as_bytes().first() {
            Some(b'+') => "come",
            Some(b'-') => "gone",
            Some(b'@') => "dim",
            _ => "",
        },
        text,
    });
    lines.collect()
}

impl<'r> CaseView<'r> {
    pub fn of(
        results: &'r Results,
        case: &'r CaseResult,
        n: usize,
        name: &str,
        places: &Places<'_>,
    ) -> CaseView<'r> {
        let (status, word) = status_names(case.status);
        let judged = case.requirements.iter().filter(|verdict| is_shown(verdict));
        let judged: Vec<&RequirementVerdict> = judged.collect();
        let requirements = judged.iter().filter_map(|verdict| {
            let place = places.requirements.get(verdict.id.as_str())?;
            Some(format!("{place} "))
        });
        let requirements: String = requirements.collect();
        CaseView {
            n,
            status,
            word,
            scenario: &case.scenario,
            build: &case.build,
            browser: &case.browser,
            b: places.builds.get(case.build.as_str()).copied(),
            w: places.browsers.get(case.browser.as_str()).copied(),
            requirements: format!(" {requirements}"),
            took: match case.attempts {
                0 => String::new(),
                _ => span(case.duration_ms / 1000.0),
            },
            facts: facts(case),
            error: case.error.iter().flat_map(|error| error.lines()).collect(),
            attempts: case
                .retried_after
                .iter()
                .map(|why| why.lines().collect())
                .collect(),
            findings: places.findings.get(name).cloned().unwrap_or_default(),
            drawing: drawing(&case.spans),
            verdicts: judged
                .into_iter()
                .map(|verdict| VerdictView::of(results, verdict))
                .collect(),
            hits: case.hits.iter().map(HitView::of).collect(),
            calls: case.calls.iter().map(call_words).collect(),
            diff: diff_lines(case.diff.iter().flat_map(|diff| diff.lines())),
            timeline: &case.timeline,
        }
    }
}

/// What a case neither judged nor had to judge says nothing of it.
fn is_shown(verdict: &RequirementVerdict) -> bool {
    verdict.verdict != Verdict::NotApplicable || !verdict.expected
}

fn facts(case: &CaseResult) -> Vec<Fact> {
    let snapshot = case.snapshot.map(|snapshot| match snapshot {
        SnapshotStatus::Same => "the same as recorded",
        SnapshotStatus::Variant => "the same as the variant that was recorded",
        SnapshotStatus::New => "none was recorded yet",
        SnapshotStatus::Changed => "other than recorded",
    });
    let facts = [
        ("at", Some(case.at.clone())),
        (
            "attempts",
            (case.attempts > 1).then(|| case.attempts.to_string()),
        ),
        ("snapshot", snapshot.map(str::to_owned)),
        ("same as", case.same_as.clone()),
    ];
    let facts = facts.into_iter();
    facts
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}

impl<'r> VerdictView<'r> {
    fn of(results: &'r Results, verdict: &'r RequirementVerdict) -> VerdictView<'r> {
        VerdictView {
            id: &verdict.id,
            claim: results.claim(&verdict.id).map_or("", |claim| &claim.claim),
            word: verdict_name(verdict),
            class: match (verdict.verdict, verdict.expected) {
                (_, false) => "gone",
                (Verdict::Violated, true) => "known",
                _ => "come",
            },
            why: verdict.why.as_deref(),
            events: &verdict.events,
        }
    }
}

impl<'r> HitView<'r> {
    fn of(hit: &'r HitResult) -> HitView<'r> {
        HitView {
            words: hit_words(hit),
            url: &hit.url,
            params: &hit.params,
        }
    }
}
