//! What the documents of a case reported so far, and what is still open in them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::DocRecord;
use crate::page::{Batch, DocState, PageEvent, What};

/// The documents of one case.
#[derive(Debug, Default)]
pub(super) struct Docs {
    docs: Vec<Doc>,
    arrivals: u32,
}

#[derive(Debug)]
struct Doc {
    id: String,
    top: bool,
    /// Number of its last arrival in the window, among all documents'.
    arrived: u32,
    /// By sequence number: the last batch of a document may repeat what was sent before.
    events: BTreeMap<u32, PageEvent>,
    state: DocState,
    over_at: Option<u32>,
}

impl Doc {
    /// When it began, by the clock that all documents share. What never said so comes last.
    fn began(&self) -> f64 {
        let began = self.events.values().find_map(|event| match event.what {
            What::Hello { now, .. } => Some(now),
            _ => None,
        });
        began.unwrap_or(f64::INFINITY)
    }

    fn address(&self) -> Option<&str> {
        self.events.values().find_map(|event| match &event.what {
            What::Hello { url, .. } => url.split('#').next(),
            _ => None,
        })
    }

    /// Whether it was hidden, may come back, and did not.
    fn is_parked(&self) -> bool {
        let life = |event: &&PageEvent| matches!(event.what, What::Hide { .. } | What::Show {});
        let last = self.events.values().rfind(life);
        last.is_some_and(|event| matches!(event.what, What::Hide { persisted: true }))
    }

    fn came_back(&self) -> bool {
        let arrival = self.events.values().rfind(|event| arrives(event));
        arrival.is_some_and(|event| matches!(event.what, What::Show {}))
    }

    fn library_threw(&self, text: &str) -> bool {
        let events = || self.events.values().map(|event| &event.what);
        let is_plugins = |call: u32| {
            events().any(|event| {
                matches!(event, What::Enter { id, method, .. } if *id == call && method == "doPlugins")
            })
        };
        let left = events().filter_map(|event| match event {
            What::Leave {
                id,
                threw: Some(threw),
                ..
            } if text.contains(threw.as_str()) => Some(*id),
            _ => None,
        });
        let (plugins, library): (Vec<u32>, Vec<u32>) = left.partition(|call| is_plugins(*call));
        plugins.is_empty() && !library.is_empty()
    }
}

/// What is open in the live documents.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Open {
    /// Things that will still happen, in words.
    pub(super) pending: Vec<String>,
    /// Requests that the page waits for: `image https://…`.
    pub(super) requests: Vec<String>,
    /// A document is still loading, perhaps only because of a request that is held open.
    pub(super) loading: bool,
    /// A navigation away has begun.
    pub(super) leaving: bool,
    /// A page that was left has not said so.
    pub(super) farewells: bool,
}

/// The state of a page as it was last heard of.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Known {
    doc: String,
    seq: u32,
    ready: String,
    timers: Vec<String>,
    /// How many: their addresses have other names in the page.
    requests: usize,
}

impl Docs {
    /// Whether an exception with this text came out of a method of a tracker, and not out of the
    /// page's own doPlugins.
    pub(super) fn library_threw(&self, text: &str) -> bool {
        self.docs.iter().any(|doc| doc.library_threw(text))
    }

    /// Takes a batch; its host names are turned back already.
    pub(super) fn absorb(&mut self, batch: Batch) {
        let index = match self.docs.iter().position(|doc| doc.id == batch.doc) {
            Some(index) => index,
            None => {
                self.docs.push(Doc {
                    id: batch.doc.clone(),
                    top: false,
                    arrived: 0,
                    events: BTreeMap::new(),
                    state: DocState::default(),
                    over_at: None,
                });
                self.docs.len() - 1
            }
        };
        let doc = &mut self.docs[index];
        for event in batch.events {
            if let What::Hello { top, .. } = event.what {
                doc.top = top;
            }
            // It may stand in the place of the end that was supposed (see `bury`).
            let arrives = arrives(&event);
            let known = doc.events.insert(event.seq, event);
            if arrives && !known.as_ref().is_some_and(self::arrives) {
                self.arrivals += 1;
                doc.arrived = self.arrivals;
            }
        }
        // A report that was overtaken by a later one tells nothing new of the state.
        if batch.state.report >= doc.state.report {
            doc.state = batch.state;
        }
    }

    /// Addresses of the documents that began, without fragments.
    pub(super) fn addresses(&self) -> Vec<String> {
        self.events()
            .filter_map(|event| match &event.what {
                What::Hello { url, .. } => url.split('#').next().map(str::to_owned),
                _ => None,
            })
            .collect()
    }

    /// How often a top document began or came back.
    pub(super) fn arrivals(&self) -> usize {
        self.docs
            .iter()
            .filter(|doc| doc.top)
            .map(|doc| {
                1 + doc
                    .events
                    .values()
                    .filter(|event| matches!(event.what, What::Show {}))
                    .count()
            })
            .sum()
    }

    pub(super) fn open(&self) -> Open {
        let mut open = Open::default();
        if self
            .docs
            .iter()
            .any(|doc| doc.events.len() < doc.state.seq as usize)
        {
            open.pending
                .push("events that have not arrived yet".to_owned());
        }
        let shown = self.shown();
        for doc in self.live() {
            if doc.top && Some(doc.arrived) != shown {
                // A window shows one page: the last report of this one is under way, or lost.
                open.farewells = true;
                continue;
            }
            let state = &doc.state;
            if !state.assembled {
                open.pending.push("the page's own scripts".to_owned());
            }
            open.pending.extend(state.timers.iter().cloned());
            open.requests.extend(state.requests.iter().cloned());
            open.loading |= state.ready != "complete";
            open.leaving |= state.leaving;
        }
        if shown.is_none() {
            open.pending.push("a page in the window".to_owned());
        }
        open
    }

    /// All events of all documents, in the order in which the documents were first heard of.
    pub(super) fn events(&self) -> impl DoubleEndedIterator<Item = &PageEvent> {
        self.docs.iter().flat_map(|doc| doc.events.values())
    }

    /// Arrival of the page that is in the window: the last one that arrived and is not gone.
    fn shown(&self) -> Option<u32> {
        self.live()
            .filter(|doc| doc.top)
            .map(|doc| doc.arrived)
            .max()
    }

    /// What is known of the page in the window, for it to compare with what it is. `None`: there are frames or other
    /// pages beside it, of which it cannot tell.
    pub(super) fn known(&self) -> Option<Known> {
        let mut live = self.live();
        let (page, others) = (live.next()?, live.next());
        (page.top && others.is_none()).then(|| Known {
            doc: page.id.clone(),
            seq: page.state.seq,
            ready: page.state.ready.clone(),
            timers: page.state.timers.clone(),
            requests: page.state.requests.len(),
        })
    }

    /// Address of the page in the window, if it was loaded anew although the browser had put this page aside.
    pub(super) fn dropped(&self) -> Option<&str> {
        let shown = self.shown()?;
        let page = self.docs.iter().find(|doc| doc.arrived == shown)?;
        let url = page.address()?;
        let parked = |doc: &Doc| doc.top && doc.is_parked() && doc.address() == Some(url);
        (!page.came_back() && self.docs.iter().any(parked)).then_some(url)
    }

    /// Whether an event was heard before.
    pub(super) fn knows(&self, id: &str, seq: u32) -> bool {
        self.docs
            .iter()
            .any(|doc| doc.id == id && doc.events.contains_key(&seq))
    }

    /// Ends the pages that were left without a word: browsers lose the last report of a page whose
    /// process goes with it. That it was hidden is certain, because another page is in its window.
    pub(super) fn bury(&mut self) {
        let shown = self.shown();
        let left = self
            .docs
            .iter_mut()
            .filter(|doc| doc.top && !doc.state.gone && Some(doc.arrived) != shown);
        for doc in left {
            let last = doc.events.values().next_back();
            let seq = last.map_or(0, |event| event.seq) + 1;
            let (at, task) = last.map_or((0.0, 0), |event| (event.at, event.task + 1));
            doc.events.insert(
                seq,
                PageEvent {
                    seq,
                    at,
                    task,
                    within: None,
                    what: What::Hide { persisted: false },
                },
            );
            doc.state.gone = true;
            doc.state.seq = seq;
        }
    }

    /// From now on events are late.
    pub(super) fn over(&mut self) {
        for doc in &mut self.docs {
            doc.over_at = Some(doc.events.keys().last().copied().unwrap_or(0));
        }
    }

    /// Records of all documents, in the order in which they began. The first reports come in another order: a frame
    /// of another process, or a page that is quick, may be heard before the page that it is in.
    pub(super) fn into_records(self) -> Vec<DocRecord> {
        let mut docs = self.docs;
        docs.sort_by(|one, other| one.began().total_cmp(&other.began()));
        docs.into_iter()
            .map(|doc| DocRecord {
                doc: doc.id,
                over_at: doc.over_at.unwrap_or(0),
                events: doc.events.into_values().collect(),
            })
            .collect()
    }

    fn live(&self) -> impl Iterator<Item = &Doc> {
        self.docs.iter().filter(|doc| !doc.state.gone)
    }
}

/// Whether a document begins or comes back with this event.
fn arrives(event: &PageEvent) -> bool {
    matches!(event.what, What::Hello { .. } | What::Show {})
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn batch(doc: &str, gone: bool, events: serde_json::Value) -> Batch {
        let seq = events
            .as_array()
            .and_then(|events| events.last()?["seq"].as_u64());
        serde_json::from_value(json!({
            "doc": doc,
            "events": events,
            "state": {
                "report": seq, "seq": seq, "ready": "complete", "assembled": true,
                "timers": [], "requests": [], "leaving": false, "gone": gone,
            },
        }))
        .expect("a batch as the probe sends it")
    }

    fn hello(seq: u32) -> serde_json::Value {
        hello_at(seq, 0.0)
    }

    fn hello_at(seq: u32, now: f64) -> serde_json::Value {
        json!({ "seq": seq, "task": 1, "at": 1.0, "kind": "hello", "url": "https://www.shop.test/",
            "referrer": "", "top": true, "timezone": 0, "window": [1280, 900, 1280, 814, 24], "now": now, "cookies": "" })
    }

    #[test]
    fn documents_are_in_the_order_in_which_they_began_whichever_was_heard_first() {
        let mut docs = Docs::default();
        docs.absorb(batch("frame", false, json!([hello_at(1, 2000.0)])));
        docs.absorb(batch("page", false, json!([hello_at(1, 1000.0)])));
        let records = docs.into_records();
        let names: Vec<_> = records.iter().map(|record| record.doc.as_str()).collect();
        assert_eq!(names, ["page", "frame"], "the page began before its frame");
    }

    #[test]
    fn a_page_that_was_put_aside_and_is_loaded_anew_was_dropped() {
        let hide = |persisted: bool| json!({ "seq": 2, "task": 2, "at": 2.0, "kind": "hide", "persisted": persisted });
        let show = json!({ "seq": 3, "task": 3, "at": 3.0, "kind": "show" });
        let left = |persisted: bool| {
            let mut docs = Docs::default();
            docs.absorb(batch("one", true, json!([hello(1), hide(persisted)])));
            docs
        };
        let mut dropped = left(true);
        dropped.absorb(batch("anew", false, json!([hello(1)])));
        assert_eq!(dropped.dropped(), Some("https://www.shop.test/"));
        let mut never_kept = left(false);
        never_kept.absorb(batch("anew", false, json!([hello(1)])));
        assert_eq!(
            never_kept.dropped(),
            None,
            "a page that cannot be kept is loaded anew as it should be"
        );
        let mut shown = left(true);
        shown.absorb(batch("one", false, json!([show])));
        assert_eq!(shown.dropped(), None, "it came back");
    }

    #[test]
    fn a_page_that_comes_back_after_its_end_was_supposed_has_arrived_again() {
        let hide = json!({ "seq": 2, "task": 2, "at": 2.0, "kind": "hide", "persisted": true });
        let show = json!({ "seq": 3, "task": 3, "at": 3.0, "kind": "show" });
        let mut docs = Docs::default();
        docs.absorb(batch("one", false, json!([hello(1), hide])));
        docs.absorb(batch("two", false, json!([hello(1)])));
        docs.bury();
        docs.absorb(batch("one", false, json!([show])));
        assert_eq!(
            docs.arrivals(),
            3,
            "what bury() put in its place must not hide that the page came back"
        );
        assert_eq!(
            docs.shown(),
            Some(3),
            "the page that came back is in the window"
        );
    }
}
