//! `[[endpoint]]`

use super::Decoder;
use super::host::{address, check_pattern};
use crate::scenario::keys;
use crate::scenario::read::{Section, Sink, filled_text, number, numbers, text, word, wrong};
use crate::scenario::tree::Node;
use crate::scenario::{Answer, Endpoint, Fault, Transport};

pub(in crate::scenario) const TRANSPORTS: &[(&str, Transport)] = &[
    ("image", Transport::Image),
    ("beacon", Transport::Beacon),
    ("xhr", Transport::Xhr),
    ("script", Transport::Script),
    ("fetch", Transport::Fetch),
];

pub(in crate::scenario) const FAULTS: &[(&str, Fault)] = &[
    ("status", Fault::Status),
    ("reset", Fault::Reset),
    ("close", Fault::Close),
    ("truncate", Fault::Truncate),
    ("stall", Fault::Stall),
    ("wrong-type", Fault::WrongType),
    ("refuse", Fault::Refuse),
    ("dns", Fault::Dns),
    ("tls", Fault::Tls),
];

impl Decoder<'_> {
    pub(super) fn endpoints(&mut self, top: &Section<'_>) -> Vec<Endpoint> {
        let nodes = top.parts("endpoint", &mut self.sink);
        nodes
            .iter()
            .filter_map(|node| self.endpoint(node))
            .collect()
    }

    fn endpoint(&mut self, node: &Node) -> Option<Endpoint> {
        let section = Section::open(node, &keys::ENDPOINT, &mut self.sink)?;
        let sink = &mut self.sink;
        let host = section.get("host").and_then(|node| {
            let host = filled_text(node, "host", sink)?;
            check_pattern(host, &node.place, sink).then(|| host.to_owned())
        });
        let path = section.get("path").and_then(|node| path(node, sink));
        let transport = section
            .get("transport")
            .and_then(|node| word(node, "transport", TRANSPORTS, sink));
        let hits = section
            .get("hits")
            .and_then(|node| numbers(node, "hits", sink));
        let sends = section
            .get("sends")
            .and_then(|node| numbers(node, "sends", sink));
        let answer = section.require("answer", sink)?;
        let answer = self.answer(answer, &section)?;
        Some(Endpoint {
            host,
            path,
            transport,
            hits: hits.unwrap_or_default(),
            sends: sends.unwrap_or_default(),
            answer,
            at: node.place.location(),
        })
    }

    fn answer(&mut self, node: &Node, endpoint: &Section<'_>) -> Option<Answer> {
        let section = Section::open(node, &keys::ANSWER, &mut self.sink)?;
        let sink = &mut self.sink;
        let fault = section.get("fault").and_then(|node| {
            let fault = fault(node, sink)?;
            check_host_fault(fault, node, endpoint, &section, sink);
            Some(fault)
        });
        let body = section.text("body", sink);
        let html = section.text("html", sink);
        if let (Some(_), Some((key, _))) = (html, section.table.entry("body")) {
            sink.error(
                &key.place,
                "`body` does not go with `html`",
                "an answer has one body",
            );
        }
        let answer = Answer {
            fault,
            status: section.get("status").and_then(|node| status(node, sink)),
            body: body.map(str::to_owned),
            html: html.map(str::to_owned),
            redirect: section
                .get("redirect")
                .and_then(|node| redirect(node, sink)),
            delay: section
                .get("delay")
                .and_then(|node| number(node, "delay", 1, sink))
                .map(u64::from),
            hold: section
                .get("hold")
                .and_then(|node| filled_text(node, "hold", sink))
                .map(str::to_owned),
            headers: section
                .get("headers")
                .map(|node| headers(node, sink))
                .unwrap_or_default(),
        };
        if let (Some(known), Some(hold), Some(node)) =
            (&mut self.known, &answer.hold, section.get("hold"))
        {
            known.holds.push((hold.clone(), node.place.clone()));
        }
        Some(answer)
    }
}

/// A fault of an answer; `policy` gets its own text.
fn fault(node: &Node, sink: &mut Sink) -> Option<Fault> {
    if node.as_text() == Some(Fault::Policy.name()) {
        sink.error(
            &node.place,
            "a policy is no answer",
            "expected a fault of an answer",
        )
        .help("a page's policy is `csp` in [page]");
        return None;
    }
    word(node, "fault", FAULTS, sink)
}

/// `refuse`, `dns` and `tls` are of connections, which browsers keep alive.
fn check_host_fault(
    fault: Fault,
    node: &Node,
    endpoint: &Section<'_>,
    answer: &Section<'_>,
    sink: &mut Sink,
) {
    if !matches!(fault, Fault::Refuse | Fault::Dns | Fault::Tls) {
        return;
    }
    let name = fault.name();
    let finer = ["path", "transport", "hits", "sends"];
    let more = answer
        .table
        .entries
        .iter()
        .filter(|(key, _)| key.name != "fault");
    let narrowing = endpoint
        .table
        .entries
        .iter()
        .filter(|(key, _)| finer.contains(&key.name.as_str()));
    for (key, _) in narrowing.chain(more) {
        sink.error(
            &key.place,
            format!("`{}` does not go with the fault `{name}`", key.name),
            format!("`{name}` is a state of a whole host"),
        )
        .also(&node.place, "the fault")
        .help(
            "for a change in the middle of a case use a step `network = { host = …, state = … }`",
        );
    }
    if endpoint.get("host").is_none() {
        sink.missing(
            &node.place,
            format!("the fault `{name}` without a `host`"),
            "expected the endpoint to name a host",
        );
    }
}

fn path(node: &Node, sink: &mut Sink) -> Option<String> {
    let path = filled_text(node, "path", sink)?;
    if !path.starts_with(['/', '*']) {
        sink.error(
            &node.place,
            format!("the path `{path}` fits nothing"),
            "expected it to begin with `/` or `*`",
        );
    }
    Some(path.to_owned())
}

fn status(node: &Node, sink: &mut Sink) -> Option<u16> {
    let status = number(node, "status", 0, sink)?;
    if !(100..=599).contains(&status) {
        sink.error(
            &node.place,
            format!("{status} is no status"),
            "expected 100 to 599",
        );
        return None;
    }
    u16::try_from(status).ok()
}

fn redirect(node: &Node, sink: &mut Sink) -> Option<String> {
    let target = filled_text(node, "redirect", sink)?;
    let relative = target.starts_with('/') && !target.starts_with("//");
    if !relative {
        address(target, None, &node.place, sink)?;
    }
    Some(target.to_owned())
}

fn headers(node: &Node, sink: &mut Sink) -> Vec<(String, String)> {
    let Some(table) = node.as_table() else {
        wrong(node, "headers", "a table of names and texts", sink);
        return Vec::new();
    };
    let mut headers = Vec::new();
    for (key, node) in &table.entries {
        if http::HeaderName::try_from(&key.name).is_err() {
            sink.error(
                &key.place,
                format!("`{}` is no header name", key.name),
                "expected letters, digits and `-`",
            );
        }
        let Some(value) = text(node, &key.name, sink) else {
            continue;
        };
        if http::HeaderValue::from_str(value).is_err() {
            sink.error(
                &node.place,
                format!("`{}` is no header value", key.name),
                "expected one line, without control characters",
            );
        }
        headers.push((key.name.clone(), value.to_owned()));
    }
    headers
}
