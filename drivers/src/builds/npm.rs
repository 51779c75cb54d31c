//! One file of an npm package. `npm pack` brings the tarball and nothing that it depends on.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha512};

use super::NpmFile;
use crate::cache::{Cache, Lock};
use crate::error::SetupError;
use crate::external::Installer;
use crate::setup::Setup;

impl Setup {
    /// The file, out of a tarball that is the pinned one.
    pub(super) async fn fetch_npm(
        &self,
        build: &str,
        npm: &NpmFile,
        cache: &Cache,
        lock: &Lock,
    ) -> Result<Vec<u8>, SetupError> {
        let program = self.npm().await?;
        let package = format!("{}@{}", npm.package, npm.version);
        let _step = self
            .reporter
            .begin(format!("fetching {build} (npm pack {package})"));
        let folder = cache.fresh_work(lock, "npm")?;
        let words = [program.as_os_str()]
            .into_iter()
            .chain(["pack", "--ignore-scripts", "--json", &package].map(OsStr::new))
            .collect();
        let installer = Installer {
            doing: format!("fetching {build}"),
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
        file_in_tarball(&tarball, &npm.file, &package)
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
