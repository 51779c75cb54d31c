//! Hits: what the page handed over and what arrived, joined by host and random part (or request id).

use std::collections::HashMap;

use serde_json::Value;

use super::address::{Address, split_query, with_form_body};
use super::outcome::{self, Case};
use super::pages::{Blocked, Handing, Pages};
use super::wire::{Chain, arrived_url, chains, tracking};
use super::{Hit, Outcome, Param, Place, codec, xdm};
use crate::run::Recording;
use crate::scenario::{Scenario, Transport};
use crate::world::WireRequest;

/// One hit's material from both sides.
struct Sides<'r> {
    address: Address,
    handings: Vec<&'r Handing>,
    chains: Vec<Chain<'r>>,
}

/// All hits, numbered in the order in which the page first handed them over; those that only the
/// wire saw come last, in order of arrival. Their trackers and calls are not filled in.
pub fn join(recording: &Recording, pages: &Pages, scenario: &Scenario) -> Vec<Hit> {
    let sides = both_sides(recording, pages);
    let numbered = sides.iter().zip(1..);
    numbered
        .map(|(sides, n)| {
            let mut hit = sides.describe(n);
            (hit.outcome, hit.fault) = outcome::decide(&sides.case(recording, pages, scenario));
            hit
        })
        .collect()
}

fn both_sides<'r>(recording: &'r Recording, pages: &'r Pages) -> Vec<Sides<'r>> {
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    let mut all: Vec<Sides> = Vec::new();
    let mut index_of = |all: &mut Vec<Sides<'r>>, address: Address| {
        *known.entry(address.identity()).or_insert_with(|| {
            all.push(Sides {
                address,
                handings: Vec::new(),
                chains: Vec::new(),
            });
            all.len() - 1
        })
    };
    for handing in &pages.handings {
        if let Some(address) = Address::of(&handing.url) {
            let at = index_of(&mut all, address);
            all[at].handings.push(handing);
        }
    }
    for chain in chains(&recording.wire) {
        if let Some(address) = chain.requests.iter().find_map(|request| tracking(request)) {
            let at = index_of(&mut all, address);
            all[at].chains.push(chain);
        }
    }
    all
}

impl Sides<'_> {
    fn describe(&self, n: u32) -> Hit {
        let arrived = self.chains.first().map(Chain::first);
        let arrived_url = arrived.map(arrived_url);
        let body = self.body();
        let first = self.handings.first();
        let url = match first {
            Some(handing) => with_form_body(&handing.url, &handing.body),
            None => arrived_url.clone().unwrap_or_default(),
        };
        let method = match (first, arrived) {
            (Some(handing), _) => handing.method.clone(),
            (None, arrived) => arrived
                .map(|request| request.method.clone())
                .unwrap_or_default(),
        };
        Hit {
            n,
            tracker: None,
            step: first.map_or(0, |handing| handing.step),
            transport: self.transport(),
            method,
            host: self.address.host.clone(),
            key: self.address.key.clone(),
            params: self.params(&url, body.as_ref()),
            body_changed: self.body_changed(),
            body,
            url,
            handed: self.handings.iter().map(|handing| handing.place).collect(),
            ended: self
                .handings
                .last()
                .and_then(|handing| handing.ended.clone()),
            calls: Vec::new(),
            wire: self.wire_ids(),
            arrived_url,
            outcome: Outcome::Failed,
            fault: None,
            sends: count(self.handings.len()),
            attempts: count(self.chains.len()),
            accepted: self.accepted(),
            has_body: match (first, arrived) {
                (Some(handing), _) => !handing.body.is_empty(),
                (None, arrived) => arrived.is_some_and(|request| !request.body.is_empty()),
            },
            late: first.is_some_and(|handing| handing.late),
        }
    }

    /// What `sendBeacon` returned at last; of a hit that then went another way, that it was refused.
    fn accepted(&self) -> Option<bool> {
        let mut answers = self.handings.iter().rev().map(|handing| handing.accepted);
        answers.find_map(|accepted| accepted)
    }

    fn is_edge(&self) -> bool {
        self.address.suites.is_none()
    }

    fn params(&self, url: &str, body: Option<&Value>) -> Vec<Param> {
        let mut params = codec::parse(split_query(url).1.unwrap_or_default()).params;
        let leaves = body.map(xdm::leaves).unwrap_or_default();
        params.extend(leaves.into_iter().map(|leaf| Param {
            variable: None,
            value: leaf.text(),
            name: leaf.path,
        }));
        params
    }

    /// The body of a Web SDK request, as the page handed it over, else as it arrived.
    fn body(&self) -> Option<Value> {
        if !self.is_edge() {
            return None;
        }
        let read = |text: &str| serde_json::from_str(text).ok();
        let mut handed = self.handings.iter().map(|handing| handing.body.as_str());
        handed.find_map(read).or_else(|| read(self.arrived_body()?))
    }

    fn arrived_body(&self) -> Option<&str> {
        self.chains.first().map(|chain| chain.first().body.as_str())
    }

    fn body_changed(&self) -> bool {
        let handed = self.handings.iter().map(|handing| handing.body.as_str());
        let mut handed = handed.filter(|body| !body.is_empty());
        let (Some(handed), Some(arrived)) = (handed.next(), self.arrived_body()) else {
            return false;
        };
        self.is_edge() && handed != arrived
    }

    fn case<'c>(
        &'c self,
        recording: &'c Recording,
        pages: &'c Pages,
        scenario: &'c Scenario,
    ) -> Case<'c> {
        let last = self.handings.last();
        let ended = last.and_then(|handing| handing.ended.as_ref());
        Case {
            transport: self.transport(),
            is_edge: self.is_edge(),
            host: &self.address.host,
            step: last.map_or(0, |handing| handing.step),
            chains: &self.chains,
            ended: ended.map(|(_, how)| how.as_str()),
            page_gone: last.is_some_and(|handing| hidden_before_its_end(pages, handing)),
            accepted: last.and_then(|handing| handing.accepted),
            blocked: self.handings.iter().any(|handing| {
                let mut blocked = pages.blocked.iter();
                blocked.any(|blocked| self.is_blocked_by(handing, blocked))
            }),
            refusals: &recording.wire.refusals,
            scenario,
        }
    }

    fn transport(&self) -> Transport {
        let is_accepted = |handing: &&&Handing| handing.accepted != Some(false);
        let accepted = self.handings.iter().find(is_accepted);
        let handed = accepted.or(self.handings.first());
        let handed = handed.map(|handing| handing.transport);
        let arrived = || self.chains.first().map(|chain| transport_of(chain.first()));
        handed.or_else(arrived).unwrap_or(Transport::Image)
    }

    fn wire_ids(&self) -> Vec<u32> {
        let requests = self.chains.iter().flat_map(|chain| &chain.requests);
        let mut ids: Vec<u32> = requests.map(|request| request.id).collect();
        ids.sort_unstable();
        ids
    }

    /// A policy names the address, or (of other origins, and after redirects) only its origin.
    fn is_blocked_by(&self, handing: &Handing, blocked: &Blocked) -> bool {
        let directives: &[&str] = match handing.transport {
            Transport::Image => &["img-src"],
            Transport::Script => &["script-src", "script-src-elem"],
            Transport::Beacon | Transport::Xhr | Transport::Fetch => &["connect-src"],
        };
        let concerns =
            directives.contains(&blocked.directive.as_str()) || blocked.directive == "default-src";
        let named = match Address::of(&blocked.address) {
            Some(address) => address.identity() == self.address.identity(),
            None => handing.url.starts_with(&blocked.address) && !blocked.address.is_empty(),
        };
        concerns && named && blocked.doc == handing.place.doc
    }
}

fn hidden_before_its_end(pages: &Pages, handing: &Handing) -> bool {
    let document = pages.documents.get(handing.place.doc);
    let Some(hidden) = document.and_then(|document| document.hidden) else {
        return false;
    };
    let precedes = |place: Place| place.before(hidden) == Some(true);
    let ended_before = handing
        .ended
        .as_ref()
        .is_some_and(|(ended, _)| precedes(*ended));
    precedes(handing.place) && !ended_before
}

/// The transport as the request shows it, for hits that the page did not report.
fn transport_of(request: &WireRequest) -> Transport {
    let guessed = match (request.method.as_str(), request.body.is_empty()) {
        ("POST", true) => Transport::Beacon,
        ("POST", false) => Transport::Xhr,
        _ => Transport::Image,
    };
    request.transport.unwrap_or(guessed)
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
