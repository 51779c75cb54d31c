//! Page assembly: the probe first, then the build, tracker set-up, callbacks, each in a `<script nonce>`.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use regex::Regex;

use super::Adapter;
use super::literal::{literal, text_literal};
use crate::scenario::{Callback, Js, Location, Scenario, Tracker, Value};

/// Path under which every host of a case serves the build.
pub const BUILD_PATH: &str = "/build.js";

/// Path under which every host of a case serves Adobe's public tag engine.
pub const ENGINE_PATH: &str = "/engine.js";

/// Whether a page of the scenario loads the tag engine.
pub fn loads_engine(scenario: &Scenario) -> bool {
    let page = &scenario.page;
    let loads = |html: &str| html.contains("src=\"/engine.js\"");
    page.html.as_deref().is_some_and(loads) || loads(&page.head) || loads(&page.body)
}

const BUILD_TAG: &str = r#"<script src="/build.js"></script>"#;

/// What differs from one HTML answer to the next.
#[derive(Clone, Debug)]
pub struct DocumentContext {
    /// Id of the document.
    pub doc: String,
    /// It is the first of its case.
    pub first: bool,
    /// Nonce of its scripts.
    pub nonce: String,
    /// Address that the probe reports to.
    pub report: String,
    /// The version that the build reported when it was recognised.
    pub version: Option<String>,
    /// Host names of the scenario and the fresh ones that stand for them.
    pub hosts: Vec<(String, String)>,
}

/// An HTML document, with the places in the scenario that its lines came from.
#[derive(Clone, Debug, Default)]
pub struct HtmlDocument {
    /// The document.
    pub html: String,
    /// Where its lines came from.
    pub map: SourceMap,
}

/// Maps positions in a served document to the scenario file.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    pieces: Vec<Piece>,
    /// Lines of statements of ours, and the part of the scenario that they are about.
    statements: Vec<(RangeInclusive<u32>, Location)>,
}

#[derive(Clone, Debug)]
struct Piece {
    first_line: u32,
    js: Js,
}

impl SourceMap {
    /// The place in the scenario of a 1-based position in the document. What closes a piece of code on
    /// the line after it is where the browser finds that something is missing at the code's end.
    pub fn find(&self, line: u32, column: u32) -> Option<Location> {
        let piece = |further: u32| {
            self.pieces.iter().find(|piece| {
                let lines = 1 + newlines(&piece.js.code) + further;
                (piece.first_line..piece.first_line + lines).contains(&line)
            })
        };
        match piece(0).or_else(|| piece(1)) {
            Some(piece) => Some(within(&piece.js, line - piece.first_line + 1, column)),
            None => self.statement(line),
        }
    }

    fn statement(&self, line: u32) -> Option<Location> {
        let about = |(lines, _): &&(RangeInclusive<u32>, Location)| lines.contains(&line);
        self.statements.iter().find(about).map(|(_, at)| at.clone())
    }
}

/// The place of a 1-based position in code (line 0: unknown, so its beginning). A position behind the
/// code is its end.
pub(crate) fn within(js: &Js, line: u32, column: u32) -> Location {
    let lines = 1 + newlines(&js.code);
    let (line, column) = match line {
        0 => (1, 1),
        line if line <= lines => (line, column.max(1)),
        _ => (lines, end_of_line(&js.code)),
    };
    Location {
        file: js.at.file.clone(),
        line: js.at.line + line - 1,
        column: if line == 1 {
            js.at.column + column - 1
        } else {
            column
        },
    }
}

/// The column behind the last line of a text.
fn end_of_line(text: &str) -> u32 {
    let last = text.rsplit('\n').next().unwrap_or_default();
    u32::try_from(last.chars().count()).map_or(1, |count| count + 1)
}

/// Assembles the documents of one case.
#[derive(Clone, Copy)]
pub struct Assembly<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its library.
    pub adapter: &'a dyn Adapter,
}

impl Assembly<'_> {
    /// The scenario's page.
    pub fn page(&self, context: &DocumentContext) -> HtmlDocument {
        match &self.scenario.page.html {
            Some(html) => self.document(context, html),
            None => self.document(context, &self.skeleton(&self.scenario.page.body)),
        }
    }

    fn skeleton(&self, body: &str) -> String {
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n{}\n{BUILD_TAG}\n</head>\n<body>\n{body}\n</body>\n</html>\n",
            escape(&self.scenario.title),
            self.scenario.page.head,
        )
    }

    /// A page without the library: what a host shows that the scenario only names.
    pub fn empty(&self, context: &DocumentContext) -> HtmlDocument {
        self.document(
            context,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>posttrack</title>\n</head>\n<body>\n</body>\n</html>\n",
        )
    }

    /// What an endpoint answers: a whole document, or the body of a page like the scenario's.
    pub fn given(&self, context: &DocumentContext, html: &str) -> HtmlDocument {
        if end_of_opening(html) > 0 {
            self.document(context, html)
        } else {
            self.document(context, &self.skeleton(html))
        }
    }

    /// A whole document: the probe goes first, what keeps commands until the build is there second,
    /// the set-up right after the build's script element. One without that element gets the probe alone.
    pub fn document(&self, context: &DocumentContext, html: &str) -> HtmlDocument {
        let mut writer = Writer::new(&context.nonce);
        let (before, rest) = html.split_at(end_of_opening(html));
        writer.text(before);
        writer.script(|out| out.text(&self.probe(context)));
        let base_code = self.adapter.base_code(&self.scenario.trackers, html);
        let place = match base_code {
            Some(_) => any_build_element(rest),
            None => rest
                .find(BUILD_TAG)
                .map(|start| start..start + BUILD_TAG.len()),
        };
        match place {
            Some(place) => {
                if let Some(code) = base_code.filter(|code| !code.is_empty()) {
                    writer.script(|out| out.text(&code));
                }
                writer.text(&rest[..place.start]);
                self.build_and_set_up(&mut writer, &rest[place.clone()]);
                writer.before_end(&rest[place.end..]);
            }
            None => writer.before_end(rest),
        }
        writer.document
    }

    fn probe(&self, context: &DocumentContext) -> String {
        let hosts: String = context
            .hosts
            .iter()
            .map(|(name, fresh)| format!("{}:{},", unsubstituted(name), text_literal(fresh)))
            .collect();
        let trackers: String = self
            .scenario
            .trackers
            .iter()
            .map(|tracker| format!("{},", text_literal(&tracker.instance)))
            .collect();
        format!(
            "(function (config) {{\n\"use strict\";\n{}\n{}\n{}\n{}\n{}\n}})({{doc:{},first:{},nonce:{},report:{},maxHits:{},hosts:{{{hosts}}},trackers:[{trackers}],version:{}}});\n//# sourceURL=posttrack-probe",
            include_str!("recorder.js"),
            include_str!("timers.js"),
            include_str!("transports.js"),
            include_str!("page.js"),
            self.adapter.probe(),
            text_literal(&context.doc),
            context.first,
            text_literal(&context.nonce),
            text_literal(&context.report),
            self.scenario.max_hits,
            serde_json::json!(context.version),
        )
    }

    fn build_and_set_up(&self, writer: &mut Writer, element: &str) {
        let (tag, rest) = element.split_at("<script".len());
        let with_nonce = format!("{tag} nonce=\"{}\"{rest}\n", writer.nonce);
        writer.text(&with_nonce);
        writer.script(|out| out.text("posttrack.built();"));
        for tracker in &self.scenario.trackers {
            writer.script(|out| self.set_up(tracker, out));
        }
        for callback in &self.scenario.callbacks {
            writer.script(|out| self.define(callback, out));
            writer.script(|out| self.register(callback, out));
        }
    }

    fn set_up(&self, tracker: &Tracker, out: &mut Writer) {
        out.statement(&tracker.at, |out| {
            out.adapted(|text, write| self.adapter.set_up(tracker, text, write));
        });
    }

    fn define(&self, callback: &Callback, out: &mut Writer) {
        let name = text_literal(&callback.name);
        out.text(&format!(
            "window[{name}] = posttrack.callback({name}, function ({}, ...args) {{\n",
            self.adapter.first_argument()
        ));
        if let Some(run) = &callback.run {
            out.code(run);
        }
        out.text("\n});");
    }

    fn register(&self, callback: &Callback, out: &mut Writer) {
        let first = self
            .scenario
            .trackers
            .first()
            .map(|tracker| tracker.instance.as_str());
        let tracker = callback.tracker.as_deref().or(first);
        out.statement(&callback.at, |out| {
            out.adapted(|text, write| self.adapter.register(callback, tracker, text, write));
        });
    }
}

/// Writes a document and keeps count of its lines.
struct Writer {
    nonce: String,
    document: HtmlDocument,
}

impl Writer {
    fn new(nonce: &str) -> Writer {
        Writer {
            nonce: nonce.to_owned(),
            document: HtmlDocument::default(),
        }
    }

    fn text(&mut self, text: &str) {
        self.document.html.push_str(text);
    }

    fn script(&mut self, body: impl FnOnce(&mut Writer)) {
        self.text(&format!("<script nonce=\"{}\">", self.nonce));
        body(self);
        self.text("</script>\n");
    }

    /// Code of the scenario; the caller has just begun a line.
    fn code(&mut self, js: &Js) {
        self.note(0, js);
        self.text(&js.code);
    }

    /// Lets an adapter write statements, and notes where code of the scenario comes to stand.
    fn adapted(&mut self, write: impl FnOnce(&mut String, &mut dyn FnMut(&Value, &mut String))) {
        let mut text = String::new();
        let mut found = Vec::new();
        write(&mut text, &mut |value, out| {
            literal(value, out, &mut |so_far, js| {
                found.push((newlines(so_far), js.clone()))
            });
        });
        for (line, js) in &found {
            self.note(*line, js);
        }
        self.text(&text);
    }

    /// Statements of ours that are about this place in the scenario.
    fn statement(&mut self, at: &Location, write: impl FnOnce(&mut Writer)) {
        let first = self.line();
        write(self);
        let lines = first..=self.line();
        self.document.map.statements.push((lines, at.clone()));
    }

    /// The line that is being written.
    fn line(&self) -> u32 {
        1 + newlines(&self.document.html)
    }

    fn note(&mut self, lines_further: u32, js: &Js) {
        self.document.map.pieces.push(Piece {
            first_line: self.line() + lines_further,
            js: js.clone(),
        });
    }

    /// The rest of a document, with the mark that all of it ran before its end.
    fn before_end(&mut self, rest: &str) {
        let lower = rest.to_ascii_lowercase();
        let (inside, end) = rest.split_at(lower.rfind("</body>").unwrap_or(rest.len()));
        self.text(inside);
        self.script(|out| out.text("posttrack.assembled();"));
        self.text(end);
    }
}

/// Where the element stands that loads the build, whatever its other attributes are.
fn any_build_element(html: &str) -> Option<std::ops::Range<usize>> {
    BUILD_ELEMENT.find(html).map(|found| found.range())
}

#[expect(clippy::expect_used, reason = "a constant pattern, compiled in a test")]
static BUILD_ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)<script\b[^>]*\bsrc\s*=\s*["']?/build\.js\b[^>]*>\s*</script\s*>"#)
        .expect("a valid pattern")
});

fn newlines(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

/// Where the first script of a document may stand: after `<head>`, else after `<html>` or the doctype.
fn end_of_opening(html: &str) -> usize {
    let lower = html.to_ascii_lowercase();
    ["<head", "<html", "<!doctype"]
        .iter()
        .find_map(|tag| {
            let start = find_tag(&lower, tag)?;
            Some(start + lower[start..].find('>')? + 1)
        })
        .unwrap_or(0)
}

fn find_tag(lower: &str, tag: &str) -> Option<usize> {
    lower
        .match_indices(tag)
        .map(|(start, _)| start)
        .find(|start| {
            lower[start + tag.len()..].starts_with(|c: char| c == '>' || c.is_ascii_whitespace())
        })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A literal that the substitution of host names does not see.
fn unsubstituted(name: &str) -> String {
    text_literal(name).replace('.', "\\u002e")
}

#[cfg(test)]
mod tests;
