//! A run of the built program, timed by the lines that it prints as its cases end.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::error::{BenchError, Doing};
use crate::machine::Machine;
use crate::memory::{Peak, Sampler};
use crate::scenarios::Folder;

/// How `posttrack run` is started.
pub struct Run<'a> {
    folder: &'a Folder,
    browser: &'a str,
    /// Cases at once; `None`: what posttrack takes by itself.
    pub jobs: Option<u32>,
    /// Part of a case's name.
    pub filter: Option<String>,
    /// Whether to record snapshots.
    pub update: bool,
    /// Whether to look at memory, which costs some of the machine's time.
    pub memory: bool,
}

/// When things happened, in milliseconds since the program was started.
#[derive(Debug)]
pub struct Times {
    /// All cases were known: browsers and builds are ready.
    pub planned_ms: f64,
    /// Ends of cases.
    pub ended_ms: Vec<f64>,
    /// The most memory that was used, if it was looked at.
    pub peak: Option<Peak>,
}

impl Times {
    /// Milliseconds from one case's end to the next, without the first so many.
    pub fn intervals(&self, skipped: u32) -> Vec<f64> {
        let pairs = self.ended_ms.windows(2);
        let all = pairs.map(|pair| pair[1] - pair[0]);
        all.skip(skipped.saturating_sub(1) as usize).collect()
    }

    /// Milliseconds a case, over the whole run.
    pub fn each_ms(&self) -> f64 {
        let last = self.ended_ms.last().copied().unwrap_or_default();
        (last - self.planned_ms) / self.ended_ms.len() as f64
    }
}

impl<'a> Run<'a> {
    /// All cases of a folder, as a user would run them.
    pub fn new(folder: &'a Folder, browser: &'a str) -> Run<'a> {
        Run {
            folder,
            browser,
            jobs: None,
            filter: None,
            update: false,
            memory: false,
        }
    }

    fn command(&self, machine: &Machine) -> Command {
        let mut command = Command::new(machine.posttrack);
        command
            .arg("--scenarios")
            .arg(&self.folder.scenarios)
            .arg("--snapshots")
            .arg(&self.folder.snapshots)
            // So that the suite as a whole is not judged.
            .args(["run", self.filter.as_deref().unwrap_or("hit/")])
            .args(["--browser", self.browser, "--build", &machine.build])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(jobs) = self.jobs {
            command.args(["--jobs", &jobs.to_string()]);
        }
        if self.update {
            command.args(["--update", "missing"]);
        }
        command
    }

    /// Runs. Every case must pass.
    pub fn end(&self, machine: &Machine) -> Result<Times, BenchError> {
        let began = Instant::now();
        let mut child = self.command(machine).spawn().doing("starting posttrack")?;
        let sampler = self.memory.then(|| Sampler::start(child.id()));
        let planned = planned(&mut child, began);
        let mut ended_ms = Vec::new();
        let mut rest = String::new();
        if let Some(out) = child.stdout.take() {
            for line in BufReader::new(out).lines() {
                let line = line.doing("reading posttrack")?;
                match line.starts_with("ok ") {
                    true => ended_ms.push(ms_since(began)),
                    false => rest = rest + &line + "\n",
                }
            }
        }
        let status = child.wait().doing("waiting for posttrack")?;
        let peak = sampler.map(Sampler::end);
        let (planned_ms, said) = planned.join().unwrap_or_default();
        if !status.success() || ended_ms.is_empty() {
            return Err(BenchError::Other(format!(
                "posttrack ended with {status}:\n{said}{rest}"
            )));
        }
        Ok(Times {
            planned_ms,
            ended_ms,
            peak,
        })
    }
}

/// When stderr said that all cases are known, and all that it said.
fn planned(child: &mut Child, began: Instant) -> thread::JoinHandle<(f64, String)> {
    let err = child.stderr.take();
    thread::spawn(move || {
        let (mut at, mut said) = (0.0, String::new());
        let Some(err) = err else { return (at, said) };
        let mut err = BufReader::new(err);
        while err.read_line(&mut said).is_ok_and(|read| read > 0) {
            if said.trim_end().ends_with("at once") {
                at = began.elapsed().as_secs_f64() * 1000.0;
                break;
            }
        }
        // What is left is for an error message.
        let _ = err.read_to_string(&mut said);
        (at, said)
    })
}

fn ms_since(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1000.0
}
