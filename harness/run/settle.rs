//! Settling: a page is quiet when everything that was begun has ended or is held open on purpose.
//! Quiet is accounted for from what the page reports and what the wire shows, never slept for.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::case::Running;
use super::docs::Open;
use super::lane::CommandFailure;
use super::{Retry, Trouble};
use crate::page::{BUILD_PATH, PageEvent, What};
use crate::scenario::{Js, Transport};
use crate::world::{BodyKind, Purpose, WireEnd, WireRequest};

/// A page that is not quiet after this time is an error that names what is open.
const DEADLINE: Duration = Duration::from_secs(60);

/// A beacon that the browser accepted must show on the wire within this time, else its hit is
/// undecided; the last report of a page that was left too, else it is taken for gone; a page that
/// the window shows no longer must be followed by the next one's request, else there is none.
const GRACE: Duration = Duration::from_secs(1);

/// How long nothing may be heard before the browser is asked whether it still lives.
const HEARTBEAT: Duration = Duration::from_secs(5);

const SETTLE: &str = "const [known, next, done] = arguments; \
     window.posttrack ? posttrack.settle(known, next, done) : done([]);";

/// What begins when a page is quiet. Asking once more whether it is costs a command, and so does beginning; one
/// command does both where the page alone can tell that nothing has changed.
#[derive(Clone, Copy)]
pub(super) enum Next<'a> {
    /// This step's code.
    Code {
        n: u32,
        code: &'a Js,
        record: Option<&'a str>,
    },
    /// The end of the case.
    End,
    /// Something that takes a command of its own.
    Other,
}

/// How the last look at a quiet page ended.
enum Look {
    /// The window is between two pages, and nothing of the next one is on the wire yet.
    Between,
    /// The page reported.
    Reported,
    /// The page was quiet and began what comes next.
    Begun,
}

impl Running<'_> {
    /// Waits until the case is quiet; `arrivals` top documents must have begun. `true`: what comes next has begun.
    pub(super) async fn settle(
        &mut self,
        arrivals: usize,
        next: Next<'_>,
    ) -> Result<bool, Trouble> {
        let deadline = Instant::now() + DEADLINE;
        let mut grace_since: Option<Instant> = None;
        let mut between_since: Option<Instant> = None;
        let mut granted = 0;
        let mut changes = self.world.changes();
        loop {
            // Asked for before looking, so that no change between the two is missed.
            changes.mark_unchanged();
            self.drain();
            if let Some(why) = &self.misread {
                return Err(Trouble {
                    message: format!("a report of the probe could not be read: {why}"),
                    retry: Retry::Never,
                    at: None,
                });
            }
            let open = self.still_open(arrivals);
            let missing = self.beacons_missing();
            if missing > granted {
                // One more than those that have had their time.
                granted = missing;
                grace_since = None;
            }
            let wake = if !open.is_empty() {
                grace_since = None;
                between_since = None;
                Instant::now() + HEARTBEAT
            } else if (missing > 0 || self.docs.open().farewells)
                && grace_since.is_none_or(|since| since.elapsed() < GRACE)
            {
                *grace_since.get_or_insert_with(Instant::now) + GRACE
            } else if self.has_begun(next) {
                return Ok(true);
            } else {
                self.docs.bury();
                let look = self.look_again(next).await?;
                if matches!(look, Look::Begun) {
                    return Ok(true);
                }
                if !self.still_open(arrivals).is_empty() || self.beacons_missing() > granted {
                    continue;
                }
                let since = *between_since.get_or_insert_with(Instant::now);
                if matches!(look, Look::Reported) || since.elapsed() >= GRACE {
                    return Ok(false);
                }
                since + GRACE
            };
            if Instant::now() >= deadline {
                return Err(self.not_quiet(&open));
            }
            tokio::select! {
                batch = self.world.reports.recv() => if let Some(batch) = batch { self.absorb(&batch); },
                _ = changes.changed() => {}
                () = tokio::time::sleep_until(wake.min(deadline)) => self.heartbeat().await?,
            }
        }
    }

    /// After the case: waits until the page has seen the end of what was held, if it is there to see it.
    pub(super) async fn see_releases(&mut self) {
        const LATE: Duration = Duration::from_secs(2);
        let deadline = Instant::now() + LATE;
        while !self.docs.open().requests.is_empty() {
            match timeout_at(deadline, self.world.reports.recv()).await {
                Ok(Some(batch)) => self.absorb(&batch),
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// What is open and not held on purpose, in words.
    fn still_open(&self, arrivals: usize) -> Vec<String> {
        let Open {
            mut pending,
            requests,
            loading,
            leaving,
            farewells: _,
        } = self.docs.open();
        if self.docs.arrivals() < arrivals {
            pending.push("the next page".to_owned());
        }
        let wire = self.world.open_requests();
        let held: Vec<_> = wire.iter().filter(|request| request.held).collect();
        pending.extend(
            wire.iter()
                .filter(|request| !request.held)
                .map(|request| format!("the answer to {}", request.description)),
        );
        pending.extend(requests.into_iter().filter(|request| {
            !held
                .iter()
                .any(|held| same_address(request, &held.description))
        }));
        pending.extend(self.not_begun());
        // What else keeps a document loading shows on the wire: only held requests may.
        if held.is_empty() {
            if loading {
                pending.push("the page's load event".to_owned());
            }
            if leaving {
                pending.push("a navigation".to_owned());
            }
        }
        pending
    }

    /// Documents that arrived whole in the browser and have not begun there.
    fn not_begun(&self) -> Vec<String> {
        let mut begun = self.docs.addresses();
        let mut waiting = Vec::new();
        for request in &self.world.log().requests {
            let path = request.target.split('?').next();
            let whole = request.purpose == Purpose::Page
                && path != Some(BUILD_PATH)
                && request.answer.body == BodyKind::Html
                && request.answer.end == WireEnd::Complete;
            let url = address(request);
            match begun.iter().position(|begun| *begun == url) {
                Some(index) if whole => {
                    begun.swap_remove(index);
                }
                None if whole => waiting.push(format!("the page {url} to begin")),
                _ => {}
            }
        }
        waiting
    }

    /// How many beacons that were accepted are neither on the wire nor blocked nor refused.
    fn beacons_missing(&self) -> usize {
        let log = self.world.log();
        let blocked = self
            .docs
            .events()
            .any(|event| matches!(event.what, What::Policy { .. }));
        let missing = |event: &&PageEvent| match &event.what {
            What::Handed {
                transport: Transport::Beacon,
                url,
                accepted: Some(true),
                ..
            } => {
                !blocked
                    && !log
                        .requests
                        .iter()
                        .any(|request| same_address(url, &address(request)))
                    && !log
                        .refusals
                        .iter()
                        .any(|refusal| url.contains(&refusal.host))
            }
            _ => false,
        };
        self.docs.events().filter(missing).count()
    }

    /// The answer to the command that began it may be lost, because it left the page at once.
    fn has_begun(&self, next: Next<'_>) -> bool {
        self.docs.events().any(|event| match (&event.what, next) {
            (What::Step { n: begun }, Next::Code { n, .. }) => *begun == n,
            (What::Cookies { .. }, Next::End) => true,
            _ => false,
        })
    }

    /// Asks the page once more, two tasks later: whatever it did meanwhile is then known to be open. Where it did
    /// nothing, it begins what comes next.
    async fn look_again(&mut self, next: Next<'_>) -> Result<Look, Trouble> {
        let next = match next {
            Next::Code { n, code, record } => {
                Some(json!({ "n": n, "code": self.sites.fresh(&code.code), "as": record }))
            }
            Next::End => Some(json!({})),
            Next::Other => None,
        };
        // What is still on the wire, or was let go a moment ago, is not the page's to tell.
        let known = match next {
            Some(_) if self.world.open_requests().is_empty() => self.docs.known(),
            _ => None,
        };
        match self.lane.async_script(SETTLE, json!([known, next])).await {
            Ok(Value::Array(reports)) => {
                for report in &reports {
                    self.hear(report);
                }
                self.drain();
                Ok(match reports.len() {
                    0 => Look::Between,
                    1 => Look::Reported,
                    _ => Look::Begun,
                })
            }
            // The page navigates while the script waits; its next report says so.
            Ok(_) | Err(CommandFailure::Refused { .. }) => Ok(Look::Between),
            Err(lost) => Err(self.lane.session.trouble(lost, "the browser went away")),
        }
    }

    /// A page that hangs does not answer a script; one that lives reports, also what was lost on the way.
    async fn heartbeat(&mut self) -> Result<(), Trouble> {
        match self
            .lane
            .script(
                None,
                "return window.posttrack ? posttrack.report() : null",
                json!([]),
            )
            .await
        {
            Ok(report) => {
                self.hear(&report);
                Ok(())
            }
            Err(CommandFailure::Refused { .. }) => Ok(()),
            Err(lost) => Err(self.lane.session.trouble(lost, "the browser went away")),
        }
    }

    fn not_quiet(&self, open: &[String]) -> Trouble {
        Trouble {
            message: format!(
                "the page was not quiet after {} s; still open: {}",
                DEADLINE.as_secs(),
                open.join(", ")
            ),
            retry: Retry::Never,
            at: None,
        }
    }
}

/// Whether a request of the page (`image https://…`, perhaps cut) is the one on the wire.
fn same_address(page: &str, wire: &str) -> bool {
    let url = |text: &str| {
        text.split_once(' ')
            .map_or(text.to_owned(), |(_, url)| url.to_owned())
    };
    let (page, wire) = (url(page), url(wire));
    wire.starts_with(&page) || page.starts_with(&wire)
}

fn address(request: &WireRequest) -> String {
    let port = match (request.scheme.as_str(), request.port) {
        ("http", 80) | ("https", 443) => String::new(),
        (_, port) => format!(":{port}"),
    };
    format!(
        "{}://{}{port}{}",
        request.scheme, request.host, request.target
    )
}
