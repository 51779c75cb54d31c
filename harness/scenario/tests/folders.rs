//! Folders: which files are scenarios, what a broken file does to the others.

use super::{SMALL, load_bytes, load_files, names, shown, write};
use crate::scenario::{Library, Version, load};

#[test]
fn a_folder_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = load(&folder.path().join("none"));
    insta::assert_snapshot!("folder_missing", shown(&loaded));
    assert_eq!(loaded.blocking(|_| false).errors(), 1, "nothing can run");
}

#[test]
fn a_folder_without_scenarios() {
    let loaded = load_files(&[("setups/a.toml", SMALL), (".hidden.toml", SMALL)]);
    insta::assert_snapshot!("folder_empty", shown(&loaded));
}

#[test]
fn a_folder_without_requirements() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("requirements = ['POST-01']\n{SMALL}");
    write(folder.path(), "x.toml", text.as_bytes());
    let loaded = load(folder.path());
    insta::assert_snapshot!("requirements_missing", shown(&loaded));
    assert_eq!(loaded.blocking(|_| false).errors(), 1, "nothing can run");
}

#[test]
fn mistakes_in_the_requirements() {
    let text = r#"[[requirement]]
id = "POST-01"
claim = "a"
source = "b"
pagee = "c"
[[requirement]]
id = "POST-01"
claim = ""
[[requirement]]
claim = "x"
source = "y"
"#;
    let loaded = load_files(&[("requirements.toml", text), ("x.toml", SMALL)]);
    insta::assert_snapshot!("requirements_bad", shown(&loaded));
}

#[test]
fn mistakes_about_counterparts() {
    let same_as = |name: &str| format!("same_as = '{name}'\n{SMALL}");
    let sdk = same_as("shop/view").replace("\"appmeasurement\"", "\"alloy\"");
    assert!(
        sdk.contains("alloy"),
        "the sample drives the other library: {sdk}"
    );
    let loaded = load_files(&[
        ("shop/view.toml", SMALL),
        ("shop/sdk.toml", &sdk),
        ("misspelt.toml", &same_as("shop/veiw")),
        ("strange.toml", &same_as("elsewhere/entirely")),
        ("twin.toml", &same_as("shop/view")),
    ]);
    insta::assert_snapshot!("counterparts_bad", shown(&loaded));
    assert_eq!(
        names(&loaded),
        ["shop/sdk", "shop/view"],
        "these go together"
    );
}

#[test]
fn a_scenario_is_for_builds_of_which_all_its_claims_are_made() {
    let requirements = r#"[[requirement]]
id = "BUF-01"
claim = "a"
source = "b"
builds = "appmeasurement >=2.25"
[[requirement]]
id = "BCN-01"
claim = "a"
source = "b"
builds = "appmeasurement >=2.16"
[[requirement]]
id = "T-01"
claim = "a"
source = "b"
"#;
    let about = |ids: &str| format!("requirements = [{ids}]\n{SMALL}");
    let loaded = load_files(&[
        ("requirements.toml", requirements),
        ("both.toml", &about("'BUF-01', 'BCN-01'")),
        ("more.toml", &about("'BCN-01', 'T-01'")),
        ("none.toml", SMALL),
    ]);
    let documented: Vec<_> = loaded
        .suite
        .scenarios
        .iter()
        .map(|one| {
            let fits = |version| {
                let mut filters = one.documented.iter();
                filters.all(|filter| filter.fits_newest(Library::Appmeasurement, version))
            };
            let versions = [Some(Version(1, 8, 0)), Some(Version(2, 20, 0)), None];
            (one.name.as_str(), versions.map(fits))
        })
        .collect();
    assert_eq!(
        documented,
        [
            ("both", [false, false, true]),
            ("more", [false, true, true]),
            ("none", [true, true, true]),
        ],
        "1.8.0, 2.20.0 and a build of unknown version, which is taken for a new one"
    );
    let catalogue = &loaded.suite.catalogue;
    assert!(!catalogue.is_of("BUF-01", Library::Alloy, None));
}

#[test]
fn requirements_that_are_no_toml() {
    let loaded = load_files(&[
        ("requirements.toml", "[[requirement]\nid = 5\n"),
        ("x.toml", &format!("requirements = ['POST-77']\n{SMALL}")),
    ]);
    insta::assert_snapshot!("requirements_torn", shown(&loaded));
}

#[test]
fn an_empty_catalogue() {
    let loaded = load_files(&[("requirements.toml", ""), ("x.toml", SMALL)]);
    insta::assert_snapshot!("requirements_empty", shown(&loaded));
}

#[test]
fn shared_deviations_are_read_and_checked() {
    let good = "[[deviation]]\nrequirement = 'T-02'\nbecause = 'x'\nsince = 2026-11-24\n";
    let loaded = load_files(&[("deviations.toml", good), ("x.toml", SMALL)]);
    assert_eq!(shown(&loaded), "");
    assert_eq!(loaded.suite.deviations.len(), 1);
    assert_eq!(loaded.suite.deviations[0].since, "2026-11-24");
    let bad = good.replace("T-02", "T-2") + "[deviations]\n";
    let loaded = load_files(&[("deviations.toml", &bad), ("x.toml", SMALL)]);
    insta::assert_snapshot!("deviations_bad", shown(&loaded));
    assert_eq!(
        loaded.blocking(|_| false).errors(),
        2,
        "they concern every case"
    );
}

#[test]
fn two_scenarios_of_one_name() {
    let loaded = load_files(&[
        ("a.toml", &format!("{SMALL}[vary.x]\nb = {{}}\nc = {{}}\n")),
        ("a/b.toml", SMALL),
        ("good.toml", SMALL),
    ]);
    insta::assert_snapshot!("same_names", shown(&loaded));
    let names = names(&loaded);
    assert_eq!(names, ["good"]);
}

#[test]
fn a_file_whose_name_is_no_name() {
    let loaded = load_files(&[("my scenario.toml", SMALL), ("good.toml", SMALL)]);
    insta::assert_snapshot!("file_name", shown(&loaded));
}

#[test]
fn a_broken_file_stops_only_those_who_select_it() {
    let rows = format!("tilte = 1\n{SMALL}[vary.x]\na = {{}}\nb = {{}}\n");
    let loaded = load_files(&[
        ("bad.toml", &rows),
        ("good.toml", SMALL),
        ("worse.toml", "="),
    ]);
    assert_eq!(loaded.suite.scenarios.len(), 1);
    let broken: Vec<&str> = loaded.broken.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(broken, ["bad/a", "bad/b", "worse"]);
    assert!(loaded.blocking(|name| name == "good").is_empty());
    assert_eq!(loaded.blocking(|name| name == "bad/b").errors(), 1);
    assert_eq!(
        loaded.blocking(|_| true).errors(),
        loaded.diagnostics.errors()
    );
}

#[test]
fn a_warning_stops_nothing() {
    let loaded = load_files(&[(
        "x.toml",
        &format!("{SMALL}[[endpoint]]\nanswer = {{ hold = 'a' }}\n"),
    )]);
    assert_eq!(
        (loaded.diagnostics.errors(), loaded.diagnostics.warnings()),
        (0, 1)
    );
    assert_eq!(loaded.suite.scenarios.len(), 1);
    assert!(loaded.blocking(|_| true).is_empty());
}

#[test]
fn bytes_that_are_no_text() {
    let mut bytes = SMALL.as_bytes().to_vec();
    bytes.extend(b"body = '\xff'\n");
    let loaded = load_bytes(&[("x.toml", &bytes)]);
    insta::assert_snapshot!("no_utf8", shown(&loaded));
    let marked = [b"\xef\xbb\xbf\xfe".as_slice(), SMALL.as_bytes()].concat();
    let loaded = load_bytes(&[("x.toml", &marked)]);
    assert!(shown(&loaded).contains("x.toml:1:1"), "{}", shown(&loaded));
}

#[test]
fn a_page_without_the_build() {
    let loaded = load_files(&[
        (
            "x.toml",
            &format!("{SMALL}html = 'pages/a.html'\nbody = ''\n"),
        ),
        ("pages/a.html", "<p>/build.js</p>"),
    ]);
    insta::assert_snapshot!("page_without_build", shown(&loaded));
}

#[test]
fn an_unused_set_up_is_checked_and_stops_nobody() {
    let loaded = load_files(&[("x.toml", SMALL), ("setups/a.toml", "[page]\nulr = 'x'\n")]);
    insta::assert_snapshot!("unused_set_up", shown(&loaded));
    assert!(loaded.blocking(|_| true).is_empty());
}

#[test]
fn a_link_that_leads_back_is_followed_once() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "requirements.toml",
        super::REQUIREMENTS.as_bytes(),
    );
    write(folder.path(), "sub/x.toml", SMALL.as_bytes());
    std::os::unix::fs::symlink(folder.path(), folder.path().join("sub/loop")).unwrap();
    let loaded = load(folder.path());
    assert_eq!(loaded.suite.scenarios.len(), 1, "{}", shown(&loaded));
}

#[test]
fn colour_is_only_in_the_coloured_text() {
    let loaded = load_files(&[("x.toml", "")]);
    assert!(loaded.diagnostics.render(true).contains("\u{1b}["));
    assert!(!loaded.diagnostics.render(false).contains('\u{1b}'));
}
