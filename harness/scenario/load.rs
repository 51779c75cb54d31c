//! From a folder to a [`Suite`], with every mistake of every file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::decode::{Decoder, Name, catalogue, shared_deviations};
use super::diagnostic::{Affects, Diagnostic, Diagnostics, Severity};
use super::fingerprint::Fingerprint;
use super::read::Sink;
use super::source::{Place, Source};
use super::tree::{self, Node, Table, TornLines};
use super::uses::{Expanded, expand};
use super::{Catalogue, Deviation, Scenario, Suite, counterparts, folder, join, vary};

/// What was read from a scenarios folder, the good and the bad.
#[derive(Debug)]
pub struct Loaded {
    /// Every scenario of every valid file.
    pub suite: Suite,
    /// Every mistake and warning of every file.
    pub diagnostics: Diagnostics,
    /// The scenarios that are missing from the suite.
    pub broken: Vec<Broken>,
}

/// A scenario that cannot run, because its file (or one that it uses) is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its name with the row, as far as rows could be read.
    pub name: String,
    /// The name without the row.
    pub file_name: String,
}

impl Loaded {
    /// The errors that forbid to run the scenarios that `selected` accepts by name. Nothing runs
    /// unless this is empty; mistakes in files that nobody selected are not in it.
    pub fn blocking(&self, selected: impl Fn(&str) -> bool) -> Diagnostics {
        let files: BTreeSet<&str> = self
            .broken
            .iter()
            .filter(|broken| selected(&broken.name))
            .map(|broken| broken.file_name.as_str())
            .collect();
        self.diagnostics.filtered(|diagnostic| {
            let everything = diagnostic.affects == Affects::Everything;
            diagnostic.severity == Severity::Error
                && (everything || files.iter().any(|file| diagnostic.concerns(file)))
        })
    }
}

/// Reads a scenarios folder: `requirements.toml`, `deviations.toml` (may be absent), every scenario.
/// Never fails as a whole: what is wrong is in [`Loaded::diagnostics`], also that there is no such folder.
pub fn load(dir: &Path) -> Loaded {
    let mut loader = Loader {
        dir,
        catalogue: None,
        shared: Vec::new(),
        files: BTreeMap::new(),
        found: Vec::new(),
    };
    let names = match folder::toml_files(dir) {
        Ok(names) => names,
        Err(mistake) => {
            loader.found.push(*mistake);
            return loader.finish(Vec::new(), Vec::new());
        }
    };
    loader.read_catalogue(&names);
    let deviations = loader.read_deviations(&names);
    let mut attempts = Vec::new();
    for name in &names {
        match name.as_str() {
            folder::CATALOGUE | folder::DEVIATIONS => {}
            setup if setup.starts_with(folder::SETUPS) => loader.check_setup(setup),
            _ => attempts.extend(loader.scenario_file(name)),
        }
    }
    if attempts.is_empty() {
        loader.found.push(Diagnostic::without_place(
            format!("there is no scenario in `{}`", dir.display()),
            "a scenario is a `.toml` file below this folder, outside of `setups/`",
        ));
    }
    loader.report_same_names(&attempts);
    loader.found.extend(counterparts::mistakes(&attempts));
    loader.finish(attempts, deviations)
}

struct Loader<'a> {
    dir: &'a Path,
    catalogue: Option<Catalogue>,
    /// The files that every scenario depends on.
    shared: Vec<(&'static str, Arc<Source>)>,
    files: BTreeMap<String, Rc<File>>,
    found: Vec<Diagnostic>,
}

/// A file that was read.
pub(super) struct File {
    /// Path below the folder.
    pub name: String,
    /// Its text (empty if it could not be read).
    pub source: Arc<Source>,
    /// What could be read of it.
    pub table: Table,
    /// What is wrong in it, whoever uses it.
    pub mistakes: Vec<Diagnostic>,
    /// Something of it could not be read at all, so nothing is known to be absent.
    pub torn: bool,
}

impl File {
    /// Why there is no text of it.
    pub fn unreadable(&self) -> Option<&str> {
        let without_place = self.mistakes.iter().find(|one| one.place.is_none());
        without_place.map(|one| one.message.as_str())
    }
}

/// A scenario file, which its rows start from.
struct Base<'a> {
    file: &'a File,
    file_name: &'a str,
    whole: &'a Expanded,
}

/// One row that was tried.
pub(super) struct Attempt {
    pub name: String,
    pub file_name: String,
    pub place: Place,
    /// Where it names its counterpart.
    pub same_as: Option<Place>,
    /// `None` if it is invalid.
    pub scenario: Option<Scenario>,
}

impl Loader<'_> {
    fn read_catalogue(&mut self, names: &BTreeSet<String>) {
        if !names.contains(folder::CATALOGUE) {
            let dir = self.dir.display();
            self.found.push(Diagnostic::without_place(
                format!("there is no `{}` in `{dir}`", folder::CATALOGUE),
                "it lists the claims that scenarios prove: [[requirement]] with id, claim and source",
            ));
            return;
        }
        self.catalogue = self.read_shared(folder::CATALOGUE, catalogue);
    }

    fn read_deviations(&mut self, names: &BTreeSet<String>) -> Vec<Deviation> {
        if !names.contains(folder::DEVIATIONS) {
            return Vec::new();
        }
        self.read_shared(folder::DEVIATIONS, shared_deviations)
            .unwrap_or_default()
    }

    /// Reads a file that every scenario depends on; `None` if it could not be read at all.
    fn read_shared<T>(
        &mut self,
        name: &'static str,
        decode: impl Fn(&mut Decoder<'_>, &Table, &Place) -> T,
    ) -> Option<T> {
        let (source, table, mistakes) = self.parse(name);
        let torn = !mistakes.is_empty();
        let mut decoder = Decoder::new(self.dir, self.catalogue.as_ref());
        let value = decode(&mut decoder, &table, &Place::start_of(&source));
        let lines = torn_lines(&source, &mistakes);
        let mut found = decoder.sink.found;
        found.retain(|one| !(lines.contain(one) || torn && one.absence));
        for mut mistake in mistakes.into_iter().chain(found) {
            mistake.affects = Affects::Everything;
            self.found.push(mistake);
        }
        self.shared.push((name, source));
        (!torn).then_some(value)
    }

    fn parse(&self, name: &str) -> (Arc<Source>, Table, Vec<Diagnostic>) {
        match folder::read(self.dir, name) {
            (source, Some(mistake)) => (source, Table::default(), vec![mistake]),
            (source, None) => {
                let (table, mistakes) = tree::parse(&source);
                (source, table, mistakes)
            }
        }
    }

    /// Reads a part of a scenario once, with the mistakes that show without the rest.
    fn file(&mut self, name: &str) -> Rc<File> {
        if let Some(file) = self.files.get(name) {
            return file.clone();
        }
        let (source, table, mut mistakes) = self.parse(name);
        let torn = !mistakes.is_empty();
        let alone = self.mistakes_of(&table, &Place::start_of(&source));
        let lines = torn_lines(&source, &mistakes);
        mistakes.extend(alone.into_iter().filter(|one| !lines.contain(one)));
        let file = Rc::new(File {
            name: name.to_owned(),
            source,
            table,
            mistakes,
            torn,
        });
        self.files.insert(name.to_owned(), file.clone());
        file
    }

    /// What is wrong in a part and in its rows, apart from what may stand elsewhere.
    fn mistakes_of(&self, table: &Table, place: &Place) -> Vec<Diagnostic> {
        let mut decoder = Decoder::new(self.dir, self.catalogue.as_ref());
        decoder.fragment(table, place);
        let mut found = join::duplicates(table);
        if let Some(vary) = table.get("vary") {
            for (_, row) in vary::parts(vary, &mut decoder.sink) {
                if let Some(part) = row.as_table() {
                    decoder.fragment(part, &row.place);
                    found.extend(join::duplicates(part));
                }
            }
        }
        found.extend(decoder.sink.found);
        found.retain(|one| !one.absence);
        found
    }

    fn check_setup(&mut self, name: &str) {
        let file = self.file(name);
        self.found.extend(file.mistakes.iter().cloned());
    }

    fn scenario_file(&mut self, name: &str) -> Vec<Attempt> {
        let file = self.file(name);
        let file_name = name.strip_suffix(".toml").unwrap_or(name);
        let mut sink = Sink::default();
        if !file_name.split('/').all(vary::is_name) {
            sink.error(
                &Place::start_of(&file.source),
                format!("`{file_name}` cannot name a scenario"),
                "expected a path of letters, digits, `-`, `_` and `.`",
            )
            .help("rename the file");
        }
        let mut whole = Expanded::default();
        let table = file.table.clone();
        sink.found.extend(file.mistakes.iter().cloned());
        whole.torn |= file.torn;
        expand(
            &table,
            name,
            &mut |name| self.file(name),
            &mut whole,
            &mut sink,
        );
        let base = Base {
            file: &file,
            file_name,
            whole: &whole,
        };
        let attempts = self.rows(&base, &mut sink);
        for mut mistake in sink.found {
            mistake.affects = Affects::Files(BTreeSet::from([file_name.to_owned()]));
            self.found.push(mistake);
        }
        attempts
    }

    fn rows(&mut self, base: &Base<'_>, sink: &mut Sink) -> Vec<Attempt> {
        let Base {
            file,
            file_name,
            whole,
        } = *base;
        let tables: Vec<&Node> = whole.vary.iter().collect();
        let rows = vary::rows(&tables, sink);
        let start = Place::start_of(&file.source);
        let begin = file
            .table
            .entry("title")
            .map_or(&start, |(key, _)| &key.place);
        let mut attempts = Vec::new();
        for row in &rows {
            let row_name = vary::row_name(row);
            let name = match row_name.as_str() {
                "" => file_name.to_owned(),
                row => format!("{file_name}/{row}"),
            };
            let place = row.last().map_or(begin, |(key, _)| &key.place);
            let read = self.row(base, &name, place, row, sink);
            let (scenario, same_as) = read.unwrap_or_default();
            attempts.push(Attempt {
                scenario,
                same_as,
                name,
                file_name: file_name.to_owned(),
                place: place.clone(),
            });
        }
        if attempts.is_empty() {
            attempts.push(Attempt {
                name: file_name.to_owned(),
                file_name: file_name.to_owned(),
                place: begin.clone(),
                same_as: None,
                scenario: None,
            });
        }
        attempts
    }

    fn row(
        &mut self,
        base: &Base<'_>,
        name: &str,
        place: &Place,
        row: &vary::Row<'_>,
        sink: &mut Sink,
    ) -> Option<(Option<Scenario>, Option<Place>)> {
        let Base { file, whole, .. } = base;
        let mut own = Expanded::default();
        for (_, part) in row {
            let table = part.as_table()?;
            expand(
                table,
                &file.name,
                &mut |name| self.file(name),
                &mut own,
                sink,
            );
        }
        for vary in &own.vary {
            sink.error(&vary.place, "a row cannot vary", "expected no `vary` in it");
        }
        if whole.torn || own.torn {
            return None;
        }
        let joined = join::join(whole.parts.iter().chain(&own.parts));
        let mut decoder = Decoder::new(self.dir, self.catalogue.as_ref());
        let name = Name {
            name: name.to_owned(),
            file_name: base.file_name.to_owned(),
            at: place.location(),
        };
        let mut scenario = decoder.scenario(&joined, &Place::start_of(&file.source), name);
        if let Some(scenario) = &mut scenario {
            let used = whole.used().chain(own.used());
            scenario.sha256 = self.sha256(file, used, scenario);
        }
        sink.found.extend(decoder.sink.found);
        let same_as = joined.get("same_as").map(|node| node.place.clone());
        Some((scenario, same_as))
    }

    fn sha256<'a>(
        &'a self,
        file: &'a File,
        used: impl Iterator<Item = &'a str>,
        scenario: &'a Scenario,
    ) -> String {
        let mut files = Fingerprint::default();
        files.add(&file.name, file.source.text());
        for name in used {
            if let Some(used) = self.files.get(name) {
                files.add(name, used.source.text());
            }
        }
        if let Some(html) = &scenario.page.html {
            files.add("page.html", html);
        }
        files.sha256()
    }

    fn report_same_names(&mut self, attempts: &[Attempt]) {
        let mut seen: BTreeMap<&str, &Attempt> = BTreeMap::new();
        for attempt in attempts {
            let Some(first) = seen.get(attempt.name.as_str()) else {
                seen.insert(&attempt.name, attempt);
                continue;
            };
            let message = format!("there are two scenarios `{}`", attempt.name);
            let mut mistake = Diagnostic::error(&attempt.place, message, "expected another name");
            mistake.also(&first.place, "the first");
            let files = [&first.file_name, &attempt.file_name].map(String::clone);
            mistake.affects = Affects::Files(BTreeSet::from(files));
            self.found.push(mistake);
        }
    }

    fn finish(self, attempts: Vec<Attempt>, deviations: Vec<Deviation>) -> Loaded {
        let diagnostics = Diagnostics::new(self.found);
        let is_bad = |file_name: &str| {
            let bad = |one: &Diagnostic| match &one.affects {
                Affects::Files(names) => names.contains(file_name),
                Affects::Everything => false,
            };
            let mut errors = diagnostics
                .iter()
                .filter(|one| one.severity == Severity::Error);
            errors.any(bad)
        };
        let mut scenarios = Vec::new();
        let mut broken = Vec::new();
        for attempt in attempts {
            match attempt.scenario {
                Some(scenario) if !is_bad(&attempt.file_name) => scenarios.push(scenario),
                _ => broken.push(Broken {
                    name: attempt.name,
                    file_name: attempt.file_name,
                }),
            }
        }
        let catalogue = self.catalogue.unwrap_or_default();
        for scenario in &mut scenarios {
            let ids = scenario.requirements.iter().map(|(id, _)| id.as_str());
            scenario.documented = catalogue.builds_of(ids);
        }
        let mut rules = Fingerprint::default();
        for (name, source) in &self.shared {
            rules.add(name, source.text());
        }
        let suite = Suite {
            dir: self.dir.to_owned(),
            scenarios,
            catalogue,
            deviations,
            rules_sha256: rules.sha256(),
        };
        Loaded {
            suite,
            diagnostics,
            broken,
        }
    }
}

fn torn_lines(source: &Source, mistakes: &[Diagnostic]) -> TornLines {
    let mut lines = TornLines::of(source.text());
    mistakes.iter().for_each(|mistake| lines.add(mistake));
    lines
}
