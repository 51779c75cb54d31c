//! Which scenarios a run has, and whether their files are valid.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::choice::{BrowserChoice, BuildChoice};
use super::super::wire::{Diagnostic, Loaded};
use super::super::{Failure, filter};
use crate::run::case_name;
use crate::scenario::Scenario;

/// What the command line asks for.
pub struct Selection<'a> {
    /// Any part of a case's name; empty: all.
    pub filters: &'a [String],
    /// One of these tags; empty: all.
    pub tags: &'a [String],
    /// Browsers.
    pub browsers: &'a [BrowserChoice],
    /// Builds.
    pub builds: &'a [BuildChoice],
}

impl Selection<'_> {
    /// The scenarios that have a case in the run. Whatever is wrong with what was asked for, or
    /// with a file that is needed, is a usage failure: nothing runs then.
    pub fn of(&self, loaded: &Loaded) -> Result<Vec<Arc<Scenario>>, Failure> {
        self.distinct_builds()?;
        self.known_tags(loaded)?;
        let broken = broken_files(&loaded.diagnostics);
        let scenarios = &loaded.suite.scenarios;
        let names: Vec<String> = scenarios
            .iter()
            .map(|scenario| scenario.name.as_str())
            .chain(broken.iter().copied())
            .flat_map(|name| self.case_names(name))
            .collect();
        if !names.is_empty()
            && let Some(error) = filter::unmatched(self.filters, names.iter().map(String::as_str))
        {
            return Err(Failure::usage(error));
        }
        let wanted = |name: &str| {
            self.filters.is_empty()
                || self
                    .case_names(name)
                    .any(|case| self.filters.iter().any(|filter| case.contains(filter)))
        };
        let chosen: Vec<&Scenario> = scenarios
            .iter()
            .filter(|scenario| wanted(&scenario.name) && self.tagged(scenario))
            .collect();
        let files: BTreeSet<&str> = chosen
            .iter()
            .map(|scenario| scenario.file_name.as_str())
            .chain(broken.into_iter().filter(|name| wanted(name)))
            .collect();
        self.valid(loaded, &files)?;
        if chosen.is_empty() {
            return Err(self.nothing(loaded));
        }
        Ok(chosen.into_iter().cloned().map(Arc::new).collect())
    }

    fn case_names(&self, scenario: &str) -> impl Iterator<Item = String> {
        self.browsers.iter().flat_map(move |browser| {
            self.builds
                .iter()
                .map(move |build| case_name(&browser.name, &build.name(), scenario))
        })
    }

    fn tagged(&self, scenario: &Scenario) -> bool {
        self.tags.is_empty() || scenario.tags.iter().any(|tag| self.tags.contains(tag))
    }

    /// Two builds of one name would have the same cases.
    fn distinct_builds(&self) -> Result<(), Failure> {
        let mut seen = BTreeSet::new();
        match self.builds.iter().find(|build| !seen.insert(build.name())) {
            None => Ok(()),
            Some(build) => Err(Failure::usage(format!(
                "two builds are called `{}`; name them, like --build old={}",
                build.name(),
                build.text()
            ))),
        }
    }

    fn known_tags(&self, loaded: &Loaded) -> Result<(), Failure> {
        let known: BTreeSet<&str> = loaded
            .suite
            .scenarios
            .iter()
            .flat_map(|scenario| scenario.tags.iter().map(String::as_str))
            .collect();
        let unknown = self.tags.iter().find(|tag| !known.contains(tag.as_str()));
        match unknown {
            // Without a readable scenario the diagnostics say what is wrong.
            Some(tag) if !known.is_empty() => Err(Failure::usage(format!(
                "no scenario has the tag `{tag}`; there are {}",
                known.into_iter().collect::<Vec<_>>().join(", ")
            ))),
            _ => Ok(()),
        }
    }

    fn valid(&self, loaded: &Loaded, files: &BTreeSet<&str>) -> Result<(), Failure> {
        let errors: Vec<&str> = loaded
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.error && concerns(diagnostic, files))
            .map(|diagnostic| diagnostic.text.trim_end())
            .collect();
        if errors.is_empty() {
            return Ok(());
        }
        Err(Failure::diagnostic(format!(
            "{}\n\nnothing was run: {} to mend first",
            errors.join("\n\n"),
            match errors.len() {
                1 => "1 error".into(),
                n => format!("{n} errors"),
            }
        )))
    }

    fn nothing(&self, loaded: &Loaded) -> Failure {
        let folder = loaded.suite.dir.display();
        if loaded.suite.scenarios.is_empty() {
            return Failure::usage(format!(
                "there is no scenario in {folder}; --scenarios names another folder"
            ));
        }
        Failure::usage(format!(
            "no scenario in {folder} fits both the filters and the tags; `posttrack list` has all"
        ))
    }
}

/// Files of which no scenario may have come out.
fn broken_files(diagnostics: &[Diagnostic]) -> BTreeSet<&str> {
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.error)
        .filter_map(|diagnostic| diagnostic.files.as_ref())
        .flatten()
        .map(String::as_str)
        .collect()
}

fn concerns(diagnostic: &Diagnostic, files: &BTreeSet<&str>) -> bool {
    match &diagnostic.files {
        None => true,
        Some(names) => names.iter().any(|name| files.contains(name.as_str())),
    }
}
