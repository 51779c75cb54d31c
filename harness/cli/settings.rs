//! Options of every subcommand, joined with `posttrack.toml`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::Failure;
use super::config::{Config, RunConfig};

/// Options of every subcommand.
#[derive(Debug, Default, Args)]
pub struct GlobalArgs {
    /// Folder of the scenario files and of requirements.toml [default: scenarios]
    #[arg(long, global = true, value_name = "DIR")]
    pub scenarios: Option<PathBuf>,
    /// Folder of the snapshots [default: snapshots beside the scenarios folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub snapshots: Option<PathBuf>,
    /// When to use colours [default: auto]
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<Color>,
    /// Print only findings and the last line
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// On a terminal, unless NO_COLOR says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes all output follow it.
    pub fn apply(self) {
        let choice = match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Which snapshots a run may write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Update {
    /// None.
    #[default]
    Never,
    /// Those that are missing.
    Missing,
    /// Those that are missing and those that differ.
    Changed,
}

impl From<Update> for crate::verdict::snapshots::Update {
    fn from(update: Update) -> Self {
        match update {
            Update::Never => Self::Never,
            Update::Missing => Self::Missing,
            Update::Changed => Self::Changed,
        }
    }
}

/// What a flaky case is to the exit code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flaky {
    /// As good as one that passed.
    Pass,
    /// A finding.
    #[default]
    Fail,
}

/// What a subcommand works with.
#[derive(Debug)]
pub struct Settings {
    /// Folder of the scenarios.
    pub scenarios: PathBuf,
    /// Folder of the snapshots.
    pub snapshots: PathBuf,
    /// When to use colours.
    pub color: Color,
    /// Only findings and the last line.
    pub quiet: bool,
    /// What `posttrack.toml` sets for `run`.
    pub run: RunConfig,
    /// The folders as they were given on the command line, as words of one.
    pub given: Vec<String>,
}

impl Settings {
    /// The command line goes before the file, and that before the defaults.
    pub fn resolve(args: GlobalArgs) -> Result<Settings, Failure> {
        let given = given(&args);
        let default = || PathBuf::from("scenarios");
        let beside = args.scenarios.clone().unwrap_or_else(default);
        let config = Config::read(&parent(&beside))?;
        let scenarios = args.scenarios.or(config.scenarios).unwrap_or_else(default);
        let snapshots = args
            .snapshots
            .or(config.snapshots)
            .unwrap_or_else(|| parent(&scenarios).join("snapshots"));
        Ok(Settings {
            scenarios,
            snapshots,
            color: args.color.or(config.color).unwrap_or_default(),
            quiet: args.quiet || config.quiet.unwrap_or(false),
            run: config.run,
            given,
        })
    }
}

fn given(args: &GlobalArgs) -> Vec<String> {
    let folders = [
        ("--scenarios", &args.scenarios),
        ("--snapshots", &args.snapshots),
    ];
    folders
        .into_iter()
        .filter_map(|(option, folder)| Some((option, folder.as_ref()?)))
        .flat_map(|(option, folder)| [option.to_owned(), folder.display().to_string()])
        .collect()
}

/// The folder that a path stands in; of a bare name the current one, written as nothing.
fn parent(path: &Path) -> PathBuf {
    match (path.file_name(), path.parent()) {
        (Some(_), Some(parent)) => parent.into(),
        // `.` and `..` have no name to take away.
        _ => path.join(".."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(scenarios: &Path) -> GlobalArgs {
        GlobalArgs {
            scenarios: Some(scenarios.into()),
            ..GlobalArgs::default()
        }
    }

    #[test]
    fn the_command_line_goes_before_the_file_and_that_before_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let scenarios = folder.path().join("cases");
        let plain = Settings::resolve(args(&scenarios)).unwrap();
        assert_eq!(plain.snapshots, folder.path().join("snapshots"));
        assert!(!plain.quiet);

        let text = "snapshots = 'shots'\nquiet = true\ncolor = 'never'\nscenarios = 'other'\n";
        std::fs::write(folder.path().join("posttrack.toml"), text).unwrap();
        let with_file = Settings::resolve(args(&scenarios)).unwrap();
        assert_eq!(with_file.scenarios, scenarios, "--scenarios was given");
        assert_eq!(with_file.snapshots, folder.path().join("shots"));
        assert!(with_file.quiet);
        let both = Settings::resolve(GlobalArgs {
            color: Some(Color::Always),
            ..args(&scenarios)
        });
        assert_eq!(both.unwrap().color, Color::Always);
    }
}
