//! `[[check]]`

use super::Decoder;
use super::endpoint::{FAULTS, TRANSPORTS};
use super::host::check_if_site;
use super::step::only_one;
use super::value::{comparison, comparisons};
use crate::scenario::keys;
use crate::scenario::read::{Section, filled_text, number, numbers, unknown_word};
use crate::scenario::source::Place;
use crate::scenario::suggest::{nearest, one_of};
use crate::scenario::tree::{Kind, Node, Table};
use crate::scenario::{Check, HitSelector, Match, Subject};

/// What can be asked of each subject.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("hit", &["has", "lacks", "hits", "order", "count", "step"]),
    (
        "call",
        &["has", "lacks", "args", "hits", "order", "count", "step"],
    ),
    ("value", &["has", "lacks", "is", "count", "step"]),
    ("request", &["has", "lacks", "count", "step"]),
    ("cookie", &["has", "lacks", "is", "count"]),
    ("console", &["count", "step"]),
];

const OUTCOMES: &[&str] = &["delivered", "failed", "undecided"];

impl Decoder<'_> {
    pub(super) fn checks(&mut self, top: &Section<'_>) -> Vec<Check> {
        let nodes = top.parts("check", &mut self.sink);
        nodes.iter().filter_map(|node| self.check(node)).collect()
    }

    fn check(&mut self, node: &Node) -> Option<Check> {
        let section = Section::open(node, &keys::CHECK, &mut self.sink)?;
        let requirement = self.requirement(&section);
        let subject = only_one(&section, keys::SUBJECTS, &mut self.sink);
        let subject = subject.and_then(|(kind, node)| {
            self.check_questions(kind, &section);
            self.subject(kind, node)
        });
        let has = self.has(&section, matches!(subject, Some(Subject::Hit(_))));
        let lacks = section.texts("lacks", &mut self.sink);
        let sink = &mut self.sink;
        let is = section
            .get("is")
            .and_then(|node| comparison(node, "is", sink));
        let args = section.get("args").map(|_| {
            let args = section.list("args", sink);
            args.iter()
                .filter_map(|item| comparison(item, "args", sink))
                .collect()
        });
        let hits = section
            .get("hits")
            .and_then(|node| numbers(node, "hits", sink));
        let order = section
            .get("order")
            .and_then(|node| numbers(node, "order", sink));
        let count = section
            .get("count")
            .and_then(|node| number(node, "count", 0, sink));
        let step = section.get("step").and_then(|node| self.step_number(node));
        Some(Check {
            requirement: requirement?,
            subject: subject?,
            has,
            lacks: lacks.iter().map(|(name, _)| (*name).to_owned()).collect(),
            is,
            args,
            hits,
            order,
            count,
            step,
            at: node.place.location(),
        })
    }

    fn check_questions(&mut self, subject: &str, section: &Section<'_>) {
        let allowed = QUESTIONS.iter().find(|(kind, _)| *kind == subject);
        let allowed = allowed.map_or(&[][..], |(_, questions)| questions);
        for (key, _) in &section.table.entries {
            let name = key.name.as_str();
            let question = QUESTIONS.iter().any(|(_, all)| all.contains(&name));
            if question && !allowed.contains(&name) {
                self.sink.error(
                    &key.place,
                    format!("`{name}` says nothing about a `{subject}`"),
                    format!("expected {}", one_of(allowed)),
                );
            }
        }
    }

    fn subject(&mut self, kind: &str, node: &Node) -> Option<Subject> {
        match kind {
            "hit" => self.hit(node).map(Subject::Hit),
            "console" => comparison(node, "console", &mut self.sink).map(Subject::Console),
            "call" => {
                let name = filled_text(node, "call", &mut self.sink)?;
                self.look_for_callback(name, &node.place);
                Some(Subject::Call(name.to_owned()))
            }
            "value" => {
                let name = filled_text(node, "value", &mut self.sink)?;
                self.look_for_value(name, &node.place);
                Some(Subject::Value(name.to_owned()))
            }
            "request" => self.request(node).map(Subject::Request),
            _ => {
                let name = filled_text(node, "cookie", &mut self.sink)?;
                Some(Subject::Cookie(name.to_owned()))
            }
        }
    }

    fn hit(&mut self, node: &Node) -> Option<HitSelector> {
        match &node.kind {
            Kind::Table(table) => {
                self.check_properties(table);
                Some(HitSelector::Having(comparisons(
                    node,
                    "hit",
                    &mut self.sink,
                )))
            }
            _ => number(node, "hit", 1, &mut self.sink).map(HitSelector::Number),
        }
    }

    fn has(&mut self, section: &Section<'_>, of_hit: bool) -> Vec<(String, Match)> {
        let Some(node) = section.get("has") else {
            return Vec::new();
        };
        if let (true, Some(table)) = (of_hit, node.as_table()) {
            self.check_properties(table);
        }
        comparisons(node, "has", &mut self.sink)
    }

    /// Properties of a hit that have a closed set of values.
    fn check_properties(&mut self, table: &Table) {
        let transports: Vec<&str> = TRANSPORTS.iter().map(|(name, _)| *name).collect();
        let mut faults: Vec<&str> = FAULTS.iter().map(|(name, _)| *name).collect();
        faults.extend(["policy", "none"]);
        for (property, known) in [
            ("transport", transports.as_slice()),
            ("outcome", OUTCOMES),
            ("fault", &faults),
        ] {
            if let Some(node) = table.get(property)
                && let Some(given) = node.as_text()
                && !known.contains(&given)
            {
                unknown_word(&node.place, property, given, known, &mut self.sink);
            }
        }
    }

    /// A function that is written nowhere in the scenario cannot be called; a page's own script could bring it.
    fn look_for_callback(&mut self, name: &str, place: &Place) {
        let Some(known) = &self.known else {
            return;
        };
        if known.callbacks.iter().any(|callback| callback == name) || known.words.contains(name) {
            return;
        }
        let suggestion = nearest(name, known.callbacks.iter().map(String::as_str));
        self.sink
            .warn(
                place,
                format!("nothing here defines `{name}`"),
                "expected the name of a [[callback]]",
            )
            .suggest(suggestion);
    }

    fn look_for_value(&mut self, name: &str, place: &Place) {
        let Some(known) = &self.known else {
            return;
        };
        if !known.values.iter().any(|value| value == name) {
            let suggestion = nearest(name, known.values.iter().map(String::as_str));
            self.sink
                .error(
                    place,
                    format!("no step records `{name}`"),
                    "expected the `as` of a step",
                )
                .suggest(suggestion);
        }
    }

    fn request(&mut self, node: &Node) -> Option<String> {
        let text = filled_text(node, "request", &mut self.sink)?;
        if text.contains("://") || text.starts_with('/') {
            self.sink.error(
                &node.place,
                format!("`{text}` is not a host and a path"),
                "expected something like `partner.test/collect*`",
            );
            return None;
        }
        let host = text.split('/').next().unwrap_or(text);
        check_if_site(host, &node.place, &mut self.sink);
        Some(text.to_owned())
    }

    fn step_number(&mut self, node: &Node) -> Option<u32> {
        let step = number(node, "step", 0, &mut self.sink)?;
        if let Some(known) = &self.known
            && step as usize > known.steps
        {
            let steps = known.steps;
            self.sink
                .error(
                    &node.place,
                    format!("there is no step {step}"),
                    format!("expected 0 to {steps}"),
                )
                .help("steps count from 1; 0 is the set-up");
        }
        Some(step)
    }
}
