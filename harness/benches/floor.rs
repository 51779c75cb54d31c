//! The floor at work.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::error::{BenchError, Doing};
use crate::machine::{Machine, Programs};

/// How much of a load is new.
#[derive(Clone, Copy)]
pub enum Mode {
    /// Hosts, and with them connections, cookies and caches.
    Fresh,
    /// Nothing: hosts, connections and the library in the cache are kept.
    Alive,
}

/// A running floor. Its browser ends with it.
pub struct Floor {
    child: Child,
    orders: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
    /// How long browser and driver took to start, in milliseconds.
    pub started_ms: f64,
}

impl Floor {
    /// Starts one.
    pub fn start(machine: &Machine, programs: &Programs, mode: Mode) -> Result<Floor, BenchError> {
        let mode = match mode {
            Mode::Fresh => "fresh",
            Mode::Alive => "alive",
        };
        let mut child = Command::new(&machine.floor)
            .arg(mode)
            .arg(&machine.served)
            .arg(programs.kind.name())
            .args(&programs.paths)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .doing("starting the floor")?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (orders, said) = pipes.ok_or_else(|| BenchError::other("the floor has no pipes"))?;
        let mut floor = Floor {
            child,
            orders: Some(orders),
            said: BufReader::new(said),
            started_ms: 0.0,
        };
        floor.started_ms = floor.next("started")?;
        Ok(floor)
    }

    /// Loads the page so many times; milliseconds of each.
    pub fn load(&mut self, count: u32) -> Result<Vec<f64>, BenchError> {
        if let Some(orders) = &mut self.orders {
            writeln!(orders, "{count}").doing("asking the floor")?;
        }
        (0..count).map(|_| self.next("load")).collect()
    }

    fn next(&mut self, what: &str) -> Result<f64, BenchError> {
        let mut line = String::new();
        self.said.read_line(&mut line).doing("reading the floor")?;
        let value = line.strip_prefix(what).map(str::trim);
        value
            .and_then(|value| value.parse().ok())
            .ok_or_else(|| BenchError::Other(format!("the floor said {line:?} and no `{what}`")))
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        drop(self.orders.take());
        // It ends with its stdin, and its browser with it.
        let _ = self.child.wait();
    }
}
