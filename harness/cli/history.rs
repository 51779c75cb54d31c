//! `posttrack history`: since when each case and requirement is as it is, and because of what.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use super::settings::Settings;
use super::{Failure, filter, print, tell, width};
use crate::history::{CaseHistory, Folder, History, RequirementHistory, add};
use crate::report::terminal::{HistoryLook, count, history};
use crate::report::{Exit, Results, night};
use crate::run::meets;

/// Arguments of `history`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  posttrack run --history nights                       run, and add the results to the folder
  posttrack history --history nights                   what does not pass or is new, since when, why
  posttrack history --history nights POST-03 matrix/   some requirements and cases, each with a line
  posttrack history --history nights --since 2026-11-01
  posttrack history --history nights --json > history.json
  posttrack history --history nights prune --keep 365

The folder has a file a run. Two folders are merged by copying one into the other.")]
pub struct HistoryArgs {
    /// Any part of the name of a case (firefox::appmeasurement-2.23.0::post/extra-arguments) or of a
    /// requirement (firefox::appmeasurement-2.23.0::POST-03)
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// The folder that `run --history` adds to
    #[arg(long, value_name = "DIR", global = true)]
    history: Option<PathBuf>,
    /// Only what changed then or later (2026-11-30, or 2026-11-30T02:00:00Z)
    #[arg(long, value_name = "DATE", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// Print a document for machines (`posttrack schema history` describes it)
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Remove all runs but the newest
    Prune {
        /// How many to keep
        #[arg(long, value_name = "N")]
        keep: usize,
    },
}

impl HistoryArgs {
    /// Whether only a part is meant, or a document.
    fn chooses(&self) -> bool {
        !self.filters.is_empty() || self.since.is_some() || self.json
    }
}

/// Shows, or prunes.
pub fn execute(args: &HistoryArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let dir = args.history.as_ref().or(settings.run.history.as_ref());
    let dir = dir.ok_or_else(|| {
        Failure::usage(
            "there is no folder to look in; name it with --history DIR, or set `history` under `[run]` in posttrack.toml",
        )
    })?;
    match args.action {
        Some(Action::Prune { .. }) if args.chooses() => {
            return Err(Failure::usage(
                "prune removes whole runs: FILTER, --since and --json do not go with it",
            ));
        }
        Some(Action::Prune { keep }) => prune(dir, keep, settings)?,
        None => show(dir, args)?,
    }
    Ok(Exit::AsExpected.into())
}

fn prune(dir: &Path, keep: usize, settings: &Settings) -> Result<(), Failure> {
    let folder = Folder::open(dir).map_err(Failure::of)?;
    let all = folder.len();
    let removed = folder.prune(keep).map_err(Failure::of)?;
    if !settings.quiet {
        let runs = count(removed, "run", "runs");
        let kept = all - removed;
        tell(format_args!(
            "posttrack: removed {runs} from {}, kept {kept}",
            dir.display()
        ));
    }
    Ok(())
}

fn show(dir: &Path, args: &HistoryArgs) -> Result<(), Failure> {
    let folder = Folder::open(dir).map_err(Failure::of)?;
    let whole = History::read(&folder).map_err(Failure::of)?;
    let whole = whole.ok_or_else(|| {
        Failure::usage(format!(
            "there is no run in {}; `posttrack run --history {}` adds one",
            dir.display(),
            dir.display()
        ))
    })?;
    let shown = chosen(whole, args)?;
    if args.json {
        return print(|out| {
            serde_json::to_writer_pretty(&mut *out, &shown).map_err(io::Error::from)?;
            writeln!(out)
        });
    }
    let look = HistoryLook {
        width: width(),
        all: !args.filters.is_empty() || args.since.is_some(),
    };
    print(|out| history(out, &shown, look))
}

/// What the filters and the date leave of it.
fn chosen(mut whole: History, args: &HistoryArgs) -> Result<History, Failure> {
    let cases = whole.cases.iter().map(CaseHistory::name);
    let requirements = whole.requirements.iter().map(RequirementHistory::name);
    let names: Vec<String> = cases.chain(requirements).collect();
    if let Some(error) = filter::unmatched(&args.filters, names.iter().map(String::as_str)) {
        return Err(Failure::usage(error));
    }
    // What is as it was in the first run did not change.
    let changed = |last: Option<(OffsetDateTime, bool)>| match (args.since, last) {
        (Some(since), Some((at, has_cause))) => has_cause && at >= since,
        _ => true,
    };
    whole.cases.retain(|case| {
        let last = case.changes.last();
        meets(&case.name(), &args.filters)
            && changed(last.map(|change| (change.at, !change.causes.is_empty())))
    });
    whole.requirements.retain(|row| {
        let last = row.changes.last();
        meets(&row.name(), &args.filters)
            && changed(last.map(|change| (change.at, !change.causes.is_empty())))
    });
    Ok(whole)
}

/// Adds a run to the folder, and says what the folder says now.
pub(super) fn keep(results: &Results, dir: &Path) -> Result<Option<History>, Failure> {
    let night = night(results).map_err(Failure::of)?;
    add(dir, &night).map_err(Failure::of)?;
    let folder = Folder::open(dir).map_err(Failure::of)?;
    History::read(&folder).map_err(Failure::of)
}

/// A day or a moment.
fn moment(text: &str) -> Result<OffsetDateTime, String> {
    let day = Date::parse(text, format_description!("[year]-[month]-[day]"));
    let day = day.map(|day| day.midnight().assume_utc());
    day.or_else(|_| OffsetDateTime::parse(text, &Rfc3339))
        .map_err(|_| "expected a date like 2026-11-30 or 2026-11-30T02:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::history::testing::{case, day, night, violated};
    use crate::history::{Night, Streaks};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: HistoryArgs,
    }

    fn args(words: &[&str]) -> HistoryArgs {
        let words = ["history"].iter().chain(words);
        Line::try_parse_from(words).unwrap().args
    }

    fn whole() -> History {
        let nights: [Night; 2] = [
            night(1, vec![case("post/a"), case("t/b")]),
            night(2, vec![violated("post/a"), case("t/b")]),
        ];
        let mut streaks = Streaks::default();
        nights.iter().for_each(|night| streaks.take(night));
        streaks.finish().unwrap()
    }

    fn left(words: &[&str]) -> Vec<String> {
        let history = chosen(whole(), &args(words)).unwrap();
        let cases = history.cases.iter().map(CaseHistory::name);
        let rows = history.requirements.iter().map(RequirementHistory::name);
        cases.chain(rows).collect()
    }

    #[test]
    fn filters_are_for_cases_and_requirements() {
        assert_eq!(left(&[]).len(), 4);
        assert_eq!(left(&["post/"]), ["firefox::mine::post/a"]);
        assert_eq!(
            left(&["T-02", "t/b"]),
            ["firefox::mine::t/b", "firefox::mine::T-02"]
        );
        let error = chosen(whole(), &args(&["POST-30"])).unwrap_err();
        assert_eq!(error.exit.code(), 2);
        insta::assert_snapshot!(error, @"no case's name contains `POST-30`; did you mean `POST-03`?");
    }

    #[test]
    fn a_date_leaves_what_changed_since() {
        let changed = ["firefox::mine::post/a", "firefox::mine::POST-03"];
        assert_eq!(left(&["--since", "2026-11-01"]), changed);
        assert_eq!(left(&["--since", "2026-11-02T02:00:00Z"]), changed);
        assert_eq!(left(&["--since", "2026-11-03"]), [""; 0]);
        assert_eq!(moment("2026-11-01T03:00:00+01:00"), Ok(day(1)));
        let error = moment("last week").unwrap_err();
        insta::assert_snapshot!(error, @"expected a date like 2026-11-30 or 2026-11-30T02:00:00Z");
    }

    #[test]
    fn the_folder_may_stand_before_and_after_prune() {
        for words in [
            ["--history", "nights", "prune", "--keep", "3"],
            ["prune", "--keep", "3", "--history", "nights"],
        ] {
            let args = args(&words);
            assert_eq!(args.history, Some("nights".into()), "{words:?}");
            assert!(matches!(args.action, Some(Action::Prune { keep: 3 })));
        }
        let mixed = ["history", "post/", "prune", "--keep", "3"];
        assert!(
            Line::try_parse_from(mixed).is_err(),
            "pruning some cases of a run is not possible"
        );
    }
}
