//! Finding and installing programs, on machines that have just what a test gives them.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use std::path::PathBuf;

use common::{FIREFOX, GECKODRIVER, Machine};
use drivers::BrowserKind;

async fn browser(machine: &Machine) -> Result<(String, String), String> {
    let found = machine.setup().browser(BrowserKind::Firefox, None).await;
    found
        .map(|browser| (browser.version().to_owned(), browser.driver().to_owned()))
        .map_err(|error| error.to_string())
}

async fn refused(machine: &Machine) -> String {
    browser(machine)
        .await
        .expect_err("this machine cannot run Firefox")
}

fn found() -> Result<(String, String), String> {
    Ok(("153.0".to_owned(), "geckodriver 0.37.1".to_owned()))
}

#[tokio::test]
async fn what_is_on_the_path_is_taken_and_nothing_is_installed() {
    let machine = Machine::new();
    machine.program("firefox-esr", FIREFOX);
    machine.program("geckodriver", GECKODRIVER);
    assert_eq!(browser(&machine).await, found());
    assert!(
        machine.steps().is_empty(),
        "nothing took a while: {:?}",
        machine.steps()
    );
    assert!(machine.cached().is_empty(), "the cache was not touched");
}

#[tokio::test]
async fn a_firefox_that_does_not_answer_is_passed_over() {
    let machine = Machine::new();
    machine.program(
        "firefox",
        "echo 'Command firefox requires the firefox snap' >&2; exit 1",
    );
    machine.program("firefox-esr", FIREFOX);
    machine.program("geckodriver", GECKODRIVER);
    assert_eq!(browser(&machine).await, found());
}

#[tokio::test]
async fn firefox_is_installed_by_apt_where_we_are_root() {
    let machine = Machine::new();
    machine.program("geckodriver", GECKODRIVER);
    machine.program(
        "apt-get",
        "echo \"$DEBIAN_FRONTEND: $*\" >>\"$here/apt-calls\"
[ \"$1\" = update ] && exit 100
printf '#!/bin/sh\\necho Mozilla Firefox 153.0\\n' >\"$here/bin/firefox-esr\"
/bin/chmod 755 \"$here/bin/firefox-esr\"",
    );
    assert_eq!(
        browser(&machine).await,
        found(),
        "a source that fails to update does not matter"
    );
    assert_eq!(
        machine.noted("apt-calls"),
        "noninteractive: update\nnoninteractive: install -y -o DPkg::Lock::Timeout=600 firefox-esr\n"
    );
    let step = "installing Firefox (apt-get install firefox-esr)";
    assert_eq!(
        machine.steps(),
        [format!("begin {step}"), format!("end {step}")]
    );
}

#[tokio::test]
async fn an_apt_that_fails_is_quoted() {
    let machine = Machine::new();
    let apt = machine.program(
        "apt-get",
        "[ \"$1\" = update ] && exit; echo Reading; echo 'E: Unable to locate package firefox-esr' >&2; exit 100",
    );
    assert_eq!(
        refused(&machine).await,
        format!(
            "installing Firefox failed: `{} install -y -o DPkg::Lock::Timeout=600 firefox-esr` ended with exit \
             status: 100; type `apt-get update && apt-get install -y firefox-esr`. The end of its output:\n    \
             Reading\n    E: Unable to locate package firefox-esr",
            apt.display()
        )
    );
}

#[tokio::test]
async fn without_root_firefox_is_installed_through_sudo_that_asks_nothing() {
    let mut machine = Machine::new();
    machine.environment.root = false;
    machine.program("geckodriver", GECKODRIVER);
    machine.program("apt-get", "exit 1");
    machine.program(
        "sudo",
        "echo \"$*\" >>\"$here/sudo-calls\"
case $* in *install*) ;; *) exit 0 ;; esac
printf '#!/bin/sh\\necho Mozilla Firefox 153.0\\n' >\"$here/bin/firefox-esr\"
/bin/chmod 755 \"$here/bin/firefox-esr\"",
    );
    assert_eq!(browser(&machine).await, found());
    let apt = machine.shown("bin/apt-get");
    assert_eq!(
        machine.noted("sudo-calls"),
        format!(
            "-n true\n-n DEBIAN_FRONTEND=noninteractive {apt} update\n-n DEBIAN_FRONTEND=noninteractive {apt} install \
             -y -o DPkg::Lock::Timeout=600 firefox-esr\n"
        )
    );
}

#[tokio::test]
async fn without_root_and_with_a_sudo_that_asks_the_error_is_the_command_to_type() {
    let mut machine = Machine::new();
    machine.environment.root = false;
    machine.program("apt-get", "exit 1");
    machine.program("sudo", "echo 'sudo: a password is required' >&2; exit 1");
    assert_eq!(
        refused(&machine).await,
        "Firefox is missing: neither `firefox` nor `firefox-esr` is on PATH, and installing it needs root, which `sudo -n` \
         does not give without asking; type `sudo apt-get update && sudo apt-get install -y firefox-esr`"
    );
}

#[tokio::test]
async fn a_system_without_apt_is_told_what_to_look_for() {
    let machine = Machine::new();
    assert_eq!(
        refused(&machine).await,
        "Firefox is missing: neither `firefox` nor `firefox-esr` is on PATH, and there is no apt-get here that could \
         install it; install it by your system's packages (on Debian: firefox-esr)"
    );
}

#[tokio::test]
async fn without_leave_to_install_a_missing_firefox_is_an_error_that_says_what_to_type() {
    let mut machine = Machine::new();
    machine.environment.install = Some("never".to_owned());
    machine.program("apt-get", "echo called >\"$here/apt-calls\"");
    assert_eq!(
        refused(&machine).await,
        "Firefox is missing: neither `firefox` nor `firefox-esr` is on PATH, and POSTTRACK_INSTALL=never forbids \
         installing it; type `apt-get update && apt-get install -y firefox-esr`"
    );
    assert!(machine.noted("apt-calls").is_empty(), "apt-get was not run");
}

#[tokio::test]
async fn without_leave_to_install_a_missing_geckodriver_is_an_error_that_says_what_to_type() {
    let mut machine = Machine::new();
    machine.environment.install = Some("never".to_owned());
    machine.program("firefox", FIREFOX);
    machine.program("cargo", "echo called >\"$here/cargo-calls\"");
    assert_eq!(
        refused(&machine).await,
        format!(
            "geckodriver 0.37.1 or newer is missing: it is not on PATH; {} does not exist, and POSTTRACK_INSTALL=never \
             forbids installing it; type `cargo install --locked geckodriver --version 0.37.1`",
            machine.shown("cache/bin/geckodriver")
        )
    );
    assert!(machine.noted("cargo-calls").is_empty(), "cargo was not run");
}

#[tokio::test]
async fn a_geckodriver_that_is_too_old_is_named_with_its_version() {
    let mut machine = Machine::new();
    machine.environment.install = Some("never".to_owned());
    machine.program("firefox", FIREFOX);
    let old = machine
        .program("geckodriver", "echo 'geckodriver 0.9.0'")
        .display()
        .to_string();
    assert_eq!(
        refused(&machine).await,
        format!(
            "geckodriver 0.37.1 or newer is missing: {} does not exist; {old} is version 0.9.0, and 0.37.1 or newer \
             is needed, and POSTTRACK_INSTALL=never forbids installing it; type `cargo install --locked geckodriver \
             --version 0.37.1`",
            machine.shown("cache/bin/geckodriver")
        )
    );
}

#[tokio::test]
async fn a_geckodriver_that_somebody_named_and_that_is_too_old_is_not_replaced_silently() {
    let mut machine = Machine::new();
    machine.program("firefox", FIREFOX);
    machine.program("geckodriver", GECKODRIVER);
    let old = machine.program("old", "echo 'geckodriver 0.36.0'");
    machine.name("POSTTRACK_GECKODRIVER", &old);
    assert_eq!(
        refused(&machine).await,
        format!(
            "POSTTRACK_GECKODRIVER names {}, which is version 0.36.0, and 0.37.1 or newer is needed; name a newer \
             one, or unset it and let posttrack find or install one",
            old.display()
        )
    );
}

#[tokio::test]
async fn a_missing_geckodriver_is_built_into_the_cache_once() {
    let machine = Machine::new();
    machine.program("firefox", FIREFOX);
    machine.program("geckodriver", "echo 'geckodriver 0.9.0'");
    machine.program(
        "cargo",
        "echo \"$*\" >>\"$here/cargo-calls\"
/bin/mkdir -p \"$here/cache/bin\"
printf '#!/bin/sh\\necho geckodriver 0.37.1\\n' >\"$here/cache/bin/geckodriver\"
/bin/chmod 755 \"$here/cache/bin/geckodriver\"",
    );
    let (one, two) = tokio::join!(browser(&machine), browser(&machine));
    assert_eq!(one, found());
    assert_eq!(two, found());
    assert_eq!(
        machine.noted("cargo-calls"),
        format!(
            "install --locked geckodriver --version 0.37.1 --root {} --force --target-dir {}\n",
            machine.shown("cache"),
            machine.shown("cache/work/geckodriver")
        ),
        "the second waited for the first"
    );
    assert_eq!(
        machine.cached(),
        ["bin/geckodriver", "lock"],
        "what was made on the way is gone"
    );
}

#[tokio::test]
async fn a_cargo_that_fails_is_quoted_by_its_last_lines() {
    let machine = Machine::new();
    machine.program("firefox", FIREFOX);
    machine.program(
        "cargo",
        "for line in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21; do echo \"line $line.\" >&2; done; exit 101",
    );
    let text = refused(&machine).await;
    assert!(
        text.starts_with("installing geckodriver 0.37.1 failed: `cargo install --locked"),
        "{text}"
    );
    assert!(
        text.contains(" ended with exit status: 101; mend what it says, or install it elsewhere"),
        "{text}"
    );
    assert!(
        text.contains("\n    line 2.\n") && text.ends_with("\n    line 21."),
        "{text}"
    );
    assert!(!text.contains("line 1."), "twenty lines are enough: {text}");
    assert_eq!(
        machine.cached(),
        ["lock"],
        "what was made on the way is gone"
    );
}

#[tokio::test]
async fn without_cargo_a_missing_geckodriver_is_an_error() {
    let machine = Machine::new();
    machine.program("firefox", FIREFOX);
    let text = refused(&machine).await;
    assert!(
        text.contains(", and cargo, which builds it, is not on PATH either; type `cargo install"),
        "{text}"
    );
}

#[tokio::test]
async fn a_browser_that_somebody_named_is_taken_or_refused_and_never_replaced() {
    let machine = Machine::new();
    machine.program("firefox", FIREFOX);
    machine.program("geckodriver", GECKODRIVER);
    let nightly = machine.program("nightly", "echo Mozilla Firefox 155.0a1");
    let named = |path: PathBuf| async {
        let found = machine
            .setup()
            .browser(BrowserKind::Firefox, Some(path))
            .await;
        found
            .map(|browser| browser.version().to_owned())
            .map_err(|error| error.to_string())
    };
    assert_eq!(named(nightly).await, Ok("155.0a1".to_owned()));
    let absent = machine.path("absent");
    assert_eq!(
        named(absent.clone()).await,
        Err(format!(
            "the browser's path names {}, which does not exist; correct the path, or leave it out and let posttrack \
             find or install one",
            absent.display()
        ))
    );
    let other = machine.program("other", "echo hello");
    assert_eq!(
        named(other.clone()).await,
        Err(format!(
            "the browser's path names {}, which names no version when run with --version, but says `hello`; correct \
             the path, or leave it out and let posttrack find or install one",
            other.display()
        ))
    );
}

#[tokio::test]
async fn a_browser_that_nobody_knows_is_answered_with_those_that_exist() {
    let error = "netscape"
        .parse::<BrowserKind>()
        .expect_err("there is none");
    assert_eq!(
        error.to_string(),
        "`netscape` is no browser; expected one of `firefox`, `chrome`, `webkit`"
    );
    for kind in BrowserKind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
}
