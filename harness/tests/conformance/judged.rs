//! From what a case came to, to whether its test passes and what the failure says.

use std::io::{self, Write};
use std::path::Path;

use posttrack::report::terminal::{failure, findings};
use posttrack::report::{Claim, Status, snapshot_key};
use posttrack::verdict::snapshots::{self, Comparison, SnapshotError, Update, compare_with_insta};
use posttrack::verdict::{Compared, Finding, FindingKind};

use super::engine::Outcome;
use super::insta_quiet;

/// Whether the case passes; else everything that a person needs to see why.
pub fn case(outcome: Outcome, snapshots: &Path, claims: &[Claim]) -> Result<(), String> {
    let Outcome {
        result, findings, ..
    } = &outcome;
    let snapshot = match &outcome.text {
        Some(text) => snapshot(&outcome, text, snapshots).map_err(|error| error.to_string())?,
        None => None,
    };
    let expected = result.requirements.iter().all(|verdict| verdict.expected);
    let judged = matches!(result.status, Status::Pass | Status::Fail);
    if judged && expected && findings.is_empty() && snapshot.is_none() {
        return Ok(());
    }
    let all: Vec<Finding> = findings.iter().cloned().chain(snapshot).collect();
    Err(said(|out| failure(out, result, &all, claims)))
}

/// Whether the whole run shows nothing that no case shows.
pub fn whole_run(all: &[Finding], claims: &[Claim]) -> Result<(), String> {
    let of_no_case: Vec<Finding> = all
        .iter()
        .filter(|finding| finding.cases.is_empty())
        .cloned()
        .collect();
    match of_no_case.is_empty() {
        true => Ok(()),
        false => Err(said(|out| findings(out, &of_no_case, claims))),
    }
}

/// What is to be said of the case's snapshot. insta decides, because it knows what may be written
/// for a review; but a case that was retried leaves nothing for one.
fn snapshot(
    outcome: &Outcome,
    text: &str,
    folder: &Path,
) -> Result<Option<Finding>, SnapshotError> {
    let key = snapshot_key(&outcome.case);
    let own = snapshots::compare(folder, &key, text, Update::Never)?;
    if outcome.result.attempts > 1 {
        let why = "it was tried again, so nothing was left for a review";
        return Ok(differs(own, why));
    }
    match insta_quiet::ask(|| compare_with_insta(folder, &key, text)) {
        Ok(read) => read.map(|()| None),
        Err(panicked) => Ok(match own.compared {
            Compared::Same | Compared::Variant => Some(finding(&own, FindingKind::Error, panicked)),
            _ => differs(
                own,
                "outside of CI `cargo insta review` shows and accepts it",
            ),
        }),
    }
}

fn differs(own: Comparison, what_to_do: &str) -> Option<Finding> {
    let path = own.path.display();
    match &own.compared {
        Compared::Same | Compared::Variant => None,
        Compared::New => {
            let why = format!("there is no {path}; {what_to_do}");
            Some(finding(&own, FindingKind::Missing, why))
        }
        Compared::Changed { diff, .. } => {
            let why = format!("what was sent differs from {path}; {what_to_do}");
            let mut changed = finding(&own, FindingKind::Changed, why);
            changed.events = diff.lines().map(str::to_owned).collect();
            Some(changed)
        }
    }
}

fn finding(of: &Comparison, kind: FindingKind, why: String) -> Finding {
    Finding {
        kind,
        requirement: None,
        cases: Vec::new(),
        why,
        at: of.path.is_file().then(|| of.path.display().to_string()),
        events: Vec::new(),
    }
}

/// Whether failures have colours.
pub fn coloured() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

fn said(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut text = Vec::new();
    let written = match coloured() {
        true => write(&mut text),
        false => write(&mut anstream::StripStream::new(&mut text)),
    };
    match written {
        Ok(()) => String::from_utf8_lossy(&text).trim_end().to_owned(),
        Err(error) => format!("the failure could not be written: {error}"),
    }
}
