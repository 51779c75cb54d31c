//! A lane: one window of a browser session, in which cases run one after another.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::Trouble;
use crate::world::World;

/// The browser and its driver must answer a command within this time, however busy the machine is.
const COMMAND_DEADLINE: Duration = Duration::from_secs(30);

/// A browser session with its world.
pub(super) struct BrowserSession {
    pub(super) world: World,
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
    pub(super) fn new(session: drivers::Session, world: World) -> BrowserSession {
        BrowserSession {
            world,
            session,
            current: Mutex::default(),
        }
    }

    /// Opens the windows of `count` lanes; the session's first window is the first lane.
    pub(super) async fn lanes(self: Arc<Self>, count: usize, size: (u32, u32)) -> Result<Vec<Lane>, Trouble> {
        let mut lanes = Vec::new();
        for index in 0..count {
            let window = if index == 0 {
                self.command("GET", "window", Value::Null).await
            } else {
                self.command("POST", "window/new", json!({ "type": "window" }))
                    .await
                    .map(|made| made["handle"].clone())
            };
            let window = window.map_err(|failure| self.trouble(failure, "a window could not be opened"))?;
            let lane = Lane {
                session: self.clone(),
                window: window.as_str().unwrap_or_default().to_owned(),
            };
            lane.command("POST", "window/rect", json!({ "width": size.0, "height": size.1 }))
                .await
                .map_err(|failure| self.trouble(failure, "a window could not be resized"))?;
            lanes.push(lane);
        }
        Ok(lanes)
    }

    pub(super) fn log_tail(&self) -> String {
        self.session.log_tail(20)
    }

    /// Ends the session; the driver's whole process group is gone when this returns.
    pub(super) async fn close(self) {
        self.session.close().await;
    }

    async fn command(&self, method: &str, path: &str, body: Value) -> Result<Value, CommandFailure> {
        drivers::command(self.session.client(), method, path, body, COMMAND_DEADLINE)
            .await
            .map_err(|error| match error {
                drivers::CommandError::Refused { code, message } => CommandFailure::Refused { code, message },
                lost => CommandFailure::Lost(lost.to_string()),
            })
    }

    /// A failure that another session may not have.
    pub(super) fn trouble(&self, failure: CommandFailure, what: &str) -> Trouble {
        let (why, log) = match failure {
            CommandFailure::Refused { code, message } => (format!("{code}: {message}"), String::new()),
            CommandFailure::Lost(why) => (why, format!("\n  the end of the driver's log:\n{}", self.log_tail())),
        };
        Trouble {
            message: format!("{what}: {why}{log}"),
            infrastructure: true,
            at: None,
        }
    }
}

impl Lane {
    /// A command to this lane's window.
    pub(super) async fn command(&self, method: &str, path: &str, body: Value) -> Result<Value, CommandFailure> {
        self.in_window(None, &[(method, path, body)]).await
    }

    /// Commands in this lane's window (in the frame of this selector, if one is given) that no other
    /// lane may interrupt; the answer is the last one's.
    pub(super) async fn in_window(
        &self,
        frame: Option<&str>,
        commands: &[(&str, &str, Value)],
    ) -> Result<Value, CommandFailure> {
        let mut current = self.session.current.lock().await;
        if *current != self.window {
            // A failed switch must not leave the name of a window that commands do not go to.
            current.clear();
            self.session.command("POST", "window", json!({ "handle": self.window })).await?;
            current.clone_from(&self.window);
        }
        let Some(selector) = frame else {
            return self.all(commands).await;
        };
        let element = self.element(selector).await?;
        self.session.command("POST", "frame", json!({ "id": element })).await?;
        let answer = self.all(commands).await;
        self.session.command("POST", "frame", json!({ "id": null })).await?;
        answer
    }

    async fn all(&self, commands: &[(&str, &str, Value)]) -> Result<Value, CommandFailure> {
        let mut answer = Value::Null;
        for (method, path, body) in commands {
            answer = self.session.command(method, path, body.clone()).await?;
        }
        Ok(answer)
    }

    async fn element(&self, selector: &str) -> Result<Value, CommandFailure> {
        self.session
            .command("POST", "element", json!({ "using": "css selector", "value": selector }))
            .await
    }

    /// A trusted click; no other lane's command comes between finding and clicking.
    pub(super) async fn click(&self, frame: Option<&str>, selector: &str) -> Result<(), CommandFailure> {
        let element = self
            .in_window(frame, &[("POST", "element", json!({ "using": "css selector", "value": selector }))])
            .await?;
        let id = element
            .as_object()
            .and_then(|reference| reference.values().next())
            .and_then(Value::as_str)
            .unwrap_or_default();
        let path = format!("element/{id}/click");
        self.in_window(frame, &[("POST", &path, json!({}))]).await.map(drop)
    }

    /// Runs a script of ours in the page and waits for its value.
    pub(super) async fn script(&self, frame: Option<&str>, script: &str, args: Value) -> Result<Value, CommandFailure> {
        let body = json!({ "script": script, "args": args });
        self.in_window(frame, &[("POST", "execute/sync", body)]).await
    }

    /// Runs a script of ours that calls its last argument when it is done.
    pub(super) async fn async_script(&self, script: &str) -> Result<Value, CommandFailure> {
        let body = json!({ "script": script, "args": [] });
        self.in_window(None, &[("POST", "execute/async", body)]).await
    }
}
