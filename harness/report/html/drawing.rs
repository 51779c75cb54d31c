//! A case's spans as lengths and places of an SVG: a row a span below each other, time from left to right.

use serde::Serialize;

use crate::evidence::{Span, SpanKind};
use crate::report::terminal::{safe, shorten};

/// Width of the column of labels.
const LABELS: f64 = 340.0;
/// Width of the time.
const TIME: f64 = 560.0;
/// What the last time above needs behind its line.
const MARGIN: f64 = 60.0;
/// Height of a row.
const ROW: f64 = 20.0;
/// Height above the rows, where the times stand.
const TOP: f64 = 22.0;
/// Characters of a label that fit.
const LABEL: usize = 46;
/// What a bar's note takes; it stands before the bar where there is not so much space behind it.
const NOTE: f64 = 150.0;
/// More rows are not drawn: a case that loops has thousands.
const ROWS: usize = 120;
/// Times that are written above.
const TICKS: f64 = 7.0;

#[derive(Serialize)]
pub(super) struct Drawing {
    width: f64,
    height: f64,
    /// Where the rows begin.
    top: f64,
    ticks: Vec<Tick>,
    rows: Vec<Bar>,
    /// Rows that are not drawn.
    more: usize,
    /// What somebody hears who does not see it.
    spoken: String,
}

#[derive(Serialize)]
struct Tick {
    x: f64,
    label: String,
}

#[derive(Serialize)]
struct Bar {
    label: String,
    /// All about it.
    title: String,
    class: &'static str,
    /// The top of the bar, and the line that texts stand on.
    y: f64,
    baseline: f64,
    x: f64,
    /// `None`: it is a moment.
    width: Option<f64>,
    note: String,
    note_x: f64,
    anchor: &'static str,
}

/// The drawing; `None` if there is nothing to draw.
pub(super) fn drawing(spans: &[Span]) -> Option<Drawing> {
    let ends = spans.iter().map(|span| span.to_ms.unwrap_or(span.from_ms));
    let end = ends.fold(0.0, f64::max).max(1.0);
    if spans.is_empty() || !end.is_finite() {
        return None;
    }
    let x = |ms: f64| tenths(LABELS + ms.max(0.0) / end * TIME);
    let rows: Vec<Bar> = spans
        .iter()
        .take(ROWS)
        .enumerate()
        .map(|(row, span)| bar(span, TOP + row as f64 * ROW, x))
        .collect();
    Some(Drawing {
        width: LABELS + TIME + MARGIN,
        height: TOP + rows.len() as f64 * ROW + 4.0,
        top: TOP,
        ticks: ticks(end, x),
        more: spans.len() - rows.len(),
        rows,
        spoken: spoken(spans, end),
    })
}

fn bar(span: &Span, top: f64, x: impl Fn(f64) -> f64) -> Bar {
    let from = x(span.from_ms);
    let to = x(span.to_ms.unwrap_or(span.from_ms));
    let note = match (&span.outcome, span.to_ms) {
        (Some(outcome), _) => outcome.clone(),
        (None, Some(to)) => format!("{:.1} ms", to - span.from_ms),
        (None, None) => String::new(),
    };
    let behind = to + NOTE < LABELS + TIME;
    let to_words = span.to_ms.map(|to| format!(" to {to:.1}"));
    let outcome = span.outcome.iter().map(|outcome| format!(", {outcome}"));
    Bar {
        label: shorten(&safe(&span.label), LABEL).into_owned(),
        title: format!(
            "{} {}: {:.1}{} ms{}",
            kind_name(span.kind),
            span.label,
            span.from_ms,
            to_words.unwrap_or_default(),
            outcome.collect::<String>()
        ),
        class: class(span),
        y: top + 4.0,
        baseline: top + 14.0,
        x: from,
        // What is too short to be seen is as wide as a line.
        width: span.to_ms.map(|_| tenths((to - from).max(2.0))),
        note: shorten(&safe(&note), LABEL / 2).into_owned(),
        note_x: match behind {
            true => tenths(to + 6.0),
            false => tenths(from - 6.0),
        },
        anchor: match behind {
            true => "start",
            false => "end",
        },
    }
}

fn ticks(end: f64, x: impl Fn(f64) -> f64) -> Vec<Tick> {
    let rough = end / TICKS;
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let step = steps.into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(end);
    let times = (0..=TICKS as u32).map(|n| f64::from(n) * step);
    let times = times.take_while(|ms| *ms <= end);
    times
        .map(|ms| Tick {
            x: x(ms),
            label: match ms >= 10_000.0 {
                true => format!("{} s", ms / 1000.0),
                false => format!("{} ms", tenths(ms)),
            },
        })
        .collect()
}

fn class(span: &Span) -> &'static str {
    match span.kind {
        SpanKind::Document => "document",
        SpanKind::Step => "step",
        SpanKind::Settling => "settling",
        SpanKind::Library => "library",
        SpanKind::Callback => "callback",
        SpanKind::Uncaught => "failed",
        SpanKind::Request => {
            let outcome = span.outcome.as_deref().unwrap_or_default();
            let is_one_of = |beginnings: &[&str]| {
                let mut beginnings = beginnings.iter();
                beginnings.any(|beginning| outcome.starts_with(beginning))
            };
            if is_one_of(&["delivered", "2", "3"]) {
                "delivered"
            } else if is_one_of(&["undecided", "still open"]) {
                "undecided"
            } else {
                "failed"
            }
        }
    }
}

fn kind_name(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Document => "document",
        SpanKind::Step => "code of",
        SpanKind::Settling => "wait:",
        SpanKind::Library => "library call",
        SpanKind::Callback => "callback",
        SpanKind::Request => "request",
        SpanKind::Uncaught => "uncaught error",
    }
}

fn spoken(spans: &[Span], end: f64) -> String {
    let of = |kind: SpanKind| spans.iter().filter(|span| span.kind == kind).count();
    format!(
        "Drawing of {end:.0} ms: {} library calls, {} callbacks, {} requests; the timeline below has the same as text",
        of(SpanKind::Library),
        of(SpanKind::Callback),
        of(SpanKind::Request),
    )
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(from_ms: f64, to_ms: Option<f64>) -> Span {
        Span {
            kind: SpanKind::Request,
            label: "hit 1".into(),
            from_ms,
            to_ms,
            outcome: Some("failed (reset)".into()),
            hit: Some(1),
        }
    }

    #[test]
    fn bars_lie_in_time_and_notes_beside_them() {
        let drawn = drawing(&[
            span(0.0, Some(25.0)),
            span(90.0, Some(100.0)),
            span(50.0, None),
        ]);
        let rows = drawn.unwrap().rows;
        assert_eq!((rows[0].x, rows[0].width), (LABELS, Some(TIME / 4.0)));
        assert_eq!((rows[0].anchor, rows[1].anchor), ("start", "end"));
        assert_eq!((rows[2].x, rows[2].width), (LABELS + TIME / 2.0, None));
        assert_eq!(
            rows[1].title,
            "request hit 1: 90.0 to 100.0 ms, failed (reset)"
        );
        assert_eq!(rows[2].class, "failed");
    }

    #[test]
    fn a_case_that_loops_is_drawn_as_far_as_a_person_looks() {
        let drawn = drawing(&vec![span(1.0, None); ROWS + 30]).unwrap();
        assert_eq!((drawn.rows.len(), drawn.more), (ROWS, 30));
        assert!(drawing(&[]).is_none(), "nothing to draw");
    }

    proptest! {
        #[test]
        fn nothing_lies_outside(times in prop::collection::vec((0.0..1e7_f64, prop::option::of(0.0..1e7_f64)), 1..20)) {
            let spans: Vec<Span> = times
                .iter()
                .map(|(from, took)| span(*from, took.map(|took| from + took)))
                .collect();
            let drawn = drawing(&spans).unwrap();
            for row in &drawn.rows {
                let end = row.x + row.width.unwrap_or(0.0);
                prop_assert!(row.x >= LABELS && end <= drawn.width, "{} to {end}", row.x);
            }
            prop_assert!(!drawn.ticks.is_empty() && drawn.ticks.iter().all(|tick| tick.x <= drawn.width));
        }
    }
}
