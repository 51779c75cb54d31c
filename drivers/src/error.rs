//! What can go wrong while things are found and installed. Each text says what happened, where, and what to do.

use std::path::PathBuf;

use thiserror::Error;

use crate::text::indented;

/// Something that a run needs could not be had.
#[derive(Debug, Error)]
pub enum SetupError {
    /// It is not there and was not installed.
    #[error("{what} is missing: {looked}, and {why}; {mend}")]
    Missing {
        /// What is needed.
        what: String,
        /// Where it was looked for.
        looked: String,
        /// Why it was not installed.
        why: String,
        /// What to do, ending with the command to type.
        mend: String,
    },
    /// A program that somebody named does not fit.
    #[error("{named_by} names {path}, which {problem}; {mend}")]
    Named {
        /// The variable or the option that names it.
        named_by: String,
        /// The program.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        mend: String,
    },
    /// A command that installs something failed.
    #[error("{doing} failed: `{command}` {how}; {mend}. The end of its output:\n{output}", output = indented(output))]
    Command {
        /// What was being done.
        doing: String,
        /// The command.
        command: String,
        /// How it ended.
        how: String,
        /// What to do.
        mend: String,
        /// The last lines that it printed.
        output: String,
    },
    /// Bytes that are not the pinned ones.
    #[error(
        "{what} has the {algorithm} {found}, but {expected} is pinned in builds.toml; nothing was kept. Try again: a \
         damaged download goes away. If it stays, somebody changed what was published: do not use it"
    )]
    WrongHash {
        /// What was checked.
        what: String,
        /// The hash function.
        algorithm: &'static str,
        /// The pinned hash.
        expected: String,
        /// The hash of what came.
        found: String,
    },
    /// A file that somebody brought is not the build.
    #[error(
        "{path} is not {build}: its sha256 is {found}, and pinned in builds.toml is {pinned}; nothing was kept. To run \
         it as a build of your own, type `posttrack run --build {path}`",
        path = path.display(), pinned = pinned.join(" or ")
    )]
    OtherFile {
        /// The file.
        path: PathBuf,
        /// The build that it was to be.
        build: String,
        /// Its sha256.
        found: String,
        /// The pinned ones, each with its source.
        pinned: Vec<String>,
    },
    /// An address gave nothing.
    #[error("{address} could not be fetched: {problem}")]
    Download {
        /// The address.
        address: String,
        /// What went wrong.
        problem: String,
    },
    /// No source of a build gave it.
    #[error(
        "the build {build} could not be had; bring its file and type `posttrack install {build} --from FILE`, or mend \
         this:\n{tried}",
        tried = tried.iter().map(|error| indented(&error.to_string())).collect::<Vec<_>>().join("\n")
    )]
    NotHad {
        /// The build.
        build: String,
        /// What each of its sources came to.
        tried: Vec<SetupError>,
    },
    /// What came has another form than expected.
    #[error("{what} came in an unexpected form: {problem}; nothing was kept")]
    Odd {
        /// What was read.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// No build has this name.
    #[error("no build is called `{name}`; known: {known}. A file of your own is named by its path")]
    UnknownBuild {
        /// The name given.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A build file that somebody named cannot be used.
    #[error("the build file {path} {problem}")]
    BuildFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        problem: String,
    },
    /// The cache folder is not known.
    #[error("there is no folder for what is installed: set POSTTRACK_CACHE to one, or HOME")]
    NoCache,
    /// A file operation in the cache failed.
    #[error(
        "{doing} {path} failed: {source}; set POSTTRACK_CACHE to a folder that can be written to"
    )]
    Cache {
        /// What was being done.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
