//! Everything that is particular to WebKitGTK: MiniBrowser, WebKitWebDriver, and the display that they need.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fantoccini::wd::Capabilities;
use serde_json::{Value, json};

use crate::browser::{Browser, BrowserKind, Session, SessionSettings, StartError, Starting};
use crate::doctor::Item;
use crate::error::SetupError;
use crate::external::version_with;
use crate::setup::{Fits, Packaged, Program, Setup, unfit};
use crate::supervise::{Driver, DriverCommand, DriverError, Reached};

/// How long the driver and the display may take to come up; they take a fraction of a second.
const DRIVER_DEADLINE: Duration = Duration::from_secs(30);

/// Who names the browser's program.
const NAMED_BY: &str = "POSTTRACK_WEBKIT";

/// The package that brings the driver, and the browser with it.
const PACKAGE: &str = "webkit2gtk-driver";

/// Where MiniBrowser is below the folders of such programs, the best first.
const FOLDERS: &[&str] = &["webkit2gtk-4.1", "webkitgtk-6.0", "webkit2gtk-4.0"];

/// The screen on which a browser is asked its version.
const ANY_SCREEN: (u32, u32) = (640, 480);

/// WebKitGTK's MiniBrowser under WebKitWebDriver.
#[derive(Clone, Debug)]
pub(crate) struct Webkit {
    /// The browser's program.
    pub program: PathBuf,
    /// What it says its version is.
    pub version: String,
    /// The driver's program.
    pub webdriver: PathBuf,
    /// The display's program.
    pub xvfb: PathBuf,
    /// Where run folders are made.
    pub temp: PathBuf,
}

fn webdriver() -> Packaged {
    Packaged {
        what: "WebKitWebDriver".to_owned(),
        variable: "POSTTRACK_WEBKITDRIVER",
        names: &["WebKitWebDriver"],
        package: PACKAGE,
        fits: Fits::Any,
    }
}

fn xvfb() -> Packaged {
    Packaged {
        what: "Xvfb".to_owned(),
        variable: "POSTTRACK_XVFB",
        names: &["Xvfb"],
        package: "xvfb",
        fits: Fits::Any,
    }
}

/// WebKitGTK with its driver and a display: found, else installed.
pub(crate) async fn set_up(
    setup: &Setup,
    program: Option<PathBuf>,
) -> Result<Arc<dyn Browser>, SetupError> {
    let xvfb = setup.packaged(&xvfb(), None).await?;
    let webdriver = setup.packaged(&webdriver(), None).await?;
    let browser = match program {
        Some(path) => {
            let path = std::path::absolute(&path).unwrap_or(path);
            named(setup, "the browser's path", &path, &xvfb.path).await?
        }
        None => match find(setup, &xvfb.path).await? {
            Ok(found) => found,
            Err(looked) => install(setup, &looked, &xvfb.path).await?,
        },
    };
    Ok(Arc::new(Webkit {
        program: browser.path,
        version: browser.version,
        webdriver: webdriver.path,
        xvfb: xvfb.path,
        temp: setup.environment.temp.clone(),
    }))
}

/// MiniBrowser, its driver and its display.
pub(crate) async fn inspect(setup: &Setup) -> Vec<Item> {
    let xvfb = setup.inspect_packaged("Xvfb", &xvfb()).await;
    let webdriver = setup
        .inspect_packaged("WebKitWebDriver", &webdriver())
        .await;
    let found = match &xvfb.found {
        Some(display) => find(setup, &display.path).await,
        None => Ok(Err("without Xvfb it cannot be asked its version".to_owned())),
    };
    let mend = setup.package_mend(PACKAGE);
    let browser = Item::of("MiniBrowser", found, mend, setup.installs_packages().await);
    vec![browser, webdriver, xvfb]
}

/// The MiniBrowser that a run uses, or the inner error: where it was looked for.
async fn find(setup: &Setup, xvfb: &Path) -> Result<Result<Program, String>, SetupError> {
    if let Some(path) = setup.environment.named(NAMED_BY) {
        return named(setup, NAMED_BY, path, xvfb).await.map(Ok);
    }
    let mut candidates = setup.environment.on_path("MiniBrowser");
    candidates.extend(setup.environment.in_libexec(FOLDERS, "MiniBrowser"));
    let there = if candidates.is_empty() { "is" } else { "works" };
    let mut looked = vec![format!(
        "no `MiniBrowser` {there} on PATH or in a folder {}",
        FOLDERS.join(", ")
    )];
    for path in candidates {
        match version(setup, &path, xvfb).await {
            Ok(version) => return Ok(Ok(Program { path, version })),
            Err(problem) => looked.push(format!("{} {problem}", path.display())),
        }
    }
    Ok(Err(looked.join("; ")))
}

async fn named(
    setup: &Setup,
    named_by: &str,
    path: &Path,
    xvfb: &Path,
) -> Result<Program, SetupError> {
    // That it is there, and only then whether it answers on a display.
    let there = setup.named(named_by, path, Fits::Any).await?;
    match version(setup, path, xvfb).await {
        Ok(version) => Ok(Program { version, ..there }),
        Err(problem) => Err(unfit(named_by, path, problem)),
    }
}

async fn install(setup: &Setup, looked: &str, xvfb: &Path) -> Result<Program, SetupError> {
    setup
        .install_package("MiniBrowser", PACKAGE, looked)
        .await?;
    find(setup, xvfb)
        .await?
        .map_err(|looked| SetupError::Missing {
            what: "MiniBrowser".to_owned(),
            looked,
            why: format!("apt-get said that it installed the package {PACKAGE}"),
            mend: format!("name one that works in {NAMED_BY}"),
        })
}

/// The version of a MiniBrowser, which says it on a display only.
async fn version(setup: &Setup, program: &Path, xvfb: &Path) -> Result<String, String> {
    let display = display(xvfb, ANY_SCREEN, &setup.environment.temp);
    let display = display
        .await
        .map_err(|error| format!("cannot be asked its version: {error}"))?;
    let variables = [("DISPLAY", name_of(&display))];
    let version = version_with(&setup.environment, program, &variables).await;
    display.stop().await;
    version
}

/// Starts a display with a screen of this size that nobody sees.
async fn display(
    xvfb: &Path,
    (width, height): (u32, u32),
    temp: &Path,
) -> Result<Driver, DriverError> {
    let screen = format!("{width}x{height}x24");
    let args = [
        "-displayfd",
        "1",
        "-screen",
        "0",
        &screen,
        "-nolisten",
        "tcp",
        // It ends with us, and not with the first browser on it.
        "-noreset",
    ];
    let command = DriverCommand {
        program: xvfb.to_owned(),
        args: args.map(Into::into).to_vec(),
        env: Vec::new(),
        temp: temp.to_owned(),
        reached: Reached::Says(display_in_log),
        // Its socket in /tmp.
        cleans_up: true,
        deadline: DRIVER_DEADLINE,
    };
    Driver::start(&command).await
}

/// Reads the line that is only a number.
fn display_in_log(log: &str) -> Option<u16> {
    log.split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
        .find_map(|line| line.parse().ok())
}

fn name_of(display: &Driver) -> String {
    format!(":{}", display.number())
}

impl Browser for Webkit {
    fn name(&self) -> &'static str {
        BrowserKind::Webkit.name()
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn driver(&self) -> &str {
        // It cannot be asked its version.
        "WebKitWebDriver"
    }

    fn remark(&self) -> Option<&'static str> {
        Some(
            "WebKitGTK is not Safari: it shares the engine, and not the network, the storage and the tracking \
             prevention around it",
        )
    }

    fn windows(&self) -> usize {
        // All windows share one back/forward cache, which holds two or three pages.
        1
    }

    fn start(&self, settings: SessionSettings) -> Starting<'_> {
        Box::pin(self.start_session(settings))
    }
}

impl Webkit {
    async fn start_session(&self, settings: SessionSettings) -> Result<Session, StartError> {
        let display = match settings.headed {
            // The one that somebody looks at.
            true => None,
            false => Some(display(&self.xvfb, settings.window, &self.temp).await?),
        };
        let driver = Driver::start(&self.driver_command(display.as_ref())).await?;
        let session = Session::open(self, driver, self.capabilities(&settings)).await?;
        session.beside(display).sized(self, settings.window).await
    }

    fn driver_command(&self, display: Option<&Driver>) -> DriverCommand {
        // The browser inherits these. A desktop's services are not the test's, and would outlive it.
        let env = [
            ("TZ", "UTC"),
            ("LANG", "en_US.UTF-8"),
            ("LANGUAGE", "en_US"),
            ("DBUS_SESSION_BUS_ADDRESS", "disabled:"),
            ("NO_AT_BRIDGE", "1"),
            ("GTK_A11Y", "none"),
            ("GIO_USE_VFS", "local"),
            ("GSETTINGS_BACKEND", "memory"),
        ];
        let shown_on = display.map(|display| ("DISPLAY".into(), name_of(display).into()));
        let backend = display.map(|_| ("GDK_BACKEND".into(), "x11".into()));
        DriverCommand {
            program: self.webdriver.clone(),
            args: vec!["--port=0".into()],
            env: env
                .map(|(name, value)| (name.into(), value.into()))
                .into_iter()
                .chain(shown_on)
                .chain(backend)
                .collect(),
            temp: self.temp.clone(),
            reached: Reached::Listens,
            cleans_up: false,
            deadline: DRIVER_DEADLINE,
        }
    }

    fn capabilities(&self, settings: &SessionSettings) -> Capabilities {
        let proxy = format!("--proxy=socks5://127.0.0.1:{}", settings.socks_port);
        let mut args = vec![proxy];
        args.extend(ARGUMENTS.iter().map(|&argument| argument.to_owned()));
        let wanted = json!({
            // It cannot be told to trust a key.
            "acceptInsecureCerts": true,
            // A page whose requests are held open never finishes loading, and fantoccini asks for `normal`
            // where nothing is said.
            "pageLoadStrategy": "none",
            // It measures a script's time by a timer of the page, which would be taken for the page's own.
            "timeouts": { "script": null },
            "webkitgtk:browserOptions": { "binary": self.program, "args": args },
        });
        match wanted {
            Value::Object(map) => map,
            _ => Capabilities::new(),
        }
    }
}

/// Everything that is not named here stays as MiniBrowser has it. The proxy is an argument too, because the capability
/// of that name makes it speak TLS to the proxy.
const ARGUMENTS: &[&str] = &[
    "--automation",
    // Names are the proxy's business alone.
    "--enable-dns-prefetching=false",
    // There is no one to allow a pop-up.
    "--javascript-can-open-windows-automatically=true",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::floor;

    fn webkit() -> Webkit {
        Webkit {
            program: "/opt/MiniBrowser".into(),
            version: "2.50.6".to_owned(),
            webdriver: "/opt/WebKitWebDriver".into(),
            xvfb: "/opt/Xvfb".into(),
            temp: "/tmp".into(),
        }
    }

    #[test]
    fn the_display_is_read_from_a_complete_line_only() {
        assert_eq!(display_in_log("1"), None, "more digits may follow");
        assert_eq!(display_in_log("(EE) keymap 7\n12\n"), Some(12));
    }

    #[test]
    fn the_proxy_is_an_argument_and_the_page_load_strategy_is_ours() {
        let wanted = webkit().capabilities(&SessionSettings {
            socks_port: 1080,
            headed: false,
            window: (1280, 800),
            authority: None,
        });
        assert_eq!(wanted["pageLoadStrategy"], "none");
        assert_eq!(wanted.get("proxy"), None);
        let args = wanted["webkitgtk:browserOptions"]["args"].to_string();
        assert!(
            args.contains("\"--proxy=socks5://127.0.0.1:1080\""),
            "{args}"
        );
        assert!(args.contains("\"--automation\""), "{args}");
    }

    #[test]
    fn the_floor_starts_webkitgtk_with_the_same_settings() {
        let webkit = Webkit {
            program: "/opt/browser".into(),
            ..webkit()
        };
        floor::assert_same(
            include_str!("../../harness/benches/floor/settings/webkit.json"),
            &webkit.driver_command(None),
            webkit.capabilities(&floor::SETTINGS).into(),
        );
    }
}
