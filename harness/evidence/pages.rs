//! The page's side: one walk over the events of every document.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::steps::Steps;
use super::{
    Call, ConsoleLine, Document, Hit, Invocation, Monitored, Place, Promised, Recorded,
    Registration,
};
use crate::page::{PageEvent, What};
use crate::run::{DocRecord, Recording};
use crate::scenario::Transport;

/// What the documents reported, in the page's order, not yet joined with the wire.
#[derive(Default)]
pub struct Pages {
    /// Calls of callbacks; `on` and `hit` are not filled in.
    pub calls: Vec<Call>,
    /// Registrations.
    pub registrations: Vec<Registration>,
    /// Calls of trackers' methods; `hit` is not filled in.
    pub invocations: Vec<Invocation>,
    /// What the Web SDK's monitors told.
    pub monitored: Vec<Monitored>,
    /// Values that steps recorded.
    pub values: BTreeMap<String, Recorded>,
    /// Console messages and uncaught errors.
    pub console: Vec<ConsoleLine>,
    /// Documents.
    pub documents: Vec<Document>,
    /// URLs that were handed to the browser, tracking or not.
    pub handings: Vec<Handing>,
    /// What policies blocked.
    pub blocked: Vec<Blocked>,
}

/// A URL that was handed to the browser.
pub struct Handing {
    pub place: Place,
    pub within: Option<usize>,
    pub transport: Transport,
    pub method: String,
    pub url: String,
    pub body: String,
    pub accepted: Option<bool>,
    pub step: u32,
    pub late: bool,
    /// Where and how it ended in the page's eyes.
    pub ended: Option<(Place, String)>,
}

/// Something that a policy of the page blocked.
pub struct Blocked {
    pub doc: usize,
    pub directive: String,
    pub address: String,
}

impl Pages {
    /// Walks over all documents.
    pub fn of(recording: &Recording) -> Pages {
        let steps = Steps::of(recording);
        let mut pages = Pages::default();
        for (index, record) in recording.docs.iter().enumerate() {
            Walk::new(&mut pages, &steps, index, record).run(record);
        }
        pages
    }

    /// The instance that made a hit, as the Web SDK's monitors tell.
    pub fn instance_of(&self, hit: &Hit) -> Option<&str> {
        let about_it = |heard: &&Monitored| heard.request.as_deref() == Some(hit.key.as_str());
        let found = self.monitored.iter().find(about_it);
        found.map(|heard| heard.tracker.as_str())
    }
}

/// The walk over one document.
struct Walk<'w> {
    pages: &'w mut Pages,
    steps: &'w Steps,
    doc: usize,
    over_at: u32,
    /// `Enter::id` → index of the invocation.
    entered: HashMap<u32, usize>,
    /// `Handed::id` → index of the handing.
    handed: HashMap<u32, usize>,
    /// Where the body of the callback called there was left.
    bodies: HashMap<u32, u32>,
    /// Calls whose body is running: index of the call.
    running: Vec<usize>,
}

impl<'w> Walk<'w> {
    fn new(pages: &'w mut Pages, steps: &'w Steps, doc: usize, record: &DocRecord) -> Self {
        pages.documents.push(Document {
            url: String::new(),
            top: true,
            timezone: 0,
            windows: Vec::new(),
            built: None,
            beacon: None,
            hidden: None,
        });
        Walk {
            pages,
            steps,
            doc,
            over_at: record.over_at,
            entered: HashMap::new(),
            handed: HashMap::new(),
            bodies: bodies(&record.events),
            running: Vec::new(),
        }
    }

    fn run(mut self, record: &DocRecord) {
        for event in &record.events {
            let late = event.seq > self.over_at;
            self.leave_bodies_before(event.seq);
            self.calls_and_methods(event, late);
            self.commands(event, late);
            self.transports(event, late);
            self.document(event, late);
            if !late {
                self.words(event);
            }
        }
    }

    fn place(&self, event: &PageEvent) -> Place {
        Place {
            doc: self.doc,
            seq: event.seq,
            task: event.task,
        }
    }

    fn step(&self, event: &PageEvent) -> u32 {
        self.steps.at(self.doc, event.seq, event.at)
    }

    fn within(&self, event: &PageEvent) -> Option<usize> {
        event.within.and_then(|id| self.entered.get(&id)).copied()
    }

    fn leave_bodies_before(&mut self, seq: u32) {
        let (calls, bodies) = (&self.pages.calls, &self.bodies);
        self.running.retain(|call| {
            let exited = bodies.get(&calls[*call].place.seq);
            exited.is_some_and(|exited| *exited > seq)
        });
    }

    fn calls_and_methods(&mut self, event: &PageEvent, late: bool) {
        let (place, step, within) = (self.place(event), self.step(event), self.within(event));
        match &event.what {
            What::Called {
                name,
                args,
                capped,
                of,
            } => {
                self.running.push(self.pages.calls.len());
                self.pages.calls.push(Call {
                    name: name.clone(),
                    on: None,
                    args: args.clone(),
                    hit: None,
                    place,
                    step,
                    within,
                    of: of.and_then(|id| self.entered.get(&id)).copied(),
                    capped: *capped,
                    late,
                });
            }
            What::Enter {
                id,
                tracker,
                method,
                args,
                vars,
            } => {
                self.entered.insert(*id, self.pages.invocations.len());
                let from_callback = self.callback_that_made(within);
                self.pages.invocations.push(Invocation {
                    tracker: tracker.clone(),
                    method: method.clone(),
                    args: args.clone(),
                    before: vars.clone(),
                    after: None,
                    threw: None,
                    returned: None,
                    promise: None,
                    entered: place,
                    left: None,
                    step,
                    within,
                    from_callback,
                    hit: None,
                    late,
                });
            }
            What::Leave {
                id,
                threw,
                returned,
                vars,
            } => {
                let entered = self.entered.get(id).copied();
                if let Some(entered) = entered.and_then(|at| self.pages.invocations.get_mut(at)) {
                    entered.left = Some(place);
                    entered.after = Some(vars.clone());
                    entered.threw = threw.clone();
                    entered.returned = Some(returned.clone());
                }
            }
            _ => {}
        }
    }

    fn commands(&mut self, event: &PageEvent, late: bool) {
        let (place, step, within) = (self.place(event), self.step(event), self.within(event));
        match &event.what {
            What::Command {
                id,
                tracker,
                method,
                args,
            } => {
                self.entered.insert(*id, self.pages.invocations.len());
                let from_callback = self.callback_that_made(within);
                self.pages.invocations.push(Invocation {
                    tracker: tracker.clone(),
                    method: method.clone(),
                    args: args.clone(),
                    before: serde_json::Map::new(),
                    after: None,
                    threw: None,
                    returned: None,
                    promise: Some(Promised::Pending),
                    entered: place,
                    left: None,
                    step,
                    within,
                    from_callback,
                    hit: None,
                    late,
                });
            }
            What::Settled {
                id,
                fulfilled,
                value,
            } if !late => {
                let given = self.entered.get(id).copied();
                if let Some(given) = given.and_then(|at| self.pages.invocations.get_mut(at)) {
                    given.left = Some(place);
                    given.promise = Some(match fulfilled {
                        true => Promised::Fulfilled(value.clone()),
                        false => Promised::Rejected(value.clone()),
                    });
                }
            }
            What::Monitored {
                hook,
                tracker,
                method,
                command,
                request,
                status: _,
            } => self.pages.monitored.push(Monitored {
                hook: hook.clone(),
                tracker: tracker.clone(),
                method: method.clone(),
                command: command.and_then(|id| self.entered.get(&id)).copied(),
                request: request.clone(),
                place,
                late,
            }),
            _ => {}
        }
    }

    /// The callback whose body runs an invocation itself: the innermost one, unless a method that
    /// it called runs the invocation in turn (`doPlugins` within a `t` of the body).
    fn callback_that_made(&self, within: Option<usize>) -> Option<usize> {
        let callback = *self.running.last()?;
        let called = self.pages.calls[callback].place;
        let method = within.map(|at| self.pages.invocations[at].entered);
        let closer = method.and_then(|entered| called.before(entered));
        (closer != Some(true)).then_some(callback)
    }

    fn transports(&mut self, event: &PageEvent, late: bool) {
        let place = self.place(event);
        match &event.what {
            What::Handed {
                id,
                transport,
                method,
                url,
                body,
                accepted,
            } => {
                self.handed.insert(*id, self.pages.handings.len());
                let handing = Handing {
                    place,
                    within: self.within(event),
                    transport: *transport,
                    method: method.clone(),
                    url: url.clone(),
                    body: body.clone().unwrap_or_default(),
                    accepted: *accepted,
                    step: self.step(event),
                    late,
                    ended: None,
                };
                self.pages.handings.push(handing);
            }
            What::Ended { id, how, .. } if !late => {
                let handed = self.handed.get(id).copied();
                if let Some(handing) = handed.and_then(|at| self.pages.handings.get_mut(at)) {
                    handing.ended = Some((place, how.clone()));
                }
            }
            What::Policy { directive, blocked } => self.pages.blocked.push(Blocked {
                doc: self.doc,
                directive: directive.clone(),
                address: blocked.clone(),
            }),
            _ => {}
        }
    }

    fn document(&mut self, event: &PageEvent, late: bool) {
        let place = self.place(event);
        let document = &mut self.pages.documents[self.doc];
        match &event.what {
            What::Hello {
                url,
                top,
                timezone,
                window,
                ..
            } => {
                document.url = url.clone();
                document.top = *top;
                document.timezone = *timezone;
                document.windows.push(*window);
            }
            What::Size { window } => document.windows.push(*window),
            What::Built {
                library,
                version,
                beacon,
            } => {
                document.beacon = *beacon;
                if let (Some(library), Some(version)) = (library, version) {
                    document.built = Some((library.clone(), version.clone()));
                }
            }
            // The harness itself leaves the page when the case is over.
            What::Hide { .. } if !late => document.hidden = Some(place),
            What::Show {} if !late => document.hidden = None,
            _ => {}
        }
    }

    fn words(&mut self, event: &PageEvent) {
        let (place, step) = (self.place(event), self.step(event));
        match &event.what {
            What::Registered {
                on,
                tracker,
                name,
                what,
                args,
            } => self.pages.registrations.push(Registration {
                on: *on,
                tracker: tracker.clone(),
                name: name.clone(),
                what: what.clone(),
                args: args.clone(),
                place,
                step,
            }),
            What::Named { was, tracker } => self.rename(was, tracker),
            What::Value { name, value } => self.value(name, value, step),
            What::Console { level, text } => self.console(level, text.clone(), place, step),
            What::Uncaught { message, .. } => {
                self.console("uncaught", message.clone(), place, step);
            }
            _ => {}
        }
    }

    /// What a nameless tracker of this document did, it did under its name.
    fn rename(&mut self, was: &str, tracker: &str) {
        let doc = self.doc;
        let registrations = self.pages.registrations.iter_mut();
        let invocations = self.pages.invocations.iter_mut();
        let of_doc = registrations
            .map(|one| (one.place.doc, &mut one.tracker))
            .chain(invocations.map(|one| (one.entered.doc, &mut one.tracker)));
        for (_, name) in of_doc.filter(|(of, name)| *of == doc && *name == was) {
            *name = tracker.to_owned();
        }
    }

    fn value(&mut self, name: &str, value: &Value, step: u32) {
        let value = value.clone();
        self.pages
            .values
            .insert(name.to_owned(), Recorded { value, step });
    }

    fn console(&mut self, level: &str, text: String, place: Place, step: u32) {
        self.pages.console.push(ConsoleLine {
            level: level.to_owned(),
            text,
            place,
            step,
        });
    }
}

/// Where the body of each callback was left: sequence number of `called` → of `exited`. A call
/// without an end ran no body (it was capped).
fn bodies(events: &[PageEvent]) -> HashMap<u32, u32> {
    let mut open: Vec<(&str, u32)> = Vec::new();
    let mut bodies = HashMap::new();
    for event in events {
        match &event.what {
            What::Called {
                name,
                capped: false,
                ..
            } => open.push((name, event.seq)),
            What::Exited { name } => {
                if let Some(at) = open.iter().rposition(|(called, _)| called == name) {
                    bodies.insert(open[at].1, event.seq);
                    open.truncate(at);
                }
            }
            _ => {}
        }
    }
    bodies
}
