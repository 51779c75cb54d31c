//! One case in one window: load, steps, the end, the recording.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::{Value, json};

use super::docs::Docs;
use super::lane::{CommandFailure, Lane};
use super::serve::{CasePages, ServedBuild};
use super::settle::Next;
use super::{Cookie, Recording, Retry, Trouble};
use crate::page::{Batch, What, within};
use crate::scenario::{Action, Js, Location, Scenario, Step};
use crate::world::{CaseSpec, OpenCase, Organisations, Sites};

/// A case while it runs.
pub(super) struct Running<'a> {
    pub(super) lane: &'a Lane,
    pub(super) scenario: Arc<Scenario>,
    pub(super) world: OpenCase,
    pub(super) pages: Arc<CasePages>,
    pub(super) docs: Docs,
    /// Why a report of the probe could not be read.
    pub(super) misread: Option<String>,
    pub(super) sites: Sites,
}

/// Runs `scenario` with the build in the lane's window.
pub(super) async fn drive(
    lane: &Lane,
    scenario: Arc<Scenario>,
    build: ServedBuild,
) -> Result<Recording, Trouble> {
    let started_ms = now_ms();
    let mut running = Running::open(lane, scenario.clone(), build);
    let steps = &scenario.steps;
    let mut begun = running.load(next(1, steps)).await?;
    for (n, step) in (1..).zip(steps.iter()) {
        let after = next(n + 1, steps.get(n as usize..).unwrap_or_default());
        begun = running.step(n, step, begun, after).await?;
    }
    let cookies = running.finish(begun).await?;
    running.drain();
    let Running { world, docs, .. } = running;
    let wire = world.close();
    Ok(Recording {
        docs: docs.into_records(),
        wire,
        cookies,
        started_ms,
        finished_ms: now_ms(),
    })
}

/// What begins when the step before number `n` is over, of the steps that are left.
fn next(n: u32, left: &[Step]) -> Next<'_> {
    match left.first() {
        None => Next::End,
        Some(Step {
            frame: None,
            action: Action::Run { code, record, .. },
            ..
        }) => Next::Code {
            n,
            code,
            record: record.as_deref(),
        },
        Some(_) => Next::Other,
    }
}

impl<'a> Running<'a> {
    pub(super) fn open(lane: &'a Lane, scenario: Arc<Scenario>, build: ServedBuild) -> Running<'a> {
        let sites = Sites::for_scenario(&scenario, &lane.session.labels);
        let report_host = sites.report_host().to_owned();
        let pages = Arc::new(CasePages::new(
            scenario.clone(),
            build,
            sites.clone(),
            &report_host,
        ));
        let world = lane.session.world.open(CaseSpec {
            sites: sites.clone(),
            endpoints: scenario.endpoints.clone(),
            organisations: Organisations::of(&scenario),
            pages: pages.clone(),
            report_host,
        });
        Running {
            lane,
            scenario,
            world,
            pages,
            docs: Docs::default(),
            misread: None,
            sites,
        }
    }

    /// Loads the scenario's page and waits until it is quiet. `true`: what comes next has begun.
    pub(super) async fn load(&mut self, next: Next<'_>) -> Result<bool, Trouble> {
        let url = self.sites.fresh(self.scenario.page.url.as_str());
        self.navigate("url", json!({ "url": url }), &self.scenario.at)
            .await?;
        let begun = self.settle(1, next).await?;
        self.set_up_errors()?;
        Ok(begun)
    }

    /// Takes every batch that has arrived.
    pub(super) fn drain(&mut self) {
        while let Ok(batch) = self.world.reports.try_recv() {
            self.absorb(&batch);
        }
    }

    pub(super) fn absorb(&mut self, batch: &Bytes) {
        let text = self.sites.canonical(&String::from_utf8_lossy(batch));
        let batch = match serde_json::from_str::<Batch>(&text) {
            Ok(batch) => batch,
            Err(error) => {
                self.misread.get_or_insert(error.to_string());
                return;
            }
        };
        for event in &batch.events {
            // Reports may repeat what was heard before.
            if let What::Handed { url, .. } = &event.what
                && !self.docs.knows(&batch.doc, event.seq)
                && let Some(key) = crate::world::hit_key(url)
            {
                self.world.note_handed(&key);
            }
        }
        self.docs.absorb(batch);
    }

    /// Runs a step, or goes on with one that has begun, and waits until the page is quiet. `true`: what comes next
    /// has begun.
    async fn step(
        &mut self,
        n: u32,
        step: &Step,
        begun: bool,
        next: Next<'_>,
    ) -> Result<bool, Trouble> {
        let arrivals = self.docs.arrivals();
        let frame = step.frame.as_deref();
        let mut expected = arrivals;
        match &step.action {
            Action::Run {
                code,
                record,
                throws,
            } => {
                if !begun {
                    self.run_code(n, frame, code, record.as_deref(), &step.at)
                        .await?;
                }
                let begun = self.settle(expected, next).await?;
                self.thrown(n, code, throws.as_deref(), &step.at)?;
                return Ok(begun);
            }
            Action::Click(selector) => {
                self.mark(n, step).await?;
                let clicked = self.lane.click(frame, selector).await;
                self.hear_at_once(frame).await;
                clicked.map_err(|failure| {
                    self.failed(failure, &format!("cannot click {selector:?}"), &step.at)
                })?;
            }
            Action::Goto(target) => {
                self.mark(n, step).await?;
                let url = self.address(target, &step.at)?;
                self.navigate("url", json!({ "url": url }), &step.at)
                    .await?;
                expected += 1;
            }
            Action::Back => {
                self.mark(n, step).await?;
                self.navigate("back", json!({}), &step.at).await?;
                expected += 1;
            }
            Action::Reload => {
                self.mark(n, step).await?;
                self.navigate("refresh", json!({}), &step.at).await?;
                expected += 1;
            }
            Action::Release(name) => {
                self.mark(n, step).await?;
                self.world.release(name);
            }
            Action::Wait(ms) => {
                self.mark(n, step).await?;
                // The scenario asks for time itself; DESIGN.md calls it the last resort.
                tokio::time::sleep(Duration::from_millis(*ms)).await;
            }
            Action::Network { host, state } => {
                self.mark(n, step).await?;
                self.world.set_host(host, *state);
            }
        }
        let begun = self.settle(expected, next).await?;
        self.kept(step)?;
        Ok(begun)
    }

    /// Going back to a page that the browser had put into its back/forward cache must show it again. Browsers drop such
    /// pages when memory is short on the machine, which says nothing of the build.
    fn kept(&self, step: &Step) -> Result<(), Trouble> {
        match self.docs.dropped() {
            Some(url) if matches!(step.action, Action::Back) => Err(Trouble {
                message: format!(
                    "the browser dropped {url} out of its back/forward cache and loaded it anew"
                ),
                retry: Retry::SameSession,
                at: Some(step.at.to_string()),
            }),
            _ => Ok(()),
        }
    }

    async fn run_code(
        &mut self,
        n: u32,
        frame: Option<&str>,
        code: &Js,
        record: Option<&str>,
        at: &Location,
    ) -> Result<(), Trouble> {
        const RUN: &str = "return window.posttrack.step(arguments[0], arguments[1], arguments[2])";
        let code = self.sites.fresh(&code.code);
        match self.lane.script(frame, RUN, json!([n, code, record])).await {
            Ok(report) => {
                self.hear(&report);
                Ok(())
            }
            Err(failure) => Err(self.failed(failure, "the step could not run", at)),
        }
    }

    /// Says in the page's own order where a step begins that runs no code there, and whether it leaves the page.
    async fn mark(&mut self, n: u32, step: &Step) -> Result<(), Trouble> {
        const MARK: &str = "return window.posttrack.mark(arguments[0], arguments[1])";
        let at = &step.at;
        let leaves = matches!(step.action, Action::Goto(_) | Action::Back | Action::Reload);
        match self.lane.script(None, MARK, json!([n, leaves])).await {
            Ok(report) => {
                self.hear(&report);
                Ok(())
            }
            Err(failure) => Err(self.failed(failure, "the step could not begin", at)),
        }
    }

    /// What a click did: a navigation that it began may cut the page's own report off.
    async fn hear_at_once(&mut self, frame: Option<&str>) {
        const REPORT: &str = "return window.posttrack ? posttrack.report() : null";
        // Without an answer the page is gone already; then its last report is all there is.
        if let Ok(report) = self.lane.script(frame, REPORT, json!([])).await {
            self.hear(&report);
        }
    }

    /// Takes a report that came as the answer to a command.
    pub(super) fn hear(&mut self, report: &Value) {
        if !report.is_null() {
            self.absorb(&Bytes::from(report.to_string()));
        }
    }

    async fn navigate(&self, path: &str, body: Value, at: &Location) -> Result<(), Trouble> {
        self.lane
            .post(path, body)
            .await
            .map(drop)
            .map_err(|failure| self.failed(failure, "the page could not be loaded", at))
    }

    /// An absolute address out of `goto`, with fresh names.
    fn address(&self, target: &str, at: &Location) -> Result<String, Trouble> {
        match self.scenario.page.url.join(target) {
            Ok(url) => Ok(self.sites.fresh(url.as_str())),
            Err(error) => Err(trouble_at(format!("`{target}` is no address: {error}"), at)),
        }
    }

    /// The end: cookies, then what was held is let go and seen to end.
    async fn finish(&mut self, begun: bool) -> Result<Vec<Cookie>, Trouble> {
        const FINISH: &str = "return window.posttrack ? posttrack.finish() : null";
        let lost = |failure| {
            self.lane
                .session
                .trouble(failure, "the case could not be ended")
        };
        if !begun {
            let report = self.lane.script(None, FINISH, json!([])).await;
            self.hear(&report.map_err(lost)?);
        }
        let listed = self.lane.get("cookie").await.map_err(lost)?;
        self.drain();
        self.docs.over();
        let held = self
            .world
            .open_requests()
            .iter()
            .any(|request| request.held);
        self.world.finish();
        if held {
            self.see_releases().await;
        }
        let listed = self.sites.canonical(&listed.to_string());
        Ok(serde_json::from_str::<Vec<WireCookie>>(&listed)
            .unwrap_or_default()
            .into_iter()
            .map(Cookie::from)
            .collect())
    }

    /// An error in the scenario's own set-up code is the scenario's mistake.
    fn set_up_errors(&self) -> Result<(), Trouble> {
        for event in self.docs.events() {
            if let What::Uncaught {
                message,
                file,
                line,
                column,
            } = &event.what
                && let Some(at) = self.pages.find(file, *line, *column)
            {
                return Err(trouble_at(
                    format!("the page's set-up failed: {message}"),
                    &at,
                ));
            }
        }
        Ok(())
    }

    /// Compares the exception out of a step with what it says of it.
    fn thrown(
        &self,
        n: u32,
        code: &Js,
        expected: Option<&str>,
        at: &Location,
    ) -> Result<(), Trouble> {
        let ended = self
            .docs
            .events()
            .rev()
            .find_map(|event| match &event.what {
                What::Stepped {
                    n: number,
                    threw,
                    line,
                    column,
                } if *number == n => Some((threw.clone(), *line, *column)),
                _ => None,
            });
        match (ended, expected) {
            (Some((None, ..)), None) => Ok(()),
            (Some((Some(threw), ..)), Some(text)) if threw.contains(text) => Ok(()),
            // It is for the laws to say what an exception out of the library means.
            (Some((Some(threw), ..)), None) if self.docs.library_threw(&threw) => Ok(()),
            (Some((Some(threw), line, column)), _) => {
                let at = within(code, line, column);
                let wanted = expected
                    .map(|text| format!(" (expected one with {text:?})"))
                    .unwrap_or_default();
                Err(trouble_at(format!("the step threw {threw}{wanted}"), &at))
            }
            (Some((None, ..)), Some(text)) => Err(trouble_at(
                format!("the step threw nothing, expected an exception with {text:?}"),
                at,
            )),
            (None, _) => Err(trouble_at("the step never ended".to_owned(), at)),
        }
    }

    /// A failed command: the scenario's mistake if the driver said no, else the browser's end.
    fn failed(&self, failure: CommandFailure, what: &str, at: &Location) -> Trouble {
        match failure {
            CommandFailure::Refused { code, message } => {
                let first = message.lines().next().unwrap_or_default();
                trouble_at(
                    format!("{what}: {code}: {}", self.sites.canonical(first)),
                    at,
                )
            }
            gone => self.lane.session.trouble(gone, what),
        }
    }
}

fn trouble_at(message: String, at: &Location) -> Trouble {
    Trouble {
        message,
        retry: Retry::Never,
        at: Some(at.to_string()),
    }
}

fn now_ms() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64() * 1000.0)
}

/// A cookie as the WebDriver specification serialises it.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCookie {
    name: String,
    value: String,
    domain: Option<String>,
    path: Option<String>,
    #[serde(default)]
    secure: bool,
    #[serde(default)]
    http_only: bool,
    expiry: Option<f64>,
}

impl From<WireCookie> for Cookie {
    fn from(cookie: WireCookie) -> Cookie {
        Cookie {
            name: cookie.name,
            value: cookie.value,
            domain: cookie.domain,
            path: cookie.path,
            secure: cookie.secure,
            http_only: cookie.http_only,
            expiry: cookie.expiry,
        }
    }
}
