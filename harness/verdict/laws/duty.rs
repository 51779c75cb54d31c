//! Which registrations a hit had to serve, and which it was free to.

use crate::evidence::{Hit, Place, Registration};
use crate::scenario::On;

use super::facts::{Facts, doc_of, settled};

/// The registrations of one function that a hit had to serve.
pub(super) struct Due<'e> {
    /// The callback's name.
    pub name: &'e str,
    /// They had to run, once each.
    pub required: Vec<&'e Registration>,
    /// They may have run, once each: made while the hit was under way.
    pub optional: Vec<&'e Registration>,
}

impl<'e> Due<'e> {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &'e Registration> {
        self.required.iter().chain(&self.optional).copied()
    }
}

enum Duty {
    Required,
    Optional,
}

impl<'e> Facts<'e> {
    /// The functions that were registered for a hit, in the order of their first registration.
    pub fn due(&self, hit: &Hit, on: On) -> Vec<Due<'e>> {
        let mut dues: Vec<Due<'e>> = Vec::new();
        for registration in &self.evidence.registrations {
            let Some(name) = registration.name.as_deref() else {
                continue;
            };
            let applies = registration.on == on
                && registration.what == "function"
                && Some(registration.tracker.as_str()) == hit.tracker.as_deref()
                && Some(registration.place.doc) == doc_of(hit);
            let Some(duty) = applies
                .then(|| self.duty(hit, on, registration.place))
                .flatten()
            else {
                continue;
            };
            let position = dues
                .iter()
                .position(|due| due.name == name)
                .unwrap_or_else(|| {
                    dues.push(Due {
                        name,
                        required: Vec::new(),
                        optional: Vec::new(),
                    });
                    dues.len() - 1
                });
            match duty {
                Duty::Required => dues[position].required.push(registration),
                Duty::Optional => dues[position].optional.push(registration),
            }
        }
        dues
    }

    fn duty(&self, hit: &Hit, on: On, registered: Place) -> Option<Duty> {
        let handed = *hit.handed.first()?;
        if on == On::Pre {
            let required = self
                .earliest_compile(hit)
                .is_some_and(|compiled| registered.before(compiled) == Some(true));
            let possible = registered.before(handed) == Some(true);
            return match (required, possible) {
                (true, _) => Some(Duty::Required),
                (false, true) => Some(Duty::Optional),
                (false, false) => None,
            };
        }
        if registered.before(handed) == Some(true) {
            return Some(Duty::Required);
        }
        let last_call = self.calls_for(hit, on).last().map(|call| call.place);
        let open = [settled(hit), last_call].into_iter().flatten().any(|end| {
            registered.before(end) == Some(true) || registered.same_task(end) == Some(true)
        });
        open.then_some(Duty::Optional)
    }

    /// The earliest place at which the hit's URL can have been compiled.
    fn earliest_compile(&self, hit: &Hit) -> Option<Place> {
        let tracker = hit.tracker.as_deref()?;
        if self.keeps_hits(tracker) {
            return None;
        }
        if let Some(call) = self.call_of(hit) {
            return Some(self.evidence.invocations[call].entered);
        }
        self.group(tracker, doc_of(hit)?)
            .calls
            .first()
            .map(|&call| self.evidence.invocations[call].entered)
    }
}
