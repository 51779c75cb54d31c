//! A scenario's own checks over the evidence of a case.
//!
//! A check yields an instance for each thing it found with what it asks of it (so that deviations
//! can tell transports and faults apart), and one for what it asks of all of them together.

use std::collections::BTreeSet;

use crate::evidence::{Call, ConsoleLine, Evidence, Hit, OtherRequest, Recorded};
use crate::run::Cookie;
use crate::scenario::{Check, HitSelector, Match, Subject};

use super::laws::{instance, show};
use super::{Instance, Violation};
use crate::evidence::property;

/// Judges a check. There is always at least one instance: a check is never not applicable.
pub fn check(check: &Check, evidence: &Evidence) -> Vec<Instance> {
    let found = find(check, evidence);
    let mut instances: Vec<Instance> = found
        .iter()
        .filter_map(|thing| {
            let problems = problems_of(check, thing);
            let asks = !check.has.is_empty() || !check.lacks.is_empty() || check.is.is_some();
            asks.then(|| judged(thing.hit(), problems, || vec![thing.show()]))
        })
        .collect();
    let problems = problems_of_all(check, &found, evidence);
    let about_all = check.count.is_some()
        || check.hits.is_some()
        || check.order.is_some()
        || instances.is_empty();
    if about_all || !problems.is_empty() {
        let hit = only_hit(check, &found, evidence);
        let events = || found.iter().map(Found::show).collect();
        instances.push(judged(hit, problems, events));
    }
    instances
}

fn judged(
    hit: Option<&Hit>,
    problems: Vec<String>,
    events: impl FnOnce() -> Vec<String>,
) -> Instance {
    let violation = (!problems.is_empty()).then(|| Violation {
        why: problems.join("; "),
        events: events(),
    });
    instance(hit, violation)
}

/// Something that a check's subject names.
enum Found<'e> {
    Hit(&'e Hit),
    Call(&'e Call, Option<&'e Hit>),
    Value(&'e str, &'e Recorded),
    Request(&'e OtherRequest),
    Cookie(&'e Cookie),
    Console(&'e ConsoleLine),
}

fn find<'e>(check: &'e Check, evidence: &'e Evidence) -> Vec<Found<'e>> {
    let in_step = |step: u32| check.step.is_none_or(|wanted| wanted == step);
    match &check.subject {
        Subject::Hit(selector) => evidence
            .hits
            .iter()
            .filter(|hit| !hit.late && in_step(hit.step) && selects(selector, hit))
            .map(Found::Hit)
            .collect(),
        Subject::Call(name) => evidence
            .calls
            .iter()
            .filter(|call| !call.late && in_step(call.step) && call.name == *name)
            .filter(|call| check.args.as_ref().is_none_or(|args| has_args(args, call)))
            .map(|call| Found::Call(call, call.hit.and_then(|n| evidence.hit(n))))
            .collect(),
        Subject::Value(name) => evidence
            .values
            .get(name)
            .filter(|recorded| in_step(recorded.step))
            .map(|recorded| Found::Value(name, recorded))
            .into_iter()
            .collect(),
        Subject::Request(pattern) => evidence
            .requests
            .iter()
            .filter(|request| is_at(&request.url, pattern))
            .map(Found::Request)
            .collect(),
        Subject::Cookie(name) => evidence
            .cookies
            .iter()
            .filter(|cookie| cookie.name == *name)
            .map(Found::Cookie)
            .collect(),
        Subject::Console(text) => evidence
            .console
            .iter()
            .filter(|line| in_step(line.step) && contains(text, &line.text))
            .map(Found::Console)
            .collect(),
    }
}

/// Whether the arguments after the first are these.
fn has_args(expected: &[Match], call: &Call) -> bool {
    let found = call.args.get(1..).unwrap_or_default();
    expected.len() == found.len()
        && expected
            .iter()
            .zip(found)
            .all(|(expected, found)| expected.fits(&show::text(found)))
}

fn selects(selector: &HitSelector, hit: &Hit) -> bool {
    match selector {
        HitSelector::Number(n) => hit.n == *n,
        HitSelector::Having(properties) => properties
            .iter()
            .all(|(name, expected)| property(hit, name).is_some_and(|text| expected.fits(&text))),
    }
}

/// Console lines contain a text.
fn contains(expected: &Match, text: &str) -> bool {
    match expected {
        Match::Text(part) => text.contains(part.as_str()),
        Match::Pattern(_) => expected.fits(text),
    }
}

/// Whether an address is at `host/path`, with `*` for any text; the query counts if the pattern
/// has one.
fn is_at(address: &str, pattern: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else {
        return false;
    };
    let mut place = format!("{}{}", url.host_str().unwrap_or(""), url.path());
    if pattern.contains('?') {
        place.extend(url.query().map(|query| format!("?{query}")));
    }
    let whole = match pattern.contains('/') {
        true => pattern.to_owned(),
        false => format!("{pattern}/*"),
    };
    let parts: Vec<_> = whole.split('*').map(regex::escape).collect();
    regex::Regex::new(&format!("(?s)^{}$", parts.join(".*")))
        .is_ok_and(|pattern| pattern.is_match(&place))
}

impl<'e> Found<'e> {
    fn hit(&self) -> Option<&'e Hit> {
        match self {
            Found::Hit(hit) => Some(hit),
            Found::Call(_, hit) => *hit,
            _ => None,
        }
    }

    /// How messages name it.
    fn name(&self) -> String {
        match self {
            Found::Hit(hit) => format!("hit {}", hit.n),
            Found::Call(call, Some(hit)) => format!("{} for hit {}", call.name, hit.n),
            Found::Call(call, None) => format!("{} for no hit", call.name),
            Found::Value(name, _) => format!("value {name}"),
            Found::Request(request) => format!("request {}", request.url),
            Found::Cookie(cookie) => format!("cookie {}", cookie.name),
            Found::Console(line) => format!("console line {:?}", line.text),
        }
    }

    fn show(&self) -> String {
        match self {
            Found::Hit(hit) => show::hit(hit),
            Found::Call(call, _) => show::call(call),
            Found::Value(name, recorded) => format!(
                "step {}: {name} = {}",
                recorded.step,
                show::text(&recorded.value)
            ),
            Found::Request(request) => format!("request: {} {}", request.method, request.url),
            Found::Cookie(cookie) => format!("cookie: {} = {}", cookie.name, cookie.value),
            Found::Console(line) => format!("console.{}: {}", line.level, line.text),
        }
    }

    /// What `is` looks at.
    fn value(&self) -> String {
        match self {
            Found::Hit(hit) => hit.url.clone(),
            Found::Call(call, _) => call.args.first().map(show::text).unwrap_or_default(),
            Found::Value(_, recorded) => show::text(&recorded.value),
            Found::Request(request) => request.body.clone(),
            Found::Cookie(cookie) => cookie.value.clone(),
            Found::Console(line) => line.text.clone(),
        }
    }

    /// What `has` and `lacks` look at.
    fn property(&self, name: &str) -> Option<String> {
        match self {
            Found::Hit(hit) => property(hit, name),
            Found::Call(call, hit) => match name {
                "name" => Some(call.name.clone()),
                "on" => Some(show::list(call.on).to_owned()),
                "step" => Some(call.step.to_string()),
                "requestUrl" => call.args.first().map(show::text),
                // Of the error that a rejected promise handed on.
                "message" => call.args.first()?.get(name).map(show::text),
                _ => hit.and_then(|hit| property(hit, name)),
            },
            Found::Value(_, recorded) => recorded.value.get(name).map(show::text),
            Found::Request(request) => match name {
                "method" => Some(request.method.clone()),
                "url" => Some(request.url.clone()),
                "body" => Some(request.body.clone()),
                "status" => request.status.map(|status| status.to_string()),
                "host" => part_of_url(&request.url, |url| url.host_str().map(str::to_owned)),
                "path" => part_of_url(&request.url, |url| Some(url.path().to_owned())),
                "query" => part_of_url(&request.url, |url| url.query().map(str::to_owned)),
                parameter => part_of_url(&request.url, |url| {
                    url.query_pairs()
                        .find(|(name, _)| name == parameter)
                        .map(|(_, value)| value.into_owned())
                }),
            },
            Found::Cookie(cookie) => match name {
                "value" => Some(cookie.value.clone()),
                "domain" => cookie.domain.clone(),
                "path" => cookie.path.clone(),
                "secure" => Some(cookie.secure.to_string()),
                "httpOnly" => Some(cookie.http_only.to_string()),
                "expiry" => cookie.expiry.map(|expiry| expiry.to_string()),
                _ => None,
            },
            Found::Console(line) => match name {
                "level" => Some(line.level.clone()),
                "text" => Some(line.text.clone()),
                "step" => Some(line.step.to_string()),
                _ => None,
            },
        }
    }
}

fn part_of_url(url: &str, part: impl Fn(&url::Url) -> Option<String>) -> Option<String> {
    url::Url::parse(url).ok().and_then(|url| part(&url))
}

/// What one found thing lacks of what the check asks.
fn problems_of(check: &Check, thing: &Found<'_>) -> Vec<String> {
    let on = thing.name();
    let mut problems = Vec::new();
    for (name, expected) in &check.has {
        match thing.property(name) {
            Some(found) if expected.fits(&found) => {}
            Some(found) => problems.push(format!(
                "expected {name} = {expected} on {on}, found {found:?}"
            )),
            None => problems.push(format!(
                "expected {name} = {expected} on {on}, found no {name}"
            )),
        }
    }
    for name in &check.lacks {
        if let Some(found) = thing.property(name) {
            problems.push(format!("expected no {name} on {on}, found {found:?}"));
        }
    }
    if let Some(expected) = &check.is {
        let found = thing.value();
        if !expected.fits(&found) {
            problems.push(format!("expected {expected} as {on}, found {found:?}"));
        }
    }
    problems
}

/// What is wrong with all found things together.
fn problems_of_all(check: &Check, found: &[Found<'_>], evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    let subject = subject(check, evidence);
    if check.step.is_some() && matches!(check.subject, Subject::Request(_) | Subject::Cookie(_)) {
        problems.push("requests and cookies belong to no step; remove `step`".to_owned());
    }
    match check.count {
        Some(expected) if expected as usize != found.len() => {
            problems.push(format!(
                "expected {expected} × {subject}, found {}",
                found.len()
            ));
        }
        None if found.is_empty() && check.hits.as_ref().is_none_or(|hits| !hits.is_empty()) => {
            problems.push(format!(
                "expected {subject}, found {}",
                instead(check, evidence)
            ));
        }
        _ => {}
    }
    if let Some(expected) = &check.hits {
        // How often it ran for each is `count`'s business, and their order the documentation leaves open.
        let numbers: BTreeSet<_> = found.iter().map(number).collect();
        if numbers != expected.iter().copied().map(Some).collect() {
            let numbers = numbers
                .iter()
                .map(|n| n.map_or("none".to_owned(), |n| n.to_string()));
            problems.push(format!(
                "expected {subject} for the hits ({}), found ({})",
                list(expected),
                list(numbers)
            ));
        }
    }
    if let Some(expected) = &check.order {
        let arrived = in_order_of_arrival(found);
        if *expected != arrived {
            problems.push(format!(
                "expected the hits of {subject} to arrive in the order ({}), found ({})",
                list(expected),
                list(&arrived)
            ));
        }
    }
    problems
}

fn number(thing: &Found<'_>) -> Option<u32> {
    match thing {
        Found::Hit(hit) => Some(hit.n),
        Found::Call(call, _) => call.hit,
        _ => None,
    }
}

/// Numbers of the hits that arrived, by their first wire request.
fn in_order_of_arrival(found: &[Found<'_>]) -> Vec<u32> {
    let mut arrived: Vec<(u32, u32)> = found
        .iter()
        .filter_map(|thing| thing.hit())
        .filter_map(|hit| Some((*hit.wire.first()?, hit.n)))
        .collect();
    arrived.sort_unstable();
    arrived.dedup();
    arrived.into_iter().map(|(_, n)| n).collect()
}

/// The one hit that the check as a whole is about, if there is one: for deviations.
fn only_hit<'e>(check: &Check, found: &[Found<'e>], evidence: &'e Evidence) -> Option<&'e Hit> {
    if let Subject::Hit(HitSelector::Number(n)) = &check.subject {
        return evidence.hit(*n);
    }
    let mut hits: Vec<_> = found.iter().filter_map(|thing| thing.hit()).collect();
    hits.dedup_by_key(|hit| hit.n);
    match (hits.as_slice(), evidence.hits.as_slice()) {
        ([one], _) => Some(one),
        ([], [one]) => Some(one),
        _ => None,
    }
}

/// How messages name the subject.
fn subject(check: &Check, evidence: &Evidence) -> String {
    let name = match &check.subject {
        Subject::Hit(HitSelector::Number(n)) => {
            let made = evidence.hits.iter().filter(|hit| !hit.late).count();
            format!("hit {n} (the page made {made})")
        }
        Subject::Hit(HitSelector::Having(properties)) => {
            let properties: Vec<_> = properties
                .iter()
                .map(|(name, expected)| format!("{name} = {expected}"))
                .collect();
            format!("a hit with {}", properties.join(", "))
        }
        Subject::Call(name) => match &check.args {
            Some(args) => format!("a call of {name} with the arguments ({})", list(args)),
            None => format!("a call of {name}"),
        },
        Subject::Value(name) => format!("a value {name}"),
        Subject::Request(pattern) => format!("a request to {pattern}"),
        Subject::Cookie(name) => format!("a cookie {name}"),
        Subject::Console(text) => format!("a console line with {text}"),
    };
    match check.step {
        Some(step) => format!("{name} in step {step}"),
        None => name,
    }
}

/// What was there instead of what a check found nothing of.
fn instead(check: &Check, evidence: &Evidence) -> String {
    let Subject::Call(name) = &check.subject else {
        return "none".to_owned();
    };
    let others: BTreeSet<String> = evidence
        .calls
        .iter()
        .filter(|call| !call.late && call.name == *name)
        .map(|call| {
            let more = call.args.get(1..).unwrap_or_default();
            format!("({})", list(more.iter().map(serde_json::Value::to_string)))
        })
        .collect();
    if others.is_empty() {
        "none".to_owned()
    } else {
        format!("calls with {}", list(others))
    }
}

fn list(items: impl IntoIterator<Item = impl ToString>) -> String {
    items
        .into_iter()
        .map(|item| item.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
