//! What posttrack itself computes for a case once it is recorded: evidence, laws, snapshot, report.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use posttrack::report::terminal::{Look, summary};
use posttrack::report::{Choice, Results, Tally, json};
use posttrack::run::{self, Bounds, RunEvent, RunPlan};
use posttrack::scenario::{self, Scenario, Suite};
use posttrack::verdict::snapshots::Update;
use time::OffsetDateTime;
use tokio::sync::{mpsc, watch};

use crate::error::{BenchError, Doing};
use crate::machine::{Machine, runtime};
use crate::options::Options;
use crate::page::{Figure, Row, Table};

/// Folders of the suite whose cases are recorded.
const PARTS: [&str; 3] = ["/t/", "/post/", "/clear-vars/"];

/// How often a recorded run is judged in a round.
const REPEATS: u32 = 5;

/// Measures.
pub fn measure(machine: &Machine, options: &Options) -> Result<Table, BenchError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let suite = Arc::new(scenario::load(&root.join("scenarios")).suite);
    let recorded = record(machine, &suite)?;
    let cases = recorded
        .iter()
        .filter(|event| matches!(event, RunEvent::Finished { .. }))
        .count();
    let (mut judging, mut reporting) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds * REPEATS {
        let events = recorded.clone();
        let began = Instant::now();
        let results = judge(events, &suite, &root.join("snapshots"))?;
        judging.push(each(began, cases));
        let began = Instant::now();
        report(&results, machine)?;
        reporting.push(each(began, cases));
    }
    let whole = judging.iter().zip(&reporting).map(|(a, b)| a + b).collect();
    let whole = Figure::of("a case", "ms", whole);
    Ok(Table {
        name: "computing",
        title: "what posttrack computes for a recorded case, against 1 ms".to_owned(),
        rows: vec![Row {
            of: format!("{cases} cases"),
            ratio: Some(whole.value),
            goal: Some(1.0),
            figures: vec![
                whole,
                Figure::of("evidence, laws, snapshot", "ms", judging),
                Figure::of("reports", "ms", reporting),
            ],
        }],
    })
}

fn each(began: Instant, cases: usize) -> f64 {
    began.elapsed().as_secs_f64() * 1000.0 / cases as f64
}

/// The events of a real run.
fn record(machine: &Machine, suite: &Suite) -> Result<Vec<RunEvent>, BenchError> {
    // The runner ends when it is told to, and nobody does as long as this lives.
    let (_running, stop) = watch::channel(false);
    let plan = RunPlan {
        scenarios: suite.scenarios.iter().map(own).collect(),
        filters: PARTS.map(|part| part.replacen('/', "::", 1)).into(),
        builds: vec![machine.file.clone()],
        browsers: vec![machine.browsers[0].browser.clone()],
        engine: None,
        jobs: 4,
        shuffle: None,
        headed: false,
        keep_open: false,
        bounds: Bounds::default(),
        stop,
    };
    let (events, mut received) = mpsc::unbounded_channel();
    runtime()?
        .block_on(run::run(plan, events))
        .map_err(BenchError::other)?;
    Ok(std::iter::from_fn(|| received.try_recv().ok()).collect())
}

fn own(scenario: &Scenario) -> Arc<Scenario> {
    Arc::new(scenario.clone())
}

fn judge(
    events: Vec<RunEvent>,
    suite: &Arc<Suite>,
    snapshots: &Path,
) -> Result<Results, BenchError> {
    let now = OffsetDateTime::now_utc();
    let selected = PARTS.map(str::to_owned).into();
    let choice = Choice::new(now, selected, None, suite);
    let mut tally = Tally::new(choice, suite.clone(), snapshots, Update::Never);
    for event in events {
        tally.take(event);
    }
    tally.finish(now, None).map_err(BenchError::other)
}

/// What a run with `--json` writes and prints.
fn report(results: &Results, machine: &Machine) -> Result<(), BenchError> {
    json::write(results, &machine.folder.path().join("results.json")).map_err(BenchError::other)?;
    let look = Look {
        width: 120,
        quiet: false,
        command: "posttrack run",
    };
    summary(&mut Vec::new(), results, &look).doing("printing")
}
