//! What `builds.toml` says of builds, and files that somebody names instead.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::Machine;
use drivers::{BuildFile, Origin, parse_builds};

const SCRIPT: &[u8] = b"export function start() {}\n";

/// What `sha256sum` says of it.
const SCRIPT_SHA256: &str = "1bf006ef3daca2797aaab7f6f6474b31e1d47694dd3334b0d812703331235792";

#[test]
fn every_build_has_a_name_of_its_own_a_licence_and_pinned_sources() {
    let known = drivers::known_builds();
    let rows: Vec<_> = known
        .iter()
        .map(|build| (build.name.as_str(), build.library.as_str(), build.default))
        .collect();
    assert_eq!(
        rows,
        [
            ("appmeasurement@2.23.0", "appmeasurement", true),
            ("appmeasurement@2.24.0", "appmeasurement", false),
            ("appmeasurement@2.25.0", "appmeasurement", false),
            ("appmeasurement@2.26.0", "appmeasurement", false),
            ("appmeasurement@2.27.0", "appmeasurement", false),
            ("alloy@2.33.1", "alloy", true),
            ("alloy.min@2.33.1", "alloy", false),
        ]
    );
    let mut hashes = BTreeSet::new();
    for build in &known {
        let name = &build.name;
        assert!(
            name.ends_with(&format!("@{}", build.version)),
            "{name} ends with its version"
        );
        assert_eq!(build.licence, "Apache-2.0", "{name}");
        assert!(!build.sources.is_empty(), "{name} comes from somewhere");
        for source in &build.sources {
            let sha256 = &source.sha256;
            let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            assert!(
                sha256.len() == 64 && sha256.chars().all(is_hex),
                "{name}: {sha256} is a sha256 in lower-case hexadecimal"
            );
            assert!(hashes.insert(sha256), "{name}: {sha256} is one file only");
            match &source.origin {
                Origin::Npm(npm) => assert!(npm.integrity.starts_with("sha512-"), "{name}"),
                Origin::Address(address) => assert!(
                    address.contains(&format!("/v{}/", build.version)),
                    "{name}: {address} is of this version"
                ),
            }
        }
    }
    let first = &known[0].sources[0];
    assert!(
        first.module && matches!(first.origin, Origin::Npm(_)),
        "npm alone brings the default build, as a module: {first}"
    );
}

#[test]
fn a_source_is_a_package_or_an_https_address() {
    let error = |origin: &str| {
        let text = format!(
            "[[build]]\nname = 'a@1'\nlibrary = 'a'\nversion = '1'\nlicence = 'MIT'\n[[build.source]]\nsha256 = '00'\n{origin}"
        );
        parse_builds(&text).map_or_else(|error| error.message().to_owned(), |_| String::new())
    };
    assert_eq!(error("address = 'https://a.test/a.js'"), "");
    assert_eq!(error(""), "a source has either `npm` or `address`");
    assert_eq!(
        error("address = 'http://a.test/a.js'"),
        "`address` must begin with https://"
    );
}

#[test]
fn an_unknown_key_in_builds_toml_is_an_error() {
    let text = "[[build]]\nname = 'a@1'\ncolour = 'blue'\n";
    let error = parse_builds(text).expect_err("no such key");
    assert!(
        error.to_string().contains("unknown field `colour`"),
        "{error}"
    );
}

#[test]
fn a_file_of_ones_own_is_called_like_the_file_or_as_one_says() {
    let machine = Machine::new();
    let path = machine.path("AppMeasurement.min.js");
    std::fs::write(&path, SCRIPT).expect("the file");
    let file = BuildFile::from_path(None, &path).expect("it is a script");
    assert_eq!(file.name, "AppMeasurement.min");
    assert_eq!(file.sha256, SCRIPT_SHA256);
    assert_eq!(file.source, format!("file {}", path.display()));
    assert!(file.module);
    assert_eq!(
        (file.library, file.version),
        (None, None),
        "a file does not say what it is"
    );
    assert_eq!(
        BuildFile::from_path(Some("ours"), &path)
            .expect("it is a script")
            .name,
        "ours"
    );
}

#[test]
fn a_classic_script_in_another_encoding_is_a_script() {
    let machine = Machine::new();
    let path = machine.path("latin1.js");
    std::fs::write(&path, b"var name = 'Andr\xe9';").expect("the file");
    let file = BuildFile::from_path(None, &path).expect("old files are not all UTF-8");
    assert!(!file.module);
}

#[test]
fn a_file_that_cannot_be_a_build_is_an_error_that_says_why() {
    let machine = Machine::new();
    let refused = |path: &Path| {
        let error = BuildFile::from_path(None, path).expect_err("it is no build");
        let text = error.to_string();
        let beginning = format!("the build file {} ", path.display());
        match text.strip_prefix(&beginning) {
            Some(rest) => rest.to_owned(),
            None => panic!("`{text}` should begin with `{beginning}`"),
        }
    };
    let with = |name: &str, content: &[u8]| {
        let path = machine.path(name);
        std::fs::write(&path, content).expect("the file");
        path
    };
    assert_eq!(
        refused(&machine.path("absent.js")),
        "does not exist; give the path of a JavaScript file"
    );
    assert_eq!(
        refused(&machine.path("bin")),
        "is a folder; name the one JavaScript file in it"
    );
    assert_eq!(
        refused(&with("empty.js", b"")),
        "is empty; give a JavaScript file"
    );
    assert_eq!(
        refused(&with("blank.js", b" \n\t\n")),
        "is empty; give a JavaScript file"
    );
    assert_eq!(
        refused(&with("packed.js", b"PK\x03\x04\x00")),
        "looks binary (a zero byte at offset 4); give a JavaScript file as text, unpacked"
    );
    let below_a_file = with("plain.js", b"1").join("lib.js");
    assert_eq!(
        refused(&below_a_file),
        "cannot be read: Not a directory (os error 20)"
    );
}
