//! Library builds: the ones that are known, and files that somebody names; found, fetched, checked, kept.
//! What is in a build, and what a page does with it, is not known here.

mod fetch;
mod file;
mod https;
mod known;
mod npm;

pub(crate) use fetch::{build_mend, not_kept};
pub use file::BuildFile;
pub use https::Web;
pub(crate) use known::known_files;
pub use known::{
    KnownBuild, NpmFile, Origin, Source, TAG_ENGINE, default_builds, known_builds, parse_builds,
};

use sha2::{Digest, Sha256};

/// The sha256 in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
