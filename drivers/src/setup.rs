//! Finds what a run needs, and installs what is missing where that is allowed.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use crate::browser::{Browser, BrowserKind};
use crate::builds::KnownBuild;
use crate::cache::{Cache, Lock};
use crate::environment::Environment;
use crate::error::SetupError;
use crate::external::{Installer, Numbers, numbers, version_of};
use crate::firefox::Firefox;
use crate::progress::{OnProgress, Reporter};

/// The geckodriver that is installed when there is none, and the oldest that is used.
pub(crate) const GECKODRIVER: &str = "0.37.1";

/// Names under which a system's packages install Firefox.
const FIREFOX_NAMES: [&str; 2] = ["firefox", "firefox-esr"];

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

/// How a missing system package can be had.
pub(crate) enum Packages {
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
            BrowserKind::Firefox => {
                // First what only a person may be able to install, then what takes minutes.
                let firefox = self.firefox(program).await?;
                let driver = self.geckodriver().await?;
                Ok(Arc::new(Firefox {
                    program: firefox.path,
                    version: firefox.version,
                    geckodriver: driver.path,
                    driver: format!("geckodriver {}", driver.version),
                    temp: self.environment.temp.clone(),
                }))
            }
        }
    }

    pub(crate) fn cache(&self) -> Result<Cache, SetupError> {
        let root = self.environment.cache.clone();
        root.map(Cache::new).ok_or(SetupError::NoCache)
    }

    async fn firefox(&self, program: Option<PathBuf>) -> Result<Program, SetupError> {
        if let Some(path) = program {
            let path = std::path::absolute(&path).unwrap_or(path);
            return self.named("the browser's path", &path).await;
        }
        let looked = match self.find_firefox().await? {
            Ok(found) => return Ok(found),
            Err(looked) => looked,
        };
        self.install_package("Firefox", "firefox-esr", &looked)
            .await?;
        self.find_firefox()
            .await?
            .map_err(|looked| SetupError::Missing {
                what: "Firefox".to_owned(),
                looked,
                why: "apt-get said that it installed the package firefox-esr".to_owned(),
                mend: "name a Firefox that works in POSTTRACK_FIREFOX".to_owned(),
            })
    }

    /// The Firefox that a run uses, or the inner error: where it was looked for.
    pub(crate) async fn find_firefox(&self) -> Result<Result<Program, String>, SetupError> {
        if let Some(path) = &self.environment.firefox {
            return self.named("POSTTRACK_FIREFOX", path).await.map(Ok);
        }
        let mut looked = vec!["neither `firefox` nor `firefox-esr` on PATH works".to_owned()];
        let candidates = FIREFOX_NAMES.map(|name| self.environment.on_path(name));
        if candidates.iter().all(Vec::is_empty) {
            return Ok(Err(
                "neither `firefox` nor `firefox-esr` is on PATH".to_owned()
            ));
        }
        for path in candidates.into_iter().flatten() {
            match version_of(&self.environment, &path).await {
                Ok(version) => return Ok(Ok(Program { path, version })),
                Err(problem) => looked.push(format!("{} {problem}", path.display())),
            }
        }
        Ok(Err(looked.join("; ")))
    }

    async fn geckodriver(&self) -> Result<Program, SetupError> {
        let looked = match self.find_geckodriver().await? {
            Ok(found) => return Ok(found),
            Err(looked) => looked,
        };
        self.may_build_geckodriver(looked)?;
        let cache = self.cache()?;
        let lock = cache.lock(&self.reporter).await?;
        // Whoever had the lock may have installed it.
        if let Ok(found) = self.find_geckodriver().await? {
            return Ok(found);
        }
        self.build_geckodriver(&cache, &lock).await?;
        self.find_geckodriver().await?.map_err(|looked| {
            geckodriver_missing(
                looked,
                "cargo said that it installed one".to_owned(),
                "name one that works in POSTTRACK_GECKODRIVER".to_owned(),
            )
        })
    }

    fn may_build_geckodriver(&self, looked: String) -> Result<(), SetupError> {
        let why = match &self.environment.install {
            Some(value) => forbidden(value),
            None if self.environment.find("cargo").is_none() => {
                "cargo, which builds it, is not on PATH either".to_owned()
            }
            None => return Ok(()),
        };
        let mend = format!("type `{}`", build_command());
        Err(geckodriver_missing(looked, why, mend))
    }

    /// The geckodriver that a run uses, or the inner error: where it was looked for.
    pub(crate) async fn find_geckodriver(&self) -> Result<Result<Program, String>, SetupError> {
        if let Some(path) = &self.environment.geckodriver {
            let found = self.named("POSTTRACK_GECKODRIVER", path).await?;
            return match too_old(&found) {
                None => Ok(Ok(found)),
                Some(problem) => Err(SetupError::Named {
                    named_by: "POSTTRACK_GECKODRIVER".to_owned(),
                    path: path.clone(),
                    problem,
                    mend: "name a newer one, or unset it and let posttrack find or install one"
                        .to_owned(),
                }),
            };
        }
        let mut candidates = self.environment.on_path("geckodriver");
        let mut looked = Vec::new();
        if candidates.is_empty() {
            looked.push("it is not on PATH".to_owned());
        }
        if let Ok(cache) = self.cache() {
            let kept = cache.program("geckodriver");
            if kept.exists() {
                candidates.push(kept);
            } else {
                looked.push(format!("{} does not exist", kept.display()));
            }
        }
        for path in candidates {
            let problem = match version_of(&self.environment, &path).await {
                Ok(version) => {
                    let found = Program {
                        path: path.clone(),
                        version,
                    };
                    match too_old(&found) {
                        None => return Ok(Ok(found)),
                        Some(problem) => problem,
                    }
                }
                Err(problem) => problem,
            };
            looked.push(format!("{} {problem}", path.display()));
        }
        Ok(Err(looked.join("; ")))
    }

    async fn build_geckodriver(&self, cache: &Cache, lock: &Lock) -> Result<(), SetupError> {
        let _step = self.reporter.begin(format!(
            "installing geckodriver {GECKODRIVER} (cargo install; one to five minutes, once)"
        ));
        let target = cache.fresh_work(lock, "geckodriver")?;
        let words = [
            "cargo",
            "install",
            "--locked",
            "geckodriver",
            "--version",
            GECKODRIVER,
            "--root",
        ];
        let mut words = words.map(OsStr::new).to_vec();
        // A target folder of its own, so that a killed run leaves none elsewhere. `--force`, because one that is
        // there and was not good enough must be replaced.
        let rest = [
            cache.root().as_os_str(),
            OsStr::new("--force"),
            OsStr::new("--target-dir"),
            target.as_os_str(),
        ];
        words.extend(rest);
        let installer = Installer {
            doing: format!("installing geckodriver {GECKODRIVER}"),
            words,
            // Not in the caller's folder, whose .cargo/config.toml is none of our business.
            folder: &target,
            mend: format!(
                "mend what it says, or install it elsewhere on PATH by `{}`",
                build_command()
            ),
        };
        let built = installer.run(&self.environment, lock.as_stdin()?).await;
        cache.clear_work(lock)?;
        built.map(|_| ())
    }

    /// A program that somebody named must be there and answer.
    async fn named(&self, named_by: &str, path: &Path) -> Result<Program, SetupError> {
        let wrong = |problem: String| SetupError::Named {
            named_by: named_by.to_owned(),
            path: path.to_owned(),
            problem,
            mend: "correct the path, or leave it out and let posttrack find or install one"
                .to_owned(),
        };
        if !path.exists() {
            return Err(wrong("does not exist".to_owned()));
        }
        let version = version_of(&self.environment, path).await.map_err(wrong)?;
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

    /// Whether and how packages can be installed without asking anybody.
    pub(crate) async fn packages(&self) -> Packages {
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

fn geckodriver_missing(looked: String, why: String, mend: String) -> SetupError {
    SetupError::Missing {
        what: format!("geckodriver {GECKODRIVER} or newer"),
        looked,
        why,
        mend,
    }
}

/// Why nothing is installed.
pub(crate) fn forbidden(value: &str) -> String {
    format!("POSTTRACK_INSTALL={value} forbids installing it")
}

/// The command that brings a fitting geckodriver to where cargo installs programs.
pub(crate) fn build_command() -> String {
    format!("cargo install --locked geckodriver --version {GECKODRIVER}")
}

/// What is wrong with a geckodriver that is too old.
fn too_old(found: &Program) -> Option<String> {
    let least: Numbers = numbers(GECKODRIVER);
    (numbers(&found.version) < least).then(|| {
        format!(
            "is version {}, and {GECKODRIVER} or newer is needed",
            found.version
        )
    })
}
