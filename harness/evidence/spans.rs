//! A case's events as spans of one time, for a drawing: steps, calls, requests, and the settling between steps. Page and
//! wire have clocks of their own; they are brought together here for people to look at, and nothing judges by them.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Evidence, Hit, Place};
use crate::page::{PageEvent, What};
use crate::run::{DocRecord, Recording};
use crate::scenario::On;
use crate::world::{WireEnd, WireRequest};

/// Something that took time, or that happened at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// What it is.
    pub kind: SpanKind,
    /// In a few words.
    pub label: String,
    /// Milliseconds since the case began.
    pub from_ms: f64,
    /// When it ended; absent: it is a moment, or its end was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_ms: Option<f64>,
    /// How a request ended: a hit's outcome, else what was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Number of its hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit: Option<u32>,
}

/// Kinds of spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SpanKind {
    /// A document.
    Document,
    /// A step's code.
    Step,
    /// Waiting until the page is quiet.
    Settling,
    /// A call of the library.
    Library,
    /// A call of a callback.
    Callback,
    /// A request.
    Request,
    /// An error that nobody caught.
    Uncaught,
}

/// The spans in the order in which they began. `evidence` is that of the same recording.
pub fn spans(recording: &Recording, evidence: &Evidence) -> Vec<Span> {
    let mut spans = Vec::new();
    for (doc, record) in recording.docs.iter().enumerate() {
        let origin = origin(record, recording);
        Reader {
            doc,
            origin,
            evidence,
            open: Vec::new(),
            spans: &mut spans,
        }
        .read(record);
    }
    let hits = evidence.hits.iter();
    let of_wire: HashMap<u32, &Hit> = hits
        .flat_map(|hit| hit.wire.iter().map(move |id| (*id, hit)))
        .collect();
    let requests = recording.wire.requests.iter();
    spans.extend(requests.map(|request| of_request(request, of_wire.get(&request.id).copied())));
    spans.extend(recording.wire.refusals.iter().map(|refusal| Span {
        outcome: refusal.state.fault().map(|fault| fault.name().to_owned()),
        ..moment(
            SpanKind::Request,
            format!("connection to {}:{}", refusal.host, refusal.port),
            millis(refusal.at_us),
        )
    }));
    let settling = settling(&spans, over(recording));
    spans.extend(settling);
    for span in &mut spans {
        span.from_ms = tenths(span.from_ms);
        span.to_ms = span.to_ms.map(|to| tenths(to).max(span.from_ms));
    }
    spans.sort_by(|a, b| a.from_ms.total_cmp(&b.from_ms));
    spans
}

/// Milliseconds between the begin of the case and a document's time origin.
fn origin(record: &DocRecord, recording: &Recording) -> f64 {
    let mut events = record.events.iter();
    let began = events.find_map(|event| match event.what {
        What::Hello { now, .. } => Some(now - event.at),
        _ => None,
    });
    began.map_or(0.0, |began| began - recording.started_ms)
}

/// When the case was over: what comes later was not waited for.
fn over(recording: &Recording) -> f64 {
    let pages = recording.docs.iter().filter_map(|record| {
        let mut events = record.events.iter().rev();
        let last = events.find(|event| event.seq <= record.over_at)?;
        Some(origin(record, recording) + last.at)
    });
    let answers = recording
        .wire
        .requests
        .iter()
        .map(|request| &request.answer);
    let answers = answers.filter(|answer| !answer.late);
    let answers = answers.filter_map(|answer| Some(millis(answer.ended_us?)));
    pages.chain(answers).fold(0.0, f64::max)
}

/// What has begun and not ended.
#[derive(Clone, PartialEq)]
enum Open {
    Method(u32),
    Command(u32),
    Callback(String),
    Step(u32),
}

struct Reader<'r> {
    doc: usize,
    origin: f64,
    evidence: &'r Evidence,
    /// Each with the index of its span.
    open: Vec<(Open, usize)>,
    spans: &'r mut Vec<Span>,
}

impl Reader<'_> {
    fn read(mut self, record: &DocRecord) {
        let documents = &self.evidence.documents;
        let url = documents.get(self.doc).map_or("", |document| &document.url);
        let end = record.events.last().map(|event| self.origin + event.at);
        self.spans.push(Span {
            to_ms: end,
            ..moment(SpanKind::Document, brief(url), self.origin)
        });
        for event in &record.events {
            self.event(event);
        }
        self.never_on_the_wire(record);
    }

    fn event(&mut self, event: &PageEvent) {
        let at = self.origin + event.at;
        match &event.what {
            What::Step { n } => self.begin(SpanKind::Step, format!("step {n}"), at, Open::Step(*n)),
            What::Stepped { n, .. } => self.end(at, &Open::Step(*n)),
            What::Enter {
                id,
                tracker,
                method,
                ..
            } => {
                let label = format!("{tracker}.{method}()");
                self.begin(SpanKind::Library, label, at, Open::Method(*id));
            }
            What::Leave { id, .. } => self.end(at, &Open::Method(*id)),
            What::Command {
                id,
                tracker,
                method,
                ..
            } => {
                let label = format!("{tracker}(\"{method}\")");
                self.begin(SpanKind::Library, label, at, Open::Command(*id));
            }
            What::Settled { id, .. } => self.end(at, &Open::Command(*id)),
            What::Called { name, capped, .. } => {
                let label = self.callback(name, event);
                self.begin(SpanKind::Callback, label, at, Open::Callback(name.clone()));
                if *capped {
                    // Its body did not run, and so nothing tells its end.
                    self.open.pop();
                }
            }
            What::Exited { name } => self.end(at, &Open::Callback(name.clone())),
            What::Uncaught { message, .. } => {
                self.spans
                    .push(moment(SpanKind::Uncaught, message.clone(), at));
            }
            _ => {}
        }
    }

    fn begin(&mut self, kind: SpanKind, label: String, at: f64, open: Open) {
        self.open.push((open, self.spans.len()));
        self.spans.push(moment(kind, label, at));
    }

    fn end(&mut self, at: f64, ended: &Open) {
        let Some(place) = self.open.iter().rposition(|(open, _)| open == ended) else {
            return;
        };
        let (_, index) = self.open.remove(place);
        if let Some(span) = self.spans.get_mut(index) {
            span.to_ms = Some(at);
        }
    }

    /// `post audit for hit 1`
    fn callback(&self, name: &str, event: &PageEvent) -> String {
        let place = Place {
            doc: self.doc,
            seq: event.seq,
            task: event.task,
        };
        let call = self.evidence.calls.iter().find(|call| call.place == place);
        let on = call.and_then(|call| call.on).map(On::name);
        let hit = call.and_then(|call| call.hit);
        let words = [
            on.map(str::to_owned),
            Some(name.to_owned()),
            hit.map(|n| format!("for hit {n}")),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        words.join(" ")
    }

    /// Hits that this document handed over and of which nothing arrived.
    fn never_on_the_wire(&mut self, record: &DocRecord) {
        let at = |place: &Place| {
            let event = record.events.iter().find(|event| event.seq == place.seq);
            Some(self.origin + event.filter(|_| place.doc == self.doc)?.at)
        };
        let hits = self.evidence.hits.iter().filter(|hit| hit.wire.is_empty());
        let lost: Vec<Span> = hits
            .filter_map(|hit| {
                let from_ms = at(hit.handed.first()?)?;
                Some(Span {
                    to_ms: hit.ended.as_ref().and_then(|(place, _)| at(place)),
                    ..of_hit(hit, from_ms)
                })
            })
            .collect();
        self.spans.extend(lost);
    }
}

fn moment(kind: SpanKind, label: String, at: f64) -> Span {
    Span {
        kind,
        label,
        from_ms: at,
        to_ms: None,
        outcome: None,
        hit: None,
    }
}

fn of_hit(hit: &Hit, from_ms: f64) -> Span {
    let fault = hit.fault.map(|fault| format!(" ({})", fault.name()));
    Span {
        outcome: Some(hit.outcome.name().to_owned() + &fault.unwrap_or_default()),
        hit: Some(hit.n),
        ..moment(
            SpanKind::Request,
            format!(
                "hit {}: {} {} {}",
                hit.n,
                hit.transport.name(),
                hit.method,
                hit.host
            ),
            from_ms,
        )
    }
}

fn of_request(request: &WireRequest, hit: Option<&Hit>) -> Span {
    let from_ms = millis(request.at_us);
    let to_ms = request.answer.ended_us.map(millis);
    match hit {
        Some(hit) => Span {
            to_ms,
            ..of_hit(hit, from_ms)
        },
        None => {
            let address = format!("{}{}", request.host, request.target);
            Span {
                to_ms,
                outcome: Some(answered(request)),
                ..moment(
                    SpanKind::Request,
                    format!("{} {}", request.method, brief(&address)),
                    from_ms,
                )
            }
        }
    }
}

fn answered(request: &WireRequest) -> String {
    let answer = &request.answer;
    match (answer.fault, answer.status, answer.end) {
        (Some(fault), ..) => fault.name().to_owned(),
        (None, Some(status), WireEnd::Complete) => status.to_string(),
        (None, _, WireEnd::Open) => "still open".to_owned(),
        (None, ..) => "not answered".to_owned(),
    }
}

/// What lies before, between and behind the steps' code.
fn settling(spans: &[Span], over: f64) -> Vec<Span> {
    let mut steps: Vec<&Span> = spans
        .iter()
        .filter(|span| span.kind == SpanKind::Step)
        .collect();
    steps.sort_by(|a, b| a.from_ms.total_cmp(&b.from_ms));
    let begins = steps.iter().map(|step| step.from_ms).chain([over]);
    let before = steps.iter().map(|step| {
        let ended = step.to_ms.unwrap_or(step.from_ms);
        (format!("settling after {}", step.label), ended)
    });
    let loading = ("loading and settling".to_owned(), 0.0);
    let pauses = std::iter::once(loading).chain(before).zip(begins);
    let pauses = pauses.filter(|((_, from_ms), to_ms)| to_ms > from_ms);
    let pauses = pauses.map(|((label, from_ms), to_ms)| Span {
        to_ms: Some(to_ms),
        ..moment(SpanKind::Settling, label, from_ms)
    });
    pauses.collect()
}

/// An address without its query.
fn brief(url: &str) -> String {
    match url.split_once('?') {
        Some((base, _)) => format!("{base}?…"),
        None => url.to_owned(),
    }
}

fn millis(us: u64) -> f64 {
    us as f64 / 1_000.0
}

/// To a tenth, and none before the case began: clocks may differ by a little.
fn tenths(ms: f64) -> f64 {
    (ms.max(0.0) * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::join;
    use super::super::testing::{Case, HOST, hit_url, scenario};
    use super::*;
    use crate::scenario::{Fault, HostState, Transport};
    use crate::world::Purpose;

    fn drawn(case: Case) -> Vec<String> {
        let recording = case.recording();
        let spans = spans(&recording, &join(&recording, &scenario()));
        let line = |span: &Span| {
            let to = span
                .to_ms
                .map_or(String::new(), |to| format!(" to {to:.1}"));
            let outcome = span.outcome.iter().map(|outcome| format!(" → {outcome}"));
            let outcome: String = outcome.collect();
            format!(
                "{:.1}{to} {:?} {}{outcome}",
                span.from_ms, span.kind, span.label
            )
        };
        spans.iter().map(line).collect()
    }

    #[test]
    fn calls_requests_and_the_settling_between_steps_have_their_times() {
        let mut case = Case::new();
        case.registered(On::Post, "s", "audit");
        case.step(1);
        let url = hit_url("s1", "");
        let t = case.enter("s", "t");
        case.handed(Transport::Image, &url);
        case.leave(t);
        case.event(What::Stepped {
            n: 1,
            threw: None,
            line: 0,
            column: 0,
        });
        case.arrived_with(&url, Fault::Reset);
        case.called("audit", json!([url]));
        case.step(2);
        case.request("https://www.shop.test/a?b=c", Purpose::Other);
        insta::assert_snapshot!(drawn(case).join("\n"), @"
        0.0 to 11.0 Document https://www.shop.test/checkout
        0.0 to 4.0 Settling loading and settling
        4.0 to 8.0 Step step 1
        5.0 to 7.0 Library s.t()
        8.0 to 8.5 Request hit 1: image GET metrics.shop.test → failed (reset)
        8.0 to 11.0 Settling settling after step 1
        9.0 to 10.0 Callback post audit for hit 1
        11.0 Step step 2
        11.0 to 11.5 Request GET www.shop.test/a?… → 200
        11.0 to 11.5 Settling settling after step 2
        ");
    }

    #[test]
    fn a_hit_that_never_arrived_and_a_refused_connection_are_drawn() {
        let mut case = Case::new();
        let image = case.handed(Transport::Image, &hit_url("s1", ""));
        case.refused(HOST, HostState::Refuse);
        case.ended(image, "error");
        insta::assert_snapshot!(drawn(case).join("\n"), @"
        0.0 to 4.0 Document https://www.shop.test/checkout
        0.0 to 4.0 Settling loading and settling
        3.0 to 4.0 Request hit 1: image GET metrics.shop.test → failed (refuse)
        3.0 Request connection to metrics.shop.test:443 → refuse
        ");
    }
}
