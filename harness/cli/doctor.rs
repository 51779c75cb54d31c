//! `posttrack doctor`: what a run needs, what is there, how to mend what is missing.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use drivers::{BrowserKind, Found, Item, Need, Setup};

use super::settings::Settings;
use super::{Failure, print, runtime};
use crate::report::Exit;
use crate::report::terminal::{count, safe};
use crate::run::{BrowserOption, BuildChoice, Builds};
use crate::scenario;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 a run can start · 3 it cannot")]
pub struct DoctorArgs {}

/// Says it.
pub fn execute(_: &DoctorArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let setup = Setup::from_env(Arc::new(|_| {}));
    let needed = needed_builds(settings);
    let browsers = BrowserOption::chosen(&settings.run.browser).into_iter();
    // A program that somebody names is looked at when it is started.
    let browsers: Vec<BrowserKind> = browsers.map(|choice| choice.kind).collect();
    let items = runtime::block_on(async move { Ok(setup.inspect(&browsers, &needed).await) })?;
    let blocked = items.iter().filter(|item| item.blocks()).count();
    print(|out| tell(out, &items, settings.quiet))?;
    Ok(match blocked {
        0 => Exit::AsExpected.into(),
        _ => Exit::Environment.into(),
    })
}

/// The builds of a run without options. Where there are no scenarios yet, any default build may be one.
fn needed_builds(settings: &Settings) -> Vec<String> {
    let builds = Builds::of(&settings.run.build);
    let scenarios = scenario::load(&settings.scenarios).suite.scenarios;
    let choices = match scenarios.as_slice() {
        [] => builds.iter().cloned().collect(),
        some => builds.needed_for(some),
    };
    choices.iter().map(BuildChoice::name).collect()
}

/// Everything that was looked at; `quiet`: only what keeps a run from starting.
fn tell(out: &mut dyn Write, items: &[Item], quiet: bool) -> io::Result<()> {
    for item in items.iter().filter(|item| !quiet || item.blocks()) {
        match &item.found {
            Some(found) => tell_found(out, &item.what, found)?,
            None => tell_missing(out, item)?,
        }
    }
    match items.iter().filter(|item| item.blocks()).count() {
        0 => writeln!(out, "a run can start"),
        n => writeln!(
            out,
            "a run cannot start: {} missing",
            count(n, "thing is", "things are")
        ),
    }
}

fn tell_found(out: &mut dyn Write, what: &str, found: &Found) -> io::Result<()> {
    let path = found.path.display().to_string();
    // The name of a build ends with its version.
    // Some programs cannot be asked.
    let named = found.version.is_empty() || what.ends_with(&format!("@{}", found.version));
    let version = match named {
        true => String::new(),
        false => format!(" {}", safe(&found.version)),
    };
    writeln!(out, "ok       {}{version} ({})", safe(what), safe(&path))
}

fn tell_missing(out: &mut dyn Write, item: &Item) -> io::Result<()> {
    let what = safe(&item.what);
    match &item.need {
        _ if item.blocks() => writeln!(out, "MISSING  {what}")?,
        Need::NotNow(why) => writeln!(out, "missing  {what}, not needed now: {}", safe(why))?,
        Need::Needed => writeln!(out, "missing  {what}, which a run installs by itself")?,
    }
    if let Some(problem) = &item.problem {
        writeln!(out, "         {}", safe(problem))?;
    }
    if let Some(mend) = &item.mend {
        writeln!(out, "         to mend it, {}", safe(mend))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(what: &str, found: Option<(&str, &str)>) -> Item {
        Item {
            what: what.into(),
            need: Need::Needed,
            found: found.map(|(version, path)| Found {
                version: version.into(),
                path: path.into(),
            }),
            problem: None,
            mend: None,
            installs_itself: false,
        }
    }

    fn text(items: &[Item], quiet: bool) -> String {
        let mut out = Vec::new();
        tell(&mut out, items, quiet).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_there_and_what_is_missing_is_told_with_the_remedy() {
        let missing = |what: &str| Item {
            problem: Some("it is not on PATH".into()),
            mend: Some(format!("type `apt-get install {what}`")),
            ..item(what, None)
        };
        let mut items = vec![
            item("firefox", Some(("153.0", "/usr/bin/firefox"))),
            Item {
                installs_itself: true,
                ..missing("geckodriver")
            },
            Item {
                need: Need::NotNow("no build has to come from it".into()),
                ..missing("npm")
            },
            item(
                "build appmeasurement@2.23.0",
                Some(("2.23.0", "/cache/a.js")),
            ),
        ];
        insta::assert_snapshot!(text(&items, false), @r"
        ok       firefox 153.0 (/usr/bin/firefox)
        missing  geckodriver, which a run installs by itself
                 it is not on PATH
                 to mend it, type `apt-get install geckodriver`
        missing  npm, not needed now: no build has to come from it
                 it is not on PATH
                 to mend it, type `apt-get install npm`
        ok       build appmeasurement@2.23.0 (/cache/a.js)
        a run can start
        ");
        items[0] = missing("firefox");
        insta::assert_snapshot!(text(&items, true), @r"
        MISSING  firefox
                 it is not on PATH
                 to mend it, type `apt-get install firefox`
        a run cannot start: 1 thing is missing
        ");
    }
}
