//! A short digest of what cases are judged by, to tell whether two runs were judged alike.

use std::sync::LazyLock;

use regex::Regex;
use sha2::{Digest, Sha256};

use super::Suite;

/// The path in a place. A quote inside a string of the scenario has a backslash before it and cannot look like this.
static PATH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"Location \{ file: "(?:[^"\\]|\\.)*", "#).ok());

/// Bytes of the hash that are kept: enough to notice any change that somebody makes.
const KEPT: usize = 8;

impl Suite {
    /// Changes when the requirements or the shared deviations change: what all cases are judged by.
    pub fn rules_digest(&self) -> String {
        digest(&format!("{:?} {:?}", self.catalogue, self.deviations))
    }
}

fn digest(text: &str) -> String {
    let text = match PATH.as_ref() {
        Some(path) => path.replace_all(text, ""),
        None => text.into(),
    };
    let hash = Sha256::digest(text.as_bytes());
    let kept = hash.iter().take(KEPT);
    kept.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use crate::scenario::tests::{SMALL, load_files};

    fn of(scenario: &str) -> String {
        load_files(&[("a.toml", scenario)]).suite.rules_digest()
    }

    #[test]
    fn it_depends_on_the_rules_and_on_no_scenario() {
        let rules = of(SMALL);
        assert_eq!(rules.len(), 16, "two letters a byte: {rules}");
        let changed = format!("{SMALL}\n[[step]]\nrun = 's.t()'\n");
        assert_eq!(of(&changed), rules, "a step more is no rule");
    }
}
