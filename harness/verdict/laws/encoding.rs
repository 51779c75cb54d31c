//! How values are written into a hit: events, products, context data, the page's address, the time,
//! the visitor's ids.

use serde_json::Value;

use crate::evidence::{Evidence, Hit};
use crate::verdict::Instance;

use super::facts::{Facts, Vars, overrides, truthy};
use super::values::defined_text;
use super::{holds, show, violated};

/// The longest part of the page's address that `g` carries.
const LONGEST_ADDRESS: usize = 255;

/// Prefixes of context data that the library and Adobe's other libraries set themselves.
const RESERVED: [&str; 3] = ["a.", "cm.", "opt."];

/// EVT-01
pub(super) fn events_as_written(evidence: &Evidence) -> Vec<Instance> {
    let why = "a page view did not carry `events` as it was written";
    page_views_as_written(evidence, "events", why)
}

/// PRD-01
pub(super) fn products_as_written(evidence: &Evidence) -> Vec<Instance> {
    let why = "a page view did not carry `products` as it was written";
    page_views_as_written(evidence, "products", why)
}

/// A text that page views carry as it stands, and do not carry where it is not set.
fn page_views_as_written(evidence: &Evidence, name: &str, why: &str) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    page_views(&facts)
        .into_iter()
        .filter_map(|(vars, hit)| {
            let expected = match vars.get(name) {
                Some(Value::String(text)) => text.as_str(),
                None | Some(Value::Null) => "",
                Some(_) => return None,
            };
            let found = hit.param(name).unwrap_or_default();
            if expected.is_empty() && found.is_empty() {
                return None;
            }
            Some(same(expected, found, name, why, hit))
        })
        .collect()
}

/// CTX-01
pub(super) fn context_data(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    page_views(&facts)
        .into_iter()
        .filter_map(|(vars, hit)| {
            let wrong = context_departures(&vars, hit, |_| true)?;
            Some(context_verdict(wrong, hit))
        })
        .collect()
}

/// LTV-04
pub(super) fn listed_context_data(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    super::link::link_hits(&facts)
        .into_iter()
        .filter(|&(call, _)| overrides(&evidence.invocations[call]).is_none())
        .filter_map(|(call, hit)| {
            let vars = facts.compiled(call)?;
            let list = vars.get("linkTrackVars")?.as_str()?;
            let listed: Vec<&str> = list.split(',').collect();
            // What a list with blanks or with all context data lets through is not documented.
            if list.is_empty() || list.contains(' ') || listed.contains(&"contextData") {
                return None;
            }
            let is_listed = |key: &str| listed.contains(&format!("contextData.{key}").as_str());
            let wrong = context_departures(&vars, hit, is_listed)?;
            Some(context_verdict(wrong, hit))
        })
        .collect()
}

fn context_verdict(wrong: Vec<String>, hit: &Hit) -> Instance {
    if wrong.is_empty() {
        return holds(Some(hit));
    }
    let mut events = vec![show::hit(hit)];
    events.extend(wrong);
    let why = "a hit did not carry the context data that were set, and no others";
    violated(Some(hit), why, events)
}

/// How a hit departs from the context data, a line each; `None`: there are none to judge.
fn context_departures(
    vars: &Vars,
    hit: &Hit,
    is_sent: impl Fn(&str) -> bool,
) -> Option<Vec<String>> {
    let set = vars.get("contextData")?.as_object()?;
    let judged: Vec<(&str, &str)> = set
        .iter()
        .filter(|(key, _)| is_documented_key(key))
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    if judged.is_empty() {
        return None;
    }
    let mut wrong = Vec::new();
    for (key, value) in &judged {
        let found = hit.param(&format!("c.{key}"));
        let expected = is_sent(key).then_some(*value);
        if found != expected && !value.contains('\u{FFFD}') {
            wrong.push(format!(
                "expected {} as context data {key} on hit {}, found {}",
                or_none(expected),
                hit.n,
                or_none(found)
            ));
        }
    }
    let surplus = hit
        .params
        .iter()
        .filter_map(|param| param.name.strip_prefix("c."))
        .filter(|key| is_documented_key(key) && !set.contains_key(*key));
    wrong.extend(surplus.map(|key| format!("expected no context data {key} on hit {}", hit.n)));
    Some(wrong)
}

/// Keys of letters, digits, underscores and dots between them, without reserved prefixes.
fn is_documented_key(key: &str) -> bool {
    !RESERVED.iter().any(|prefix| key.starts_with(prefix))
        && key.split('.').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
}

/// URL-04
pub(super) fn address_of_the_page(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .linked()
        .into_iter()
        .filter_map(|(call, hit)| {
            let vars = facts.compiled(call)?;
            let doc = evidence.invocations[call].entered.doc;
            let start = hit.param("g").unwrap_or_default();
            let rest = hit.param("-g").unwrap_or_default();
            let found = format!("{start}{rest}");
            let set = defined_text(vars.get("pageURL"));
            let page = &evidence.documents.get(doc)?.url;
            // An application may have changed its address since the document began, not its origin.
            let is_right = match &set {
                Some(set) => *set == found,
                None => origin(page).is_some() && origin(page) == origin(&found),
            };
            let is_split_right = found.chars().count() <= LONGEST_ADDRESS && rest.is_empty()
                || start.chars().count() == LONGEST_ADDRESS
                || !found.is_ascii();
            Some(if is_right && is_split_right {
                holds(Some(hit))
            } else {
                let why = "a hit did not carry the page's address, 255 characters in g and the rest in -g";
                let expected = set.unwrap_or_else(|| page.clone());
                let events = vec![
                    format!("expected {expected:?}, found g = {start:?} and -g = {rest:?}"),
                    show::hit(hit),
                ];
                violated(Some(hit), why, events)
            })
        })
        .collect()
}

fn origin(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    Some(url.origin().ascii_serialization())
}

/// TS-01
pub(super) fn time_of_one_hit(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .linked()
        .into_iter()
        .filter_map(|(call, hit)| {
            let vars = facts.compiled(call)?;
            if truthy(vars.get("trackOffline")) {
                return None;
            }
            let expected = defined_text(vars.get("timestamp")).unwrap_or_default();
            let found = hit.param("ts").unwrap_or_default();
            let why = "the time of a hit was not the one that was set for it";
            Some(same(&expected, found, "ts", why, hit))
        })
        .collect()
}

/// ID-02
pub(super) fn visitor_ids(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    let mut instances = Vec::new();
    for (call, hit) in facts.linked() {
        let Some(vars) = facts.compiled(call) else {
            continue;
        };
        for (variable, parameter) in [("visitorID", "vid"), ("marketingCloudVisitorID", "mid")] {
            if let Some(id) = defined_text(vars.get(variable)) {
                let found = hit.param(parameter).unwrap_or_default();
                let why = "a hit did not carry the visitor's id that was set";
                instances.push(same(&id, found, parameter, why, hit));
            }
        }
    }
    instances
}

/// Hits of `t` with the variables that they were compiled from, without those that came by other ways.
fn page_views<'e>(facts: &Facts<'e>) -> Vec<(Vars, &'e Hit)> {
    facts
        .linked()
        .into_iter()
        .filter(|&(call, hit)| {
            let invocation = &facts.evidence.invocations[call];
            // A light hit has its own list of variables; how overrides join what is set is documented for
            // plain values only.
            invocation.method == "t"
                && hit.param("pe").is_none()
                && hit.param("mtp").is_none()
                && overrides(invocation).is_none()
        })
        .filter_map(|(call, hit)| Some((facts.compiled(call)?, hit)))
        .collect()
}

fn same(expected: &str, found: &str, name: &str, why: &str, hit: &Hit) -> Instance {
    if expected == found || expected.contains('\u{FFFD}') {
        return holds(Some(hit));
    }
    let events = vec![
        format!(
            "expected {name} = {expected:?} on hit {}, found {found:?}",
            hit.n
        ),
        show::hit(hit),
    ];
    violated(Some(hit), why, events)
}

fn or_none(value: Option<&str>) -> String {
    value.map_or("none".to_owned(), |value| format!("{value:?}"))
}
