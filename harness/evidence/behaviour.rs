//! What a case showed and what the next run of it must show again: hits, calls, values, requests, errors,
//! cookies, normalised. Snapshots are its text ([`super::snapshot`]), comparisons of builds read it.
//!
//! Not in it: what is late, attempts, times, and how transports ended in the page's eyes.

mod sdk;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value as Json;

use super::address::{Address, split_query};
use super::normalise::{Normaliser, Shown, mark};
use super::shown::{
    Behaviour, ShownCalls, ShownCookie, ShownHit, ShownParam, ShownRequest, ShownRun, ShownTracker,
    ShownValue,
};
use super::snapshot::legible;
use super::volatile::Setting;
use super::{Call, Evidence, Hit, OtherRequest, Outcome, Param, codec, names};
use crate::run::Cookie;
use crate::scenario::{Library, Scenario};

/// What a case showed.
pub fn behaviour(evidence: &Evidence, scenario: &Scenario) -> Behaviour {
    let most = if evidence.capped {
        scenario.max_hits as usize
    } else {
        usize::MAX
    };
    let groups = by_tracker(evidence, scenario, most);
    let mut reader = Reader {
        evidence,
        normaliser: Normaliser::new(evidence, scenario, named(&groups)),
        is_sdk: scenario.library == Library::Alloy,
    };
    // Tokens are numbered as they are met: the order is the snapshot's.
    Behaviour {
        capped: evidence.capped,
        trackers: reader.trackers(&groups),
        calls: reader.calls_without_a_hit(),
        values: reader.values(),
        requests: reader.requests(&evidence.requests),
        uncaught: reader.console(true),
        console: reader.console(false),
        strays: reader.strays(),
        cookies: cookies(&evidence.cookies),
    }
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

/// What each hit is called.
fn named<'e>(groups: &Groups<'e>) -> Vec<(&'e Hit, String)> {
    let one = groups.len() == 1;
    let named = groups.iter().flat_map(|(tracker, hits)| {
        hits.iter()
            .zip(1..)
            .map(move |(hit, n)| (*hit, hit_name(n, *tracker, one)))
    });
    named.collect()
}

/// `hit 1`, with several trackers `hit 1 of b`.
fn hit_name(n: u32, tracker: Option<&str>, one_tracker: bool) -> String {
    match tracker {
        _ if one_tracker => format!("hit {n}"),
        Some(tracker) => format!("hit {n} of {tracker}"),
        None => format!("hit {n} of no tracker"),
    }
}

struct Reader<'e> {
    evidence: &'e Evidence,
    normaliser: Normaliser<'e>,
    /// Values are results of commands, whose members come in any order.
    is_sdk: bool,
}

impl<'e> Reader<'e> {
    fn trackers(&mut self, groups: &Groups<'e>) -> Vec<ShownTracker> {
        let one = groups.len() == 1;
        let mut trackers = Vec::new();
        for (tracker, hits) in groups {
            let numbered = hits.iter().zip(1..);
            trackers.push(ShownTracker {
                tracker: tracker.map(str::to_owned),
                hits: numbered
                    .map(|(hit, n)| self.hit(hit, n, hit_name(n, *tracker, one)))
                    .collect(),
            });
        }
        trackers
    }

    fn hit(&mut self, hit: &Hit, n: u32, name: String) -> ShownHit {
        let setting = self.normaliser.setting(hit);
        let address = self.normaliser.base(split_query(&hit.url).0, &setting);
        let arrived = hit.arrived_url.as_ref();
        let arrived = arrived
            .filter(|arrived| **arrived != hit.url)
            .map(|arrived| self.normaliser.url(arrived, &setting));
        let (framed, params) = match &hit.body {
            None => self.params(&hit.params, &setting),
            Some(body) => (true, self.sdk_request(&hit.url, body, &setting)),
        };
        ShownHit {
            name,
            n,
            step: hit.step,
            transport: hit.transport,
            method: hit.method.clone(),
            outcome: hit.outcome.name().to_owned(),
            undecided: match &hit.outcome {
                Outcome::Undecided(why) => Some(why.clone()),
                _ => None,
            },
            fault: hit.fault,
            sends: hit.sends,
            refused: hit.accepted == Some(false),
            address,
            arrived,
            framed,
            params,
            body_changed: hit.body_changed,
            calls: self.calls(hit.calls.iter().copied()),
        }
    }

    /// Whether they are framed, and what stands between.
    fn params(&mut self, params: &[Param], setting: &Setting) -> (bool, Vec<ShownParam>) {
        let inner = within_envelope(params);
        let framed = inner.is_some() || !params.iter().any(is_of_envelope);
        let shown = inner.unwrap_or(params).iter();
        let shown = shown.filter_map(|param| {
            Some(ShownParam {
                value: self.value(param, setting)?,
                name: param.name.clone(),
                variable: names::variable(&param.name),
            })
        });
        (framed, shown.collect())
    }

    fn value(&mut self, param: &Param, setting: &Setting) -> Option<String> {
        let shown = self
            .normaliser
            .parameter(&param.name, &param.value, setting);
        self.shown(shown, &param.value, setting)
    }

    fn shown(&mut self, shown: Shown, value: &str, setting: &Setting) -> Option<String> {
        match shown {
            Shown::Dropped => None,
            Shown::Token(token) => Some(token),
            Shown::Wrong(kind) => Some(mark(kind, &legible(value))),
            Shown::AsIs => Some(self.normaliser.text(value, setting)),
        }
    }

    /// Calls by list and callback, pre before post, because the documentation leaves the order of
    /// different callbacks open; those by the scenario itself come last.
    fn calls(&mut self, calls: impl Iterator<Item = usize>) -> Vec<ShownCalls> {
        let evidence = self.evidence;
        let mut groups: BTreeMap<_, Vec<(usize, &Call)>> = BTreeMap::new();
        let calls = calls.filter_map(|at| Some((at, evidence.calls.get(at)?)));
        for (at, call) in calls.filter(|(_, call)| !call.late) {
            groups
                .entry((call.on.is_none(), call.on, call.name.as_str()))
                .or_default()
                .push((at, call));
        }
        let groups = groups.into_iter();
        let shown = groups.map(|((_, on, name), calls)| ShownCalls {
            on,
            name: name.to_owned(),
            runs: calls.iter().map(|(at, call)| self.run(*at, call)).collect(),
        });
        shown.collect()
    }

    fn run(&mut self, at: usize, call: &Call) -> ShownRun {
        let setting = self.normaliser.setting_in(Some(call.place.doc));
        let args = call.args.iter();
        ShownRun {
            args: args.map(|arg| self.json(arg, &setting)).collect(),
            step: call.step,
            place: u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1),
        }
    }

    fn json(&mut self, value: &Json, setting: &Setting) -> String {
        let mut value = value.clone();
        if self.is_sdk {
            value.sort_all_objects();
            value = sdk::without_wording(value);
        }
        self.normaliser.json(&value, setting)
    }

    fn calls_without_a_hit(&mut self) -> Vec<ShownCalls> {
        let evidence = self.evidence;
        let compiled = |call: &Call| {
            let url = call.args.first().and_then(|url| url.as_str());
            url.is_some_and(|url| Address::of(url).is_some())
        };
        // Of a loop that was ended, what was compiled and not sent is a matter of timing.
        let calls = evidence
            .calls
            .iter()
            .enumerate()
            .filter(|(_, call)| call.hit.is_none() && !(evidence.capped && compiled(call)));
        self.calls(calls.map(|(at, _)| at))
    }

    fn values(&mut self) -> Vec<ShownValue> {
        let setting = self.normaliser.setting_in(None);
        let values = self.evidence.values.iter();
        let values = values.map(|(name, recorded)| ShownValue {
            name: name.clone(),
            value: self.json(&recorded.value, &setting),
        });
        values.collect()
    }

    fn requests(&mut self, requests: &[OtherRequest]) -> Vec<ShownRequest> {
        let requests = requests.iter();
        let mut requests: Vec<_> = requests.map(|request| self.request(request)).collect();
        requests.sort();
        requests
    }

    fn strays(&mut self) -> Vec<ShownRequest> {
        let mut strays = self.requests(&self.evidence.stray);
        strays.dedup();
        strays
    }

    fn request(&mut self, request: &OtherRequest) -> ShownRequest {
        let setting = self.normaliser.setting_in(None);
        let (base, query) = split_query(&request.url);
        let address = self.normaliser.text(base, &setting);
        if let Some(body) = sdk::service_body(request) {
            return ShownRequest {
                method: request.method.clone(),
                address,
                framed: true,
                params: self.sdk_request(&request.url, &body, &setting),
                body: String::new(),
            };
        }
        let params = codec::parse(query.unwrap_or_default()).params;
        let of_hit = params.first().is_some_and(|first| first.name == "AQB");
        let (framed, params) = match of_hit {
            true => self.params(&params, &setting),
            false => {
                let params = params.iter().filter_map(|param| {
                    let shown =
                        self.normaliser
                            .other_parameter(&param.name, &param.value, &setting);
                    Some(ShownParam {
                        value: self.shown(shown, &param.value, &setting)?,
                        name: param.name.clone(),
                        variable: None,
                    })
                });
                (true, params.collect())
            }
        };
        ShownRequest {
            method: request.method.clone(),
            address,
            framed,
            params,
            body: self.normaliser.text(&request.body, &setting),
        }
    }

    /// Uncaught errors, or what else stands in the console.
    fn console(&mut self, uncaught: bool) -> Vec<String> {
        let lines = self.evidence.console.iter();
        let lines = lines.filter(|line| (line.level == "uncaught") == uncaught);
        let texts = lines.map(|line| {
            let setting = self.normaliser.setting_in(Some(line.place.doc));
            let text = self.normaliser.text(&line.text, &setting);
            match (uncaught, self.is_sdk) {
                (true, _) => text,
                (false, true) => format!("{}: {}", line.level, without_novelties(&text)),
                (false, false) => format!("{}: {text}", line.level),
            }
        });
        texts.collect()
    }
}

/// What is new in every run and stands in no place that says what it is: moments, ids, encoded ids, and
/// how long something took. The Web SDK prints whole bodies and answers when it debugs.
static NOVELTY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let patterns = [
        r"(?<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z)",
        r"(?<uuid>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)",
        r"(?<id>\b[0-9]{30,}\b)",
        r"(?<encoded>\b[A-Za-z0-9_-]{40,}\b)",
        r#"(?<millis>"[A-Za-z]*Millis":[0-9]+)"#,
    ];
    Regex::new(&patterns.join("|")).ok()
});

/// The text with a token for each novelty.
fn without_novelties(text: &str) -> String {
    let Some(novelty) = NOVELTY.as_ref() else {
        return text.to_owned();
    };
    let named = |found: &Captures<'_>| {
        let kinds = ["moment", "uuid", "id", "encoded", "millis"];
        let kind = kinds.into_iter().find(|kind| found.name(kind).is_some());
        format!("«{}»", kind.unwrap_or("new"))
    };
    novelty.replace_all(text, named).into_owned()
}

fn is_of_envelope(param: &Param) -> bool {
    param.name == "AQB" || param.name == "AQE"
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

/// Their values are what hits carry, or volatile; their expiry is a time on the clock.
fn cookies(cookies: &[Cookie]) -> Vec<ShownCookie> {
    let mut shown: Vec<_> = cookies.iter().map(cookie).collect();
    shown.sort();
    shown
}

fn cookie(cookie: &Cookie) -> ShownCookie {
    let domain = cookie.domain.as_deref().unwrap_or_default();
    let path = cookie.path.as_deref().unwrap_or_default();
    let kept = match cookie.expiry {
        Some(_) => "kept after the session",
        None => "for the session",
    };
    let flags = [
        (cookie.secure, ", Secure"),
        (cookie.http_only, ", HttpOnly"),
    ];
    let flags = flags.into_iter().filter(|(set, _)| *set);
    ShownCookie {
        name: cookie.name.clone(),
        attributes: format!(
            "{domain}{path}, {kept}{}",
            flags.map(|(_, flag)| flag).collect::<String>()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_web_sdk_prints_is_the_same_in_the_next_run() {
        let printed = |moment: &str, id: &str, encoded: &str, uuid: &str, took: u32| {
            without_novelties(&format!(
                r#"{{"timestamp":"{moment}","id":"{id}","value":"{encoded}","of":"{uuid}","queueTimeMillis":{took},"eVar1":"A 2026-11-24 12345"}}"#
            ))
        };
        let one = printed(
            "2026-11-24T18:00:11.214Z",
            &"1234567890".repeat(3),
            &"CiY5MTgy".repeat(6),
            "0b1c2d3e-4f50-4a6b-8c7d-000000000001",
            3,
        );
        let other = printed(
            "2026-11-24T18:00:48Z",
            &"9876543210".repeat(3),
            &"Nzc3Nzc3".repeat(6),
            "0b1c2d3e-4f50-4a6b-8c7d-00000000000f",
            12,
        );
        assert_eq!(one, other);
        assert_eq!(
            one,
            r#"{"timestamp":"«moment»","id":"«id»","value":"«encoded»","of":"«uuid»",«millis»,"eVar1":"A 2026-11-24 12345"}"#,
            "what a page says stays"
        );
    }
}
