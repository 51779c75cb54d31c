//! Everything that is particular to Chromium (or Chrome) and chromedriver.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fantoccini::wd::Capabilities;
use serde_json::{Value, json};

use crate::browser::{Browser, BrowserKind, Session, SessionSettings, StartError, Starting};
use crate::doctor::Item;
use crate::error::SetupError;
use crate::external::numbers;
use crate::setup::{Fits, Packaged, Setup};
use crate::supervise::{Driver, DriverCommand, Reached};

/// How long chromedriver may take to listen; it takes a few milliseconds.
const DRIVER_DEADLINE: Duration = Duration::from_secs(30);

/// Chromium under chromedriver.
#[derive(Clone, Debug)]
pub(crate) struct Chrome {
    /// The browser's program.
    pub program: PathBuf,
    /// What it says its version is.
    pub version: String,
    /// The driver's program.
    pub chromedriver: PathBuf,
    /// The driver's name and version.
    pub driver: String,
    /// Where run folders are made.
    pub temp: PathBuf,
    /// Whether we run as root.
    pub root: bool,
}

/// Where Chromium is found, and what brings it.
fn chromium() -> Packaged {
    Packaged {
        what: "Chromium".to_owned(),
        variable: "POSTTRACK_CHROME",
        names: &["chromium", "chromium-browser", "google-chrome"],
        package: "chromium",
        fits: Fits::Answers,
    }
}

/// Where a chromedriver for a Chromium of this version is found. A driver drives its own major version only.
fn chromedriver(version: &str) -> Packaged {
    let major = numbers(version)[0];
    Packaged {
        what: format!("chromedriver {major}"),
        variable: "POSTTRACK_CHROMEDRIVER",
        names: &["chromedriver"],
        package: "chromium-driver",
        fits: Fits::Major(major),
    }
}

/// Chromium with its driver: found, else installed.
pub(crate) async fn set_up(
    setup: &Setup,
    program: Option<PathBuf>,
) -> Result<Arc<dyn Browser>, SetupError> {
    let chromium = setup.packaged(&chromium(), program).await?;
    let driver = setup
        .packaged(&chromedriver(&chromium.version), None)
        .await?;
    Ok(Arc::new(Chrome {
        program: chromium.path,
        version: chromium.version,
        chromedriver: driver.path,
        driver: format!("chromedriver {}", driver.version),
        temp: setup.environment.temp.clone(),
        root: setup.environment.root,
    }))
}

/// Chromium and its driver.
pub(crate) async fn inspect(setup: &Setup) -> Vec<Item> {
    let chromium = setup.inspect_packaged("chromium", &chromium()).await;
    let wanted = match &chromium.found {
        Some(found) => chromedriver(&found.version),
        // Whichever comes with it will fit.
        None => Packaged {
            fits: Fits::Answers,
            ..chromedriver("")
        },
    };
    let driver = setup.inspect_packaged("chromedriver", &wanted).await;
    vec![chromium, driver]
}

impl Browser for Chrome {
    fn name(&self) -> &'static str {
        BrowserKind::Chrome.name()
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn driver(&self) -> &str {
        &self.driver
    }

    fn start(&self, settings: SessionSettings) -> Starting<'_> {
        Box::pin(self.start_session(settings))
    }
}

impl Chrome {
    async fn start_session(&self, settings: SessionSettings) -> Result<Session, StartError> {
        let driver = Driver::start(&self.driver_command()).await?;
        let session = Session::open(self, driver, self.capabilities(&settings)).await?;
        session.sized(self, settings.window).await
    }

    fn driver_command(&self) -> DriverCommand {
        // Chromium inherits these. It takes its language from the last two, of which the first that is set counts.
        let env = [
            ("TZ", "UTC"),
            ("LANG", "en_US.UTF-8"),
            ("LANGUAGE", "en_US"),
        ];
        DriverCommand {
            program: self.chromedriver.clone(),
            // The port is chosen by the one who listens on it, so that two runs cannot want the same.
            args: vec!["--port=0".into()],
            env: env
                .map(|(name, value)| (name.into(), value.into()))
                .to_vec(),
            temp: self.temp.clone(),
            reached: Reached::Says(port_in_log),
            // Its profile is in the run folder, which is its TMPDIR.
            cleans_up: false,
            deadline: DRIVER_DEADLINE,
        }
    }

    fn capabilities(&self, settings: &SessionSettings) -> Capabilities {
        let wanted = json!({
            // With a key that it trusts, a browser honours HSTS too.
            "acceptInsecureCerts": settings.authority.is_none(),
            // A page whose requests are held open never finishes loading, and fantoccini asks for `normal`
            // where nothing is said.
            "pageLoadStrategy": "none",
            "goog:chromeOptions": {
                "binary": self.program,
                "args": self.arguments(settings),
                "prefs": preferences(),
            },
        });
        match wanted {
            Value::Object(map) => map,
            _ => Capabilities::new(),
        }
    }

    /// The arguments beside those that chromedriver gives. Everything that is not named here stays as a user's
    /// Chromium has it, because a page must see a real browser.
    fn arguments(&self, settings: &SessionSettings) -> Vec<String> {
        let (width, height) = settings.window;
        let mut arguments = vec![
            format!("--proxy-server=socks5://127.0.0.1:{}", settings.socks_port),
            format!("--window-size={width},{height}"),
            format!("--disable-features={}", FEATURES_OFF.join(",")),
        ];
        arguments.extend(ARGUMENTS.iter().map(|&argument| argument.to_owned()));
        if !settings.headed {
            arguments.push("--headless=new".to_owned());
            arguments.push(format!("--screen-info={{{width}x{height}}}"));
        }
        if let Some(authority) = &settings.authority {
            arguments.push(format!(
                "--ignore-certificate-errors-spki-list={}",
                authority.server_key.base64()
            ));
        }
        if self.root {
            // Chromium refuses to start its sandbox as root, and containers run everything as root.
            arguments.push("--no-sandbox".to_owned());
        }
        arguments
    }
}

/// Reads `… was started successfully on port 4444.` once the line is complete.
fn port_in_log(log: &str) -> Option<u16> {
    log.split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .find_map(|line| line.split_once("started successfully on port "))
        .and_then(|(_, port)| port.trim().trim_end_matches('.').parse().ok())
}

const ARGUMENTS: &[&str] = &[
    // Every request must reach the proxy, which plays each host itself; Chromium spares loopback unless it is told
    // not to. Names are the proxy's business alone: a name that it looks up itself, ahead of a request, has no address.
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    // What Chromium asks of Google by itself: noise on the wire, and nothing that a page can see.
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    // These two ask all the same. Port 1 is one that Chromium opens no connection to.
    "--component-updater=url-source=http://127.0.0.1:1/",
    "--gaia-url=http://127.0.0.1:1/",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--safebrowsing-disable-auto-update",
    // A page reads the language, and a snapshot must not depend on the machine's.
    "--lang=en-US",
    // Several windows run cases at once, and a timer in one that is behind another must not be late for that.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    // There is no one to allow a pop-up or to stop a slow script.
    "--disable-hang-monitor",
    "--disable-popup-blocking",
    "--disable-prompt-on-repost",
    // A container's /dev/shm may hold 64 MB, and a Chromium that fills it crashes.
    "--disable-dev-shm-usage",
];

const FEATURES_OFF: &[&str] = &[
    // The world plays every host by https too, so that a page of plain http would never be seen.
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    // A timer in a window that is behind another must not be late for that.
    "IntensiveWakeUpThrottling",
    // Joins the group in which the local network's names are announced, for connections that it may not make.
    "WebRtcHideLocalIpsWithMdns",
    // Looks for devices in the local network.
    "MediaRouter",
    "DialMediaRouteProvider",
    // Calls home.
    "AutofillServerCommunication",
    "CertificateTransparencyComponentUpdater",
    "InterestFeedContentSuggestions",
    "NetworkTimeServiceQuerying",
    "OptimizationGuideModelDownloading",
    "OptimizationHints",
    "Translate",
];

fn preferences() -> Value {
    json!({
        "intl.accept_languages": "en-US,en",
        // Connections that no page asked for would be evidence of something that did not happen: 2 is never.
        "net.network_prediction_options": 2,
        "safebrowsing.enabled": false,
        "search.suggest_enabled": false,
        "signin.allowed": false,
        "credentials_enable_service": false,
        "webrtc.ip_handling_policy": "disable_non_proxied_udp",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::{Authority, ServerKey};
    use crate::floor;

    fn chrome(root: bool) -> Chrome {
        Chrome {
            program: "/opt/chromium".into(),
            version: "156.0.8078.79".to_owned(),
            chromedriver: "/opt/chromedriver".into(),
            driver: "chromedriver 156.0.8078.79".to_owned(),
            temp: "/tmp".into(),
            root,
        }
    }

    fn settings() -> SessionSettings {
        SessionSettings {
            socks_port: 1080,
            headed: false,
            window: (1280, 800),
            authority: None,
        }
    }

    #[test]
    fn the_port_is_read_from_a_complete_line_only() {
        let log = "Starting ChromeDriver 156\nChromeDriver was started successfully on port 4054";
        assert_eq!(port_in_log(log), None, "more digits may follow");
        assert_eq!(port_in_log(&format!("{log}5.\n")), Some(40545));
        assert_eq!(port_in_log("Only local connections are allowed.\n"), None);
    }

    #[test]
    fn the_page_load_strategy_is_ours_and_not_the_clients() {
        let wanted = chrome(false).capabilities(&settings());
        assert_eq!(wanted["pageLoadStrategy"], "none");
    }

    #[test]
    fn only_a_headed_browser_shows_a_window_and_only_root_has_no_sandbox() {
        let has = |chrome: Chrome, headed, argument: &str| {
            let arguments = chrome.arguments(&SessionSettings {
                headed,
                ..settings()
            });
            arguments.iter().any(|given| given == argument)
        };
        assert!(has(chrome(false), false, "--headless=new"));
        assert!(!has(chrome(false), true, "--headless=new"));
        assert!(has(chrome(true), false, "--no-sandbox"));
        assert!(!has(chrome(false), false, "--no-sandbox"));
    }

    #[test]
    fn a_key_that_is_trusted_takes_the_place_of_trusting_everybody() {
        let trusting = SessionSettings {
            authority: Some(Authority {
                certificate: Arc::default(),
                server_key: ServerKey::of(b""),
            }),
            ..settings()
        };
        // The SHA-256 of nothing.
        let pinned =
            "--ignore-certificate-errors-spki-list=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert!(
            chrome(false)
                .arguments(&trusting)
                .contains(&pinned.to_owned())
        );
        let accepts = |settings: &SessionSettings| {
            chrome(false).capabilities(settings)["acceptInsecureCerts"].clone()
        };
        assert_eq!(accepts(&trusting), false);
        assert_eq!(accepts(&settings()), true);
    }

    #[test]
    fn no_argument_is_given_twice() {
        let arguments = chrome(true).arguments(&settings());
        let name = |argument: &String| argument.split('=').next().map(str::to_owned);
        let mut names: Vec<_> = arguments.iter().map(name).collect();
        names.sort();
        names.dedup();
        assert_eq!(
            names.len(),
            arguments.len(),
            "Chromium takes the last one only"
        );
    }

    #[test]
    fn the_floor_starts_chromium_with_the_same_settings() {
        let chrome = Chrome {
            program: "/opt/browser".into(),
            ..chrome(true)
        };
        let settings = SessionSettings {
            authority: Some(Authority {
                certificate: Arc::default(),
                server_key: ServerKey::of(b""),
            }),
            ..floor::SETTINGS
        };
        floor::assert_same(
            include_str!("../../harness/benches/floor/settings/chrome.json"),
            &chrome.driver_command(),
            chrome.capabilities(&settings).into(),
        );
    }
}
