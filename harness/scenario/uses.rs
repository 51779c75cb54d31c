//! `use`: the parts that a file or a row starts from.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::decode::below;
use super::load::File;
use super::read::{Sink, filled_text, list};
use super::tree::{Node, Table};

/// The parts of a scenario in the order in which they are joined, and its `vary` tables.
#[derive(Default)]
pub(super) struct Expanded {
    /// Without `use` and `vary`.
    pub parts: Vec<Table>,
    /// `vary` of each.
    pub vary: Vec<Node>,
    /// Files that are in already: each is joined once, however many ways lead to it.
    used: BTreeSet<String>,
    /// Something could not be read, so nothing is known to be absent.
    pub torn: bool,
}

impl Expanded {
    /// Paths of the files that were used.
    pub fn used(&self) -> impl Iterator<Item = &str> {
        self.used.iter().map(String::as_str)
    }
}

/// Adds `part` of the file `name`, after all that it uses.
pub(super) fn expand(
    part: &Table,
    name: &str,
    read: &mut dyn FnMut(&str) -> Rc<File>,
    into: &mut Expanded,
    sink: &mut Sink,
) {
    expand_within(part, &mut vec![name.to_owned()], read, into, sink);
}

fn expand_within(
    part: &Table,
    open: &mut Vec<String>,
    read: &mut dyn FnMut(&str) -> Rc<File>,
    into: &mut Expanded,
    sink: &mut Sink,
) {
    let mut part = part.clone();
    if let Some(uses) = part.remove("use") {
        for node in list(&uses, "use", sink).unwrap_or_default() {
            add_used(node, open, read, into, sink);
        }
    }
    into.vary.extend(part.remove("vary"));
    into.parts.push(part);
}

fn add_used(
    node: &Node,
    open: &mut Vec<String>,
    read: &mut dyn FnMut(&str) -> Rc<File>,
    into: &mut Expanded,
    sink: &mut Sink,
) {
    let Some(path) = filled_text(node, "use", sink) else {
        return;
    };
    if let Err(reason) = below(path) {
        sink.error(
            &node.place,
            format!("`use` {reason}"),
            "expected a path like `setups/shop.toml`",
        );
        into.torn = true;
        return;
    }
    let path = path.trim_start_matches("./");
    if open.iter().any(|name| name == path) {
        sink.error(
            &node.place,
            format!("`{path}` uses itself"),
            format!("by way of {}", open.join(" → ")),
        );
        into.torn = true;
        return;
    }
    if !into.used.insert(path.to_owned()) {
        return;
    }
    let file = read(path);
    if let Some(reason) = file.unreadable() {
        sink.error(
            &node.place,
            reason,
            "expected a file like `setups/shop.toml`",
        )
        .help("its path begins at the scenarios folder");
        into.torn = true;
        return;
    }
    sink.found.extend(file.mistakes.iter().cloned());
    into.torn |= file.torn;
    open.push(path.to_owned());
    expand_within(&file.table, open, read, into, sink);
    open.pop();
}
