//! What doctor says of machines that have just what a test gives them.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use std::path::PathBuf;

use common::{FIREFOX, GECKODRIVER, Machine};
use drivers::{BrowserKind, Found, Item, Need, could_start};

const FIREFOX_ONLY: [BrowserKind; 1] = [BrowserKind::Firefox];

#[tokio::test]
async fn doctor_lists_what_is_there_and_what_is_then_not_needed() {
    let machine = Machine::new();
    let firefox = machine.program("firefox", FIREFOX);
    let geckodriver = machine.program("geckodriver", GECKODRIVER);
    let items = machine
        .setup()
        .inspect(&FIREFOX_ONLY, &drivers::default_builds())
        .await;
    let names: Vec<_> = items.iter().map(|item| item.what.as_str()).collect();
    assert_eq!(
        names,
        [
            "firefox",
            "geckodriver",
            "cargo",
            "chromium",
            "chromedriver",
            "MiniBrowser",
            "WebKitWebDriver",
            "Xvfb",
            "npm",
            "build appmeasurement@2.23.0",
            "build appmeasurement@2.24.0",
            "build appmeasurement@2.25.0",
            "build appmeasurement@2.26.0",
            "build appmeasurement@2.27.0",
            "build alloy@2.33.1",
            "build alloy.min@2.33.1",
        ]
    );
    let there = |version: &str, path: PathBuf| {
        Some(Found {
            version: version.to_owned(),
            path,
        })
    };
    assert_eq!(items[0].found, there("153.0", firefox));
    assert_eq!(items[1].found, there("0.37.1", geckodriver));
    assert_eq!(
        items[2].need,
        Need::NotNow("geckodriver is there".to_owned())
    );
    let by_name = Need::NotNow("only a run that names it uses it".to_owned());
    assert!(
        items[3..8].iter().all(|item| item.need == by_name),
        "a run without options does without these: {items:?}"
    );
    let npm = &items[8];
    assert_eq!(
        npm.need,
        Need::Needed,
        "only npm brings the Web SDK, which is not there"
    );
    assert!(npm.blocks(), "nothing here can install npm: {items:?}");
    let build = |items: &[Item], name: &str| {
        let what = format!("build {name}");
        let found = items.iter().find(|item| item.what == what);
        found.expect("every build is listed").clone()
    };
    assert!(build(&items, "alloy@2.33.1").blocks(), "{items:?}");
    assert!(
        !build(&items, "appmeasurement@2.23.0").blocks(),
        "it is at an https address too"
    );
    let by_name = build(&items, "alloy.min@2.33.1");
    assert_eq!(
        by_name.need,
        Need::NotNow("only a run that names it uses it".to_owned())
    );
    assert!(
        !by_name.installs_itself && !by_name.blocks(),
        "no run waits for it: {by_name:?}"
    );
    assert!(!could_start(&items));

    machine.program("npm", "echo 11.0.0");
    let items = machine
        .setup()
        .inspect(&FIREFOX_ONLY, &drivers::default_builds())
        .await;
    let alloy = build(&items, "alloy@2.33.1");
    assert!(
        alloy.found.is_none() && alloy.installs_itself,
        "a run would fetch it: {items:?}"
    );
    assert!(could_start(&items));
    assert!(
        machine.cached().is_empty() && machine.steps().is_empty(),
        "doctor changes nothing"
    );
}

#[tokio::test]
async fn doctor_needs_no_npm_for_builds_that_are_there() {
    let machine = Machine::new();
    let brought = machine.path("brought.js");
    std::fs::write(&brought, "1").expect("the file");
    let mut builds = drivers::known_builds();
    builds.retain(|build| build.default);
    for build in &mut builds {
        build.sources[0].sha256 =
            "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b".to_owned();
    }
    let setup = machine.setup_with(builds);
    for name in ["appmeasurement@2.23.0", "alloy@2.33.1"] {
        let taken = setup.build_from(name, &brought).await;
        taken.expect("it is the pinned file");
    }
    let items = setup
        .inspect(&FIREFOX_ONLY, &drivers::default_builds())
        .await;
    assert_eq!(
        items[8].need,
        Need::NotNow("no build has to come from it".to_owned())
    );
    let builds = [9, 10].map(|n| items[n].found.clone().map(|found| found.path));
    assert_eq!(
        builds,
        ["appmeasurement@2.23.0", "alloy@2.33.1"]
            .map(|name| Some(machine.path(&format!("cache/builds/{name}.js"))))
    );
}

#[tokio::test]
async fn doctor_says_how_to_mend_what_is_missing() {
    let mut machine = Machine::new();
    machine.environment.install = Some("never".to_owned());
    let absent = machine.path("absent");
    machine.name("POSTTRACK_FIREFOX", &absent);
    machine.program("apt-get", "exit 1");
    let build = "[[build]]\nname = 'made@1.0.0'\nlibrary = 'made'\nversion = '1.0.0'\nlicence = 'MIT'\ndefault = true\n\
                 [[build.source]]\nsha256 = '00'\n[build.source.npm]\npackage = 'made'\nversion = '1.0.0'\n\
                 integrity = 'sha512-'\nfile = 'a.js'\n";
    let builds = drivers::parse_builds(build).expect("it is valid");
    let items = machine
        .setup_with(builds)
        .inspect(&BrowserKind::ALL, &["made@1.0.0".to_owned()])
        .await;
    let mends: Vec<_> = items
        .iter()
        .map(|item| item.mend.as_deref().unwrap_or_default())
        .collect();
    assert_eq!(
        mends,
        [
            "type `apt-get update && apt-get install -y firefox-esr`",
            "type `cargo install --locked geckodriver --version 0.37.1`",
            "install Rust, see https://rustup.rs",
            "type `apt-get update && apt-get install -y chromium`",
            "type `apt-get update && apt-get install -y chromium-driver`",
            "type `apt-get update && apt-get install -y webkit2gtk-driver`",
            "type `apt-get update && apt-get install -y webkit2gtk-driver`",
            "type `apt-get update && apt-get install -y xvfb`",
            "type `apt-get update && apt-get install -y npm`",
            "type `env -u POSTTRACK_INSTALL posttrack install made@1.0.0`, or bring its file: `posttrack install \
             made@1.0.0 --from FILE`",
        ]
    );
    assert!(
        items.iter().all(|item| item.blocks()),
        "nothing may be installed: {items:?}"
    );
    assert_eq!(
        items[0].problem.as_deref(),
        Some(
            format!(
                "POSTTRACK_FIREFOX names {}, which does not exist; correct the path, or leave it out and let \
                 posttrack find or install one",
                machine.shown("absent")
            )
            .as_str()
        )
    );
}
