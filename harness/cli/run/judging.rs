//! A run from its first event to its results: every ended case is judged, shown and collected.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use time::OffsetDateTime;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::super::settings::Update;
use super::super::{Failure, runtime, signals};
use super::keeping::Keeping;
use super::selection::NONE_AGAIN;
use crate::page::loads_engine;
use crate::report::terminal::Progress;
use crate::report::{
    CaseResult, Choice, Earlier, Exit, Head, Results, Status, Tally, worth_another,
};
use crate::run::{
    self, Bounds, BrowserChoice, BuildChoice, Case, CaseRun, EndedBefore, RunError, RunEvent,
    RunPlan, SetUp, Verdicts, set_up,
};
use crate::scenario::{Scenario, Suite};

/// What to run and how to judge it.
pub struct Job {
    pub suite: Arc<Suite>,
    /// Filters and tags as people typed them; empty: everything.
    pub selected: Vec<String>,
    pub request: Request,
    pub snapshots: PathBuf,
    pub update: Update,
    pub progress: Progress,
    /// Where the journal is to stand; `None`: none is kept.
    pub journal: Option<PathBuf>,
    /// The run that this one goes on with.
    pub earlier: Option<Earlier>,
    /// No case begins after one that did not pass.
    pub fail_fast: bool,
    /// How often a case that did not pass is tried again.
    pub retries: u32,
    /// A flaky case is no reason for an exit code.
    pub flaky_passes: bool,
}

/// What to run: a [`RunPlan`] before set-up.
#[derive(Clone)]
pub struct Request {
    pub scenarios: Vec<Arc<Scenario>>,
    pub filters: Vec<String>,
    /// Whole names of the cases that may be run; `None`: all.
    pub only: Option<BTreeSet<String>>,
    pub browsers: Vec<BrowserChoice>,
    pub builds: Vec<BuildChoice>,
    pub jobs: usize,
    pub shuffle: Option<u64>,
    pub headed: bool,
    pub keep_open: bool,
}

impl Request {
    /// Sets up and runs.
    async fn run(
        self,
        mut bounds: Bounds,
        stop: watch::Receiver<bool>,
        events: UnboundedSender<RunEvent>,
    ) -> Result<(), Failure> {
        let engine = self.scenarios.iter().any(|one| loads_engine(one));
        let SetUp {
            builds,
            browsers,
            engine,
        } = set_up(&self.browsers, &self.builds, engine, &events)
            .await
            .map_err(Failure::of)?;
        let again = self.only.is_some();
        bounds.only = self.only;
        let plan = RunPlan {
            scenarios: self.scenarios,
            filters: self.filters,
            builds,
            browsers,
            engine: engine.map(|file| Bytes::from_owner(file.bytes)),
            jobs: self.jobs,
            shuffle: self.shuffle,
            headed: self.headed,
            keep_open: self.keep_open,
            bounds,
            stop,
        };
        run::run(plan, events).await.map_err(|error| match error {
            RunError::NothingMatches(_) if again => Failure::usage(NONE_AGAIN),
            RunError::NothingMatches(_) | RunError::NotThisPlan(_) => {
                Failure::usage(error.to_string())
            }
            _ => Failure::of(error),
        })
    }
}

/// Where the events of a run go.
struct Receiver {
    choice: Choice,
    tally: Tally,
    keeping: Option<Keeping>,
    /// What finished before, until the plan is known.
    finished: Vec<CaseResult>,
    resuming: bool,
    /// What does not pass is tried again before that is final.
    retrying: bool,
    fail_fast: Option<FailFast>,
    progress: Progress,
    /// The first line that could not be written; the run goes on without.
    output_lost: Option<io::Error>,
}

/// Ends a run after the first case that did not pass.
struct FailFast {
    verdicts: watch::Sender<Verdicts>,
    /// That case.
    because: Option<String>,
}

impl FailFast {
    fn ended(&mut self, case: &CaseResult) {
        if case.status != Status::Pass {
            self.because.get_or_insert_with(|| case.name());
        }
        self.verdicts.send_modify(|verdicts| {
            verdicts.judged += 1;
            verdicts.enough = self.because.is_some();
        });
    }
}

impl Job {
    /// Runs, and says what came of it. Only what keeps a run from having results is a failure.
    pub async fn run(self) -> Result<Results, Failure> {
        let began = self.earlier.as_ref().and_then(Earlier::started);
        let started = began.unwrap_or_else(OffsetDateTime::now_utc);
        let choice = Choice::new(started, self.selected, self.request.shuffle, &self.suite);
        let verdicts = self
            .fail_fast
            .then(|| watch::Sender::new(Verdicts::default()));
        let bounds = Bounds {
            only: None,
            ended: self
                .earlier
                .clone()
                .map(|earlier| ended_in(earlier, choice.clone())),
            verdicts: verdicts.as_ref().map(watch::Sender::subscribe),
        };
        let stop = signals::stop()?;
        let mut receiver = Receiver {
            tally: Tally::new(
                choice.clone(),
                self.suite,
                &self.snapshots,
                self.update.into(),
            ),
            choice,
            keeping: self.journal.map(Keeping::new),
            retrying: self.retries > 0,
            resuming: self.earlier.is_some(),
            finished: self.earlier.map_or_else(Vec::new, Earlier::into_finished),
            fail_fast: verdicts.map(|verdicts| FailFast {
                verdicts,
                because: None,
            }),
            progress: self.progress,
            output_lost: None,
        };
        if self.flaky_passes {
            receiver.tally.let_flaky_pass();
        }
        let (events, mut received) = mpsc::unbounded_channel();
        // In a set of its own, so that it ends with this function, however that ends.
        let mut running = JoinSet::new();
        running.spawn(self.request.clone().run(bounds, stop.clone(), events));
        let mut until = stop.clone();
        let mut stopped = std::pin::pin!(async move { until.wait_for(|stop| *stop).await.is_ok() });
        loop {
            tokio::select! {
                event = received.recv() => match event {
                    Some(event) => receiver.take(event),
                    None => break,
                },
                // Set-up knows no stop; a planned run does, and ends by itself.
                true = &mut stopped, if !receiver.tally.planned() => {
                    return Err(Failure::not_run("stopped before anything was run"));
                }
            }
        }
        let mut ended = runtime::ended(&mut running).await.flatten();
        for _ in 0..self.retries {
            let names = receiver.tally.worth_another();
            if ended.is_err() || *stop.borrow() || names.is_empty() {
                break;
            }
            ended = receiver.again(&self.request, names, &stop).await;
        }
        let signalled = *stop.borrow();
        receiver.finish(ended, signalled)
    }
}

/// Which cases of a plan ended in the earlier run, if that was of the same.
fn ended_in(earlier: Earlier, choice: Choice) -> EndedBefore {
    Box::new(move |cases| {
        let now = Head::planned(&choice, cases);
        earlier.ended(&now).map_err(|error| error.to_string())
    })
}

impl Receiver {
    fn take(&mut self, event: RunEvent) {
        let shown = self.progress.event(&event);
        self.remember(shown);
        if let RunEvent::Planned { cases, .. } = &event {
            let head = Head::planned(&self.choice, cases);
            let keeping = self.keeping.as_mut();
            let kept = keeping.map(|it| it.planned(&head, &self.finished));
            self.warn_unless(kept.unwrap_or(Ok(())));
        }
        if let Some(ended) = self.tally.take(event) {
            let shown = self.progress.ended(ended.result);
            let of_now = self.retrying && worth_another(ended.result);
            let keeping = self.keeping.as_mut().filter(|_| !of_now);
            let kept = keeping.map(|it| it.ended(ended.result));
            if let Some(fail_fast) = &mut self.fail_fast {
                fail_fast.ended(ended.result);
            }
            self.remember(shown);
            self.warn_unless(kept.unwrap_or(Ok(())));
        }
        if self.tally.planned() && !self.finished.is_empty() {
            let finished = std::mem::take(&mut self.finished);
            let shown = self.progress.resumed(finished.len());
            self.remember(shown);
            self.tally.resumed(finished);
        }
    }

    /// Another attempt of these cases, in a session of their own.
    async fn again(
        &mut self,
        request: &Request,
        names: BTreeSet<String>,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), Failure> {
        let shown = self.progress.again(names.len());
        self.remember(shown);
        let request = Request {
            only: Some(names),
            jobs: 1,
            keep_open: false,
            ..request.clone()
        };
        let (events, mut received) = mpsc::unbounded_channel();
        let mut running = JoinSet::new();
        running.spawn(request.run(Bounds::default(), stop.clone(), events));
        let mut planned = Vec::new();
        while let Some(event) = received.recv().await {
            match event {
                RunEvent::Planned { cases, .. } => planned = cases,
                RunEvent::Finished { case, run } => self.tried_again(planned.get(case), *run),
                _ => {}
            }
        }
        runtime::ended(&mut running).await.flatten()
    }

    fn tried_again(&mut self, case: Option<&Case>, run: CaseRun) {
        let result = case.and_then(|case| self.tally.another(&case.name(), run));
        if let Some(result) = result {
            let shown = self.progress.tried_again(result);
            self.remember(shown);
        }
    }

    fn warn_unless(&mut self, kept: Result<(), String>) {
        if let Err(why) = kept {
            let shown = self.progress.warn(&why);
            self.remember(shown);
        }
    }

    fn remember(&mut self, shown: io::Result<()>) {
        match shown {
            // A reader that went away (`posttrack run | head`) is no failure.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.output_lost.get_or_insert(error);
            }
            _ => {}
        }
    }

    fn finish(mut self, ended: Result<(), Failure>, signalled: bool) -> Result<Results, Failure> {
        self.progress.close();
        if let Some(error) = self.output_lost {
            Failure::environment(format!("some lines could not be written: {error}")).tell();
        }
        let failure = match ended {
            Err(failure) if failure.exit == Exit::Usage => return Err(failure),
            // What the earlier run has is not replaced by nothing.
            Err(failure) if self.resuming && !self.tally.planned() => return Err(failure),
            Err(failure) => Some(failure.message),
            Ok(()) => None,
        };
        let because = match self.fail_fast.and_then(|it| it.because) {
            _ if signalled => Some("the run was stopped by a signal".to_owned()),
            Some(case) => Some(format!("--fail-fast, and {case} did not pass")),
            None => None,
        };
        let ended = self.tally.finish(OffsetDateTime::now_utc(), failure);
        let mut results = ended.map_err(Failure::of)?;
        results.stopped = because.filter(|_| results.has(Status::Skipped));
        Ok(results)
    }
}
