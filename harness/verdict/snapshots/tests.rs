//! Which file is looked at, what is written, and that insta decides alike.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use tempfile::TempDir;

use crate::scenario::{Library, Version};
use crate::verdict::{Compared, FindingKind};

use super::{SnapshotKey, Update, compare, compare_with_insta, redundant_variants, unreferenced};

const KEY: SnapshotKey<'_> = SnapshotKey {
    scenario: "failure/matrix/beacon/reset",
    library: Library::Appmeasurement,
    build: "appmeasurement@2.23.0",
    version: Some(Version(2, 23, 0)),
    browser: "firefox",
};

const LEAF: &str = "failure/matrix/beacon/reset";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn put(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    std::fs::write(path, format!("---\nsource: x.rs\n---\n{text}\n")).expect("a file");
}

/// As [`put`], recorded from a build.
fn record(dir: &Path, name: &str, build: &str, text: &str) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    let header = format!("info:\n  build: {build}\n  browser: firefox\n");
    std::fs::write(path, format!("---\n{header}---\n{text}\n")).expect("a file");
}

fn compared(dir: &Path, key: &SnapshotKey<'_>, text: &str) -> Compared {
    compare(dir, key, text, Update::Never)
        .expect("a comparison")
        .compared
}

fn names(dir: &Path) -> Vec<String> {
    super::lookup::all(dir)
        .expect("a listing")
        .iter()
        .map(|path| {
            let below = path.strip_prefix(dir).expect("below the folder");
            below.to_string_lossy().into_owned()
        })
        .collect()
}

#[test]
fn the_most_special_file_is_looked_at() {
    let dir = folder();
    let dir = dir.path();
    let files = [
        (format!("{LEAF}.snap"), Compared::Same),
        (format!("{LEAF}@firefox.snap"), Compared::Variant),
        (
            format!("{LEAF}@appmeasurement-2.23.0.snap"),
            Compared::Variant,
        ),
        (
            format!("{LEAF}@appmeasurement-2.23.0@firefox.snap"),
            Compared::Variant,
        ),
    ];
    assert_eq!(compared(dir, &KEY, "text"), Compared::New);
    for (name, expected) in &files {
        put(dir, name, name);
        assert_eq!(
            compared(dir, &KEY, name),
            *expected,
            "with {name} and less special ones, that is the one"
        );
    }
}

#[test]
fn variants_of_others_are_not_looked_at() {
    let dir = folder();
    let dir = dir.path();
    put(dir, &format!("{LEAF}@chrome.snap"), "chrome's");
    put(dir, &format!("{LEAF}@alloy-2.23.0.snap"), "alloy's");
    put(
        dir,
        "failure/matrix/beacon/reset-more.snap",
        "another scenario's",
    );
    assert_eq!(compared(dir, &KEY, "text"), Compared::New);
}

#[test]
fn a_build_without_its_own_snapshots_has_the_nearest_versions() {
    let dir = folder();
    let dir = dir.path();
    record(dir, &format!("{LEAF}.snap"), "appmeasurement-2.23.0", "old");
    put(dir, &format!("{LEAF}@appmeasurement-2.25.0.snap"), "new");
    let version = |minor| SnapshotKey {
        version: Some(Version(2, minor, 0)),
        ..KEY
    };
    assert_eq!(compared(dir, &version(22), "old"), Compared::Same);
    assert_eq!(compared(dir, &version(24), "old"), Compared::Same);
    assert_eq!(compared(dir, &version(25), "new"), Compared::Variant);
    assert_eq!(compared(dir, &version(26), "new"), Compared::Variant);
    let Compared::Changed { recorded, .. } = compared(dir, &version(22), "other") else {
        panic!("the texts differ");
    };
    assert_eq!(recorded.as_deref(), Some("appmeasurement-2.23.0"));
    let unknown = SnapshotKey {
        version: None,
        build: "mine",
        ..KEY
    };
    assert_eq!(compared(dir, &unknown, "old"), Compared::Same);
}

#[test]
fn a_difference_is_a_text_diff() {
    let dir = folder();
    put(
        dir.path(),
        &format!("{LEAF}.snap"),
        "hit 1\n  v1 eVar1 = A\nhit 2",
    );
    let Compared::Changed {
        diff,
        recorded: None,
    } = compared(dir.path(), &KEY, "hit 1\n  v2 eVar2 = A\nhit 2\n")
    else {
        panic!("the texts differ");
    };
    assert_eq!(
        diff,
        "--- snapshot\n+++ now\n@@ -1,3 +1,3 @@\n hit 1\n-  v1 eVar1 = A\n+  v2 eVar2 = A\n hit 2\n"
    );
}

#[test]
fn ends_of_lines_and_of_the_text_do_not_count() {
    let dir = folder();
    put(
        dir.path(),
        &format!("{LEAF}.snap"),
        "hit 1\r\nhit 2\r\n\r\n",
    );
    assert_eq!(compared(dir.path(), &KEY, "hit 1\nhit 2"), Compared::Same);
}

#[test]
fn nothing_is_written_unless_told() {
    let dir = folder();
    let dir = dir.path();
    let missing = compare(dir, &KEY, "text", Update::Never).expect("a comparison");
    assert!(!missing.written);
    assert_eq!(names(dir), Vec::<String>::new());
    put(dir, &format!("{LEAF}.snap"), "old");
    for update in [Update::Never, Update::Missing] {
        let changed = compare(dir, &KEY, "new", update).expect("a comparison");
        assert!(!changed.written, "{update:?} leaves a file that differs");
    }
    assert_eq!(compared(dir, &KEY, "old"), Compared::Same);
}

#[test]
fn a_missing_base_is_written_in_instas_format() {
    let dir = folder();
    let dir = dir.path();
    let written = compare(dir, &KEY, "hit 1\n\n", Update::Missing).expect("a comparison");
    assert_eq!(written.compared, Compared::New, "it was missing");
    assert!(written.written);
    assert_eq!(
        std::fs::read_to_string(dir.join(format!("{LEAF}.snap"))).expect("the file"),
        "---\ninfo:\n  browser: \"firefox\"\n  build: \"appmeasurement-2.23.0\"\n  scenario: \
         \"failure/matrix/beacon/reset\"\n---\nhit 1\n"
    );
    assert_eq!(compared(dir, &KEY, "hit 1"), Compared::Same);
    compare_with_insta(dir, &KEY, "hit 1").expect("insta takes the file");
}

#[test]
fn a_change_overwrites_what_the_same_build_and_browser_recorded() {
    let dir = folder();
    let dir = dir.path();
    compare(dir, &KEY, "old", Update::Missing).expect("a comparison");
    let changed = compare(dir, &KEY, "new", Update::Changed).expect("a comparison");
    assert!(changed.written);
    assert_eq!(names(dir), [format!("{LEAF}.snap")]);
    assert_eq!(compared(dir, &KEY, "new"), Compared::Same);
}

#[test]
fn a_change_of_another_build_or_browser_becomes_a_variant() {
    let dir = folder();
    let dir = dir.path();
    compare(dir, &KEY, "base", Update::Missing).expect("a comparison");
    let newer = SnapshotKey {
        version: Some(Version(2, 27, 0)),
        ..KEY
    };
    let chrome = SnapshotKey {
        browser: "chrome",
        ..KEY
    };
    for (key, text) in [(newer, "of 2.27.0"), (chrome, "of chrome")] {
        compare(dir, &key, text, Update::Changed).expect("a comparison");
        assert_eq!(compared(dir, &key, text), Compared::Variant);
    }
    assert_eq!(
        names(dir),
        [
            format!("{LEAF}.snap"),
            format!("{LEAF}@appmeasurement-2.27.0.snap"),
            format!("{LEAF}@chrome.snap"),
        ]
    );
    assert_eq!(compared(dir, &KEY, "base"), Compared::Same);
}

#[test]
fn insta_decides_alike() {
    let dir = folder();
    let dir = dir.path();
    put(dir, &format!("{LEAF}.snap"), "base");
    put(
        dir,
        &format!("{LEAF}@appmeasurement-2.27.0.snap"),
        "variant",
    );
    let newer = SnapshotKey {
        version: Some(Version(2, 27, 0)),
        ..KEY
    };
    for key in [KEY, newer] {
        for text in ["base", "variant", "base\n", "other"] {
            let own = !matches!(compared(dir, &key, text), Compared::Changed { .. });
            let insta = catch_unwind(AssertUnwindSafe(|| compare_with_insta(dir, &key, text)));
            // Under `cargo insta test` it does not panic, but leaves the text for a review.
            let pending = remove_pending(dir);
            assert_eq!(
                insta.is_ok() && !pending,
                own,
                "{text:?} for {} in {}",
                key.label(),
                key.browser
            );
        }
    }
}

#[test]
fn a_build_that_differs_from_anothers_base_leaves_its_variant_for_a_review() {
    let dir = folder();
    let dir = dir.path();
    let base = format!("{LEAF}.snap");
    record(dir, &base, "appmeasurement-2.23.0", "base");
    let newer = SnapshotKey {
        version: Some(Version(2, 27, 0)),
        ..KEY
    };
    let _ = catch_unwind(AssertUnwindSafe(|| {
        compare_with_insta(dir, &newer, "of 2.27.0")
    }));
    let parent = dir.join(&base);
    let entries = std::fs::read_dir(parent.parent().expect("a parent")).expect("a listing");
    for entry in entries {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy();
        // In CI nothing is left; with INSTA_UPDATE=always it is the variant itself.
        assert!(
            name == "reset.snap" || name.starts_with("reset@appmeasurement-2.27.0.snap"),
            "{name}: a build that is as recorded would take away what is left at the base"
        );
    }
    assert_eq!(compared(dir, &KEY, "base"), Compared::Same);
}

/// Removes what insta left for a review; whether there was something.
fn remove_pending(dir: &Path) -> bool {
    let folder = dir.join(LEAF);
    let folder = folder.parent().expect("a parent");
    let mut any = false;
    for entry in std::fs::read_dir(folder).expect("a listing") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "new") {
            std::fs::remove_file(path).expect("removed");
            any = true;
        }
    }
    any
}

#[test]
fn a_variant_equal_to_what_it_varies_is_a_finding() {
    let dir = folder();
    let dir = dir.path();
    put(dir, "post/a.snap", "same");
    put(dir, "post/a@chrome.snap", "same");
    put(dir, "post/a@appmeasurement-2.27.0.snap", "other");
    put(dir, "post/a@appmeasurement-2.27.0@chrome.snap", "other");
    put(dir, "post/b@chrome.snap", "no base");
    let findings = redundant_variants(dir).expect("findings");
    let shown = |name: &str| dir.join(name).display().to_string();
    let expected = [
        (
            "post/a@appmeasurement-2.27.0@chrome.snap",
            "post/a@appmeasurement-2.27.0.snap",
        ),
        ("post/a@chrome.snap", "post/a.snap"),
    ]
    .map(|(variant, base)| {
        format!(
            "{}: the variant is equal to {}; delete it",
            shown(variant),
            shown(base)
        )
    });
    let found: Vec<_> = findings
        .iter()
        .map(|finding| finding.why.as_str())
        .collect();
    assert_eq!(found, expected);
    assert!(
        findings
            .iter()
            .all(|finding| finding.kind == FindingKind::Unreferenced)
    );
}

#[test]
fn a_snapshot_of_no_scenario_is_a_finding() {
    let dir = folder();
    let dir = dir.path();
    put(dir, "post/a.snap", "text");
    put(dir, "post/a@chrome.snap", "text");
    put(dir, "post/gone.snap", "text");
    put(dir, "matrix/beacon/gone@firefox.snap", "text");
    put(dir, "top.snap", "text");
    put(dir, "post/gone.snap.new", "pending reviews are insta's");
    let findings = unreferenced(dir, ["post/a", "top"]).expect("findings");
    let found: Vec<_> = findings
        .iter()
        .filter_map(|finding| finding.at.clone())
        .collect();
    let expected = ["matrix/beacon/gone@firefox.snap", "post/gone.snap"]
        .map(|name| dir.join(name).display().to_string());
    assert_eq!(found, expected);
    assert!(
        findings[1].why.ends_with(
            "gone.snap: no scenario has this snapshot; delete it or restore the scenario"
        )
    );
    let nowhere = unreferenced(&dir.join("nowhere"), ["post/a"]).expect("no folder, no files");
    assert_eq!(nowhere, []);
}

#[test]
fn a_file_that_is_no_snapshot_is_an_error_that_names_it() {
    let dir = folder();
    let path = dir.path().join(format!("{LEAF}.snap"));
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    std::fs::write(&path, "---\n: [\n---\n").expect("a file");
    let error = compare(dir.path(), &KEY, "text", Update::Never).expect_err("no snapshot");
    let message = error.to_string();
    assert!(
        message.starts_with(&format!(
            "{} cannot be read as a snapshot: ",
            path.display()
        )) && message.ends_with("; delete it or restore it, then run again"),
        "{message}"
    );
}
