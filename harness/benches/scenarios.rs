//! Folders of scenarios for the measurements, each with its snapshots.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{BenchError, Doing};
use crate::machine::Machine;
use crate::posttrack_run::Run;

/// The page that the floor loads too: the library, one tracker, one hit.
const HIT: &str = r#"title = "one hit"
requirements = ["T-01"]
library = "appmeasurement"

[page]
url = "https://www.shop.test/"

[tracker]
account = "examplersid"
trackingServer = "metrics.shop.test"

[[step]]
run = "s.t()"
"#;

/// A folder of scenarios.
pub struct Folder {
    /// Scenarios.
    pub scenarios: PathBuf,
    /// Snapshots.
    pub snapshots: PathBuf,
}

/// What the rows of a measurement do beside the hit.
#[derive(Clone, Copy)]
pub enum Also {
    /// Nothing.
    Nothing,
    /// Each waits so many milliseconds.
    Wait(u64),
}

impl Folder {
    /// A folder with so many cases, whose snapshots were recorded in this browser.
    pub fn new(
        machine: &Machine,
        browser: &str,
        cases: u32,
        also: Also,
    ) -> Result<Folder, BenchError> {
        let root = tempfile::tempdir_in(machine.folder.path())
            .doing("making a folder")?
            .keep();
        let folder = Folder {
            scenarios: root.join("scenarios"),
            snapshots: root.join("snapshots"),
        };
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        fs::create_dir(&folder.scenarios).doing("making a folder")?;
        for file in ["requirements.toml", "deviations.toml"] {
            fs::copy(own.join(file), folder.scenarios.join(file))
                .doing(format!("copying {file}"))?;
        }
        let wait = match also {
            Also::Nothing => String::new(),
            Also::Wait(ms) => format!("\n[[step]]\nwait = {ms}\n"),
        };
        let text = format!("{HIT}{wait}\n[vary.n]\n{}", rows(cases));
        fs::write(folder.scenarios.join("hit.toml"), text).doing("writing a scenario")?;
        folder.record(machine, browser, cases)?;
        Ok(folder)
    }

    /// Records the snapshot of the first case; the others do the same.
    fn record(&self, machine: &Machine, browser: &str, cases: u32) -> Result<(), BenchError> {
        let mut run = Run::new(self, browser);
        run.filter = Some(row(1));
        run.update = true;
        run.end(machine)?;
        let folder = self.snapshots.join("hit");
        let text = fs::read_to_string(folder.join(format!("{}.snap", row(1))))
            .doing("reading a snapshot")?;
        for n in 2..=cases {
            let text = text.replace(&row(1), &row(n));
            fs::write(folder.join(format!("{}.snap", row(n))), text).doing("writing a snapshot")?;
        }
        Ok(())
    }
}

fn rows(cases: u32) -> String {
    let mut text = String::new();
    for n in 1..=cases {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} = {{}}", row(n));
    }
    text
}

fn row(n: u32) -> String {
    format!("row-{n:04}")
}
