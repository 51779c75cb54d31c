//! What a page load costs in a browser without posttrack: its own proxy, its own WebDriver client, the same browser
//! settings. The yardstick of `cargo bench`, which starts it as
//! `floor fresh|alive LIBRARY firefox|chrome|webkit BROWSER DRIVER [DISPLAY]`.
//!
//! It prints `started MILLISECONDS` (browser and driver, from nothing to a session), then for each number that it
//! reads as many lines `load MILLISECONDS`. It ends with its stdin.

mod browser;
mod proxy;
mod site;
mod supervise;
mod tls;
mod webdriver;

use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::Instant;

use browser::{Browser, Programs};
use proxy::Proxy;
use site::Site;
use tls::Authority;

const USAGE: &str =
    "usage: floor fresh|alive LIBRARY firefox|chrome|webkit BROWSER DRIVER [DISPLAY]";

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("floor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Vec<OsString>) -> io::Result<()> {
    let [mode, build, name, browser, driver, display @ ..] = args.as_slice() else {
        return Err(io::Error::other(USAGE));
    };
    let alive = match mode.to_str() {
        Some("alive") => true,
        Some("fresh") => false,
        _ => return Err(io::Error::other(USAGE)),
    };
    let programs = Programs {
        name: name.to_string_lossy().into_owned(),
        browser: browser.into(),
        driver: driver.into(),
        display: display.first().map(Into::into),
    };
    let authority = Authority::new()?;
    let key = authority.key_pin();
    let proxy = Proxy::start(authority, Site::new(std::fs::read(build)?, alive))?;
    let began = Instant::now();
    let mut browser = Browser::start(&programs, proxy.port(), &key)?;
    say("started", began)?;
    browser.size()?;
    let mut loads = Loads {
        proxy,
        alive,
        done: 0,
    };
    for line in io::stdin().lock().lines() {
        let count: u64 = line?.trim().parse().map_err(io::Error::other)?;
        for _ in 0..count {
            loads.one(&mut browser)?;
        }
    }
    Ok(())
}

struct Loads {
    proxy: Proxy,
    alive: bool,
    done: u64,
}

impl Loads {
    /// One load, from the command until both the load event was and the hit is answered.
    fn one(&mut self, browser: &mut Browser) -> io::Result<()> {
        // Of the length that posttrack's names have.
        let label = if self.alive { 0 } else { self.done };
        let url = format!("https://www.s{label:03}.test/");
        let hits = self.proxy.hits();
        let began = Instant::now();
        browser.load(&url)?;
        self.proxy.wait_for_hit(hits)?;
        say("load", began)?;
        self.done += 1;
        if !self.alive {
            self.proxy.cut();
        }
        Ok(())
    }
}

fn say(what: &str, since: Instant) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what} {:.3}", since.elapsed().as_secs_f64() * 1000.0)?;
    out.flush()
}
