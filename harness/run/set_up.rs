//! What was chosen becomes what a run needs: build files and browsers, found or installed.

use std::sync::Arc;

use drivers::{Browser, BuildFile, Progress, Setup, SetupError, TAG_ENGINE};
use tokio::sync::mpsc::UnboundedSender;

use super::{BrowserChoice, BuildChoice, RunEvent, reference_build};

/// Builds and browsers that are there.
pub struct SetUp {
    /// In the order of the choice.
    pub builds: Vec<BuildFile>,
    /// In the order of the choice.
    pub browsers: Vec<Arc<dyn Browser>>,
    /// Adobe's public tag engine, if it was asked for.
    pub engine: Option<BuildFile>,
}

/// Things that are neither there nor could be installed.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct NotHad(pub Vec<SetupError>);

impl From<SetupError> for NotHad {
    fn from(error: SetupError) -> NotHad {
        NotHad(vec![error])
    }
}

/// Finds or installs what was chosen (`engine`: Adobe's public tag engine too), and tells `events` what takes time.
///
/// # Errors
/// Every build that could not be had, for all are tried; else the first browser.
pub async fn set_up(
    browsers: &[BrowserChoice],
    builds: &[BuildChoice],
    engine: bool,
    events: &UnboundedSender<RunEvent>,
) -> Result<SetUp, NotHad> {
    let setup = setup_telling(events.clone());
    // Builds first: a path that is wrong is told before a browser is installed.
    let mut files = Vec::new();
    let mut lost = Vec::new();
    let mut tag_engine = None;
    for choice in builds {
        match build(&setup, choice).await {
            Ok(file) => files.push(file),
            Err(error) => lost.push(error),
        }
    }
    if engine {
        match setup.build(TAG_ENGINE).await {
            Ok(file) => tag_engine = Some(file),
            Err(error) => lost.push(error),
        }
    }
    if !lost.is_empty() {
        return Err(NotHad(lost));
    }
    let mut set_up = SetUp {
        builds: files,
        browsers: Vec::new(),
        engine: tag_engine,
    };
    for BrowserChoice { kind, program } in browsers {
        let browser = setup.browser(*kind, program.clone()).await?;
        set_up.browsers.push(browser);
    }
    Ok(set_up)
}

async fn build(setup: &Setup, choice: &BuildChoice) -> Result<BuildFile, SetupError> {
    match choice {
        BuildChoice::Known(name) => setup.build(name).await,
        BuildChoice::Reference => Ok(reference_build()),
        BuildChoice::File { name, path } => BuildFile::from_path(name.as_deref(), path),
    }
}

fn setup_telling(events: UnboundedSender<RunEvent>) -> Setup {
    Setup::from_env(Arc::new(move |progress| {
        let event = match progress {
            Progress::Begin { what } => RunEvent::SettingUp { what },
            Progress::End { what, took } => RunEvent::SetUp { what, took },
        };
        // Without a receiver nobody wants to know.
        let _ = events.send(event);
    }))
}
