//! `posttrack show`: one case of the last run.

use std::process::ExitCode;

use clap::Args;

use super::settings::Settings;
use super::{Failure, filter, last_run, print, tell};
use crate::report::terminal::{case_line, show};
use crate::report::{CaseResult, Exit, Results};

/// How many cases are listed when several are meant.
const LISTED: usize = 20;

/// Arguments of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  posttrack show                        the cases of the last run, a line each
  posttrack show post/extra-arguments   what happened in that one")]
pub struct ShowArgs {
    /// A case's or scenario's name, or a part that only it has
    case: Option<String>,
}

/// Shows.
pub fn execute(args: &ShowArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let results = last_run::load(&settings.scenarios)?.ok_or_else(|| {
        Failure::usage(format!(
            "no run over {} is known; start one with `posttrack run`",
            settings.scenarios.display()
        ))
    })?;
    match &args.case {
        None => print(|out| {
            let mut cases = results.cases.iter();
            cases.try_for_each(|case| writeln!(out, "{}", case_line(case)))
        })?,
        Some(part) => {
            let case = the_one(part, &results)?;
            print(|out| show(out, &results, case))?;
        }
    }
    if !settings.quiet {
        tell(format_args!(
            "posttrack: this is from {}",
            last_run::which(&results)
        ));
    }
    Ok(Exit::AsExpected.into())
}

/// The case of this whole name or scenario, else the one whose scenario's name ends with it, else
/// the one whose name contains it.
fn the_one<'a>(part: &str, results: &'a Results) -> Result<&'a CaseResult, Failure> {
    let names: Vec<String> = results.cases.iter().map(CaseResult::name).collect();
    let asked = [part.to_owned()];
    if let Some(error) = filter::unmatched(&asked, names.iter().map(String::as_str)) {
        let run = last_run::which(results);
        return Err(Failure::usage(format!("{error}\n  looked in {run}")));
    }
    let last_parts = format!("/{part}");
    let fits: [&dyn Fn(&CaseResult) -> bool; 3] = [
        &|case| case.name() == part || case.scenario == part,
        &|case| case.scenario.ends_with(&last_parts),
        &|case| case.name().contains(part),
    ];
    let mut fitting = fits.iter().map(|fits| {
        let cases = results.cases.iter().filter(|case| fits(case));
        cases.collect::<Vec<_>>()
    });
    let fitting = fitting.find(|cases| !cases.is_empty());
    match fitting.unwrap_or_default().as_slice() {
        [one] => Ok(one),
        several => Err(ambiguous(part, several)),
    }
}

fn ambiguous(part: &str, cases: &[&CaseResult]) -> Failure {
    let mut text = format!(
        "`{part}` may be one of {} cases; name one of them:",
        cases.len()
    );
    for case in cases.iter().take(LISTED) {
        text += &format!("\n  {}", case.name());
    }
    if cases.len() > LISTED {
        text += &format!("\n  and {} more", cases.len() - LISTED);
    }
    Failure::usage(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn found(part: &str) -> Result<String, String> {
        let results = sample::results();
        the_one(part, &results)
            .map(|case| case.scenario.clone())
            .map_err(|failure| {
                assert_eq!(failure.exit.code(), 2, "{failure}");
                failure.to_string()
            })
    }

    #[test]
    fn a_part_that_one_case_has_is_enough() {
        for part in [
            "post/twice",
            "twice",
            "tw",
            "firefox::appmeasurement-2.23.0::post/twice",
        ] {
            assert_eq!(found(part).as_deref(), Ok("post/twice"), "{part}");
        }
    }

    #[test]
    fn of_several_cases_the_candidates_are_listed() {
        insta::assert_snapshot!(found("post/").unwrap_err(), @r##"
        `post/` may be one of 3 cases; name one of them:
          firefox::appmeasurement-2.23.0::post/extra-arguments
          firefox::appmeasurement-2.23.0::post/only-argument
          firefox::appmeasurement-2.23.0::post/twice
        "##);
    }

    #[test]
    fn what_no_case_has_is_told_with_near_names_and_the_run() {
        insta::assert_snapshot!(found("post/twise").unwrap_err(), @r##"
        no case's name contains `post/twise`; did you mean `post/twice`?
          looked in the run of every case that ended 2026-11-24 12:01:12 UTC
        "##);
    }
}
