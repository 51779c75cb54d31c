//! Recognises a build from a page in the browser, not from its name.

use std::sync::Arc;

use serde_json::json;

use super::case::Running;
use super::lane::Lane;
use super::serve::ServedBuild;
use super::settle::Next;
use super::{BuildId, RunError};
use crate::page::{BUILD_PATH, What};
use crate::scenario::{Library, Location, Scenario};

/// Loads the build in a page of each library, until it is one of them, and asks it for its version.
pub(super) async fn identify(lane: &Lane, build: &drivers::BuildFile) -> Result<BuildId, RunError> {
    let mut why = None;
    for library in Library::ALL {
        let served = ServedBuild::new(build, library, None);
        let mut running = Running::open(lane, Arc::new(bare_page(library)?), served);
        running
            .load(Next::Other)
            .await
            .map_err(|trouble| RunError::Environment(trouble.message))?;
        if defines(&running, library) {
            return Ok(BuildId {
                name: build.name.clone(),
                library,
                version: version(lane).await?,
                sha256: build.sha256.clone(),
                source: build.source.clone(),
            });
        }
        why = why.or_else(|| load_error(&running));
    }
    Err(RunError::NoLibrary {
        build: build.source.clone(),
        why: why.unwrap_or_else(|| {
            "it runs, but defines neither `AppMeasurement` nor `s_gi`, nor does it take the Web SDK's commands"
                .to_owned()
        }),
    })
}

fn defines(running: &Running<'_>, wanted: Library) -> bool {
    running.docs.events().any(|event| {
        matches!(&event.what, What::Built { library: Some(library), .. } if library == wanted.name())
    })
}

async fn version(lane: &Lane) -> Result<Option<String>, RunError> {
    const VERSION: &str = "posttrack.version(arguments[arguments.length - 1])";
    match lane.async_script(VERSION, json!([])).await {
        Ok(version) => Ok(version.as_str().map(str::to_owned)),
        Err(failure) => {
            let what = "the build could not be asked for its version";
            let trouble = lane.session.trouble(failure, what);
            Err(RunError::Environment(trouble.message))
        }
    }
}

fn load_error(running: &Running<'_>) -> Option<String> {
    running.docs.events().find_map(|event| match &event.what {
        What::Uncaught {
            message,
            file,
            line,
            column,
        } if file.ends_with(BUILD_PATH) => Some(format!("line {line}, column {column}: {message}")),
        _ => None,
    })
}

fn bare_page(library: Library) -> Result<Scenario, RunError> {
    let url = url::Url::parse("https://www.posttrack.test/").map_err(|error| {
        RunError::Environment(format!(
            "the page to recognise builds in has no address: {error}"
        ))
    })?;
    let at = Location {
        file: Arc::from("posttrack/identify"),
        line: 1,
        column: 1,
    };
    let mut page = Scenario::new("posttrack/identify", url, at);
    page.library = library;
    Ok(page)
}
