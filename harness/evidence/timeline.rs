//! A case's events for people: each document's in its own order, the wire requests of a hit behind its
//! first handing over. Both sides name their own milliseconds; they are shown, never compared.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::wire::{arrived_url, url_of};
use super::{Evidence, Hit, Place};
use crate::page::{PageEvent, What};
use crate::run::Recording;
use crate::scenario::On;
use crate::world::{BodyKind, Purpose, WireEnd, WireRequest};

/// Begins a line of the wire, below the words of the page's events.
const WIRE: &str = "                        ⇄ ";

/// One line an event. `evidence` is that of the same recording.
pub fn timeline(recording: &Recording, evidence: &Evidence) -> Vec<String> {
    let mut lines = Vec::new();
    let mut told: BTreeSet<u32> = BTreeSet::new();
    for (doc, record) in recording.docs.iter().enumerate() {
        let address = evidence
            .documents
            .get(doc)
            .map(|document| document.url.as_str());
        let address = address.unwrap_or_default();
        lines.push(format!("document {} {address}", doc + 1));
        let mut depths = HashMap::new();
        let mut handed = HashMap::new();
        for event in &record.events {
            let place = Place {
                doc,
                seq: event.seq,
                task: event.task,
            };
            let hit = match &event.what {
                What::Ended { id, .. } => handed.get(id).copied(),
                _ => hit_handed_at(evidence, place),
            };
            if let (What::Handed { id, .. }, Some(hit)) = (&event.what, hit) {
                handed.insert(*id, hit);
            }
            let late = if event.seq > record.over_at {
                "  (late)"
            } else {
                ""
            };
            let indent = "  ".repeat(depth(event, &mut depths));
            let words = words(event, hit);
            let at = format!("[{}:{}]", doc + 1, event.seq);
            lines.push(format!(
                "{at:>8} {:>9.1} ms  {indent}{words}{late}",
                event.at
            ));
            for request in hit.into_iter().flat_map(|hit| wire_of(recording, hit)) {
                if told.insert(request.id) {
                    lines.push(wire_line(request));
                }
            }
        }
    }
    lines.extend(rest(recording, &told));
    lines
}

/// What the wire saw beside hits of the page, and what it let not through.
fn rest(recording: &Recording, told: &BTreeSet<u32>) -> Vec<String> {
    let requests = recording.wire.requests.iter();
    let requests = requests
        .filter(|request| !told.contains(&request.id))
        .map(wire_line);
    let refusals = recording.wire.refusals.iter().map(|refusal| {
        format!(
            "{WIRE}connection to {}:{}: {}  (wire {:.1} ms)",
            refusal.host,
            refusal.port,
            refusal.state.fault().map_or("up", |fault| fault.name()),
            millis(refusal.at_us)
        )
    });
    let mut lines: Vec<String> = requests.chain(refusals).collect();
    if !lines.is_empty() {
        lines.insert(0, "on the wire beside the hits".to_owned());
    }
    lines
}

/// How deep an event lies within calls of trackers' methods.
fn depth(event: &PageEvent, depths: &mut HashMap<u32, usize>) -> usize {
    let around = event.within.and_then(|id| depths.get(&id));
    let depth = around.map_or(0, |depth| depth + 1);
    if let What::Enter { id, .. } = &event.what {
        depths.insert(*id, depth);
    }
    depth
}

fn words(event: &PageEvent, hit: Option<&Hit>) -> String {
    match &event.what {
        What::Hello { referrer, .. } if referrer.is_empty() => "the document began".to_owned(),
        What::Hello { referrer, .. } => format!("the document began, from {referrer}"),
        What::Named { was, tracker } => format!("the tracker {was} is now called {tracker}"),
        What::Size { window } => format!("the window is {} × {}", window[2], window[3]),
        What::Built {
            library, version, ..
        } => {
            let library = library.as_deref().unwrap_or("an unknown library");
            let version = version.as_ref().map(|version| format!(" {version}"));
            format!("build: {library}{}", version.unwrap_or_default())
        }
        What::Registered {
            on,
            tracker,
            name,
            what,
            args,
        } => {
            let function = name.as_deref().unwrap_or(what);
            let more: String = args
                .iter()
                .map(|arg| format!(", {}", argument(arg)))
                .collect();
            let method = match on {
                On::Pre => "registerPreTrackCallback",
                On::Post => "registerPostTrackCallback",
                On::Then => "then",
                On::Catch => "catch",
            };
            format!("{tracker}.{method}({function}{more})")
        }
        What::Called {
            name, args, capped, ..
        } => {
            let capped = if *capped {
                ", its body not run (max_hits)"
            } else {
                ""
            };
            format!("calls {name}{}{capped}", arguments(args))
        }
        What::Exited { name } => format!("leaves {name}"),
        What::Enter {
            tracker,
            method,
            args,
            ..
        } => format!("{tracker}.{method}{}", arguments(args)),
        What::Command {
            id,
            tracker,
            method,
            args,
        } => format!("{tracker}.{method}{}  (command {id})", arguments(args)),
        What::Settled {
            id,
            fulfilled: true,
            value,
        } => format!("the promise of command {id} is fulfilled: {value}"),
        What::Settled { id, value, .. } => {
            format!("the promise of command {id} is rejected: {value}")
        }
        What::Monitored {
            hook,
            tracker,
            method,
            request,
            status,
            ..
        } => {
            let status = status.map(|status| status.to_string());
            let about = [method, request, &status].into_iter().flatten();
            let about: Vec<&str> = about.map(String::as_str).collect();
            format!("monitor {hook} of {tracker}  {}", about.join("  "))
        }
        What::Leave {
            threw: Some(threw), ..
        } => format!("left by an exception: {threw}"),
        What::Leave { returned, .. } => format!("returns {returned}"),
        What::Handed {
            transport,
            method,
            url,
            accepted,
            ..
        } => {
            let hit = hit
                .map(|hit| format!(" (hit {})", hit.n))
                .unwrap_or_default();
            let accepted = if *accepted == Some(false) {
                ", not accepted"
            } else {
                ""
            };
            format!(
                "hands over {} {method} {}{hit}{accepted}",
                transport.name(),
                brief(url)
            )
        }
        What::Ended { id, how, status } => {
            let status = status.map_or(String::new(), |status| format!(" {status}"));
            match hit {
                Some(hit) => format!("transport of hit {} ended: {how}{status}", hit.n),
                None => format!("transport {id} ended: {how}{status}"),
            }
        }
        What::Uncaught {
            message,
            file,
            line,
            column,
        } => {
            format!("uncaught: {message} ({file}:{line}:{column})")
        }
        What::Console { level, text } => format!("console.{level}: {text}"),
        What::Policy { directive, blocked } => format!("{directive} blocked {}", brief(blocked)),
        What::Step { n } => format!("step {n}"),
        What::Stepped {
            n,
            threw: Some(threw),
            ..
        } => format!("step {n} threw {threw}"),
        What::Stepped { n, .. } => format!("step {n} is done"),
        What::Value { name, value } => format!("value {name} = {value}"),
        What::Cookies { text } => format!("cookies: {text}"),
        What::Hide { persisted: true } => "hidden, may come back".to_owned(),
        What::Hide { .. } => "hidden".to_owned(),
        What::Show {} => "shown again".to_owned(),
    }
}

fn arguments(args: &[Value]) -> String {
    let args: Vec<String> = args.iter().map(argument).collect();
    format!("({})", args.join(", "))
}

fn argument(arg: &Value) -> String {
    match arg {
        Value::String(text) if text.contains("://") => format!("{:?}", brief(text)),
        other => other.to_string(),
    }
}

fn wire_line(request: &WireRequest) -> String {
    let address = match request.purpose {
        Purpose::Tracking => arrived_url(request),
        Purpose::Page | Purpose::Other | Purpose::Stray => url_of(request),
    };
    let begun = millis(request.at_us);
    let ended = request.answer.ended_us.map(millis);
    let ended = ended.map_or(String::new(), |ended| format!(" to {ended:.1}"));
    let WireRequest { id, method, .. } = request;
    format!(
        "{WIRE}#{id} {method} {} → {}  (wire {begun:.1}{ended} ms)",
        brief(&address),
        answer(request)
    )
}

fn answer(request: &WireRequest) -> String {
    let answer = &request.answer;
    let mut parts = Vec::new();
    parts.extend(answer.status.map(|status| status.to_string()));
    if answer.body != BodyKind::Empty {
        parts.push(format!("{:?}", answer.body).to_lowercase());
    }
    parts.extend(
        answer
            .location
            .as_ref()
            .map(|location| format!("to {}", brief(location))),
    );
    parts.push(match answer.end {
        WireEnd::Open => "still open".to_owned(),
        WireEnd::Complete => "complete".to_owned(),
        WireEnd::Reset => "reset".to_owned(),
        WireEnd::Closed => "closed".to_owned(),
        WireEnd::Truncated => "truncated".to_owned(),
        WireEnd::ClientGone => "the browser went away".to_owned(),
    });
    parts.extend(answer.fault.map(|fault| format!("fault {}", fault.name())));
    parts.extend(answer.late.then(|| "after the case was over".to_owned()));
    parts.join(", ")
}

fn hit_handed_at(evidence: &Evidence, place: Place) -> Option<&Hit> {
    evidence.hits.iter().find(|hit| hit.handed.contains(&place))
}

fn wire_of<'r>(recording: &'r Recording, hit: &Hit) -> Vec<&'r WireRequest> {
    let requests = recording.wire.requests.iter();
    requests
        .filter(|request| hit.wire.contains(&request.id))
        .collect()
}

/// An address without its query, which `explain` shows better.
fn brief(url: &str) -> String {
    match url.split_once('?') {
        Some((base, query)) => format!("{base}?… ({} characters)", query.chars().count()),
        None => url.to_owned(),
    }
}

fn millis(us: u64) -> f64 {
    us as f64 / 1_000.0
}
