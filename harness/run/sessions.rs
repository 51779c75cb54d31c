//! The sessions of one browser that run at the same time, with the lanes in them.

use std::sync::Arc;

use super::RunError;
use super::lane::{BrowserSession, Lane};

/// Sessions and their windows.
pub(super) struct Started {
    pub(super) sessions: Vec<Arc<BrowserSession>>,
    pub(super) lanes: Vec<Lane>,
}

impl Started {
    pub(super) async fn close(self) {
        drop(self.lanes);
        // Every lane's task is over; if one still held a session, dropping it ends the driver.
        let sessions = self.sessions.into_iter().filter_map(Arc::into_inner);
        futures_util::future::join_all(sessions.map(BrowserSession::close)).await;
    }

    /// All of them, or the first error and none of them.
    pub(super) async fn all(started: Vec<Result<Started, RunError>>) -> Result<Started, RunError> {
        let mut all = Started {
            sessions: Vec::new(),
            lanes: Vec::new(),
        };
        let mut failed = None;
        for started in started {
            match started {
                Ok(started) => {
                    all.sessions.extend(started.sessions);
                    all.lanes.extend(started.lanes);
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            None => Ok(all),
            Some(error) => {
                all.close().await;
                Err(error)
            }
        }
    }
}
