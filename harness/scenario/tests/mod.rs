//! The room's tests, and what they share: folders of scenarios that exist for one test.

mod mistakes;

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
const SMALL: &str = r#"title = "t"
library = "appmeasurement"
[page]
url = "https://www.shop.test/"
"#;

/// Loads a folder that holds these files and, unless given, the claims above.
fn load_files(files: &[(&str, &str)]) -> Loaded {
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
