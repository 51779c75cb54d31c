//! `posttrack install`: installs ahead what a run would install by itself.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use drivers::{BrowserKind, Setup, TAG_ENGINE, known_builds};
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
  posttrack install chrome webkit            browsers
  posttrack install appmeasurement@2.27.0 --from AppMeasurement.js
                                             a build from a file, without internet

Installs into posttrack's cache folder (POSTTRACK_CACHE, else the XDG cache), browsers with the
system's package manager. A build is kept only if its sha256 is the pinned one. Addresses are
reached through HTTPS_PROXY, and believed if the system's certificate authorities vouch for them,
or those in SSL_CERT_FILE. POSTTRACK_INSTALL=never forbids all but --from.")]
pub struct InstallArgs {
    /// Browsers and builds [default: what a run without options needs]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Take the one build that is named from this file
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

/// Installs.
pub fn execute(args: &InstallArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let (browsers, builds) = chosen(&args.names)?;
    let quiet = settings.quiet;
    let there = match &args.from {
        Some(file) => {
            let taking = take(one_build(&args.names, &builds)?, file.clone());
            runtime::block_on(taking)?
        }
        None => {
            let everything = args.names.is_empty();
            runtime::block_on(install(browsers, builds, everything, quiet))?
        }
    };
    if !quiet {
        print(|out| tell(out, &there))?;
    }
    Ok(Exit::AsExpected.into())
}

async fn install(
    browsers: Vec<BrowserChoice>,
    builds: Vec<BuildChoice>,
    engine: bool,
    quiet: bool,
) -> Result<SetUp, Failure> {
    let mut progress = progress(quiet);
    let (events, mut received) = mpsc::unbounded_channel();
    let mut installing = JoinSet::new();
    installing.spawn(async move { set_up(&browsers, &builds, engine, &events).await });
    while let Some(event) = received.recv().await {
        progress.event(&event).map_err(|error| {
            Failure::environment(format!("progress could not be shown: {error}"))
        })?;
    }
    progress.close();
    runtime::ended(&mut installing).await?.map_err(Failure::of)
}

/// Takes a build from a file.
async fn take(name: String, file: PathBuf) -> Result<SetUp, Failure> {
    let setup = Setup::from_env(Arc::new(|_| {}));
    let taken = setup.build_from(&name, &file).await;
    Ok(SetUp {
        builds: vec![taken.map_err(Failure::of)?],
        browsers: Vec::new(),
        engine: None,
    })
}

/// The build that `--from` is for.
fn one_build(names: &[String], builds: &[BuildChoice]) -> Result<String, Failure> {
    match (names, builds) {
        ([_], [BuildChoice::Known(name)]) => Ok(name.clone()),
        _ => Err(Failure::usage(format!(
            "--from takes exactly one build; expected `posttrack install NAME --from FILE` with one of {}",
            build_names().join(", ")
        ))),
    }
}

/// The builds, and the file that pages load beside them.
fn build_names() -> Vec<String> {
    let known = known_builds().into_iter().map(|build| build.name);
    known.chain([TAG_ENGINE.to_owned()]).collect()
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
    for build in there.builds.iter().chain(&there.engine) {
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
    let known = build_names();
    let mut chosen = (Vec::new(), Vec::new());
    for name in names {
        if let Ok(kind) = name.parse::<BrowserKind>() {
            chosen.0.push(BrowserChoice::found(kind));
        } else if known.contains(name) {
            chosen.1.push(BuildChoice::Known(name.clone()));
        } else {
            return Err(unknown(name));
        }
    }
    Ok(chosen)
}

fn unknown(name: &str) -> Failure {
    let browsers = BrowserKind::ALL.iter().map(|kind| kind.name().to_owned());
    let known: Vec<String> = browsers.chain(build_names()).collect();
    Failure::usage(format!(
        "`{name}` is nothing that posttrack installs; known: {}",
        known.join(", ")
    ))
}
