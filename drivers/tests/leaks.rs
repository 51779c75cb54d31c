//! However a process that has a session ends, no process, profile or folder of the session remains.
//!
//! This file runs itself as that process: with [`HOLD`] as its argument it starts a session and waits.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use std::future::pending;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use common::{PATIENCE, assert_nothing_remains, entries, nowhere, processes_of, real};
use drivers::BrowserKind;
use libtest_mimic::{Arguments, Failed, Trial};

const HOLD: &str = "hold-a-session";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, kind, end] = arguments.as_slice()
        && first == HOLD
    {
        return hold(kind.parse().expect("a browser"), end);
    }
    let tests = BrowserKind::ALL.into_iter().flat_map(tests_of).collect();
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

fn tests_of(kind: BrowserKind) -> Vec<Trial> {
    let trial = |name: &str, test: fn(BrowserKind)| {
        let name = format!("{}::{name}", kind.name());
        Trial::test(name, move || -> Result<(), Failed> {
            test(kind);
            Ok(())
        })
    };
    vec![
        trial("sigkill_leaves_nothing", |kind| {
            killed_by(kind, "KILL", false)
        }),
        trial("sigterm_leaves_nothing", |kind| {
            killed_by(kind, "TERM", false)
        }),
        trial("ctrl_c_in_the_terminal_leaves_nothing", |kind| {
            killed_by(kind, "INT", true)
        }),
        trial("a_panic_leaves_nothing", a_panic_leaves_nothing),
        trial(
            "sigkill_while_a_driver_starts_leaves_nothing",
            killed_while_starting,
        ),
        trial(
            "a_supervisor_that_gets_sigterm_cleans_up",
            a_signal_to_the_supervisor,
        ),
    ]
}

/// The process that is killed: says the run folder once a session is there.
fn hold(kind: BrowserKind, end: &str) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let browser = real(kind, &std::env::temp_dir()).await;
        let session = browser.start(nowhere()).await.expect("a session starts");
        println!("{}", session.folder().display());
        match end {
            "panic" => panic!("as asked"),
            _ => pending().await,
        }
    })
}

struct Held {
    kind: BrowserKind,
    child: Child,
    temp: tempfile::TempDir,
}

impl Held {
    /// A process that has a session.
    fn start(kind: BrowserKind, end: &str) -> Held {
        let mut held = Held::starting(kind, end);
        let stdout = held.child.stdout.take().expect("a pipe was asked for");
        let mut lines = BufReader::new(stdout).lines();
        let folder = lines
            .next()
            .expect("it says its run folder")
            .expect("it writes text");
        assert_eq!(
            PathBuf::from(&folder).parent(),
            Some(held.temp()),
            "run folders belong into TMPDIR"
        );
        held
    }

    /// A process that is about to start a session. It leads a process group of its own, as under a shell.
    fn starting(kind: BrowserKind, end: &str) -> Held {
        let temp = tempfile::tempdir().expect("a folder for the test");
        let child = Command::new(std::env::current_exe().expect("this test's program"))
            .args([HOLD, kind.name(), end])
            .env("TMPDIR", temp.path())
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("this test's program starts");
        Held { kind, child, temp }
    }

    fn temp(&self) -> &Path {
        self.temp.path()
    }

    /// Without this the tests below could pass because they look at the wrong processes.
    fn assert_running(&self) {
        let names: Vec<String> = processes_of(self.temp())
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        let wanted: &[&str] = match self.kind {
            BrowserKind::Firefox => &["geckodriver", "firefox", "sh"],
            BrowserKind::Chrome => &["chromedriver", "chromium", "sh"],
            BrowserKind::Webkit => &[
                "WebKitWebDriver",
                "MiniBrowser",
                "WebKitNetworkPr",
                "Xvfb",
                "sh",
            ],
        };
        for wanted in wanted {
            assert!(
                names.iter().any(|name| name.starts_with(wanted)),
                "{wanted} should be among the session's processes {names:?}"
            );
        }
    }
}

fn killed_by(kind: BrowserKind, signal: &str, whole_group: bool) {
    let mut held = Held::start(kind, "wait");
    held.assert_running();
    let sign = if whole_group { "-" } else { "" };
    send(signal, &format!("{sign}{}", held.child.id()));
    let status = held.child.wait().expect("it ends");
    assert!(
        !status.success(),
        "the signal ended it, and not its own will: {status}"
    );
    assert_nothing_remains(held.temp(), &format!("SIG{signal}"));
}

fn killed_while_starting(kind: BrowserKind) {
    let mut held = Held::starting(kind, "wait");
    let until = Instant::now() + PATIENCE;
    while entries(held.temp()).is_empty() {
        assert!(Instant::now() < until, "a run folder appears");
        std::thread::yield_now();
    }
    held.child.kill().expect("it still runs");
    held.child.wait().expect("it ends");
    assert_nothing_remains(
        held.temp(),
        "SIGKILL at the moment when the run folder was made",
    );
}

fn a_panic_leaves_nothing(kind: BrowserKind) {
    let mut held = Held::start(kind, "panic");
    let status = held.child.wait().expect("it ends");
    assert_eq!(status.code(), Some(101), "it panicked");
    assert_nothing_remains(held.temp(), "a panic");
}

fn a_signal_to_the_supervisor(kind: BrowserKind) {
    let mut held = Held::start(kind, "wait");
    held.assert_running();
    let supervisors = processes_of(held.temp())
        .into_iter()
        .filter(|(_, name)| name == "sh");
    for (pid, _) in supervisors {
        send("TERM", &format!("-{pid}"));
    }
    let holder = held.child.id();
    let left = || {
        processes_of(held.temp())
            .into_iter()
            .any(|(pid, _)| pid != holder)
    };
    let until = Instant::now() + PATIENCE;
    while left() || !entries(held.temp()).is_empty() {
        assert!(
            Instant::now() < until,
            "a supervisor that gets SIGTERM cleans up"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    held.child.kill().expect("it still runs");
    held.child.wait().expect("it ends");
}

fn send(signal: &str, to: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{signal} {to}")])
        .status()
        .expect("sh is there");
    assert!(sent.success(), "SIG{signal} to {to}");
}
