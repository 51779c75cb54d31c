//! TOML as spanned values that know their file, so that parts of several files can be joined
//! and still be pointed at.

use std::collections::BTreeSet;
use std::sync::Arc;

use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use super::diagnostic::Diagnostic;
use super::keys;
use super::source::{Place, Source};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub kind: Kind,
    pub place: Place,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Text(String),
    Number(serde_json::Number),
    /// A number that no page could be given, with the reason.
    BadNumber(&'static str),
    Bool(bool),
    Date(String),
    List(Vec<Node>),
    Table(Table),
}

/// Keys and values in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub entries: Vec<(Key, Node)>,
}

/// A key and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub name: String,
    pub place: Place,
}

impl Node {
    /// What it is, for people.
    pub fn described(&self) -> &'static str {
        match &self.kind {
            Kind::Text(_) => "text",
            Kind::Number(_) | Kind::BadNumber(_) => "a number",
            Kind::Bool(_) => "true or false",
            Kind::Date(_) => "a date",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        match &self.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        }
    }
}

impl Table {
    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// The key and its value.
    pub fn entry(&self, name: &str) -> Option<&(Key, Node)> {
        self.entries.iter().find(|(key, _)| key.name == name)
    }

    /// Takes a key out.
    pub fn remove(&mut self, name: &str) -> Option<Node> {
        let at = self.entries.iter().position(|(key, _)| key.name == name)?;
        Some(self.entries.remove(at).1)
    }

    /// Puts a value in, in the place of an older one of this key.
    pub fn set(&mut self, key: Key, node: Node) {
        match self
            .entries
            .iter_mut()
            .find(|(old, _)| old.name == key.name)
        {
            Some(entry) => *entry = (key, node),
            None => self.entries.push((key, node)),
        }
    }
}

/// Reads a file: what could be read of it, and every mistake against TOML.
pub(super) fn parse(source: &Arc<Source>) -> (Table, Vec<Diagnostic>) {
    let (root, errors) = DeTable::parse_recoverable(source.text());
    let tree = table(root.get_ref(), source);
    let mut mistakes: Vec<Diagnostic> = Vec::new();
    let mut torn = TornLines::of(source.text());
    for error in errors {
        let mistake = syntax_error(&error, source, &tree);
        if !torn.contain(&mistake) {
            torn.add(&mistake);
            mistakes.push(mistake);
        }
    }
    (tree, mistakes)
}

/// Lines of which nothing more can be said: those of mistakes, and all that stands below a table
/// header that could not be read.
pub(super) struct TornLines {
    headers: Vec<bool>,
    torn: BTreeSet<usize>,
}

impl TornLines {
    /// None yet.
    pub fn of(text: &str) -> TornLines {
        TornLines {
            headers: text
                .lines()
                .map(|line| line.trim_start().starts_with('['))
                .collect(),
            torn: BTreeSet::new(),
        }
    }

    /// Adds what a mistake against TOML tears.
    pub fn add(&mut self, mistake: &Diagnostic) {
        let line = mistake.line() as usize;
        self.torn.insert(line);
        let header = line
            .checked_sub(1)
            .and_then(|index| self.headers.get(index));
        if header == Some(&true) {
            let below = self
                .headers
                .iter()
                .skip(line)
                .take_while(|header| !**header);
            self.torn
                .extend((line + 1..).zip(below).map(|(line, _)| line));
        }
    }

    /// Whether a mistake is about such a line.
    pub fn contain(&self, mistake: &Diagnostic) -> bool {
        self.torn.contains(&(mistake.line() as usize))
    }
}

fn table(found: &DeTable<'_>, source: &Arc<Source>) -> Table {
    let mut entries: Vec<(Key, Node)> = found
        .iter()
        .map(|(key, value)| {
            let place = Place {
                source: source.clone(),
                span: key.span(),
            };
            let name = key.get_ref().to_string();
            (
                Key { name, place },
                node(value.get_ref(), value.span(), source),
            )
        })
        .collect();
    entries.sort_by_key(|(key, _)| key.place.span.start);
    Table { entries }
}

fn node(value: &DeValue<'_>, span: std::ops::Range<usize>, source: &Arc<Source>) -> Node {
    let kind = match value {
        DeValue::String(text) => Kind::Text(text.to_string()),
        DeValue::Integer(integer) => whole_number(integer),
        DeValue::Float(float) => fraction(float.as_str()),
        DeValue::Boolean(flag) => Kind::Bool(*flag),
        DeValue::Datetime(date) => Kind::Date(date.to_string()),
        DeValue::Array(items) => Kind::List(list(items, source)),
        DeValue::Table(inner) => Kind::Table(table(inner, source)),
    };
    let source = source.clone();
    Node {
        kind,
        place: Place { source, span },
    }
}

fn list(items: &DeArray<'_>, source: &Arc<Source>) -> Vec<Node> {
    items
        .iter()
        .map(|item| node(item.get_ref(), item.span(), source))
        .collect()
}

/// The largest integer that JavaScript's numbers hold exactly, with all below it.
const MAX_SAFE: i64 = (1 << 53) - 1;

fn whole_number(integer: &DeInteger<'_>) -> Kind {
    match i64::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(number) if (-MAX_SAFE..=MAX_SAFE).contains(&number) => Kind::Number(number.into()),
        _ => Kind::BadNumber("JavaScript cannot hold this number exactly; write it as text"),
    }
}

fn fraction(text: &str) -> Kind {
    let number = text.parse().ok().and_then(serde_json::Number::from_f64);
    number.map_or(
        Kind::BadNumber("no such number can be written; use { js = \"…\" }"),
        Kind::Number,
    )
}

fn syntax_error(error: &toml::de::Error, source: &Arc<Source>, tree: &Table) -> Diagnostic {
    // Where the file ends too early, the end of its last line is the place.
    let end = source.text().trim_end_matches(['\n', '\r']).len();
    let span = error.span().unwrap_or(end..end);
    let place = Place {
        source: source.clone(),
        span: if span.start > end { end..end } else { span },
    };
    let (message, expected) = match error.message().split_once(", expected ") {
        Some((message, expected)) => (message, format!("expected {expected}")),
        None => (error.message(), String::new()),
    };
    if message == "duplicate key" {
        return duplicate(&place);
    }
    if message == "string values must be quoted" {
        return no_value(&place);
    }
    if let Some(open) = unclosed_text(tree, &place) {
        return Diagnostic::error(open, "this text never ends", "expected the closing quotes");
    }
    Diagnostic::error(&place, message, expected)
}

fn no_value(place: &Place) -> Diagnostic {
    let (message, expected) = match place.raw() {
        "" => ("there is no value", "expected a value"),
        _ => ("text without quotes", "expected it in quotes"),
    };
    Diagnostic::error(place, message, expected)
}

fn duplicate(place: &Place) -> Diagnostic {
    let name = place.raw();
    let header = place.source.text()[..place.on_one_line().start].ends_with('[');
    if header && keys::ARRAYS.contains(&name) {
        let mut slip = Diagnostic::error(
            place,
            format!("`[{name}]` stands twice"),
            format!("expected `[[{name}]]`"),
        );
        slip.help(format!(
            "there may be several: write every one as `[[{name}]]`"
        ));
        return slip;
    }
    Diagnostic::error(
        place,
        format!("`{name}` stands twice"),
        "a key may be given once",
    )
}

/// The text that runs to the end of the file, when that is where the parser gave up.
fn unclosed_text<'t>(tree: &'t Table, place: &Place) -> Option<&'t Place> {
    let end = place.source.text().len();
    if !place.source.text()[place.on_one_line().start..]
        .trim()
        .is_empty()
    {
        return None;
    }
    tree.entries.iter().find_map(|(_, node)| match &node.kind {
        Kind::Text(_) => {
            let long =
                node.place.raw().starts_with("'''") || node.place.raw().starts_with("\"\"\"");
            (long && node.place.span.end == end).then_some(&node.place)
        }
        Kind::Table(inner) => unclosed_text(inner, place),
        Kind::List(items) => items.iter().find_map(|item| {
            item.as_table()
                .and_then(|inner| unclosed_text(inner, place))
        }),
        _ => None,
    })
}
