//! Recognises a build from a page in the browser, not from its name.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;

use super::case::Running;
use super::lane::Lane;
use super::{BuildId, RunError};
use crate::page::{Adapter, BUILD_PATH, What};
use crate::scenario::{Library, Location, Scenario};

/// Loads the build in a page of its own and asks it for its version.
pub(super) async fn identify(
    lane: &Lane,
    adapter: &'static dyn Adapter,
    build: &drivers::BuildFile,
    served: Bytes,
) -> Result<BuildId, RunError> {
    const VERSION: &str = "return window.posttrack.version()";
    let mut running = Running::open(lane, Arc::new(bare_page()?), adapter, served);
    running
        .load()
        .await
        .map_err(|trouble| RunError::Environment(trouble.message))?;
    let defined = running.docs.events().any(|event| {
        matches!(&event.what, What::Built { library: Some(library), .. } if library == Library::Appmeasurement.name())
    });
    if !defined {
        return Err(RunError::NoLibrary {
            build: build.source.clone(),
            why: load_error(&running),
        });
    }
    let version = lane
        .script(None, VERSION, json!([]))
        .await
        .map_err(|failure| {
            RunError::Environment(
                lane.session
                    .trouble(failure, "the build could not be asked for its version")
                    .message,
            )
        })?;
    Ok(BuildId {
        name: build.name.clone(),
        library: Library::Appmeasurement,
        version: version.as_str().map(str::to_owned),
        sha256: build.sha256.clone(),
        source: build.source.clone(),
    })
}

fn load_error(running: &Running<'_>) -> String {
    running
        .docs
        .events()
        .find_map(|event| match &event.what {
            What::Uncaught {
                message,
                file,
                line,
                column,
            } if file.ends_with(BUILD_PATH) => {
                Some(format!("line {line}, column {column}: {message}"))
            }
            _ => None,
        })
        .unwrap_or_else(|| "it runs, but defines neither `AppMeasurement` nor `s_gi`".to_owned())
}

fn bare_page() -> Result<Scenario, RunError> {
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
    Ok(Scenario::new("posttrack/identify", url, at))
}
