//! All cases of one browser, in as few sessions as it allows.

use std::pin::pin;

use tokio::sync::Semaphore;

use super::queue::{Job, Queue};
use super::round::{Ended, Round};
use super::runner::{ATTEMPTS, Runner};
use super::sessions::Open;
use super::{Case, CaseRun, RunError, RunEvent};

/// What the sessions of one browser share.
struct Work<'a> {
    browser: &'a dyn drivers::Browser,
    cases: &'a [Case],
    queue: Queue,
    /// More browsers that start at once than there are cores come up later, each of them.
    starting: Semaphore,
}

impl Runner {
    /// Runs the cases of this order. `first` is a session that is there already.
    pub(super) async fn browser(
        &self,
        browser: &dyn drivers::Browser,
        mut first: Option<Open>,
        order: Vec<usize>,
        cases: &[Case],
        keep_open: bool,
    ) -> Result<(), RunError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let lanes = self.plan.jobs.min(order.len());
        let work = Work {
            browser,
            cases,
            queue: Queue::of(order),
            starting: Semaphore::new(cores),
        };
        let sessions: Vec<_> = shares(lanes, browser.windows())
            .into_iter()
            .map(|lanes| self.sessions(&work, lanes, first.take()))
            .collect();
        let ended = futures_util::future::join_all(sessions).await;
        // One that no lane needed.
        let mut open: Vec<Open> = first.into_iter().collect();
        let mut failed = None;
        for ended in ended {
            match ended {
                Ok(last) => open.extend(last),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        if keep_open && failed.is_none() && !open.is_empty() && !self.stopped() {
            self.tell(RunEvent::LeftOpen);
            self.until_stopped().await;
        }
        futures_util::future::join_all(open.into_iter().map(Open::close)).await;
        failed.map_or(Ok(()), Err)
    }

    /// Runs cases in one session after the other, with up to so many lanes; the last one is still open. After a
    /// browser was lost, each case that it was running has one more try, alone in a fresh session, before others
    /// begin in it; one that lost only its page has it when the session has nothing else to do.
    async fn sessions(
        &self,
        work: &Work<'_>,
        lanes: usize,
        mut open: Option<Open>,
    ) -> Result<Option<Open>, RunError> {
        let retries = Queue::default();
        let mut in_vain = 0;
        while !self.ends() && (!retries.is_empty() || !work.queue.is_empty()) {
            let (queue, lanes) = match retries.is_empty() {
                true => (&work.queue, lanes),
                false => (&retries, 1),
            };
            let session = match open.take() {
                Some(session) => session,
                None => match self.another(work, queue).await {
                    Ok(Some(session)) => session,
                    Ok(None) => continue,
                    Err(error) => return Err(self.fail(work, &retries, error)),
                },
            };
            let most = work.browser.cases();
            let round = Round::new(self, work.cases, queue, &session, most);
            let next = {
                let mut running = pin!(round.run(lanes));
                tokio::select! {
                    () = &mut running => Ok(None),
                    // The next one starts while the last cases of this one end.
                    () = round.until_spent() => tokio::join!(self.another(work, queue), running).0,
                }
            };
            let Ended {
                interrupted,
                broken,
                spent,
            } = round.end();
            in_vain = if broken.is_some() && interrupted.is_empty() {
                in_vain + 1
            } else {
                0
            };
            for job in interrupted {
                if let Some(job) = self.again(job) {
                    retries.add(job);
                }
            }
            match broken.is_some() || spent {
                true => session.close().await,
                false => open = Some(session),
            }
            match (next, broken) {
                (Err(error), _) => return Err(self.fail(work, &retries, error)),
                (Ok(None), Some(trouble)) if in_vain == ATTEMPTS => {
                    let error = RunError::Environment(trouble.message);
                    return Err(self.fail(work, &retries, error));
                }
                (Ok(next), _) => open = open.or(next),
            }
        }
        Ok(open)
    }

    /// A fresh session for these jobs; `None` if none is left by the time that it could start, or the run is
    /// stopped.
    async fn another(&self, work: &Work<'_>, queue: &Queue) -> Result<Option<Open>, RunError> {
        let Ok(_turn) = work.starting.acquire().await else {
            return Ok(None);
        };
        if queue.is_empty() {
            return Ok(None);
        }
        tokio::select! {
            started = self.start(work.browser) => started.map(Some),
            () = self.until_stopped() => Ok(None),
        }
    }

    /// There is no session to be had: no other case begins.
    fn fail(&self, work: &Work<'_>, retries: &Queue, error: RunError) -> RunError {
        work.queue.take();
        retries.take().into_iter().for_each(|job| self.give_up(job));
        error
    }

    /// The job again, or its end if it had all its attempts.
    fn again(&self, job: Job) -> Option<Job> {
        if job.attempts() >= ATTEMPTS {
            self.give_up(job);
            return None;
        }
        self.tell(RunEvent::Retrying {
            case: job.case,
            trouble: job.troubles.last().cloned()?,
        });
        Some(job)
    }

    /// The end of a job whose attempts were all in vain.
    fn give_up(&self, mut job: Job) {
        let attempts = job.attempts();
        let Some(trouble) = job.troubles.pop() else {
            return;
        };
        self.tell(RunEvent::Finished {
            case: job.case,
            run: Box::new(CaseRun {
                outcome: Err(trouble),
                attempts,
                troubles: job.troubles,
                took: std::time::Duration::ZERO,
            }),
        });
    }
}

/// Lanes of each session, if one has room for `most`.
fn shares(lanes: usize, most: usize) -> Vec<usize> {
    let most = most.max(1);
    let rest = Some(lanes % most).filter(|rest| *rest > 0);
    std::iter::repeat_n(most, lanes / most)
        .chain(rest)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_shared_out_to_as_few_sessions_as_have_room_for_them() {
        assert_eq!(shares(0, 1), [0; 0]);
        assert_eq!(shares(3, 1), [1, 1, 1]);
        assert_eq!(shares(3, usize::MAX), [3]);
        assert_eq!(shares(5, 2), [2, 2, 1]);
    }
}
