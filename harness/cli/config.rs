//! `posttrack.toml`: options that a project sets once. Stands beside the scenarios folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Deserialize;

use super::Failure;
use super::settings::{Color, Flaky, Update};
use crate::run::{BrowserOption, BuildChoice, BuildOption};

/// The file's name.
pub const FILE: &str = "posttrack.toml";

/// What it may set: the options of the command line by their long names.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// `--scenarios`, from the file's folder.
    pub scenarios: Option<PathBuf>,
    /// `--snapshots`, from the file's folder.
    pub snapshots: Option<PathBuf>,
    /// `--color`
    pub color: Option<Color>,
    /// `--quiet`
    pub quiet: Option<bool>,
    /// Options of `posttrack run`.
    #[serde(default)]
    pub run: RunConfig,
}

/// `[run]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RunConfig {
    /// `--browser`
    #[serde(default)]
    pub browser: Vec<BrowserOption>,
    /// `--build`; files from the file's folder.
    #[serde(default)]
    pub build: Vec<BuildOption>,
    /// `--tag`
    #[serde(default)]
    pub tag: Vec<String>,
    /// `--jobs`
    pub jobs: Option<std::num::NonZeroUsize>,
    /// `--shuffle`
    pub shuffle: Option<u64>,
    /// `--json`, from the file's folder.
    pub json: Option<PathBuf>,
    /// `--junit`, from the file's folder.
    pub junit: Option<PathBuf>,
    /// `--html`, from the file's folder.
    pub html: Option<PathBuf>,
    /// `--markdown`, from the file's folder.
    pub markdown: Option<PathBuf>,
    /// `--codequality`, from the file's folder.
    pub codequality: Option<PathBuf>,
    /// `--history`, from the file's folder; also of `posttrack history`.
    pub history: Option<PathBuf>,
    /// `--fail-fast`
    pub fail_fast: Option<bool>,
    /// `--retries`
    pub retries: Option<u32>,
    /// `--flaky`
    pub flaky: Option<Flaky>,
    /// `--update`
    pub update: Option<Update>,
    /// `--headed`
    pub headed: Option<bool>,
    /// `--keep-open`
    pub keep_open: Option<bool>,
}

impl Config {
    /// Reads the file in this folder; without one, nothing is set.
    pub fn read(folder: &Path) -> Result<Config, Failure> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mut config = Config::parse(&text, &path.display().to_string())?;
                config.resolve(folder);
                Ok(config)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Config::default()),
            Err(error) => Err(Failure::usage(format!(
                "{} could not be read: {error}",
                path.display()
            ))),
        }
    }

    /// Reads the file's text; `path` is what people are shown.
    fn parse(text: &str, path: &str) -> Result<Config, Failure> {
        toml::from_str(text).map_err(|error| Failure::diagnostic(render(&error, text, path)))
    }

    /// Paths are from the file's folder, wherever posttrack was started.
    fn resolve(&mut self, folder: &Path) {
        let here = |path: &mut PathBuf| *path = folder.join(&*path);
        self.scenarios.iter_mut().for_each(here);
        self.snapshots.iter_mut().for_each(here);
        let run = &mut self.run;
        for file in [
            &mut run.json,
            &mut run.junit,
            &mut run.html,
            &mut run.markdown,
            &mut run.codequality,
            &mut run.history,
        ] {
            file.iter_mut().for_each(here);
        }
        for build in &mut self.run.build {
            if let BuildOption::One(BuildChoice::File { path, .. }) = build {
                here(path);
            }
        }
    }
}

/// `path:line:column`, the source line and a caret, like the diagnostics of scenarios.
fn render(error: &toml::de::Error, text: &str, path: &str) -> String {
    let span = error.span().unwrap_or(0..0);
    let title = Level::ERROR.primary_title(error.message());
    let snippet = Snippet::source(text)
        .path(path)
        .annotation(AnnotationKind::Primary.span(span));
    Renderer::styled().render(&[title.element(snippet)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        let failure = Config::parse(text, FILE).unwrap_err();
        assert_eq!(failure.exit.code(), 2);
        anstream::adapter::strip_str(&failure.to_string()).to_string()
    }

    #[test]
    fn it_sets_options_by_their_long_names() {
        let text = r#"
            scenarios = "tests/analytics"
            color = "never"
            quiet = true
            [run]
            browser = ["firefox"]
            build = ["all", "mine=lib/a.js"]
            jobs = 2
            shuffle = 7
            junit = "out/junit.xml"
            update = "missing"
            history = "nights"
            keep-open = true
        "#;
        let mut config = Config::parse(text, FILE).unwrap();
        config.resolve(Path::new("/project"));
        assert_eq!(config.scenarios, Some("/project/tests/analytics".into()));
        assert_eq!(config.color, Some(Color::Never));
        assert_eq!(config.run.update, Some(Update::Missing));
        assert_eq!(
            config.run.build,
            [
                BuildOption::All,
                BuildOption::One(BuildChoice::File {
                    name: Some("mine".into()),
                    path: "/project/lib/a.js".into()
                })
            ]
        );
        assert_eq!(config.run.shuffle, Some(7));
        assert_eq!(config.run.junit, Some("/project/out/junit.xml".into()));
        assert_eq!(config.run.history, Some("/project/nights".into()));
        assert_eq!(config.run.keep_open, Some(true));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_place_and_the_known_ones() {
        insta::assert_snapshot!(error_of("quiet = true\nscenario = \"x\"\n"), @r##"
        error: unknown field `scenario`, expected one of `scenarios`, `snapshots`, `color`, `quiet`, `run`
         --> posttrack.toml:2:1
          |
        2 | scenario = "x"
          | ^^^^^^^^
        "##);
        insta::assert_snapshot!(error_of("[run]\njob = 2\n"), @r##"
        error: unknown field `job`, expected one of `browser`, `build`, `tag`, `jobs`, `shuffle`, `json`, `junit`, `html`, `markdown`, `codequality`, `history`, `fail-fast`, `retries`, `flaky`, `update`, `headed`, `keep-open`
         --> posttrack.toml:2:1
          |
        2 | job = 2
          | ^^^
        "##);
    }

    #[test]
    fn wrong_values_are_errors_with_their_place() {
        insta::assert_snapshot!(error_of("quiet = 1\n"), @r##"
        error: invalid type: integer `1`, expected a boolean
         --> posttrack.toml:1:9
          |
        1 | quiet = 1
          |         ^
        "##);
        insta::assert_snapshot!(error_of("[run]\nbrowser = [\"firefox\", \"netscape\"]\n"), @r##"
        error: `netscape` is no browser; expected one of `firefox`, `chrome`, `webkit`, or `all`
         --> posttrack.toml:2:11
          |
        2 | browser = ["firefox", "netscape"]
          |           ^^^^^^^^^^^^^^^^^^^^^^^
        "##);
        insta::assert_snapshot!(error_of("[run]\njobs = 0\n"), @r##"
        error: invalid value: integer `0`, expected a nonzero usize
         --> posttrack.toml:2:8
          |
        2 | jobs = 0
          |        ^
        "##);
        insta::assert_snapshot!(error_of("color = \"sometimes\"\n"), @r##"
        error: unknown variant `sometimes`, expected one of `auto`, `always`, `never`
         --> posttrack.toml:1:9
          |
        1 | color = "sometimes"
          |         ^^^^^^^^^^^
        "##);
    }

    #[test]
    fn no_file_sets_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Config::read(folder.path()).unwrap(), Config::default());
    }
}
