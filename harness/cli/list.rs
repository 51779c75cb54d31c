//! `posttrack list`: what there is.

mod requirements;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use drivers::{BrowserKind, Item, Need, Setup, Source};

use super::settings::Settings;
use super::{Failure, last_run, print, runtime, tell};
use crate::report::terminal::safe;
use crate::report::{Exit, Results};
use crate::run::{BrowserChoice, reference_build};
use crate::scenario::{self, Library, Suite};
use crate::verdict;

/// Arguments of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  posttrack list                every scenario: its name, title and tags
  posttrack list requirements   every documented claim, with the last run's verdicts
  posttrack list browsers       the browsers, and what is there of each
  posttrack list builds         the builds that posttrack knows, and which of them are cached")]
pub struct ListArgs {
    /// What to list
    #[arg(value_enum, default_value_t = Kind::Scenarios)]
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Scenarios by name, a row each
    Scenarios,
    /// Browsers that posttrack drives: default or not, and what is there of each
    Browsers,
    /// Builds that posttrack knows: library, version, licence, default or not, cached or not, source
    Builds,
    /// Documented claims, with the verdicts of the last run
    Requirements,
    /// What is judged in every case, whatever its scenario was written for
    Laws,
}

/// Lists.
pub fn execute(args: &ListArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    match args.kind {
        Kind::Scenarios => {
            let suite = readable(settings)?;
            print(|out| scenarios(out, &suite))?;
        }
        Kind::Browsers => {
            let found = runtime::block_on(async { Ok(look_for_browsers().await) })?;
            print(|out| browsers(out, &found))?;
        }
        Kind::Builds => print(builds)?,
        Kind::Requirements => {
            let suite = readable(settings)?;
            let last = last_run::load(&settings.scenarios)?;
            print(|out| requirements::write(out, &suite, last.as_ref()))?;
            if !settings.quiet {
                tell(format_args!("posttrack: {}", whose_verdicts(last.as_ref())));
            }
        }
        Kind::Laws => print(laws)?,
    }
    Ok(Exit::AsExpected.into())
}

/// The suite; mistakes in it are told, and an error in what all need ends it.
fn readable(settings: &Settings) -> Result<Suite, Failure> {
    let loaded = scenario::load(&settings.scenarios);
    let fatal = loaded.blocking(|_| false);
    if !fatal.is_empty() {
        return Err(Failure::diagnostic(fatal.render(true)));
    }
    for found in loaded.diagnostics.iter() {
        tell(format_args!("{}\n", found.render(true).trim_end()));
    }
    Ok(loaded.suite)
}

fn scenarios(out: &mut dyn Write, suite: &Suite) -> io::Result<()> {
    let width = suite.scenarios.iter().map(|one| one.name.chars().count());
    let width = width.max().unwrap_or(0);
    for scenario in &suite.scenarios {
        let tags = match scenario.tags.as_slice() {
            [] => String::new(),
            tags => format!("  [{}]", tags.join(", ")),
        };
        let line = format!("{:<width$}  {}{tags}", scenario.name, scenario.title);
        writeln!(out, "{}", safe(&line))?;
    }
    Ok(())
}

/// Each browser with its programs.
async fn look_for_browsers() -> Vec<(BrowserKind, Vec<Item>)> {
    let setup = Setup::from_env(Arc::new(|_| {}));
    let mut found = Vec::new();
    for kind in BrowserKind::ALL {
        found.push((kind, setup.inspect_browser(kind).await));
    }
    found
}

/// A row a browser: name, whether it is used by default, its programs with their versions.
fn browsers(out: &mut dyn Write, found: &[(BrowserKind, Vec<Item>)]) -> io::Result<()> {
    let defaults = BrowserChoice::defaults();
    for (kind, items) in found {
        let default = defaults.iter().any(|choice| choice.kind == *kind);
        let programs: Vec<String> = items
            .iter()
            .filter(|item| item.need == Need::Needed)
            .map(|item| match &item.found {
                Some(found) => format!("{} {}", item.what, found.version)
                    .trim_end()
                    .to_owned(),
                None => format!("{} missing", item.what),
            })
            .collect();
        let default = if default { "default" } else { "-" };
        let line = format!("{:<7}  {default:<7}  {}", kind.name(), programs.join(", "));
        writeln!(out, "{}", safe(&line))?;
    }
    Ok(())
}

/// A row a build: name, library, version, licence, whether it is used by default, whether it is cached, and where
/// the cached file comes from, or else each that may be fetched.
fn builds(out: &mut dyn Write) -> io::Result<()> {
    let setup = Setup::from_env(Arc::new(|_| {}));
    let reference = reference_build();
    let own = [
        reference.name.as_str(),
        Library::Appmeasurement.name(),
        "-",
        env!("CARGO_PKG_LICENSE"),
        "-",
        "compiled in",
        reference.source.as_str(),
    ]
    .map(str::to_owned);
    let rows: Vec<[String; 7]> = drivers::known_builds()
        .into_iter()
        .map(|build| {
            let cached = setup.cached_build(&build);
            let source = match &cached {
                Some(file) => file.source.clone(),
                None => {
                    let all: Vec<String> = build.sources.iter().map(Source::to_string).collect();
                    all.join(", or ")
                }
            };
            let is_cached = if cached.is_some() {
                "cached"
            } else {
                "not cached"
            };
            let default = if build.default { "default" } else { "-" };
            [
                build.name,
                build.library,
                build.version,
                build.licence,
                default.to_owned(),
                is_cached.to_owned(),
                source,
            ]
        })
        .chain([own])
        .collect();
    let width = |n: usize| rows.iter().map(|row| row[n].chars().count()).max();
    let widths: Vec<usize> = (0..7).map(|n| width(n).unwrap_or(0)).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{:<width$}", safe(cell)))
            .collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

fn laws(out: &mut dyn Write) -> io::Result<()> {
    for law in verdict::laws() {
        writeln!(out, "{:<8}  {}", law.id, law.states)?;
    }
    Ok(())
}

fn whose_verdicts(last: Option<&Results>) -> String {
    match last {
        None => "no run is known, so there are no verdicts; `posttrack run` makes them".into(),
        Some(run) => format!("the verdicts are from {}", last_run::which(run)),
    }
}
