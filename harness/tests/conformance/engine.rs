//! The engine: one run of the wanted cases in a thread of its own, which tells every test what its
//! case came to.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, JoinHandle};

use drivers::{Progress as SetupProgress, Setup};
use posttrack::page::loads_engine;
use posttrack::report::terminal::{Lines, Progress};
use posttrack::report::{CaseResult, Choice, Results, Tally};
use posttrack::run::{self, Bounds, BrowserChoice, Case, RunEvent, RunPlan};
use posttrack::scenario::{Scenario, Suite};
use posttrack::verdict::Finding;
use posttrack::verdict::snapshots::Update;
use time::OffsetDateTime;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;

/// What a test waits for, or why it waits in vain.
pub type Answer<T> = Result<T, String>;

/// What a case came to.
pub struct Outcome {
    pub case: Case,
    pub result: CaseResult,
    /// Its findings, its snapshot apart.
    pub findings: Vec<Finding>,
    /// The text that its snapshot is compared with; `None`: it was not judged.
    pub text: Option<String>,
}

/// Waits for the engine.
pub fn wait<T>(answer: &Receiver<Answer<T>>) -> Answer<T> {
    let lost = "posttrack itself failed, which is a bug of posttrack and says nothing about the library; its message is above";
    answer.recv().unwrap_or_else(|_| Err(lost.into()))
}

/// The cases that are waited for.
pub struct Engine {
    snapshots: PathBuf,
    browsers: Vec<BrowserChoice>,
    lanes: usize,
    cases: Vec<Case>,
    waiting: Waiting,
}

/// Where the answers go.
#[derive(Default)]
struct Waiting {
    cases: BTreeMap<String, Sender<Answer<Outcome>>>,
    whole_run: Option<Sender<Answer<Vec<Finding>>>>,
}

/// The engine at work.
pub struct Running(Option<JoinHandle<()>>);

impl Engine {
    /// An engine that compares with these snapshots and runs so many cases at once in each of these browsers.
    pub fn new(snapshots: PathBuf, browsers: Vec<BrowserChoice>, lanes: usize) -> Engine {
        Engine {
            snapshots,
            browsers,
            lanes,
            cases: Vec::new(),
            waiting: Waiting::default(),
        }
    }

    /// Somebody may wait for this case.
    pub fn add(&mut self, case: Case, test: Sender<Answer<Outcome>>) {
        self.waiting.cases.insert(case.name(), test);
        self.cases.push(case);
    }

    /// Somebody may wait for what the run of all cases shows beside them.
    pub fn whole_run(&mut self, test: Sender<Answer<Vec<Finding>>>) {
        self.waiting.whole_run = Some(test);
    }

    /// Nobody waits for other cases than these, nor for the whole.
    pub fn keep(&mut self, wanted: impl Fn(&str) -> bool) {
        self.waiting.whole_run = None;
        self.waiting.cases.retain(|name, _| wanted(name));
        self.cases.retain(|case| wanted(&case.name()));
    }

    /// Begins to run. Without cases nothing is started.
    pub fn start(self, suite: Suite) -> Running {
        if self.cases.is_empty() {
            return Running(None);
        }
        Running(Some(thread::spawn(move || self.run(suite))))
    }

    fn run(mut self, suite: Suite) {
        let mut waiting = std::mem::take(&mut self.waiting);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        let ended = match runtime {
            Ok(runtime) => runtime.block_on(self.tell(suite, &mut waiting)),
            Err(error) => Err(format!("no threads could be started: {error}")),
        };
        waiting.end(ended);
    }

    /// Runs, and tells each case's end at once.
    async fn tell(self, suite: Suite, waiting: &mut Waiting) -> Answer<Results> {
        let selected = match &waiting.whole_run {
            Some(_) => Vec::new(),
            None => self.names(),
        };
        let started = OffsetDateTime::now_utc();
        let suite = Arc::new(suite);
        let choice = Choice::new(started, selected, None, &suite);
        let mut tally = Tally::new(choice, suite, &self.snapshots, Update::Never);
        // Lines of cases are libtest's here.
        let mut progress = Progress::new(
            Box::new(io::sink()),
            Box::new(anstream::stderr()),
            Lines::All,
            false,
        );
        let (events, mut received) = unbounded_channel();
        let running = tokio::spawn(self.drive(events));
        while let Some(event) = received.recv().await {
            // A message that cannot be written must not end the tests.
            let _ = progress.event(&event);
            if let Some(ended) = tally.take(event) {
                let outcome = Outcome {
                    case: ended.case.clone(),
                    result: ended.result.clone(),
                    findings: ended.findings,
                    text: ended.text,
                };
                waiting.case(outcome);
            }
        }
        let failure = match running.await {
            Ok(ended) => ended.err(),
            Err(panicked) => Some(format!("posttrack itself failed: {panicked}")),
        };
        tally
            .finish(OffsetDateTime::now_utc(), failure)
            .map_err(|error| error.to_string())
    }

    async fn drive(self, events: UnboundedSender<RunEvent>) -> Result<(), String> {
        // Nobody stops this run but by ending the process.
        let (_never, stop) = watch::channel(false);
        let set_up = setup(events.clone());
        let mut builds = Vec::new();
        for name in self.builds() {
            builds.push(
                set_up
                    .build(&name)
                    .await
                    .map_err(|error| error.to_string())?,
            );
        }
        let loads = |scenario: &Arc<Scenario>| loads_engine(scenario);
        let engine = match self.scenarios().iter().any(loads) {
            true => Some(set_up.build(drivers::TAG_ENGINE).await),
            false => None,
        };
        let engine = engine.transpose().map_err(|error| error.to_string())?;
        let mut browsers = Vec::new();
        let wanted = |choice: &&BrowserChoice| {
            let mut cases = self.cases.iter();
            cases.any(|case| case.browser.kind == choice.name())
        };
        for choice in self.browsers.iter().filter(wanted) {
            let browser = set_up.browser(choice.kind, choice.program.clone()).await;
            browsers.push(browser.map_err(|error| error.to_string())?);
        }
        let plan = RunPlan {
            filters: self.names(),
            jobs: self.lanes.min(self.cases.len()),
            shuffle: None,
            scenarios: self.scenarios(),
            builds,
            browsers,
            engine: engine.map(|file| bytes::Bytes::from_owner(file.bytes)),
            headed: false,
            keep_open: false,
            bounds: Bounds::default(),
            stop,
        };
        run::run(plan, events)
            .await
            .map_err(|error| error.to_string())
    }

    fn names(&self) -> Vec<String> {
        self.cases.iter().map(Case::name).collect()
    }

    fn builds(&self) -> BTreeSet<String> {
        let names = self.cases.iter().map(|case| case.build.name.clone());
        names.collect()
    }

    /// Each once, though it may have a case for each build.
    fn scenarios(&self) -> Vec<Arc<Scenario>> {
        let mut seen = BTreeSet::new();
        let all = self.cases.iter().map(|case| &case.scenario);
        all.filter(|scenario| seen.insert(&scenario.name))
            .cloned()
            .collect()
    }
}

fn setup(events: UnboundedSender<RunEvent>) -> Setup {
    Setup::from_env(Arc::new(move |progress| {
        let event = match progress {
            SetupProgress::Begin { what } => RunEvent::SettingUp { what },
            SetupProgress::End { what, took } => RunEvent::SetUp { what, took },
        };
        // Without a receiver nobody wants to know.
        let _ = events.send(event);
    }))
}

impl Waiting {
    fn case(&mut self, outcome: Outcome) {
        if let Some(test) = self.cases.remove(&outcome.case.name()) {
            // A case of the whole run need not have a test that waits.
            let _ = test.send(Ok(outcome));
        }
    }

    /// Whoever still waits is told why in vain.
    fn end(self, ended: Answer<Results>) {
        let failure = match &ended {
            Ok(results) => results.error.clone(),
            Err(why) => Some(why.clone()),
        };
        let why = failure.unwrap_or_else(|| {
            "it was not run: the build reports another version than drivers/builds/builds.toml says, and the scenario is not for that one".into()
        });
        for test in self.cases.into_values() {
            let _ = test.send(Err(why.clone()));
        }
        if let Some(test) = self.whole_run {
            let _ = test.send(match ended {
                Ok(results) if results.error.is_none() => Ok(results.findings),
                _ => Err(why),
            });
        }
    }
}

impl Running {
    /// Waits until the browser is gone.
    pub fn end(self) {
        if let Some(thread) = self.0 {
            // If it panicked, that was told, and its tests failed.
            let _ = thread.join();
        }
    }
}
