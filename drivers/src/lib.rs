//! Finds, installs, starts, supervises and stops WebDriver servers and browsers, and fetches library builds.
//!
//! Here lives everything between a machine and a WebDriver session: [`Setup`] finds or installs, a [`Browser`] starts
//! a [`Session`], [`supervise`] sees to it that nothing of it outlives us. What a page, a library or a scenario is,
//! is not known here. Linux only; elsewhere this does not compile.

#[cfg(not(target_os = "linux"))]
compile_error!(
    "posttrack runs browsers on Linux only: it relies on /proc and on the commands setsid and mktemp"
);

mod browser;
mod builds;
mod cache;
mod chrome;
mod command;
mod doctor;
mod environment;
mod error;
mod external;
mod firefox;
#[cfg(test)]
mod floor;
mod geckodriver;
mod module;
mod progress;
mod setup;
pub mod supervise;
mod text;
mod webkit;

pub use browser::{
    Authority, Browser, BrowserKind, ServerKey, Session, SessionSettings, StartError, Starting,
    UnknownBrowser,
};
pub use builds::{
    BuildFile, KnownBuild, NpmFile, Origin, Source, TAG_ENGINE, Web, default_builds, known_builds,
    parse_builds,
};
pub use command::{CommandError, Raw, command};
pub use doctor::{Found, Item, Need, could_start};
pub use environment::Environment;
pub use error::SetupError;
pub use progress::{OnProgress, Progress};
pub use setup::Setup;
