//! Page events and the wire log, joined into [`Evidence`].

use std::collections::HashMap;

use super::address::Address;
use super::pages::Pages;
use super::wire::url_of;
use super::{
    Call, Evidence, Hit, Invocation, OtherRequest, Place, Registration, commands, hits, trackers,
};
use crate::run::Recording;
use crate::scenario::{On, Scenario};
use crate::world::{Purpose, WireRequest};

/// Joins both sides of a recording.
///
/// - A hit exists once either side saw it: a tracking URL that the page handed over, or a tracking
///   request on the wire. One that the library compiled and never handed over does not exist; its
///   pre call is a call without a hit.
/// - Hits are numbered in the order in which the page first handed them over; those that only the
///   wire saw come last.
/// - Places are the page's own order; nothing here compares the page's clock with the wire's.
pub fn join(recording: &Recording, scenario: &Scenario) -> Evidence {
    let mut pages = Pages::of(recording);
    let mut hits = hits::join(recording, &pages, scenario);
    tie_calls(&mut pages, &mut hits, scenario);
    tie_invocations(&mut pages, &hits);
    commands::tie(&mut pages, &hits);
    tie_followers(&mut pages, &mut hits);
    trackers::attribute(&mut hits, &pages, scenario);
    Evidence {
        requests: requests_of(recording, Purpose::Other),
        stray: requests_of(recording, Purpose::Stray),
        capped: pages.calls.iter().any(|call| call.capped),
        hits,
        calls: pages.calls,
        registrations: pages.registrations,
        invocations: pages.invocations,
        monitored: pages.monitored,
        values: pages.values,
        console: pages.console,
        cookies: recording.cookies.clone(),
        documents: pages.documents,
        span_ms: (recording.started_ms, recording.finished_ms),
    }
}

/// Which hit a call was for, by host and random part of its first argument; the rest of the
/// address may differ (a law compares it).
fn tie_calls(pages: &mut Pages, hits: &mut [Hit], scenario: &Scenario) {
    let known: HashMap<(String, String), usize> = hits
        .iter()
        .enumerate()
        .map(|(at, hit)| ((hit.host.clone(), hit.key.clone()), at))
        .collect();
    for (index, call) in pages.calls.iter_mut().enumerate() {
        let url = call.args.first().and_then(|url| url.as_str());
        let address = url.and_then(Address::of);
        let hit = address.and_then(|address| known.get(&address.identity()));
        if let Some(at) = hit {
            call.hit = Some(hits[*at].n);
            hits[*at].calls.push(index);
        }
        let handed = hit.and_then(|at| hits[*at].handed.first()).copied();
        call.on = list_of(call, handed, &pages.registrations, scenario);
    }
}

/// A function that followed a command's promise ran for the command's hit.
fn tie_followers(pages: &mut Pages, hits: &mut [Hit]) {
    for (index, call) in pages.calls.iter_mut().enumerate() {
        let hit = call.of.and_then(|command| pages.invocations[command].hit);
        let hit = hit.and_then(|n| hits.iter_mut().find(|hit| hit.n == n));
        if let (Some(hit), None) = (hit, call.hit) {
            call.hit = Some(hit.n);
            hit.calls.push(index);
        }
    }
}

/// The list that a call ran from: that of the registrations of its name before it in its document.
/// With both, a call before the handing over of its hit is a pre call.
fn list_of(
    call: &Call,
    handed: Option<Place>,
    registrations: &[Registration],
    scenario: &Scenario,
) -> Option<On> {
    let is_registered = |on: On| {
        registrations.iter().any(|registration| {
            registration.on == on
                && registration.name.as_deref() == Some(&call.name)
                && registration.place.before(call.place) == Some(true)
        })
    };
    match (is_registered(On::Pre), is_registered(On::Post)) {
        (true, false) => Some(On::Pre),
        (false, true) => Some(On::Post),
        (true, true) => Some(match handed.and_then(|handed| handed.before(call.place)) {
            Some(true) => On::Post,
            Some(false) | None => On::Pre,
        }),
        // Promise callbacks are registered by the harness itself.
        (false, false) => scenario
            .callbacks
            .iter()
            .find(|callback| callback.name == call.name)
            .and_then(|callback| callback.on)
            .filter(|on| matches!(on, On::Then | On::Catch)),
    }
}

/// Which hit a tracking call compiled: that of a pre call within it, else the one hit that was first
/// handed over within it, unless another call compiled that one.
fn tie_invocations(pages: &mut Pages, hits: &[Hit]) {
    let compiled_by_pre_call: Vec<(usize, u32)> = pages
        .calls
        .iter()
        .filter(|call| call.on == Some(On::Pre))
        .filter_map(|call| Some((tracking_call(&pages.invocations, call.within)?, call.hit?)))
        .collect();
    let handed_within: Vec<(usize, u32)> = hits
        .iter()
        .filter_map(|hit| {
            let first = *hit.handed.first()?;
            let handing = pages
                .handings
                .iter()
                .find(|handing| handing.place == first)?;
            Some((tracking_call(&pages.invocations, handing.within)?, hit.n))
        })
        .filter(|(_, hit)| !compiled_by_pre_call.iter().any(|(_, other)| other == hit))
        .collect();
    for (index, invocation) in pages.invocations.iter_mut().enumerate() {
        let own = |pairs: &[(usize, u32)]| -> Vec<u32> {
            let mut hits: Vec<u32> = pairs
                .iter()
                .filter(|(within, _)| *within == index)
                .map(|(_, hit)| *hit)
                .collect();
            hits.dedup();
            hits
        };
        invocation.hit = match (
            own(&compiled_by_pre_call).as_slice(),
            own(&handed_within).as_slice(),
        ) {
            ([hit], _) | ([], [hit]) => Some(*hit),
            _ => None,
        };
    }
}

/// The innermost `t` or `tl` around something.
fn tracking_call(invocations: &[Invocation], mut within: Option<usize>) -> Option<usize> {
    while let Some(at) = within {
        if matches!(invocations[at].method.as_str(), "t" | "tl") {
            return Some(at);
        }
        within = invocations[at].within;
    }
    None
}

fn requests_of(recording: &Recording, purpose: Purpose) -> Vec<OtherRequest> {
    let requests = recording.wire.requests.iter();
    requests
        .filter(|request| request.purpose == purpose && !is_noise(request))
        .map(|request| OtherRequest {
            method: request.method.clone(),
            url: url_of(request),
            body: request.body.clone(),
            status: request.answer.status,
        })
        .collect()
}

/// What browsers ask for by themselves: icons of the page, and permission of another origin.
fn is_noise(request: &WireRequest) -> bool {
    request.target == "/favicon.ico" || super::wire::is_preflight(request)
}
