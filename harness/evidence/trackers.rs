//! Whose hit it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::address::Address;
use super::pages::Pages;
use super::{Call, Hit};
use crate::scenario::{Scenario, Value};

/// Fills in the tracker of each hit, by the surest sign there is: what monitors tell; the tracking call that a pre call
/// or the handing over ran within; the one tracker with the hit's report suites; the one tracker that
/// its callbacks were registered with. A hit that none of them tells of has none.
pub fn attribute(hits: &mut [Hit], pages: &Pages, scenario: &Scenario) {
    let accounts = accounts(pages, scenario);
    for hit in hits {
        let calls = || hit.calls.iter().map(|at| &pages.calls[*at]);
        hit.tracker = by_monitor(pages, hit)
            .or_else(|| by_pre_call(pages, calls()))
            .or_else(|| by_handing(pages, hit))
            .or_else(|| by_suites(&accounts, hit))
            .or_else(|| by_datastream(scenario, hit))
            .or_else(|| by_registration(pages, calls()));
    }
}

fn by_pre_call<'c>(pages: &Pages, calls: impl Iterator<Item = &'c Call>) -> Option<String> {
    calls
        .filter(|call| call.on == Some(crate::scenario::On::Pre))
        .find_map(|call| call.within)
        .map(|at| pages.invocations[at].tracker.clone())
}

fn by_monitor(pages: &Pages, hit: &Hit) -> Option<String> {
    pages.instance_of(hit).map(str::to_owned)
}

/// The one instance of the Web SDK that was set up with the hit's datastream.
fn by_datastream(scenario: &Scenario, hit: &Hit) -> Option<String> {
    let datastream = hit.param("configId")?;
    let with_it = scenario.trackers.iter().filter(|tracker| {
        let mut variables = tracker.variables.iter();
        variables.any(|(name, value)| {
            name == "datastreamId" && matches!(value, Value::Text(text) if text == datastream)
        })
    });
    only(with_it.map(|tracker| tracker.instance.clone()))
}

fn by_handing(pages: &Pages, hit: &Hit) -> Option<String> {
    let first = hit.handed.first()?;
    let handing = pages
        .handings
        .iter()
        .find(|handing| handing.place == *first)?;
    Some(pages.invocations[handing.within?].tracker.clone())
}

fn by_suites(accounts: &BTreeMap<String, BTreeSet<String>>, hit: &Hit) -> Option<String> {
    let suites = Address::of(&hit.url)?.suites?;
    only(accounts.get(&suites)?.iter().cloned())
}

fn by_registration<'c>(pages: &Pages, calls: impl Iterator<Item = &'c Call>) -> Option<String> {
    let trackers = calls.flat_map(|call| {
        let of_call = |name: &Option<String>| name.as_deref() == Some(&call.name);
        let registrations = pages.registrations.iter();
        registrations
            .filter(move |registration| of_call(&registration.name))
            .map(|registration| registration.tracker.clone())
    });
    only(trackers.collect::<BTreeSet<_>>())
}

/// Report suites → trackers that were seen (or set up) with them.
fn accounts(pages: &Pages, scenario: &Scenario) -> BTreeMap<String, BTreeSet<String>> {
    let mut accounts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |account: &str, tracker: &str| {
        let trackers = accounts.entry(account.to_owned()).or_default();
        trackers.insert(tracker.to_owned());
    };
    for invocation in &pages.invocations {
        if let Some(Json::String(account)) = invocation.before.get("account") {
            add(account, &invocation.tracker);
        }
    }
    for tracker in &scenario.trackers {
        let account = tracker.variables.iter().find(|(name, _)| name == "account");
        if let Some((_, Value::Text(account))) = account {
            add(account, &tracker.instance);
        }
    }
    accounts
}

fn only(trackers: impl IntoIterator<Item = String>) -> Option<String> {
    let mut trackers = trackers.into_iter();
    let first = trackers.next();
    first.filter(|_| trackers.next().is_none())
}
