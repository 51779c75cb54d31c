//! `[tracker]` or `[[tracker]]`

use super::Decoder;
use super::host::check_if_site;
use super::value::{expression, value};
use crate::scenario::keys::Form;
use crate::scenario::read::{Section, filled_text, report_misplaced, wrong};
use crate::scenario::tree::{Kind, Node, Table};
use crate::scenario::{Library, Tracker};

/// For messages only: a tracker's keys are variables.
const TRACKER: Form = Form {
    name: "[tracker]",
    keys: &[],
};

/// The global names of trackers without `instance`, by library.
pub(in crate::scenario) const DEFAULT_INSTANCES: &[(&str, &str)] =
    &[("appmeasurement", "s"), ("alloy", "alloy")];

/// The name under which trackers join: `instance`, or the library's default.
pub(in crate::scenario) fn instance_of<'t>(tracker: &'t Table, default: &'t str) -> &'t str {
    tracker
        .get("instance")
        .and_then(Node::as_text)
        .unwrap_or(default)
}

impl Decoder<'_> {
    pub(super) fn trackers(&mut self, top: &Section<'_>) -> Vec<Tracker> {
        let Some(node) = top.get("tracker") else {
            return Vec::new();
        };
        let nodes = match &node.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let trackers: Vec<Tracker> = nodes.iter().filter_map(|node| self.tracker(node)).collect();
        if let Some(known) = &mut self.known {
            known.instances = trackers.iter().map(|one| one.instance.clone()).collect();
        }
        trackers
    }

    fn tracker(&mut self, node: &Node) -> Option<Tracker> {
        let Some(table) = node.as_table() else {
            wrong(node, "tracker", "a table", &mut self.sink);
            return None;
        };
        let mut variables = Vec::new();
        for (key, node) in &table.entries {
            if key.name == "instance" || report_misplaced(key, &TRACKER, &mut self.sink) {
                continue;
            }
            self.look_at(&key.name, node);
            if let Some(value) = value(node, &key.name, &mut self.sink) {
                variables.push((key.name.clone(), value));
            }
        }
        Some(Tracker {
            instance: self.instance(table),
            variables,
            at: node.place.location(),
        })
    }

    fn instance(&mut self, table: &Table) -> String {
        let default = match self.library() {
            Some(Library::Alloy) => "alloy",
            _ => "s",
        };
        let Some(node) = table.get("instance") else {
            return default.to_owned();
        };
        match filled_text(node, "instance", &mut self.sink) {
            Some(name) => {
                self.check_identifier(name, "instance", &node.place);
                name.to_owned()
            }
            None => default.to_owned(),
        }
    }

    fn look_at(&mut self, name: &str, node: &Node) {
        match &node.kind {
            Kind::Text(text) => check_if_site(text, &node.place, &mut self.sink),
            Kind::Table(table) if name == "contextData" => self.nested_data(table),
            _ => {}
        }
    }

    /// `contextData.a.b` is an object in an object to TOML; pages write one key with a dot in it.
    fn nested_data(&mut self, data: &Table) {
        if expression(data).is_some() {
            return;
        }
        for (key, node) in &data.entries {
            let Some((inner, _)) = node.as_table().and_then(|table| table.entries.first()) else {
                continue;
            };
            if node.as_table().and_then(expression).is_none() {
                let (outer, inner) = (&key.name, &inner.name);
                self.sink
                    .warn(
                        &key.place,
                        format!("`contextData.{outer}` is an object, not a variable"),
                        "a dot in a TOML key makes a table",
                    )
                    .help(format!(
                        "for the variable `{outer}.{inner}` write `contextData.\"{outer}.{inner}\" = …`"
                    ));
            }
        }
    }
}
