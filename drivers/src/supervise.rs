//! Driver processes that cannot leak, and what a driver needs beside it, such as a display.
//!
//! Every one runs under a small shell ([`SCRIPT`]) which makes the run folder, starts the driver in a session of
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
    /// How it is known that the driver is there, and where.
    pub reached: Reached,
    /// Whether it removes files outside of the run folder when it gets SIGTERM. It then gets that first, and a moment,
    /// before it is killed.
    pub cleans_up: bool,
    /// How long the driver may take until it can be reached.
    pub deadline: Duration,
}

/// How the number is found by which a driver is reached.
#[derive(Clone, Copy, Debug)]
pub enum Reached {
    /// It says its number: this finds it in the log so far.
    Says(fn(&str) -> Option<u16>),
    /// It listens on a port of 127.0.0.1 and says nowhere on which. The system knows.
    Listens,
}

/// A running driver, its browser and its run folder: all of them go when this is dropped.
#[derive(Debug)]
pub struct Driver {
    folder: PathBuf,
    pid: u32,
    number: u16,
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
    /// The driver ended before it could be reached.
    #[error("{program} ended before it could be reached; the end of its log:\n{log}", log = indented(log))]
    Died {
        /// The driver.
        program: PathBuf,
        /// The end of its log.
        log: String,
    },
    /// The driver runs but could not be reached in time.
    #[error(
        "{program} could not be reached within {deadline:?}; the end of its log:\n{log}",
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
    /// Starts a driver and waits until it can be reached. On an error nothing is left behind.
    pub async fn start(command: &DriverCommand) -> Result<Driver, DriverError> {
        let mut driver = launch(command).await?;
        driver.number = driver.await_number(command).await?;
        Ok(driver)
    }

    /// The number by which it is reached: the port that a driver listens on, on loopback; the number of a display.
    pub fn number(&self) -> u16 {
        self.number
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

    fn find_number(&self, reached: Reached) -> Option<u16> {
        match reached {
            Reached::Says(number) => number(&self.log()),
            Reached::Listens => listening_port(self.pid),
        }
    }

    async fn await_number(&self, command: &DriverCommand) -> Result<u16, DriverError> {
        let until = Instant::now() + command.deadline;
        loop {
            // In this order: what a driver wrote before it ended is in the log that is read after.
            let alive = self.alive();
            if let Some(number) = self.find_number(command.reached) {
                return Ok(number);
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

/// Starts the supervisor and reads what it says about the driver; its number is not known yet.
async fn launch(command: &DriverCommand) -> Result<Driver, DriverError> {
    let shell = |source| DriverError::Shell {
        program: command.program.clone(),
        source,
    };
    let mut supervisor = Command::new("sh")
        .args(["-c", SCRIPT, "posttrack-driver"])
        .arg(&command.temp)
        .arg(if command.cleans_up { "TERM" } else { "KILL" })
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
        number: 0,
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

/// The port of 127.0.0.1 that a process listens on. Asking the system has no race, which a port that was free a moment
/// ago has.
fn listening_port(pid: u32) -> Option<u16> {
    let own: Vec<PathBuf> = std::fs::read_dir(format!("/proc/{pid}/fd"))
        .ok()?
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .collect();
    let table = std::fs::read_to_string(format!("/proc/{pid}/net/tcp")).ok()?;
    listeners(&table).find_map(|(port, inode)| {
        let socket = PathBuf::from(format!("socket:[{inode}]"));
        own.contains(&socket).then_some(port)
    })
}

/// Ports of 127.0.0.1 on which somebody listens, each with its socket's inode, in a table of proc(5).
fn listeners(table: &str) -> impl Iterator<Item = (u16, &str)> {
    const LOOPBACK: &str = "0100007F";
    const LISTEN: &str = "0A";
    table.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (address, port) = words.get(1)?.split_once(':')?;
        let listens = address == LOOPBACK && *words.get(3)? == LISTEN;
        let port = u16::from_str_radix(port, 16).ok()?;
        listens.then_some((port, *words.get(9)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_told_from_connections_and_from_other_addresses() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1188 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1001 1 0 100 0 0 10 0
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1002 1 0 100 0 0 10 0
   2: 0100007F:1188 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 1003 1 0 20 4 30 10 -1
";
        let found: Vec<(u16, &str)> = listeners(table).collect();
        assert_eq!(found, [(4488, "1001")]);
    }

    #[test]
    fn the_port_of_a_process_is_the_one_that_it_listens_on() {
        assert_eq!(listening_port(u32::MAX), None, "there is no such process");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = std::process::id();
        let table = std::fs::read_to_string(format!("/proc/{own}/net/tcp")).unwrap();
        assert!(listeners(&table).any(|(other, _)| other == port), "{table}");
        assert!(listening_port(own).is_some(), "this process listens");
    }
}
