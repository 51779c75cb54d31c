//! What a valid file means.

use super::{ALLOY, SMALL, WHOLE, only_scenario};
use crate::scenario::*;

#[test]
fn every_key_of_the_format_reaches_the_model() {
    let scenario = only_scenario(WHOLE);
    insta::assert_snapshot!("whole", outline(&scenario));
}

#[test]
fn alloy_has_its_own_default_instance() {
    let scenario = only_scenario(ALLOY);
    assert_eq!(scenario.library, Library::Alloy);
    assert_eq!(scenario.trackers[0].instance, "alloy");
    assert_eq!(scenario.callbacks[1].on, Some(On::Catch));
}

#[test]
fn what_is_absent_has_a_default() {
    let scenario = only_scenario(SMALL);
    assert_eq!(
        scenario.max_hits, 20,
        "calls are bounded unless told otherwise"
    );
    assert!(scenario.trackers.is_empty(), "the page sets its tracker up");
    assert!(scenario.builds.is_none() && scenario.browsers.is_none());
    assert_eq!(
        scenario.at.to_string().rsplit('/').next(),
        Some("x.toml:1:1")
    );
}

#[test]
fn values_compare_as_the_text_that_javascript_makes_of_them() {
    for (written, text) in [
        ("1", "1"),
        ("1.0", "1"),
        ("-0.5", "-0.5"),
        ("0x10", "16"),
        ("true", "true"),
        ("'a'", "a"),
        ("-7", "-7"),
        ("0.0", "0"),
        ("-0.0", "0"),
    ] {
        let check =
            format!("[[check]]\nrequirement = 'T-02'\nhit = 1\nhas = {{ prop1 = {written} }}\n");
        let scenario = only_scenario(&format!("{SMALL}{check}"));
        let (_, expected) = &scenario.checks[0].has[0];
        assert!(expected.fits(text), "{written} is {text}, not {expected}");
    }
}

/// Where the code of the first step begins, and the code.
fn first_code(text: &str) -> (String, u32, u32) {
    match &only_scenario(text).steps[0].action {
        Action::Run { code, .. } => (code.code.clone(), code.at.line, code.at.column),
        other => panic!("the first step runs code, it does not {other:?}"),
    }
}

#[test]
fn code_knows_where_its_first_character_stands() {
    for (step, code, line, column) in [
        ("run = 's.t()'", "s.t()", 6, 8),
        ("run = \"s.t()\"", "s.t()", 6, 8),
        ("run = '''s.t()'''", "s.t()", 6, 10),
        ("run = '''\ns.t()\n'''", "s.t()\n", 7, 1),
        ("run = '''\n\n  s.t()'''", "\n  s.t()", 7, 1),
        ("run = ''''a'.b'''", "'a'.b", 6, 10),
        ("throws = 'ä'\nrun = ''", "", 7, 8),
        ("run = ''''''", "", 6, 10),
    ] {
        let text = format!("{SMALL}[[step]]\n{step}\n");
        assert_eq!(first_code(&text), (code.to_owned(), line, column), "{step}");
        let windows = text.replace('\n', "\r\n");
        let expected = (code.replace('\n', "\r\n"), line, column);
        assert_eq!(first_code(&windows), expected, "{step} with CRLF");
        let marked = format!("\u{feff}{text}");
        assert_eq!(
            first_code(&marked).1,
            line,
            "{step} after a byte order mark"
        );
    }
}

#[test]
fn a_whole_page_is_read_from_its_file() {
    let page = "<html><SCRIPT defer src='/build.js'></SCRIPT></html>";
    let scenario = format!("{SMALL}html = 'pages/a.html'\n");
    let loaded = super::load_files(&[("x.toml", &scenario), ("pages/a.html", page)]);
    assert_eq!(super::shown(&loaded), "");
    assert_eq!(loaded.suite.scenarios[0].page.html.as_deref(), Some(page));
}

/// The model in a form that a reader can check against the file: a line a part, `@line:column` for places.
fn outline(scenario: &Scenario) -> String {
    let mut lines = vec![
        format!("{} {:?}", scenario.name, scenario.title),
        format!("requirements {:?}", scenario.requirements),
        format!("tags {:?}, max_hits {}", scenario.tags, scenario.max_hits),
        format!("builds {:?}", scenario.builds),
        format!("browsers {:?}", scenario.browsers),
        format!("page {} {:?}", scenario.page.url, scenario.page.csp),
        format!(
            "head {:?} body {:?}",
            scenario.page.head, scenario.page.body
        ),
    ];
    lines.extend(scenario.trackers.iter().map(|one| format!("{one:?}")));
    lines.extend(scenario.callbacks.iter().map(|one| format!("{one:?}")));
    lines.extend(scenario.steps.iter().map(|one| format!("{one:?}")));
    lines.extend(scenario.endpoints.iter().map(|one| format!("{one:?}")));
    lines.extend(scenario.checks.iter().map(|one| format!("{one:?}")));
    lines.extend(scenario.deviations.iter().map(|one| format!("{one:?}")));
    let place =
        regex::Regex::new(r#"Location \{ file: "[^"]*", line: (\d+), column: (\d+) \}"#).unwrap();
    place.replace_all(&lines.join("\n"), "@$1:$2").into_owned()
}
