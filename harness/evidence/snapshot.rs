//! The snapshot: one readable text of what a case showed and what must not change.
//!
//! ```text
//! tracker s
//!
//! hit 1  step 1  image GET  delivered
//!   https://metrics.shop.test/b/ss/examplersid/1/JS-«version»/«random:1»
//!     t           «date»
//!     ce charSet  UTF-8
//!     v1 eVar1    A
//!   pre audit
//!     «url of hit 1»  "param1"  2
//!   post done
//!     «url of hit 1»
//!
//! values
//!   flag  false
//! ```
//!
//! Hits stand in the order of handing over, by tracker, and are numbered by tracker: trackers have
//! independent queues. Calls stand under their hit, grouped by callback, pre before post, because
//! the documentation leaves the order of different callbacks open. Not in it: what is late, attempts,
//! times, and how transports ended in the page's eyes.

use std::fmt::Write;

use super::Evidence;
use super::behaviour::behaviour;
use super::normalise::is_token;
use super::shown::{
    Behaviour, ShownCalls, ShownHit, ShownParam, ShownRequest, ShownRun, ShownTracker,
};
use crate::scenario::{On, Scenario};

/// The snapshot of a case. A loop that `max_hits` ended shows that many hits of each tracker; how
/// many more there were is a matter of timing.
pub fn snapshot(evidence: &Evidence, scenario: &Scenario) -> String {
    behaviour(evidence, scenario).text()
}

impl Behaviour {
    /// The text of its snapshot.
    pub fn text(&self) -> String {
        let mut sheet = Sheet::default();
        sheet.hits(&self.trackers);
        sheet.calls_without_a_hit(&self.calls);
        sheet.values(self);
        sheet.requests(&self.requests);
        sheet.uncaught(&self.uncaught);
        sheet.text
    }
}

#[derive(Default)]
struct Sheet {
    text: String,
}

impl Sheet {
    fn line(&mut self, indent: usize, line: &str) {
        let line = line.trim_end();
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{:indent$}{line}", "");
    }

    fn section(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(0, title);
    }

    fn hits(&mut self, trackers: &[ShownTracker]) {
        if trackers.is_empty() {
            self.section("no hits");
        }
        for ShownTracker { tracker, hits } in trackers {
            self.section(&match tracker {
                Some(tracker) => format!("tracker {tracker}"),
                None => "no tracker".to_owned(),
            });
            for hit in hits {
                self.hit(hit);
            }
        }
    }

    fn hit(&mut self, hit: &ShownHit) {
        self.section(&headline(hit));
        self.line(2, &hit.address);
        if let Some(arrived) = &hit.arrived {
            self.line(2, &format!("arrived as {arrived}"));
        }
        self.params(hit.framed, &hit.params);
        if hit.body_changed {
            self.line(4, "«!the body that arrived is another one»");
        }
        self.calls(&hit.calls, hit.step);
    }

    fn params(&mut self, framed: bool, params: &[ShownParam]) {
        if !framed {
            let line = "cut off or out of order: not AQB=1, ndh=1, pf=1 first and AQE=1 last";
            self.line(4, &format!("«!{line}»"));
        }
        let rows = params
            .iter()
            .map(|param| (label(param), legible(&param.value)));
        self.rows(4, &rows.collect::<Vec<_>>());
    }

    fn rows(&mut self, indent: usize, rows: &[(String, String)]) {
        let width = rows.iter().map(|(name, _)| name.chars().count()).max();
        for (name, value) in rows {
            let width = width.unwrap_or(0);
            self.line(indent, &format!("{name:width$}  {value}"));
        }
    }

    /// Calls by callback; a step is named where it is not the given one.
    fn calls(&mut self, calls: &[ShownCalls], step: u32) {
        for ShownCalls { on, name, runs } in calls {
            self.line(2, &format!("{} {name}", on.map_or("called", list_name)));
            for run in runs {
                let place = if run.step == step {
                    String::new()
                } else {
                    format!("in step {}", run.step)
                };
                let parts: Vec<String> = args(run).into_iter().chain([place]).collect();
                self.line(4, &parts.join("  "));
            }
        }
    }

    fn calls_without_a_hit(&mut self, calls: &[ShownCalls]) {
        if !calls.is_empty() {
            self.section("calls without a hit");
            self.calls(calls, 0);
        }
    }

    fn values(&mut self, behaviour: &Behaviour) {
        let values = behaviour.values.iter();
        let rows: Vec<(String, String)> = values
            .map(|value| (value.name.clone(), shortened(&value.value)))
            .collect();
        if !rows.is_empty() {
            self.section("values");
            self.rows(2, &rows);
        }
    }

    /// Sorted as text.
    fn requests(&mut self, requests: &[ShownRequest]) {
        if requests.is_empty() {
            return;
        }
        self.section("requests");
        let start = self.text.len();
        let mut blocks: Vec<String> = Vec::new();
        for request in requests {
            self.request(request);
            blocks.push(self.text.split_off(start));
        }
        blocks.sort();
        self.text.push_str(&blocks.concat());
    }

    fn request(&mut self, request: &ShownRequest) {
        self.line(2, &format!("{} {}", request.method, request.address));
        self.params(request.framed, &request.params);
        if !request.body.is_empty() {
            self.line(4, &format!("body  {}", legible(&request.body)));
        }
    }

    fn uncaught(&mut self, uncaught: &[String]) {
        if uncaught.is_empty() {
            return;
        }
        self.section("uncaught");
        for text in uncaught {
            self.line(2, &legible(text));
        }
    }
}

fn args(run: &ShownRun) -> Vec<String> {
    match run.args.is_empty() {
        true => vec!["(no arguments)".to_owned()],
        false => run.args.iter().map(|arg| shortened(arg)).collect(),
    }
}

fn headline(hit: &ShownHit) -> String {
    let mut parts = vec![format!("hit {}", hit.n)];
    if hit.step > 0 {
        parts.push(format!("step {}", hit.step));
    }
    parts.push(format!("{} {}", hit.transport.name(), hit.method));
    parts.push(hit.ended());
    match hit.sends {
        0 => parts.push("seen on the wire only".to_owned()),
        1 => {}
        sends => parts.push(format!("handed over {sends} times")),
    }
    if hit.refused {
        parts.push("sendBeacon returned false".to_owned());
    }
    parts.join("  ")
}

impl ShownHit {
    /// Its outcome with the fault that it met: `failed (reset)`.
    pub fn ended(&self) -> String {
        let fault = self.fault.map(|fault| format!(" ({})", fault.name()));
        let why = self.undecided.as_ref().map(|why| format!(": {why}"));
        let [fault, why] = [fault, why].map(Option::unwrap_or_default);
        format!("{}{fault}{why}", self.outcome)
    }
}

/// `v1 eVar1`; context data by Adobe's name alone, which holds the other.
fn label(param: &ShownParam) -> String {
    match &param.variable {
        Some(variable) if param.name.starts_with("c.") => variable.clone(),
        Some(variable) => format!("{} {variable}", param.name),
        None => param.name.clone(),
    }
}

fn list_name(on: On) -> &'static str {
    match on {
        On::Pre => "pre",
        On::Post => "post",
        On::Then => "then",
        On::Catch => "catch",
    }
}

/// A text on one line: quoted where its ends or its characters would not show, long runs shortened.
pub fn legible(text: &str) -> String {
    let plain = !text.is_empty() && text.trim() == text && !text.contains(char::is_control);
    match plain || is_token(text) {
        true => shortened(text),
        false => shortened(&format!("{text:?}")),
    }
}

/// Long runs of one character as `«x × 2100»`: lossless, and short enough to review.
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 20;
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let tail = rest.trim_start_matches(first);
        let run = &rest[..rest.len() - tail.len()];
        match run.len() / first.len_utf8() {
            length if length > LONGEST => short.push_str(&format!("«{first} × {length}»")),
            _ => short.push_str(run),
        }
        rest = tail;
    }
    short
}
