//! `tl()` and the variables that limit what it sends.

use serde_json::Value;

use crate::evidence::{Evidence, Hit};
use crate::verdict::Instance;

use super::beacon::{has_beacons, is_beacon, what_it_was};
use super::facts::{Facts, Makes, Vars, overrides, truthy};
use super::values::{carries, departures, is_plain, undefined};
use super::{holds, show, violated};

/// Beacons are for URLs shorter than this (the API's quota is 64 KiB).
pub(super) const TOO_LONG_FOR_BEACONS: usize = 64_000;

/// TL-01
pub(super) fn is_no_page_view(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    link_hits(&facts)
        .into_iter()
        .filter_map(|(call, hit)| {
            let expected = match evidence.invocations[call].args.get(1)?.as_str()? {
                "d" => "lnk_d",
                "e" => "lnk_e",
                // Whether upper case counts is not documented.
                "D" | "E" => return None,
                _ => "lnk_o",
            };
            let found = hit.param("pe");
            Some(if found == Some(expected) {
                holds(Some(hit))
            } else {
                let events = vec![
                    show::invocation(&evidence.invocations[call]),
                    difference("pe", expected, found, hit),
                    show::hit(hit),
                ];
                let why = "a hit of `tl` did not say its link type in `pe`";
                violated(Some(hit), why, events)
            })
        })
        .collect()
}

/// TL-02
pub(super) fn name_and_address(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    link_hits(&facts)
        .into_iter()
        .filter_map(|(call, hit)| {
            let invocation = &evidence.invocations[call];
            let name = invocation.args.get(2)?.as_str()?;
            let mut wrong = Vec::new();
            let decodes = truthy(facts.compiled(call)?.get("decodeLinkParameters"));
            let as_sent = |given: &str| match decodes {
                true => decoded(given),
                false => given.to_owned(),
            };
            let name = as_sent(name);
            let found = hit.param("pev2");
            if !found.is_some_and(|found| carries(&name, found)) {
                wrong.push(difference("pev2", &name, found, hit));
            }
            if let Some(address) = address(&facts, call).map(|address| as_sent(&address))
                && !hit
                    .param("pev1")
                    .is_some_and(|found| is_address(&address, found))
            {
                wrong.push(difference("pev1", &address, hit.param("pev1"), hit));
            }
            Some(if wrong.is_empty() {
                holds(Some(hit))
            } else {
                let mut events = vec![show::invocation(invocation), show::hit(hit)];
                events.extend(wrong);
                let why = "a hit of `tl` did not carry the link's name and address";
                violated(Some(hit), why, events)
            })
        })
        .collect()
}

/// The address of the link that `tl` was given.
fn address(facts: &Facts<'_>, call: usize) -> Option<String> {
    let vars = facts.compiled(call)?;
    if let Some(given) = vars.get("linkURL").and_then(Value::as_str)
        && !given.is_empty()
    {
        return Some(given.to_owned());
    }
    let href = facts.evidence.invocations[call]
        .args
        .first()?
        .get("href")?
        .as_str()?;
    href.starts_with("http").then(|| href.to_owned())
}

/// With decodeLinkParameters what is encoded already is sent as if it were not.
fn decoded(given: &str) -> String {
    percent_encoding::percent_decode_str(given)
        .decode_utf8()
        .map_or_else(|_| given.to_owned(), std::borrow::Cow::into_owned)
}

/// The query of an address may be left out (`linkLeaveQueryString`).
fn is_address(expected: &str, found: &str) -> bool {
    let bare = expected.split('?').next().unwrap_or(expected);
    carries(expected, found) || carries(bare, found)
}

/// TL-05
pub(super) fn exits_use_beacons(evidence: &Evidence) -> Vec<Instance> {
    Facts::new(evidence)
        .hits()
        .filter(|hit| {
            hit.param("pe") == Some("lnk_e")
                && hit.url.len() < TOO_LONG_FOR_BEACONS
                && has_beacons(evidence, hit)
        })
        .map(|hit| {
            if is_beacon(hit) {
                holds(Some(hit))
            } else {
                let why = what_it_was(hit, "the hit of an exit link was no beacon");
                violated(Some(hit), why, vec![show::hit(hit)])
            }
        })
        .collect()
}

/// LTV-01
pub(super) fn listed_variables_only(evidence: &Evidence) -> Vec<Instance> {
    judge_link_variables(evidence, |list, vars, hit| {
        let listed: Vec<_> = list.split(',').collect();
        // A list with blanks is none that the documentation knows.
        if list.is_empty() || list == "None" || list.contains(char::is_whitespace) {
            return None;
        }
        let extra = hit
            .params
            .iter()
            .map(super::values::variable)
            .filter(|name| is_plain(name) && !listed.contains(name))
            .map(|name| format!("expected no {name}, which linkTrackVars does not list"));
        let missing = departures(vars, hit, |name| is_plain(name) && listed.contains(&name));
        Some(extra.chain(missing).collect())
    })
}

/// LTV-02
pub(super) fn no_variables(evidence: &Evidence) -> Vec<Instance> {
    judge_link_variables(evidence, |list, _, hit| {
        (list == "None").then(|| undefined(&Vars::new(), hit, is_plain))
    })
}

/// LTV-03
pub(super) fn all_variables(evidence: &Evidence) -> Vec<Instance> {
    judge_link_variables(evidence, |list, vars, hit| {
        list.is_empty().then(|| departures(vars, hit, is_plain))
    })
}

/// LTE-01
pub(super) fn listed_events_only(evidence: &Evidence) -> Vec<Instance> {
    judge_link_events(evidence, |variables, events, set| {
        // Without linkTrackVars all variables go, and what linkTrackEvents then means is open.
        if events.is_empty() || variables.is_empty() {
            return None;
        }
        let named: Vec<_> = events.split(',').collect();
        let sent: Vec<_> = set
            .split(',')
            .filter(|event| named.contains(&event.split(['=', ':']).next().unwrap_or(event)))
            .collect();
        Some(match variables.split(',').any(|name| name == "events") {
            true => sent.join(","),
            false => String::new(),
        })
    })
}

/// LTE-02
pub(super) fn all_events(evidence: &Evidence) -> Vec<Instance> {
    judge_link_events(evidence, |variables, events, set| {
        let let_through = variables.is_empty() || variables.split(',').any(|name| name == "events");
        (events.is_empty() && let_through).then(|| set.to_owned())
    })
}

/// Judges the events of link hits: `expected` gets linkTrackVars, linkTrackEvents and events.
fn judge_link_events(
    evidence: &Evidence,
    expected: impl Fn(&str, &str, &str) -> Option<String>,
) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    link_hits(&facts)
        .into_iter()
        .filter(|&(call, _)| overrides(&evidence.invocations[call]).is_none())
        .filter_map(|(call, hit)| {
            let vars = facts.compiled(call)?;
            let text = |name: &str| vars.get(name).and_then(Value::as_str).unwrap_or("");
            let set = text("events");
            if set.is_empty() {
                return None;
            }
            let expected = expected(text("linkTrackVars"), text("linkTrackEvents"), set)?;
            let found = hit.param("events").unwrap_or_default();
            Some(if found == expected {
                holds(Some(hit))
            } else {
                let events = vec![
                    format!(
                        "linkTrackVars = {:?}, linkTrackEvents = {:?}, events = {set:?}",
                        text("linkTrackVars"),
                        text("linkTrackEvents")
                    ),
                    difference("events", &expected, hit.param("events"), hit),
                    show::hit(hit),
                ];
                let why = "a hit of `tl` did not carry the events that the two lists let through";
                violated(Some(hit), why, events)
            })
        })
        .collect()
}

/// Judges the plain variables of link hits by the value of linkTrackVars.
fn judge_link_variables(
    evidence: &Evidence,
    departures: impl Fn(&str, &Vars, &Hit) -> Option<Vec<String>>,
) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    link_hits(&facts)
        .into_iter()
        // How overrides and linkTrackVars go together is not documented.
        .filter(|&(call, _)| overrides(&evidence.invocations[call]).is_none())
        .filter_map(|(call, hit)| {
            let vars = facts.compiled(call)?;
            let list = vars
                .get("linkTrackVars")
                .and_then(Value::as_str)
                .unwrap_or("");
            let wrong = departures(list, &vars, hit)?;
            Some(if wrong.is_empty() {
                holds(Some(hit))
            } else {
                let mut events = vec![
                    format!("linkTrackVars = {list:?}"),
                    show::invocation(&evidence.invocations[call]),
                    show::hit(hit),
                ];
                events.extend(wrong);
                let why =
                    "a hit of `tl` did not carry the variables that linkTrackVars lets through";
                violated(Some(hit), why, events)
            })
        })
        .collect()
}

/// Calls of `tl` with type and name, and the hits they made.
pub(super) fn link_hits<'e>(facts: &Facts<'e>) -> Vec<(usize, &'e Hit)> {
    facts
        .linked()
        .into_iter()
        .filter(|&(call, _)| {
            let invocation = &facts.evidence.invocations[call];
            let retold = overrides(invocation).is_some_and(|vars| {
                ["linkType", "linkName", "linkURL", "pe", "pev1", "pev2"]
                    .iter()
                    .any(|name| vars.contains_key(*name))
            });
            invocation.method == "tl"
                && facts.makes(call) == Makes::One
                && facts.plugins_of(call).is_empty()
                && !retold
        })
        .collect()
}

fn difference(name: &str, expected: &str, found: Option<&str>, hit: &Hit) -> String {
    let found = found.map_or(format!("no {name}"), |found| format!("{found:?}"));
    format!(
        "expected {name} = {expected:?} on hit {}, found {found}",
        hit.n
    )
}
