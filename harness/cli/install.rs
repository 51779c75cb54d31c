//! `posttrack install`: installs ahead what a run would install by itself.

use std::process::ExitCode;

use clap::Args;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::settings::Settings;
use super::{Failure, progress, runtime, wire};
use crate::report::Exit;

/// Arguments of `install`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  posttrack install                          what a run without options needs
  posttrack install appmeasurement@2.23.0    a build

Installs into posttrack's cache folder (POSTTRACK_CACHE, else the XDG cache), browsers with the
system's package manager. POSTTRACK_INSTALL=never forbids it.")]
pub struct InstallArgs {
    /// Browsers and builds [default: what a run without options needs]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// Installs.
pub fn execute(args: &InstallArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let (browsers, builds) = chosen(&args.names)?;
    let quiet = settings.quiet;
    runtime::block_on(async move {
        let mut progress = progress(quiet);
        let (events, mut received) = mpsc::unbounded_channel();
        let mut installing = JoinSet::new();
        installing.spawn(wire::install(browsers, builds, events));
        while let Some(event) = received.recv().await {
            progress.event(&event).map_err(|error| {
                Failure::environment(format!("progress could not be shown: {error}"))
            })?;
        }
        progress.close();
        match installing.join_next().await {
            Some(ended) => ended.unwrap_or_else(|error| Err(runtime::panicked(error))),
            None => Ok(()),
        }
    })?;
    Ok(Exit::AsExpected.into())
}

/// Browsers and builds of these names.
fn chosen(names: &[String]) -> Result<(Vec<String>, Vec<String>), Failure> {
    let browsers = wire::known_browsers();
    let builds = wire::known_builds();
    if names.is_empty() {
        let builds = builds.into_iter().filter(|build| build.default);
        let browser = browsers.into_iter().take(1).collect();
        return Ok((browser, builds.map(|build| build.name).collect()));
    }
    let builds: Vec<String> = builds.into_iter().map(|build| build.name).collect();
    let unknown = names
        .iter()
        .find(|name| !browsers.contains(name) && !builds.contains(name));
    if let Some(name) = unknown {
        return Err(Failure::usage(format!(
            "`{name}` is nothing that posttrack installs; known: {}, {}",
            browsers.join(", "),
            builds.join(", ")
        )));
    }
    Ok(names
        .iter()
        .cloned()
        .partition(|name| browsers.contains(name)))
}
