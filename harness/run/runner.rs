//! A whole run: sessions, lanes, retries. One browser after the other; the cases of a browser share
//! a session, each lane its own window.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::{mpsc::UnboundedSender, watch};

use super::case::drive;
use super::identify::identify;
use super::lane::{BrowserSession, Lane};
use super::{BrowserId, BuildId, Case, CaseRun, RunError, RunEvent, Trouble, plan};
use crate::page::{Adapter, adapter};
use crate::scenario::{Library, Scenario};
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
    /// Cases at once.
    pub jobs: usize,
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
    for browser in &runner.plan.browsers {
        let session = runner.start(browser.as_ref(), runner.plan.jobs).await?;
        let browser_id = Arc::new(BrowserId {
            name: browser.name().to_owned(),
            version: browser.version().to_owned(),
            driver: browser.driver().to_owned(),
        });
        let builds = runner.identify_all(&session).await?;
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
        return Err(RunError::NothingMatches(runner.plan.filters.clone()));
    }
    runner.tell(RunEvent::Planned {
        cases: cases.clone(),
        lanes: runner.plan.jobs,
    });
    for (range, browser) in known {
        let queue = range.map(Job::new).collect();
        runner
            .browser(browser.as_ref(), first.take(), queue, &cases)
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
}

struct Runner {
    plan: RunPlan,
    events: UnboundedSender<RunEvent>,
    ca: Ca,
    labels: Labels,
}

/// A session and its windows.
struct Started {
    session: Arc<BrowserSession>,
    lanes: Vec<Lane>,
}

impl Started {
    async fn close(self) {
        drop(self.lanes);
        // Every lane's task is over; if one still held the session, dropping it ends the driver.
        if let Some(session) = Arc::into_inner(self.session) {
            session.close().await;
        }
    }
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

    async fn start(
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
        };
        let session = browser
            .start(settings)
            .await
            .map_err(|error| RunError::Environment(error.to_string()))?;
        let session = Arc::new(BrowserSession::new(session, world, self.labels.clone()));
        let lanes = session
            .clone()
            .lanes(lanes.max(1), WINDOW)
            .await
            .map_err(|trouble| RunError::Environment(trouble.message))?;
        Ok(Started { session, lanes })
    }

    async fn identify_all(&self, started: &Started) -> Result<Vec<Arc<BuildId>>, RunError> {
        let mut ids = Vec::new();
        for build in &self.plan.builds {
            let (adapter, served) = served(build, Library::Appmeasurement)?;
            ids.push(Arc::new(
                identify(&started.lanes[0], adapter, build, served).await?,
            ));
        }
        Ok(ids)
    }

    /// All cases of one browser. After the browser died, each case that it was running has one more
    /// try, alone in a fresh session, before the others go on.
    async fn browser(
        &self,
        browser: &dyn drivers::Browser,
        mut session: Option<Started>,
        mut queue: VecDeque<Job>,
        cases: &[Case],
    ) -> Result<(), RunError> {
        let mut retries: VecDeque<Job> = VecDeque::new();
        while !self.stopped() && (!queue.is_empty() || !retries.is_empty()) {
            let alone = !retries.is_empty();
            let started = match session.take() {
                Some(started) => started,
                None => {
                    self.start(browser, if alone { 1 } else { self.plan.jobs })
                        .await?
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
            if finished && self.plan.keep_open && !broke {
                let _ = self.plan.stop.clone().wait_for(|stop| *stop).await;
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
        let attempts = u32::try_from(job.troubles.len()).unwrap_or(u32::MAX);
        let trouble = job.troubles.last().cloned()?;
        if attempts < ATTEMPTS {
            self.tell(RunEvent::Retrying {
                case: job.case,
                trouble,
            });
            return Some(job);
        }
        let mut troubles = job.troubles;
        troubles.pop();
        self.tell(RunEvent::Finished {
            case: job.case,
            run: Box::new(CaseRun {
                outcome: Err(trouble),
                attempts,
                troubles,
                took: std::time::Duration::ZERO,
            }),
        });
        None
    }

    /// Runs cases in one window until there are none, the browser broke or the run is stopped.
    async fn lane(&self, lane: &Lane, round: &Round<'_>) {
        let mut stop = self.plan.stop.clone();
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
                _ = stop.wait_for(|stop| *stop) => return,
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
                        attempts: 1 + u32::try_from(job.troubles.len()).unwrap_or(0),
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
        let served = build
            .ok_or_else(|| "the build is gone".to_owned())
            .and_then(|build| served(build, case.build.library).map_err(|error| error.to_string()));
        match served {
            Ok((adapter, bytes)) => drive(lane, case.scenario.clone(), adapter, bytes).await,
            Err(message) => Err(Trouble {
                message,
                infrastructure: false,
                at: None,
            }),
        }
    }

    fn stopped(&self) -> bool {
        *self.plan.stop.borrow()
    }
}

/// A build as its library's adapter serves it.
fn served(
    build: &drivers::BuildFile,
    library: Library,
) -> Result<(&'static dyn Adapter, Bytes), RunError> {
    let adapter = adapter(library).ok_or_else(|| {
        RunError::Environment(format!("posttrack cannot drive {} yet", library.name()))
    })?;
    Ok((
        adapter,
        Bytes::from(adapter.serve(&build.bytes, build.module)),
    ))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
