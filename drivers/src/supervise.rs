//! Driver processes that cannot leak.
//!
//! Every driver runs under a small shell ([`SCRIPT`]) which makes the run folder, starts the driver in a session of
//! its own with `TMPDIR` set to that folder, and waits for the end of its stdin. We hold the other end of that pipe:
//! when we drop it, or are killed in any way, the shell kills the driver's process group and removes the folder.
//! No code of ours has to run for that. The shell is in a process group of its own, so Ctrl-C does not reach it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::text::{indented, tail};

const SCRIPT: &str = include_str!("supervise.sh");

/// In an argument of a [`DriverCommand`]: the run folder, which does not exist before the driver is started.
pub const FOLDER: &str = "@folder";

/// How often the log is looked at while a driver starts.
const POLL: Duration = Duration::from_millis(10);

/// How long [`Driver::stop`] waits for the processes and the folder to be gone.
const STOP_DEADLINE: Duration = Duration::from_secs(40);

/// Lines of a driver's log in an error message.
const TAIL_LINES: usize = 15;

/// How a driver is started.
#[derive(Clone, Debug)]
pub struct DriverCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments; [`FOLDER`] stands for the run folder.
    pub args: Vec<OsString>,
    /// Environment variables beside the inherited ones.
    pub env: Vec<(OsString, OsString)>,
    /// Where the run folder is made.
    pub temp: PathBuf,
    /// Finds, in the driver's log so far, the port that it listens on.
    pub port: fn(&str) -> Option<u16>,
    /// How long the driver may take to say its port.
    pub deadline: Duration,
}

/// A running driver, its browser and its run folder: all of them go when this is dropped.
#[derive(Debug)]
pub struct Driver {
    folder: PathBuf,
    pid: u32,
    port: u16,
    lifeline: ChildStdin,
    supervisor: Child,
}

/// A driver that did not come up.
#[derive(Debug, Error)]
pub enum DriverError {
    /// The shell that supervises the driver could not be started.
    #[error("could not start `sh`, under which {program} runs: {source}")]
    Shell {
        /// The driver.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The supervisor gave up before it started the driver.
    #[error(
        "could not make a run folder in {temp} for {program}; TMPDIR must name a folder that can be written to:\n{said}",
        said = indented(said)
    )]
    Folder {
        /// The driver.
        program: PathBuf,
        /// Where the folder was to be.
        temp: PathBuf,
        /// What the supervisor printed.
        said: String,
    },
    /// The driver ended before it listened.
    #[error("{program} ended before it listened on a port; the end of its log:\n{log}", log = indented(log))]
    Died {
        /// The driver.
        program: PathBuf,
        /// The end of its log.
        log: String,
    },
    /// The driver runs but did not say its port in time.
    #[error(
        "{program} did not say within {deadline:?} which port it listens on; the end of its log:\n{log}",
        log = indented(log)
    )]
    Silent {
        /// The driver.
        program: PathBuf,
        /// The deadline that passed.
        deadline: Duration,
        /// The end of its log.
        log: String,
    },
}

impl Driver {
    /// Starts a driver and waits until it says which port it listens on. On an error nothing is left behind.
    pub async fn start(command: &DriverCommand) -> Result<Driver, DriverError> {
        let mut driver = launch(command).await?;
        driver.port = driver.await_port(command).await?;
        Ok(driver)
    }

    /// The port that the driver listens on, on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The run folder: the driver's `TMPDIR`, with its log and the browser's profile.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the driver's process is still there.
    pub fn alive(&self) -> bool {
        // A driver that ended is a zombie until its supervisor ends, or gone where the shell reaps at once.
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid));
        // The state follows the program's name, which may hold spaces and parentheses itself.
        let state = stat
            .as_deref()
            .ok()
            .and_then(|stat| stat.rsplit_once(')'))
            .and_then(|(_, rest)| rest.trim_start().chars().next());
        state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
    }

    /// The last lines of the driver's log; empty once the driver was stopped.
    pub fn log_tail(&self, lines: usize) -> String {
        tail(&self.log(), lines)
    }

    /// Kills the driver and everything that it started, and waits until that is done and the folder is gone.
    pub async fn stop(self) {
        let Driver {
            lifeline,
            mut supervisor,
            ..
        } = self;
        drop(lifeline);
        // Past the deadline the supervisor goes on by itself: there is nothing that we could do better.
        let _ = timeout(STOP_DEADLINE, supervisor.wait()).await;
    }

    fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.join("driver.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    async fn await_port(&self, command: &DriverCommand) -> Result<u16, DriverError> {
        let until = Instant::now() + command.deadline;
        loop {
            // In this order: what a driver wrote before it ended is in the log that is read after.
            let alive = self.alive();
            if let Some(port) = (command.port)(&self.log()) {
                return Ok(port);
            }
            if !alive {
                return Err(DriverError::Died {
                    program: command.program.clone(),
                    log: self.log_tail(TAIL_LINES),
                });
            }
            if Instant::now() >= until {
                return Err(DriverError::Silent {
                    program: command.program.clone(),
                    deadline: command.deadline,
                    log: self.log_tail(TAIL_LINES),
                });
            }
            sleep(POLL).await;
        }
    }
}

/// Starts the supervisor and reads what it says about the driver; the port is not known yet.
async fn launch(command: &DriverCommand) -> Result<Driver, DriverError> {
    let shell = |source| DriverError::Shell {
        program: command.program.clone(),
        source,
    };
    let mut supervisor = Command::new("sh")
        .args(["-c", SCRIPT, "posttrack-driver"])
        .arg(&command.temp)
        .arg(&command.program)
        .args(&command.args)
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(shell)?;
    let pipes = supervisor.stdin.take().zip(supervisor.stdout.take());
    let Some((lifeline, said)) = pipes else {
        return Err(shell(std::io::Error::other("it has no pipes")));
    };
    let said = first_lines(said).await.map_err(shell)?;
    let started = match said.as_slice() {
        [folder, pid] => pid.parse().ok().map(|pid| (PathBuf::from(folder), pid)),
        _ => None,
    };
    let Some((folder, pid)) = started else {
        return Err(DriverError::Folder {
            program: command.program.clone(),
            temp: command.temp.clone(),
            said: said.join("\n"),
        });
    };
    Ok(Driver {
        folder,
        pid,
        port: 0,
        lifeline,
        supervisor,
    })
}

/// The folder and the pid, or what the supervisor printed when it failed.
async fn first_lines(said: ChildStdout) -> std::io::Result<Vec<String>> {
    let mut lines = BufReader::new(said).lines();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        match lines.next_line().await? {
            Some(line) => seen.push(line),
            None => break,
        }
    }
    Ok(seen)
}
