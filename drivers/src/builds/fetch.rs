//! Brings a known build into the cache: fetched from one of its sources, or copied from a file.

use std::path::Path;

use super::{BuildFile, KnownBuild, Origin, Source, sha256};
use crate::cache::{Cache, Lock};
use crate::error::SetupError;
use crate::setup::{Setup, forbidden};

impl Setup {
    /// A build by its name: out of the cache, else fetched. What it is made of is checked in both cases.
    pub async fn build(&self, name: &str) -> Result<BuildFile, SetupError> {
        let build = self.known_build(name)?;
        let cache = self.cache()?;
        if let Some(file) = cached(&cache, build) {
            return Ok(file);
        }
        if let Some(value) = &self.environment.install {
            return Err(SetupError::Missing {
                what: format!("the build {name}"),
                looked: not_kept(&cache, build),
                why: forbidden(value),
                mend: build_mend(name, true),
            });
        }
        let lock = cache.lock(&self.reporter).await?;
        if let Some(file) = cached(&cache, build) {
            return Ok(file);
        }
        let (source, bytes) = self.fetch(build, &cache, &lock).await?;
        keep(&cache, &lock, build, source, bytes)
    }

    /// Takes a build from a file that somebody brought, which must be what one of its sources publishes. Fetches
    /// nothing, so it is never forbidden.
    pub async fn build_from(&self, name: &str, path: &Path) -> Result<BuildFile, SetupError> {
        let build = self.known_build(name)?;
        let file = BuildFile::from_path(None, path)?;
        let Some(source) = build.source_of(&file.sha256) else {
            return Err(SetupError::OtherFile {
                path: path.to_owned(),
                build: name.to_owned(),
                found: file.sha256,
                pinned: build
                    .sources
                    .iter()
                    .map(|source| format!("{} ({source})", source.sha256))
                    .collect(),
            });
        };
        let cache = self.cache()?;
        let lock = cache.lock(&self.reporter).await?;
        keep(&cache, &lock, build, source, file.bytes.to_vec())
    }

    /// The build in the cache, if it is there as it was put there.
    pub fn cached_build(&self, build: &KnownBuild) -> Option<BuildFile> {
        cached(&self.cache().ok()?, build)
    }

    fn known_build(&self, name: &str) -> Result<&KnownBuild, SetupError> {
        let found = self.known.iter().find(|build| build.name == name);
        found.ok_or_else(|| SetupError::UnknownBuild {
            name: name.to_owned(),
            known: self
                .known
                .iter()
                .map(|build| build.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    /// The first source that can be had, and its file.
    async fn fetch<'a>(
        &self,
        build: &'a KnownBuild,
        cache: &Cache,
        lock: &Lock,
    ) -> Result<(&'a Source, Vec<u8>), SetupError> {
        // To install npm takes minutes: a source that needs it waits until the others were tried.
        let npm = self.environment.find("npm").is_some();
        let (ready, last): (Vec<&Source>, Vec<&Source>) = build
            .sources
            .iter()
            .partition(|source| npm || !matches!(source.origin, Origin::Npm(_)));
        let mut tried = Vec::new();
        for source in ready.into_iter().chain(last) {
            match self.fetch_from(build, source, cache, lock).await {
                Ok(bytes) => return Ok((source, bytes)),
                Err(error) => tried.push(error),
            }
        }
        Err(SetupError::NotHad {
            build: build.name.clone(),
            tried,
        })
    }

    async fn fetch_from(
        &self,
        build: &KnownBuild,
        source: &Source,
        cache: &Cache,
        lock: &Lock,
    ) -> Result<Vec<u8>, SetupError> {
        let (what, bytes) = match &source.origin {
            Origin::Npm(npm) => {
                let bytes = self.fetch_npm(&build.name, npm, cache, lock).await;
                cache.clear_work(lock)?;
                let what = format!("{} in {}@{}", npm.file, npm.package, npm.version);
                (what, bytes?)
            }
            Origin::Address(address) => {
                let _step = self
                    .reporter
                    .begin(format!("fetching {} ({address})", build.name));
                let bytes = self.environment.web.get(address).await?;
                (format!("what came from {address}"), bytes)
            }
        };
        match sha256(&bytes) {
            found if found == source.sha256 => Ok(bytes),
            found => Err(SetupError::WrongHash {
                what,
                algorithm: "sha256",
                expected: source.sha256.clone(),
                found,
            }),
        }
    }
}

fn cached(cache: &Cache, build: &KnownBuild) -> Option<BuildFile> {
    let path = cache.build(&build.name);
    let bytes = std::fs::read(&path).ok()?;
    let source = build.source_of(&sha256(&bytes))?;
    Some(BuildFile::known(build, source, path, bytes.into()))
}

fn keep(
    cache: &Cache,
    lock: &Lock,
    build: &KnownBuild,
    source: &Source,
    bytes: Vec<u8>,
) -> Result<BuildFile, SetupError> {
    let path = cache.build(&build.name);
    cache.put(lock, &path, &bytes)?;
    Ok(BuildFile::known(build, source, path, bytes.into()))
}

/// Where a build that is not there was looked for.
pub(crate) fn not_kept(cache: &Cache, build: &KnownBuild) -> String {
    let path = cache.build(&build.name);
    format!("{} is not there, or not as it was kept", path.display())
}

/// What a person types to get a build.
pub(crate) fn build_mend(name: &str, forbidden: bool) -> String {
    let leave = if forbidden {
        "env -u POSTTRACK_INSTALL "
    } else {
        ""
    };
    format!(
        "type `{leave}posttrack install {name}`, or bring its file: `posttrack install {name} --from FILE`"
    )
}
