//! Hand-made recordings for tests: a page that reports and a wire that answers, event by event.

use serde_json::{Value, json};

use super::{Evidence, Hit, join};
use crate::page::{PageEvent, What};
use crate::run::{DocRecord, Recording};
use crate::scenario::{Fault, HostState, Location, On, Scenario, Transport};
use crate::world::{BodyKind, Purpose, Refusal, WireAnswer, WireEnd, WireRequest};

/// Wall clock at which hand-made cases begin: Tuesday, 24 November 2026, 10:00:00 UTC.
pub const STARTED_MS: f64 = 1_795_514_400_000.0;

/// The host that [`hit_url`] names.
pub const HOST: &str = "metrics.shop.test";

/// A scenario that says nothing but what it must.
pub fn scenario() -> Scenario {
    let at = Location {
        file: "scenarios/example.toml".into(),
        line: 1,
        column: 1,
    };
    let page = url::Url::parse("https://www.shop.test/checkout").unwrap();
    Scenario::new("example", page, at)
}

/// Address of a hit: `key` is its random part (`s1`), `variables` stand between date and end (`v1=A&c1=B`).
pub fn hit_url(key: &str, variables: &str) -> String {
    hit_url_of("examplersid", key, variables)
}

/// The same for another report suite.
pub fn hit_url_of(suite: &str, key: &str, variables: &str) -> String {
    let variables = if variables.is_empty() {
        String::new()
    } else {
        format!("&{variables}")
    };
    format!(
        "https://{HOST}/b/ss/{suite}/1/JS-2.23.0/{key}?AQB=1&ndh=1&pf=1\
         &t=24%2F10%2F2026%2010%3A0%3A1%202%200{variables}&AQE=1"
    )
}

/// A recording in the making. One document is always the current one.
pub struct Case {
    recording: Recording,
    doc: usize,
    /// Milliseconds since the case began; every event takes one.
    clock: f64,
    /// Milliseconds at which each document began.
    origins: Vec<f64>,
    ids: u32,
    /// Turn of what follows (0: unknown).
    task: u32,
    running: Vec<u32>,
    over: bool,
}

impl Case {
    /// A case with one top document in which AppMeasurement 2.23.0 was built.
    pub fn new() -> Case {
        let mut case = Case::empty();
        case.document("https://www.shop.test/checkout", true);
        case
    }

    /// A case without a document.
    pub fn empty() -> Case {
        Case {
            recording: Recording {
                started_ms: STARTED_MS,
                finished_ms: STARTED_MS + 3_000.0,
                ..Recording::default()
            },
            doc: 0,
            clock: 0.0,
            origins: Vec::new(),
            ids: 0,
            task: 0,
            running: Vec::new(),
            over: false,
        }
    }

    /// A document begins and is the current one from here; its index.
    pub fn document(&mut self, url: &str, top: bool) -> usize {
        self.doc = self.recording.docs.len();
        self.origins.push(self.clock);
        self.running.clear();
        self.recording.docs.push(DocRecord {
            doc: format!("d{}", self.doc),
            events: Vec::new(),
            over_at: 0,
        });
        self.event(What::Hello {
            url: url.into(),
            referrer: String::new(),
            top,
            timezone: 0,
            window: [1366, 768, 1280, 720, 24],
            now: STARTED_MS + self.clock + 1.0,
            cookies: String::new(),
        });
        self.event(What::Built {
            library: Some("appmeasurement".into()),
            version: Some("2.23.0".into()),
            beacon: Some(true),
        });
        self.doc
    }

    /// What follows happens in this document.
    pub fn back_to(&mut self, doc: usize) {
        self.doc = doc;
        self.running.clear();
    }

    /// Any event; its sequence number.
    pub fn event(&mut self, what: What) -> u32 {
        self.clock += 1.0;
        let record = &mut self.recording.docs[self.doc];
        let seq = record.events.len() as u32 + 1;
        record.events.push(PageEvent {
            seq,
            task: self.task,
            at: self.clock - self.origins[self.doc],
            within: self.running.last().copied(),
            what,
        });
        if !self.over {
            record.over_at = seq;
        }
        seq
    }

    /// What follows happens in this turn.
    pub fn in_task(&mut self, task: u32) {
        self.task = task;
    }

    /// A step begins.
    pub fn step(&mut self, n: u32) {
        self.event(What::Step { n });
    }

    /// A callback is registered.
    pub fn registered(&mut self, on: On, tracker: &str, name: &str) {
        self.event(What::Registered {
            on,
            tracker: tracker.into(),
            name: Some(name.into()),
            what: "function".into(),
            args: Vec::new(),
        });
    }

    /// A method is entered; its id, for [`Case::leave`].
    pub fn enter(&mut self, tracker: &str, method: &str) -> u32 {
        self.enter_with(tracker, method, json!({ "account": "examplersid" }))
    }

    /// The same with the tracker's variables.
    pub fn enter_with(&mut self, tracker: &str, method: &str, vars: Value) -> u32 {
        self.ids += 1;
        self.event(What::Enter {
            id: self.ids,
            tracker: tracker.into(),
            method: method.into(),
            args: Vec::new(),
            vars: vars.as_object().cloned().unwrap_or_default(),
        });
        self.running.push(self.ids);
        self.ids
    }

    /// The method is left.
    pub fn leave(&mut self, id: u32) {
        self.leave_with(id, json!({ "account": "examplersid" }));
    }

    /// The same with the tracker's variables afterwards.
    pub fn leave_with(&mut self, id: u32, vars: Value) {
        self.running.retain(|running| *running != id);
        self.event(What::Leave {
            id,
            threw: None,
            returned: "undefined".into(),
            vars: vars.as_object().cloned().unwrap_or_default(),
        });
    }

    /// A callback is called and its body left at once.
    pub fn called(&mut self, name: &str, args: Value) {
        self.calling(name, args);
        self.exited(name);
    }

    /// A callback is called; its body runs until [`Case::exited`].
    pub fn calling(&mut self, name: &str, args: Value) {
        self.event(What::Called {
            name: name.into(),
            args: args.as_array().cloned().unwrap_or_default(),
            capped: false,
            of: None,
        });
    }

    /// The body of a callback is left.
    pub fn exited(&mut self, name: &str) {
        self.event(What::Exited { name: name.into() });
    }

    /// A URL is handed over; its id, for [`Case::ended`].
    pub fn handed(&mut self, transport: Transport, url: &str) -> u32 {
        let post = !matches!(transport, Transport::Image | Transport::Script);
        self.handed_with(transport, url, post.then_some(""))
    }

    /// The same with a body.
    pub fn handed_with(&mut self, transport: Transport, url: &str, body: Option<&str>) -> u32 {
        self.ids += 1;
        self.event(What::Handed {
            id: self.ids,
            transport,
            method: if body.is_some() { "POST" } else { "GET" }.into(),
            url: url.into(),
            body: body.map(str::to_owned),
            accepted: (transport == Transport::Beacon).then_some(true),
        });
        self.ids
    }

    /// A transport ends in the page's eyes.
    pub fn ended(&mut self, id: u32, how: &str) {
        self.event(What::Ended {
            id,
            how: how.into(),
            status: None,
        });
    }

    /// A tracking request arrives and is answered as a collection server does (200, the image); what
    /// is returned can be altered.
    pub fn arrived(&mut self, url: &str) -> &mut WireRequest {
        self.request(url, Purpose::Tracking)
    }

    /// A tracking request arrives and meets a fault.
    pub fn arrived_with(&mut self, url: &str, fault: Fault) -> &mut WireRequest {
        let answer = &mut self.arrived(url).answer;
        answer.fault = Some(fault);
        (answer.status, answer.body, answer.end) = match fault {
            Fault::Status => (Some(404), BodyKind::Html, WireEnd::Complete),
            Fault::Reset => (None, BodyKind::Empty, WireEnd::Reset),
            Fault::Close => (None, BodyKind::Empty, WireEnd::Closed),
            Fault::Truncate => (Some(200), BodyKind::Image, WireEnd::Truncated),
            Fault::Stall => (Some(200), BodyKind::Image, WireEnd::Complete),
            Fault::WrongType => (Some(200), BodyKind::Html, WireEnd::Complete),
            other => panic!("{other:?} happens before a request arrives"),
        };
        answer.late = fault == Fault::Stall;
        let id = self.recording.wire.requests.len();
        &mut self.recording.wire.requests[id - 1]
    }

    /// Any request arrives and is answered with 200 and the image.
    pub fn request(&mut self, url: &str, purpose: Purpose) -> &mut WireRequest {
        let parsed = url::Url::parse(url).unwrap();
        let origin = &parsed[..url::Position::BeforePath];
        let requests = &mut self.recording.wire.requests;
        let id = requests.len() as u32 + 1;
        let at_us = (self.clock * 1_000.0) as u64;
        requests.push(WireRequest {
            id,
            at_us,
            connection: 1,
            scheme: parsed.scheme().into(),
            host: parsed.host_str().unwrap().into(),
            port: parsed.port_or_known_default().unwrap(),
            method: "GET".into(),
            target: url[origin.len()..].into(),
            headers: Vec::new(),
            body: String::new(),
            purpose,
            transport: None,
            arrival: None,
            answer: WireAnswer {
                endpoint: None,
                fault: None,
                status: Some(200),
                body: BodyKind::Image,
                location: None,
                readable: true,
                end: WireEnd::Complete,
                ended_us: Some(at_us + 500),
                late: false,
            },
        });
        &mut requests[id as usize - 1]
    }

    /// A connection to a host is not let through.
    pub fn refused(&mut self, host: &str, state: HostState) {
        self.recording.wire.refusals.push(Refusal {
            at_us: (self.clock * 1_000.0) as u64,
            host: host.into(),
            port: 443,
            state,
        });
    }

    /// The case is over: what the current document reports from here is late.
    pub fn over(&mut self) {
        self.over = true;
    }

    /// A whole hit that went well: `t` of the tracker, handed over as an image, answered, loaded.
    pub fn delivered(&mut self, tracker: &str, url: &str) {
        let t = self.enter(tracker, "t");
        let image = self.handed(Transport::Image, url);
        self.leave(t);
        self.arrived(url);
        self.ended(image, "load");
    }

    /// The recording.
    pub fn recording(self) -> Recording {
        self.recording
    }
}

/// The evidence of a case.
pub fn joined(case: Case) -> Evidence {
    join(&case.recording(), &scenario())
}

/// The hit of a case that has only one.
pub fn only_hit(case: Case) -> Hit {
    let mut hits = joined(case).hits;
    assert_eq!(hits.len(), 1, "both sides saw the same one hit: {hits:#?}");
    hits.remove(0)
}
