//! Workflow commands of GitHub Actions: a line a finding, which GitHub shows at its place in the code.

use std::io::{self, Write};

use super::{Spot, title};
use crate::report::Results;
use crate::report::terminal::{count, safe};

/// Lines of events that an annotation shows.
const EVENTS: usize = 10;

/// Writes them.
pub fn annotations(out: &mut dyn Write, results: &Results) -> io::Result<()> {
    for finding in &results.findings {
        let mut properties = Vec::new();
        if let Some(Spot { file, line, column }) = Spot::of(results, finding) {
            properties.push(format!("file={}", property(file)));
            properties.push(format!("line={line},col={column}"));
        }
        properties.push(format!("title={}", property(&title(finding))));
        let mut lines: Vec<&str> = finding.why.lines().collect();
        let cases = match finding.cases.as_slice() {
            [] => None,
            [one] => Some(format!("in {one}")),
            several => Some(format!("in {}", count(several.len(), "case", "cases"))),
        };
        lines.extend(cases.as_deref());
        let events = finding.events.iter().flat_map(|event| event.lines());
        lines.extend(events.take(EVENTS));
        let lines: Vec<String> = lines.iter().map(|line| data(line)).collect();
        writeln!(
            out,
            "::error {}::{}",
            properties.join(","),
            lines.join("%0A")
        )?;
    }
    Ok(())
}

/// A line of a message.
fn data(text: &str) -> String {
    safe(text).replace('%', "%25")
}

/// A value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn written(results: &Results) -> String {
        let mut out = Vec::new();
        annotations(&mut out, results).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_finding_is_a_line_with_its_place() {
        insta::assert_snapshot!(written(&sample::results()), @r#"
        ::error file=scenarios/failure/matrix.toml,line=1,col=1,title=violated POST-03::audit ran for hit 1, which failed (reset)%0Ain 7 cases%0A[1:12] hit 1 of s, image, failed (reset): GET https://metrics.shop.test/b/ss/rs/1/JS-2.23.0/s12345678?AQB=1&AQE=1%0A[1:15] post audit("https://metrics.shop.test/b/ss/rs/1/JS-2.23.0/s12345678?AQB=1&AQE=1") \u{1b}]0;title\u{7}
        ::error file=snapshots/t/overrides.snap,line=1,col=1,title=snapshot changed::the snapshot t/overrides differs%0Ain firefox::appmeasurement-2.23.0::t/overrides%0A-  v1 eVar1 A%0A+  v1 eVar1 \u{1b}B
        ::error file=scenarios/tl/done-action.toml,line=14,col=7,title=could not be judged::step 2 threw `s is not defined`%0Ain firefox::appmeasurement-2.23.0::tl/done-action
        "#);
    }

    #[test]
    fn hostile_texts_begin_no_command_and_end_no_property() {
        let results = sample::hostile();
        let text = written(&results);
        assert_eq!(text.lines().count(), results.findings.len(), "{text}");
        for line in text.lines() {
            let (head, _) = line
                .strip_prefix("::error ")
                .unwrap()
                .split_once("::")
                .unwrap();
            let names: Vec<&str> = head
                .split(',')
                .map(|part| part.split_once('=').unwrap().0)
                .collect();
            assert!(
                names == ["title"] || names == ["file", "line", "col", "title"],
                "{line}"
            );
            assert!(!line.chars().any(char::is_control), "{line}");
        }
    }
}
