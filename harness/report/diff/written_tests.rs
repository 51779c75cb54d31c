//! The comparison as files: JSON by its schema, and a page that needs nothing else.

use super::parity_tests::both_libraries;
use super::sample::{case, hit};
use super::tests::{compared, old_and_new};
use super::*;
use crate::report::{CaseResult, Status};

#[test]
fn the_document_is_valid_by_the_checked_in_schema_which_is_generated_from_the_types() {
    let checked_in = include_str!("diff.schema.json");
    assert!(
        checked_in == schema(),
        "harness/report/diff/diff.schema.json is stale; write it anew with\n  \
         cargo run -- schema diff > harness/report/diff/diff.schema.json"
    );
    let (old, new) = old_and_new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reports/diff.json");
    write_json(&compared(&old, &new), &path).unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    let document: serde_json::Value = serde_json::from_str(&written).unwrap();
    let schema: serde_json::Value = serde_json::from_str(checked_in).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    let (old, new) = both_libraries();
    write_json(&compared(&old, &new), &path).unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    let parity: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert!(
        validator.is_valid(&parity),
        "also between libraries: {parity}"
    );
    let first = &document["differences"][0];
    assert_eq!(first["kind"], "requirement");
    assert_eq!(first["variants"][0]["a"], "violated");
    assert_eq!(first["variants"][0]["cases"][0]["scenario"], "post/a");
}

#[test]
fn an_unwritable_path_is_told_with_its_option() {
    let (old, new) = old_and_new();
    let folder = tempfile::tempdir().unwrap();
    let comparison = compared(&old, &new);
    for error in [
        write_json(&comparison, folder.path()).unwrap_err(),
        write_html(&comparison, folder.path()).unwrap_err(),
    ] {
        let option = match &error {
            WriteError::Write { option, .. } => *option,
            WriteError::Page(error) => panic!("{error}"),
        };
        let message = error.to_string();
        let path = folder.path().display().to_string();
        assert!(
            message.contains(&format!("could not be written to {path}: "))
                && message.ends_with(&format!(
                    "; give {option} a path in a folder that you may write to"
                )),
            "{message}"
        );
    }
}

#[test]
fn the_page_of_two_libraries_has_a_row_for_each_variable_and_escapes_it() {
    let (mut old, new) = both_libraries();
    let behaviour = old.cases[0].behaviour.as_mut().unwrap();
    behaviour.trackers[0].hits[0].params[1].value = "<b>".into();
    let page = html(&compared(&old, &new)).unwrap();
    for part in [
        "<h3>hit 1</h3>",
        "<code class=\"gone\">&lt;b&gt;</code>",
        "<code class=\"come\">other</code>",
        "<code>post audit once</code>",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}

#[test]
fn the_page_needs_nothing_else_and_escapes_everything() {
    const HOSTILE: &str = "</td><script>alert('x')</script>\"&\u{202e}\u{1b}";
    let (mut old, mut new) = old_and_new();
    for results in [&mut old, &mut new] {
        results.builds[0].source = HOSTILE.into();
        results.claims[1].claim = HOSTILE.into();
        results.cases[0].scenario = format!("post/{HOSTILE}");
    }
    new.cases[1].behaviour = None;
    new.cases[1].status = Status::Error;
    new.cases[1].error = Some(HOSTILE.into());
    old.cases.remove(2);
    let mut changed = hit(1, &[("v1", HOSTILE), ("ce", HOSTILE)]);
    changed.outcome = HOSTILE.into();
    new.cases[6] = CaseResult {
        build: "new".into(),
        ..case("t/one", vec![changed], &[("flag", HOSTILE)])
    };
    let page = html(&compared(&old, &new)).unwrap();
    assert!(page.contains("&lt;script&gt;alert("), "it is shown: {page}");
    for forbidden in [
        "<script", "\u{202e}", "\u{1b}", " src=", "url(", "@import", "<link", "onload",
    ] {
        // The text of a page may say these; its markup may not.
        let markup = page.replace("&lt;", "").replace("«url of", "");
        assert!(!markup.contains(forbidden), "{forbidden:?} in {page}");
    }
    assert!(
        !page.contains("http://") && !page.contains("href="),
        "it refers to nothing: {page}"
    );
    for part in [
        "prefers-color-scheme: dark",
        "not compared",
        "ignored, and why",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}
