//! Finds what a run needs, and installs what is missing where that is allowed.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use crate::browser::{Browser, BrowserKind};
use crate::builds::KnownBuild;
use crate::cache::Cache;
use crate::doctor::Item;
use crate::environment::Environment;
use crate::error::SetupError;
use crate::external::{Installer, numbers, version_of};
use crate::progress::{OnProgress, Reporter};
use crate::{chrome, firefox, webkit};

/// Finds and installs; see the methods.
#[derive(Clone)]
pub struct Setup {
    pub(crate) environment: Environment,
    pub(crate) known: Vec<KnownBuild>,
    pub(crate) reporter: Reporter,
}

/// A program that was found, and answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub path: PathBuf,
    pub version: String,
}

/// A program that a system package brings.
#[derive(Clone, Debug)]
pub(crate) struct Packaged {
    /// What it is, in messages.
    pub what: String,
    /// The environment variable that names one to use.
    pub variable: &'static str,
    /// What it is called on `PATH`, the best first.
    pub names: &'static [&'static str],
    /// The Debian package.
    pub package: &'static str,
    /// What makes one good enough.
    pub fits: Fits,
}

/// What makes a program good enough.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fits {
    /// It is there; it cannot be asked its version.
    Any,
    /// It says a version.
    Answers,
    /// It says a version of this major number.
    Major(u32),
}

impl Fits {
    /// The version of a program that is good enough, or what is wrong with it, as the end of `it …`. Without a version
    /// it is empty.
    async fn examine(self, environment: &Environment, path: &Path) -> Result<String, String> {
        if let Fits::Any = self {
            return Ok(String::new());
        }
        let version = version_of(environment, path).await?;
        match self {
            Fits::Major(major) if numbers(&version)[0] != major => Err(format!(
                "is version {version}, and one of version {major} is needed"
            )),
            _ => Ok(version),
        }
    }
}

/// ``neither `a` nor `b` is on PATH``
fn nowhere(names: &[&str], rest: &str) -> String {
    let quoted = |name: &&str| format!("`{name}`");
    match names {
        [one] => format!("no `{one}` {rest}"),
        [one, other] => format!("neither `{one}` nor `{other}` {rest}"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(quoted).collect();
            format!("none of {} and `{last}` {rest}", first.join(", "))
        }
        [] => rest.to_owned(),
    }
}

/// How a missing system package can be had.
enum Packages {
    /// By these words before the arguments of apt-get.
    Apt(Vec<OsString>),
    /// Not without somebody; why.
    Not(String),
}

impl Setup {
    /// Works in the process's environment, with the builds that this crate knows.
    pub fn from_env(progress: OnProgress) -> Setup {
        Setup::new(
            Environment::capture(),
            crate::builds::known_files(),
            progress,
        )
    }

    /// Works in a given environment, with given builds.
    pub fn new(environment: Environment, known: Vec<KnownBuild>, progress: OnProgress) -> Setup {
        Setup {
            environment,
            known,
            reporter: Reporter::new(progress),
        }
    }

    /// A browser with its driver: found, else installed. `program` is the browser's program where somebody named it.
    pub async fn browser(
        &self,
        kind: BrowserKind,
        program: Option<PathBuf>,
    ) -> Result<Arc<dyn Browser>, SetupError> {
        match kind {
            BrowserKind::Firefox => firefox::set_up(self, program).await,
            BrowserKind::Chrome => chrome::set_up(self, program).await,
            BrowserKind::Webkit => webkit::set_up(self, program).await,
        }
    }

    /// The programs of a browser, and what would bring them. Changes nothing.
    pub async fn inspect_browser(&self, kind: BrowserKind) -> Vec<Item> {
        match kind {
            BrowserKind::Firefox => firefox::inspect(self).await,
            BrowserKind::Chrome => chrome::inspect(self).await,
            BrowserKind::Webkit => webkit::inspect(self).await,
        }
    }

    pub(crate) fn cache(&self) -> Result<Cache, SetupError> {
        let root = self.environment.cache.clone();
        root.map(Cache::new).ok_or(SetupError::NoCache)
    }

    /// A program that a system package brings: the one that somebody named, else found, else installed.
    pub(crate) async fn packaged(
        &self,
        wanted: &Packaged,
        program: Option<PathBuf>,
    ) -> Result<Program, SetupError> {
        if let Some(path) = program {
            let path = std::path::absolute(&path).unwrap_or(path);
            return self.named("the browser's path", &path, wanted.fits).await;
        }
        let looked = match self.find_packaged(wanted).await? {
            Ok(found) => return Ok(found),
            Err(looked) => looked,
        };
        self.install_package(&wanted.what, wanted.package, &looked)
            .await?;
        self.find_packaged(wanted)
            .await?
            .map_err(|looked| SetupError::Missing {
                what: wanted.what.clone(),
                looked,
                why: format!(
                    "apt-get said that it installed the package {}",
                    wanted.package
                ),
                mend: format!("name one that works in {}", wanted.variable),
            })
    }

    /// The program that a run uses, or the inner error: where it was looked for.
    pub(crate) async fn find_packaged(
        &self,
        wanted: &Packaged,
    ) -> Result<Result<Program, String>, SetupError> {
        if let Some(path) = self.environment.named(wanted.variable) {
            let found = self.named(wanted.variable, path, wanted.fits).await?;
            return Ok(Ok(found));
        }
        let candidates = wanted.names.iter();
        let candidates: Vec<PathBuf> = candidates
            .flat_map(|name| self.environment.on_path(name))
            .collect();
        if candidates.is_empty() {
            return Ok(Err(nowhere(wanted.names, "is on PATH")));
        }
        let mut looked = vec![nowhere(wanted.names, "on PATH works")];
        for path in candidates {
            match wanted.fits.examine(&self.environment, &path).await {
                Ok(version) => return Ok(Ok(Program { path, version })),
                Err(problem) => looked.push(format!("{} {problem}", path.display())),
            }
        }
        Ok(Err(looked.join("; ")))
    }

    /// A program that somebody named must be there and answer.
    pub(crate) async fn named(
        &self,
        named_by: &str,
        path: &Path,
        fits: Fits,
    ) -> Result<Program, SetupError> {
        let wrong = |problem: String| unfit(named_by, path, problem);
        if !path.exists() {
            return Err(wrong("does not exist".to_owned()));
        }
        let version = fits.examine(&self.environment, path).await.map_err(wrong)?;
        Ok(Program {
            path: path.to_owned(),
            version,
        })
    }

    /// Installs a system package, or says which command does.
    pub(crate) async fn install_package(
        &self,
        what: &str,
        package: &str,
        looked: &str,
    ) -> Result<(), SetupError> {
        let apt = match self.packages().await {
            Packages::Apt(words) => words,
            Packages::Not(why) => {
                return Err(SetupError::Missing {
                    what: what.to_owned(),
                    looked: looked.to_owned(),
                    why,
                    mend: self.package_mend(package),
                });
            }
        };
        let _step = self
            .reporter
            .begin(format!("installing {what} (apt-get install {package})"));
        let run = async |arguments: &[&str]| {
            let mut words: Vec<&OsStr> = apt.iter().map(OsString::as_os_str).collect();
            words.extend(arguments.iter().map(OsStr::new));
            let installer = Installer {
                doing: format!("installing {what}"),
                words,
                folder: Path::new("/"),
                mend: self.package_mend(package),
            };
            installer
                .run(&self.environment, Stdio::null())
                .await
                .map(|_| ())
        };
        // A package source of somebody's that does not answer fails the update, though the package may still be
        // had: what counts is the installation.
        let updated = run(&["update"]).await;
        match run(&["install", "-y", "-o", "DPkg::Lock::Timeout=600", package]).await {
            Ok(()) => Ok(()),
            Err(failed) => Err(updated.err().unwrap_or(failed)),
        }
    }

    /// Whether packages can be installed without asking anybody.
    pub(crate) async fn installs_packages(&self) -> bool {
        matches!(self.packages().await, Packages::Apt(_))
    }

    /// Whether and how packages can be installed without asking anybody.
    async fn packages(&self) -> Packages {
        if let Some(value) = &self.environment.install {
            return Packages::Not(forbidden(value));
        }
        let Some(apt) = self.environment.find("apt-get") else {
            return Packages::Not("there is no apt-get here that could install it".to_owned());
        };
        if self.environment.root {
            return Packages::Apt(vec![apt.into()]);
        }
        let refused = "installing it needs root, which `sudo -n` does not give without asking";
        let Some(sudo) = self.environment.find("sudo") else {
            return Packages::Not(refused.to_owned());
        };
        let may = Installer {
            doing: String::new(),
            words: vec![sudo.as_os_str(), OsStr::new("-n"), OsStr::new("true")],
            folder: Path::new("/"),
            mend: String::new(),
        };
        match may.run(&self.environment, Stdio::null()).await {
            Ok(_) => Packages::Apt(vec![
                sudo.into(),
                "-n".into(),
                "DEBIAN_FRONTEND=noninteractive".into(),
                apt.into(),
            ]),
            Err(_) => Packages::Not(refused.to_owned()),
        }
    }

    /// What a person does to get a system package.
    pub(crate) fn package_mend(&self, package: &str) -> String {
        if self.environment.find("apt-get").is_none() {
            return format!("install it by your system's packages (on Debian: {package})");
        }
        let sudo = if self.environment.root { "" } else { "sudo " };
        format!("type `{sudo}apt-get update && {sudo}apt-get install -y {package}`")
    }
}

/// What is said of a program that somebody named and that does not fit.
pub(crate) fn unfit(named_by: &str, path: &Path, problem: String) -> SetupError {
    SetupError::Named {
        named_by: named_by.to_owned(),
        path: path.to_owned(),
        problem,
        mend: "correct the path, or leave it out and let posttrack find or install one".to_owned(),
    }
}

/// Why nothing is installed.
pub(crate) fn forbidden(value: &str) -> String {
    format!("POSTTRACK_INSTALL={value} forbids installing it")
}
