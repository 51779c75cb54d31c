//! `posttrack show`: one case of the last run.

use std::process::ExitCode;

use clap::Args;

use super::settings::Settings;
use super::{Failure, filter, last_run, print};
use crate::report::terminal::{case_line, show};
use crate::report::{CaseResult, Exit};

/// Arguments of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  posttrack show                        the cases of the last run, a line each
  posttrack show post/extra-arguments   what happened in that one")]
pub struct ShowArgs {
    /// A case's name, or a part that only it has
    case: Option<String>,
}

/// Shows.
pub fn execute(args: &ShowArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let results = last_run::load(&settings.scenarios)?.ok_or_else(|| {
        Failure::usage(format!(
            "there is no last run over {}; start one with `posttrack run`",
            settings.scenarios.display()
        ))
    })?;
    let fitting = match &args.case {
        Some(part) => fitting(part, &results.cases)?,
        None => results.cases.iter().collect(),
    };
    match (fitting.as_slice(), &args.case) {
        ([one], Some(_)) => print(|out| show(out, &results, one))?,
        (several, _) => {
            print(|out| {
                let mut lines = several.iter().map(|case| case_line(case));
                lines.try_for_each(|line| writeln!(out, "{line}"))
            })?;
            if let Some(part) = &args.case {
                let n = several.len();
                return Err(Failure::usage(format!(
                    "`{part}` is a part of {n} names; give more of the one to show"
                )));
            }
        }
    }
    Ok(Exit::AsExpected.into())
}

/// The case of this whole name or scenario, else those whose names contain it.
fn fitting<'a>(part: &str, cases: &'a [CaseResult]) -> Result<Vec<&'a CaseResult>, Failure> {
    let names: Vec<String> = cases.iter().map(CaseResult::name).collect();
    let asked = [part.to_owned()];
    if let Some(error) = filter::unmatched(&asked, names.iter().map(String::as_str)) {
        return Err(Failure::usage(format!("the last run: {error}")));
    }
    let exact: Vec<&CaseResult> = cases
        .iter()
        .filter(|case| case.name() == part || case.scenario == part)
        .collect();
    if !exact.is_empty() {
        return Ok(exact);
    }
    Ok(cases
        .iter()
        .filter(|case| case.name().contains(part))
        .collect())
}
