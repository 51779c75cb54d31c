//! The room's tests, and what they share: folders of scenarios that exist for one test.

mod folders;
mod joining;
mod mistakes;
mod model;
mod mutations;
mod schema;

use std::path::Path;

use super::{Loaded, load};

/// Claims for the scenarios of the tests.
const REQUIREMENTS: &str = r#"
[[requirement]]
id = "POST-01"
claim = "a registered function runs after a hit"
source = "registerposttrackcallback"

[[requirement]]
id = "T-02"
claim = "overrides are for one call"
source = "t"
"#;

/// A valid scenario that says as little as it can.
pub(crate) const SMALL: &str = r#"title = "t"
library = "appmeasurement"
[page]
url = "https://www.shop.test/"
"#;

/// Loads a folder that holds these files and, unless given, the claims above.
pub(crate) fn load_files(files: &[(&str, &str)]) -> Loaded {
    let bytes: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    load_bytes(&bytes)
}

fn load_bytes(files: &[(&str, &[u8])]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "requirements.toml", REQUIREMENTS.as_bytes());
    for (name, bytes) in files {
        write(folder.path(), name, bytes);
    }
    load(folder.path())
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// What an author would see, with `scenarios` for the test's folder.
fn shown(loaded: &Loaded) -> String {
    let folder = loaded.suite.dir.display().to_string();
    loaded.diagnostics.to_string().replace(&folder, "scenarios")
}

/// Names of the scenarios that were read.
fn names(loaded: &Loaded) -> Vec<&str> {
    let scenarios = loaded.suite.scenarios.iter();
    scenarios.map(|one| one.name.as_str()).collect()
}

/// The one scenario of a folder that must be without mistakes.
fn only_scenario(text: &str) -> super::Scenario {
    let loaded = load_files(&[("x.toml", text)]);
    assert_eq!(shown(&loaded), "", "this scenario is valid:\n{text}");
    let mut scenarios = loaded.suite.scenarios;
    assert_eq!(scenarios.len(), 1, "a file without vary is one scenario");
    scenarios.remove(0)
}

/// Every key of the format, as the design's example writes it.
const WHOLE: &str = include_str!("samples/whole.toml");
/// A scenario for the Web SDK.
const ALLOY: &str = include_str!("samples/alloy.toml");
/// A table of rows.
const MATRIX: &str = include_str!("samples/matrix.toml");
/// A set-up that the matrix uses.
const SETUP: &str = include_str!("samples/setups/shop.toml");
