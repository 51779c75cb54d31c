//! One sha256 of all files that a scenario was read from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The texts of a scenario's files, by path below the scenarios folder.
#[derive(Default)]
pub(super) struct Fingerprint<'a> {
    files: BTreeMap<&'a str, &'a str>,
}

impl<'a> Fingerprint<'a> {
    /// Adds a file; the order of adding does not matter.
    pub fn add(&mut self, name: &'a str, text: &'a str) {
        self.files.insert(name, text);
    }

    /// In hexadecimal. Names and lengths are in it, so that text that moves from one file to
    /// another is a change.
    pub fn sha256(&self) -> String {
        let mut hasher = Sha256::new();
        for (name, text) in &self.files {
            for part in [name, text] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
        }
        let mut shown = String::with_capacity(64);
        for byte in hasher.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(shown, "{byte:02x}");
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::tests::{SMALL, load_files};

    const SETUP: &str = "[tracker]\naccount = \"rs\"\n";
    const PAGE: &str = r#"<script src="/build.js"></script>"#;

    /// A scenario that is read from three files.
    fn sha256(setup: &str, page: &str, more: &str) -> String {
        let text = SMALL.replace(
            "library",
            &format!("use = [\"setups/outer.toml\"]\n{more}library"),
        ) + "html = \"pages/p.html\"\n";
        let loaded = load_files(&[
            ("x.toml", text.as_str()),
            ("other.toml", SMALL),
            ("setups/outer.toml", "use = [\"setups/inner.toml\"]\n"),
            ("setups/inner.toml", setup),
            ("pages/p.html", page),
        ]);
        assert!(
            loaded.broken.is_empty(),
            "{}",
            loaded.diagnostics.render(false)
        );
        let mut scenarios = loaded.suite.scenarios.iter();
        let scenario = scenarios.find(|one| one.name == "x").unwrap();
        scenario.sha256.clone()
    }

    #[test]
    fn it_is_the_same_for_the_same_files() {
        let one = sha256(SETUP, PAGE, "");
        assert_eq!(one.len(), 64, "{one}");
        assert_eq!(one, sha256(SETUP, PAGE, ""), "the folder is no part of it");
    }

    #[test]
    fn a_change_in_any_file_that_was_read_changes_it() {
        let one = sha256(SETUP, PAGE, "");
        for (what, other) in [
            ("the file", sha256(SETUP, PAGE, "# new\n")),
            ("a used file", sha256("[tracker]\n", PAGE, "")),
            ("the page", sha256(SETUP, &format!("{PAGE}<p>"), "")),
        ] {
            assert_ne!(one, other, "{what} changed");
        }
    }

    #[test]
    fn the_rules_are_in_that_of_the_suite_and_no_scenario_is() {
        let of = |deviations: &str, step: &str| {
            let text = format!("{SMALL}{step}");
            let files = [("x.toml", text.as_str()), ("deviations.toml", deviations)];
            load_files(&files).suite.rules_sha256
        };
        let rules = of("", "");
        assert_eq!(
            of("", "[[step]]\nrun = 's.t()'\n"),
            rules,
            "a step is no rule"
        );
        assert_ne!(of("# new\n", ""), rules, "the deviations changed");
    }

    #[test]
    fn what_a_row_uses_is_in_it() {
        let rows = |setup: &str| {
            let text =
                format!("{SMALL}[vary.how]\na = {{ use = [\"setups/row.toml\"] }}\nb = {{}}\n");
            let loaded = load_files(&[("x.toml", &text), ("setups/row.toml", setup)]);
            let scenarios = loaded.suite.scenarios.iter();
            let all: Vec<String> = scenarios.map(|one| one.sha256.clone()).collect();
            assert_eq!(all.len(), 2, "{}", loaded.diagnostics.render(false));
            all
        };
        let (old, new) = (rows(SETUP), rows("[tracker]\n"));
        assert_ne!(old[0], new[0], "the row that uses it");
        assert_eq!(old[1], new[1], "the row that does not");
    }
}
