//! A browser under its driver, with the same settings as posttrack gives it (a test of the drivers sees to that).

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::supervise::{End, Supervised};
use crate::webdriver::Session;

/// How long a program may take to come up.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often it is looked for.
const POLL: Duration = Duration::from_millis(2);

/// Width and height of the window.
const WINDOW: (u32, u32) = (1280, 900);

/// The programs of a browser.
pub struct Programs {
    /// `firefox`, `chrome` or `webkit`.
    pub name: String,
    /// The browser.
    pub browser: PathBuf,
    /// Its driver.
    pub driver: PathBuf,
    /// The display that it needs.
    pub display: Option<PathBuf>,
}

/// A browser with one window.
pub struct Browser {
    /// First, so that it goes first.
    _driver: Supervised,
    _display: Option<Supervised>,
    session: Session,
}

impl Browser {
    /// Starts a browser behind this proxy, which shows certificates of this key.
    pub fn start(programs: &Programs, socks: u16, key: &str) -> io::Result<Browser> {
        let (display, number) = match &programs.display {
            Some(program) => {
                let (display, number) = start_display(program)?;
                (Some(display), number)
            }
            None => (None, String::new()),
        };
        let port = free_port()?;
        let text = settings(&programs.name)?
            .replace("@port", &port.to_string())
            .replace("@socks", &socks.to_string())
            .replace("@key", key)
            .replace("@display", &number)
            .replace("@program", &programs.browser.to_string_lossy());
        let mut settings: Value = serde_json::from_str(&text)?;
        keep_sandbox(&mut settings);
        let env: Vec<(String, String)> = pairs(&settings["env"]);
        let driver =
            Supervised::start(&programs.driver, &texts(&settings["args"]), &env, End::Kill)?;
        wait_for(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()).ok_or_else(|| {
            io::Error::other(format!("the driver does not listen: {}", driver.log()))
        })?;
        let session = Session::open(port, &settings["capabilities"])?;
        Ok(Browser {
            _driver: driver,
            _display: display,
            session,
        })
    }

    /// Gives the window its size.
    pub fn size(&mut self) -> io::Result<()> {
        let (width, height) = WINDOW;
        let rectangle = json!({ "x": 0, "y": 0, "width": width, "height": height });
        self.session.tell("window/rect", &rectangle).map(drop)
    }

    /// Loads a page and returns when its load event was.
    pub fn load(&mut self, url: &str) -> io::Result<()> {
        self.session.tell("url", &json!({ "url": url })).map(drop)
    }
}

fn settings(name: &str) -> io::Result<&'static str> {
    match name {
        "firefox" => Ok(include_str!("../settings/firefox.json")),
        "chrome" => Ok(include_str!("../settings/chrome.json")),
        "webkit" => Ok(include_str!("../settings/webkit.json")),
        other => Err(io::Error::other(format!("`{other}` is no browser"))),
    }
}

/// Chromium starts no sandbox as root, and needs to be told so only there.
fn keep_sandbox(settings: &mut Value) {
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt;
        own.uid() == 0
    });
    let args = settings.pointer_mut("/capabilities/goog:chromeOptions/args");
    if let (false, Some(Value::Array(args))) = (root, args) {
        args.retain(|arg| arg != "--no-sandbox");
    }
}

fn start_display(program: &Path) -> io::Result<(Supervised, String)> {
    let (width, height) = WINDOW;
    let screen = format!("{width}x{height}x24");
    let args = [
        "-displayfd",
        "1",
        "-screen",
        "0",
        &screen,
        "-nolisten",
        "tcp",
        "-noreset",
    ];
    let display = Supervised::start(program, &args.map(str::to_owned), &[], End::Ask)?;
    let number = wait_for(|| {
        let log = display.log();
        let mut lines = log
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'));
        lines
            .find(|line| line.parse::<u16>().is_ok())
            .map(str::to_owned)
    });
    let number = number.ok_or_else(|| {
        io::Error::other(format!("the display does not start: {}", display.log()))
    })?;
    Ok((display, number))
}

fn wait_for<T>(look: impl Fn() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        let found = look();
        if found.is_some() || began.elapsed() > DEADLINE {
            return found;
        }
        std::thread::sleep(POLL);
    }
}

/// A port that was free a moment ago, which is good enough here.
fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn pairs(table: &Value) -> Vec<(String, String)> {
    let table = table.as_object().into_iter().flatten();
    table
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}
