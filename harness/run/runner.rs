//! A whole run: sessions, lanes, retries. One browser after the other; the cases of a browser share
//! as few sessions as it allows, each lane its own window.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::{mpsc::UnboundedSender, watch};

use super::case::drive;
use super::choice::called;
use super::identify::identify;
use super::lane::{BrowserSession, Lane};
use super::serve::ServedBuild;
use super::sessions::Started;
use super::{BrowserId, BuildId, Case, CaseRun, RunError, RunEvent, Trouble, order, plan};
use crate::scenario::Scenario;
use crate::world::{Ca, Labels, World};

/// The size of every window, in CSS pixels; recorded in the evidence.
const WINDOW: (u32, u32) = (1280, 900);

/// A case is tried again once after an infrastructure error.
const ATTEMPTS: u32 = 2;

/// What to run.
pub struct RunPlan {
    /// Scenarios, in the order in which they are reported.
    pub scenarios: Vec<Arc<Scenario>>,
    /// Any part of a case's name; empty: all.
    pub filters: Vec<String>,
    /// Builds.
    pub builds: Vec<drivers::BuildFile>,
    /// Browsers.
    pub browsers: Vec<Arc<dyn drivers::Browser>>,
    /// Adobe's public tag engine, for the pages that load it ([`crate::page::loads_engine`]).
    pub engine: Option<Bytes>,
    /// Cases at once.
    pub jobs: usize,
    /// Runs the cases in the order of this seed; `None`: in that of the plan.
    pub shuffle: Option<u64>,
    /// With windows that a person can see.
    pub headed: bool,
    /// Leaves the browser open at the end until `stop`.
    pub keep_open: bool,
    /// Becomes true when the run is to end early: no new case begins, running ones are given up.
    pub stop: watch::Receiver<bool>,
}

/// Runs everything that `plan` says and tells `events` of it. Every planned case that is not told to
/// be finished was not run.
pub async fn run(plan: RunPlan, events: UnboundedSender<RunEvent>) -> Result<(), RunError> {
    let ca = Ca::new().map_err(|error| RunError::Environment(error.to_string()))?;
    let runner = Runner {
        plan,
        events,
        ca,
        labels: Labels::default(),
    };
    let mut first = None;
    let mut cases = Vec::new();
    let mut known = Vec::new();
    let names = called(runner.plan.browsers.iter().map(|browser| browser.name()));
    for (name, browser) in names.into_iter().zip(&runner.plan.browsers) {
        let (session, builds) = runner.recognise(browser.as_ref()).await?;
        let browser_id = Arc::new(BrowserId {
            name,
            kind: browser.name().to_owned(),
            version: browser.version().to_owned(),
            driver: browser.driver().to_owned(),
            remark: browser.remark().map(str::to_owned),
        });
        let planned = plan::plan(
            &runner.plan.scenarios,
            &builds,
            &[browser_id],
            &runner.plan.filters,
        );
        known.push((cases.len()..cases.len() + planned.len(), browser.clone()));
        cases.extend(planned);
        if first.is_none() {
            first = Some(session);
        } else {
            session.close().await;
        }
    }
    if cases.is_empty() {
        if let Some(session) = first {
            session.close().await;
        }
        return Err(RunError::NothingMatches(runner.plan.filters.clone()));
    }
    runner.tell(RunEvent::Planned {
        cases: cases.clone(),
        lanes: runner.plan.jobs,
        shuffle: runner.plan.shuffle,
    });
    let last = known.len();
    for (n, (range, browser)) in (1..).zip(known) {
        let mut order: Vec<usize> = range.collect();
        if let Some(seed) = runner.plan.shuffle {
            order::shuffle(&mut order, seed, |&case| cases[case].name());
        }
        let queue = order.into_iter().map(Job::new).collect();
        let keep_open = runner.plan.keep_open && n == last;
        runner
            .browser(browser.as_ref(), first.take(), queue, &cases, keep_open)
            .await?;
    }
    Ok(())
}

/// A case that is still to run.
struct Job {
    case: usize,
    troubles: Vec<Trouble>,
}

impl Job {
    fn new(case: usize) -> Job {
        Job {
            case,
            troubles: Vec::new(),
        }
    }

    /// Attempts that were in vain.
    fn attempts(&self) -> u32 {
        u32::try_from(self.troubles.len()).unwrap_or(u32::MAX)
    }
}

struct Runner {
    plan: RunPlan,
    events: UnboundedSender<RunEvent>,
    ca: Ca,
    labels: Labels,
}

/// What the lanes of one session share.
struct Round<'a> {
    queue: Mutex<VecDeque<Job>>,
    interrupted: Mutex<Vec<Job>>,
    broken: watch::Sender<Option<Trouble>>,
    cases: &'a [Case],
}

impl Runner {
    fn tell(&self, event: RunEvent) {
        // A receiver that is gone has no more use for events; the run's own result still counts.
        let _ = self.events.send(event);
    }

    /// Sessions and the builds as their browser recognises them. A browser that dies has one more try,
    /// as in a case.
    async fn recognise(
        &self,
        browser: &dyn drivers::Browser,
    ) -> Result<(Started, Vec<Arc<BuildId>>), RunError> {
        let mut attempt = 1;
        loop {
            let started = self.start(browser, self.plan.jobs).await?;
            match self.identify_all(&started).await {
                Ok(builds) => return Ok((started, builds)),
                Err(RunError::Environment(why)) if attempt < ATTEMPTS => {
                    started.close().await;
                    self.tell_again(browser, &why);
                    attempt += 1;
                }
                Err(error) => {
                    started.close().await;
                    return Err(error);
                }
            }
        }
    }

    /// Starts as many sessions as these lanes need.
    async fn start(
        &self,
        browser: &dyn drivers::Browser,
        lanes: usize,
    ) -> Result<Started, RunError> {
        let most = browser.windows().max(1);
        let full = std::iter::repeat_n(most, lanes / most);
        let rest = Some(lanes % most).filter(|rest| *rest > 0);
        let sessions = full.chain(rest).map(|lanes| self.start_one(browser, lanes));
        Started::all(futures_util::future::join_all(sessions).await).await
    }

    /// Starts a session. A browser that does not come up has one more try.
    async fn start_one(
        &self,
        browser: &dyn drivers::Browser,
        lanes: usize,
    ) -> Result<Started, RunError> {
        match self.start_once(browser, lanes).await {
            Err(RunError::Environment(why)) if !self.stopped() => {
                self.tell_again(browser, &why);
                self.start_once(browser, lanes).await
            }
            ended => ended,
        }
    }

    fn tell_again(&self, browser: &dyn drivers::Browser, why: &str) {
        // The end of a log is for the error, if it comes to that.
        let first = why.lines().next().unwrap_or_default();
        let why = first.trim_end_matches("; the end of its log:");
        self.tell(RunEvent::SettingUp {
            what: format!("starting {} again, because {why}", browser.name()),
        });
    }

    async fn start_once(
        &self,
        browser: &dyn drivers::Browser,
        lanes: usize,
    ) -> Result<Started, RunError> {
        let world = World::start(self.ca.clone())
            .await
            .map_err(|error| RunError::Environment(error.to_string()))?;
        let settings = drivers::SessionSettings {
            socks_port: world.socks_port(),
            headed: self.plan.headed,
            window: WINDOW,
            server_key: Some(drivers::ServerKey::of(&self.ca.server_key())),
        };
        let session = browser
            .start(settings)
            .await
            .map_err(|error| RunError::Environment(error.to_string()))?;
        let session = Arc::new(BrowserSession::new(session, world, self.labels.clone()));
        let lanes = session.clone().lanes(lanes, WINDOW).await;
        let sessions = vec![session];
        match lanes {
            Ok(lanes) => Ok(Started { sessions, lanes }),
            Err(trouble) => {
                let lanes = Vec::new();
                Started { sessions, lanes }.close().await;
                Err(RunError::Environment(trouble.message))
            }
        }
    }

    /// Recognises the builds, in their order; each window takes the next that is left.
    async fn identify_all(&self, started: &Started) -> Result<Vec<Arc<BuildId>>, RunError> {
        let left = Mutex::new(self.plan.builds.iter().enumerate());
        let lanes = started.lanes.iter().map(async |lane| {
            let mut found = Vec::new();
            // A statement of its own: the lock must not be held while a build is recognised.
            let next = || lock(&left).next();
            while let Some((place, build)) = next() {
                found.push((place, identify(lane, build).await?));
            }
            Ok(found)
        });
        let found: Vec<_> = futures_util::future::try_join_all(lanes).await?;
        let mut found: Vec<(usize, BuildId)> = found.into_iter().flatten().collect();
        found.sort_by_key(|(place, _)| *place);
        Ok(found.into_iter().map(|(_, id)| Arc::new(id)).collect())
    }

    /// All cases of one browser. After the browser died, each case that it was running has one more
    /// try, alone in a fresh session, before the others go on.
    async fn browser(
        &self,
        browser: &dyn drivers::Browser,
        mut session: Option<Started>,
        mut queue: VecDeque<Job>,
        cases: &[Case],
        keep_open: bool,
    ) -> Result<(), RunError> {
        let mut retries: VecDeque<Job> = VecDeque::new();
        while !self.stopped() && (!queue.is_empty() || !retries.is_empty()) {
            let alone = !retries.is_empty();
            let started = match session.take() {
                Some(started) => started,
                None => {
                    let lanes = if alone { 1 } else { self.plan.jobs };
                    tokio::select! {
                        started = self.start(browser, lanes) => match started {
                            Ok(started) => started,
                            Err(error) => {
                                retries.into_iter().for_each(|job| self.give_up(job));
                                return Err(error);
                            }
                        },
                        () = self.until_stopped() => break,
                    }
                }
            };
            let batch = if alone {
                std::mem::take(&mut retries)
            } else {
                std::mem::take(&mut queue)
            };
            let round = Round {
                queue: Mutex::new(batch),
                interrupted: Mutex::default(),
                broken: watch::Sender::new(None),
                cases,
            };
            futures_util::future::join_all(
                started.lanes.iter().map(|lane| self.lane(lane, &round)),
            )
            .await;
            let broke = round.broken.borrow().is_some();
            let rest = round
                .queue
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner);
            if alone {
                retries = rest
            } else {
                queue = rest
            }
            for job in round
                .interrupted
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner)
            {
                retries.extend(self.again(job));
            }
            let finished = queue.is_empty() && retries.is_empty();
            if finished && keep_open && !broke {
                self.tell(RunEvent::LeftOpen);
                self.until_stopped().await;
            }
            if broke || finished || self.stopped() || alone && retries.is_empty() {
                started.close().await;
            } else {
                session = Some(started);
            }
        }
        if let Some(started) = session {
            started.close().await;
        }
        Ok(())
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

    /// Runs cases in one window until there are none, the browser broke or the run is stopped.
    async fn lane(&self, lane: &Lane, round: &Round<'_>) {
        let mut broken = round.broken.subscribe();
        loop {
            if self.stopped() || broken.borrow().is_some() {
                return;
            }
            let Some(mut job) = lock(&round.queue).pop_front() else {
                return;
            };
            self.tell(RunEvent::Started { case: job.case });
            let case = &round.cases[job.case];
            let began = Instant::now();
            let outcome = tokio::select! {
                outcome = self.attempt(lane, case) => outcome,
                // Only the sender's end could fail it, and `round` outlives this.
                Ok(trouble) = broken.wait_for(Option::is_some) => {
                    let why = trouble.as_ref().map(|trouble| trouble.message.clone()).unwrap_or_default();
                    Err(Trouble {
                        message: format!("the browser was lost while this case ran beside others: {why}"),
                        infrastructure: true,
                        at: None,
                    })
                }
                () = self.until_stopped() => return,
            };
            match outcome {
                Err(trouble) if trouble.infrastructure => {
                    round.broken.send_if_modified(|broken| {
                        let first = broken.is_none();
                        broken.get_or_insert_with(|| trouble.clone());
                        first
                    });
                    job.troubles.push(trouble);
                    lock(&round.interrupted).push(job);
                }
                outcome => self.tell(RunEvent::Finished {
                    case: job.case,
                    run: Box::new(CaseRun {
                        outcome,
                        attempts: 1 + job.attempts(),
                        troubles: job.troubles,
                        took: began.elapsed(),
                    }),
                }),
            }
        }
    }

    async fn attempt(&self, lane: &Lane, case: &Case) -> Result<super::Recording, Trouble> {
        let build = self
            .plan
            .builds
            .iter()
            .find(|build| build.name == case.build.name);
        let Some(build) = build else {
            return Err(Trouble {
                message: "the build is gone".to_owned(),
                infrastructure: false,
                at: None,
            });
        };
        let build = ServedBuild {
            engine: self.plan.engine.clone(),
            ..ServedBuild::new(build, case.build.library, case.build.version.clone())
        };
        drive(lane, case.scenario.clone(), build).await
    }

    fn stopped(&self) -> bool {
        *self.plan.stop.borrow()
    }

    async fn until_stopped(&self) {
        let mut stop = self.plan.stop.clone();
        let stopped = stop.wait_for(|stop| *stop).await.is_ok();
        if !stopped {
            // The sender is gone: nobody will ever stop this run.
            std::future::pending::<()>().await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
