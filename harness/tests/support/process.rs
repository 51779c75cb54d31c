//! A running `posttrack run`, and the processes of the machine.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use posttrack::report::{CaseResult, Results, json};

use super::Bench;

/// Generous: it is reached only by a test that fails.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Between two looks at a condition.
const LOOK: Duration = Duration::from_millis(10);

/// A run that goes on.
pub struct Run {
    child: Ours,
    out: Heard,
    err: Heard,
    root: PathBuf,
}

/// A child that goes with the test, also with one that fails.
struct Ours(Child);

impl Drop for Ours {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A run that ended.
pub struct Ended {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
    /// What it wrote to `--json`, if it did.
    pub results: Option<Results>,
}

impl Run {
    /// In a process group of its own, as under a shell.
    pub fn start(mut command: Command, bench: &Bench) -> Run {
        command.stdin(Stdio::null()).process_group(0);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Run::of(command.spawn().expect("the command starts"), bench)
    }

    /// A child that was started in another way; pipes that were taken from it are not listened to.
    pub fn of(mut child: Child, bench: &Bench) -> Run {
        Run {
            out: Heard::listen(child.stdout.take()),
            err: Heard::listen(child.stderr.take()),
            child: Ours(child),
            root: bench.root().to_owned(),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// Its output so far.
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// Its messages so far.
    pub fn err(&self) -> String {
        self.err.text()
    }

    /// Waits for a condition.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&Run) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            let ended = self.child.0.try_wait().expect("the child is ours");
            let said = || format!("\n{}\n{}", self.out(), self.err());
            assert!(
                ended.is_none(),
                "{what}: it ended before, with {ended:?}{}",
                said()
            );
            assert!(Instant::now() < end, "{what}: that never came{}", said());
            std::thread::sleep(LOOK);
        }
    }

    /// Waits until a case of this scenario ended.
    pub fn until_case_ended(&mut self, scenario: &str) {
        let line = format!("::{scenario}  ");
        self.until(&format!("the end of case {scenario}"), |run| {
            run.out().contains(&line)
        });
    }

    /// The browser's first process.
    pub fn browser(&self) -> Option<Process> {
        processes_of(&self.root)
            .into_iter()
            .find(|process| process.name.starts_with("firefox") && process.has("--marionette"))
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.0.try_wait().expect("the child is ours") {
                break status;
            }
            if Instant::now() >= end {
                panic!("it never ended\n{}\n{}", self.out(), self.err());
            }
            std::thread::sleep(LOOK);
        };
        let path = self.root.join("results.json");
        Ended {
            code: status.code(),
            out: self.out.into_text(),
            err: self.err.into_text(),
            results: json::read(&path).expect("what it wrote is a results document"),
        }
    }
}

impl Ended {
    pub fn said(&self) -> String {
        format!("exit {:?}\n{}\n{}", self.code, self.out, self.err)
    }

    /// The case of this scenario in its results.
    pub fn case(&self, scenario: &str) -> &CaseResult {
        let results = self.results.as_ref();
        let results = results.unwrap_or_else(|| panic!("no results: {}", self.said()));
        let mut cases = results.cases.iter();
        cases
            .find(|case| case.scenario == scenario)
            .unwrap_or_else(|| panic!("no case {scenario}: {}", self.said()))
    }
}

/// What a pipe said, read by a thread so that its writer never waits.
struct Heard {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Heard {
    fn listen(pipe: Option<impl Read + Send + 'static>) -> Heard {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let Some(mut pipe) = pipe else { return };
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                kept.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Heard { bytes, reader }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    fn into_text(self) -> String {
        self.reader.join().expect("the reader does not panic");
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }
}

/// A living process.
#[derive(Clone, Debug)]
pub struct Process {
    pub pid: u32,
    pub name: String,
    arguments: Vec<u8>,
}

impl Process {
    /// Whether this is one of its arguments.
    pub fn has(&self, argument: &str) -> bool {
        let mut arguments = self.arguments.split(|byte| *byte == 0);
        arguments.any(|other| other == argument.as_bytes())
    }
}

/// The living processes whose arguments or environment name this folder, which is a test's own: whatever was started
/// in it, in whatever process group or session it is now.
pub fn processes_of(folder: &Path) -> Vec<Process> {
    let needle = folder.as_os_str().as_encoded_bytes();
    let names_it = |bytes: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")
        .expect("/proc is there")
        .flatten()
    {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let read = |file: &str| std::fs::read(entry.path().join(file)).unwrap_or_default();
        // The state follows the program's name, which may hold spaces and parentheses itself.
        let stat = String::from_utf8_lossy(&read("stat")).into_owned();
        let ended = stat
            .rsplit_once(") ")
            .is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']));
        let arguments = read("cmdline");
        if !ended && (names_it(&arguments) || names_it(&read("environ"))) {
            let name = String::from_utf8_lossy(&read("comm")).trim().to_owned();
            found.push(Process {
                pid,
                name,
                arguments,
            });
        }
    }
    found
}

/// Sends a signal to a process, or with a minus sign before it to a group.
pub fn signal(name: &str, to: impl std::fmt::Display) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {to}")])
        .status()
        .expect("sh is there");
    assert!(sent.success(), "SIG{name} to {to}");
}

impl Bench {
    /// Waits until nothing that was started here lives and TMPDIR is empty; fails with what is left.
    pub fn assert_nothing_remains(&self, after: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let processes = processes_of(self.root());
            let folders: Vec<_> = std::fs::read_dir(self.temp())
                .expect("TMPDIR is there")
                .flatten()
                .map(|entry| entry.file_name())
                .collect();
            if processes.is_empty() && folders.is_empty() {
                return;
            }
            let names: Vec<_> = processes.iter().map(|process| &process.name).collect();
            assert!(
                Instant::now() < end,
                "after {after}, these remain: processes {names:?}, in TMPDIR {folders:?}"
            );
            std::thread::sleep(LOOK);
        }
    }
}
