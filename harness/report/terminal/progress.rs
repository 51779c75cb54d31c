//! Progress while a run goes on: one bar and the running cases on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::case::case_line;
use super::safe::{first_line, safe};
use super::words::{count, shuffled, span};
use crate::report::{CaseResult, Status};
use crate::run::RunEvent;

/// Which ended cases get a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Every one.
    All,
    /// Those that did not simply pass.
    Remarkable,
    /// None.
    None,
}

/// Shows a run's events. Lines of cases are data (`out`), the rest is messages.
pub struct Progress {
    out: Box<dyn Write + Send>,
    messages: Box<dyn Write + Send>,
    lines: Lines,
    quiet: bool,
    bar: Option<ProgressBar>,
    names: Vec<String>,
    running: BTreeMap<usize, String>,
    not_passed: usize,
}

impl Progress {
    /// Lines to `out` and `messages`; with `bar`, a bar on stderr besides. Without lines and bar
    /// nothing is shown at all.
    pub fn new(
        out: Box<dyn Write + Send>,
        messages: Box<dyn Write + Send>,
        lines: Lines,
        bar: bool,
    ) -> Self {
        Progress {
            out,
            messages,
            lines,
            quiet: lines == Lines::None && !bar,
            bar: bar.then(new_bar),
            names: Vec::new(),
            running: BTreeMap::new(),
            not_passed: 0,
        }
    }

    /// Shows an event. The end of a case is shown by [`Progress::ended`], when it was judged.
    pub fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::SettingUp { what } => self.setting_up(what)?,
            RunEvent::SetUp { what, took } => {
                self.message(&format!(
                    "{}: took {}",
                    safe(what),
                    span(took.as_secs_f64())
                ))?;
            }
            RunEvent::Planned {
                cases,
                lanes,
                shuffle,
            } => {
                self.names = cases.iter().map(|case| case.name()).collect();
                if let Some(bar) = &self.bar {
                    bar.set_length(cases.len() as u64);
                    bar.set_message("");
                    look(bar, RUNNING);
                }
                let shuffled = shuffled(*shuffle).map_or(String::new(), |by| format!(", {by}"));
                self.message(&format!("{} cases, {lanes} at once{shuffled}", cases.len()))?;
            }
            RunEvent::Started { case } => {
                let name = self.names.get(*case).cloned().unwrap_or_default();
                self.running.insert(*case, name);
            }
            RunEvent::Retrying { case, trouble } => {
                let name = self.names.get(*case).cloned().unwrap_or_default();
                let why = first_line(&trouble.message);
                let text = format!("trying {} again: {}", safe(&name), safe(why));
                self.message(&text)?;
            }
            RunEvent::LeftOpen => self.message("the browser is left open until Ctrl-C")?,
            RunEvent::Finished { case, .. } => {
                self.running.remove(case);
            }
        }
        self.draw();
        Ok(())
    }

    /// Shows how a case ended.
    pub fn ended(&mut self, case: &CaseResult) -> io::Result<()> {
        let passed = case.status == Status::Pass;
        if !passed {
            self.not_passed += 1;
        }
        self.judged();
        let shown = match self.lines {
            Lines::All => true,
            Lines::Remarkable => !passed || !case.retried_after.is_empty(),
            Lines::None => false,
        };
        if !shown {
            return Ok(());
        }
        let Progress { bar, out, .. } = self;
        above(bar.as_ref(), || {
            writeln!(out, "{}", case_line(case))?;
            out.flush()
        })
    }

    /// Counts cases that ended before this run.
    pub fn resumed(&mut self, cases: usize) -> io::Result<()> {
        if let Some(bar) = &self.bar {
            bar.inc(cases as u64);
        }
        let were = if cases == 1 { "was" } else { "were" };
        let cases = count(cases, "case", "cases");
        self.message(&format!(
            "{cases} of them {were} run before and {were} not run again"
        ))
    }

    /// Tells that so many cases are tried again.
    pub fn again(&mut self, cases: usize) -> io::Result<()> {
        let cases = count(cases, "case", "cases");
        self.message(&format!(
            "trying {cases} again in a fresh session, one after the other"
        ))
    }

    /// Shows what a case came to by another attempt.
    pub fn tried_again(&mut self, case: &CaseResult) -> io::Result<()> {
        if self.lines == Lines::None {
            return Ok(());
        }
        let Progress { bar, out, .. } = self;
        above(bar.as_ref(), || {
            writeln!(out, "{}", case_line(case))?;
            out.flush()
        })
    }

    /// Counts a case that ended and of which nothing is to be told.
    pub fn judged(&mut self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
        self.draw();
    }

    /// Removes the bar. What follows is the summary.
    pub fn close(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn setting_up(&mut self, what: &str) -> io::Result<()> {
        if let Some(bar) = &self.bar {
            bar.set_message(safe(what).into_owned());
            return Ok(());
        }
        self.message(&format!("{} …", safe(what)))
    }

    fn message(&mut self, text: &str) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        let Progress { bar, messages, .. } = self;
        above(bar.as_ref(), || writeln!(messages, "posttrack: {text}"))
    }

    /// Tells of something that is wrong and does not end the run; also when nothing else is shown.
    pub fn warn(&mut self, text: &str) -> io::Result<()> {
        let Progress { bar, messages, .. } = self;
        above(bar.as_ref(), || {
            writeln!(messages, "posttrack: warning: {}", safe(text))
        })
    }

    fn draw(&self) {
        let Some(bar) = &self.bar else { return };
        if self.running.is_empty() {
            return;
        }
        let mut text = match self.not_passed {
            0 => String::new(),
            n => format!("{n} not passed"),
        };
        for name in self.running.values() {
            text.push_str("\n  ");
            text.push_str(&safe(name));
        }
        bar.set_message(text);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.close();
    }
}

/// While set-up goes on, of unknown length.
const SETTING_UP: &str = "{spinner} {elapsed} {msg}";
/// While cases run; the message holds their names.
const RUNNING: &str = "{spinner} {pos}/{len} {bar:32} {elapsed} {msg}";

fn new_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    look(&bar, SETTING_UP);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// The templates are ours; one that indicatif did not like would leave the look as it was.
fn look(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

/// Writes above the bar, if there is one.
fn above(bar: Option<&ProgressBar>, write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}
