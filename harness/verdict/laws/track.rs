//! `t()` and what both tracking methods share.

use crate::evidence::{Evidence, Hit};
use crate::scenario::Transport;
use crate::verdict::Instance;

use super::facts::{Facts, Group, Makes, overrides, truthy};
use super::values::{carried, carries, defined_text, departures, is_plain_or_page_name};
use super::{holds, show, violated};

/// T-01
pub(super) fn one_call_one_hit(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .groups()
        .iter()
        .flat_map(|group| {
            let mut instances = lost_hits(&facts, group);
            instances.extend(exceptions(&facts, group));
            let surplus = surplus_hits(&facts, group);
            instances.extend(group.hits.iter().map(|hit| {
                if surplus.contains(&hit.n) {
                    let why = "a hit was made that no call of `t` or `tl` had asked for";
                    return violated(Some(hit), why, calls_and_hits(&facts, group));
                }
                judge_hit(&facts, hit)
            }));
            instances
        })
        .collect()
}

/// Calls of the group that were due to make a hit and did not.
fn lost_hits(facts: &Facts<'_>, group: &Group<'_>) -> Vec<Instance> {
    let lost = lost(facts, group);
    (0..lost)
        .map(|_| {
            let why = "a call of `t` or `tl` made no hit";
            violated(None, why, calls_and_hits(facts, group))
        })
        .collect()
}

/// Calls of the group that an exception left which was not out of the page's doPlugins.
fn exceptions(facts: &Facts<'_>, group: &Group<'_>) -> Vec<Instance> {
    let calls = group.calls.iter().copied();
    calls
        .filter_map(|call| {
            let invocation = &facts.evidence.invocations[call];
            let threw = invocation.threw.as_ref()?;
            let mut plugins = facts.plugins_of(call).into_iter();
            if plugins.any(|run| run.threw.is_some()) {
                return None;
            }
            let why = "a call of `t` or `tl` threw an exception";
            let events = vec![show::invocation(invocation), format!("it threw {threw}")];
            Some(violated(facts.hit_of(call), why, events))
        })
        .collect()
}

/// How many calls of the group certainly made no hit.
pub(super) fn lost(facts: &Facts<'_>, group: &Group<'_>) -> usize {
    let due = group
        .calls
        .iter()
        .filter(|&&call| facts.makes(call) == Makes::One)
        .count();
    if group.complete {
        due.saturating_sub(group.hits.len())
    } else {
        0
    }
}

/// Hits of the group beyond what its calls can have made: those that no call is linked to, the
/// last first.
pub(super) fn surplus_hits(facts: &Facts<'_>, group: &Group<'_>) -> Vec<u32> {
    let Some(&first) = group.calls.first() else {
        return Vec::new();
    };
    let tracker = &facts.evidence.invocations[first].tracker;
    if facts.keeps_hits(tracker) {
        return Vec::new();
    }
    let most = group
        .calls
        .iter()
        .filter(|&&call| facts.makes(call) != Makes::Nothing)
        .count();
    let own_clicks = facts.tracks_clicks(tracker);
    let counted: Vec<_> = group
        .hits
        .iter()
        .filter(|hit| !(own_clicks && hit.param("pe").is_some()))
        .collect();
    let linked = |hit: &Hit| {
        facts
            .call_of(hit)
            .is_some_and(|call| facts.makes(call) != Makes::Nothing)
    };
    counted
        .iter()
        .rev()
        .filter(|hit| !linked(hit))
        .take(counted.len().saturating_sub(most))
        .map(|hit| hit.n)
        .collect()
}

/// A hit that a call asked for: sent once, with what was defined.
fn judge_hit(facts: &Facts<'_>, hit: &Hit) -> Instance {
    let kept = hit
        .tracker
        .as_deref()
        .is_some_and(|tracker| facts.keeps_hits(tracker));
    if hit.sends > 1 && !kept {
        let why = "a hit was handed to the browser more than once";
        return violated(Some(hit), why, vec![show::hit(hit)]);
    }
    if let Some(suite) = other_suite(facts, hit) {
        let why = "a hit went to another report suite than its tracker's";
        return violated(Some(hit), why, vec![suite, show::hit(hit)]);
    }
    let wrong = page_view_departures(facts, hit);
    if wrong.is_empty() {
        return holds(Some(hit));
    }
    let mut events = vec![show::hit(hit)];
    events.extend(wrong);
    let why = "a page view did not carry the variables that were defined, and no others";
    violated(Some(hit), why, events)
}

/// The report suite in the hit's path, where it is not what the call found.
fn other_suite(facts: &Facts<'_>, hit: &Hit) -> Option<String> {
    let call = facts.call_of(hit)?;
    // An override of the account is documented nowhere.
    if overrides(&facts.evidence.invocations[call]).is_some_and(|vars| vars.contains_key("account"))
    {
        return None;
    }
    let vars = facts.compiled(call)?;
    let expected = vars.get("account")?.as_str()?;
    let found = super::url::report_suite(&hit.url)?;
    (found != expected).then(|| format!("expected the report suite {expected}, found {found}"))
}

fn page_view_departures(facts: &Facts<'_>, hit: &Hit) -> Vec<String> {
    // A light hit has its own list of variables, a link hit linkTrackVars.
    if hit.param("pe").is_some() || hit.param("mtp").is_some() {
        return Vec::new();
    }
    facts
        .call_of(hit)
        .filter(|&call| facts.evidence.invocations[call].method == "t")
        .and_then(|call| {
            let vars = facts.compiled(call)?;
            let open = open_overrides(facts, call);
            Some(departures(&vars, hit, |name| !open.contains(&name)))
        })
        .unwrap_or_default()
}

/// Overrides whose effect is not documented: empty ones, and any where doPlugins ran as well.
fn open_overrides<'e>(facts: &Facts<'e>, call: usize) -> Vec<&'e str> {
    let plugins_ran = !facts.plugins_of(call).is_empty();
    overrides(&facts.evidence.invocations[call])
        .into_iter()
        .flatten()
        .filter(|(_, value)| plugins_ran || !truthy(Some(value)))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// T-02
pub(super) fn overrides_are_for_one_call(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .single_hit_calls()
        .filter_map(|call| {
            let invocation = &evidence.invocations[call];
            let given: Vec<(&str, String)> = overrides(invocation)?
                .iter()
                .filter(|(name, _)| is_plain_or_page_name(name))
                .filter_map(|(name, value)| Some((name.as_str(), defined_text(Some(value))?)))
                .collect();
            if given.is_empty() {
                return None;
            }
            let hit = facts.hit_of(call);
            let next = next_call(&facts, call);
            let mut absent = Vec::new();
            let mut leaked = Vec::new();
            for (name, value) in &given {
                absent.extend(hit.and_then(|hit| absent_override(&facts, call, hit, name, value)));
                leaked.extend(kept_override(&facts, call, name, value));
                leaked.extend(next.and_then(|next| leaked_override(&facts, next, name, value)));
            }
            let story = |lines: Vec<String>| {
                let mut events = vec![show::invocation(invocation)];
                events.extend(hit.map(show::hit));
                events.extend(lines);
                events
            };
            Some(if !absent.is_empty() {
                let why = "an override was not in the hit of its call";
                violated(hit, why, story(absent))
            } else if !leaked.is_empty() {
                let why = "an override outlived its call";
                violated(hit, why, story(leaked))
            } else {
                holds(hit)
            })
        })
        .collect()
}

fn next_call(facts: &Facts<'_>, call: usize) -> Option<usize> {
    let invocation = &facts.evidence.invocations[call];
    let left = invocation.left?;
    facts
        .group(&invocation.tracker, invocation.entered.doc)
        .calls
        .into_iter()
        .find(|&next| left.before(facts.evidence.invocations[next].entered) == Some(true))
}

fn absent_override(
    facts: &Facts<'_>,
    call: usize,
    hit: &Hit,
    name: &str,
    value: &str,
) -> Option<String> {
    let vars = facts.compiled(call)?;
    let changed_by_plugins = defined_text(vars.get(name)).as_deref() != Some(value);
    let limited = hit.param("pe").is_some() && truthy(vars.get("linkTrackVars"));
    if changed_by_plugins || limited {
        return None;
    }
    match carried(hit, name) {
        Some(found) if carries(value, found) => None,
        Some(found) => Some(format!(
            "expected {name} = {value:?} on hit {}, found {found:?}",
            hit.n
        )),
        None => Some(format!(
            "expected {name} = {value:?} on hit {}, found no {name}",
            hit.n
        )),
    }
}

/// The tracker kept the override as its own variable.
fn kept_override(facts: &Facts<'_>, call: usize, name: &str, value: &str) -> Option<String> {
    let invocation = &facts.evidence.invocations[call];
    let before = defined_text(invocation.before.get(name));
    let after = defined_text(invocation.after.as_ref()?.get(name));
    (after.as_deref() == Some(value) && before != after).then(|| {
        format!(
            "expected {name} = {} after the call, found {value:?}",
            before.map_or("undefined".to_owned(), |before| format!("{before:?}"))
        )
    })
}

/// The next call's hit carries the override although that call did not define it.
fn leaked_override(facts: &Facts<'_>, next: usize, name: &str, value: &str) -> Option<String> {
    let hit = facts.hit_of(next)?;
    let vars = facts.compiled(next)?;
    let defined = defined_text(vars.get(name)).as_deref() == Some(value);
    (!defined && carried(hit, name) == Some(value)).then(|| {
        format!(
            "expected {name} of the first call only, found {value:?} on hit {}",
            hit.n
        )
    })
}

/// T-03
pub(super) fn secure_server_suffices(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .linked()
        .into_iter()
        .filter_map(|(call, hit)| {
            let invocation = &evidence.invocations[call];
            let vars = facts.compiled(call)?;
            let secure_only = !truthy(vars.get("trackingServer"))
                && super::url::is_secure_page(evidence, invocation.entered.doc, &vars);
            let server = vars.get("trackingServerSecure")?.as_str()?;
            if !secure_only || server.is_empty() {
                return None;
            }
            Some(if super::url::is_host(server, &hit.host) {
                holds(Some(hit))
            } else {
                let why = "with trackingServerSecure alone, a hit of an https page went elsewhere";
                let events = vec![
                    format!("expected host {server}, found {}", hit.host),
                    show::hit(hit),
                ];
                violated(Some(hit), why, events)
            })
        })
        .collect()
}

/// T-04
pub(super) fn path_of_the_sample(evidence: &Evidence) -> Vec<Instance> {
    Facts::new(evidence)
        .hits()
        .filter(|hit| hit.transport != Transport::Script)
        .map(|hit| {
            if path_of(hit).ends_with("/1/") {
                holds(Some(hit))
            } else {
                let why = "the path of a hit did not end with /1/ as in the sample";
                violated(Some(hit), why, vec![show::hit(hit)])
            }
        })
        .collect()
}

/// T-05
pub(super) fn path_begins_as_documented(evidence: &Evidence) -> Vec<Instance> {
    Facts::new(evidence)
        .hits()
        .filter_map(|hit| {
            let version = hit
                .handed
                .first()
                .and_then(|place| evidence.documents.get(place.doc))
                .and_then(|document| document.built.as_ref())
                .map(|(_, version)| version.as_str())?;
            let path = path_of(hit);
            let parts: Vec<&str> = path.split('/').collect();
            let conforms = match parts.as_slice() {
                ["", "b", "ss", suites, source, rest @ ..] => {
                    !suites.is_empty() && is_source(source, hit) && is_rest(rest, version)
                }
                _ => false,
            };
            Some(if conforms {
                holds(Some(hit))
            } else {
                let why = "the path of a hit was not /b/ss/, report suites, /1/, with the version and a random number";
                violated(Some(hit), why, vec![show::hit(hit)])
            })
        })
        .collect()
}

fn path_of(hit: &Hit) -> String {
    let url = url::Url::parse(&hit.url);
    url.map(|url| url.path().to_owned()).unwrap_or_default()
}

/// `1`; what answers of a script's hit are for has a number of its own.
fn is_source(part: &str, hit: &Hit) -> bool {
    match hit.transport {
        Transport::Script => part.parse::<u32>().is_ok(),
        _ => part == "1",
    }
}

/// Behind the source of a hit: nothing, or a random number, with the library's version before it.
fn is_rest(rest: &[&str], version: &str) -> bool {
    let is_random = |part: &str| {
        part.strip_prefix('s')
            .is_some_and(|digits| digits.len() > 1 && digits.bytes().all(|c| c.is_ascii_digit()))
    };
    // A tag container's marks may follow.
    let is_version = |part: &str| {
        part.strip_prefix("JS-")
            .and_then(|rest| rest.strip_prefix(version))
            .is_some_and(|marks| marks.is_empty() || marks.starts_with(['T', '-']))
    };
    match rest {
        [] | [""] => true,
        [random] => is_random(random),
        [library, random] => is_version(library) && is_random(random),
        _ => false,
    }
}

/// The calls and the hits of a group, for people.
pub(super) fn calls_and_hits(facts: &Facts<'_>, group: &Group<'_>) -> Vec<String> {
    let calls = group
        .calls
        .iter()
        .map(|&call| show::invocation(&facts.evidence.invocations[call]));
    calls
        .chain(group.hits.iter().map(|hit| show::hit(hit)))
        .collect()
}
