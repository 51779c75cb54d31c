//! `vary`: the rows of a scenario, all combinations of its tables.

use super::keys;
use super::read::{Sink, report_misplaced, wrong};
use super::tree::{Key, Node, Table};

/// More rows than this are a mistake.
const MOST_ROWS: usize = 2000;

/// One row: its keys in the order of the tables, each with the part that it stands for.
pub(super) type Row<'t> = Vec<(&'t Key, &'t Node)>;

/// The combinations of all tables; one empty row if there is none.
pub(super) fn rows<'t>(tables: &[&'t Node], sink: &mut Sink) -> Vec<Row<'t>> {
    let mut rows: Vec<Row<'t>> = vec![Vec::new()];
    let mut all = Vec::new();
    for vary in tables {
        all.extend(options(vary, sink));
    }
    for (name, options) in all {
        if rows.len().saturating_mul(options.len()) > MOST_ROWS {
            sink.error(
                &name.place,
                format!("more than {MOST_ROWS} rows"),
                "with this table",
            );
            return Vec::new();
        }
        rows = rows
            .iter()
            .flat_map(|row| {
                let more = |option: &(&'t Key, &'t Node)| [row.as_slice(), &[*option]].concat();
                options.iter().map(more).collect::<Vec<_>>()
            })
            .collect();
    }
    rows
}

/// The name of a row: its keys joined by `/`.
pub(super) fn row_name(row: &Row<'_>) -> String {
    let keys: Vec<&str> = row.iter().map(|(key, _)| key.name.as_str()).collect();
    keys.join("/")
}

/// The parts that a `vary` table holds, each with its key.
pub(super) fn parts<'t>(vary: &'t Node, sink: &mut Sink) -> Vec<(&'t Key, &'t Node)> {
    options(vary, sink)
        .into_iter()
        .flat_map(|(_, options)| options)
        .collect()
}

type Options<'t> = Vec<(&'t Key, Vec<(&'t Key, &'t Node)>)>;

fn options<'t>(vary: &'t Node, sink: &mut Sink) -> Options<'t> {
    let Some(tables) = vary.as_table() else {
        wrong(vary, "vary", "a table of tables, `[vary.NAME]`", sink);
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, node) in &tables.entries {
        if let Some(table) = node.as_table() {
            if table.entries.is_empty() {
                sink.error(
                    &name.place,
                    format!("`vary.{}` has no row", name.name),
                    "expected rows like `beacon = { tracker.useBeacon = true }`",
                );
            }
            found.push((name, rows_of(table, sink)));
        } else if !report_misplaced(name, &VARY, sink) {
            wrong(node, &name.name, "a table of rows", sink);
        }
    }
    found
}

const VARY: keys::Form = keys::Form {
    name: "[vary]",
    keys: &[],
};

fn rows_of<'t>(table: &'t Table, sink: &mut Sink) -> Vec<(&'t Key, &'t Node)> {
    let mut rows = Vec::new();
    for (key, node) in &table.entries {
        if node.as_table().is_none() {
            if !report_misplaced(key, &VARY, sink) {
                wrong(
                    node,
                    &key.name,
                    "a row, a table like `{ tracker.useBeacon = true }`",
                    sink,
                );
            }
            continue;
        }
        if !is_name(&key.name) {
            sink.error(
                &key.place,
                format!("`{}` cannot name a row", key.name),
                "expected letters, digits, `-`, `_` and `.`",
            );
        }
        rows.push((key, node));
    }
    rows
}

/// Names of files and rows become names of cases and of snapshot files.
pub(super) fn is_name(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(letter)
}
