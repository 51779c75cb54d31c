//! Evidence as whole lines; a report shortens them for its readers. `[1:7]` is the seventh event of
//! the first document, as in the timeline.

use serde_json::Value;

use crate::evidence::{Call, Hit, Invocation, Place, Promised, Registration};
use crate::scenario::On;

/// Characters that are shown of what follows the first difference.
const SHOWN_OF_REST: usize = 60;

/// A hit: number, tracker, transport, outcome, URL.
pub(in crate::verdict) fn hit(hit: &Hit) -> String {
    let outcome = match (&hit.outcome, hit.fault) {
        (outcome, Some(fault)) => format!("{} ({})", outcome.name(), fault.name()),
        (outcome, None) => outcome.name().to_owned(),
    };
    let tracker = hit.tracker.as_deref().unwrap_or("?");
    let text = format!(
        "hit {} of {tracker}, {}, {outcome}: {} {}",
        hit.n,
        hit.transport.name(),
        hit.method,
        hit.url
    );
    let handed = hit.handed.first().map(|place| at(*place));
    match handed {
        Some(handed) => format!("{handed} {text}"),
        None => text,
    }
}

/// The end of a hit's transport in the page.
pub(in crate::verdict) fn end(hit: &Hit) -> String {
    match &hit.ended {
        Some((place, how)) => format!("{} transport of hit {} ended: {how}", at(*place), hit.n),
        None => format!("no end of the transport of hit {} in the page", hit.n),
    }
}

/// A run of a callback.
pub(in crate::verdict) fn call(call: &Call) -> String {
    let of = match call.hit {
        Some(n) => format!("for hit {n}"),
        None => "for no hit".to_owned(),
    };
    format!(
        "{} {} {}({}) ran {of}",
        at(call.place),
        list(call.on),
        call.name,
        values(&call.args)
    )
}

/// A registration.
pub(in crate::verdict) fn registration(registration: &Registration) -> String {
    let arguments: String = registration
        .args
        .iter()
        .map(|value| format!(", {}", json(value)))
        .collect();
    format!(
        "{} {} registered for {}({}{arguments})",
        at(registration.place),
        registration.tracker,
        list(Some(registration.on)),
        registration.name.as_deref().unwrap_or(&registration.what),
    )
}

/// A call of a tracker's method.
pub(in crate::verdict) fn invocation(invocation: &Invocation) -> String {
    format!(
        "{} {}.{}({})",
        at(invocation.entered),
        invocation.tracker,
        invocation.method,
        values(&invocation.args)
    )
}

/// What became of the promise of a command.
pub(in crate::verdict) fn promise(command: &Invocation) -> String {
    let place = command.left.map(|place| format!("{} ", at(place)));
    let place = place.unwrap_or_default();
    let what = match &command.promise {
        Some(Promised::Fulfilled(value)) => format!("fulfilled: {}", json(value)),
        Some(Promised::Rejected(value)) => format!("rejected: {}", json(value)),
        Some(Promised::Pending) => "pending".to_owned(),
        None => "not there".to_owned(),
    };
    format!(
        "{place}the promise of {}.{} is {what}",
        command.tracker, command.method
    )
}

/// Where two long texts part; `None`: they do not.
pub(in crate::verdict) fn first_difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let common = expected
        .chars()
        .zip(found.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let rest = |text: &str| -> String { text.chars().skip(common).take(SHOWN_OF_REST).collect() };
    Some(format!(
        "they part after {common} characters: expected {:?}, found {:?}",
        rest(expected),
        rest(found)
    ))
}

/// A value as text: strings as they are, everything else as compact JSON.
pub(in crate::verdict) fn text(value: &Value) -> String {
    match value {
        Value::String(text) if text == "«undefined»" => "undefined".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The name of a list of callbacks.
pub(in crate::verdict) fn list(on: Option<On>) -> &'static str {
    on.map_or("own", On::name)
}

fn at(place: Place) -> String {
    format!("[{}:{}]", place.doc + 1, place.seq)
}

fn values(values: &[Value]) -> String {
    values.iter().map(json).collect::<Vec<_>>().join(", ")
}

fn json(value: &Value) -> String {
    value.to_string()
}
