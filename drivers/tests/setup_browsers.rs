//! Finding and installing Chromium and WebKitGTK, on machines that have just what a test gives them.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use std::path::{Path, PathBuf};

use common::{Machine, assert_nothing_remains, write_program};
use drivers::BrowserKind;

const CHROMIUM: &str = "echo 'Chromium 156.0.8078.79 built on Debian'";
const CHROMEDRIVER: &str = "echo 'ChromeDriver 156.0.8078.70 (a21ce95c)'";

/// A display that says its number among other things.
const XVFB: &str =
    "echo 'The XKEYBOARD keymap compiler (xkbcomp) reports:' >&2; echo 42; exec sleep 1000";

/// It speaks only where there is a display, like the real one.
const MINI_BROWSER: &str = "#!/bin/sh
[ \"$DISPLAY\" = :42 ] || { echo 'cannot open display' >&2; exit 1; }
echo WebKitGTK 2.50.6
";

/// Version and driver of a browser of this machine.
async fn found(
    machine: &Machine,
    kind: BrowserKind,
    program: Option<PathBuf>,
) -> Result<(String, String), String> {
    let found = machine.setup().browser(kind, program).await;
    found
        .map(|browser| (browser.version().to_owned(), browser.driver().to_owned()))
        .map_err(|error| error.to_string())
}

async fn refused(machine: &Machine, kind: BrowserKind) -> String {
    found(machine, kind, None)
        .await
        .expect_err("this machine cannot run it")
}

fn said(version: &str, driver: &str) -> Result<(String, String), String> {
    Ok((version.to_owned(), driver.to_owned()))
}

#[tokio::test]
async fn chromium_is_found_under_each_of_its_names() {
    for name in ["chromium", "chromium-browser", "google-chrome"] {
        let machine = Machine::new();
        machine.program(name, CHROMIUM);
        machine.program("chromedriver", CHROMEDRIVER);
        assert_eq!(
            found(&machine, BrowserKind::Chrome, None).await,
            said("156.0.8078.79", "chromedriver 156.0.8078.70"),
            "{name}"
        );
        assert!(machine.steps().is_empty(), "nothing was installed");
    }
}

#[tokio::test]
async fn a_missing_chromium_and_its_driver_are_installed_by_apt() {
    let machine = Machine::new();
    machine.program(
        "apt-get",
        "echo \"$*\" >>\"$here/apt-calls\"
case $* in
*chromium-driver) name=chromedriver text='ChromeDriver 156.0.8078.70' ;;
*chromium) name=chromium text='Chromium 156.0.8078.79' ;;
*) exit ;;
esac
printf '#!/bin/sh\\necho %s\\n' \"$text\" >\"$here/bin/$name\"
/bin/chmod 755 \"$here/bin/$name\"",
    );
    assert_eq!(
        found(&machine, BrowserKind::Chrome, None).await,
        said("156.0.8078.79", "chromedriver 156.0.8078.70")
    );
    assert_eq!(
        machine.noted("apt-calls"),
        "update\ninstall -y -o DPkg::Lock::Timeout=600 chromium\nupdate\ninstall -y -o DPkg::Lock::Timeout=600 \
         chromium-driver\n"
    );
}

#[tokio::test]
async fn without_leave_to_install_a_missing_chromium_is_an_error_that_says_what_to_type() {
    let mut machine = Machine::new();
    machine.environment.install = Some("never".to_owned());
    machine.program("apt-get", "exit 1");
    assert_eq!(
        refused(&machine, BrowserKind::Chrome).await,
        "Chromium is missing: none of `chromium`, `chromium-browser` and `google-chrome` is on PATH, and \
         POSTTRACK_INSTALL=never forbids installing it; type `apt-get update && apt-get install -y chromium`"
    );
}

#[tokio::test]
async fn a_chromedriver_of_another_major_version_does_not_fit() {
    let mut machine = Machine::new();
    machine.environment.install = Some("never".to_owned());
    machine.program("apt-get", "exit 1");
    machine.program("chromium", CHROMIUM);
    let old = machine.program("chromedriver", "echo ChromeDriver 155.0.7000.1");
    assert_eq!(
        refused(&machine, BrowserKind::Chrome).await,
        format!(
            "chromedriver 156 is missing: no `chromedriver` on PATH works; {} is version 155.0.7000.1, and one of \
             version 156 is needed, and POSTTRACK_INSTALL=never forbids installing it; type `apt-get update && \
             apt-get install -y chromium-driver`",
            old.display()
        )
    );
    machine.name("POSTTRACK_CHROMEDRIVER", &old);
    assert_eq!(
        refused(&machine, BrowserKind::Chrome).await,
        format!(
            "POSTTRACK_CHROMEDRIVER names {}, which is version 155.0.7000.1, and one of version 156 is needed; correct \
             the path, or leave it out and let posttrack find or install one",
            old.display()
        )
    );
    let beside = machine.program("chromium-155", "echo Chromium 155.0.7000.2");
    assert_eq!(
        found(&machine, BrowserKind::Chrome, Some(beside)).await,
        said("155.0.7000.2", "chromedriver 155.0.7000.1"),
        "a driver fits the browser that is named"
    );
}

/// A machine with WebKitGTK, its driver and a display.
fn with_webkit() -> Machine {
    let machine = Machine::new();
    machine.program("Xvfb", XVFB);
    machine.program("WebKitWebDriver", "exit 1");
    let folder = machine.path("libexec/x86_64-linux-gnu/webkit2gtk-4.1");
    std::fs::create_dir_all(&folder).expect("a folder in the test's folder");
    write_program(&folder.join("MiniBrowser"), MINI_BROWSER);
    machine
}

#[tokio::test]
async fn webkit_is_found_where_systems_keep_it_and_asked_on_a_display_of_its_own() {
    let machine = with_webkit();
    assert_eq!(
        found(&machine, BrowserKind::Webkit, None).await,
        said("2.50.6", "WebKitWebDriver")
    );
    assert!(machine.steps().is_empty(), "nothing was installed");
    assert_nothing_remains(&machine.environment.temp, "the display was used");
}

#[tokio::test]
async fn what_is_missing_of_webkit_is_installed_by_apt() {
    let machine = Machine::new();
    machine.program(
        "apt-get",
        "echo \"$*\" >>\"$here/apt-calls\"
case $* in
*xvfb) printf '#!/bin/sh\\necho 42; exec sleep 1000\\n' >\"$here/bin/Xvfb\" ;;
*webkit2gtk-driver)
    printf '#!/bin/sh\\n' >\"$here/bin/WebKitWebDriver\"
    printf '#!/bin/sh\\necho WebKitGTK 2.50.6\\n' >\"$here/bin/MiniBrowser\" ;;
*) exit ;;
esac
/bin/chmod 755 \"$here\"/bin/*",
    );
    assert_eq!(
        found(&machine, BrowserKind::Webkit, None).await,
        said("2.50.6", "WebKitWebDriver")
    );
    let install = "install -y -o DPkg::Lock::Timeout=600";
    assert_eq!(
        machine.noted("apt-calls"),
        format!("update\n{install} xvfb\nupdate\n{install} webkit2gtk-driver\n"),
        "the driver's package brings the browser too"
    );
}

#[tokio::test]
async fn without_leave_to_install_what_is_missing_of_webkit_is_an_error() {
    let mut machine = Machine::new();
    machine.environment.install = Some("never".to_owned());
    machine.program("apt-get", "exit 1");
    let forbidden = |package: &str| {
        format!(
            "POSTTRACK_INSTALL=never forbids installing it; type `apt-get update && apt-get install -y {package}`"
        )
    };
    assert_eq!(
        refused(&machine, BrowserKind::Webkit).await,
        format!(
            "Xvfb is missing: no `Xvfb` is on PATH, and {}",
            forbidden("xvfb")
        )
    );
    machine.program("Xvfb", XVFB);
    assert_eq!(
        refused(&machine, BrowserKind::Webkit).await,
        format!(
            "WebKitWebDriver is missing: no `WebKitWebDriver` is on PATH, and {}",
            forbidden("webkit2gtk-driver")
        )
    );
    machine.program("WebKitWebDriver", "exit 1");
    assert_eq!(
        refused(&machine, BrowserKind::Webkit).await,
        format!(
            "MiniBrowser is missing: no `MiniBrowser` is on PATH or in a folder webkit2gtk-4.1, webkitgtk-6.0, \
             webkit2gtk-4.0, and {}",
            forbidden("webkit2gtk-driver")
        )
    );
}

#[tokio::test]
async fn a_webkit_that_somebody_named_must_answer() {
    let machine = with_webkit();
    let other = machine.program("other", "echo hello");
    assert_eq!(
        found(&machine, BrowserKind::Webkit, Some(other.clone())).await,
        Err(format!(
            "the browser's path names {}, which names no version when run with --version, but says `hello`; correct \
             the path, or leave it out and let posttrack find or install one",
            other.display()
        ))
    );
    let absent = Path::new("/absent/MiniBrowser").to_owned();
    let error = found(&machine, BrowserKind::Webkit, Some(absent)).await;
    let error = error.expect_err("there is none");
    assert!(
        error.contains("names /absent/MiniBrowser, which does not exist"),
        "{error}"
    );
}

#[tokio::test]
async fn a_display_that_does_not_start_is_quoted() {
    let machine = with_webkit();
    let xvfb = machine.program(
        "Xvfb",
        "echo 'Fatal server error: no screens found' >&2; exit 1",
    );
    let browser = machine.path("libexec/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser");
    let error = found(&machine, BrowserKind::Webkit, Some(browser.clone())).await;
    assert_eq!(
        error,
        Err(format!(
            "the browser's path names {}, which cannot be asked its version: {} ended before it could be reached; the \
             end of its log:\n    Fatal server error: no screens found; correct the path, or leave it out and let \
             posttrack find or install one",
            browser.display(),
            xvfb.display()
        ))
    );
}
