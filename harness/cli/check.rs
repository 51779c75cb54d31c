//! `posttrack check`: are the scenario files, the catalogue and the snapshots in order?

use std::process::ExitCode;

use clap::Args;

use super::settings::Settings;
use super::{Failure, print, tell, wire};
use crate::report::Exit;
use crate::scenario::{Requirement, Suite};

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  posttrack check
  posttrack check --scenarios tests/analytics

Exit codes: 0 all files are valid · 2 at least one error")]
pub struct CheckArgs {}

/// Checks.
pub fn execute(_: &CheckArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let loaded = wire::load(&settings.scenarios);
    for found in &loaded.diagnostics {
        tell(format_args!("{}\n", found.text.trim_end()));
    }
    let mut errors = loaded
        .diagnostics
        .iter()
        .filter(|found| found.error)
        .count();
    let unreadable = errors > 0;
    // What is missing may stand in a file that could not be read.
    if !unreadable {
        for finding in wire::stray_snapshots(&settings.snapshots, &loaded.suite)? {
            Failure::usage(finding.why).tell();
            errors += 1;
        }
        unproven(&loaded.suite);
    }
    let scenarios = loaded.suite.scenarios.len();
    let line = match errors {
        0 => format!("{scenarios} scenarios are valid"),
        1 => format!("1 error beside {scenarios} scenarios"),
        n => format!("{n} errors beside {scenarios} scenarios"),
    };
    if !settings.quiet || errors > 0 {
        print(|out| writeln!(out, "{line}"))?;
    }
    Ok(match errors {
        0 => Exit::AsExpected.into(),
        _ => Exit::Usage.into(),
    })
}

/// Tells which claims neither a law nor a scenario would prove. They come out as unproven.
fn unproven(suite: &Suite) {
    let laws = wire::laws();
    let proven = |requirement: &&Requirement| {
        let id = &requirement.id;
        laws.contains(id)
            || suite.scenarios.iter().any(|scenario| {
                scenario.requirements.iter().any(|(asked, _)| asked == id)
                    || scenario.checks.iter().any(|check| check.requirement == *id)
            })
    };
    let rows = suite.catalogue.requirements.iter();
    let left: Vec<&str> = rows
        .filter(|requirement| requirement.unprovable.is_none() && !proven(requirement))
        .map(|requirement| requirement.id.as_str())
        .collect();
    if !left.is_empty() {
        tell(format_args!(
            "posttrack: neither a law nor a scenario proves {}; write one, or say in requirements.toml why it is `unprovable`",
            left.join(", ")
        ));
    }
}
