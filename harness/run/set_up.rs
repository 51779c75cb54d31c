//! What was chosen becomes what a run needs: build files and browsers, found or installed.

use std::sync::Arc;

use drivers::{Browser, BuildFile, Progress, Setup, SetupError};
use tokio::sync::mpsc::UnboundedSender;

use super::{BrowserChoice, BuildChoice, RunEvent};

/// Builds and browsers that are there.
pub struct SetUp {
    /// In the order of the choice.
    pub builds: Vec<BuildFile>,
    /// In the order of the choice.
    pub browsers: Vec<Arc<dyn Browser>>,
}

/// Finds or installs what was chosen, and tells `events` what takes time.
///
/// # Errors
/// The first thing that is neither there nor could be installed.
pub async fn set_up(
    browsers: &[BrowserChoice],
    builds: &[BuildChoice],
    events: &UnboundedSender<RunEvent>,
) -> Result<SetUp, SetupError> {
    let setup = setup_telling(events.clone());
    let mut set_up = SetUp {
        builds: Vec::new(),
        browsers: Vec::new(),
    };
    // Builds first: a path that is wrong is told before a browser is installed.
    for choice in builds {
        set_up.builds.push(build(&setup, choice).await?);
    }
    for BrowserChoice { kind, program } in browsers {
        let browser = setup.browser(*kind, program.clone()).await?;
        set_up.browsers.push(browser);
    }
    Ok(set_up)
}

async fn build(setup: &Setup, choice: &BuildChoice) -> Result<BuildFile, SetupError> {
    match choice {
        BuildChoice::Known(name) => setup.build(name).await,
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
