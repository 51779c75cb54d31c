//! What the documents of a case reported so far, and what is still open in them.

use std::collections::BTreeMap;

use super::DocRecord;
use crate::page::{Batch, DocState, PageEvent, What};

/// The documents of one case.
#[derive(Debug, Default)]
pub(super) struct Docs {
    docs: Vec<Doc>,
}

#[derive(Debug)]
struct Doc {
    id: String,
    top: bool,
    /// By sequence number: the last batch of a document may repeat what was sent before.
    events: BTreeMap<u32, PageEvent>,
    state: DocState,
    over_at: Option<u32>,
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
}

impl Docs {
    /// Takes a batch; its host names are turned back already.
    pub(super) fn absorb(&mut self, batch: Batch) {
        let index = match self.docs.iter().position(|doc| doc.id == batch.doc) {
            Some(index) => index,
            None => {
                self.docs.push(Doc {
                    id: batch.doc.clone(),
                    top: false,
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
            doc.events.insert(event.seq, event);
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

    /// The live top document's id and the number of its last event.
    pub(super) fn top(&self) -> Option<(&str, u32)> {
        self.live()
            .filter(|doc| doc.top)
            .last()
            .map(|doc| (doc.id.as_str(), doc.state.seq))
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
        for doc in self.live() {
            let state = &doc.state;
            if !state.assembled {
                open.pending.push("the page's own scripts".to_owned());
            }
            open.pending.extend(state.timers.iter().cloned());
            open.requests.extend(state.requests.iter().cloned());
            open.loading |= state.ready != "complete";
            open.leaving |= state.leaving;
        }
        // A window shows one page: another that still seems to live has its last report under way.
        match self.live().filter(|doc| doc.top).count() {
            0 => open.pending.push("a page in the window".to_owned()),
            1 => {}
            _ => open
                .pending
                .push("the last report of the page that was left".to_owned()),
        }
        open
    }

    /// All events of all documents, in the order in which the documents began.
    pub(super) fn events(&self) -> impl DoubleEndedIterator<Item = &PageEvent> {
        self.docs.iter().flat_map(|doc| doc.events.values())
    }

    /// From now on events are late.
    pub(super) fn over(&mut self) {
        for doc in &mut self.docs {
            doc.over_at = Some(doc.events.keys().last().copied().unwrap_or(0));
        }
    }

    pub(super) fn into_records(self) -> Vec<DocRecord> {
        self.docs
            .into_iter()
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
