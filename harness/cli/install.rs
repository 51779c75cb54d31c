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
    let chosen = Chosen::of(&args.names)?;
    let quiet = settings.quiet;
    let there = match &args.from {
        Some(file) => {
            let taking = take(chosen.one_file()?, file.clone());
            runtime::block_on(taking)?
        }
        None => runtime::block_on(install(chosen, quiet))?,
    };
    if !quiet {
        print(|out| tell(out, &there))?;
    }
    Ok(Exit::AsExpected.into())
}

async fn install(chosen: Chosen, quiet: bool) -> Result<SetUp, Failure> {
    let Chosen {
        browsers,
        builds,
        engine,
    } = chosen;
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

/// Names of all library files that can be installed.
fn file_names() -> Vec<String> {
    let known = known_builds().into_iter();
    known
        .map(|build| build.name)
        .chain([TAG_ENGINE.to_owned()])
        .collect()
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

/// What to install.
struct Chosen {
    browsers: Vec<BrowserChoice>,
    builds: Vec<BuildChoice>,
    /// Adobe's public tag engine.
    engine: bool,
}

impl Chosen {
    /// What has these names; without any, what a run without options needs.
    fn of(names: &[String]) -> Result<Chosen, Failure> {
        if names.is_empty() {
            return Ok(Chosen {
                browsers: BrowserChoice::defaults(),
                builds: BuildChoice::defaults(),
                engine: true,
            });
        }
        let known = known_builds();
        let mut chosen = Chosen {
            browsers: Vec::new(),
            builds: Vec::new(),
            engine: false,
        };
        for name in names {
            if let Ok(kind) = name.parse::<BrowserKind>() {
                chosen.browsers.push(BrowserChoice::found(kind));
            } else if known.iter().any(|build| build.name == *name) {
                chosen.builds.push(BuildChoice::Known(name.clone()));
            } else if name == TAG_ENGINE {
                chosen.engine = true;
            } else {
                return Err(unknown(name));
            }
        }
        Ok(chosen)
    }

    /// The file that `--from` is for.
    fn one_file(&self) -> Result<String, Failure> {
        match (&self.browsers[..], &self.builds[..], self.engine) {
            ([], [BuildChoice::Known(name)], false) => Ok(name.clone()),
            ([], [], true) => Ok(TAG_ENGINE.to_owned()),
            _ => Err(Failure::usage(format!(
                "--from takes exactly one build; expected `posttrack install NAME --from FILE` with one of {}",
                file_names().join(", ")
            ))),
        }
    }
}

fn unknown(name: &str) -> Failure {
    let browsers = BrowserKind::ALL.iter().map(|kind| kind.name().to_owned());
    let known: Vec<String> = browsers.chain(file_names()).collect();
    Failure::usage(format!(
        "`{name}` is nothing that posttrack installs; known: {}",
        known.join(", ")
    ))
}
