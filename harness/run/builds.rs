//! Which builds a run has: those that were asked for by name, and those that are there for whatever fits.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use drivers::known_builds;
use serde::Deserialize;

use super::BuildChoice;
use crate::scenario::{Library, Scenario};

/// The word for every known build or browser.
pub(super) const ALL: &str = "all";

/// A value of `--build`: `all`, or one build.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum BuildOption {
    /// Every known build.
    All,
    /// This one.
    One(BuildChoice),
}

impl FromStr for BuildOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            ALL => Ok(BuildOption::All),
            _ => text.parse().map(BuildOption::One),
        }
    }
}

impl TryFrom<String> for BuildOption {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl Display for BuildOption {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            BuildOption::All => f.write_str(ALL),
            BuildOption::One(choice) => choice.fmt(f),
        }
    }
}

/// The builds of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Builds {
    /// Asked for by name: they must be had, whether a scenario is for them or not.
    pub named: Vec<BuildChoice>,
    /// There by default, or through `all`: each is in the run if a scenario is for its library.
    pub offered: Vec<BuildChoice>,
}

impl Builds {
    /// What these options ask for; without any, the default builds. A build that `all` brings and that is named too
    /// is there once.
    pub fn of(options: &[BuildOption]) -> Builds {
        let mut named = Vec::new();
        for option in options {
            if let BuildOption::One(choice) = option {
                named.push(choice.clone());
            }
        }
        let mut offered = match options {
            [] => BuildChoice::defaults(),
            _ if options.contains(&BuildOption::All) => {
                let known = known_builds().into_iter();
                known.map(|build| BuildChoice::Known(build.name)).collect()
            }
            _ => Vec::new(),
        };
        offered.retain(|choice| !named.contains(choice));
        Builds { named, offered }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &BuildChoice> {
        self.named.iter().chain(&self.offered)
    }

    /// Those that a run of these scenarios needs.
    pub fn needed_for<'a>(
        self,
        scenarios: impl IntoIterator<Item = &'a Scenario>,
    ) -> Vec<BuildChoice> {
        let libraries: Vec<Library> = scenarios.into_iter().map(|one| one.library).collect();
        let wanted = |choice: &BuildChoice| {
            choice
                .library()
                .is_none_or(|library| libraries.contains(&library))
        };
        let offered = self.offered.into_iter().filter(wanted);
        self.named.into_iter().chain(offered).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::tests::{SMALL, load_files};

    fn builds(options: &[&str]) -> Builds {
        let options: Vec<BuildOption> = options.iter().map(|text| text.parse().unwrap()).collect();
        Builds::of(&options)
    }

    fn names<'a>(choices: impl IntoIterator<Item = &'a BuildChoice>) -> Vec<String> {
        choices.into_iter().map(BuildChoice::name).collect()
    }

    #[test]
    fn without_options_the_default_builds_are_offered() {
        let none = builds(&[]);
        assert_eq!(none.named, []);
        assert_eq!(
            names(&none.offered),
            ["appmeasurement@2.23.0", "alloy@2.33.1"]
        );
    }

    #[test]
    fn all_offers_every_known_build_beside_those_that_are_named() {
        let both = builds(&["all", "appmeasurement@2.27.0", "mine=a.js"]);
        assert_eq!(names(&both.named), ["appmeasurement@2.27.0", "mine"]);
        let mut every = names(both.iter());
        every.sort();
        let mut known: Vec<String> = known_builds().into_iter().map(|one| one.name).collect();
        known.push("mine".into());
        known.sort();
        assert_eq!(every, known, "each is there once");
        let named = builds(&["mine=a.js"]);
        assert_eq!(named.offered, [], "what is named replaces the default");
    }

    #[test]
    fn all_is_a_word_and_no_file() {
        assert_eq!("all".parse(), Ok(BuildOption::All));
        assert_eq!(BuildOption::All.to_string(), "all");
        let file: BuildOption = "./all".parse().unwrap();
        assert_eq!(file.to_string(), "./all");
    }

    #[test]
    fn an_offered_build_is_needed_only_where_a_scenario_is_for_its_library() {
        let loaded = load_files(&[("a.toml", SMALL)]);
        let needed = |options: &[&str]| {
            let needed = builds(options).needed_for(&loaded.suite.scenarios);
            names(&needed)
        };
        assert_eq!(needed(&[]), ["appmeasurement@2.23.0"]);
        assert!(
            needed(&["all"])
                .iter()
                .all(|name| name.starts_with("appmeasurement@")),
            "no scenario is for alloy"
        );
        assert_eq!(needed(&["all"]).len(), 5);
        assert_eq!(
            needed(&["alloy@2.33.1", "mine=a.js"]),
            ["alloy@2.33.1", "mine"],
            "what somebody names is set up in any case"
        );
        assert_eq!(builds(&[]).needed_for([]), []);
    }
}
