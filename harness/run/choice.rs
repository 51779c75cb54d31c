//! Browsers and builds as people name them: in arguments, in `posttrack.toml`, in tests.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use drivers::{BrowserKind, BuildFile, default_builds, known_builds};
use serde::Deserialize;

use super::builds::ALL;
use crate::page::REFERENCE_LIBRARY;
use crate::scenario::Library;

/// The name of posttrack's own reference library among the builds.
pub const REFERENCE: &str = "reference";

/// posttrack's own reference library. It reports no version, so no deviation excuses it.
pub fn reference_build() -> BuildFile {
    BuildFile::of_script(
        REFERENCE,
        "posttrack's own reference library".to_owned(),
        Arc::from(REFERENCE_LIBRARY.as_bytes()),
    )
}

/// A value of `--browser`: `all`, or one browser.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum BrowserOption {
    /// Every kind.
    All,
    /// This one.
    One(BrowserChoice),
}

impl BrowserOption {
    /// The browsers that options ask for; without any, the default. A kind that `all` brings and that is named too is
    /// there once, as it is named.
    pub fn chosen(options: &[BrowserOption]) -> Vec<BrowserChoice> {
        if options.is_empty() {
            return BrowserChoice::defaults();
        }
        let mut chosen = Vec::new();
        for option in options {
            match option {
                BrowserOption::One(choice) if !chosen.contains(choice) => {
                    chosen.push(choice.clone());
                }
                BrowserOption::One(_) | BrowserOption::All => {}
            }
        }
        if options.contains(&BrowserOption::All) {
            for kind in BrowserKind::ALL {
                if !chosen.iter().any(|choice| choice.kind == kind) {
                    chosen.push(BrowserChoice::found(kind));
                }
            }
        }
        chosen
    }
}

/// `firefox`, or `firefox=/opt/firefox/firefox`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserChoice {
    /// The kind.
    pub kind: BrowserKind,
    /// The program, where one is named.
    pub program: Option<PathBuf>,
}

impl BrowserChoice {
    /// What a run uses when no browser is named.
    pub fn defaults() -> Vec<BrowserChoice> {
        vec![BrowserChoice::found(BrowserKind::Firefox)]
    }

    /// The browser of this kind that is found or installed.
    pub fn found(kind: BrowserKind) -> BrowserChoice {
        BrowserChoice {
            kind,
            program: None,
        }
    }

    /// What scenarios, deviations and snapshots call the browser.
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }
}

/// What browsers of these kinds are called in one run, where each has cases of its own: by their kind, and a second
/// one of a kind `firefox-2`.
pub fn called<'a>(kinds: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut seen: Vec<&str> = Vec::new();
    let mut called = Vec::new();
    for kind in kinds {
        seen.push(kind);
        called.push(
            match seen.iter().filter(|earlier| **earlier == kind).count() {
                1 => kind.to_owned(),
                n => format!("{kind}-{n}"),
            },
        );
    }
    called
}

/// `appmeasurement@2.23.0`, `reference`, `lib/AppMeasurement.js`, or `mine=lib/AppMeasurement.js`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum BuildChoice {
    /// One that posttrack knows.
    Known(String),
    /// The one that is posttrack's own.
    Reference,
    /// A file of the user's.
    File {
        /// What to call it; absent: like the file.
        name: Option<String>,
        /// The file.
        path: PathBuf,
    },
}

impl BuildChoice {
    /// What a run uses when no build is named.
    pub fn defaults() -> Vec<BuildChoice> {
        let names = default_builds().into_iter();
        names.map(BuildChoice::Known).collect()
    }

    /// What the build is called in names of cases.
    pub fn name(&self) -> String {
        match self {
            BuildChoice::Known(name)
            | BuildChoice::File {
                name: Some(name), ..
            } => name.clone(),
            BuildChoice::Reference => REFERENCE.to_owned(),
            BuildChoice::File { name: None, path } => {
                let stem = path.file_stem().unwrap_or_default();
                stem.to_string_lossy().into_owned()
            }
        }
    }

    /// The library, where that is known beforehand.
    pub fn library(&self) -> Option<Library> {
        let name = match self {
            BuildChoice::Known(name) => name,
            BuildChoice::Reference => return Some(Library::Appmeasurement),
            BuildChoice::File { .. } => return None,
        };
        let known = known_builds();
        let build = known.iter().find(|build| build.name == *name)?;
        Library::ALL
            .into_iter()
            .find(|library| library.name() == build.library)
    }

    /// What was chosen, without the name that was given to it.
    pub fn text(&self) -> String {
        match self {
            BuildChoice::Known(name) => name.clone(),
            BuildChoice::Reference => REFERENCE.to_owned(),
            BuildChoice::File { path, .. } => path.display().to_string(),
        }
    }
}

impl Display for BrowserChoice {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.program {
            Some(program) => write!(f, "{}={}", self.name(), program.display()),
            None => f.write_str(self.name()),
        }
    }
}

impl Display for BuildChoice {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            BuildChoice::Known(name) => f.write_str(name),
            BuildChoice::Reference => f.write_str(REFERENCE),
            BuildChoice::File { name, path } => {
                let name = name.iter().map(|name| format!("{name}="));
                write!(f, "{}{}", name.collect::<String>(), path.display())
            }
        }
    }
}

impl Display for BrowserOption {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            BrowserOption::All => f.write_str(ALL),
            BrowserOption::One(choice) => choice.fmt(f),
        }
    }
}

impl FromStr for BrowserOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            ALL => Ok(BrowserOption::All),
            _ => text
                .parse()
                .map(BrowserOption::One)
                .map_err(|error: String| match text.contains('=') {
                    true => error,
                    false => format!("{error}, or `{ALL}`"),
                }),
        }
    }
}

impl FromStr for BrowserChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, program) = match text.split_once('=') {
            Some((name, path)) => (name, Some(path)),
            None => (text, None),
        };
        let kind = name
            .parse::<BrowserKind>()
            .map_err(|error| error.to_string())?;
        if program == Some("") {
            return Err(format!(
                "a path is missing after `{name}=`; expected the browser's program"
            ));
        }
        Ok(BrowserChoice {
            kind,
            program: program.map(PathBuf::from),
        })
    }
}

impl FromStr for BuildChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = match text.split_once('=') {
            Some((name, path)) => (Some(name), path),
            None => (None, text),
        };
        if rest.is_empty() {
            return Err("expected the name of a build or a JavaScript file".into());
        }
        if let Some(name) = name {
            check_name(name)?;
        }
        let known = known_builds();
        if name.is_none() && known.iter().any(|build| build.name == rest) {
            return Ok(BuildChoice::Known(rest.into()));
        }
        if name.is_none() && rest == REFERENCE {
            return Ok(BuildChoice::Reference);
        }
        if name.is_some() || looks_like_a_file(rest) {
            return Ok(BuildChoice::File {
                name: name.map(Into::into),
                path: rest.into(),
            });
        }
        let names = known.iter().map(|build| build.name.as_str());
        let names: Vec<&str> = names.chain([REFERENCE]).collect();
        Err(format!(
            "no build is called `{rest}`, and no file; known: {}; a file is named like `./AppMeasurement.js`",
            names.join(", ")
        ))
    }
}

/// The name becomes a part of the names of cases and of snapshot files.
fn check_name(name: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    if !name.is_empty() && name.chars().all(fits) {
        return Ok(());
    }
    Err(format!(
        "`{name}` cannot name a build; use letters, digits, `.`, `_`, `-` and `@`"
    ))
}

fn looks_like_a_file(text: &str) -> bool {
    text.contains(['/', '\\']) || text.ends_with(".js") || Path::new(text).exists()
}

impl TryFrom<String> for BrowserOption {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for BuildChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_may_name_its_program() {
        let choice: BrowserChoice = "firefox=/opt/ff/firefox".parse().unwrap();
        assert_eq!(choice.name(), "firefox");
        assert_eq!(choice.program, Some("/opt/ff/firefox".into()));
        let error = "netscape".parse::<BrowserChoice>().unwrap_err();
        assert!(
            error.contains("`netscape`") && error.contains("firefox"),
            "the known ones are named: {error}"
        );
        assert!("firefox=".parse::<BrowserChoice>().is_err());
    }

    #[test]
    fn all_browsers_are_every_kind_once_and_none_is_firefox() {
        let chosen = |options: &[&str]| {
            let options: Vec<BrowserOption> =
                options.iter().map(|text| text.parse().unwrap()).collect();
            let chosen = BrowserOption::chosen(&options);
            let texts = chosen.iter().map(ToString::to_string);
            texts.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(chosen(&[]), "firefox");
        assert_eq!(chosen(&["all"]), "firefox chrome webkit");
        assert_eq!(chosen(&["webkit", "webkit"]), "webkit");
        assert_eq!(
            chosen(&["all", "chrome=/opt/chrome"]),
            "chrome=/opt/chrome firefox webkit",
            "the one that is named stands for its kind"
        );
        assert_eq!(BrowserOption::All.to_string(), "all");
    }

    #[test]
    fn a_second_browser_of_a_kind_has_a_name_of_its_own() {
        assert_eq!(
            called(["firefox", "chrome", "firefox", "firefox"]),
            ["firefox", "chrome", "firefox-2", "firefox-3"]
        );
    }

    #[test]
    fn a_build_is_known_or_a_file_with_or_without_a_name() {
        let known = known_builds()[0].name.clone();
        assert_eq!(known.parse(), Ok(BuildChoice::Known(known)));
        let reference = BuildChoice::Reference;
        assert_eq!(reference.to_string().parse(), Ok(reference));
        let file = |name: Option<&str>, path: &str| BuildChoice::File {
            name: name.map(Into::into),
            path: path.into(),
        };
        assert_eq!("lib/a.js".parse(), Ok(file(None, "lib/a.js")));
        assert_eq!("/nonexistent.js".parse(), Ok(file(None, "/nonexistent.js")));
        assert_eq!("mine=lib/a.js".parse(), Ok(file(Some("mine"), "lib/a.js")));
        for text in ["lib/a.js", "mine=lib/a.js"] {
            let choice: BuildChoice = text.parse().unwrap();
            assert_eq!(choice.to_string(), text, "it is shown as it was typed");
        }
        for wrong in ["no-such-build", "", "mine=", "a b=x.js", "a::b=x.js"] {
            assert!(
                wrong.parse::<BuildChoice>().is_err(),
                "`{wrong}` is no choice of a build"
            );
        }
    }
}
