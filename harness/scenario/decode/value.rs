//! Values for the page, JavaScript, and what values are compared with.

use crate::scenario::keys;
use crate::scenario::read::{Section, Sink, text, wrong};
use crate::scenario::source::Place;
use crate::scenario::tree::{Kind, Node, Table};
use crate::scenario::{Js, Match, Value};

/// A value for the page.
pub(super) fn value(node: &Node, what: &str, sink: &mut Sink) -> Option<Value> {
    match &node.kind {
        Kind::Text(text) => Some(Value::Text(text.clone())),
        Kind::Number(number) => Some(Value::Number(number.clone())),
        Kind::Bool(flag) => Some(Value::Bool(*flag)),
        Kind::List(items) => {
            let items = items.iter().map(|item| value(item, what, sink));
            let items: Vec<_> = items.collect();
            items.into_iter().collect::<Option<_>>().map(Value::List)
        }
        Kind::Table(table) => match expression(table) {
            Some(code) => js(code, "js", sink).map(Value::Js),
            None => fields(table, what, sink).map(Value::Table),
        },
        Kind::Date(date) => {
            sink.error(
                &node.place,
                format!("`{what}` holds a date"),
                "a page has no such value",
            )
            .help(format!(
                "write the text \"{date}\", or {{ js = \"new Date(…)\" }}"
            ));
            None
        }
        Kind::BadNumber(_) => {
            wrong(node, what, "a value", sink);
            None
        }
    }
}

fn fields(table: &Table, what: &str, sink: &mut Sink) -> Option<Vec<(String, Value)>> {
    let fields: Vec<_> = table
        .entries
        .iter()
        .map(|(key, node)| Some((key.name.clone(), value(node, what, sink)?)))
        .collect();
    fields.into_iter().collect()
}

/// The code, if the table is `{ js = "…" }`.
pub(in crate::scenario) fn expression(table: &Table) -> Option<&Node> {
    match table.entries.as_slice() {
        [(key, node)] if key.name == "js" => Some(node),
        _ => None,
    }
}

/// JavaScript, with the place of its first character.
pub(super) fn js(node: &Node, what: &str, sink: &mut Sink) -> Option<Js> {
    let code = text(node, what, sink)?;
    let body = body(&node.place);
    let written = body.raw();
    let quotes = quotes(node.place.raw());
    let exact = written
        .strip_suffix(quotes)
        .is_some_and(|inside| inside == code);
    if quotes == "\"\"\"" {
        warn_mapping(&node.place, "'''", sink);
    } else if !exact {
        warn_mapping(&node.place, "'", sink);
    }
    Some(Js {
        code: code.to_owned(),
        at: body.location(),
    })
}

fn warn_mapping(place: &Place, better: &str, sink: &mut Sink) {
    sink.warn(
        place,
        "code in double quotes: places of errors in it may be wrong",
        format!("expected code between {better} and {better}"),
    )
    .help("what stands in single quotes reaches the page exactly as it is written");
}

fn quotes(raw: &str) -> &'static str {
    ["'''", "\"\"\"", "'"]
        .into_iter()
        .find(|quotes| raw.starts_with(quotes))
        .unwrap_or("\"")
}

/// What stands between the quotes, and the closing ones; a newline right after the opening ones is TOML's.
fn body(place: &Place) -> Place {
    let quotes = quotes(place.raw());
    let inside = place.after(quotes.len());
    let skip = match (quotes.len(), inside.raw()) {
        (3, text) if text.starts_with("\r\n") => 2,
        (3, text) if text.starts_with('\n') => 1,
        _ => 0,
    };
    inside.after(skip)
}

/// What a value is compared with.
pub(super) fn comparison(node: &Node, what: &str, sink: &mut Sink) -> Option<Match> {
    if let Some(text) = scalar(node) {
        return Some(Match::Text(text));
    }
    if !matches!(node.kind, Kind::Table(_)) {
        wrong(
            node,
            what,
            "text, a number, true or false, or { matches = \"…\" }",
            sink,
        );
        return None;
    }
    let section = Section::open(node, &keys::MATCHES, sink)?;
    let pattern = section.require("matches", sink)?;
    regex(text(pattern, "matches", sink)?, &pattern.place, sink).map(Match::Pattern)
}

fn regex(pattern: &str, place: &Place, sink: &mut Sink) -> Option<regex::Regex> {
    match regex::Regex::new(pattern) {
        Ok(regex) => Some(regex),
        Err(reason) => {
            let reason = reason.to_string();
            let last = reason.lines().last().unwrap_or_default();
            let reason = last.strip_prefix("error: ").unwrap_or(last);
            sink.error(place, "not a regular expression", reason).help(
                "the syntax is that of Rust's `regex` crate: no look-around, no back-references",
            );
            None
        }
    }
}

/// Names and what their values are compared with.
pub(super) fn comparisons(node: &Node, what: &str, sink: &mut Sink) -> Vec<(String, Match)> {
    let Some(table) = node.as_table() else {
        wrong(node, what, "a table of names and values", sink);
        return Vec::new();
    };
    table
        .entries
        .iter()
        .filter_map(|(key, node)| Some((key.name.clone(), comparison(node, &key.name, sink)?)))
        .collect()
}

/// A scalar as the text that JavaScript's `String()` makes of it.
fn scalar(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Text(text) => Some(text.clone()),
        Kind::Bool(flag) => Some(flag.to_string()),
        Kind::Number(number) => Some(match number.as_f64() {
            // Adding zero makes a zero of minus zero.
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e21 => {
                format!("{:.0}", whole + 0.0)
            }
            _ => number.to_string(),
        }),
        _ => None,
    }
}
