//! Equal differences from snapshots in many cases are one thing to look at. A diff is taken apart
//! at its unchanged and its empty lines; what one part says is told from others without the numbers
//! of hits, without how often the same is said and without the widths of columns, which differ from
//! case to case.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::{Finding, FindingKind};

/// A number that depends on how many hits a case makes: `«random:2»`, `hit 2`, `step 2`.
static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(«[a-z-]+:|\bhit |\bstep )\d+").ok());

/// What stands for a volatile value: `«url of hit 2»`.
static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("«[^»]*»").ok());

/// Gathers the differences of a run's cases.
#[derive(Default)]
pub(super) struct Differences {
    parts: Vec<Part>,
}

/// A part of a diff, and the cases that have it.
struct Part {
    why: String,
    key: Vec<String>,
    lines: Vec<String>,
    at: String,
    cases: Vec<String>,
}

impl Differences {
    /// Adds the diff of a case. `why` says of what it is; `at` is where the case's scenario begins.
    pub(super) fn add(&mut self, case: &str, why: &str, at: &str, diff: &str) {
        for lines in parts(diff) {
            let key = key(&lines);
            let known = self
                .parts
                .iter_mut()
                .find(|part| part.why == why && part.key == key);
            match known {
                // One change of every hit is one difference, however many hits a case makes.
                Some(part) if part.cases.last().is_some_and(|last| last == case) => {}
                Some(part) => part.cases.push(case.to_owned()),
                None => self.parts.push(Part {
                    why: why.to_owned(),
                    key,
                    lines,
                    at: at.to_owned(),
                    cases: vec![case.to_owned()],
                }),
            }
        }
    }

    /// A finding for each set of cases: what exactly these have in common.
    pub(super) fn findings(self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for part in self.parts {
            let same = findings
                .iter_mut()
                .find(|known| known.why == part.why && known.cases == part.cases);
            match same {
                Some(known) => known.events.extend(part.lines),
                None => findings.push(Finding {
                    kind: FindingKind::Changed,
                    requirement: None,
                    cases: part.cases,
                    why: part.why,
                    at: Some(part.at),
                    events: part.lines,
                }),
            }
        }
        findings
    }
}

/// The changed lines of a diff, taken apart at the unchanged ones.
fn parts(diff: &str) -> Vec<Vec<String>> {
    let blocks = blocks(diff);
    let meant: Vec<_> = blocks.iter().map(|block| less_widths(block)).collect();
    match meant.iter().all(Vec::is_empty) {
        // If white space is all that differs, it is a value's.
        true => blocks,
        false => meant
            .into_iter()
            .filter(|block| !block.is_empty())
            .collect(),
    }
}

fn blocks(diff: &str) -> Vec<Vec<String>> {
    let mut blocks = vec![Vec::new()];
    for line in diff.lines() {
        let header = line.starts_with("+++") || line.starts_with("---");
        let says_something = line.len() > 1 && line.starts_with(['+', '-']);
        match blocks.last_mut() {
            Some(block) if !header && says_something => block.push(line.to_owned()),
            _ => blocks.push(Vec::new()),
        }
    }
    blocks.retain(|block: &Vec<String>| !block.is_empty());
    blocks
}

/// The lines without those in which only a column became wider or narrower.
fn less_widths(block: &[String]) -> Vec<String> {
    let side = |sign: char| -> Vec<&str> {
        let texts = block.iter().filter_map(|line| line.strip_prefix(sign));
        texts.collect()
    };
    let (gone, come) = (side('-'), side('+'));
    // The very same text on the other side has moved, which is a change.
    let respaced = |text: &str, others: &[&str]| {
        !others.contains(&text) && others.iter().any(|other| words(other) == words(text))
    };
    block
        .iter()
        .filter(
            |line| match (line.strip_prefix('-'), line.strip_prefix('+')) {
                (Some(text), _) => !respaced(text, &come),
                (_, Some(text)) => !respaced(text, &gone),
                _ => true,
            },
        )
        .cloned()
        .collect()
}

/// What tells a part from others: its lines without numbers, each once.
fn key(lines: &[String]) -> Vec<String> {
    let mut key: Vec<String> = Vec::new();
    for line in lines {
        let line = less_repeats(without_numbers(line));
        if !key.contains(&line) {
            key.push(line);
        }
    }
    key
}

/// The text with equal tokens that follow each other as two of them, however many they are.
fn less_repeats(text: String) -> String {
    let tokens: BTreeSet<String> = TOKEN
        .iter()
        .flat_map(|token| token.find_iter(&text))
        .map(|found| found.as_str().to_owned())
        .collect();
    tokens.iter().fold(text, |mut text, token| {
        let (two, three) = (
            format!("{token} {token}"),
            format!("{token} {token} {token}"),
        );
        while text.contains(&three) {
            text = text.replace(&three, &two);
        }
        text
    })
}

/// The text with one blank where there are several.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_numbers(line: &str) -> String {
    let words = words(line);
    match NUMBER.as_ref() {
        Some(number) => number.replace_all(&words, "${1}#").into_owned(),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases and changed lines of the findings.
    fn found(diffs: &[(&str, &str)]) -> Vec<(Vec<String>, Vec<String>)> {
        let mut differences = Differences::default();
        for (case, diff) in diffs {
            differences.add(case, "it differs", "x.toml:1:1", diff);
        }
        let findings = differences.findings().into_iter();
        findings.map(|one| (one.cases, one.events)).collect()
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_change_of_every_hit_is_one_whatever_the_hits_numbers_and_the_widths_of_columns() {
        let one = "--- snapshot\n+++ now\n@@ -1 +1 @@\n hit 1\n-  /JS-1/«random:1»\n+  /JS-2/«random:1»\n v1  A\n";
        let two = one.to_owned() + "-  /JS-1/«random:2»\n+  /JS-2/«random:2»\n";
        let wide = one.replace("  /JS", "    /JS");
        assert_eq!(
            found(&[("a", one), ("b", &two), ("c", &wide)]),
            [(
                owned(&["a", "b", "c"]),
                owned(&["-  /JS-1/«random:1»", "+  /JS-2/«random:1»"])
            )]
        );
    }

    #[test]
    fn the_same_said_of_more_hits_or_more_often_is_one() {
        let two = "-  «url of hit 2»\n+  «url of hit 2»  «url of hit 1»\n";
        let three = two.to_owned()
            + "-  «url of hit 3»\n+  «url of hit 3»  «url of hit 2»  «url of hit 1»\n";
        assert_eq!(
            found(&[("a", two), ("b", &three)]),
            [(
                owned(&["a", "b"]),
                owned(&["-  «url of hit 2»", "+  «url of hit 2»  «url of hit 1»"])
            )]
        );
    }

    #[test]
    fn sections_are_told_apart_where_a_changed_line_is_empty() {
        let error = "+\n+uncaught\n+  ReferenceError: Visitor is not defined\n";
        assert_eq!(
            found(&[("a", error), ("b", &("-a\n+b\n".to_owned() + error))]),
            [
                (
                    owned(&["a", "b"]),
                    owned(&["+uncaught", "+  ReferenceError: Visitor is not defined"])
                ),
                (owned(&["b"]), owned(&["-a", "+b"])),
            ]
        );
    }

    #[test]
    fn what_some_cases_have_besides_is_told_apart() {
        let both = "-a\n+b\n same\n-c\n+d\n";
        assert_eq!(
            found(&[("x", both), ("y", "-a\n+b\n"), ("z", both)]),
            [
                (owned(&["x", "y", "z"]), owned(&["-a", "+b"])),
                (owned(&["x", "z"]), owned(&["-c", "+d"])),
            ]
        );
        assert_eq!(
            found(&[("x", both), ("y", both)]),
            [(owned(&["x", "y"]), owned(&["-a", "+b", "-c", "+d"]))],
            "what always comes together is told together"
        );
    }

    #[test]
    fn a_column_that_became_wider_is_no_difference_unless_nothing_else_is() {
        let wider = "-v1  A\n-c1  B\n+v1     A\n+c1     B\n+events  e\n";
        assert_eq!(
            found(&[("a", wider)]),
            [(owned(&["a"]), owned(&["+events  e"]))]
        );
        assert_eq!(
            found(&[("a", "-v1  A B\n+v1  A  B\n")]),
            [(owned(&["a"]), owned(&["-v1  A B", "+v1  A  B"]))]
        );
    }

    #[test]
    fn what_moved_is_a_difference() {
        let moved = owned(&["-a  A", "-b  B", "+b  B", "+a  A"]);
        assert_eq!(
            found(&[("x", &(moved.join("\n") + "\n same\n-c\n+d\n"))])[0].1,
            [moved, owned(&["-c", "+d"])].concat()
        );
    }

    #[test]
    fn another_hit_in_a_callback_is_a_difference() {
        let diff = "-  «url of hit 1»\n+  «url of hit 2»\n";
        assert_eq!(
            found(&[("a", diff)])[0].1,
            owned(&["-  «url of hit 1»", "+  «url of hit 2»"])
        );
    }
}
