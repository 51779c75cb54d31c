//! The Web SDK: commands, their promises, and what was sent for them.

use serde_json::Value;

use crate::evidence::{Evidence, Hit, Invocation, Monitored, Outcome, Place, Promised};
use crate::scenario::Fault;
use crate::verdict::Instance;

use super::{holds, show, violated};

/// What the result of `sendEvent` is documented to hold.
const RESULT_LISTS: [&str; 3] = ["propositions", "inferences", "destinations"];

/// WEB-01
pub(super) fn settles_by_success(evidence: &Evidence) -> Vec<Instance> {
    let mut instances = Vec::new();
    for (command, hit) in sent(evidence) {
        let why = match (&hit.outcome, &command.promise) {
            (Outcome::Delivered, Some(Promised::Rejected(_))) => {
                Some("a promise was rejected although its event was delivered")
            }
            (Outcome::Failed, Some(Promised::Fulfilled(_))) => {
                Some("a promise was fulfilled although its request failed")
            }
            (Outcome::Delivered | Outcome::Failed, Some(Promised::Pending)) => {
                // Who waits for an answer does not know yet that it will not come.
                let waits = hit.ended.is_none() || hit.fault == Some(Fault::Stall);
                if waits || page_was_left(evidence, command.entered) {
                    continue;
                }
                Some("a promise was not settled although its request had ended")
            }
            (Outcome::Delivered | Outcome::Failed, Some(_)) => None,
            (Outcome::Undecided(_), _) | (_, None) => continue,
        };
        instances.push(about(command, hit, why));
    }
    instances
}

/// WEB-02
pub(super) fn needs_configure(evidence: &Evidence) -> Vec<Instance> {
    let mut instances = Vec::new();
    for command in send_events(evidence) {
        let configured = commands(evidence).any(|other| {
            other.method == "configure"
                && other.tracker == command.tracker
                && other.entered.before(command.entered) == Some(true)
        });
        if configured
            || was_configured_unseen(evidence, command)
            || created(evidence, command).is_none()
        {
            continue;
        }
        let hit = command.hit.and_then(|n| evidence.hit(n));
        let is_refused = matches!(command.promise, Some(Promised::Rejected(_))) && hit.is_none();
        instances.push(match is_refused {
            true => holds(None),
            false => {
                let why = "an event was taken by an instance that was not configured";
                let events = [show::invocation(command), show::promise(command)];
                violated(
                    hit,
                    why,
                    events.into_iter().chain(hit.map(show::hit)).collect(),
                )
            }
        });
    }
    instances
}

/// The page configured the instance before anybody watched what it is told.
fn was_configured_unseen(evidence: &Evidence, command: &Invocation) -> bool {
    monitored(evidence).any(|heard| {
        heard.hook == "onBeforeCommand"
            && heard.method.as_deref() == Some("configure")
            && heard.command.is_none()
            && heard.tracker == command.tracker
            && heard.place.doc == command.entered.doc
    })
}

/// WEB-03
pub(super) fn fulfilled_means_sent(evidence: &Evidence) -> Vec<Instance> {
    let mut instances = Vec::new();
    for command in fulfilled(evidence) {
        instances.extend(match command.hit.and_then(|n| evidence.hit(n)) {
            Some(hit) => {
                let too_early = was_before(command, hit);
                let why = "a promise was fulfilled before its event was sent";
                Some(about(command, hit, too_early.then_some(why)))
            }
            None => sent_nothing(evidence, command),
        });
    }
    instances
}

/// POST-18
pub(super) fn fulfilled_means_success(evidence: &Evidence) -> Vec<Instance> {
    let mut instances = Vec::new();
    for command in fulfilled(evidence) {
        let hit = command.hit.and_then(|n| evidence.hit(n));
        instances.extend(match hit.map(|hit| (hit, &hit.outcome)) {
            Some((hit, Outcome::Delivered)) => Some(about(command, hit, None)),
            Some((hit, Outcome::Failed)) => {
                let why = "`then` ran although the request failed";
                Some(about(command, hit, Some(why)))
            }
            Some((_, Outcome::Undecided(_))) => None,
            None => sent_nothing(evidence, command),
        });
    }
    instances
}

/// WEB-04
pub(super) fn result_has_lists(evidence: &Evidence) -> Vec<Instance> {
    let mut instances = Vec::new();
    for (command, hit) in sent(evidence) {
        let Some(Promised::Fulfilled(result)) = &command.promise else {
            continue;
        };
        if !matches!(hit.outcome, Outcome::Delivered) {
            continue;
        }
        let is_list = |name: &str| result.get(name).is_some_and(Value::is_array);
        let why = match RESULT_LISTS.into_iter().all(is_list) {
            true => None,
            false => Some("the result of an event lacks one of the documented lists"),
        };
        instances.push(about(command, hit, why));
    }
    instances
}

/// WEB-10
pub(super) fn goes_where_configured(evidence: &Evidence) -> Vec<Instance> {
    const DEMDEX: &str = "adobedc.demdex.net";
    let mut instances = Vec::new();
    for hit in hits(evidence) {
        let Some(options) = options_of(evidence, hit) else {
            continue;
        };
        let text = |name: &str, default: &str| match options.get(name) {
            None => Some(default.to_owned()),
            Some(given) => given.as_str().map(str::to_owned),
        };
        let (Some(domain), Some(base)) = (
            text("edgeDomain", "edge.adobedc.net"),
            text("edgeBasePath", "ee"),
        ) else {
            continue;
        };
        // Where a page allows third-party cookies, first requests may go to the domain for identities.
        let allows = options.get("thirdPartyCookiesEnabled") != Some(&Value::Bool(false));
        if hit.host == DEMDEX && allows {
            continue;
        }
        let is_right = hit.host == domain.to_ascii_lowercase() && is_below(&hit.url, &base);
        instances.push(match is_right {
            true => holds(Some(hit)),
            false => {
                let why = "an event went to another domain or path than configured";
                let expected = format!("expected https://{domain}/{base}/…/v1/…");
                violated(Some(hit), why, vec![show::hit(hit), expected])
            }
        });
    }
    instances
}

/// Whether the path is the base path, perhaps the place of the edge, and the action.
fn is_below(url: &str, base: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else {
        return false;
    };
    let Some(rest) = url.path().strip_prefix(&format!("/{base}/")) else {
        return false;
    };
    let segments: Vec<&str> = rest.split('/').collect();
    matches!(segments[..], ["v1", action] | [_, "v1", action] if matches!(action, "interact" | "collect"))
}

/// The options of the `configure` before a hit, on its instance.
fn options_of<'e>(evidence: &'e Evidence, hit: &Hit) -> Option<&'e Value> {
    let handed = *hit.handed.first()?;
    let configure = commands(evidence).find(|command| {
        command.method == "configure"
            && Some(command.tracker.as_str()) == hit.tracker.as_deref()
            && command.entered.before(handed) == Some(true)
    })?;
    configure.args.first()
}

/// An instance about a command and its hit.
fn about(command: &Invocation, hit: &Hit, why: Option<&str>) -> Instance {
    match why {
        None => holds(Some(hit)),
        Some(why) => {
            let events = vec![
                show::invocation(command),
                show::hit(hit),
                show::promise(command),
            ];
            violated(Some(hit), why, events)
        }
    }
}

/// A command that made no hit; `None` if one of the instance's hits may be its own.
fn sent_nothing(evidence: &Evidence, command: &Invocation) -> Option<Instance> {
    let left = command.left?;
    let is_tied = |hit: &Hit| commands(evidence).any(|other| other.hit == Some(hit.n));
    let may_be_its_own = evidence.hits.iter().any(|hit| {
        let of_instance = hit
            .tracker
            .as_deref()
            .is_none_or(|name| name == command.tracker);
        let before = hit
            .handed
            .first()
            .is_none_or(|handed| handed.before(left) == Some(true));
        of_instance && before && !is_tied(hit)
    });
    if may_be_its_own {
        return None;
    }
    let why = "a promise was fulfilled although nothing was sent";
    let events = vec![show::invocation(command), show::promise(command)];
    Some(violated(None, why, events))
}

fn was_before(command: &Invocation, hit: &Hit) -> bool {
    let (Some(left), Some(handed)) = (command.left, hit.handed.first()) else {
        return false;
    };
    left.before(*handed) == Some(true)
}

/// The document of this place was left while the case ran.
pub(super) fn page_was_left(evidence: &Evidence, place: Place) -> bool {
    let document = evidence.documents.get(place.doc);
    document.is_none_or(|document| document.hidden.is_some())
}

/// Commands that instances were given.
pub(super) fn commands(evidence: &Evidence) -> impl Iterator<Item = &Invocation> {
    let given = evidence.invocations.iter();
    given.filter(|command| command.promise.is_some() && !command.late)
}

pub(super) fn send_events(evidence: &Evidence) -> impl Iterator<Item = &Invocation> {
    commands(evidence).filter(|command| command.method == "sendEvent")
}

/// Events whose promise was fulfilled.
fn fulfilled(evidence: &Evidence) -> impl Iterator<Item = &Invocation> {
    send_events(evidence).filter(|command| matches!(command.promise, Some(Promised::Fulfilled(_))))
}

/// Events with the hits that were made for them.
pub(super) fn sent(evidence: &Evidence) -> impl Iterator<Item = (&Invocation, &Hit)> {
    send_events(evidence)
        .filter_map(|command| Some((command, evidence.hit(command.hit?)?)))
        .filter(|(_, hit)| !hit.late)
}

/// Requests with events that pages handed over.
pub(super) fn hits(evidence: &Evidence) -> impl Iterator<Item = &Hit> {
    let hits = evidence.hits.iter();
    hits.filter(|hit| !hit.late && !hit.handed.is_empty() && hit.tracker.is_some())
}

/// What monitors told while the case ran.
pub(super) fn monitored(evidence: &Evidence) -> impl Iterator<Item = &Monitored> {
    evidence.monitored.iter().filter(|heard| !heard.late)
}

/// Where the library took the instance of a command over; `None`: it never did.
pub(super) fn created(evidence: &Evidence, command: &Invocation) -> Option<Place> {
    let heard = monitored(evidence).find(|heard| {
        heard.hook == "onInstanceCreated"
            && heard.tracker == command.tracker
            && heard.place.doc == command.entered.doc
    })?;
    Some(heard.place)
}
