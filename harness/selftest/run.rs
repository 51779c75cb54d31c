//! A self-test from its plan to its report.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use drivers::BuildFile;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::account::Account;
use super::{Host, Hosts, Plan, SelftestError, SelftestReport};
use crate::page::loads_engine;
use crate::run::{self, Bounds, BrowserChoice, BuildChoice, RunEvent, RunPlan, SetUp, set_up};
use crate::scenario::Suite;

/// What a self-test needs beside its plan.
pub struct Request {
    /// The browser.
    pub browser: BrowserChoice,
    /// The real builds that are spoiled; one that no fault needs is not set up.
    pub builds: Hosts<BuildChoice>,
    /// Cases at once.
    pub jobs: usize,
    /// Becomes true when it is to end early.
    pub stop: watch::Receiver<bool>,
}

/// Runs a self-test; `told` sees each event after it was taken into account. One that is stopped has
/// a report as well: of what was not run.
///
/// # Errors
/// The browser or the build is not there, or failed twice.
pub async fn run(
    plan: Plan,
    request: Request,
    suite: Arc<Suite>,
    mut told: impl FnMut(&RunEvent),
) -> Result<SelftestReport, SelftestError> {
    let plan = Arc::new(plan);
    let names = request.builds.map(BuildChoice::name);
    let mut stop = request.stop.clone();
    let mut account = Account::new(plan.clone(), suite, names);
    let (events, mut received) = mpsc::unbounded_channel();
    // In a set of its own, so that it ends with this function, however that ends.
    let mut running = JoinSet::new();
    running.spawn(cases(plan, request, events));
    let mut stopped = std::pin::pin!(async move { stop.wait_for(|stop| *stop).await.is_ok() });
    loop {
        tokio::select! {
            event = received.recv() => match event {
                Some(event) => {
                    account.take(&event);
                    told(&event);
                }
                None => break,
            },
            // Set-up knows no stop; a planned run does, and ends by itself.
            true = &mut stopped, if !account.is_planned() => return Ok(account.close()),
        }
    }
    match running.join_next().await {
        Some(Ok(ended)) => ended?,
        Some(Err(error)) => return Err(SelftestError::Lost(error.to_string())),
        None => {}
    }
    Ok(account.close())
}

async fn cases(
    plan: Arc<Plan>,
    request: Request,
    events: UnboundedSender<RunEvent>,
) -> Result<(), SelftestError> {
    let engine = plan.scenarios.iter().any(|one| loads_engine(one));
    let names = request.builds.map(BuildChoice::name);
    let choices = [
        (Host::AppMeasurement, &request.builds.appmeasurement),
        (Host::WebSdk, &request.builds.web_sdk),
    ];
    let choices = choices.into_iter().filter(|(host, _)| plan.needs(*host));
    let choices: Vec<BuildChoice> = choices.map(|(_, choice)| choice.clone()).collect();
    let SetUp {
        builds,
        browsers,
        engine,
    } = set_up(
        std::slice::from_ref(&request.browser),
        &choices,
        engine,
        &events,
    )
    .await?;
    let files: BTreeMap<String, BuildFile> =
        choices.iter().map(BuildChoice::name).zip(builds).collect();
    let files = names.map(|name| files.get(name).cloned());
    let run = RunPlan {
        scenarios: plan.scenarios.clone(),
        filters: plan.cases(request.browser.name(), &names),
        builds: plan.builds(&files)?,
        engine: engine.map(|file| Bytes::from_owner(file.bytes)),
        browsers,
        jobs: request.jobs,
        shuffle: None,
        headed: false,
        keep_open: false,
        bounds: Bounds::default(),
        stop: request.stop,
    };
    Ok(run::run(run, events).await?)
}
