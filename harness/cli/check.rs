//! `posttrack check`: are the scenario files, the catalogue and the snapshots in order?

use std::process::ExitCode;

use clap::Args;

use super::settings::Settings;
use super::{Failure, print, tell};
use crate::report::Exit;
use crate::report::terminal::{count, is_or_are};
use crate::scenario::{self, Requirement, Suite};
use crate::verdict::{self, snapshots};

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  posttrack check
  posttrack check --scenarios tests/analytics

Exit codes: 0 all files are valid · 2 at least one error")]
pub struct CheckArgs {}

/// Checks.
pub fn execute(_: &CheckArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let loaded = scenario::load(&settings.scenarios);
    for found in loaded.diagnostics.iter() {
        tell(format_args!("{}\n", found.render(true).trim_end()));
    }
    let mut errors = loaded.diagnostics.errors();
    // What is missing may stand in a file that could not be read.
    if errors == 0 {
        errors += stray_snapshots(settings, &loaded.suite)?;
        tell_unproven(&loaded.suite, settings.quiet);
    }
    let valid = loaded.suite.scenarios.len();
    let scenarios = count(valid, "scenario", "scenarios");
    print(|out| match errors {
        0 => writeln!(out, "{scenarios} {} valid", is_or_are(valid)),
        _ => writeln!(
            out,
            "{} to mend; {scenarios} {} valid",
            count(errors, "error", "errors"),
            is_or_are(valid)
        ),
    })?;
    Ok(match errors {
        0 => Exit::AsExpected.into(),
        _ => Exit::Usage.into(),
    })
}

/// Tells the snapshot files that belong to no scenario and the variants that say nothing of their
/// own; yields how many there are.
fn stray_snapshots(settings: &Settings, suite: &Suite) -> Result<usize, Failure> {
    let names = suite
        .scenarios
        .iter()
        .map(|scenario| scenario.name.as_str());
    let mut stray = snapshots::unreferenced(&settings.snapshots, names).map_err(Failure::of)?;
    stray.extend(snapshots::redundant_variants(&settings.snapshots).map_err(Failure::of)?);
    let errors = stray.len();
    for finding in stray {
        Failure::usage(finding.why).tell();
    }
    Ok(errors)
}

/// Tells which claims neither a law nor a scenario would prove: a run leaves them unproven.
fn tell_unproven(suite: &Suite, quiet: bool) {
    let proven = |requirement: &Requirement| {
        let id = &requirement.id;
        verdict::laws().iter().any(|law| law.id == id)
            || suite.scenarios.iter().any(|scenario| {
                scenario.requirements.iter().any(|(asked, _)| asked == id)
                    || scenario.checks.iter().any(|check| check.requirement == *id)
            })
    };
    let left: Vec<&str> = suite
        .catalogue
        .requirements
        .iter()
        .filter(|requirement| requirement.unprovable.is_none() && !proven(requirement))
        .map(|requirement| requirement.id.as_str())
        .collect();
    if !left.is_empty() && !quiet {
        tell(format_args!(
            "posttrack: {} {} not proven yet: {}",
            count(left.len(), "requirement", "requirements"),
            is_or_are(left.len()),
            left.join(", ")
        ));
    }
}
