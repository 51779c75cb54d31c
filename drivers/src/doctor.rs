//! What is there and what is missing, without changing anything.

use std::path::PathBuf;

use crate::browser::BrowserKind;
use crate::builds::{BuildFile, KnownBuild, Origin, Source, build_mend, not_kept};
use crate::error::SetupError;
use crate::external::version_of;
use crate::setup::{Packaged, Program, Setup};

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

impl Need {
    /// Needed, unless something is there that does without it.
    pub(crate) fn unless(there: bool, because: &str) -> Need {
        match there {
            true => Need::NotNow(because.to_owned()),
            false => Need::Needed,
        }
    }
}

impl Item {
    /// What was found, or why not. A program that somebody named and that does not fit does not mend itself.
    pub(crate) fn of(
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

    /// The same, of something that is needed only by who names it.
    fn only_by_name(self) -> Item {
        Item {
            need: Need::NotNow(ONLY_BY_NAME.to_owned()),
            problem: None,
            ..self
        }
    }

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
    /// Looks at everything that a run of these builds in these browsers needs, and at the others too. Fetches nothing.
    pub async fn inspect(&self, browsers: &[BrowserKind], needed: &[String]) -> Vec<Item> {
        let mut items = Vec::new();
        for kind in BrowserKind::ALL {
            let programs = self.inspect_browser(kind).await.into_iter();
            match browsers.contains(&kind) {
                true => items.extend(programs),
                false => items.extend(programs.map(Item::only_by_name)),
            }
        }
        let npm = self.inspect_program("npm").await;
        let npm_to_be_had = npm.found.is_some() || self.installs_packages().await;
        let builds: Vec<(&KnownBuild, Option<BuildFile>)> = self
            .known
            .iter()
            .map(|build| (build, self.cached_build(build)))
            .collect();
        let awaits_npm = |(build, there): &(&KnownBuild, Option<BuildFile>)| {
            needed.contains(&build.name) && there.is_none() && build.sources.iter().all(of_npm)
        };
        let npm_waits = builds.iter().any(awaits_npm);

        let npm = Item {
            need: Need::unless(!npm_waits, "no build has to come from it"),
            installs_itself: npm.found.is_none() && npm_to_be_had,
            ..npm
        };
        items
            .into_iter()
            .chain([npm])
            .chain(builds.into_iter().map(|(build, there)| {
                self.inspect_build(build, there, needed.contains(&build.name), npm_to_be_had)
            }))
            .collect()
    }

    /// A program that a system package brings.
    pub(crate) async fn inspect_packaged(&self, what: &str, wanted: &Packaged) -> Item {
        let installs_itself = self.installs_packages().await;
        let mend = self.package_mend(wanted.package);
        let found = self.find_packaged(wanted).await;
        Item::of(what, found, mend, installs_itself)
    }

    pub(crate) async fn inspect_program(&self, name: &str) -> Item {
        let found = match self.environment.find(name) {
            None => Err("it is not on PATH".to_owned()),
            Some(path) => version_of(&self.environment, &path)
                .await
                .map_err(|problem| format!("{} {problem}", path.display()))
                .map(|version| Program { path, version }),
        };
        Item::of(name, Ok(found), self.package_mend(name), false)
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
        let item = Item::of(
            &format!("build {}", build.name),
            Ok(found),
            build_mend(&build.name, forbidden),
            to_be_had && !forbidden && cache.is_ok(),
        );
        match needed {
            true => item,
            false => item.only_by_name(),
        }
    }
}

fn of_npm(source: &Source) -> bool {
    matches!(source.origin, Origin::Npm(_))
}
