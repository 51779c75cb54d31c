//! Pins what CI systems get, and that it keeps the rules of the schema that Jenkins checks (junit-10.xsd).

use roxmltree::{Document, Node};

use super::*;
use crate::report::sample;

/// What an element may hold: attributes that it must have, others that it may have, and children.
type Rule = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const RULES: &[Rule] = &[
    (
        "testsuites",
        &[],
        &["name", "time", "tests", "failures", "errors"],
        &["testsuite"],
    ),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["time", "skipped", "timestamp"],
        &["properties", "testcase", "system-out", "system-err"],
    ),
    (
        "testcase",
        &["name"],
        &["time", "classname"],
        &[
            "skipped",
            "error",
            "failure",
            "rerunFailure",
            "rerunError",
            "flakyFailure",
            "flakyError",
            "system-out",
            "system-err",
        ],
    ),
    ("properties", &[], &[], &["property"]),
    ("property", &["name", "value"], &[], &[]),
    ("failure", &[], &["type", "message"], &[]),
    ("error", &[], &["type", "message"], &[]),
    ("skipped", &[], &["type", "message"], &[]),
    ("rerunFailure", &["type"], &["message"], &["stackTrace"]),
    ("rerunError", &["type"], &["message"], &["stackTrace"]),
    ("flakyFailure", &["type"], &["message"], &["stackTrace"]),
    ("flakyError", &["type"], &["message"], &["stackTrace"]),
];

/// What breaks the schema's rules.
fn breaches(document: &Document<'_>) -> Vec<String> {
    let mut breaches = Vec::new();
    if !document.root_element().has_tag_name("testsuites") {
        breaches.push("the root is no <testsuites>".to_owned());
    }
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        let Some((_, must, may, children)) = RULES.iter().find(|rule| rule.0 == name) else {
            breaches.push(format!("<{name}> is unknown"));
            continue;
        };
        let lacks = must.iter().filter(|known| !node.has_attribute(**known));
        breaches.extend(lacks.map(|lacks| format!("<{name}> lacks {lacks}")));
        let attributes = node.attributes().map(|found| found.name());
        let unknown = attributes.filter(|found| !must.contains(found) && !may.contains(found));
        breaches.extend(unknown.map(|unknown| format!("<{name}> has {unknown}")));
        let inside = node.children().filter(Node::is_element);
        let inside = inside.map(|child| child.tag_name().name());
        let unknown = inside.filter(|child| !children.contains(child));
        breaches.extend(unknown.map(|child| format!("<{name}> holds <{child}>")));
        let time = node.attribute("time").unwrap_or("0");
        if !time.chars().all(|c| c.is_ascii_digit() || c == '.') {
            breaches.push(format!("<{name}> has the time {time}"));
        }
        breaches.extend(miscounted(node));
    }
    breaches
}

/// Numbers that do not count what they say.
fn miscounted(node: Node<'_, '_>) -> Vec<String> {
    let cases = || {
        node.descendants()
            .filter(|node| node.has_tag_name("testcase"))
    };
    let with = |child: &str| {
        let having = cases().filter(|case| case.children().any(|it| it.has_tag_name(child)));
        having.count()
    };
    let counted = [
        ("tests", cases().count()),
        ("failures", with("failure")),
        ("errors", with("error")),
        ("skipped", with("skipped")),
    ];
    let counted = counted.into_iter();
    let wrong = counted.filter_map(|(name, count)| {
        let said = node.attribute(name)?;
        (said != count.to_string()).then(|| format!("{name} says {said} and is {count}"))
    });
    wrong.collect()
}

#[test]
fn the_document_keeps_the_rules_of_the_common_schema() {
    let mut results = sample::results();
    for error in [None, Some("no driver".to_owned())] {
        results.error = error;
        let text = render(&results).unwrap();
        let document = Document::parse(&text).unwrap();
        assert_eq!(breaches(&document), [""; 0], "{text}");
    }
}

#[test]
fn each_case_is_a_test_of_its_browser_and_build_that_says_how_it_ended() {
    let mut results = sample::results();
    results.findings[0].cases[0] = results.cases[1].name();
    insta::assert_snapshot!(render(&results).unwrap());
}

#[test]
fn an_environment_that_failed_is_an_error_of_its_own() {
    let mut results = sample::results();
    results.cases.clear();
    results.error = Some("geckodriver did not start\nend of its log".into());
    let text = render(&results).unwrap();
    let document = Document::parse(&text).unwrap();
    let error = document
        .descendants()
        .find(|node| node.has_tag_name("error"));
    let error = error.expect("it is an error");
    assert_eq!(
        error.attribute("message"),
        Some("geckodriver did not start")
    );
    assert_eq!(
        error.text(),
        Some("geckodriver did not start\nend of its log")
    );
}

#[test]
fn hostile_texts_in_every_field_are_shown_as_text() {
    let text = render(&sample::hostile()).unwrap();
    let document = Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(breaches(&document), [""; 0], "{text}");
    let shown = |text: Option<&str>| text.is_some_and(|text| text.contains(sample::SHOWN));
    for (element, attribute) in [
        ("testsuite", "name"),
        ("testsuite", "timestamp"),
        ("testcase", "name"),
        ("testcase", "classname"),
        ("property", "value"),
        ("failure", "message"),
        ("error", "message"),
        ("flakyError", "message"),
    ] {
        let mut found = document
            .descendants()
            .filter(|node| node.has_tag_name(element));
        assert!(
            found.any(|node| shown(node.attribute(attribute))),
            "{attribute} of <{element}> shows it: {text}"
        );
    }
    for element in ["failure", "error", "flakyError"] {
        let mut found = document
            .descendants()
            .filter(|node| node.has_tag_name(element));
        assert!(found.any(|node| shown(node.text())), "<{element}>: {text}");
    }
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
}
