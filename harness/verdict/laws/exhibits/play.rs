//! A page with a tracking library that behaves as documented, played by hand.

use serde_json::{Map, Value, json};

use crate::evidence::{
    Call, Document, Evidence, Hit, Invocation, Outcome, Param, Place, Registration,
};
use crate::scenario::{Fault, On, Transport};

const SERVER: &str = "metrics.shop.test";
const PAGE: &str = "https://www.shop.test/";

/// The page, its tracker `s` and what was recorded so far. Fields are open: an exhibit that breaks
/// a law changes what was recorded.
pub(in crate::verdict) struct Play {
    /// What was recorded.
    pub seen: Evidence,
    /// The tracker's variables.
    pub vars: Map<String, Value>,
    /// The transport of the next hits.
    pub transport: Transport,
    /// doPlugins, as what it does to the variables.
    pub plugins: Option<fn(&mut Map<String, Value>)>,
    seq: u32,
    task: u32,
    step: u32,
    within: Option<usize>,
    running: Option<usize>,
}

impl Play {
    /// An https page with a tracker that is ready to track.
    pub fn new() -> Play {
        let mut play = Play {
            seen: Evidence::default(),
            vars: Map::new(),
            transport: Transport::Image,
            plugins: None,
            seq: 0,
            task: 1,
            step: 0,
            within: None,
            running: None,
        };
        play.seen.documents.push(Document {
            url: PAGE.to_owned(),
            top: true,
            timezone: 0,
            windows: vec![[1280, 1024, 1200, 800, 24]],
            built: Some(("appmeasurement".to_owned(), "2.23.0".to_owned())),
            beacon: Some(true),
            hidden: None,
        });
        play.set("account", "suite");
        play.set("trackingServer", SERVER);
        play
    }

    /// What was recorded.
    pub fn evidence(self) -> Evidence {
        self.seen
    }

    /// Sets a variable of the tracker.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.vars.insert(name.to_owned(), value.into());
    }

    /// A step begins.
    pub fn step(&mut self) {
        self.step += 1;
        self.turn();
    }

    /// The event turn ends, another one begins.
    pub fn turn(&mut self) {
        self.task += 1;
    }

    /// The place of the next event.
    pub fn place(&mut self) -> Place {
        self.seq += 1;
        Place {
            doc: self.seen.documents.len() - 1,
            seq: self.seq,
            task: self.task,
        }
    }

    /// The page is left, and another one begins.
    pub fn leave(&mut self) {
        let place = self.place();
        let document = self.seen.documents.last_mut().expect("a document");
        document.hidden = Some(place);
        let next = Document {
            hidden: None,
            ..document.clone()
        };
        self.seen.documents.push(next);
    }

    /// Registers a function of the scenario.
    pub fn register(&mut self, on: On, name: &str, args: &[Value]) {
        let place = self.place();
        self.seen.registrations.push(Registration {
            on,
            tracker: "s".to_owned(),
            name: Some(name.to_owned()),
            what: "function".to_owned(),
            args: args.to_vec(),
            place,
            step: self.step,
        });
    }

    /// `s.t()`; the number of its hit (0: none).
    pub fn t(&mut self) -> u32 {
        self.track("t", &[])
    }

    /// `s.tl(true, kind, name)`
    pub fn tl(&mut self, kind: &str, name: &str) -> u32 {
        self.track("tl", &[json!(true), json!(kind), json!(name)])
    }

    /// A tracking call whose hit is handed over at once.
    pub fn track(&mut self, method: &str, args: &[Value]) -> u32 {
        let call = self.enter(method, args);
        let hit = self.compile(call);
        if let Some(hit) = hit {
            self.hand_over(hit);
        }
        self.exit(call);
        hit.unwrap_or(0)
    }

    /// A method is entered; its index.
    pub fn enter(&mut self, method: &str, args: &[Value]) -> usize {
        let entered = self.place();
        self.seen.invocations.push(Invocation {
            tracker: "s".to_owned(),
            method: method.to_owned(),
            args: args.to_vec(),
            before: self.vars.clone(),
            after: None,
            threw: None,
            returned: None,
            promise: None,
            entered,
            left: None,
            step: self.step,
            within: self.within,
            from_callback: self.running,
            hit: None,
            late: false,
        });
        let index = self.seen.invocations.len() - 1;
        self.within = Some(index);
        index
    }

    /// A method is left; tracking calls reset what they are documented to reset.
    pub fn exit(&mut self, index: usize) {
        let left = self.place();
        if matches!(self.seen.invocations[index].method.as_str(), "t" | "tl") {
            self.vars.remove("abort");
            self.vars.remove("useBeacon");
        }
        let invocation = &mut self.seen.invocations[index];
        invocation.left = Some(left);
        invocation.after = Some(self.vars.clone());
        invocation.returned = Some("undefined".to_owned());
        self.within = invocation.within;
    }

    /// Compiles the hit of a tracking call: doPlugins, URL, pre functions. `None`: it is aborted.
    pub fn compile(&mut self, call: usize) -> Option<u32> {
        let own = self.vars.clone();
        let invocation = self.seen.invocations[call].clone();
        let overrides = if invocation.method == "t" { 0 } else { 3 };
        if let Some(overrides) = invocation.args.get(overrides).and_then(Value::as_object) {
            self.vars.extend(overrides.clone());
        }
        if let Some(plugins) = self
            .plugins
            .filter(|_| super::super::facts::truthy(self.vars.get("usePlugins")))
        {
            let run = self.enter("doPlugins", &[]);
            plugins(&mut self.vars);
            self.exit(run);
        }
        let vars = self.vars.clone();
        if overrides_given(&invocation) {
            self.vars = own;
        }
        if super::super::facts::truthy(vars.get("abort")) {
            return None;
        }
        let n = self.make_hit(&invocation, &vars);
        self.seen.invocations[call].hit = Some(n);
        self.run_all(On::Pre, n);
        Some(n)
    }

    fn make_hit(&mut self, call: &Invocation, vars: &Map<String, Value>) -> u32 {
        let n = self.seen.hits.len() as u32 + 1;
        let params = params(call, vars, n);
        let query: Vec<String> = params
            .iter()
            .map(|param| format!("{}={}", param.name, param.value))
            .collect();
        let host = vars["trackingServer"].as_str().expect("a server");
        let exit_link = params.iter().any(|param| param.value == "lnk_e");
        let beacon = exit_link || super::super::facts::truthy(vars.get("useBeacon"));
        let transport = if beacon {
            Transport::Beacon
        } else {
            self.transport
        };
        let post = matches!(transport, Transport::Beacon | Transport::Xhr);
        self.seen.hits.push(Hit {
            n,
            tracker: Some("s".to_owned()),
            step: self.step,
            transport,
            method: if post { "POST" } else { "GET" }.to_owned(),
            url: format!("https://{host}/b/ss/suite/1/?{}", query.join("&")),
            host: host.to_owned(),
            key: n.to_string(),
            params,
            body: None,
            body_changed: false,
            handed: Vec::new(),
            ended: None,
            calls: Vec::new(),
            wire: Vec::new(),
            arrived_url: None,
            outcome: Outcome::Undecided("open".to_owned()),
            fault: None,
            sends: 0,
            attempts: 0,
            accepted: None,
            has_body: false,
            late: false,
        });
        n
    }

    /// Hands a hit over; a beacon is delivered, and post functions run at once.
    pub fn hand_over(&mut self, n: u32) {
        let place = self.place();
        let hit = self.hit(n);
        hit.handed.push(place);
        hit.sends += 1;
        if hit.transport == Transport::Beacon {
            self.arrive(n);
            self.hit(n).outcome = Outcome::Delivered;
            self.run_all(On::Post, n);
        }
    }

    /// The answer arrives: a hit that is not a beacon is delivered, in a turn of its own.
    pub fn deliver(&mut self, n: u32) {
        self.end(n, "load");
        self.arrive(n);
        self.hit(n).outcome = Outcome::Delivered;
        self.run_all(On::Post, n);
    }

    /// A hit fails, in a turn of its own.
    pub fn fail(&mut self, n: u32, fault: Fault) {
        self.end(n, "error");
        self.arrive(n);
        let hit = self.hit(n);
        hit.outcome = Outcome::Failed;
        hit.fault = Some(fault);
    }

    /// The transport of a hit ends in the page.
    pub fn end(&mut self, n: u32, how: &str) {
        self.turn();
        let place = self.place();
        self.hit(n).ended = Some((place, how.to_owned()));
    }

    fn arrive(&mut self, n: u32) {
        let hit = self.hit(n);
        hit.wire = vec![n];
        hit.arrived_url = Some(hit.url.clone());
        hit.attempts = 1;
    }

    /// Runs every registered function for a hit.
    pub fn run_all(&mut self, on: On, n: u32) {
        let doc = self.seen.documents.len() - 1;
        let mut registered: Vec<Registration> = self.seen.registrations.clone();
        registered.retain(|one| one.on == on && one.place.doc == doc);
        for one in registered {
            let name = one.name.clone().expect("a name");
            self.run(on, &name, n, &one.args);
        }
    }

    /// Runs a function for a hit; the index of the run.
    pub fn run(&mut self, on: On, name: &str, n: u32, args: &[Value]) -> usize {
        let place = self.place();
        let mut all = vec![json!(self.hit(n).url)];
        all.extend_from_slice(args);
        self.seen.calls.push(Call {
            name: name.to_owned(),
            on: Some(on),
            args: all,
            hit: Some(n),
            place,
            step: self.step,
            within: self.within,
            of: None,
            capped: false,
            late: false,
        });
        let index = self.seen.calls.len() - 1;
        self.hit(n).calls.push(index);
        index
    }

    /// What happens in `body` is done by the run of a function.
    pub fn body(&mut self, run: usize, body: impl FnOnce(&mut Play)) {
        let outer = self.running.replace(run);
        body(self);
        self.running = outer;
    }

    /// `s.clearVars()`
    pub fn clear_vars(&mut self) {
        let call = self.enter("clearVars", &[]);
        self.vars
            .retain(|name, _| !super::super::values::is_cleared(name));
        self.exit(call);
    }

    /// A hit by its number.
    pub fn hit(&mut self, n: u32) -> &mut Hit {
        self.seen
            .hits
            .iter_mut()
            .find(|hit| hit.n == n)
            .expect("a hit of this number")
    }
}

fn overrides_given(call: &Invocation) -> bool {
    super::super::facts::overrides(call).is_some()
}

fn params(call: &Invocation, vars: &Map<String, Value>, n: u32) -> Vec<Param> {
    let mut params = vec![own("AQB", "1"), own("n", &n.to_string())];
    let list = vars.get("linkTrackVars").and_then(Value::as_str);
    for (name, value) in vars {
        let sent = super::super::values::is_plain_or_page_name(name);
        let listed = match list {
            Some(list) if call.method == "tl" => list.split(',').any(|one| one == name),
            _ => true,
        };
        if let Some(value) = value.as_str().filter(|_| sent && listed) {
            params.push(of_variable(name, value));
        }
    }
    params.push(own("g", PAGE));
    params.extend(written(call, vars));
    if call.method == "tl" {
        let kind = call.args[1].as_str().unwrap_or_default();
        let kind = if matches!(kind, "d" | "e") { kind } else { "o" };
        params.push(own("pe", &format!("lnk_{kind}")));
        if let Some(href) = call.args[0].get("href").and_then(Value::as_str) {
            params.push(own("pev1", href));
        }
        params.push(own("pev2", call.args[2].as_str().unwrap_or_default()));
    }
    params.push(own("AQE", "1"));
    params
}

/// Events, products, context data, time and visitor: what goes with the hit of a call.
fn written(call: &Invocation, vars: &Map<String, Value>) -> Vec<Param> {
    let text = |name: &str| vars.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_link = call.method == "tl";
    let listed: Vec<_> = text("linkTrackVars").split(',').collect();
    let goes = |name: &str| !is_link || listed == [""] || listed.contains(&name);
    let named: Vec<_> = text("linkTrackEvents").split(',').collect();
    let events = text("events").split(',').filter(|event| {
        let name = event.split(['=', ':']).next().unwrap_or(event);
        !is_link || named == [""] || named.contains(&name)
    });
    let events = events.collect::<Vec<_>>().join(",");
    let mut params = Vec::new();
    for (name, variable, value) in [
        ("events", "events", events.as_str()),
        ("products", "products", text("products")),
    ] {
        if goes(variable) && !value.is_empty() {
            params.push(own(name, value));
        }
    }
    for (name, value) in [("ts", text("timestamp")), ("vid", text("visitorID"))] {
        if !value.is_empty() {
            params.push(own(name, value));
        }
    }
    let context = vars.get("contextData").and_then(Value::as_object);
    for (key, value) in context.into_iter().flatten() {
        if let Some(value) = value.as_str()
            && goes(&format!("contextData.{key}"))
        {
            params.push(own(&format!("c.{key}"), value));
        }
    }
    params
}

fn own(name: &str, value: &str) -> Param {
    Param {
        name: name.to_owned(),
        variable: None,
        value: value.to_owned(),
    }
}

fn of_variable(variable: &str, value: &str) -> Param {
    let short = variable
        .replace("prop", "c")
        .replace("eVar", "v")
        .replace("list", "l");
    Param {
        name: short,
        variable: Some(variable.to_owned()),
        value: value.to_owned(),
    }
}
