//! A lane: one window of a browser session, in which cases run one after another.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{Retry, Trouble};
use crate::world::{Labels, World};

/// The browser and its driver must answer a command within this time, however busy the machine is.
const COMMAND_DEADLINE: Duration = Duration::from_secs(30);

/// A browser session with its world.
pub(super) struct BrowserSession {
    pub(super) world: World,
    /// Labels of the run, so that no two cases ever share a site.
    pub(super) labels: Labels,
    session: drivers::Session,
    /// The window that commands go to. Drivers run one command at a time, so the lock costs nothing.
    current: Mutex<String>,
}

/// One window of a session.
#[derive(Clone)]
pub(super) struct Lane {
    pub(super) session: Arc<BrowserSession>,
    window: String,
}

/// Why a command failed.
pub(super) enum CommandFailure {
    /// The driver said no: its error code and message.
    Refused {
        /// `no such element`, …
        code: String,
        /// The message.
        message: String,
    },
    /// The browser or its driver is gone or does not answer.
    Lost(String),
}

impl BrowserSession {
    pub(super) fn new(session: drivers::Session, world: World, labels: Labels) -> BrowserSession {
        BrowserSession {
            world,
            labels,
            session,
            current: Mutex::default(),
        }
    }

    /// The lane in the session's first window.
    pub(super) async fn first_window(self: Arc<Self>, size: (u32, u32)) -> Result<Lane, Trouble> {
        match self.command(Method::GET, "window", None).await {
            Ok(handle) => self.lane(&handle, size).await,
            Err(failure) => Err(self.trouble(failure, "the window could not be found")),
        }
    }

    /// A lane in a new window.
    pub(super) async fn another_window(self: Arc<Self>, size: (u32, u32)) -> Result<Lane, Trouble> {
        let kind = json!({ "type": "window" });
        match self.command(Method::POST, "window/new", Some(kind)).await {
            Ok(made) => self.lane(&made["handle"], size).await,
            Err(failure) => Err(self.trouble(failure, "a window could not be opened")),
        }
    }

    async fn lane(self: Arc<Self>, handle: &Value, size: (u32, u32)) -> Result<Lane, Trouble> {
        let lane = Lane {
            session: self.clone(),
            window: handle.as_str().unwrap_or_default().to_owned(),
        };
        let rectangle = json!({ "width": size.0, "height": size.1 });
        match lane.post("window/rect", rectangle).await {
            Ok(_) => Ok(lane),
            Err(failure) => Err(self.trouble(failure, "a window could not be resized")),
        }
    }

    pub(super) fn log_tail(&self) -> String {
        self.session.log_tail(20)
    }

    /// Ends the session; the driver's whole process group is gone when this returns.
    pub(super) async fn close(self) {
        self.session.close().await;
    }

    async fn command(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, CommandFailure> {
        match self.ask(method, path, body).await {
            Ok(value) => Ok(value),
            Err(drivers::CommandError::Driver { code, message, .. }) => {
                if self.means_lost(&code).await {
                    Err(CommandFailure::Lost(format!("{code}: {message}")))
                } else {
                    Err(CommandFailure::Refused { code, message })
                }
            }
            Err(lost) => Err(CommandFailure::Lost(lost.to_string())),
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, drivers::CommandError> {
        drivers::command(self.session.client(), method, path, body, COMMAND_DEADLINE).await
    }

    /// Whether the driver's error says that the browser or its window is gone. `unknown error` is all
    /// that a driver says of a browser that died, and it says it of other things too.
    async fn means_lost(&self, code: &str) -> bool {
        match code {
            "invalid session id" | "no such window" => true,
            "unknown error" => self.ask(Method::GET, "window/handles", None).await.is_err(),
            _ => false,
        }
    }

    /// A failure that another session may not have.
    pub(super) fn trouble(&self, failure: CommandFailure, what: &str) -> Trouble {
        let (why, log) = match failure {
            CommandFailure::Refused { code, message } => {
                (format!("{code}: {message}"), String::new())
            }
            CommandFailure::Lost(why) => (
                why,
                format!("\n  the end of the driver's log:\n{}", self.log_tail()),
            ),
        };
        Trouble {
            message: format!("{what}: {why}{log}"),
            retry: Retry::FreshSession,
            at: None,
        }
    }
}

impl Lane {
    /// Asks this lane's window.
    pub(super) async fn get(&self, path: &str) -> Result<Value, CommandFailure> {
        self.in_window(None, Method::GET, path, None).await
    }

    /// Tells this lane's window.
    pub(super) async fn post(&self, path: &str, body: Value) -> Result<Value, CommandFailure> {
        self.in_window(None, Method::POST, path, Some(body)).await
    }

    /// A command in this lane's window, in the frame of this selector, if one is given. No other
    /// lane's command comes between.
    async fn in_window(
        &self,
        frame: Option<&str>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, CommandFailure> {
        let mut current = self.session.current.lock().await;
        if *current != self.window {
            // A failed switch must not leave the name of a window that commands do not go to.
            current.clear();
            self.session
                .command(
                    Method::POST,
                    "window",
                    Some(json!({ "handle": self.window })),
                )
                .await?;
            current.clone_from(&self.window);
        }
        let Some(selector) = frame else {
            return self.session.command(method, path, body).await;
        };
        let element = self
            .session
            .command(Method::POST, "element", Some(by_css(selector)))
            .await?;
        self.session
            .command(Method::POST, "frame", Some(json!({ "id": element })))
            .await?;
        let answer = self.session.command(method, path, body).await;
        self.session
            .command(Method::POST, "frame", Some(json!({ "id": null })))
            .await?;
        answer
    }

    /// A trusted click.
    pub(super) async fn click(
        &self,
        frame: Option<&str>,
        selector: &str,
    ) -> Result<(), CommandFailure> {
        let element = self
            .in_window(frame, Method::POST, "element", Some(by_css(selector)))
            .await?;
        let id = element
            .as_object()
            .and_then(|reference| reference.values().next())
            .and_then(Value::as_str)
            .unwrap_or_default();
        let path = format!("element/{id}/click");
        self.in_window(frame, Method::POST, &path, Some(json!({})))
            .await
            .map(drop)
    }

    /// Runs a script of ours in the page and waits for its value.
    pub(super) async fn script(
        &self,
        frame: Option<&str>,
        script: &str,
        args: Value,
    ) -> Result<Value, CommandFailure> {
        let body = json!({ "script": script, "args": args });
        self.in_window(frame, Method::POST, "execute/sync", Some(body))
            .await
    }

    /// Runs a script of ours that calls its last argument when it is done.
    pub(super) async fn async_script(
        &self,
        script: &str,
        args: Value,
    ) -> Result<Value, CommandFailure> {
        let body = json!({ "script": script, "args": args });
        self.post("execute/async", body).await
    }
}

fn by_css(selector: &str) -> Value {
    json!({ "using": "css selector", "value": selector })
}
