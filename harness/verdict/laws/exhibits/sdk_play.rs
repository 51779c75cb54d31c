//! A page with the Web SDK as it is documented, played by hand.

use serde_json::{Value, json};

use crate::evidence::{
    Document, Evidence, Hit, Invocation, Monitored, Outcome, Param, Place, Promised,
};
use crate::scenario::{Fault, Transport};

/// The page and what was recorded so far; an exhibit that breaks a law changes that.
pub(in crate::verdict) struct SdkPlay {
    /// What was recorded.
    pub seen: Evidence,
    seq: u32,
    task: u32,
}

impl SdkPlay {
    /// A page whose base code keeps commands.
    pub fn waiting() -> SdkPlay {
        let mut play = SdkPlay {
            seen: Evidence::default(),
            seq: 0,
            task: 1,
        };
        play.seen.documents.push(Document {
            url: "https://www.shop.test/".to_owned(),
            top: true,
            timezone: 0,
            windows: vec![[1280, 1024, 1200, 800, 24]],
            built: None,
            beacon: Some(true),
            hidden: None,
        });
        play
    }

    /// A page with an instance that is configured.
    pub fn new() -> SdkPlay {
        let mut play = SdkPlay::waiting();
        play.library_loads();
        play.configure(json!({ "edgeDomain": "edge.shop.test" }));
        play
    }

    /// What was recorded.
    pub fn evidence(self) -> Evidence {
        self.seen
    }

    /// The place of the next event.
    pub fn place(&mut self) -> Place {
        self.seq += 1;
        Place {
            doc: 0,
            seq: self.seq,
            task: self.task,
        }
    }

    /// Another turn begins.
    pub fn turn(&mut self) {
        self.task += 1;
    }

    /// The library takes the commands over that were kept.
    pub fn library_loads(&mut self) {
        self.hear("onInstanceCreated", None, None);
        for command in 0..self.seen.invocations.len() {
            self.begin(command);
        }
    }

    /// A command is given and begun.
    pub fn command(&mut self, method: &str, options: Value) -> usize {
        let command = self.give(method, options);
        self.begin(command);
        command
    }

    /// A command is given.
    pub fn give(&mut self, method: &str, options: Value) -> usize {
        self.invoke(method, options, Some(Promised::Pending))
    }

    fn begin(&mut self, command: usize) {
        self.hear("onBeforeCommand", Some(command), None);
    }

    fn invoke(&mut self, method: &str, options: Value, promise: Option<Promised>) -> usize {
        let entered = self.place();
        self.seen.invocations.push(Invocation {
            tracker: "alloy".to_owned(),
            method: method.to_owned(),
            args: vec![options],
            before: serde_json::Map::new(),
            after: None,
            threw: None,
            returned: None,
            promise,
            entered,
            left: None,
            step: 1,
            within: None,
            from_callback: None,
            hit: None,
            late: false,
        });
        self.seen.invocations.len() - 1
    }

    /// A monitor is called.
    pub fn hear(&mut self, hook: &str, command: Option<usize>, request: Option<&str>) {
        let place = self.place();
        let method = command.map(|at| self.seen.invocations[at].method.clone());
        self.seen.monitored.push(Monitored {
            hook: hook.to_owned(),
            tracker: "alloy".to_owned(),
            method,
            command,
            request: request.map(str::to_owned),
            place,
            late: false,
        });
    }

    /// The instance is configured.
    pub fn configure(&mut self, options: Value) {
        let command = self.command("configure", options);
        self.settle(command, Ok(json!({})));
    }

    /// The promise of a command is settled.
    pub fn settle(&mut self, command: usize, how: Result<Value, &str>) {
        let hook = match how {
            Ok(_) => "onCommandResolved",
            Err(_) => "onCommandRejected",
        };
        self.hear(hook, Some(command), None);
        let place = self.place();
        let invocation = &mut self.seen.invocations[command];
        invocation.left = Some(place);
        invocation.promise = Some(match how {
            Ok(result) => Promised::Fulfilled(result),
            Err(message) => Promised::Rejected(json!({ "message": message })),
        });
    }

    /// The callback of `configure` sees an event; `returned` or the exception.
    pub fn hook(&mut self, how: Result<&str, &str>) {
        let run = self.invoke("onBeforeEventSend", json!({ "xdm": {} }), None);
        let left = self.place();
        let invocation = &mut self.seen.invocations[run];
        invocation.left = Some(left);
        invocation.returned = how.ok().map(str::to_owned);
        invocation.threw = how.err().map(str::to_owned);
    }

    /// The request of a command is handed over; the number of its hit.
    pub fn hand_over(&mut self, command: usize, transport: Transport) -> u32 {
        let n = self.seen.hits.len() as u32 + 1;
        let key = format!("request-{n}");
        self.hear("onBeforeNetworkRequest", None, Some(&key));
        let handed = self.place();
        let action = match transport {
            Transport::Beacon => "collect",
            _ => "interact",
        };
        let body = json!({ "events": [{ "xdm": {} }] });
        self.seen.hits.push(Hit {
            n,
            tracker: Some("alloy".to_owned()),
            step: 1,
            transport,
            method: "POST".to_owned(),
            url: format!("https://edge.shop.test/ee/v1/{action}?requestId={key}"),
            host: "edge.shop.test".to_owned(),
            key,
            params: vec![Param {
                name: "events.0.xdm".to_owned(),
                variable: None,
                value: "{}".to_owned(),
            }],
            body: Some(body),
            body_changed: false,
            handed: vec![handed],
            ended: None,
            calls: Vec::new(),
            wire: vec![n],
            arrived_url: None,
            outcome: Outcome::Delivered,
            fault: None,
            sends: 1,
            attempts: 1,
            has_body: false,
            accepted: (transport == Transport::Beacon).then_some(true),
            late: false,
        });
        self.seen.invocations[command].hit = Some(n);
        n
    }

    /// The request ends, in a turn of its own.
    pub fn end(&mut self, n: u32, fault: Option<Fault>) {
        self.turn();
        let place = self.place();
        let key = self.hit(n).key.clone();
        let (how, hook) = match fault {
            None => ("load", "onNetworkResponse"),
            Some(_) => ("error", "onNetworkError"),
        };
        let hit = self.hit(n);
        hit.ended = Some((place, how.to_owned()));
        if fault.is_some() {
            hit.outcome = Outcome::Failed;
            hit.fault = fault;
        }
        self.hear(hook, None, Some(&key));
    }

    /// An event that goes well; its command and its hit.
    pub fn sent(&mut self) -> (usize, u32) {
        self.sent_with(json!({ "xdm": {} }), Transport::Fetch)
    }

    /// The same with these options.
    pub fn sent_with(&mut self, options: Value, transport: Transport) -> (usize, u32) {
        let command = self.command("sendEvent", options);
        let hit = self.hand_over(command, transport);
        self.end(hit, None);
        self.settle(command, Ok(result()));
        (command, hit)
    }

    /// An event whose request fails; its command and its hit.
    pub fn failed(&mut self) -> (usize, u32) {
        let command = self.command("sendEvent", json!({ "xdm": {} }));
        let hit = self.hand_over(command, Transport::Fetch);
        self.end(hit, Some(Fault::Reset));
        self.settle(command, Err("Network request failed."));
        (command, hit)
    }

    /// A hit by its number.
    pub fn hit(&mut self, n: u32) -> &mut Hit {
        let mut hits = self.seen.hits.iter_mut();
        hits.find(|hit| hit.n == n).expect("a hit of this number")
    }

    /// The page is left.
    pub fn leave(&mut self) {
        let place = self.place();
        self.seen.documents[0].hidden = Some(place);
    }
}

/// A result as it is documented.
pub(in crate::verdict) fn result() -> Value {
    json!({ "propositions": [], "inferences": [], "destinations": [] })
}
