//! One session at work: its lanes take cases until there are none, the browser is lost, the session has run as
//! many as it may, or the run is stopped.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{Mutex as Turn, watch};

use super::lane::Lane;
use super::queue::{Job, Queue};
use super::runner::{Runner, WINDOW};
use super::sessions::Open;
use super::{Case, CaseRun, Retry, RunEvent, Trouble};

/// What the lanes of one session share.
pub(super) struct Round<'a> {
    runner: &'a Runner,
    cases: &'a [Case],
    queue: &'a Queue,
    open: &'a Open,
    /// How many cases may begin in the session.
    most: Option<usize>,
    /// Windows are opened one after the other.
    opening: Turn<()>,
    interrupted: Mutex<Vec<Job>>,
    broken: watch::Sender<Option<Trouble>>,
    spent: watch::Sender<bool>,
}

/// How a round ended.
pub(super) struct Ended {
    /// Cases that are to have another attempt: those that ran when the browser was lost, or lost their page.
    pub(super) interrupted: Vec<Job>,
    /// Why the browser was lost.
    pub(super) broken: Option<Trouble>,
    /// No further case may begin in the session.
    pub(super) spent: bool,
}

impl<'a> Round<'a> {
    pub(super) fn new(
        runner: &'a Runner,
        cases: &'a [Case],
        queue: &'a Queue,
        open: &'a Open,
        most: Option<usize>,
    ) -> Round<'a> {
        Round {
            runner,
            cases,
            queue,
            open,
            most,
            opening: Turn::default(),
            interrupted: Mutex::default(),
            broken: watch::Sender::new(None),
            spent: watch::Sender::new(false),
        }
    }

    /// Runs cases in so many windows. The first works while the others are opened.
    pub(super) async fn run(&self, lanes: usize) {
        let first = self.lane(&self.open.first);
        let others = (1..lanes).map(|_| self.another_lane());
        tokio::join!(first, futures_util::future::join_all(others));
    }

    /// Waits until no further case may begin in the session.
    pub(super) async fn until_spent(&self) {
        // Only the sender's end could fail it, and `self` has it.
        let _ = self.spent.subscribe().wait_for(|spent| *spent).await;
    }

    pub(super) fn end(self) -> Ended {
        let interrupted = self.interrupted.into_inner();
        Ended {
            interrupted: interrupted.unwrap_or_else(PoisonError::into_inner),
            broken: self.broken.borrow().clone(),
            spent: *self.spent.borrow(),
        }
    }

    /// A lane in a window of its own, if there is still a case for it when its turn comes.
    async fn another_lane(&self) {
        let lane = {
            let _turn = self.opening.lock().await;
            if self.over() || self.queue.is_empty() {
                return;
            }
            tokio::select! {
                lane = self.open.session.clone().another_window(WINDOW) => lane,
                _ = self.until_broken() => return,
                () = self.runner.until_stopped() => return,
            }
        };
        match lane {
            Ok(lane) => self.lane(&lane).await,
            Err(trouble) => self.lost(trouble),
        }
    }

    /// Runs cases in one window.
    async fn lane(&self, lane: &Lane) {
        while !self.over() {
            let Some(mut job) = self.queue.next() else {
                return;
            };
            if !self.open.admits(self.most) {
                self.queue.put_back(job);
                self.spent.send_replace(true);
                return;
            }
            self.runner.tell(RunEvent::Started { case: job.case });
            let began = Instant::now();
            let outcome = tokio::select! {
                outcome = self.runner.attempt(lane, &self.cases[job.case]) => outcome,
                why = self.until_broken() => Err(Trouble {
                    message: format!("the browser was lost while this case ran beside others: {why}"),
                    retry: Retry::FreshSession,
                    at: None,
                }),
                () = self.runner.until_stopped() => return,
            };
            match outcome {
                Err(trouble) if trouble.infrastructure() => {
                    if trouble.retry == Retry::FreshSession {
                        self.lost(trouble.clone());
                    }
                    job.troubles.push(trouble);
                    lock(&self.interrupted).push(job);
                }
                outcome => {
                    self.runner.tell(RunEvent::Finished {
                        case: job.case,
                        run: Box::new(CaseRun {
                            outcome,
                            attempts: 1 + job.attempts(),
                            troubles: job.troubles,
                            took: began.elapsed(),
                        }),
                    });
                    self.runner.until_judged().await;
                }
            }
        }
    }

    fn over(&self) -> bool {
        self.runner.ends() || self.broken.borrow().is_some()
    }

    /// The first that notices it says why.
    fn lost(&self, trouble: Trouble) {
        self.broken.send_if_modified(|broken| {
            let first = broken.is_none();
            broken.get_or_insert(trouble);
            first
        });
    }

    /// Waits until the browser is lost, and says why.
    async fn until_broken(&self) -> String {
        let mut broken = self.broken.subscribe();
        // Only the sender's end could fail it, and `self` has it.
        let trouble = broken.wait_for(Option::is_some).await;
        let trouble = trouble.ok().and_then(|trouble| trouble.clone());
        trouble.map(|trouble| trouble.message).unwrap_or_default()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
