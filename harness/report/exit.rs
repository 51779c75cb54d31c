//! The exit codes of `posttrack`, and which of them a run has.

use crate::selftest::{Fate, SelftestReport};

/// Exit code. The numbers are a contract with scripts and CI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All as expected.
    AsExpected = 0,
    /// At least one finding: violated, snapshot changed or missing, a deviation that no longer
    /// happens, a case that could not be judged.
    Findings = 1,
    /// Wrong usage, or an invalid scenario. Nothing ran.
    Usage = 2,
    /// The environment failed: a browser, a driver, a build, a port, or a browser that died twice
    /// in one case. Says nothing about the library under test.
    Environment = 3,
    /// A case was planned and not run (Ctrl-C too).
    NotRun = 4,
}

impl Exit {
    /// The number that the process exits with.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The exit code of a run out of what happened in it: a scenario that cannot run as written first,
    /// the environment before what was not run (it is the cause), and that before findings (they may
    /// be incomplete).
    pub fn of_run(
        scenario_invalid: bool,
        environment_failed: bool,
        not_run: bool,
        findings: bool,
    ) -> Exit {
        if scenario_invalid {
            Exit::Usage
        } else if environment_failed {
            Exit::Environment
        } else if not_run {
            Exit::NotRun
        } else if findings {
            Exit::Findings
        } else {
            Exit::AsExpected
        }
    }
}

impl Exit {
    /// The exit code of a self-test. A fault whose scenarios the folder lacks is a matter of usage.
    pub fn of_selftest(report: &SelftestReport) -> Exit {
        let not_run = || report.with(Fate::NotRun);
        Exit::of_run(
            not_run().any(|fault| !fault.absent.is_empty()),
            not_run().any(|fault| fault.infrastructure),
            not_run().next().is_some(),
            report.count(Fate::Survived) + report.count(Fate::OnlyBySnapshot) > 0
                || !report.alarms.is_empty()
                || !report.idle_laws.is_empty(),
        )
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_code_that_applies_wins() {
        let table = [
            ((true, true, true), 3),
            ((true, true, false), 3),
            ((true, false, true), 3),
            ((true, false, false), 3),
            ((false, true, true), 4),
            ((false, true, false), 4),
            ((false, false, true), 1),
            ((false, false, false), 0),
        ];
        for ((environment, not_run, findings), expected) in table {
            assert_eq!(
                Exit::of_run(false, environment, not_run, findings).code(),
                expected,
                "environment failed: {environment}, not run: {not_run}, findings: {findings}"
            );
            assert_eq!(
                Exit::of_run(true, environment, not_run, findings).code(),
                2,
                "a scenario that cannot run as written comes first"
            );
        }
    }
}
