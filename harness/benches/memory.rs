//! Memory of a process and of what it started.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often is looked.
const EVERY: Duration = Duration::from_millis(500);

/// The most that was seen, in MB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Peak {
    /// Resident memory of the process itself.
    pub own_mb: f64,
    /// Memory of all that it started, what is shared counted once (PSS).
    pub browser_mb: f64,
}

/// Looks at a process until it is told to end.
pub struct Sampler {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Peak>,
}

impl Sampler {
    /// Begins to look.
    pub fn start(pid: u32) -> Sampler {
        let over = Arc::new(AtomicBool::new(false));
        let told = over.clone();
        let thread = thread::spawn(move || {
            let mut peak = Peak::default();
            while !told.load(Ordering::Relaxed) {
                let own = kilobytes(&format!("/proc/{pid}/status"), "VmRSS:");
                let started = descendants(pid);
                let browser: f64 = started
                    .iter()
                    .map(|pid| kilobytes(&format!("/proc/{pid}/smaps_rollup"), "Pss:"))
                    .sum();
                peak.own_mb = peak.own_mb.max(own / 1024.0);
                peak.browser_mb = peak.browser_mb.max(browser / 1024.0);
                thread::sleep(EVERY);
            }
            peak
        });
        Sampler { over, thread }
    }

    /// What was seen.
    pub fn end(self) -> Peak {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

/// A line of a file in /proc; 0 where the process has ended.
fn kilobytes(file: &str, name: &str) -> f64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

/// All processes below one.
fn descendants(pid: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    for child in all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()) {
        if let Some(parent) = parent(child) {
            children.entry(parent).or_default().push(child);
        }
    }
    let mut found = Vec::new();
    let mut waiting = vec![pid];
    while let Some(pid) = waiting.pop() {
        let below = children.remove(&pid).unwrap_or_default();
        found.extend(&below);
        waiting.extend(below);
    }
    found
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}
