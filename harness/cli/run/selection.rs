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
        let scenarios = &loaded.suite.scenarios;
        let names: Vec<String> = scenarios
            .iter()
            .map(|scenario| scenario.name.as_str())
            .chain(loaded.broken.iter().map(|broken| broken.name.as_str()))
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
        let broken = loaded.broken.iter().filter(|one| wanted(&one.name));
        let files: BTreeSet<&str> = chosen
            .iter()
            .map(|scenario| scenario.file_name.as_str())
            .chain(broken.map(|broken| broken.file_name.as_str()))
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
            // It may stand in a file that cannot be read; then the diagnostics say what is wrong.
            Some(tag) if loaded.broken.is_empty() && !known.is_empty() => {
                Err(Failure::usage(format!(
                    "no scenario has the tag `{tag}`; there are {}",
                    known.into_iter().collect::<Vec<_>>().join(", ")
                )))
            }
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

fn concerns(diagnostic: &Diagnostic, files: &BTreeSet<&str>) -> bool {
    match &diagnostic.files {
        None => true,
        Some(names) => names.iter().any(|name| files.contains(name.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::wire::Broken;
    use super::*;
    use crate::report::sample;
    use crate::scenario::{Catalogue, Suite};

    fn loaded(names: &[&str]) -> Loaded {
        let tagged = |name: &&str| Scenario {
            tags: vec![name.split('/').next().unwrap().to_string()],
            ..sample::scenario(name)
        };
        Loaded {
            suite: Suite {
                dir: "scenarios".into(),
                scenarios: names.iter().map(tagged).collect(),
                catalogue: Catalogue::default(),
                deviations: vec![],
            },
            diagnostics: vec![],
            broken: vec![],
        }
    }

    fn with_broken(mut loaded: Loaded, file: &str) -> Loaded {
        loaded.broken.push(Broken {
            name: file.into(),
            file_name: file.into(),
        });
        loaded.diagnostics.push(Diagnostic {
            error: true,
            files: Some([file.to_string()].into()),
            text: format!("error: mistake in {file}\n"),
        });
        loaded
    }

    /// Names of the chosen scenarios, or the message.
    fn select(loaded: &Loaded, filters: &[&str], tags: &[&str]) -> Result<Vec<String>, String> {
        select_builds(loaded, filters, tags, &["appmeasurement@2.23.0"])
    }

    fn select_builds(
        loaded: &Loaded,
        filters: &[&str],
        tags: &[&str],
        builds: &[&str],
    ) -> Result<Vec<String>, String> {
        let owned = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| text.to_string())
                .collect::<Vec<_>>()
        };
        let builds: Vec<BuildChoice> = builds.iter().map(|text| text.parse().unwrap()).collect();
        let selection = Selection {
            filters: &owned(filters),
            tags: &owned(tags),
            browsers: &["firefox".parse().unwrap()],
            builds: &builds,
        };
        match selection.of(loaded) {
            Ok(chosen) => Ok(chosen.iter().map(|one| one.name.clone()).collect()),
            Err(failure) => {
                assert_eq!(failure.exit.code(), 2, "{failure}");
                Err(failure.to_string())
            }
        }
    }

    #[test]
    fn filters_and_tags_narrow_the_scenarios() {
        let all = loaded(&["post/a", "post/b", "pre/a"]);
        let chosen = |filters: &[&str], tags: &[&str]| select(&all, filters, tags).unwrap();
        assert_eq!(chosen(&[], &[]), ["post/a", "post/b", "pre/a"]);
        assert_eq!(chosen(&["/a"], &[]), ["post/a", "pre/a"]);
        assert_eq!(chosen(&["post/b", "pre/"], &[]), ["post/b", "pre/a"]);
        assert_eq!(chosen(&["/a"], &["post"]), ["post/a"]);
        let whole = "firefox::appmeasurement-2.23.0::pre/a";
        assert_eq!(chosen(&[whole], &[]), ["pre/a"]);
    }

    #[test]
    fn what_meets_nothing_is_an_error() {
        let all = loaded(&["post/a", "pre/a"]);
        let error = |filters: &[&str], tags: &[&str]| select(&all, filters, tags).unwrap_err();
        assert!(error(&["pist/a"], &[]).contains("`post/a`"));
        assert!(error(&[], &["links"]).contains("there are post, pre"));
        assert!(error(&["post/"], &["pre"]).contains("both the filters and the tags"));
        let none = select(&loaded(&[]), &[], &[]).unwrap_err();
        assert!(none.contains("no scenario in scenarios"), "{none}");
    }

    #[test]
    fn nothing_runs_while_a_selected_file_is_invalid() {
        let all = with_broken(loaded(&["post/a", "pre/a"]), "post/broken");
        let error = select(&all, &[], &[]).unwrap_err();
        assert!(error.contains("mistake in post/broken"), "{error}");
        assert!(error.contains("nothing was run"), "{error}");
        assert!(select(&all, &["post/"], &[]).is_err(), "it may be meant");
        assert_eq!(
            select(&all, &["pre/"], &[]).unwrap(),
            ["pre/a"],
            "a file that nobody selected does not matter"
        );
    }

    #[test]
    fn two_builds_of_one_name_are_an_error() {
        let all = loaded(&["post/a"]);
        let error = select_builds(&all, &[], &[], &["a/lib.js", "b/lib.js"]).unwrap_err();
        assert!(error.contains("--build old=b/lib.js"), "{error}");
        assert!(select_builds(&all, &[], &[], &["old=a/lib.js", "b/lib.js"]).is_ok());
    }
}
