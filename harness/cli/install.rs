//! `posttrack install`: installs ahead what a run would install by itself.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use drivers::{BrowserKind, known_builds};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::settings::Settings;
use super::{Failure, print, progress, runtime};
use crate::report::Exit;
use crate::report::terminal::safe;
use crate::run::{BrowserChoice, BuildChoice, SetUp, set_up};

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
    let there = runtime::block_on(install(browsers, builds, quiet))?;
    if !quiet {
        print(|out| tell(out, &there))?;
    }
    Ok(Exit::AsExpected.into())
}

async fn install(
    browsers: Vec<BrowserChoice>,
    builds: Vec<BuildChoice>,
    quiet: bool,
) -> Result<SetUp, Failure> {
    let mut progress = progress(quiet);
    let (events, mut received) = mpsc::unbounded_channel();
    let mut installing = JoinSet::new();
    installing.spawn(async move { set_up(&browsers, &builds, &events).await });
    while let Some(event) = received.recv().await {
        progress.event(&event).map_err(|error| {
            Failure::environment(format!("progress could not be shown: {error}"))
        })?;
    }
    progress.close();
    runtime::ended(&mut installing).await?.map_err(Failure::of)
}

/// What is there now.
fn tell(out: &mut dyn Write, there: &SetUp) -> io::Result<()> {
    for browser in &there.browsers {
        let text = format!(
            "{} {} with {}",
            browser.name(),
            browser.version(),
            browser.driver()
        );
        writeln!(out, "ready  {}", safe(&text))?;
    }
    for build in &there.builds {
        let path = build.path.display().to_string();
        writeln!(out, "ready  {} ({})", safe(&build.name), safe(&path))?;
    }
    Ok(())
}

/// Browsers and builds of these names.
fn chosen(names: &[String]) -> Result<(Vec<BrowserChoice>, Vec<BuildChoice>), Failure> {
    if names.is_empty() {
        return Ok((BrowserChoice::defaults(), BuildChoice::defaults()));
    }
    let known = known_builds();
    let mut chosen = (Vec::new(), Vec::new());
    for name in names {
        if let Ok(kind) = name.parse::<BrowserKind>() {
            let program = None;
            chosen.0.push(BrowserChoice { kind, program });
        } else if known.iter().any(|build| build.name == *name) {
            chosen.1.push(BuildChoice::Known(name.clone()));
        } else {
            return Err(unknown(name));
        }
    }
    Ok(chosen)
}

fn unknown(name: &str) -> Failure {
    let browsers = BrowserKind::ALL.iter().map(|kind| kind.name().to_owned());
    let builds = known_builds().into_iter().map(|build| build.name);
    let known: Vec<String> = browsers.chain(builds).collect();
    Failure::usage(format!(
        "`{name}` is nothing that posttrack installs; known: {}",
        known.join(", ")
    ))
}
