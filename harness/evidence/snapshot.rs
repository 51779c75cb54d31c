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

mod sdk;

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value as Json;

use super::address::{Address, split_query};
use super::normalise::{Normaliser, Shown, is_token, mark};
use super::volatile::Setting;
use super::{Call, Evidence, Hit, OtherRequest, Outcome, Param, codec, names};
use crate::scenario::{Library, On, Scenario};

/// The snapshot of a case. A loop that `max_hits` ended shows that many hits of each tracker; how
/// many more there were is a matter of timing.
pub fn snapshot(evidence: &Evidence, scenario: &Scenario) -> String {
    let most = if evidence.capped {
        scenario.max_hits as usize
    } else {
        usize::MAX
    };
    let groups = by_tracker(evidence, scenario, most);
    let mut sheet = Sheet {
        evidence,
        normaliser: Normaliser::new(evidence, scenario, named(&groups)),
        is_sdk: scenario.library == Library::Alloy,
        text: String::new(),
    };
    sheet.hits(&groups);
    sheet.calls_without_a_hit();
    sheet.values();
    sheet.requests();
    sheet.uncaught();
    sheet.text
}

type Groups<'e> = Vec<(Option<&'e str>, Vec<&'e Hit>)>;

/// Hits by tracker: the scenario's trackers in its order, then others by name, then none.
fn by_tracker<'e>(evidence: &'e Evidence, scenario: &Scenario, most: usize) -> Groups<'e> {
    let mut groups: BTreeMap<(usize, Option<&str>), Vec<&Hit>> = BTreeMap::new();
    for hit in evidence.hits.iter().filter(|hit| !hit.late) {
        let tracker = hit.tracker.as_deref();
        let known = scenario
            .trackers
            .iter()
            .position(|known| Some(known.instance.as_str()) == tracker);
        let unknown = scenario.trackers.len() + usize::from(tracker.is_none());
        groups
            .entry((known.unwrap_or(unknown), tracker))
            .or_default()
            .push(hit);
    }
    groups
        .into_iter()
        .map(|((_, tracker), hits)| (tracker, hits.into_iter().take(most).collect()))
        .collect()
}

/// What each hit is called: `hit 1`, with several trackers `hit 1 of b`.
fn named<'e>(groups: &Groups<'e>) -> Vec<(&'e Hit, String)> {
    let one = groups.len() == 1;
    let named = groups.iter().flat_map(|(tracker, hits)| {
        let of = match tracker {
            _ if one => String::new(),
            Some(tracker) => format!(" of {tracker}"),
            None => " of no tracker".to_owned(),
        };
        hits.iter()
            .zip(1..)
            .map(move |(hit, n)| (*hit, format!("hit {n}{of}")))
    });
    named.collect()
}

struct Sheet<'e> {
    evidence: &'e Evidence,
    normaliser: Normaliser<'e>,
    /// Values are results of commands, whose members come in any order.
    is_sdk: bool,
    text: String,
}

impl<'e> Sheet<'e> {
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

    fn hits(&mut self, groups: &Groups<'e>) {
        if groups.is_empty() {
            self.section("no hits");
        }
        for (tracker, hits) in groups {
            self.section(&match tracker {
                Some(tracker) => format!("tracker {tracker}"),
                None => "no tracker".to_owned(),
            });
            for (hit, n) in hits.iter().zip(1..) {
                self.hit(hit, n);
            }
        }
    }

    fn hit(&mut self, hit: &Hit, n: usize) {
        let setting = self.normaliser.setting(hit);
        self.section(&headline(hit, n));
        let base = split_query(&hit.url).0;
        let base = self.normaliser.base(base, &setting);
        self.line(2, &base);
        if let Some(arrived) = hit
            .arrived_url
            .as_ref()
            .filter(|arrived| **arrived != hit.url)
        {
            let arrived = self.normaliser.url(arrived, &setting);
            self.line(2, &format!("arrived as {arrived}"));
        }
        match &hit.body {
            None => self.params(&hit.params, &setting),
            Some(body) => self.sdk_request(&hit.url, body, &setting),
        }
        if hit.body_changed {
            self.line(4, "«!the body that arrived is another one»");
        }
        let calls: Vec<&Call> = hit
            .calls
            .iter()
            .map(|at| &self.evidence.calls[*at])
            .collect();
        self.calls(&calls, hit.step);
    }

    fn params(&mut self, params: &[Param], setting: &Setting) {
        let inner = match within_envelope(params) {
            Some(inner) => inner,
            None => {
                if params
                    .iter()
                    .any(|param| param.name == "AQB" || param.name == "AQE")
                {
                    let line =
                        "cut off or out of order: not AQB=1, ndh=1, pf=1 first and AQE=1 last";
                    self.line(4, &format!("«!{line}»"));
                }
                params
            }
        };
        let rows: Vec<(String, String)> = inner
            .iter()
            .filter_map(|param| Some((label(param), self.value(param, setting)?)))
            .collect();
        self.rows(4, &rows);
    }

    fn value(&mut self, param: &Param, setting: &Setting) -> Option<String> {
        match self
            .normaliser
            .parameter(&param.name, &param.value, setting)
        {
            Shown::Dropped => None,
            Shown::Token(token) => Some(token),
            Shown::Wrong(kind) => Some(mark(kind, &legible(&param.value))),
            Shown::AsIs => Some(legible(&self.normaliser.text(&param.value, setting))),
        }
    }

    fn rows(&mut self, indent: usize, rows: &[(String, String)]) {
        let width = rows.iter().map(|(name, _)| name.chars().count()).max();
        for (name, value) in rows {
            let width = width.unwrap_or(0);
            self.line(indent, &format!("{name:width$}  {value}"));
        }
    }

    /// Calls grouped by list and callback; a step is named where it is not the given one.
    fn calls(&mut self, calls: &[&Call], step: u32) {
        let mut groups: BTreeMap<(Option<On>, &str), Vec<&Call>> = BTreeMap::new();
        for call in calls.iter().filter(|call| !call.late) {
            groups.entry((call.on, &call.name)).or_default().push(call);
        }
        // Calls by the scenario itself (without a list) come last.
        let (own, listed): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|((on, _), _)| on.is_none());
        for ((on, name), calls) in listed.into_iter().chain(own) {
            self.line(2, &format!("{} {name}", on.map_or("called", list_name)));
            for call in calls {
                let args = self.args(call);
                let place = if call.step == step {
                    String::new()
                } else {
                    format!("in step {}", call.step)
                };
                let parts: Vec<String> = args.into_iter().chain([place]).collect();
                self.line(4, &parts.join("  "));
            }
        }
    }

    fn args(&mut self, call: &Call) -> Vec<String> {
        if call.args.is_empty() {
            return vec!["(no arguments)".to_owned()];
        }
        let setting = self.normaliser.setting_in(Some(call.place.doc));
        let args = call.args.iter();
        args.map(|arg| self.json(arg, &setting)).collect()
    }

    fn json(&mut self, value: &Json, setting: &Setting) -> String {
        let mut value = value.clone();
        if self.is_sdk {
            value.sort_all_objects();
            value = sdk::without_wording(value);
        }
        shortened(&self.normaliser.json(&value, setting))
    }

    fn calls_without_a_hit(&mut self) {
        let compiled = |call: &Call| {
            let url = call.args.first().and_then(|url| url.as_str());
            url.is_some_and(|url| Address::of(url).is_some())
        };
        // Of a loop that was ended, what was compiled and not sent is a matter of timing.
        let calls = self.evidence.calls.iter().filter(|call| {
            call.hit.is_none() && !call.late && !(self.evidence.capped && compiled(call))
        });
        let calls: Vec<&Call> = calls.collect();
        if !calls.is_empty() {
            self.section("calls without a hit");
            self.calls(&calls, 0);
        }
    }

    fn values(&mut self) {
        let evidence = self.evidence;
        let setting = self.normaliser.setting_in(None);
        let rows: Vec<(String, String)> = evidence
            .values
            .iter()
            .map(|(name, recorded)| (name.clone(), self.json(&recorded.value, &setting)))
            .collect();
        if !rows.is_empty() {
            self.section("values");
            self.rows(2, &rows);
        }
    }

    /// Requests that are no hits, sorted as text: connections race.
    fn requests(&mut self) {
        let evidence = self.evidence;
        if evidence.requests.is_empty() {
            return;
        }
        self.section("requests");
        let start = self.text.len();
        let mut blocks: Vec<String> = Vec::new();
        for request in &evidence.requests {
            self.request(request);
            blocks.push(self.text.split_off(start));
        }
        blocks.sort();
        self.text.push_str(&blocks.concat());
    }

    fn request(&mut self, request: &OtherRequest) {
        let setting = self.normaliser.setting_in(None);
        let (base, query) = split_query(&request.url);
        let base = self.normaliser.text(base, &setting);
        self.line(2, &format!("{} {base}", request.method));
        if let Some(body) = sdk::service_body(request) {
            return self.sdk_request(&request.url, &body, &setting);
        }
        let params = codec::parse(query.unwrap_or_default()).params;
        if params.first().is_some_and(|first| first.name == "AQB") {
            self.params(&params, &setting);
        } else {
            let rows: Vec<(String, String)> = params
                .into_iter()
                .map(|param| {
                    let value = self.normaliser.text(&param.value, &setting);
                    (param.name, legible(&value))
                })
                .collect();
            self.rows(4, &rows);
        }
        if !request.body.is_empty() {
            let body = self.normaliser.text(&request.body, &setting);
            self.line(4, &format!("body  {}", legible(&body)));
        }
    }

    fn uncaught(&mut self) {
        let lines = self.evidence.console.iter();
        let uncaught: Vec<_> = lines.filter(|line| line.level == "uncaught").collect();
        if uncaught.is_empty() {
            return;
        }
        self.section("uncaught");
        for line in uncaught {
            let setting = self.normaliser.setting_in(Some(line.place.doc));
            let text = self.normaliser.text(&line.text, &setting);
            self.line(2, &legible(&text));
        }
    }
}

fn headline(hit: &Hit, n: usize) -> String {
    let mut parts = vec![format!("hit {n}")];
    if hit.step > 0 {
        parts.push(format!("step {}", hit.step));
    }
    parts.push(format!("{} {}", hit.transport.name(), hit.method));
    parts.push(match (&hit.outcome, hit.fault) {
        (Outcome::Undecided(why), None) => format!("undecided: {why}"),
        (Outcome::Undecided(why), Some(fault)) => format!("undecided ({}): {why}", fault.name()),
        (outcome, Some(fault)) => format!("{} ({})", outcome.name(), fault.name()),
        (outcome, None) => outcome.name().to_owned(),
    });
    match hit.sends {
        0 => parts.push("seen on the wire only".to_owned()),
        1 => {}
        sends => parts.push(format!("handed over {sends} times")),
    }
    if hit.accepted == Some(false) {
        parts.push("sendBeacon returned false".to_owned());
    }
    parts.join("  ")
}

/// What stands between the constants that frame every request, if they frame it.
fn within_envelope(params: &[Param]) -> Option<&[Param]> {
    let is = |param: &Param, name: &str| param.name == name && param.value == "1";
    match params {
        [aqb, ndh, pf, inner @ .., aqe]
            if is(aqb, "AQB") && is(ndh, "ndh") && is(pf, "pf") && is(aqe, "AQE") =>
        {
            Some(inner)
        }
        _ => None,
    }
}

/// `v1 eVar1`; context data by Adobe's name alone, which holds the other.
fn label(param: &Param) -> String {
    match names::variable(&param.name) {
        Some(variable) if param.name.starts_with("c.") => variable,
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

/// A text on one line: quoted where its ends or its characters would not show.
fn legible(text: &str) -> String {
    let plain = !text.is_empty() && text.trim() == text && !text.contains(char::is_control);
    match plain || is_token(text) {
        true => shortened(text),
        false => shortened(&format!("{text:?}")),
    }
}

/// Long runs of one character as `«x × 2100»`: lossless, and short enough to review.
fn shortened(text: &str) -> String {
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
