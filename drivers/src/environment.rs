//! What is read from the process's environment: once, in one place.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::builds::Web;

/// The environment that a [`Setup`](crate::Setup) works in. Read by [`Environment::capture`]; a test makes its own.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `PATH`: where programs are looked for, and what they are run with.
    pub path: OsString,
    /// Where artefacts are kept: `POSTTRACK_CACHE`, or `posttrack` in `XDG_CACHE_HOME` or in `~/.cache`. `None` when
    /// the environment names none of them.
    pub cache: Option<PathBuf>,
    /// Where run folders are made: `TMPDIR`, or `/tmp`.
    pub temp: PathBuf,
    /// The programs to use and no others, by the variable that names each: see [`Environment::PROGRAMS`].
    pub programs: BTreeMap<&'static str, PathBuf>,
    /// Folders in which systems keep programs that are not meant to be typed, at most two levels deep.
    pub libexec: Vec<PathBuf>,
    /// `POSTTRACK_INSTALL` when it is set: nothing may be installed then. The value to set is `never`, and a
    /// misspelt one must not install what somebody wanted to forbid.
    pub install: Option<String>,
    /// Whether the process may do what root may.
    pub root: bool,
    /// How addresses are reached.
    pub web: Web,
}

impl Environment {
    /// The variables that name a browser's or a driver's program.
    pub const PROGRAMS: [&'static str; 7] = [
        "POSTTRACK_FIREFOX",
        "POSTTRACK_GECKODRIVER",
        "POSTTRACK_CHROME",
        "POSTTRACK_CHROMEDRIVER",
        "POSTTRACK_WEBKIT",
        "POSTTRACK_WEBKITDRIVER",
        "POSTTRACK_XVFB",
    ];

    /// Reads the process's environment.
    pub fn capture() -> Environment {
        let path = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let cache = path("POSTTRACK_CACHE").map(absolute).or_else(|| {
            // The XDG specification says to ignore a relative one.
            path("XDG_CACHE_HOME")
                .filter(|folder| folder.is_absolute())
                .or_else(|| path("HOME").map(|home| home.join(".cache")))
                .map(|folder| folder.join("posttrack"))
        });
        Environment {
            path: std::env::var_os("PATH").unwrap_or_default(),
            cache,
            temp: absolute(std::env::temp_dir()),
            programs: Environment::PROGRAMS
                .into_iter()
                .filter_map(|variable| Some((variable, absolute(path(variable)?))))
                .collect(),
            libexec: ["/usr/lib", "/usr/libexec", "/usr/lib64"]
                .map(PathBuf::from)
                .to_vec(),
            install: std::env::var_os("POSTTRACK_INSTALL")
                .filter(|value| !value.is_empty())
                .map(|value| value.to_string_lossy().into_owned()),
            root: std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0),
            web: Web::capture(),
        }
    }

    /// The program that a variable names.
    pub(crate) fn named(&self, variable: &str) -> Option<&Path> {
        self.programs.get(variable).map(PathBuf::as_path)
    }

    /// Every file of this name on `PATH` that can be executed, in order.
    pub(crate) fn on_path(&self, program: &str) -> Vec<PathBuf> {
        std::env::split_paths(&self.path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(program))
            .filter(|path| is_executable(path))
            .collect()
    }

    /// The first file of this name on `PATH` that can be executed.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        self.on_path(program).into_iter().next()
    }

    /// Every file of this name that can be executed in a folder of one of these names below [`Environment::libexec`].
    pub(crate) fn in_libexec(&self, folders: &[&str], program: &str) -> Vec<PathBuf> {
        let below = |folder: &PathBuf| {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect::<Vec<_>>()
        };
        // Debian keeps them in a folder for each architecture.
        let roots = self
            .libexec
            .iter()
            .flat_map(|root| std::iter::once(root.clone()).chain(below(root)));
        let roots: Vec<PathBuf> = roots.collect();
        folders
            .iter()
            .flat_map(|folder| roots.iter().map(move |root| root.join(folder)))
            .map(|folder| folder.join(program))
            .filter(|path| is_executable(path))
            .collect()
    }
}

fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}
