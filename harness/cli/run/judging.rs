//! A run from its first event to its results: every ended case is judged, shown and collected.

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
use crate::page::loads_engine;
use crate::report::terminal::Progress;
use crate::report::{Exit, Results, Tally};
use crate::run::{self, BrowserChoice, BuildChoice, RunError, RunEvent, RunPlan, SetUp, set_up};
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
}

/// What to run: a [`RunPlan`] before set-up.
pub struct Request {
    pub scenarios: Vec<Arc<Scenario>>,
    pub filters: Vec<String>,
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
            stop,
        };
        run::run(plan, events).await.map_err(|error| match error {
            RunError::NothingMatches(_) => Failure::usage(error.to_string()),
            _ => Failure::of(error),
        })
    }
}

/// Where the events of a run go.
struct Receiver {
    tally: Tally,
    progress: Progress,
    /// The first line that could not be written; the run goes on without.
    output_lost: Option<io::Error>,
}

impl Job {
    /// Runs, and says what came of it. Only what keeps a run from having results is a failure.
    pub async fn run(self) -> Result<Results, Failure> {
        let started = OffsetDateTime::now_utc();
        let mut stop = signals::stop()?;
        let mut receiver = Receiver {
            tally: Tally::new(
                started,
                self.suite,
                self.selected,
                &self.snapshots,
                self.update.into(),
            ),
            progress: self.progress,
            output_lost: None,
        };
        let (events, mut received) = mpsc::unbounded_channel();
        // In a set of its own, so that it ends with this function, however that ends.
        let mut running = JoinSet::new();
        running.spawn(self.request.run(stop.clone(), events));
        let mut stopped = std::pin::pin!(async move { stop.wait_for(|stop| *stop).await.is_ok() });
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
        receiver.finish(ended)
    }
}

impl Receiver {
    fn take(&mut self, event: RunEvent) {
        let shown = self.progress.event(&event);
        self.remember(shown);
        if let Some(ended) = self.tally.take(event) {
            let shown = self.progress.ended(ended.result);
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

    fn finish(mut self, ended: Result<(), Failure>) -> Result<Results, Failure> {
        self.progress.close();
        if let Some(error) = self.output_lost {
            Failure::environment(format!("some lines could not be written: {error}")).tell();
        }
        let failure = match ended {
            Err(failure) if failure.exit == Exit::Usage => return Err(failure),
            Err(failure) => Some(failure.message),
            Ok(()) => None,
        };
        self.tally
            .finish(OffsetDateTime::now_utc(), failure)
            .map_err(Failure::of)
    }
}
