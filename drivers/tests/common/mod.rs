//! What several test files need: a machine of our own making, and a look at the processes of the real one.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use drivers::{
    Browser, BrowserKind, Environment, KnownBuild, OnProgress, Progress, SessionSettings, Setup,
    Web,
};

/// Generous: it is reached only by a test that fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A Firefox that answers.
pub const FIREFOX: &str = "echo Mozilla Firefox 153.0";
/// A geckodriver that is new enough.
pub const GECKODRIVER: &str =
    "echo 'geckodriver 0.37.1 (abc 2026-07-20)'; echo; echo 'The source code is here'";

/// A machine with nothing but the programs that a test puts on it.
pub struct Machine {
    pub root: tempfile::TempDir,
    pub environment: Environment,
    said: Arc<Mutex<Vec<Progress>>>,
}

impl Machine {
    pub fn new() -> Machine {
        let root = tempfile::tempdir().expect("a folder for the test");
        let folder = |name: &str| {
            let folder = root.path().join(name);
            std::fs::create_dir(&folder).expect("a folder in the test's folder");
            folder
        };
        let environment = Environment {
            path: folder("bin").into(),
            cache: Some(root.path().join("cache")),
            temp: folder("tmp"),
            programs: BTreeMap::new(),
            libexec: vec![folder("libexec")],
            install: None,
            root: true,
            web: Web::default(),
        };
        Machine {
            root,
            environment,
            said: Arc::default(),
        }
    }

    /// Sets a variable that names a program.
    pub fn name(&mut self, variable: &'static str, program: &Path) {
        self.environment
            .programs
            .insert(variable, program.to_owned());
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The path as it stands in a message.
    pub fn shown(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Puts a program on the PATH: a shell script. `$here` is the machine's folder.
    pub fn program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.path("bin").join(name);
        let text = format!(
            "#!/bin/sh\nhere='{}'\n{script}\n",
            self.root.path().display()
        );
        write_program(&path, &text);
        path
    }

    pub fn setup(&self) -> Setup {
        self.setup_with(drivers::known_builds())
    }

    pub fn setup_with(&self, builds: Vec<KnownBuild>) -> Setup {
        let said = Arc::clone(&self.said);
        let tell: OnProgress = Arc::new(move |progress| {
            said.lock().expect("no other test panicked").push(progress);
        });
        Setup::new(self.environment.clone(), builds, tell)
    }

    /// What was begun, and ended.
    pub fn steps(&self) -> Vec<String> {
        let said = self.said.lock().expect("no other test panicked");
        said.iter()
            .map(|progress| match progress {
                Progress::Begin { what } => format!("begin {what}"),
                Progress::End { what, .. } => format!("end {what}"),
            })
            .collect()
    }

    /// Every file below the cache, relative to it.
    pub fn cached(&self) -> Vec<String> {
        let mut files = Vec::new();
        let cache = self.path("cache");
        let mut folders = vec![cache.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let relative = path.strip_prefix(&cache).expect("it is below the cache");
                    files.push(relative.display().to_string());
                }
            }
        }
        files.sort();
        files
    }

    /// What a fake program left in a file of the machine's folder.
    pub fn noted(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }
}

/// Writes an executable file from a process of its own: while a file is open for writing in this one, another test
/// that is just forking would keep it open, and executing it would fail ("text file busy").
pub fn write_program(path: &Path, text: &str) {
    let mut writer = Command::new("sh")
        .args(["-c", "cat >\"$1\" && chmod 755 \"$1\"", "write-program"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh is there");
    let mut stdin = writer.stdin.take().expect("a pipe was asked for");
    stdin.write_all(text.as_bytes()).expect("sh reads it");
    drop(stdin);
    assert!(
        writer.wait().expect("sh ends").success(),
        "writing {}",
        path.display()
    );
}

/// The real browser of this machine, found or installed as for a run; its run folders go to `temp`.
pub async fn real(kind: BrowserKind, temp: &Path) -> Arc<dyn Browser> {
    let environment = Environment {
        temp: temp.to_owned(),
        ..Environment::capture()
    };
    let setup = Setup::new(environment, drivers::known_builds(), Arc::new(|_| {}));
    match setup.browser(kind, None).await {
        Ok(browser) => browser,
        Err(error) => panic!("this test needs a real {}: {error}", kind.name()),
    }
}

/// A session that needs no proxy, because it goes nowhere.
pub fn nowhere() -> SessionSettings {
    SessionSettings {
        socks_port: 9,
        headed: false,
        window: (1200, 700),
        authority: None,
    }
}

/// The living processes whose arguments or environment name this folder, which is unique to a test: whoever was
/// started in it, in whatever process group or session it is now.
pub fn processes_of(folder: &Path) -> Vec<(u32, String)> {
    let needle = folder.as_os_str().as_encoded_bytes();
    let names_it = |file: PathBuf| {
        let bytes = std::fs::read(file).unwrap_or_default();
        bytes.windows(needle.len()).any(|part| part == needle)
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")
        .expect("/proc is there")
        .flatten()
    {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let ended = stat
            .rsplit_once(") ")
            .is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']));
        if ended || pid == std::process::id() {
            continue;
        }
        if names_it(entry.path().join("environ")) || names_it(entry.path().join("cmdline")) {
            let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            found.push((pid, name.trim().to_owned()));
        }
    }
    found
}

/// The entries of a folder.
pub fn entries(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .expect("the folder is there")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Waits until no process of this folder lives and nothing is in it; fails with what is left.
pub fn assert_nothing_remains(temp: &Path, after: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let (processes, folders) = (processes_of(temp), entries(temp));
        if processes.is_empty() && folders.is_empty() {
            return;
        }
        assert!(
            Instant::now() < until,
            "after {after}, these remain: processes {processes:?}, folders {folders:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
