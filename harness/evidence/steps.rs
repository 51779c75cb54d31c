//! Which step was current when something happened in a document.
//!
//! A document's own `step` events decide by its own order. What happened before: a top document goes
//! on with the step that the top documents before it had reached. Frames get no step events of the
//! top document, so for them the page's wall clock tells (steps begin when the page is quiet, so
//! there is nothing to confuse); it only labels, no law compares it.

use crate::page::What;
use crate::run::{DocRecord, Recording};

/// The steps of a case, as its documents saw them.
pub struct Steps {
    docs: Vec<DocSteps>,
}

struct DocSteps {
    top: bool,
    /// Wall clock at time origin, ms.
    origin: f64,
    /// Sequence number, time since the origin, number of the step.
    begun: Vec<(u32, f64, u32)>,
    base: u32,
}

impl Steps {
    /// Reads the step events of all documents.
    pub fn of(recording: &Recording) -> Steps {
        let mut docs: Vec<DocSteps> = Vec::new();
        for record in &recording.docs {
            let mut doc = DocSteps::of(record);
            let before = docs.iter().filter(|earlier| earlier.top);
            doc.base = before.map(DocSteps::last).max().unwrap_or(0);
            docs.push(doc);
        }
        Steps { docs }
    }

    /// The step that was current at an event: from 1, 0 is the set-up.
    pub fn at(&self, doc: usize, seq: u32, at_ms: f64) -> u32 {
        let Some(own) = self.docs.get(doc) else {
            return 0;
        };
        let inside = own.begun.iter().filter(|(begun, _, _)| *begun <= seq);
        let inside = inside.map(|(_, _, n)| *n).max();
        if own.top {
            return inside.unwrap_or(own.base);
        }
        let now = own.origin + at_ms;
        let outside = self.docs.iter().filter(|doc| doc.top).flat_map(|doc| {
            doc.begun
                .iter()
                .filter(move |(_, at, _)| doc.origin + at <= now)
        });
        outside.map(|(_, _, n)| *n).max().max(inside).unwrap_or(0)
    }
}

impl DocSteps {
    fn of(record: &DocRecord) -> DocSteps {
        let mut doc = DocSteps {
            top: true,
            origin: 0.0,
            begun: Vec::new(),
            base: 0,
        };
        for event in &record.events {
            match &event.what {
                What::Hello { top, now, .. } => {
                    doc.top = *top;
                    doc.origin = now - event.at;
                }
                What::Step { n } => doc.begun.push((event.seq, event.at, *n)),
                _ => {}
            }
        }
        doc
    }

    fn last(&self) -> u32 {
        self.begun
            .iter()
            .map(|(_, _, n)| *n)
            .max()
            .unwrap_or(self.base)
    }
}
