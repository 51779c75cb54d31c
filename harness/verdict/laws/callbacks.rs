//! Claims that the documentation makes of post and pre functions alike.

use serde_json::Value;

use crate::evidence::{Call, Hit};
use crate::scenario::On;
use crate::verdict::Instance;

use super::duty::Due;
use super::facts::{Facts, Makes, doc_of};
use super::{holds, show, violated};

/// Each of these hits ran every function once a registration, and no function without one.
pub(super) fn once_a_registration<'e>(
    facts: &Facts<'e>,
    on: On,
    hits: impl Iterator<Item = &'e Hit>,
) -> Vec<Instance> {
    let applies = |due: &mut Vec<Due<'e>>, calls: &[&Call]| {
        !calls.is_empty() || due.iter().any(|due| !due.required.is_empty())
    };
    each_hit(facts, on, hits, applies, |due, calls| {
        let list = show::list(Some(on));
        let foreign = calls
            .iter()
            .any(|call| due.iter().all(|due| due.name != call.name));
        let wrong = foreign
            || due
                .iter()
                .any(|due| !ran_as_often(due, runs(calls, due.name)));
        let less = due
            .iter()
            .any(|due| runs(calls, due.name) < due.required.len());
        let twice = !foreign
            && due
                .iter()
                .all(|due| runs(calls, due.name) == 2 * due.all().count());
        let often = match (less, twice) {
            (true, _) => "less often than",
            (false, true) => "twice as often as",
            (false, false) => "more often than",
        };
        wrong.then(|| format!("a hit ran a {list} function {often} it was registered"))
    })
}

/// With two functions or more, a hit runs each.
pub(super) fn each_function<'e>(
    facts: &Facts<'e>,
    on: On,
    hits: impl Iterator<Item = &'e Hit>,
) -> Vec<Instance> {
    let applies = |due: &mut Vec<Due<'e>>, _: &[&Call]| {
        due.retain(|due| !due.required.is_empty());
        due.len() >= 2
    };
    each_hit(facts, on, hits, applies, |due, calls| {
        let list = show::list(Some(on));
        let all = due.iter().all(|due| runs(calls, due.name) > 0);
        (!all).then(|| format!("a hit did not run every {list} function that was registered"))
    })
}

/// A function that was registered n times runs n times.
pub(super) fn each_repeat<'e>(
    facts: &Facts<'e>,
    on: On,
    hits: impl Iterator<Item = &'e Hit>,
) -> Vec<Instance> {
    let applies = |due: &mut Vec<Due<'e>>, _: &[&Call]| {
        due.retain(|due| due.required.len() >= 2);
        !due.is_empty()
    };
    each_hit(facts, on, hits, applies, |due, calls| {
        let list = show::list(Some(on));
        let right = due
            .iter()
            .all(|due| ran_as_often(due, runs(calls, due.name)));
        (!right).then(|| {
            format!("a {list} function that was registered several times did not run as often")
        })
    })
}

/// An instance for each hit to which the claim applies by what it was due to run and what it ran;
/// `wrong` says what was wrong with that. What does not matter to the claim `applies` removes.
fn each_hit<'e>(
    facts: &Facts<'e>,
    on: On,
    hits: impl Iterator<Item = &'e Hit>,
    applies: impl Fn(&mut Vec<Due<'e>>, &[&'e Call]) -> bool,
    wrong: impl Fn(&[Due<'e>], &[&'e Call]) -> Option<String>,
) -> Vec<Instance> {
    hits.filter_map(|hit| {
        let mut due = facts.due(hit, on);
        let calls = facts.calls_for(hit, on);
        applies(&mut due, &calls).then(|| match wrong(&due, &calls) {
            Some(why) => violated(Some(hit), why, story(hit, &due, &calls)),
            None => holds(Some(hit)),
        })
    })
    .collect()
}

/// The first argument of every run is its hit's whole URL.
pub(super) fn first_argument(facts: &Facts<'_>, on: On) -> Vec<Instance> {
    facts
        .calls(on)
        .filter_map(|(_, call)| {
            let list = show::list(Some(on));
            let hit = call.hit.and_then(|n| facts.evidence.hit(n));
            let Some(url) = call.args.first().and_then(Value::as_str) else {
                let why = format!("the first argument of a {list} function was no string");
                return Some(violated(hit, why, vec![show::call(call)]));
            };
            let Some(hit) = hit else {
                return no_such_hit(facts, on, url, call);
            };
            let sent = is_same_url(url, &hit.url);
            let arrived = hit
                .arrived_url
                .as_deref()
                .is_none_or(|arrived| is_same_url(url, arrived));
            Some(if sent && arrived {
                holds(Some(hit))
            } else {
                let why = format!(
                    "the first argument of a {list} function was not the whole URL of its hit"
                );
                violated(Some(hit), why, url_story(hit, &[call]))
            })
        })
        .collect()
}

/// The URL of a run must be a hit's. A pre function's may be of one that still waits for another hit.
fn no_such_hit(facts: &Facts<'_>, on: On, url: &str, call: &Call) -> Option<Instance> {
    let waiting =
        on == On::Pre && url.contains("/b/ss/") && !facts.has_sent_everything(call.place.doc);
    (!waiting).then(|| {
        let list = show::list(Some(on));
        let why = format!("the first argument of a {list} function was not the URL of any hit");
        violated(None, why, vec![show::call(call)])
    })
}

/// All functions of a hit get the same URL, and that is what arrived.
pub(super) fn argument_is_a_copy(facts: &Facts<'_>, on: On) -> Vec<Instance> {
    facts
        .hits()
        .filter_map(|hit| {
            let calls = facts.calls_for(hit, on);
            let arrived = hit.arrived_url.as_deref()?;
            let first = calls.first()?.args.first()?;
            let same = calls.iter().all(|call| call.args.first() == Some(first))
                && first.as_str().is_some_and(|url| is_same_url(url, arrived));
            Some(if same {
                holds(Some(hit))
            } else {
                let list = show::list(Some(on));
                let why = format!(
                    "the functions registered for {list} did not all get the URL that arrived"
                );
                violated(Some(hit), why, url_story(hit, &calls))
            })
        })
        .collect()
}

/// The arguments after the first are those of the registration.
pub(super) fn extra_arguments(facts: &Facts<'_>, on: On) -> Vec<Instance> {
    facts
        .hits()
        .filter_map(|hit| {
            let all = facts.calls_for(hit, on);
            let due = facts.due(hit, on);
            let mut wrong = Vec::new();
            let mut judged = false;
            for due in &due {
                let calls: Vec<_> = all
                    .iter()
                    .copied()
                    .filter(|call| call.name == due.name)
                    .collect();
                judged |= !calls.is_empty();
                if !passes_arguments(due, &calls) {
                    wrong.extend(due.all().map(show::registration));
                    wrong.extend(calls.into_iter().map(show::call));
                }
            }
            judged.then(|| {
                if wrong.is_empty() {
                    return holds(Some(hit));
                }
                let list = show::list(Some(on));
                let why = format!(
                    "a {list} function did not get the arguments of its registration, in order"
                );
                violated(Some(hit), why, wrong)
            })
        })
        .collect()
}

fn passes_arguments(due: &Due<'_>, calls: &[&Call]) -> bool {
    let given = |call: &Call| call.args.get(1..).unwrap_or_default().to_vec();
    if calls.len() != due.required.len() || !due.optional.is_empty() {
        return calls.iter().all(|call| {
            due.all()
                .any(|registration| registration.args == given(call))
        });
    }
    let mut open: Vec<_> = due.required.iter().map(|one| &one.args).collect();
    calls.iter().all(|call| {
        let given = given(call);
        match open.iter().position(|args| **args == given) {
            Some(position) => {
                open.remove(position);
                true
            }
            None => false,
        }
    })
}

/// A tracking call in a function's body is followed by another hit and another run.
pub(super) fn series(facts: &Facts<'_>, on: On, method: &str) -> Vec<Instance> {
    facts
        .calls(on)
        .filter_map(|(index, call)| {
            let hit = facts.evidence.hit(call.hit?);
            let tracker = tracker_of(facts, call)?;
            let inner = facts.tracking_calls().into_iter().find(|&inner| {
                let invocation = &facts.evidence.invocations[inner];
                invocation.from_callback == Some(index)
                    && invocation.method == method
                    && invocation.tracker == tracker
            })?;
            if facts.makes(inner) != Makes::One {
                return None;
            }
            let follow_up = follow_up(facts, on, call, tracker)?;
            Some(match follow_up {
                None => holds(hit),
                Some(lack) => {
                    let events = vec![
                        show::call(call),
                        show::invocation(&facts.evidence.invocations[inner]),
                    ];
                    let why = format!(
                        "`{method}` in a {} function was not followed by another {lack}",
                        show::list(Some(on))
                    );
                    violated(hit, why, events)
                }
            })
        })
        .collect()
}

/// The tracker that a run belongs to: its hit's.
fn tracker_of<'e>(facts: &Facts<'e>, call: &Call) -> Option<&'e str> {
    facts.evidence.hit(call.hit?)?.tracker.as_deref()
}

/// What is missing of the next round of a series: `Some(None)` if nothing is, `None` if that
/// cannot be told.
fn follow_up(
    facts: &Facts<'_>,
    on: On,
    call: &Call,
    tracker: &str,
) -> Option<Option<&'static str>> {
    let ran_again = facts
        .calls(on)
        .any(|(_, later)| later.name == call.name && call.place.before(later.place) == Some(true));
    if ran_again {
        return Some(None);
    }
    let group = facts.group(tracker, call.place.doc);
    let later: Vec<_> = group
        .hits
        .iter()
        .filter(|hit| {
            Some(hit.n) != call.hit
                && hit
                    .handed
                    .first()
                    .is_some_and(|handed| call.place.before(*handed) == Some(true))
        })
        .collect();
    let due = later
        .iter()
        .any(|hit| on == On::Pre || hit.outcome.name() == "delivered" && !facts.page_was_gone(hit));
    match (later.is_empty(), due) {
        (true, _) => group.complete.then_some(Some("hit")),
        (false, true) => Some(Some("run")),
        (false, false) => Some(None),
    }
}

/// Equal, or equal in the form in which a browser sends it.
pub(super) fn is_same_url(one: &str, other: &str) -> bool {
    let normal = |text: &str| {
        url::Url::parse(text).ok().map(|mut url| {
            url.set_fragment(None);
            url
        })
    };
    one == other || normal(one).is_some_and(|url| Some(url) == normal(other))
}

/// The registrations, the hit and the runs, for people.
pub(super) fn story(hit: &Hit, due: &[Due<'_>], calls: &[&Call]) -> Vec<String> {
    let registrations = due.iter().flat_map(Due::all).map(show::registration);
    let runs = calls.iter().map(|call| show::call(call));
    registrations
        .chain([show::hit(hit), show::end(hit)])
        .chain(runs)
        .collect()
}

fn url_story(hit: &Hit, calls: &[&Call]) -> Vec<String> {
    let arrived = hit
        .arrived_url
        .as_ref()
        .map(|url| format!("hit {} arrived as {url}", hit.n));
    let differences = calls.iter().filter_map(|call| {
        let told = call.args.first()?.as_str()?;
        let sent = hit.arrived_url.as_deref().unwrap_or(&hit.url);
        show::first_difference(sent, told)
    });
    calls
        .iter()
        .map(|call| show::call(call))
        .chain([show::hit(hit)])
        .chain(arrived)
        .chain(differences)
        .collect()
}

fn runs(calls: &[&Call], name: &str) -> usize {
    calls.iter().filter(|call| call.name == name).count()
}

fn ran_as_often(due: &Due<'_>, runs: usize) -> bool {
    (due.required.len()..=due.required.len() + due.optional.len()).contains(&runs)
}

/// Hits whose page was there to run functions.
pub(super) fn lived(facts: &Facts<'_>, hit: &Hit) -> bool {
    doc_of(hit).is_some() && !facts.page_was_gone(hit)
}
