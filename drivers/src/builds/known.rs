//! `builds.toml`: the builds that are known by name.

use std::fmt::{self, Display, Formatter};
use std::sync::LazyLock;

use serde::Deserialize;

#[expect(
    clippy::expect_used,
    reason = "the file is compiled in, and a test reads it"
)]
static KNOWN: LazyLock<Vec<KnownBuild>> = LazyLock::new(|| {
    parse_builds(include_str!("../../builds/builds.toml"))
        .expect("drivers/builds/builds.toml is valid")
});

/// A build that is known by name: an entry of `builds.toml`.
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
    /// Whether pages load it beside a build, and it is none itself.
    #[serde(default)]
    pub beside: bool,
    /// The same code in different packaging, the preferred first.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

impl KnownBuild {
    /// The source whose file has this sha256.
    pub fn source_of(&self, sha256: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.sha256 == sha256)
    }
}

/// One file that a build is published as.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Entry")]
pub struct Source {
    /// The file's sha256, in hexadecimal.
    pub sha256: String,
    /// Whether the file is an ES module.
    pub module: bool,
    /// Where it is published.
    pub origin: Origin,
}

/// Where a file is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In an npm package.
    Npm(NpmFile),
    /// At an https address.
    Address(String),
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

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Npm(npm) => write!(f, "npm {}@{} {}", npm.package, npm.version, npm.file),
            Origin::Address(address) => f.write_str(address),
        }
    }
}

/// A source as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    sha256: String,
    #[serde(default)]
    module: bool,
    npm: Option<NpmFile>,
    address: Option<String>,
}

impl TryFrom<Entry> for Source {
    type Error = &'static str;

    fn try_from(entry: Entry) -> Result<Source, &'static str> {
        let origin = match (entry.npm, entry.address) {
            (Some(npm), None) => Origin::Npm(npm),
            (None, Some(address)) if address.starts_with("https://") => Origin::Address(address),
            (None, Some(_)) => return Err("`address` must begin with https://"),
            _ => return Err("a source has either `npm` or `address`"),
        };
        Ok(Source {
            sha256: entry.sha256,
            module: entry.module,
            origin,
        })
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

/// The builds that are known by name.
pub fn known_builds() -> Vec<KnownBuild> {
    let under_test = KNOWN.iter().filter(|build| !build.beside);
    under_test.cloned().collect()
}

/// The same with what pages load beside them.
pub(crate) fn known_files() -> Vec<KnownBuild> {
    KNOWN.clone()
}

/// Adobe's public tag engine, by the name that [`crate::Setup::build`] knows.
pub const TAG_ENGINE: &str = "turbine@28.1.0";

/// The names of the builds that a run uses when none is named.
pub fn default_builds() -> Vec<String> {
    known_builds()
        .into_iter()
        .filter(|build| build.default)
        .map(|build| build.name)
        .collect()
}
