//! Library builds: the ones that can be fetched, and files that somebody names.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde::Deserialize;
use sha2::{Digest, Sha256, Sha512};

use crate::cache::{Cache, Lock};
use crate::error::SetupError;
use crate::external::Installer;
use crate::module::is_module;
use crate::setup::{Packages, Setup, forbidden};

const KNOWN: &str = include_str!("../builds/builds.toml");

/// A build that can be fetched: an entry of `builds.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownBuild {
    /// Library and version, such as `appmeasurement@2.23.0`.
    pub name: String,
    /// The library.
    pub library: String,
    /// Its version.
    pub version: String,
    /// The licence under which it is published, as an SPDX expression.
    pub licence: String,
    /// Whether a run that names no build uses it.
    #[serde(default)]
    pub default: bool,
    /// Whether the file is an ES module.
    #[serde(default)]
    pub module: bool,
    /// The file's sha256, in hexadecimal.
    pub sha256: String,
    /// Where it comes from.
    pub source: Source,
}

/// Where a build comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Source {
    /// One file of an npm package.
    Npm(NpmFile),
}

/// One file of a package in an npm registry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NpmFile {
    /// The package.
    pub package: String,
    /// Its exact version.
    pub version: String,
    /// The tarball's integrity: `sha512-` and the hash in base64.
    pub integrity: String,
    /// The file's path in the package.
    pub file: String,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Npm(npm) => write!(f, "npm {}@{} {}", npm.package, npm.version, npm.file),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Builds {
    build: Vec<KnownBuild>,
}

/// Reads the text of a `builds.toml`.
pub fn parse_builds(text: &str) -> Result<Vec<KnownBuild>, toml::de::Error> {
    toml::from_str::<Builds>(text).map(|builds| builds.build)
}

/// The builds that can be fetched.
#[expect(
    clippy::expect_used,
    reason = "the file is compiled in, and a test reads it"
)]
pub fn known_builds() -> Vec<KnownBuild> {
    parse_builds(KNOWN).expect("drivers/builds/builds.toml is valid")
}

/// The names of the builds that a run uses when none is named.
pub fn default_builds() -> Vec<String> {
    known_builds()
        .into_iter()
        .filter(|build| build.default)
        .map(|build| build.name)
        .collect()
}

/// One concrete library file, read and hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFile {
    /// What the build is called in case names and results.
    pub name: String,
    /// The library, where that is known beforehand.
    pub library: Option<String>,
    /// The library's version, where that is known beforehand.
    pub version: Option<String>,
    /// The file.
    pub path: PathBuf,
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// The content's sha256, in hexadecimal.
    pub sha256: String,
    /// Where it came from, for people.
    pub source: String,
    /// Whether it is an ES module, which a plain `<script src>` cannot load.
    pub module: bool,
}

impl BuildFile {
    /// Reads a file that somebody named. Without a name it is called like the file, less `.js`.
    pub fn from_path(name: Option<&str>, path: &Path) -> Result<BuildFile, SetupError> {
        let wrong = |problem: String| SetupError::BuildFile {
            path: path.to_owned(),
            problem,
        };
        if path.is_dir() {
            return Err(wrong(
                "is a folder; name the one JavaScript file in it".to_owned(),
            ));
        }
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                wrong("does not exist; give the path of a JavaScript file".to_owned())
            }
            _ => wrong(format!("cannot be read: {error}")),
        })?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(wrong("is empty; give a JavaScript file".to_owned()));
        }
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            return Err(wrong(format!(
                "looks binary (a zero byte at offset {at}); give a JavaScript file as text, unpacked"
            )));
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(BuildFile {
            name: name.map_or_else(|| stem.into_owned(), str::to_owned),
            library: None,
            version: None,
            path: path.to_owned(),
            sha256: sha256(&bytes),
            source: format!("file {}", path.display()),
            module: is_module(&String::from_utf8_lossy(&bytes)),
            bytes: bytes.into(),
        })
    }

    fn known(build: &KnownBuild, path: PathBuf, bytes: Vec<u8>) -> BuildFile {
        BuildFile {
            name: build.name.clone(),
            library: Some(build.library.clone()),
            version: Some(build.version.clone()),
            path,
            sha256: sha256(&bytes),
            source: build.source.to_string(),
            module: build.module,
            bytes: bytes.into(),
        }
    }
}

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
                looked: format!(
                    "{} is not there, or not as it was kept",
                    cache.build(name).display()
                ),
                why: forbidden(value),
                mend: "type `env -u POSTTRACK_INSTALL posttrack install`".to_owned(),
            });
        }
        let lock = cache.lock(&self.reporter).await?;
        if let Some(file) = cached(&cache, build) {
            return Ok(file);
        }
        let bytes = match &build.source {
            Source::Npm(npm) => self.fetch_npm(build, npm, &cache, &lock).await,
        };
        cache.clear_work(&lock)?;
        let bytes = bytes?;
        let path = cache.build(name);
        cache.put(&lock, &path, &bytes)?;
        Ok(BuildFile::known(build, path, bytes))
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

    async fn fetch_npm(
        &self,
        build: &KnownBuild,
        npm: &NpmFile,
        cache: &Cache,
        lock: &Lock,
    ) -> Result<Vec<u8>, SetupError> {
        let program = self.npm().await?;
        let package = format!("{}@{}", npm.package, npm.version);
        let _step = self
            .reporter
            .begin(format!("fetching {} (npm pack {package})", build.name));
        let folder = cache.fresh_work(lock, "npm")?;
        let words = [program.as_os_str()]
            .into_iter()
            .chain(["pack", "--ignore-scripts", "--json", &package].map(OsStr::new))
            .collect();
        let installer = Installer {
            doing: format!("fetching {}", build.name),
            words,
            folder: &folder,
            mend: "see whether npm reaches its registry from here (`npm ping`)".to_owned(),
        };
        installer.run(&self.environment, lock.as_stdin()?).await?;
        let tarball = only_tarball(&folder, &package)?;
        let integrity = format!("sha512-{}", STANDARD.encode(Sha512::digest(&tarball)));
        if integrity != npm.integrity {
            return Err(SetupError::WrongHash {
                what: format!("the tarball of {package}"),
                algorithm: "integrity",
                expected: npm.integrity.clone(),
                found: integrity,
            });
        }
        let bytes = file_in_tarball(&tarball, &npm.file, &package)?;
        let found = sha256(&bytes);
        if found != build.sha256 {
            return Err(SetupError::WrongHash {
                what: format!("{} in {package}", npm.file),
                algorithm: "sha256",
                expected: build.sha256.clone(),
                found,
            });
        }
        Ok(bytes)
    }

    async fn npm(&self) -> Result<PathBuf, SetupError> {
        if let Some(found) = self.environment.find("npm") {
            return Ok(found);
        }
        let looked = "it is not on PATH";
        self.install_package("npm", "npm", looked).await?;
        self.environment
            .find("npm")
            .ok_or_else(|| SetupError::Missing {
                what: "npm".to_owned(),
                looked: looked.to_owned(),
                why: "apt-get said that it installed the package npm".to_owned(),
                mend: "install npm so that it is on PATH".to_owned(),
            })
    }

    /// Whether a missing npm could be installed without asking.
    pub(crate) async fn npm_can_be_installed(&self) -> bool {
        matches!(self.packages().await, Packages::Apt(_))
    }

    /// The build in the cache, if it is there as it was put there.
    pub(crate) fn cached_build(&self, build: &KnownBuild) -> Option<BuildFile> {
        cached(&self.cache().ok()?, build)
    }
}

fn cached(cache: &Cache, build: &KnownBuild) -> Option<BuildFile> {
    let path = cache.build(&build.name);
    let bytes = std::fs::read(&path).ok()?;
    (sha256(&bytes) == build.sha256).then(|| BuildFile::known(build, path, bytes))
}

/// `npm pack` puts one tarball into the folder; the name that it reports is not always the file's.
fn only_tarball(folder: &Path, package: &str) -> Result<Vec<u8>, SetupError> {
    let failed = |source| SetupError::Cache {
        doing: "reading",
        path: folder.to_owned(),
        source,
    };
    let mut tarballs = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension() == Some(OsStr::new("tgz")) {
            tarballs.push(path);
        }
    }
    match tarballs.as_slice() {
        [tarball] => std::fs::read(tarball).map_err(failed),
        others => Err(SetupError::Odd {
            what: package.to_owned(),
            problem: format!("npm pack made {} tarballs instead of one", others.len()),
        }),
    }
}

/// Takes one file out of an npm tarball, whose files are all below one folder, mostly `package`.
fn file_in_tarball(tarball: &[u8], file: &str, package: &str) -> Result<Vec<u8>, SetupError> {
    let odd = |problem: String| SetupError::Odd {
        what: format!("the tarball of {package}"),
        problem,
    };
    let unreadable = |error: std::io::Error| odd(error.to_string());
    let mut archive = tar::Archive::new(GzDecoder::new(tarball));
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let path = entry.path().map_err(unreadable)?;
        if path.components().skip(1).eq(Path::new(file).components()) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(unreadable)?;
            return Ok(bytes);
        }
    }
    Err(odd(format!("it has no file {file}")))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
