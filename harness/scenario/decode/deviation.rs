//! `[[deviation]]`, in a scenario and in `deviations.toml`

use super::Decoder;
use super::endpoint::{FAULTS, TRANSPORTS};
use crate::scenario::read::{Section, Sink, filled_text, flag, word};
use crate::scenario::source::Place;
use crate::scenario::tree::{Kind, Node};
use crate::scenario::{Deviation, Fault, keys};

impl Decoder<'_> {
    pub(super) fn deviations(&mut self, top: &Section<'_>) -> Vec<Deviation> {
        let nodes = top.parts("deviation", &mut self.sink);
        nodes
            .iter()
            .filter_map(|node| self.deviation(node))
            .collect()
    }

    fn deviation(&mut self, node: &Node) -> Option<Deviation> {
        let section = Section::open(node, &keys::DEVIATION, &mut self.sink)?;
        let requirement = self.requirement(&section);
        let builds = self.builds(&section);
        let browsers = self.browsers(&section);
        let sink = &mut self.sink;
        let transport = section.list("transport", sink);
        let transport = transport
            .iter()
            .filter_map(|item| word(item, "transport", TRANSPORTS, sink))
            .collect();
        let faults = hit_faults();
        let fault = section.list("fault", sink);
        let fault = fault
            .iter()
            .filter_map(|item| word(item, "fault", &faults, sink))
            .collect();
        let violation = section
            .get("violation")
            .and_then(|node| filled_text(node, "violation", sink));
        let because = section.required_text("because", sink);
        let since = section
            .require("since", sink)
            .and_then(|node| date(node, sink));
        let sometimes = section
            .get("sometimes")
            .and_then(|node| flag(node, "sometimes", sink));
        Some(Deviation {
            requirement: requirement?,
            builds,
            browsers,
            transport,
            fault,
            violation: violation.map(str::to_owned),
            because: because?.to_owned(),
            since: since?,
            sometimes: sometimes.unwrap_or(false),
            at: node.place.location(),
        })
    }
}

/// What a hit may have met: also nothing, and the page's policy.
pub(in crate::scenario) fn hit_faults() -> Vec<(&'static str, Option<Fault>)> {
    let of_answers = FAULTS.iter().map(|(name, fault)| (*name, Some(*fault)));
    let others = [("policy", Some(Fault::Policy)), ("none", None)];
    of_answers.chain(others).collect()
}

fn date(node: &Node, sink: &mut Sink) -> Option<String> {
    let text = match &node.kind {
        Kind::Text(text) | Kind::Date(text) => text,
        _ => {
            not_a_date(&node.place, sink);
            return None;
        }
    };
    let form = time::macros::format_description!("[year]-[month]-[day]");
    if time::Date::parse(text, &form).is_err() {
        not_a_date(&node.place, sink);
        return None;
    }
    Some(text.clone())
}

fn not_a_date(place: &Place, sink: &mut Sink) {
    sink.error(
        place,
        "`since` must be a date",
        "expected a day like \"2026-11-24\"",
    );
}
