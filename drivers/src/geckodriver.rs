//! The geckodriver, which cargo builds because few systems have it as a package.

use std::ffi::OsStr;

use crate::cache::{Cache, Lock};
use crate::error::SetupError;
use crate::external::{Installer, Numbers, numbers, version_of};
use crate::setup::{Fits, Program, Setup, forbidden};

/// The geckodriver that is installed when there is none, and the oldest that is used.
pub(crate) const GECKODRIVER: &str = "0.37.1";

/// Who names one to use.
const NAMED_BY: &str = "POSTTRACK_GECKODRIVER";

impl Setup {
    /// A geckodriver that fits: found, else built.
    pub(crate) async fn geckodriver(&self) -> Result<Program, SetupError> {
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
        if let Some(path) = self.environment.named(NAMED_BY) {
            let found = self.named(NAMED_BY, path, Fits::Answers).await?;
            return match too_old(&found) {
                None => Ok(Ok(found)),
                Some(problem) => Err(SetupError::Named {
                    named_by: NAMED_BY.to_owned(),
                    path: path.to_owned(),
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
}

fn geckodriver_missing(looked: String, why: String, mend: String) -> SetupError {
    SetupError::Missing {
        what: format!("geckodriver {GECKODRIVER} or newer"),
        looked,
        why,
        mend,
    }
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
