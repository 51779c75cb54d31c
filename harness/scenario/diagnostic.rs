//! What is wrong with scenario files, and how it is shown to their authors.

use std::collections::{BTreeMap, BTreeSet};

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::source::Place;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file is invalid.
    Error,
    /// The file is valid; its author should look at it.
    Warning,
}

/// Which scenarios cannot be trusted because of a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Affects {
    /// The whole folder: `requirements.toml`, `deviations.toml`, the folder itself.
    Everything,
    /// The scenario files of these names (`failure/matrix`); none for a set-up that nobody uses.
    Files(BTreeSet<String>),
}

impl Affects {
    fn join(&mut self, other: Affects) {
        match (&mut *self, other) {
            (Affects::Files(names), Affects::Files(more)) => names.extend(more),
            (Affects::Files(_), Affects::Everything) => *self = Affects::Everything,
            (Affects::Everything, _) => {}
        }
    }
}

/// One mistake.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where; `None` for what is missing as a whole (a folder, a file).
    pub place: Option<Place>,
    /// What was expected there (may be empty).
    pub label: String,
    /// Other places that belong to it, each with a label.
    pub also: Vec<(Place, String)>,
    /// What to do, if that can be said.
    pub help: Option<String>,
    /// Which scenarios it makes invalid.
    pub affects: Affects,
    /// It says that something is absent, which may only be a consequence of another mistake.
    pub(super) absence: bool,
}

impl Diagnostic {
    /// An error about something that has no place in a file.
    pub(super) fn without_place(message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            message: message.into(),
            place: None,
            label: String::new(),
            also: Vec::new(),
            help: Some(help.into()),
            affects: Affects::Everything,
            absence: false,
        }
    }

    /// An error in a file; it affects nothing yet.
    pub(super) fn error(
        place: &Place,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            place: Some(place.clone()),
            label: label.into(),
            help: None,
            affects: Affects::Files(BTreeSet::new()),
            ..Diagnostic::without_place(message, "")
        }
    }

    /// Says what to do.
    pub(super) fn help(&mut self, help: impl Into<String>) -> &mut Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Adds a "did you mean", if there is one.
    pub(super) fn suggest(&mut self, suggestion: Option<&str>) -> &mut Diagnostic {
        if let Some(word) = suggestion {
            self.help = Some(format!("did you mean `{word}`?"));
        }
        self
    }

    /// Points at another place too.
    pub(super) fn also(&mut self, place: &Place, label: impl Into<String>) -> &mut Diagnostic {
        self.also.push((place.clone(), label.into()));
        self
    }

    /// The line that it is about; 0 without a place.
    pub(super) fn line(&self) -> u32 {
        let place = self.place.as_ref();
        place.map_or(0, |place| place.location().line)
    }

    /// Whether the scenario file of this name is affected.
    pub fn concerns(&self, file_name: &str) -> bool {
        match &self.affects {
            Affects::Everything => true,
            Affects::Files(names) => names.contains(file_name),
        }
    }

    /// As text: message, ` --> path:line:column`, the source line, a caret, help.
    pub fn render(&self, coloured: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut marks: Vec<(&Place, &str, AnnotationKind)> = Vec::new();
        if let Some(place) = &self.place {
            marks.push((place, &self.label, AnnotationKind::Primary));
        }
        let also = self.also.iter();
        marks.extend(also.map(|(place, label)| (place, label.as_str(), AnnotationKind::Context)));
        let mut group = Group::with_title(level.primary_title(&self.message));
        while let Some((first, ..)) = marks.first() {
            let first = *first;
            let (here, others) = marks
                .into_iter()
                .partition(|(one, ..)| one.same_file(first));
            group = group.element(snippet(first, here));
            marks = others;
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if coloured {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }

    fn beginning(&self) -> (&str, usize) {
        match &self.place {
            Some(place) => (place.source.path(), place.span.start),
            None => ("", 0),
        }
    }
}

/// The lines of a file that hold the marks, and the marks.
fn snippet<'a>(
    place: &'a Place,
    marks: Vec<(&'a Place, &'a str, AnnotationKind)>,
) -> Snippet<'a, Annotation<'a>> {
    let spans: Vec<_> = marks.iter().map(|(one, ..)| one.on_one_line()).collect();
    let start = spans
        .iter()
        .map(|span| span.start)
        .min()
        .unwrap_or_default();
    let end = spans.iter().map(|span| span.end).max().unwrap_or_default();
    let (lines, number) = place.source.lines_around(&(start..end));
    let from = lines.start;
    let text = place.source.text().get(lines).unwrap_or_default();
    let annotations = marks
        .into_iter()
        .zip(spans)
        .map(|((_, label, kind), span)| kind.span(span.start - from..span.end - from).label(label));
    Snippet::source(text)
        .line_start(number)
        .path(place.source.path())
        .annotations(annotations)
}

impl Place {
    fn same_file(&self, other: &Place) -> bool {
        std::sync::Arc::ptr_eq(&self.source, &other.source)
    }
}

/// Every mistake that was found, by file and place; each once, however many rows it is in.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(super) fn new(found: Vec<Diagnostic>) -> Diagnostics {
        let mut list: Vec<Diagnostic> = Vec::new();
        let mut seen = BTreeMap::new();
        for diagnostic in found {
            let (path, start) = diagnostic.beginning();
            let key = (path.to_owned(), start, diagnostic.message.clone());
            match seen.get(&key).and_then(|at: &usize| list.get_mut(*at)) {
                Some(first) => first.affects.join(diagnostic.affects),
                None => {
                    seen.insert(key, list.len());
                    list.push(diagnostic);
                }
            }
        }
        list.sort_by(|one, other| one.beginning().cmp(&other.beginning()));
        Diagnostics { list }
    }

    /// Those that `keep` wants.
    pub fn filtered(&self, keep: impl Fn(&Diagnostic) -> bool) -> Diagnostics {
        Diagnostics {
            list: self.list.iter().filter(|one| keep(one)).cloned().collect(),
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// Whether there is none, not even a warning.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many errors.
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// How many warnings.
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        self.list
            .iter()
            .filter(|one| one.severity == severity)
            .count()
    }

    /// All of them as text, a blank line between two; ends with a newline unless empty.
    pub fn render(&self, coloured: bool) -> String {
        let texts: Vec<String> = self
            .list
            .iter()
            .map(|one| one.render(coloured) + "\n")
            .collect();
        texts.join("\n")
    }
}

impl std::fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}
