//! What the world knows of one open case: its log, its hits, the states of its hosts, what is held.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{mpsc, watch};

use crate::scenario::HostState;

use super::endpoint::{initial_states, wildcard};
use super::exchange::Exchange;
use super::log::{Refusal, WireEnd, WireLog, WireRequest};
use super::open::{CaseSpec, OpenRequest};
use super::{Sites, lock};

/// How long a repeated request waits for the page to say that it was the library that sent it again.
const HANDED_GRACE: Duration = Duration::from_secs(2);

pub(super) struct CaseState {
    pub spec: CaseSpec,
    reports: mpsc::UnboundedSender<Bytes>,
    began: Instant,
    record: Mutex<Record>,
    gates: watch::Sender<Gates>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Record {
    log: WireLog,
    hits: HashMap<String, Hit>,
    arrived_hits: u32,
    /// Locations that were answered, and the hit and endpoint they came from.
    redirects: HashMap<String, Follow>,
    states: Vec<(String, HostState)>,
    /// Indexes of requests under `hold` or `stall`.
    held: HashSet<usize>,
    finished: bool,
}

#[derive(Default)]
struct Hit {
    arrival: Option<u32>,
    sends: u32,
    handed: u32,
}

/// Where a request comes from that follows a redirect.
#[derive(Clone)]
pub(super) struct Follow {
    pub key: Option<String>,
    pub endpoint: usize,
}

#[derive(Default)]
struct Gates {
    released: HashSet<String>,
    finished: bool,
}

impl CaseState {
    pub fn new(spec: CaseSpec, reports: mpsc::UnboundedSender<Bytes>) -> CaseState {
        let record = Record {
            states: initial_states(&spec.endpoints),
            ..Record::default()
        };
        CaseState {
            spec,
            reports,
            began: Instant::now(),
            record: Mutex::new(record),
            gates: watch::Sender::default(),
            changes: watch::Sender::default(),
        }
    }

    pub fn sites(&self) -> &Sites {
        &self.spec.sites
    }

    /// Microseconds since the case began.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn changed(&self) {
        self.changes.send_modify(|version| *version += 1);
    }

    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Puts a request into the log, which numbers it.
    pub fn arrive(self: &Arc<Self>, mut request: WireRequest) -> Exchange {
        let index = {
            let mut record = lock(&self.record);
            let index = record.log.requests.len();
            request.id = u32::try_from(index + 1).unwrap_or(u32::MAX);
            request.answer.late = record.finished;
            record.log.requests.push(request);
            index
        };
        self.changed();
        Exchange::new(self.clone(), index)
    }

    pub fn note(&self, index: usize, note: impl FnOnce(&mut WireRequest)) {
        if let Some(request) = lock(&self.record).log.requests.get_mut(index) {
            note(request);
        }
    }

    pub fn ended(&self, index: usize, end: WireEnd) {
        let now = self.now_us();
        {
            let mut record = lock(&self.record);
            let late = record.finished;
            record.held.remove(&index);
            if let Some(request) = record.log.requests.get_mut(index) {
                request.answer.end = end;
                request.answer.ended_us = Some(now);
                request.answer.late |= late;
            }
        }
        self.changed();
    }

    pub fn refused(&self, host: &str, port: u16, state: HostState) {
        let refusal = Refusal {
            at_us: self.now_us(),
            host: self.sites().canonical(host),
            port,
            state,
        };
        lock(&self.record).log.refusals.push(refusal);
        self.changed();
    }

    pub fn report(&self, body: Bytes) {
        // Nobody listens any more: the case is being closed.
        let _ = self.reports.send(body);
    }

    /// Counts an arrival: the number of its hit, from 1.
    pub fn count_hit(&self, key: &str) -> u32 {
        let record = &mut *lock(&self.record);
        let hit = record.hits.entry(key.to_owned()).or_default();
        *hit.arrival.get_or_insert_with(|| {
            record.arrived_hits += 1;
            record.arrived_hits
        })
    }

    /// Which send of its hit an arrival belongs to, from 1. Browsers repeat requests by themselves, so a
    /// repetition is a send of its own only once the page has handed it over again; with `patient` the
    /// page gets time to say so. With its index in the log (`arrival`) it is one too if everything
    /// before it was answered: what a library sends by fetch no browser repeats then.
    pub async fn count_send(&self, key: &str, arrival: Option<usize>, patient: bool) -> u32 {
        let mut changes = self.changes.subscribe();
        let counted = async {
            loop {
                match self.next_send(key, arrival) {
                    Some(send) => return send,
                    // An error cannot be: the sender is the case's own.
                    None if patient => _ = changes.changed().await,
                    None => return self.sends(key),
                }
            }
        };
        match tokio::time::timeout(HANDED_GRACE, counted).await {
            Ok(send) => send,
            Err(_) => self.sends(key),
        }
    }

    fn next_send(&self, key: &str, arrival: Option<usize>) -> Option<u32> {
        let record = &mut *lock(&self.record);
        let hit = record.hits.entry(key.to_owned()).or_default();
        let requests = &record.log.requests;
        let was_answered = |request: &WireRequest| request.answer.end == WireEnd::Complete;
        let mut earlier = requests
            .iter()
            .take(arrival.unwrap_or(0))
            .filter(|request| hit.arrival.is_some() && request.arrival == hit.arrival)
            .peekable();
        let all_answered = earlier.peek().is_some() && earlier.all(was_answered);
        if hit.sends == 0 || hit.handed > hit.sends || all_answered {
            hit.sends += 1;
            return Some(hit.sends);
        }
        None
    }

    /// Sends of a hit that were counted so far (1: none yet).
    pub fn sends(&self, key: &str) -> u32 {
        lock(&self.record).hits.get(key).map_or(1, |hit| hit.sends)
    }

    /// The page reported that the library handed over a URL of this hit.
    pub fn note_handed(&self, key: &str) {
        let record = &mut *lock(&self.record);
        record.hits.entry(key.to_owned()).or_default().handed += 1;
        self.changed();
    }

    /// Remembers where a redirect sends its request.
    pub fn redirected(&self, url: String, follow: Follow) {
        lock(&self.record).redirects.insert(url, follow);
    }

    pub fn follows(&self, url: &str) -> Option<Follow> {
        lock(&self.record).redirects.get(url).cloned()
    }

    /// The state of a host, by its canonical name: the last change that names it.
    pub fn host_state(&self, host: &str) -> HostState {
        lock(&self.record)
            .states
            .iter()
            .rev()
            .find(|(pattern, _)| wildcard(pattern, host))
            .map_or(HostState::Up, |(_, state)| *state)
    }

    pub fn set_host_state(&self, host: &str, state: HostState) {
        lock(&self.record).states.push((host.to_owned(), state));
    }

    pub async fn held(&self, index: usize, name: Option<&str>) {
        let mut gates = self.gates.subscribe();
        lock(&self.record).held.insert(index);
        self.changed();
        // An error means that the case is gone, and then nothing is held any more.
        let _ = gates
            .wait_for(|gates| {
                gates.finished || name.is_some_and(|name| gates.released.contains(name))
            })
            .await;
        lock(&self.record).held.remove(&index);
        self.changed();
    }

    pub fn release(&self, name: &str) {
        self.gates.send_modify(|gates| {
            gates.released.insert(name.to_owned());
        });
    }

    pub fn finish(&self) {
        lock(&self.record).finished = true;
        self.gates.send_modify(|gates| gates.finished = true);
    }

    pub fn open_requests(&self) -> Vec<OpenRequest> {
        let record = lock(&self.record);
        record
            .log
            .requests
            .iter()
            .enumerate()
            .filter(|(_, request)| request.answer.end == WireEnd::Open)
            .map(|(index, request)| OpenRequest {
                description: format!(
                    "{} {}://{}{}",
                    request.method, request.scheme, request.host, request.target
                ),
                held: record.held.contains(&index),
            })
            .collect()
    }

    pub fn seen(&self, is_it: impl FnMut(&WireRequest) -> bool) -> bool {
        lock(&self.record).log.requests.iter().any(is_it)
    }

    pub fn log(&self) -> WireLog {
        lock(&self.record).log.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Labels, Organisations, PageAnswer, PageRequest, Pages};
    use super::*;

    struct NoPages;

    impl Pages for NoPages {
        fn page(&self, _: &PageRequest) -> Option<PageAnswer> {
            None
        }

        fn wrap_html(&self, _: &PageRequest, html: &str) -> PageAnswer {
            PageAnswer {
                status: 200,
                headers: Vec::new(),
                content_type: "text/html".to_owned(),
                body: Bytes::from(html.to_owned()),
            }
        }
    }

    fn case() -> CaseState {
        let sites = Sites::for_hosts(&["shop.test"], &Labels::default());
        let spec = CaseSpec {
            report_host: sites.report_host().to_owned(),
            sites,
            endpoints: Vec::new(),
            organisations: Organisations::default(),
            pages: Arc::new(NoPages),
        };
        CaseState::new(spec, mpsc::unbounded_channel().0)
    }

    #[tokio::test]
    async fn a_repeated_request_waits_for_the_page_to_say_that_it_was_sent_again() {
        let case = case();
        case.note_handed("s1");
        assert_eq!(case.count_send("s1", None, true).await, 1);
        let page = async {
            case.note_handed("s2");
            case.note_handed("s1");
        };
        // The page's note comes after the request.
        let (send, ()) = tokio::join!(case.count_send("s1", None, true), page);
        assert_eq!(send, 2, "the note arrived while the request was waiting");
        assert_eq!(
            case.count_send("s1", None, true).await,
            2,
            "without a note it is an attempt of the browser's own"
        );
    }

    #[tokio::test]
    async fn what_was_answered_is_only_sent_again_by_the_page_itself() {
        let case = Arc::new(case());
        let request = |arrival| WireRequest {
            id: 0,
            at_us: 0,
            connection: 1,
            scheme: "https".into(),
            host: "edge.shop.test".into(),
            port: 443,
            method: "POST".into(),
            target: "/ee/v1/interact?requestId=r1".into(),
            headers: Vec::new(),
            body: String::new(),
            purpose: crate::world::Purpose::Tracking,
            transport: None,
            arrival: Some(arrival),
            answer: crate::world::WireAnswer {
                endpoint: None,
                fault: None,
                status: Some(503),
                body: crate::world::BodyKind::Empty,
                location: None,
                readable: true,
                end: WireEnd::Open,
                ended_us: None,
                late: false,
            },
        };
        let arrival = case.count_hit("r1");
        let first = case.arrive(request(arrival));
        assert_eq!(case.count_send("r1", Some(first.index()), true).await, 1);
        let second = case.arrive(request(arrival));
        assert_eq!(
            case.count_send("r1", Some(second.index()), true).await,
            1,
            "the first one is not answered: it may be an attempt of the browser's own"
        );
        first.end(WireEnd::Complete);
        second.end(WireEnd::Complete);
        let third = case.arrive(request(arrival));
        assert_eq!(
            case.count_send("r1", Some(third.index()), true).await,
            2,
            "no browser repeats by itself what was answered"
        );
    }

    #[test]
    fn the_last_change_of_a_host_counts() {
        let case = case();
        case.set_host_state("*.shop.test", HostState::Refuse);
        case.set_host_state("m.shop.test", HostState::Up);
        assert_eq!(case.host_state("m.shop.test"), HostState::Up);
        assert_eq!(case.host_state("x.shop.test"), HostState::Refuse);
        assert_eq!(case.host_state("other.test"), HostState::Up);
    }
}
