//! The text of a file that was read, and places in it.

use std::ops::Range;
use std::sync::Arc;

use super::Location;

/// A file's text, as it was read (without a byte order mark).
#[derive(Debug)]
pub struct Source {
    path: Arc<str>,
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Source {
    /// `path` is what people are shown.
    pub fn new(path: &str, text: String) -> Arc<Source> {
        let after = text.match_indices('\n').map(|(newline, _)| newline + 1);
        let lines = std::iter::once(0).chain(after).collect();
        Arc::new(Source {
            path: path.into(),
            text,
            lines,
        })
    }

    /// The path that people are shown.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte; what lies past the end, or inside of a character, is moved back.
    pub fn location(&self, offset: usize) -> Location {
        let end = self.boundary(offset);
        let line = self.line_of(end);
        let start = self.lines.get(line).copied().unwrap_or_default();
        Location {
            file: self.path.clone(),
            line: count(line + 1),
            column: count(self.text[start..end].chars().count() + 1),
        }
    }

    /// The whole lines that hold these bytes, as bytes, and the number of the first, from 1.
    pub(super) fn lines_around(&self, span: &Range<usize>) -> (Range<usize>, usize) {
        let (first, last) = (self.line_of(span.start), self.line_of(span.end));
        let start = self.lines.get(first).copied().unwrap_or_default();
        let end = self.lines.get(last + 1).copied();
        (start..end.unwrap_or(self.text.len()), first + 1)
    }

    /// The line of a byte, from 0.
    fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).max(1) - 1
    }

    fn boundary(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset)
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Some bytes of a file.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// Bytes of its text.
    pub span: Range<usize>,
}

impl Place {
    /// The beginning of a file.
    pub fn start_of(source: &Arc<Source>) -> Place {
        Place {
            source: source.clone(),
            span: 0..0,
        }
    }

    /// Line and column of the first byte.
    pub fn location(&self) -> Location {
        self.source.location(self.span.start)
    }

    /// What the author wrote there.
    pub(super) fn raw(&self) -> &str {
        self.source.text.get(self.span.clone()).unwrap_or_default()
    }

    /// The place `skip` bytes further on.
    pub(super) fn after(&self, skip: usize) -> Place {
        Place {
            source: self.source.clone(),
            span: (self.span.start + skip).min(self.span.end)..self.span.end,
        }
    }

    /// The span cut down to its first line, on character boundaries: what a caret can mark.
    pub(super) fn on_one_line(&self) -> Range<usize> {
        let text = &self.source.text;
        let start = self.source.boundary(self.span.start);
        let end = self.source.boundary(self.span.end.max(start));
        let line = text[start..end].find(['\n', '\r']);
        start..line.map_or(end, |length| start + length)
    }
}
