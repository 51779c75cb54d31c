//! Reading spanned values as what a key expects, and collecting every mistake on the way.

use super::diagnostic::{Diagnostic, Severity};
use super::keys::{self, Form};
use super::source::Place;
use super::suggest::{nearest, one_of};
use super::tree::{Key, Kind, Node, Table};

/// Mistakes found so far.
#[derive(Debug, Default)]
pub(super) struct Sink {
    pub found: Vec<Diagnostic>,
}

impl Sink {
    /// Something is wrong at a place.
    pub fn error(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Diagnostic {
        self.found.push(Diagnostic::error(place, message, label));
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// Something is allowed and still looks wrong.
    pub fn warn(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Diagnostic {
        let diagnostic = self.error(place, message, label);
        diagnostic.severity = Severity::Warning;
        diagnostic
    }

    /// Something is not there.
    pub fn missing(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Diagnostic {
        let diagnostic = self.error(place, message, label);
        diagnostic.absence = true;
        diagnostic
    }

    /// Whether there are errors.
    pub fn failed(&self) -> bool {
        self.found
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// A table that is read by a [`Form`]; its unknown keys are reported already.
#[derive(Clone, Copy)]
pub(super) struct Section<'n> {
    pub table: &'n Table,
    pub place: &'n Place,
    pub form: &'static Form,
}

impl<'n> Section<'n> {
    /// Takes a value for a table of this form.
    pub fn open(node: &'n Node, form: &'static Form, sink: &mut Sink) -> Option<Section<'n>> {
        match &node.kind {
            Kind::Table(table) => Some(Section::of(table, &node.place, form, sink)),
            _ => {
                wrong(node, form.name, "a table", sink);
                None
            }
        }
    }

    /// Takes a table for one of this form.
    pub fn of(
        table: &'n Table,
        place: &'n Place,
        form: &'static Form,
        sink: &mut Sink,
    ) -> Section<'n> {
        for (key, _) in &table.entries {
            if !form.keys.contains(&key.name.as_str()) {
                unknown_key(key, form, table, sink);
            }
        }
        Section { table, place, form }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.table.get(key)
    }

    /// The value of a key that must be there.
    pub fn require(&self, key: &str, sink: &mut Sink) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() && !self.misspelt(key) {
            sink.missing(
                self.place,
                format!("{} has no `{key}`", self.form.name),
                format!("expected `{key} = …`"),
            );
        }
        found
    }

    /// Text.
    pub fn text(&self, key: &str, sink: &mut Sink) -> Option<&'n str> {
        text(self.get(key)?, key, sink)
    }

    /// Text that must be there and not be blank.
    pub fn required_text(&self, key: &str, sink: &mut Sink) -> Option<&'n str> {
        filled_text(self.require(key, sink)?, key, sink)
    }

    /// The entries of a list.
    pub fn list(&self, key: &str, sink: &mut Sink) -> &'n [Node] {
        self.get(key)
            .and_then(|node| list(node, key, sink))
            .unwrap_or_default()
    }

    /// Texts of a list, each with where it stands.
    pub fn texts(&self, key: &str, sink: &mut Sink) -> Vec<(&'n str, &'n Place)> {
        self.list(key, sink)
            .iter()
            .filter_map(|item| Some((filled_text(item, key, sink)?, &item.place)))
            .collect()
    }

    /// The parts of a kind of which there may be several, `[[…]]`.
    pub fn parts(&self, key: &str, sink: &mut Sink) -> &'n [Node] {
        let Some((name, node)) = self.table.entry(key) else {
            return &[];
        };
        if !matches!(node.kind, Kind::Table(_)) {
            return list(node, key, sink).unwrap_or_default();
        }
        let place = if node.place.raw().starts_with('[') {
            &node.place
        } else {
            &name.place
        };
        sink.error(
            place,
            format!("`{key}` is a list: there may be several"),
            format!("expected `[[{key}]]`"),
        );
        std::slice::from_ref(node)
    }

    /// Whether an unknown key looks like a slip of this one.
    pub fn misspelt(&self, key: &str) -> bool {
        self.table.entries.iter().any(|(given, _)| {
            let known = self.form.keys.contains(&given.name.as_str());
            !known && nearest(&given.name, self.form.keys.iter().copied()) == Some(key)
        })
    }
}

fn unknown_key(key: &Key, form: &'static Form, table: &Table, sink: &mut Sink) {
    let name = &key.name;
    if report_misplaced(key, form, sink) {
        return;
    }
    let free = form
        .keys
        .iter()
        .copied()
        .filter(|known| table.get(known).is_none());
    let suggestion = nearest(name, free).or_else(|| nearest(name, form.keys.iter().copied()));
    let home = keys::PARTS
        .iter()
        .find(|part| part.keys.contains(&name.as_str()));
    let diagnostic = sink.error(
        &key.place,
        format!("unknown key `{name}`"),
        format!("not a key of {}", form.name),
    );
    match (suggestion, home) {
        (Some(_), _) => diagnostic.suggest(suggestion),
        (None, Some(home)) => diagnostic.help(format!("`{name}` is a key of {}", home.name)),
        (None, None) => diagnostic.help(format!("expected {}", one_of(form.keys))),
    };
}

/// TOML's own trap: what follows a table header belongs to that table.
pub(super) fn report_misplaced(key: &Key, form: &Form, sink: &mut Sink) -> bool {
    let name = &key.name;
    let misplaced = form.name != keys::TOP.name && keys::HEAD.contains(&name.as_str());
    if misplaced {
        sink.error(
            &key.place,
            format!("`{name}` belongs above the first [table]"),
            format!("read as a key of {}", form.name),
        )
        .help("in TOML every key after a table header belongs to that table");
    }
    misplaced
}

/// Reports a value of another type than expected.
pub(super) fn wrong(node: &Node, what: &str, expected: &str, sink: &mut Sink) {
    if let Kind::BadNumber(reason) = node.kind {
        sink.error(&node.place, "a number out of range", reason);
        return;
    }
    sink.error(
        &node.place,
        format!("`{what}` must be {expected}"),
        format!("expected {expected}, found {}", node.described()),
    );
}

/// Text, which may be empty.
pub(super) fn text<'n>(node: &'n Node, what: &str, sink: &mut Sink) -> Option<&'n str> {
    let found = node.as_text();
    if found.is_none() {
        wrong(node, what, "text", sink);
    }
    found
}

/// Text that is not blank.
pub(super) fn filled_text<'n>(node: &'n Node, what: &str, sink: &mut Sink) -> Option<&'n str> {
    let found = text(node, what, sink)?;
    if found.trim().is_empty() {
        sink.error(
            &node.place,
            format!("`{what}` is empty"),
            "expected some text",
        );
        return None;
    }
    Some(found)
}

/// True or false.
pub(super) fn flag(node: &Node, what: &str, sink: &mut Sink) -> Option<bool> {
    match node.kind {
        Kind::Bool(flag) => Some(flag),
        _ => {
            wrong(node, what, "true or false", sink);
            None
        }
    }
}

/// A list.
pub(super) fn list<'n>(node: &'n Node, what: &str, sink: &mut Sink) -> Option<&'n [Node]> {
    match &node.kind {
        Kind::List(items) => Some(items),
        _ => {
            wrong(node, what, "a list", sink);
            None
        }
    }
}

/// A whole number of at least `least`.
pub(super) fn number(node: &Node, what: &str, least: u32, sink: &mut Sink) -> Option<u32> {
    let found = match &node.kind {
        Kind::Number(number) => number
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| *number >= least),
        _ => None,
    };
    if found.is_none() {
        wrong_number(node, what, &format!("a whole number from {least}"), sink);
    }
    found
}

fn wrong_number(node: &Node, what: &str, expected: &str, sink: &mut Sink) {
    match &node.kind {
        Kind::Number(number) => {
            let label = format!("expected {expected}, found {number}");
            sink.error(&node.place, format!("`{what}` must be {expected}"), label);
        }
        _ => wrong(node, what, expected, sink),
    }
}

/// Whole numbers from 1: hits, sends.
pub(super) fn numbers(node: &Node, what: &str, sink: &mut Sink) -> Option<Vec<u32>> {
    let items = list(node, what, sink)?;
    Some(
        items
            .iter()
            .filter_map(|item| number(item, what, 1, sink))
            .collect(),
    )
}

/// One word out of a closed set.
pub(super) fn word<T: Copy>(
    node: &Node,
    what: &str,
    words: &[(&str, T)],
    sink: &mut Sink,
) -> Option<T> {
    let given = text(node, what, sink)?;
    let found = words.iter().find(|(word, _)| *word == given);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        unknown_word(&node.place, what, given, &known, sink);
    }
    found.map(|(_, meaning)| *meaning)
}

/// Reports a word that is not in a closed set.
pub(super) fn unknown_word(
    place: &Place,
    what: &str,
    given: &str,
    known: &[&str],
    sink: &mut Sink,
) {
    let message = match what {
        "on" => format!("`on` cannot be `{given}`"),
        noun => format!("unknown {noun} `{given}`"),
    };
    sink.error(place, message, format!("expected {}", one_of(known)))
        .suggest(nearest(given, known.iter().copied()));
}
