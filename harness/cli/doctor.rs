//! `posttrack doctor`: what a run needs, what is there, how to mend what is missing.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

use super::settings::Settings;
use super::wire::{self, Item};
use super::{Failure, print, runtime};
use crate::report::Exit;
use crate::report::terminal::safe;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 a run could start · 3 it could not")]
pub struct DoctorArgs {}

/// Says it.
pub fn execute(_: &DoctorArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let items = runtime::block_on(async { Ok(wire::inspect().await) })?;
    let blocked = items.iter().filter(|item| blocks(item)).count();
    print(|out| {
        for item in &items {
            if !settings.quiet || blocks(item) {
                line(out, item)?;
            }
        }
        match blocked {
            0 => writeln!(out, "a run could start"),
            _ => writeln!(out, "a run could not start"),
        }
    })?;
    Ok(match blocked {
        0 => Exit::AsExpected.into(),
        _ => Exit::Environment.into(),
    })
}

/// A run cannot start because of this.
fn blocks(item: &Item) -> bool {
    item.found.is_none() && item.not_now.is_none() && !item.installs_itself
}

fn line(out: &mut dyn Write, item: &Item) -> io::Result<()> {
    let what = safe(&item.what);
    match &item.found {
        Some((version, path)) => {
            let path = path.display().to_string();
            return writeln!(out, "ok       {what} {} ({})", safe(version), safe(&path));
        }
        None if blocks(item) => writeln!(out, "MISSING  {what}")?,
        None if item.installs_itself => {
            writeln!(out, "missing  {what} (a run installs it by itself)")?;
        }
        None => {
            let why = item.not_now.as_deref().unwrap_or_default();
            writeln!(out, "missing  {what} (not needed now: {})", safe(why))?;
        }
    }
    if let Some(problem) = &item.problem {
        writeln!(out, "         {}", safe(problem))?;
    }
    if let Some(mend) = &item.mend {
        writeln!(out, "         to mend it, {}", safe(mend))?;
    }
    Ok(())
}
