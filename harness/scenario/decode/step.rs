//! `[[step]]`

use super::Decoder;
use super::host::{address, check_pattern};
use super::value::js;
use crate::scenario::keys;
use crate::scenario::read::{Section, Sink, filled_text, flag, number, word};
use crate::scenario::suggest::{nearest, one_of};
use crate::scenario::tree::Node;
use crate::scenario::{Action, HostState, Step};

pub(in crate::scenario) const STATES: &[(&str, HostState)] = &[
    ("up", HostState::Up),
    ("refuse", HostState::Refuse),
    ("dns", HostState::Dns),
    ("tls", HostState::Tls),
];

impl Decoder<'_> {
    pub(super) fn steps(&mut self, top: &Section<'_>) -> Vec<Step> {
        let nodes = top.parts("step", &mut self.sink);
        if let Some(known) = &mut self.known {
            known.steps = nodes.len();
        }
        nodes.iter().filter_map(|node| self.step(node)).collect()
    }

    fn step(&mut self, node: &Node) -> Option<Step> {
        let section = Section::open(node, &keys::STEP, &mut self.sink)?;
        let record = section
            .get("as")
            .and_then(|node| filled_text(node, "as", &mut self.sink));
        if let (Some(known), Some(name)) = (&mut self.known, record) {
            known.values.push(name.to_owned());
        }
        let throws = section.text("throws", &mut self.sink);
        let frame = section
            .get("frame")
            .and_then(|node| filled_text(node, "frame", &mut self.sink));
        let (kind, node_of_action) = only_one(&section, keys::ACTIONS, &mut self.sink)?;
        check_companions(&section, kind, &mut self.sink);
        let action = self.action(kind, node_of_action, record, throws)?;
        Some(Step {
            action,
            frame: frame.map(str::to_owned),
            at: node.place.location(),
        })
    }

    fn action(
        &mut self,
        kind: &str,
        node: &Node,
        record: Option<&str>,
        throws: Option<&str>,
    ) -> Option<Action> {
        let sink = &mut self.sink;
        match kind {
            "run" => Some(Action::Run {
                code: js(node, "run", sink)?,
                record: record.map(str::to_owned),
                throws: throws.map(str::to_owned),
            }),
            "click" => Some(Action::Click(filled_text(node, "click", sink)?.to_owned())),
            "goto" => goto(node, sink).map(Action::Goto),
            "back" => only_true(node, "back", sink).map(|()| Action::Back),
            "reload" => only_true(node, "reload", sink).map(|()| Action::Reload),
            "release" => self.release(node).map(Action::Release),
            "wait" => number(node, "wait", 1, sink).map(|ms| Action::Wait(ms.into())),
            _ => network(node, sink),
        }
    }

    fn release(&mut self, node: &Node) -> Option<String> {
        let name = filled_text(node, "release", &mut self.sink)?;
        let Some(known) = &mut self.known else {
            return Some(name.to_owned());
        };
        known.released.insert(name.to_owned());
        let holds: Vec<&str> = known.holds.iter().map(|(hold, _)| hold.as_str()).collect();
        if !holds.contains(&name) {
            self.sink
                .error(
                    &node.place,
                    format!("no endpoint holds `{name}`"),
                    "expected the `hold` of an endpoint's answer",
                )
                .suggest(nearest(name, holds));
        }
        Some(name.to_owned())
    }

    /// An answer that is never released is a stall: allowed, and better said so.
    pub(super) fn unreleased_holds(&mut self) {
        let Some(known) = &self.known else {
            return;
        };
        for (name, place) in &known.holds {
            if !known.released.contains(name) {
                self.sink
                    .warn(
                        place,
                        format!("no step releases `{name}`"),
                        "held until the case ends",
                    )
                    .help("if that is meant, `fault = \"stall\"` says it");
            }
        }
    }
}

/// The one key out of `kinds` that the part has.
pub(super) fn only_one<'n>(
    section: &Section<'n>,
    kinds: &[&'static str],
    sink: &mut Sink,
) -> Option<(&'static str, &'n Node)> {
    let mut given = kinds
        .iter()
        .filter_map(|kind| Some((*kind, section.table.entry(kind)?)));
    let Some((kind, (key, node))) = given.next() else {
        if !kinds.iter().any(|kind| section.misspelt(kind)) {
            sink.missing(
                section.place,
                format!("{} has none of {}", section.form.name, one_of(kinds)),
                "expected exactly one of them",
            );
        }
        return None;
    };
    let mut alone = true;
    for (other, (other_key, _)) in given {
        alone = false;
        sink.error(
            &other_key.place,
            format!("`{other}` does not go with `{kind}`"),
            format!("expected exactly one of {}", one_of(kinds)),
        )
        .also(&key.place, "the first");
    }
    alone.then_some((kind, node))
}

fn check_companions(section: &Section<'_>, kind: &str, sink: &mut Sink) {
    let rules: [(&str, &[&str]); 3] = [
        ("as", &["run"]),
        ("throws", &["run"]),
        ("frame", &["run", "click"]),
    ];
    for (companion, kinds) in rules {
        if let Some((key, _)) = section.table.entry(companion)
            && !kinds.contains(&kind)
        {
            sink.error(
                &key.place,
                format!("`{companion}` does not go with `{kind}`"),
                format!("`{companion}` goes with {}", one_of(kinds)),
            );
        }
    }
}

fn only_true(node: &Node, what: &str, sink: &mut Sink) -> Option<()> {
    if flag(node, what, sink)? {
        return Some(());
    }
    sink.error(
        &node.place,
        format!("`{what} = false` does nothing"),
        "expected `true`",
    );
    None
}

fn goto(node: &Node, sink: &mut Sink) -> Option<String> {
    let text = filled_text(node, "goto", sink)?;
    let relative = text.starts_with('/') && !text.starts_with("//");
    if !relative {
        address(text, None, &node.place, sink)?;
    }
    Some(text.to_owned())
}

fn network(node: &Node, sink: &mut Sink) -> Option<Action> {
    let section = Section::open(node, &keys::NETWORK, sink)?;
    let host = section.require("host", sink);
    let host = host.and_then(|node| Some((filled_text(node, "host", sink)?, node)));
    let state = section.require("state", sink);
    let state = state.and_then(|node| word(node, "state", STATES, sink));
    let (host, node) = host?;
    check_pattern(host, &node.place, sink).then_some(())?;
    Some(Action::Network {
        host: host.to_owned(),
        state: state?,
    })
}
