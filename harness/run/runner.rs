//! A whole run: which builds and cases there are, then one browser after the other.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::{mpsc::UnboundedSender, watch};

use super::case::drive;
use super::choice::called;
use super::identify::identify;
use super::lane::Lane;
use super::serve::ServedBuild;
use super::sessions::Open;
use super::{
    Bounds, BrowserId, BuildId, Case, EndedBefore, Retry, RunError, RunEvent, Trouble, order, plan,
};
use crate::scenario::Scenario;
use crate::world::{Ca, Labels};

/// The size of every window, in CSS pixels; recorded in the evidence.
pub(super) const WINDOW: (u32, u32) = (1280, 900);

/// A case is tried again once after an infrastructure error.
pub(super) const ATTEMPTS: u32 = 2;

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
    /// What keeps cases from being run.
    pub bounds: Bounds,
    /// Becomes true when the run is to end early: no new case begins, running ones are given up.
    pub stop: watch::Receiver<bool>,
}

/// Runs everything that `plan` says and tells `events` of it. Every planned case that is not told to
/// be finished was not run.
pub async fn run(mut plan: RunPlan, events: UnboundedSender<RunEvent>) -> Result<(), RunError> {
    let ca = Ca::new().map_err(|error| RunError::Environment(error.to_string()))?;
    let ended_before = plan.bounds.ended.take();
    let runner = Runner {
        plan,
        events,
        ca,
        labels: Labels::default(),
        ended: AtomicUsize::new(0),
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
        let mut planned = plan::plan(
            &runner.plan.scenarios,
            &builds,
            &[browser_id],
            &runner.plan.filters,
        );
        planned.retain(|case| runner.plan.bounds.admit(&case.name()));
        known.push((cases.len()..cases.len() + planned.len(), browser.clone()));
        cases.extend(planned);
        if first.is_none() {
            first = Some(session);
        } else {
            session.close().await;
        }
    }
    let ended = match runner.ended_before(&cases, ended_before) {
        Ok(ended) => ended,
        Err(error) => {
            if let Some(session) = first {
                session.close().await;
            }
            return Err(error);
        }
    };
    let known: Vec<(Vec<usize>, _)> = known
        .into_iter()
        .map(|(range, browser)| {
            (
                range.filter(|case| !ended.contains(case)).collect(),
                browser,
            )
        })
        .collect();
    let most = known.iter().map(|(order, _)| order.len()).max();
    let lanes = runner.plan.jobs.min(most.unwrap_or_default());
    runner.tell(RunEvent::Planned {
        cases: cases.clone(),
        lanes,
        shuffle: runner.plan.shuffle,
    });
    let last = known.len();
    for (n, (mut order, browser)) in (1..).zip(known) {
        if let Some(seed) = runner.plan.shuffle {
            order::shuffle(&mut order, seed, |&case| cases[case].name());
        }
        let keep_open = runner.plan.keep_open && n == last;
        runner
            .browser(browser.as_ref(), first.take(), order, &cases, keep_open)
            .await?;
    }
    Ok(())
}

pub(super) struct Runner {
    pub(super) plan: RunPlan,
    pub(super) events: UnboundedSender<RunEvent>,
    pub(super) ca: Ca,
    pub(super) labels: Labels,
    /// Cases whose end was told.
    ended: AtomicUsize,
}

impl Runner {
    pub(super) fn tell(&self, event: RunEvent) {
        if matches!(event, RunEvent::Finished { .. }) {
            self.ended.fetch_add(1, Ordering::Relaxed);
        }
        // A receiver that is gone has no more use for events; the run's own result still counts.
        let _ = self.events.send(event);
    }

    /// Places of the cases that ended before this run.
    fn ended_before(
        &self,
        cases: &[Case],
        ask: Option<EndedBefore>,
    ) -> Result<BTreeSet<usize>, RunError> {
        match (cases.is_empty(), ask) {
            (true, _) => Err(RunError::NothingMatches(self.plan.filters.clone())),
            (false, Some(ask)) => ask(cases).map_err(RunError::NotThisPlan),
            (false, None) => Ok(BTreeSet::new()),
        }
    }

    /// A session, and the builds as its browser recognises them. A browser that dies has one more try, as in a case.
    async fn recognise(
        &self,
        browser: &dyn drivers::Browser,
    ) -> Result<(Open, Vec<Arc<BuildId>>), RunError> {
        let mut attempt = 1;
        loop {
            let open = self.start(browser).await?;
            match self.identify_all(&open).await {
                Ok(builds) => return Ok((open, builds)),
                Err(RunError::Environment(why)) if attempt < ATTEMPTS => {
                    open.close().await;
                    self.tell_again(browser, &why);
                    attempt += 1;
                }
                Err(error) => {
                    open.close().await;
                    return Err(error);
                }
            }
        }
    }

    /// Recognises the builds, in their order.
    async fn identify_all(&self, open: &Open) -> Result<Vec<Arc<BuildId>>, RunError> {
        let mut found = Vec::new();
        for build in &self.plan.builds {
            found.push(Arc::new(identify(&open.first, build).await?));
        }
        Ok(found)
    }

    /// Runs a case once.
    pub(super) async fn attempt(
        &self,
        lane: &Lane,
        case: &Case,
    ) -> Result<super::Recording, Trouble> {
        let build = self
            .plan
            .builds
            .iter()
            .find(|build| build.name == case.build.name);
        let Some(build) = build else {
            return Err(Trouble {
                message: "the build is gone".to_owned(),
                retry: Retry::Never,
                at: None,
            });
        };
        let build = ServedBuild {
            engine: self.plan.engine.clone(),
            ..ServedBuild::new(build, case.build.library, case.build.version.clone())
        };
        drive(lane, case.scenario.clone(), build).await
    }

    /// Whether no further case may begin.
    pub(super) fn ends(&self) -> bool {
        self.stopped() || self.plan.bounds.enough()
    }

    /// Waits until what ended is judged, if a further case may depend on that.
    pub(super) async fn until_judged(&self) {
        let ended = self.ended.load(Ordering::Relaxed);
        tokio::select! {
            () = self.plan.bounds.until_judged(ended) => {}
            () = self.until_stopped() => {}
        }
    }

    pub(super) fn stopped(&self) -> bool {
        *self.plan.stop.borrow()
    }

    pub(super) async fn until_stopped(&self) {
        let mut stop = self.plan.stop.clone();
        let stopped = stop.wait_for(|stop| *stop).await.is_ok();
        if !stopped {
            // The sender is gone: nobody will ever stop this run.
            std::future::pending::<()>().await;
        }
    }
}
