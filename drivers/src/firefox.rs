//! Everything that is particular to Firefox and geckodriver.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use fantoccini::wd::Capabilities;
use http::Method;
use serde_json::{Value, json};

use crate::browser::{
    Authority, Browser, BrowserKind, Session, SessionSettings, StartError, Starting,
};
use crate::command::{CommandError, command};
use crate::doctor::{Item, Need};
use crate::error::SetupError;
use crate::geckodriver::{GECKODRIVER, build_command};
use crate::setup::{Fits, Packaged, Setup};
use crate::supervise::{Driver, DriverCommand, FOLDER, Reached};

/// How long geckodriver may take to listen; it takes a few milliseconds.
const DRIVER_DEADLINE: Duration = Duration::from_secs(30);

/// How long Firefox may take to open its certificate database and add one; it takes some milliseconds.
const TRUST_DEADLINE: Duration = Duration::from_secs(30);

/// Where Firefox is found, and what brings it.
fn firefox() -> Packaged {
    Packaged {
        what: "Firefox".to_owned(),
        variable: "POSTTRACK_FIREFOX",
        names: &["firefox", "firefox-esr"],
        package: "firefox-esr",
        fits: Fits::Answers,
    }
}

/// Firefox with its driver: found, else installed.
pub(crate) async fn set_up(
    setup: &Setup,
    program: Option<PathBuf>,
) -> Result<Arc<dyn Browser>, SetupError> {
    // First what only a person may be able to install, then what takes minutes.
    let firefox = setup.packaged(&firefox(), program).await?;
    let driver = setup.geckodriver().await?;
    Ok(Arc::new(Firefox {
        program: firefox.path,
        version: firefox.version,
        geckodriver: driver.path,
        driver: format!("geckodriver {}", driver.version),
        temp: setup.environment.temp.clone(),
    }))
}

/// Firefox, its driver, and the cargo that would build that.
pub(crate) async fn inspect(setup: &Setup) -> Vec<Item> {
    let firefox = setup.inspect_packaged("firefox", &firefox()).await;
    let cargo = setup.inspect_program("cargo").await;
    let geckodriver = inspect_geckodriver(setup, cargo.found.is_some()).await;
    let cargo = Item {
        need: Need::unless(geckodriver.found.is_some(), "geckodriver is there"),
        mend: cargo
            .mend
            .map(|_| "install Rust, see https://rustup.rs".to_owned()),
        ..cargo
    };
    vec![firefox, geckodriver, cargo]
}

async fn inspect_geckodriver(setup: &Setup, cargo: bool) -> Item {
    let installs_itself = cargo && setup.environment.install.is_none() && setup.cache().is_ok();
    let mend = format!("type `{}`", build_command());
    let found = setup.find_geckodriver().await;
    let mut item = Item::of("geckodriver", found, mend, installs_itself);
    if let Some(problem) = &mut item.problem {
        *problem = format!("{GECKODRIVER} or newer is needed: {problem}");
    }
    item
}

/// Firefox under geckodriver.
#[derive(Clone, Debug)]
pub(crate) struct Firefox {
    /// The browser's program.
    pub program: PathBuf,
    /// What it says its version is.
    pub version: String,
    /// The driver's program.
    pub geckodriver: PathBuf,
    /// The driver's name and version.
    pub driver: String,
    /// Where run folders are made.
    pub temp: PathBuf,
}

impl Browser for Firefox {
    fn name(&self) -> &'static str {
        BrowserKind::Firefox.name()
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn driver(&self) -> &str {
        &self.driver
    }

    /// Long sessions have been seen to slow down (47 ms a case became 80 within 600 cases); these stayed flat for 600.
    /// So many are known to be good, and a fresh session for the next costs 5 ms a case.
    fn cases(&self) -> Option<usize> {
        Some(500)
    }

    fn start(&self, settings: SessionSettings) -> Starting<'_> {
        Box::pin(self.start_session(settings))
    }
}

impl Firefox {
    async fn start_session(&self, settings: SessionSettings) -> Result<Session, StartError> {
        let driver = Driver::start(&self.driver_command(&settings)).await?;
        let session = Session::open(self, driver, self.capabilities(&settings)).await?;
        if let Some(authority) = &settings.authority {
            trust(&session, authority)
                .await
                .map_err(|source| StartError::Authority {
                    browser: self.name(),
                    source,
                })?;
        }
        session.sized(self, settings.window).await
    }

    fn driver_command(&self, settings: &SessionSettings) -> DriverCommand {
        let (width, height) = settings.window;
        // Each port is chosen by the one who listens on it, so that two runs cannot want the same.
        let args = [
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--websocket-port",
            "0",
            "--profile-root",
            FOLDER,
            // For `trust`. A page can neither use nor see it.
            "--allow-system-access",
        ];
        // Firefox inherits these. Its headless screen is as large as the window, so that a page sees one size. A
        // release of it obeys `services.settings.server` only with the last, and calls Mozilla every few seconds else.
        let env = [
            ("TZ", "UTC".to_owned()),
            ("MOZ_HEADLESS_WIDTH", width.to_string()),
            ("MOZ_HEADLESS_HEIGHT", height.to_string()),
            ("MOZ_REMOTE_SETTINGS_DEVTOOLS", "1".to_owned()),
        ];
        DriverCommand {
            program: self.geckodriver.clone(),
            args: args.map(Into::into).to_vec(),
            env: env
                .map(|(name, value)| (name.into(), value.into()))
                .to_vec(),
            temp: self.temp.clone(),
            reached: Reached::Says(port_in_log),
            cleans_up: false,
            deadline: DRIVER_DEADLINE,
        }
    }

    fn capabilities(&self, settings: &SessionSettings) -> Capabilities {
        let args: &[&str] = if settings.headed { &[] } else { &["-headless"] };
        let wanted = json!({
            // With an authority that it trusts, a browser honours HSTS too.
            "acceptInsecureCerts": settings.authority.is_none(),
            // A page whose requests are held open never finishes loading, and fantoccini asks for `normal`
            // where nothing is said.
            "pageLoadStrategy": "none",
            "proxy": {
                "proxyType": "manual",
                "socksProxy": format!("127.0.0.1:{}", settings.socks_port),
                "socksVersion": 5,
            },
            "moz:firefoxOptions": {
                "binary": self.program,
                "args": args,
                "prefs": preferences(),
            },
        });
        match wanted {
            Value::Object(map) => map,
            _ => Capabilities::new(),
        }
    }
}

/// Makes the browser trust an authority, for as long as its profile lasts. A policy (`Certificates.Install`) would do
/// the same and has to stand beside the browser's program or in /etc, where we may not write.
async fn trust(session: &Session, authority: &Authority) -> Result<(), CommandError> {
    const ADD: &str = "Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB)
        .addCertFromBase64(arguments[0], 'C,,')";
    let certificate = base64::engine::general_purpose::STANDARD.encode(&authority.certificate);
    let add = json!({ "script": ADD, "args": [certificate] });
    let said = [
        ("moz/context", json!({ "context": "chrome" })),
        ("execute/sync", add),
        ("moz/context", json!({ "context": "content" })),
    ];
    for (path, body) in said {
        let client = session.client();
        command(client, Method::POST, path, Some(body), TRUST_DEADLINE).await?;
    }
    Ok(())
}

/// Reads `… Listening on 127.0.0.1:4444` once the line is complete.
fn port_in_log(log: &str) -> Option<u16> {
    log.split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .find_map(|line| line.split_once("Listening on 127.0.0.1:"))
        .and_then(|(_, port)| port.trim().parse().ok())
}

/// The preferences beside those that geckodriver and Firefox's own remote agent set. Everything that is not named
/// here stays as a user's Firefox has it, because a page must see a real browser.
fn preferences() -> Value {
    let groups = [
        everything_through_the_proxy(),
        no_calls_home(),
        same_on_every_machine(),
        nobody_answers_dialogs(),
        no_throttling(),
        pages_are_kept(),
    ];
    groups
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.to_owned(), value))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

type Preferences = Vec<(&'static str, Value)>;

/// Every request must reach the proxy, which plays each host itself. Firefox goes around a proxy that refuses a
/// connection or is not there, resolves names itself, and spares loopback, unless it is told not to.
fn everything_through_the_proxy() -> Preferences {
    vec![
        ("network.proxy.allow_bypass", json!(false)),
        ("network.proxy.failover_direct", json!(false)),
        ("network.proxy.socks_remote_dns", json!(true)),
        ("network.proxy.socks5_remote_dns", json!(true)),
        ("network.proxy.no_proxies_on", json!("")),
        ("network.proxy.allow_hijacking_localhost", json!(true)),
        // Names are the proxy's business alone: no resolver over HTTPS, no HTTPS records, no lookups ahead.
        ("network.trr.mode", json!(5)),
        ("doh-rollout.disable-heuristics", json!(true)),
        ("network.dns.native_https_query", json!(false)),
        ("network.dns.disablePrefetch", json!(true)),
        ("network.dns.disablePrefetchFromHTTPS", json!(true)),
        // A connection or a request that no page asked for would be evidence of something that did not happen.
        ("network.http.speculative-parallel-limit", json!(0)),
        ("browser.urlbar.speculativeConnect.enabled", json!(false)),
        ("network.prefetch-next", json!(false)),
    ]
}

/// What Firefox asks of Mozilla and others by itself: noise on the wire, and nothing that a page can see.
fn no_calls_home() -> Preferences {
    vec![
        // Telemetry and studies.
        ("toolkit.telemetry.unified", json!(false)),
        ("toolkit.telemetry.server", json!("")),
        ("datareporting.policy.dataSubmissionEnabled", json!(false)),
        ("datareporting.healthreport.uploadEnabled", json!(false)),
        ("datareporting.usage.uploadEnabled", json!(false)),
        ("app.normandy.enabled", json!(false)),
        ("app.shield.optoutstudies.enabled", json!(false)),
        ("nimbus.rollouts.enabled", json!(false)),
        // Updates of the browser, its add-ons, codecs, search engines and lists.
        ("app.update.disabledForTesting", json!(true)),
        ("app.update.auto", json!(false)),
        ("extensions.update.enabled", json!(false)),
        ("extensions.systemAddon.update.enabled", json!(false)),
        ("extensions.getAddons.cache.enabled", json!(false)),
        ("extensions.blocklist.enabled", json!(false)),
        ("media.gmp-manager.updateEnabled", json!(false)),
        ("media.gmp-manager.url", json!("")),
        ("browser.search.update", json!(false)),
        (
            "services.settings.server",
            json!("data:,#remote-settings-dummy/v1"),
        ),
        // Is there a network, and where are we?
        ("network.captive-portal-service.enabled", json!(false)),
        ("network.connectivity-service.enabled", json!(false)),
        ("captivedetect.canonicalURL", json!("")),
        ("browser.region.update.enabled", json!(false)),
        ("browser.region.network.url", json!("")),
        // Safe browsing, revocation of certificates, push.
        ("browser.safebrowsing.malware.enabled", json!(false)),
        ("browser.safebrowsing.phishing.enabled", json!(false)),
        ("browser.safebrowsing.blockedURIs.enabled", json!(false)),
        ("browser.safebrowsing.downloads.enabled", json!(false)),
        (
            "browser.safebrowsing.downloads.remote.enabled",
            json!(false),
        ),
        ("browser.safebrowsing.provider.mozilla.updateURL", json!("")),
        (
            "browser.safebrowsing.provider.google5.enabled",
            json!(false),
        ),
        ("security.OCSP.enabled", json!(0)),
        ("security.pki.crlite_mode", json!(0)),
        (
            "security.remote_settings.intermediates.enabled",
            json!(false),
        ),
        (
            "security.remote_settings.crlite_filters.enabled",
            json!(false),
        ),
        ("dom.push.connection.enabled", json!(false)),
        ("dom.push.serverURL", json!("")),
        // The new-tab page, which opens in no test but loads its feeds all the same.
        ("browser.newtabpage.enabled", json!(false)),
        (
            "browser.newtabpage.activity-stream.feeds.topsites",
            json!(false),
        ),
        ("browser.topsites.contile.enabled", json!(false)),
    ]
}

/// A page reads the language, and a snapshot must not depend on the machine's.
fn same_on_every_machine() -> Preferences {
    vec![
        ("intl.accept_languages", json!("en-US, en")),
        ("intl.locale.requested", json!("en-US")),
    ]
}

/// There is no one to allow a pop-up or to stop a slow script; a long loop must run to its end and be recorded.
fn nobody_answers_dialogs() -> Preferences {
    vec![
        ("dom.disable_open_during_load", json!(false)),
        ("dom.max_script_run_time", json!(0)),
        ("dom.max_chrome_script_run_time", json!(0)),
        ("dom.ipc.reportProcessHangs", json!(false)),
    ]
}

/// Several windows run cases at once, and a timer in one that is behind another must not be late for that.
fn no_throttling() -> Preferences {
    vec![
        ("dom.min_background_timeout_value", json!(4)),
        (
            "dom.min_background_timeout_value_without_budget_throttling",
            json!(4),
        ),
        ("dom.timeout.enable_budget_timer_throttling", json!(false)),
        ("dom.ipc.processPriorityManager.enabled", json!(false)),
        (
            "threads.lower_mainthread_priority_in_background.enabled",
            json!(false),
        ),
        ("browser.tabs.unloadOnLowMemory", json!(false)),
    ]
}

/// The windows of all cases share the back/forward cache: whether a page of one is still in it must not depend on
/// how many others there are, nor on what else needs the machine's memory.
fn pages_are_kept() -> Preferences {
    vec![
        ("browser.sessionhistory.max_total_viewers", json!(200)),
        ("browser.low_commit_space_threshold_mb", json!(0)),
        ("browser.low_commit_space_threshold_percent", json!(0)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::ServerKey;
    use crate::floor;

    fn firefox() -> Firefox {
        Firefox {
            program: "/opt/firefox".into(),
            version: "153.0".to_owned(),
            geckodriver: "/opt/geckodriver".into(),
            driver: "geckodriver 0.37.1".to_owned(),
            temp: "/tmp".into(),
        }
    }

    fn settings(headed: bool) -> SessionSettings {
        SessionSettings {
            socks_port: 1080,
            headed,
            window: (1280, 800),
            authority: None,
        }
    }

    #[test]
    fn the_port_is_read_from_a_complete_line_only() {
        let log = "1700000000000\tgeckodriver\tINFO\tListening on 127.0.0.1:4054";
        assert_eq!(port_in_log(log), None, "more digits may follow");
        assert_eq!(port_in_log(&format!("{log}5\n")), Some(40545));
        assert_eq!(port_in_log("geckodriver: error: no such option\n"), None);
    }

    #[test]
    fn the_page_load_strategy_is_ours_and_not_the_clients() {
        let wanted = firefox().capabilities(&settings(false));
        assert_eq!(wanted["pageLoadStrategy"], "none");
    }

    #[test]
    fn an_authority_that_is_trusted_takes_the_place_of_trusting_everybody() {
        let accepts = |settings: &SessionSettings| {
            firefox().capabilities(settings)["acceptInsecureCerts"].clone()
        };
        let trusting = SessionSettings {
            authority: Some(Authority {
                certificate: Arc::default(),
                server_key: ServerKey::of(b""),
            }),
            ..settings(false)
        };
        assert_eq!(accepts(&trusting), false);
        assert_eq!(accepts(&settings(false)), true);
    }

    #[test]
    fn only_a_headed_browser_shows_a_window() {
        let args = |headed| {
            firefox().capabilities(&settings(headed))["moz:firefoxOptions"]["args"].clone()
        };
        assert_eq!(args(false), json!(["-headless"]));
        assert_eq!(args(true), json!([]));
    }

    #[test]
    fn no_preference_is_set_twice() {
        let groups = [
            everything_through_the_proxy(),
            no_calls_home(),
            same_on_every_machine(),
            nobody_answers_dialogs(),
            no_throttling(),
            pages_are_kept(),
        ];
        let all = groups.iter().flatten().count();
        let kept = preferences().as_object().map(serde_json::Map::len);
        assert_eq!(kept, Some(all), "one of two equal names wins silently");
    }

    #[test]
    fn the_floor_starts_firefox_with_the_same_settings() {
        let firefox = Firefox {
            program: "/opt/browser".into(),
            ..firefox()
        };
        let settings = floor::SETTINGS;
        floor::assert_same(
            include_str!("../../harness/benches/floor/settings/firefox.json"),
            &firefox.driver_command(&settings),
            firefox.capabilities(&settings).into(),
        );
    }
}
