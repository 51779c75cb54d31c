//! Any WebDriver command, under a deadline.

use std::time::Duration;

use fantoccini::Client;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::Value;
use thiserror::Error;
use tokio::time::timeout;
use url::{ParseError, Url};

/// A WebDriver command that is sent as it stands.
#[derive(Clone, Debug)]
pub struct Raw {
    /// The HTTP method.
    pub method: Method,
    /// The path below `/session/{id}/`, such as `execute/sync`.
    pub path: String,
    /// The body; a POST without one gets an empty object, as WebDriver demands.
    pub body: Option<Value>,
}

impl WebDriverCompatibleCommand for Raw {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        match session {
            Some(id) => base.join(&format!("session/{id}/{}", self.path)),
            None => base.join(&self.path),
        }
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = match &self.body {
            Some(body) => Some(body.to_string()),
            None if self.method == Method::POST => Some("{}".to_owned()),
            None => None,
        };
        (self.method.clone(), body)
    }
}

/// A command that did not succeed.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The driver answered with an error of its own.
    #[error("the driver answered {command} with `{code}`: {message}")]
    Driver {
        /// Method and path.
        command: String,
        /// WebDriver's error code, such as `javascript error`; `not webdriver` for an answer of another form.
        code: String,
        /// The driver's message.
        message: String,
    },
    /// No answer in time. The command is still in flight, and later ones queue behind it: close the session.
    #[error("{command} had no answer within {deadline:?}: the page or the browser hangs")]
    Deadline {
        /// Method and path.
        command: String,
        /// The deadline that passed.
        deadline: Duration,
    },
    /// The driver, or the connection to it, is gone.
    #[error("the connection to the driver was lost during {command}: {message}")]
    Lost {
        /// Method and path.
        command: String,
        /// What the client said.
        message: String,
    },
}

/// Sends one command to the client's session and waits for its value, at most for `deadline`.
pub async fn command(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<Value>,
    deadline: Duration,
) -> Result<Value, CommandError> {
    let named = format!("{method} {path}");
    let raw = Raw {
        method,
        path: path.to_owned(),
        body,
    };
    match timeout(deadline, client.issue_cmd(raw)).await {
        Ok(answer) => answer.map_err(|error| told_apart(error, named)),
        Err(_) => Err(CommandError::Deadline {
            command: named,
            deadline,
        }),
    }
}

fn told_apart(error: CmdError, command: String) -> CommandError {
    let odd = |command, message| CommandError::Driver {
        command,
        code: "not webdriver".to_owned(),
        message,
    };
    match error {
        CmdError::Standard(said) => CommandError::Driver {
            command,
            code: said.error.description().to_owned(),
            message: said.message.into_owned(),
        },
        CmdError::NotW3C(value) => odd(command, value.to_string()),
        CmdError::NotJson(text) => odd(command, text),
        CmdError::Json(error) => odd(command, error.to_string()),
        CmdError::BadUrl(error) => odd(command, error.to_string()),
        lost => CommandError::Lost {
            command,
            message: chain(&lost),
        },
    }
}

/// An error with its causes, which is where hyper says what happened.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = next.source();
    }
    text
}
