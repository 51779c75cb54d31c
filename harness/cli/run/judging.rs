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
use crate::report::{CaseResult, Choice, Earlier, Exit, Head, Results, Status, Tally};
use crate::run::{
    self, Bounds, BrowserChoice, BuildChoice, EndedBefore, RunError, RunEvent, RunPlan, SetUp,
    Verdicts, set_up,
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
}

/// What to run: a [`RunPlan`] before set-up.
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
            resuming: self.earlier.is_some(),
            finished: self.earlier.map_or_else(Vec::new, Earlier::into_finished),
            fail_fast: verdicts.map(|verdicts| FailFast {
                verdicts,
                because: None,
            }),
            progress: self.progress,
            output_lost: None,
        };
        let (events, mut received) = mpsc::unbounded_channel();
        // In a set of its own, so that it ends with this function, however that ends.
        let mut running = JoinSet::new();
        running.spawn(self.request.run(bounds, stop.clone(), events));
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
        let ended = runtime::ended(&mut running).await.flatten();
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
            let kept = self.keeping.as_mut().map(|it| it.ended(ended.result));
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
