//! What is there and what is missing, without changing anything.

use std::path::PathBuf;

use crate::builds::{BuildFile, KnownBuild, Origin, Source, build_mend, not_kept};
use crate::error::SetupError;
use crate::external::version_of;
use crate::setup::{GECKODRIVER, Packages, Program, Setup, build_command};

const ONLY_BY_NAME: &str = "only a run that names it uses it";

/// One thing that a run needs, or that would install such a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is: a program's name, or `build NAME`.
    pub what: String,
    /// Whether a run needs it.
    pub need: Need,
    /// What was found.
    pub found: Option<Found>,
    /// Why what is there was not taken, or where it was looked for; `None` when it was found.
    pub problem: Option<String>,
    /// What to do: a command to type, or an advice; `None` when it was found.
    pub mend: Option<String>,
    /// Whether a run would install it by itself.
    pub installs_itself: bool,
}

/// Whether a run needs something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// No run without it.
    Needed,
    /// The run does without it; why.
    NotNow(String),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its version.
    pub version: String,
    /// Where it is.
    pub path: PathBuf,
}

impl Item {
    /// Whether a run cannot start because of this.
    pub fn blocks(&self) -> bool {
        self.need == Need::Needed && self.found.is_none() && !self.installs_itself
    }
}

/// Whether a run could start, after installing what installs itself.
pub fn could_start(items: &[Item]) -> bool {
    !items.iter().any(Item::blocks)
}

impl Setup {
    /// Looks at everything that a run of these builds needs, and at the other builds too. Fetches nothing.
    pub async fn inspect(&self, needed: &[String]) -> Vec<Item> {
        let firefox = self.inspect_firefox().await;
        let cargo = self.inspect_program("cargo").await;
        let geckodriver = self.inspect_geckodriver(cargo.found.is_some()).await;
        let npm = self.inspect_program("npm").await;
        let npm_to_be_had = npm.found.is_some() || self.npm_can_be_installed().await;
        let builds: Vec<(&KnownBuild, Option<BuildFile>)> = self
            .known
            .iter()
            .map(|build| (build, self.cached_build(build)))
            .collect();
        let awaits_npm = |(build, there): &(&KnownBuild, Option<BuildFile>)| {
            needed.contains(&build.name) && there.is_none() && build.sources.iter().all(of_npm)
        };
        let npm_waits = builds.iter().any(awaits_npm);

        let cargo = Item {
            need: need_unless(geckodriver.found.is_some(), "geckodriver is there"),
            mend: cargo
                .mend
                .map(|_| "install Rust, see https://rustup.rs".to_owned()),
            ..cargo
        };
        let npm = Item {
            need: need_unless(!npm_waits, "no build has to come from it"),
            installs_itself: npm.found.is_none() && npm_to_be_had,
            ..npm
        };
        [firefox, geckodriver, cargo]
            .into_iter()
            .chain([npm])
            .chain(builds.into_iter().map(|(build, there)| {
                self.inspect_build(build, there, needed.contains(&build.name), npm_to_be_had)
            }))
            .collect()
    }

    async fn inspect_firefox(&self) -> Item {
        let installs_itself = matches!(self.packages().await, Packages::Apt(_));
        let mend = self.package_mend("firefox-esr");
        item("firefox", self.find_firefox().await, mend, installs_itself)
    }

    async fn inspect_geckodriver(&self, cargo: bool) -> Item {
        let installs_itself = cargo && self.environment.install.is_none() && self.cache().is_ok();
        let mend = format!("type `{}`", build_command());
        let what = "geckodriver";
        let mut item = item(what, self.find_geckodriver().await, mend, installs_itself);
        if let Some(problem) = &mut item.problem {
            *problem = format!("{GECKODRIVER} or newer is needed: {problem}");
        }
        item
    }

    async fn inspect_program(&self, name: &str) -> Item {
        let found = match self.environment.find(name) {
            None => Err("it is not on PATH".to_owned()),
            Some(path) => version_of(&self.environment, &path)
                .await
                .map_err(|problem| format!("{} {problem}", path.display()))
                .map(|version| Program { path, version }),
        };
        item(name, Ok(found), self.package_mend(name), false)
    }

    fn inspect_build(
        &self,
        build: &KnownBuild,
        there: Option<BuildFile>,
        needed: bool,
        npm: bool,
    ) -> Item {
        let cache = self.cache();
        let found = match (there, &cache) {
            (Some(file), _) => Ok(Program {
                path: file.path,
                version: build.version.clone(),
            }),
            (None, Ok(cache)) => Err(not_kept(cache, build)),
            (None, Err(error)) => Err(error.to_string()),
        };
        let forbidden = self.environment.install.is_some();
        let to_be_had = build.sources.iter().any(|source| npm || !of_npm(source));
        let item = item(
            &format!("build {}", build.name),
            Ok(found),
            build_mend(&build.name, forbidden),
            to_be_had && !forbidden && cache.is_ok(),
        );
        match needed {
            true => item,
            false => Item {
                need: Need::NotNow(ONLY_BY_NAME.to_owned()),
                problem: None,
                ..item
            },
        }
    }
}

fn of_npm(source: &Source) -> bool {
    matches!(source.origin, Origin::Npm(_))
}

/// What was found, or why not. A program that somebody named and that does not fit does not mend itself.
fn item(
    what: &str,
    found: Result<Result<Program, String>, SetupError>,
    mend: String,
    installs_itself: bool,
) -> Item {
    let (found, problem, installs_itself) = match found {
        Ok(Ok(program)) => (Some(program), None, false),
        Ok(Err(looked)) => (None, Some(looked), installs_itself),
        Err(error) => (None, Some(error.to_string()), false),
    };
    Item {
        what: what.to_owned(),
        need: Need::Needed,
        mend: found.is_none().then_some(mend),
        found: found.map(|program| Found {
            version: program.version,
            path: program.path,
        }),
        problem,
        installs_itself,
    }
}

fn need_unless(there: bool, because: &str) -> Need {
    if there {
        Need::NotNow(because.to_owned())
    } else {
        Need::Needed
    }
}
