//! Programs that end with us, however we end: each runs under a shell that waits for the end of a pipe of ours.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

const SCRIPT: &str = include_str!("supervise.sh");

/// How a program is ended.
#[derive(Clone, Copy)]
pub enum End {
    /// At once.
    Kill,
    /// It is asked first, because it removes files of its own.
    Ask,
}

/// A running program.
pub struct Supervised {
    folder: PathBuf,
    lifeline: Option<ChildStdin>,
    shell: Child,
}

impl Supervised {
    /// Starts a program.
    pub fn start(
        program: &Path,
        args: &[String],
        env: &[(String, String)],
        end: End,
    ) -> io::Result<Supervised> {
        let end = match end {
            End::Kill => "KILL",
            End::Ask => "TERM",
        };
        let mut shell = Command::new("sh")
            .args([OsStr::new("-c"), OsStr::new(SCRIPT), OsStr::new("floor")])
            .arg(end)
            .arg(program)
            .args(args)
            .envs(env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let lifeline = shell.stdin.take();
        let mut folder = String::new();
        if let Some(said) = shell.stdout.take() {
            BufReader::new(said).read_line(&mut folder)?;
        }
        if folder.is_empty() {
            return Err(io::Error::other("no temporary folder could be made"));
        }
        Ok(Supervised {
            folder: folder.trim_end().into(),
            lifeline,
            shell,
        })
    }

    /// What it has printed so far.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // The shell ends when everything is gone.
        let _ = self.shell.wait();
    }
}
