//! Which scenarios a run has, and whether their files are valid.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::{Failure, filter};
use crate::report::terminal::count;
use crate::run::{BrowserChoice, Builds, called, case_name, meets};
use crate::scenario::{Library, Loaded, Scenario};

/// The cases to run again are not among those that were chosen.
pub const NONE_AGAIN: &str = "none of the cases to run again has these builds, browsers, filters and tags; give those of the last run";

/// What the command line asks for.
pub struct Selection<'a> {
    /// Any part of a case's name; empty: all.
    pub filters: &'a [String],
    /// One of these tags; empty: all.
    pub tags: &'a [String],
    /// Browsers.
    pub browsers: &'a [BrowserChoice],
    /// Builds.
    pub builds: &'a Builds,
    /// Whole names; `None`: all.
    pub only: Option<&'a BTreeSet<String>>,
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
            .flat_map(|scenario| self.cases_of(scenario))
            .chain(
                loaded
                    .broken
                    .iter()
                    .flat_map(|broken| self.case_names(&broken.name, None)),
            )
            .collect();
        if !names.is_empty()
            && let Some(error) = filter::unmatched(self.filters, names.iter().map(String::as_str))
        {
            return Err(Failure::usage(error));
        }
        let wanted = |cases: Vec<String>| cases.iter().any(|case| self.wants(case));
        let errors = loaded.blocking(|broken| wanted(self.case_names(broken, None)));
        if !errors.is_empty() {
            return Err(Failure::diagnostic(format!(
                "{}\nnothing was run: {} to mend first",
                errors.render(true),
                count(errors.errors(), "error", "errors")
            )));
        }
        let chosen: Vec<Arc<Scenario>> = scenarios
            .iter()
            .filter(|scenario| self.tagged(scenario) && wanted(self.cases_of(scenario)))
            .map(|scenario| Arc::new(scenario.clone()))
            .collect();
        if chosen.is_empty() && self.only.is_some() {
            return Err(Failure::usage(NONE_AGAIN));
        }
        if chosen.is_empty() {
            return Err(Failure::usage(format!(
                "no scenario in {} fits the builds, the filters and the tags; `posttrack list` has all",
                loaded.suite.dir.display()
            )));
        }
        Ok(chosen)
    }

    fn wants(&self, case: &str) -> bool {
        meets(case, self.filters) && self.only.is_none_or(|only| only.contains(case))
    }

    fn cases_of(&self, scenario: &Scenario) -> Vec<String> {
        self.case_names(&scenario.name, Some(scenario.library))
    }

    /// The names of the cases that a scenario may have; `None`: its library is not known.
    fn case_names(&self, scenario: &str, library: Option<Library>) -> Vec<String> {
        let mut names = Vec::new();
        for browser in called(self.browsers.iter().map(BrowserChoice::name)) {
            for build in self.builds.iter() {
                let other = build.library().zip(library).is_some_and(|(a, b)| a != b);
                if !other {
                    names.push(case_name(&browser, &build.name(), scenario));
                }
            }
        }
        names
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::tests::{SMALL, load_files};

    /// Scenarios of these names, each tagged with its folder.
    fn loaded(names: &[&str]) -> Loaded {
        with_broken(names, &[])
    }

    /// The same, and files that are no scenarios.
    fn with_broken(names: &[&str], broken: &[&str]) -> Loaded {
        let good = names.iter().map(|name| {
            let folder = name.split('/').next().unwrap();
            (
                format!("{name}.toml"),
                format!("tags = ['{folder}']\n{SMALL}"),
            )
        });
        let broken = broken
            .iter()
            .map(|name| (format!("{name}.toml"), "mistake = 1\n".to_owned()));
        let files: Vec<(String, String)> = good.chain(broken).collect();
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        load_files(&files)
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
        let options: Vec<_> = builds.iter().map(|text| text.parse().unwrap()).collect();
        let selection = Selection {
            filters: &owned(filters),
            tags: &owned(tags),
            browsers: &["firefox".parse().unwrap()],
            builds: &Builds::of(&options),
            only: None,
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
        assert!(error(&["post/"], &["pre"]).contains("fits the builds, the filters and the tags"));
        let none = select(&loaded(&[]), &[], &[]).unwrap_err();
        assert!(none.contains("there is no scenario in"), "{none}");
    }

    #[test]
    fn nothing_runs_while_a_selected_file_is_invalid() {
        let all = with_broken(&["post/a", "pre/a"], &["post/broken"]);
        let error = select(&all, &[], &[]).unwrap_err();
        assert!(error.contains("post/broken.toml:1:1"), "{error}");
        assert!(error.contains("nothing was run"), "{error}");
        assert!(select(&all, &["post/"], &[]).is_err(), "it may be meant");
        assert_eq!(
            select(&all, &["pre/"], &[]).unwrap(),
            ["pre/a"],
            "a file that nobody selected does not matter"
        );
    }

    #[test]
    fn a_scenario_is_no_case_of_a_build_of_another_library() {
        let all = loaded(&["post/a"]);
        let none = select_builds(&all, &[], &[], &["alloy@2.33.1"]).unwrap_err();
        assert!(none.contains("fits the builds, the filters"), "{none}");
        let filter = ["alloy-2.33.1::post/a"];
        let both = ["alloy@2.33.1", "appmeasurement@2.23.0"];
        let error = select_builds(&all, &filter, &[], &both).unwrap_err();
        assert!(error.contains("no case's name contains"), "{error}");
        assert_eq!(select_builds(&all, &[], &[], &both).unwrap(), ["post/a"]);
        assert_eq!(select_builds(&all, &[], &[], &["all"]).unwrap(), ["post/a"]);
    }

    #[test]
    fn two_builds_of_one_name_are_an_error() {
        let all = loaded(&["post/a"]);
        let error = select_builds(&all, &[], &[], &["a/lib.js", "b/lib.js"]).unwrap_err();
        assert!(error.contains("--build old=b/lib.js"), "{error}");
        assert!(select_builds(&all, &[], &[], &["old=a/lib.js", "b/lib.js"]).is_ok());
    }
}
