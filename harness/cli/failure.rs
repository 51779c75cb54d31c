//! Why a command ended without doing what it was asked.

use super::tell;
use crate::report::Exit;
use crate::report::terminal::safe;

/// The exit code and what people are told.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, where, and what to do.
    pub message: String,
    /// The message is complete as it is (a rendered diagnostic, styled).
    rendered: bool,
}

/// Tells them all; the exit code that they come to, if there are any.
pub fn told(failures: &[Failure]) -> Option<Exit> {
    failures.iter().for_each(Failure::tell);
    failures.first().map(|failure| failure.exit)
}

impl Failure {
    /// Wrong arguments or files of the user.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure {
            exit: Exit::Usage,
            message: message.into(),
            rendered: false,
        }
    }

    /// A diagnostic that was rendered already.
    pub fn diagnostic(message: impl Into<String>) -> Failure {
        Failure {
            rendered: true,
            ..Failure::usage(message)
        }
    }

    /// Something outside failed.
    pub fn environment(message: impl Into<String>) -> Failure {
        Failure {
            exit: Exit::Environment,
            ..Failure::usage(message)
        }
    }

    /// What a room below says that no argument or file of the user brought about.
    pub fn of(error: impl std::fmt::Display) -> Failure {
        Failure::environment(error.to_string())
    }

    /// The run was stopped before anything ran.
    pub fn not_run(message: impl Into<String>) -> Failure {
        Failure {
            exit: Exit::NotRun,
            ..Failure::usage(message)
        }
    }

    /// Tells it on stderr.
    pub fn tell(&self) {
        if self.rendered {
            tell(self.message.trim_end());
            return;
        }
        let style = anstyle::AnsiColor::Red.on_default().bold();
        // Line by line, because a message may hold the tail of a log.
        let lines: Vec<_> = self.message.lines().map(safe).collect();
        tell(format_args!("{style}error:{style:#} {}", lines.join("\n")));
    }
}
