//! Starting and ending the sessions of a browser.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::lane::{BrowserSession, Lane};
use super::runner::{Runner, WINDOW};
use super::{RunError, RunEvent};
use crate::world::World;

/// A session with its first window.
pub(super) struct Open {
    pub(super) session: Arc<BrowserSession>,
    pub(super) first: Lane,
    /// Cases that began in it.
    begun: AtomicUsize,
}

impl Open {
    /// Counts a case, if no more than these may begin in this session.
    pub(super) fn admits(&self, most: Option<usize>) -> bool {
        most.is_none_or(|most| self.begun.fetch_add(1, Ordering::Relaxed) < most)
    }

    pub(super) async fn close(self) {
        drop(self.first);
        // Every lane's task is over; if one still held the session, dropping it ends the driver.
        if let Some(session) = Arc::into_inner(self.session) {
            session.close().await;
        }
    }
}

impl Runner {
    /// Starts a session. A browser that does not come up has one more try.
    pub(super) async fn start(&self, browser: &dyn drivers::Browser) -> Result<Open, RunError> {
        match self.start_once(browser).await {
            Err(RunError::Environment(why)) if !self.stopped() => {
                self.tell_again(browser, &why);
                self.start_once(browser).await
            }
            ended => ended,
        }
    }

    pub(super) fn tell_again(&self, browser: &dyn drivers::Browser, why: &str) {
        // The end of a log is for the error, if it comes to that.
        let first = why.lines().next().unwrap_or_default();
        let why = first.trim_end_matches("; the end of its log:");
        self.tell(RunEvent::SettingUp {
            what: format!("starting {} again, because {why}", browser.name()),
        });
    }

    async fn start_once(&self, browser: &dyn drivers::Browser) -> Result<Open, RunError> {
        let world = World::start(self.ca.clone())
            .await
            .map_err(|error| RunError::Environment(error.to_string()))?;
        let settings = drivers::SessionSettings {
            socks_port: world.socks_port(),
            headed: self.plan.headed,
            window: WINDOW,
            authority: Some(drivers::Authority {
                certificate: self.ca.certificate().into(),
                server_key: drivers::ServerKey::of(&self.ca.server_key()),
            }),
        };
        let session = browser
            .start(settings)
            .await
            .map_err(|error| RunError::Environment(error.to_string()))?;
        let session = Arc::new(BrowserSession::new(session, world, self.labels.clone()));
        match session.clone().first_window(WINDOW).await {
            Ok(first) => Ok(Open {
                session,
                first,
                begun: AtomicUsize::new(0),
            }),
            Err(trouble) => {
                if let Some(session) = Arc::into_inner(session) {
                    session.close().await;
                }
                Err(RunError::Environment(trouble.message))
            }
        }
    }
}
