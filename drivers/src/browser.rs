//! What every browser offers: one small trait, and the session that it starts.

use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use fantoccini::error::NewSessionError;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::time::timeout;

use crate::command::{CommandError, chain, command};
use crate::supervise::{Driver, DriverError};
use crate::text::indented;

/// How long a browser may take to start; it takes two to three seconds on an idle machine.
const NEW_SESSION_DEADLINE: Duration = Duration::from_secs(90);

/// How long an orderly end may take before the processes are killed.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// How long the browser may take to size its window.
const WINDOW_DEADLINE: Duration = Duration::from_secs(30);

/// Lines of the driver's log in an error message.
const TAIL_LINES: usize = 15;

/// The browsers that can be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BrowserKind {
    /// Firefox, through geckodriver.
    Firefox,
    /// Chromium or Chrome, through chromedriver.
    Chrome,
    /// WebKitGTK's MiniBrowser, through WebKitWebDriver.
    Webkit,
}

impl BrowserKind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [BrowserKind; 3] = [
        BrowserKind::Firefox,
        BrowserKind::Chrome,
        BrowserKind::Webkit,
    ];

    /// Its name on the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            BrowserKind::Firefox => "firefox",
            BrowserKind::Chrome => "chrome",
            BrowserKind::Webkit => "webkit",
        }
    }
}

/// A name that is no browser's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{given}` is no browser; expected one of {known}", known = known_browsers())]
pub struct UnknownBrowser {
    /// What was given.
    pub given: String,
}

fn known_browsers() -> String {
    BrowserKind::ALL
        .map(|kind| format!("`{}`", kind.name()))
        .join(", ")
}

impl FromStr for BrowserKind {
    type Err = UnknownBrowser;

    fn from_str(text: &str) -> Result<BrowserKind, UnknownBrowser> {
        BrowserKind::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| UnknownBrowser {
                given: text.to_owned(),
            })
    }
}

/// What a session is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSettings {
    /// The SOCKS5 proxy on 127.0.0.1 that all of the browser's traffic goes through, names unresolved.
    pub socks_port: u16,
    /// Whether to show a window; else the browser is headless.
    pub headed: bool,
    /// Outer width and height of the window in CSS pixels; the screen of a headless browser has the same size.
    pub window: (u32, u32),
    /// Who signed all certificates that the proxy shows. A browser that can be told to trust it does; else, and
    /// without one, it accepts any certificate, and may then honour no HSTS.
    pub authority: Option<Authority>,
}

/// A certificate authority, in the two forms in which browsers can be told to trust it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Its own certificate, in DER.
    pub certificate: Arc<[u8]>,
    /// The one key of all certificates that it signed for servers.
    pub server_key: ServerKey,
}

/// The SHA-256 of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerKey([u8; 32]);

impl ServerKey {
    /// Of a SubjectPublicKeyInfo in DER.
    pub fn of(spki: &[u8]) -> ServerKey {
        ServerKey(Sha256::digest(spki).into())
    }

    /// In Base64, as public key pinning writes it (RFC 7469).
    pub(crate) fn base64(self) -> String {
        base64::engine::general_purpose::STANDARD.encode(self.0)
    }
}

/// A session that is being started.
pub type Starting<'a> = Pin<Box<dyn Future<Output = Result<Session, StartError>> + Send + 'a>>;

/// A browser with its driver, both found and of a fitting version.
pub trait Browser: Send + Sync + std::fmt::Debug {
    /// Its name on the command line and in results.
    fn name(&self) -> &'static str;

    /// The version that the browser's program says it has.
    fn version(&self) -> &str;

    /// The driver's name and version, such as `geckodriver 0.37.1`.
    fn driver(&self) -> &str;

    /// What a reader of results must know of it; `None`: it is the browser that people use.
    fn remark(&self) -> Option<&'static str> {
        None
    }

    /// How many windows of one session can be used at once without one taking from another what pages rely on.
    fn windows(&self) -> usize {
        usize::MAX
    }

    /// How many cases one session is good for before another must take over; `None`: any number.
    fn cases(&self) -> Option<usize> {
        None
    }

    /// Starts a driver process of its own and one session in it.
    fn start(&self, settings: SessionSettings) -> Starting<'_>;
}

/// A session that did not start. Nothing of it is left behind.
#[derive(Debug, Error)]
pub enum StartError {
    /// The driver did not come up.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The driver refused to start a browser.
    #[error("{driver} could not start {browser}: {why}; the end of its log:\n{log}", log = indented(log))]
    Refused {
        /// The driver's name and version.
        driver: String,
        /// The browser's name.
        browser: &'static str,
        /// What the driver said.
        why: String,
        /// The end of the driver's log.
        log: String,
    },
    /// The browser did not come up in time.
    #[error(
        "{browser} did not start within {deadline:?} under {driver}; the end of its log:\n{log}",
        log = indented(log)
    )]
    Hangs {
        /// The driver's name and version.
        driver: String,
        /// The browser's name.
        browser: &'static str,
        /// The deadline that passed.
        deadline: Duration,
        /// The end of the driver's log.
        log: String,
    },
    /// The browser started but does not trust the proxy's certificates.
    #[error("{browser} started but does not take the certificate authority of the run: {source}")]
    Authority {
        /// The browser's name.
        browser: &'static str,
        /// What went wrong.
        source: CommandError,
    },
    /// The browser started but could not be set up.
    #[error("{browser} started but its window could not be sized: {source}")]
    Window {
        /// The browser's name.
        browser: &'static str,
        /// What went wrong.
        source: CommandError,
    },
}

/// One browser under one driver. Dropping it kills both without blocking; [`Session::close`] ends it in order.
#[derive(Debug)]
pub struct Session {
    client: Client,
    version: String,
    driver: Driver,
    /// What the browser needs as long as it runs, such as a display.
    beside: Vec<Driver>,
}

impl Session {
    /// Asks a driver that listens for a session; on an error the driver is killed.
    pub(crate) async fn open(
        browser: &dyn Browser,
        driver: Driver,
        capabilities: Capabilities,
    ) -> Result<Session, StartError> {
        let mut connector = HttpConnector::new();
        // A command is a small write that waits for an answer: just what Nagle's algorithm delays.
        connector.set_nodelay(true);
        let address = format!("http://127.0.0.1:{}/", driver.number());
        let mut builder = ClientBuilder::new(connector);
        builder.capabilities(capabilities);
        let client = match timeout(NEW_SESSION_DEADLINE, builder.connect(&address)).await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => {
                return Err(StartError::Refused {
                    driver: browser.driver().to_owned(),
                    browser: browser.name(),
                    why: refusal(&error),
                    log: driver.log_tail(TAIL_LINES),
                });
            }
            Err(_) => {
                return Err(StartError::Hangs {
                    driver: browser.driver().to_owned(),
                    browser: browser.name(),
                    deadline: NEW_SESSION_DEADLINE,
                    log: driver.log_tail(TAIL_LINES),
                });
            }
        };
        let version = client
            .capabilities()
            .and_then(|said| said.get("browserVersion")?.as_str())
            .unwrap_or(browser.version())
            .to_owned();
        Ok(Session {
            client,
            version,
            driver,
            beside: Vec::new(),
        })
    }

    /// Keeps what the browser needs until it is gone.
    pub(crate) fn beside(mut self, needed: impl IntoIterator<Item = Driver>) -> Session {
        self.beside.extend(needed);
        self
    }

    /// Sizes the browser's first window.
    pub(crate) async fn sized(
        self,
        browser: &dyn Browser,
        (width, height): (u32, u32),
    ) -> Result<Session, StartError> {
        let rectangle = json!({ "x": 0, "y": 0, "width": width, "height": height });
        let sized = command(
            &self.client,
            Method::POST,
            "window/rect",
            Some(rectangle),
            WINDOW_DEADLINE,
        );
        match sized.await {
            Ok(_) => Ok(self),
            Err(source) => Err(StartError::Window {
                browser: browser.name(),
                source,
            }),
        }
    }

    /// The WebDriver client. It sends one command at a time, clones included.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The version that the running browser says it has.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The last lines of the driver's log.
    pub fn log_tail(&self, lines: usize) -> String {
        self.driver.log_tail(lines)
    }

    /// Whether the driver's process is still there.
    pub fn alive(&self) -> bool {
        self.driver.alive()
    }

    /// The run folder, with the driver's log and the browser's profile.
    pub fn folder(&self) -> &std::path::Path {
        self.driver.folder()
    }

    /// Ends the session: by the driver if it answers in time, and then by killing whatever is left. Once this
    /// returns, the processes are killed and the run folder is gone.
    pub async fn close(self) {
        // A hanging browser does not answer; killing it is the next line.
        let _ = timeout(CLOSE_DEADLINE, self.client.close()).await;
        self.driver.stop().await;
        for needed in self.beside {
            needed.stop().await;
        }
    }
}

fn refusal(error: &NewSessionError) -> String {
    match error {
        NewSessionError::SessionNotCreated(said) => said.message.to_string(),
        // fantoccini's own text leaves out what the driver said.
        NewSessionError::NotW3C(said) => said["message"]
            .as_str()
            .map_or_else(|| said.to_string(), str::to_owned),
        other => chain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_does_not_take_the_authority_says_so() {
        let error = StartError::Authority {
            browser: "firefox",
            source: CommandError::Driver {
                command: "POST moz/context".to_owned(),
                code: "unknown command".to_owned(),
                message: "no".to_owned(),
            },
        };
        assert_eq!(
            error.to_string(),
            "firefox started but does not take the certificate authority of the run: the driver answered POST \
             moz/context with `unknown command`: no"
        );
    }
}
