//! `[[callback]]`

use super::Decoder;
use super::value::{js, value};
use crate::scenario::keys;
use crate::scenario::read::{Section, filled_text, word};
use crate::scenario::source::Place;
use crate::scenario::suggest::nearest;
use crate::scenario::tree::Node;
use crate::scenario::{Callback, Library, On};

pub(in crate::scenario) const ON: &[(&str, On)] = &[
    ("pre", On::Pre),
    ("post", On::Post),
    ("then", On::Then),
    ("catch", On::Catch),
];

impl Decoder<'_> {
    pub(super) fn callbacks(&mut self, top: &Section<'_>) -> Vec<Callback> {
        let nodes = top.parts("callback", &mut self.sink);
        let callbacks: Vec<Callback> = nodes
            .iter()
            .filter_map(|node| self.callback(node))
            .collect();
        if let Some(known) = &mut self.known {
            known.callbacks = callbacks.iter().map(|one| one.name.clone()).collect();
        }
        callbacks
    }

    fn callback(&mut self, node: &Node) -> Option<Callback> {
        let section = Section::open(node, &keys::CALLBACK, &mut self.sink)?;
        let name = self.callback_name(&section);
        let on = section.get("on").and_then(|node| self.on(node));
        let args = section.list("args", &mut self.sink);
        let args = args
            .iter()
            .filter_map(|item| value(item, "args", &mut self.sink))
            .collect();
        let run = section
            .get("run")
            .and_then(|node| js(node, "run", &mut self.sink));
        let tracker = section
            .get("tracker")
            .and_then(|node| self.known_instance(node));
        Some(Callback {
            name: name?,
            on,
            args,
            run,
            tracker,
            at: node.place.location(),
        })
    }

    fn callback_name(&mut self, section: &Section<'_>) -> Option<String> {
        let node = section.require("name", &mut self.sink)?;
        let name = filled_text(node, "name", &mut self.sink)?;
        self.check_identifier(name, "name", &node.place);
        let taken = |known: &super::Known| known.instances.iter().any(|instance| instance == name);
        if self.known.as_ref().is_some_and(taken) {
            self.sink.error(
                &node.place,
                format!("the callback `{name}` has the name of a tracker"),
                "both would be the same global",
            );
        }
        Some(name.to_owned())
    }

    fn on(&mut self, node: &Node) -> Option<On> {
        let on = word(node, "on", ON, &mut self.sink)?;
        let (library, fitting) = match (self.library()?, on) {
            (Library::Appmeasurement, On::Then | On::Catch) => {
                ("appmeasurement", "`pre` or `post`")
            }
            (Library::Alloy, On::Pre | On::Post) => ("alloy", "`then` or `catch`"),
            _ => return Some(on),
        };
        let given = node.as_text().unwrap_or_default();
        self.sink.error(
            &node.place,
            format!("{library} has no `{given}`"),
            format!("expected {fitting}"),
        );
        Some(on)
    }

    fn known_instance(&mut self, node: &Node) -> Option<String> {
        let name = filled_text(node, "tracker", &mut self.sink)?;
        let instances = self.known.as_ref().map(|known| known.instances.as_slice());
        let instances = instances.unwrap_or_default();
        if !instances.is_empty() && !instances.iter().any(|instance| instance == name) {
            self.sink
                .error(
                    &node.place,
                    format!("no tracker `{name}`"),
                    "expected the `instance` of a [[tracker]]",
                )
                .suggest(nearest(name, instances.iter().map(String::as_str)));
        }
        Some(name.to_owned())
    }

    /// Global names are identifiers.
    pub(super) fn check_identifier(&mut self, name: &str, what: &str, place: &Place) {
        let letter = |c: char| c.is_alphabetic() || c == '_' || c == '$';
        let mut letters = name.chars();
        let good =
            letters.next().is_some_and(letter) && letters.all(|c| letter(c) || c.is_numeric());
        if !good {
            self.sink.error(
                place,
                format!("`{name}` cannot be a global name"),
                format!("expected `{what}` to be an identifier of JavaScript"),
            );
        }
    }
}
