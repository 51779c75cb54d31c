//! Builds with a fault: a real build with a wrapper behind it, or a changed reference library.

use std::sync::Arc;

use drivers::BuildFile;

use super::hosts::Hosts;
use super::{Fault, Plant, SelftestError};
use crate::page::adapter;
use crate::run::reference_build;
use crate::scenario::Library;

/// The name of the copy of the real build that has the wrapper and no fault.
pub const UNSPOILED: &str = "unspoiled";

const WRAPPER: &str = include_str!("wrapper.js");
const TAMPER: &str = include_str!("tamper.js");

/// What the bodies of faults may call.
const TOOLS: &str = "{ register, send, compile, param, registered, method, variables, failed }";

/// The build that has a fault.
///
/// # Errors
/// A text that the reference library does not have exactly once, or a build that was not set up.
pub(super) fn plant(
    fault: &Fault,
    files: &Hosts<Option<BuildFile>>,
) -> Result<BuildFile, SelftestError> {
    match &fault.plant {
        Plant::Wrapper { tracker, gi } => Ok(wrapped(
            had(&files.appmeasurement, fault)?,
            &fault.name,
            tracker.as_deref(),
            gi.as_deref(),
        )),
        Plant::WebSdk { before } => Ok(tampered(had(&files.web_sdk, fault)?, &fault.name, before)),
        Plant::Reference { change } => changed(&fault.name, change),
    }
}

/// The real build as it is served, with the wrapper after it: `tracker` is the body of a function that
/// spoils each fresh tracker `s`, `gi` of one that stands for `s_gi`. With neither it is unspoiled.
pub fn wrapped(real: &BuildFile, name: &str, tracker: Option<&str>, gi: Option<&str>) -> BuildFile {
    let adapter = adapter(Library::Appmeasurement);
    let mut script = adapter.serve(&real.bytes, real.module);
    let function = |parameters: &str, body: &str| format!("function ({parameters}) {{\n{body}\n}}");
    let or_null = |function: Option<String>| function.unwrap_or_else(|| "null".to_owned());
    let tracker = tracker.map(|body| function(&format!("s, {TOOLS}, shared"), body));
    let gi = gi.map(|body| function("make, suite, shared", body));
    let wrapper = format!(
        "\n;{}({{ tracker: {}, gi: {} }});\n",
        WRAPPER.trim_end(),
        or_null(tracker),
        or_null(gi)
    );
    script.extend(wrapper.into_bytes());
    let source = format!("{} with the fault {name}", real.name);
    build(name, source, script)
}

fn had<'f>(file: &'f Option<BuildFile>, fault: &Fault) -> Result<&'f BuildFile, SelftestError> {
    let none = || cannot(&fault.name, "its build was not set up");
    file.as_ref().ok_or_else(none)
}

/// The real Web SDK with code before it.
fn tampered(real: &BuildFile, name: &str, before: &str) -> BuildFile {
    let mut script = format!("(function () {{\n{TAMPER}{before}\n}})();\n").into_bytes();
    script.extend_from_slice(&real.bytes);
    let source = format!("{} with the fault {name}", real.name);
    build(name, source, script)
}

/// The reference library with other texts in place of some of its own.
fn changed(name: &str, change: &[(String, String)]) -> Result<BuildFile, SelftestError> {
    let reference = reference_build();
    let mut text = String::from_utf8_lossy(&reference.bytes).into_owned();
    for (from, to) in change {
        let from = from.trim_matches('\n');
        let found = text.matches(from).count();
        if found != 1 {
            let why = format!("the reference library has `{from}` {found} times, not once");
            return Err(cannot(name, &why));
        }
        text = text.replacen(from, to.trim_matches('\n'), 1);
    }
    let source = format!("{} with the fault {name}", reference.source);
    Ok(build(name, source, text.into_bytes()))
}

fn build(name: &str, source: String, script: Vec<u8>) -> BuildFile {
    BuildFile::of_script(name, source, Arc::from(script))
}

fn cannot(fault: &str, why: &str) -> SelftestError {
    SelftestError::Plant {
        fault: fault.to_owned(),
        why: why.to_owned(),
    }
}
