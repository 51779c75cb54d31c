//! The folder that keeps what was installed, and the lock under which it is changed.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::error::SetupError;
use crate::progress::Reporter;

/// The cache folder: `bin/` for drivers, `builds/` for library files, `work/` for what is being made.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    root: PathBuf,
}

/// The right to change the cache; it ends when this is dropped, or when the process ends in any way.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// For a command that changes the cache: as long as it runs, the lock is held, even if this process is killed.
    pub fn as_stdin(&self) -> Result<Stdio, SetupError> {
        let shared = self.file.try_clone();
        shared.map(Stdio::from).map_err(|source| SetupError::Cache {
            doing: "sharing",
            path: self.path.clone(),
            source,
        })
    }
}

impl Cache {
    /// A cache in this folder, which is made when something is first put into it.
    pub fn new(root: PathBuf) -> Cache {
        Cache { root }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a driver's program is kept.
    pub fn program(&self, name: &str) -> PathBuf {
        self.root.join("bin").join(name)
    }

    /// Where a build's file is kept.
    pub fn build(&self, name: &str) -> PathBuf {
        self.root.join("builds").join(format!("{name}.js"))
    }

    /// Waits until no other run changes the cache, and keeps them from it.
    pub async fn lock(&self, reporter: &Reporter) -> Result<Lock, SetupError> {
        make_folder(&self.root)?;
        let path = self.root.join("lock");
        let failed = |doing: &'static str, source| SetupError::Cache {
            doing,
            path: path.clone(),
            source,
        };
        let file = File::create(&path).map_err(|error| failed("opening", error))?;
        match file.try_lock() {
            Ok(()) => return Ok(Lock { file, path }),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(failed("locking", error)),
        }
        let _waiting = reporter.begin("waiting for another run that is installing");
        let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
        let file = locked
            .map_err(|error| failed("locking", std::io::Error::other(error)))?
            .map_err(|error| failed("locking", error))?;
        Ok(Lock { file, path })
    }

    /// An empty folder of this name to work in. Under the lock it is nobody else's; one that a killed run left is
    /// emptied.
    pub fn fresh_work(&self, _: &Lock, name: &str) -> Result<PathBuf, SetupError> {
        let folder = self.root.join("work").join(name);
        remove_folder(&folder)?;
        make_folder(&folder)?;
        Ok(folder)
    }

    /// Removes what was made in [`Cache::fresh_work`].
    pub fn clear_work(&self, _: &Lock) -> Result<(), SetupError> {
        remove_folder(&self.root.join("work"))
    }

    /// Puts a file in its place at once: a reader sees it whole or not at all.
    pub fn put(&self, _: &Lock, path: &Path, bytes: &[u8]) -> Result<(), SetupError> {
        let failed = |doing, source| SetupError::Cache {
            doing,
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        let beside = path.with_added_extension("part");
        std::fs::write(&beside, bytes).map_err(|error| failed("writing", error))?;
        std::fs::rename(&beside, path).map_err(|error| failed("putting into place", error))
    }
}

fn make_folder(folder: &Path) -> Result<(), SetupError> {
    std::fs::create_dir_all(folder).map_err(|source| SetupError::Cache {
        doing: "making the folder",
        path: folder.to_owned(),
        source,
    })
}

fn remove_folder(folder: &Path) -> Result<(), SetupError> {
    match std::fs::remove_dir_all(folder) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(SetupError::Cache {
            doing: "removing the folder",
            path: folder.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}
