//! Pins what the page needs (nothing), what it holds, and that no text of others is more than text.

use super::*;
use crate::report::sample;

#[test]
fn it_has_requirements_first_then_findings_then_cases_with_their_drawings() {
    let page = render(&sample::results()).unwrap();
    let mut from = 0;
    for part in [
        "<h2 id=\"of-requirements\">",
        "<th scope=\"row\">POST-03</th>",
        "<span class=\"gone\">VIOLATED</span>",
        "<h2 id=\"of-findings\">",
        "<span class=\"gone\">-  v1 eVar1 A</span>",
        "<a href=\"#case-6\">firefox::appmeasurement-2.23.0::tl&#x2f;done-action</a>",
        "<h2 id=\"of-cases\">",
        "id=\"case-1\" data-status=\"pass\" data-build=\"0\" data-browser=\"0\" data-requirements=\" 1 \"",
        "<svg role=\"img\"",
        "<title>request hit 1: image GET metrics.shop.test: 43.0 to 60.0 ms, failed (reset)</title>",
        "<td>v1</td><td>eVar1</td>",
        "post: audit(",
        "<a href=\"#finding-2\">finding 2</a>",
        "<h2 id=\"of-run\">",
        "<dt>sha256</dt><dd>0123456789abcdef",
    ] {
        let found = page[from..].find(part);
        from += found.unwrap_or_else(|| panic!("{part} should be behind byte {from}: {page}"));
    }
}

#[test]
fn it_needs_nothing_else() {
    let page = render(&sample::results()).unwrap();
    for forbidden in [
        " src=", "url(", "@import", "<link", "<iframe", "fetch(", "href=\"h", "style=\"",
    ] {
        assert!(!page.contains(forbidden), "{forbidden:?} in {page}");
    }
    assert_eq!(page.matches("<script").count(), 1, "one script of its own");
    for part in [
        "prefers-color-scheme: dark",
        "default-src 'none'",
        "script-src 'sha256-",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
}

#[test]
fn hostile_texts_in_every_field_are_shown_as_text() {
    let mut results = sample::hostile();
    results.error = Some(sample::HOSTILE.into());
    let page = render(&results).unwrap();
    assert_eq!(
        page.matches("<script").count(),
        1,
        "only the page's own: {page}"
    );
    for forbidden in ["]]>", "\u{0}", "\u{1b}", "\u{202e}", "\u{200f}", "\u{ffff}"] {
        assert!(!page.contains(forbidden), "{forbidden:?} in {page}");
    }
    let plain = render(&sample::results()).unwrap();
    let handlers = |page: &str| page.matches(" on").count();
    // A text may hold the word; no attribute begins by it.
    assert_eq!(handlers(&page), handlers(&plain), "no handler comes in");
    assert!(
        page.contains("&lt;script&gt;alert(1)"),
        "it is shown: {page}"
    );
}

#[test]
fn the_page_is_well_formed_so_that_nothing_swallows_what_is_behind_it() {
    let mut results = sample::hostile();
    results.error = Some(sample::HOSTILE.into());
    let page = render(&results).unwrap();
    let mut body = page.split_once("<body>").unwrap().1.to_owned();
    body.insert_str(0, "<body>");
    let (before, rest) = body.split_once("<script>").unwrap();
    let after = rest.split_once("</script>").unwrap().1;
    // As XML, in which each element has its end; those that have none in HTML get one.
    let strict = format!("{before}{after}")
        .replace("<br>", "<br/>")
        .replace("</html>", "")
        .replace(" hidden ", " hidden=\"\" ");
    let parsed = roxmltree::Document::parse(&strict);
    if let Err(error) = parsed {
        let line = strict.lines().nth(error.pos().row as usize - 1);
        panic!("{error}: {line:?}");
    }
}

#[test]
fn an_empty_run_is_a_page_too() {
    let mut results = sample::results();
    results.cases.clear();
    results.findings.clear();
    results.requirements.clear();
    results.error = Some("no geckodriver\nhow to get it".into());
    results.exit = 3;
    let page = render(&results).unwrap();
    for part in [
        "the environment failed",
        "no geckodriver",
        "No case was run.",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}
