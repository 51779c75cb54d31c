//! Joining the parts of a scenario: used files, the file, a row. The later value wins, trackers and
//! callbacks join by name, other lists grow.

use super::decode::{DEFAULT_INSTANCES, instance_of};
use super::diagnostic::Diagnostic;
use super::tree::{Key, Kind, Node, Table};

/// Joins parts, the later ones over the earlier ones.
pub(super) fn join<'t>(parts: impl IntoIterator<Item = &'t Table>) -> Table {
    let parts: Vec<&Table> = parts.into_iter().collect();
    let library = parts
        .iter()
        .rev()
        .find_map(|part| part.get("library")?.as_text());
    let instance = default_instance(library);
    let mut whole = Table::default();
    for part in parts {
        for (key, node) in &part.entries {
            add(&mut whole, key, node, instance);
        }
    }
    whole
}

fn default_instance(library: Option<&str>) -> &'static str {
    DEFAULT_INSTANCES
        .iter()
        .find(|(name, _)| Some(*name) == library)
        .map_or("s", |(_, instance)| instance)
}

fn add(whole: &mut Table, key: &Key, node: &Node, instance: &str) {
    let name = key.name.as_str();
    match name {
        "page" => merge_entry(whole, key, node),
        "tracker" => grow(whole, key, node, |old, new| {
            join_by(
                old,
                new,
                |part| Some(instance_of(part, instance).to_owned()),
                merge,
            )
        }),
        "callback" => grow(whole, key, node, |old, new| {
            join_by(
                old,
                new,
                |part| Some(part.get("name")?.as_text()?.to_owned()),
                replace,
            )
        }),
        "requirements" | "tags" => grow(whole, key, node, |old, new| {
            if !old.iter().any(|one| one.as_text() == new.as_text()) {
                old.push(new.clone());
            }
        }),
        "step" | "endpoint" | "check" | "deviation" => {
            grow(whole, key, node, |old, new| old.push(new.clone()));
        }
        _ => whole.set(key.clone(), node.clone()),
    }
}

/// Adds to the list under `key`; one `[tracker]` is a list of one.
fn grow(whole: &mut Table, key: &Key, node: &Node, put: impl Fn(&mut Vec<Node>, &Node)) {
    if whole.get(&key.name).is_none() {
        let empty = Node {
            kind: Kind::List(Vec::new()),
            place: node.place.clone(),
        };
        whole.set(key.clone(), empty);
    }
    let entry = whole
        .entries
        .iter_mut()
        .find(|(old, _)| old.name == key.name);
    let Some((
        _,
        Node {
            kind: Kind::List(old),
            ..
        },
    )) = entry
    else {
        return;
    };
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| put(old, item)),
        _ => put(old, node),
    }
}

fn join_by(
    old: &mut Vec<Node>,
    new: &Node,
    name: impl Fn(&Table) -> Option<String>,
    over: impl Fn(&mut Table, &Table),
) {
    let new_table = new.as_table();
    let new_name = new_table.and_then(&name);
    let same = old
        .iter_mut()
        .find(|one| new_name.is_some() && one.as_table().and_then(&name) == new_name);
    match (same, new_table) {
        (
            Some(Node {
                kind: Kind::Table(table),
                ..
            }),
            Some(new_table),
        ) => over(table, new_table),
        _ => old.push(new.clone()),
    }
}

fn replace(table: &mut Table, new: &Table) {
    for (key, node) in &new.entries {
        table.set(key.clone(), node.clone());
    }
}

/// Key by key, at any depth: `beacon = { tracker.contextData.a = 1 }` changes this one.
fn merge(table: &mut Table, new: &Table) {
    for (key, node) in &new.entries {
        merge_entry(table, key, node);
    }
}

fn merge_entry(table: &mut Table, key: &Key, node: &Node) {
    let old = table
        .entries
        .iter_mut()
        .find(|(old, _)| old.name == key.name);
    match (old, &node.kind) {
        (
            Some((
                _,
                Node {
                    kind: Kind::Table(old),
                    ..
                },
            )),
            Kind::Table(new),
        ) if !is_code(old) && !is_code(new) => {
            merge(old, new);
        }
        _ => table.set(key.clone(), node.clone()),
    }
}

fn is_code(table: &Table) -> bool {
    table.get("js").is_some()
}

/// What stands twice in one part, where joining would hide it.
pub(super) fn duplicates(part: &Table) -> Vec<Diagnostic> {
    let library = part.get("library").and_then(Node::as_text);
    let instance = default_instance(library);
    let mut found = Vec::new();
    for (list, what) in [("requirements", "requirement"), ("tags", "tag")] {
        found.extend(twice(items(part, list), what, |node| {
            Some((node.as_text()?, node))
        }));
    }
    found.extend(twice(items(part, "callback"), "callback", |node| {
        let name = node.as_table()?.get("name")?;
        Some((name.as_text()?, name))
    }));
    found.extend(twice(items(part, "tracker"), "tracker", |node| {
        let table = node.as_table()?;
        let name = table.get("instance").unwrap_or(node);
        Some((instance_of(table, instance), name))
    }));
    found
}

fn items<'t>(part: &'t Table, key: &str) -> &'t [Node] {
    match part.get(key).map(|node| &node.kind) {
        Some(Kind::List(items)) => items,
        _ => &[],
    }
}

fn twice<'t>(
    items: &'t [Node],
    what: &str,
    named: impl Fn(&'t Node) -> Option<(&'t str, &'t Node)>,
) -> Vec<Diagnostic> {
    let mut seen: Vec<(&str, &Node)> = Vec::new();
    let mut found = Vec::new();
    for (name, node) in items.iter().filter_map(named) {
        match seen.iter().find(|(other, _)| *other == name) {
            Some((_, first)) => {
                let message = format!("the {what} `{name}` stands twice");
                let mut one = Diagnostic::error(&node.place, message, "it is there already");
                one.also(&first.place, "the first");
                found.push(one);
            }
            None => seen.push((name, node)),
        }
    }
    found
}
