//! What laws ask of the evidence before they judge: which call made which hit, what a call was
//! due to make, which registrations a hit had to serve. Only what is certain is answered.

use serde_json::{Map, Value};

use crate::evidence::{Call, Evidence, Hit, Invocation, Place};
use crate::scenario::{On, Transport};

/// The tracker's variables by name.
pub(super) type Vars = Map<String, Value>;

/// Variables (and the opt-in service) with which the visitor decides whether anything is sent.
const DECIDE_BY_VISITOR: [&str; 3] = ["adobe.optIn", "visitorSampling", "visitorOptedOut"];

/// How many hits a call of `t` or `tl` is due to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Makes {
    /// One.
    One,
    /// None: it was aborted.
    Nothing,
    /// One or none: the documentation leaves it open, or the call did not end.
    Maybe,
}

/// The tracking calls and hits of one tracker in one document.
pub(super) struct Group<'e> {
    /// Indexes of its tracking calls, in order.
    pub calls: Vec<usize>,
    /// Its hits, in order, late ones left out.
    pub hits: Vec<&'e Hit>,
    /// Every hit that a call was due to make had its chance: fewer hits than calls are a loss.
    pub complete: bool,
}

/// An evidence with what follows from it.
pub(super) struct Facts<'e> {
    /// The evidence.
    pub evidence: &'e Evidence,
    made: Vec<Option<u32>>,
}

impl<'e> Facts<'e> {
    /// Reads an evidence.
    pub fn new(evidence: &'e Evidence) -> Facts<'e> {
        let made = vec![None; evidence.invocations.len()];
        let mut facts = Facts { evidence, made };
        for group in facts.groups() {
            for &call in &group.calls {
                facts.made[call] = facts.certain_hit(&group, call);
            }
            facts.link_by_order(&group);
        }
        facts
    }

    /// Hits that laws judge: of a known tracker, handed over by a page, not late.
    pub fn hits(&self) -> impl Iterator<Item = &'e Hit> + use<'e> {
        self.evidence
            .hits
            .iter()
            .filter(|hit| !hit.late && hit.tracker.is_some() && !hit.handed.is_empty())
    }

    /// Indexes of the calls of `t` and `tl` that somebody made, without a library's own inner calls.
    pub fn tracking_calls(&self) -> Vec<usize> {
        (0..self.evidence.invocations.len())
            .filter(|&index| {
                let invocation = &self.evidence.invocations[index];
                is_tracking(invocation) && !invocation.late && !self.is_inner(index)
            })
            .collect()
    }

    /// Those of the tracking calls that make exactly one hit, by what is documented.
    pub fn single_hit_calls(&self) -> impl Iterator<Item = usize> + '_ {
        let calls = self.tracking_calls().into_iter();
        calls.filter(|&call| self.makes(call) == Makes::One)
    }

    /// The hit that a tracking call made, where it is known.
    pub fn hit_of(&self, call: usize) -> Option<&'e Hit> {
        self.made[call].and_then(|n| self.evidence.hit(n))
    }

    /// The tracking call that made a hit, where it is known.
    pub fn call_of(&self, hit: &Hit) -> Option<usize> {
        self.made.iter().position(|made| *made == Some(hit.n))
    }

    /// Tracking calls with the hits that they made, where that is known.
    pub fn linked(&self) -> Vec<(usize, &'e Hit)> {
        self.tracking_calls()
            .into_iter()
            .filter_map(|call| Some((call, self.hit_of(call).filter(|hit| !hit.late)?)))
            .collect()
    }

    /// `tl` calling `t` on its own tracker is one tracking call.
    fn is_inner(&self, index: usize) -> bool {
        let inner = &self.evidence.invocations[index];
        inner
            .within
            .map(|outer| &self.evidence.invocations[outer])
            .is_some_and(|outer| {
                inner.method == "t"
                    && outer.method == "tl"
                    && outer.tracker == inner.tracker
                    && outer.from_callback == inner.from_callback
            })
    }

    /// Runs of doPlugins that a tracking call caused.
    pub fn plugins_of(&self, call: usize) -> Vec<&'e Invocation> {
        self.evidence
            .invocations
            .iter()
            .filter(|invocation| {
                invocation.method == "doPlugins"
                    && invocation.tracker == self.evidence.invocations[call].tracker
                    && invocation.within.is_some_and(|outer| {
                        outer == call
                            || (self.is_inner(outer)
                                && self.evidence.invocations[outer].within == Some(call))
                    })
            })
            .collect()
    }

    /// The variables that a tracking call compiled: as it found them, with its overrides, or as
    /// doPlugins left them. `None`: unknown.
    pub fn compiled(&self, call: usize) -> Option<Vars> {
        let invocation = &self.evidence.invocations[call];
        if let Some(plugins) = self.plugins_of(call).last() {
            return plugins.after.clone();
        }
        if self.has_stray_plugins(invocation) {
            return None;
        }
        let mut vars = invocation.before.clone();
        for (name, value) in overrides(invocation).into_iter().flatten() {
            vars.insert(name.clone(), value.clone());
        }
        Some(vars)
    }

    /// How many hits a tracking call is due to make.
    pub fn makes(&self, call: usize) -> Makes {
        let invocation = &self.evidence.invocations[call];
        let Some(vars) = self.compiled(call) else {
            return Makes::Maybe;
        };
        if invocation.threw.is_some() || invocation.left.is_none() {
            Makes::Maybe
        } else if truthy(vars.get("abort")) {
            Makes::Nothing
        } else if !truthy(vars.get("account"))
            || DECIDE_BY_VISITOR
                .iter()
                .any(|name| truthy(invocation.before.get(*name)))
            || self.keeps_hits(&invocation.tracker)
            || !says_what_it_tracks(invocation)
        {
            Makes::Maybe
        } else {
            Makes::One
        }
    }

    /// doPlugins ran outside of any tracking call: calls may be compiled later than they are made,
    /// and what it did to which cannot be told.
    fn has_stray_plugins(&self, call: &Invocation) -> bool {
        self.evidence.invocations.iter().any(|invocation| {
            invocation.method == "doPlugins"
                && invocation.tracker == call.tracker
                && invocation.within.is_none()
        })
    }

    /// The tracker was told to buffer or to keep hits, so hits and calls come apart.
    pub fn keeps_hits(&self, tracker: &str) -> bool {
        self.evidence.invocations.iter().any(|invocation| {
            invocation.tracker == tracker
                && (matches!(
                    invocation.method.as_str(),
                    "bufferRequests" | "forceOffline" | "forceOnline"
                ) || truthy(invocation.before.get("trackOffline")))
        })
    }

    /// Links of clicks are tracked by the library itself, without a recorded call.
    pub fn tracks_clicks(&self, tracker: &str) -> bool {
        self.evidence.invocations.iter().any(|invocation| {
            invocation.tracker == tracker
                && ["trackDownloadLinks", "trackExternalLinks"]
                    .iter()
                    .any(|name| truthy(invocation.before.get(*name)))
        })
    }

    /// Tracking calls and hits by tracker and document.
    pub fn groups(&self) -> Vec<Group<'e>> {
        let mut keys: Vec<(&str, usize)> = Vec::new();
        for call in self.tracking_calls() {
            let invocation = &self.evidence.invocations[call];
            let key = (invocation.tracker.as_str(), invocation.entered.doc);
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys.into_iter()
            .map(|(tracker, doc)| self.group(tracker, doc))
            .collect()
    }

    /// The group of a tracker in a document.
    pub fn group(&self, tracker: &str, doc: usize) -> Group<'e> {
        let calls = self
            .tracking_calls()
            .into_iter()
            .filter(|&call| {
                let invocation = &self.evidence.invocations[call];
                invocation.tracker == tracker && invocation.entered.doc == doc
            })
            .collect();
        let hits: Vec<_> = self
            .hits()
            .filter(|hit| hit.tracker.as_deref() == Some(tracker) && doc_of(hit) == Some(doc))
            .collect();
        let complete = !self.is_hidden(doc)
            && !self.has_loose_hits(tracker)
            && hits.iter().all(|hit| settled(hit).is_some());
        Group {
            calls,
            hits,
            complete,
        }
    }

    /// Every hit that was compiled in a document had its chance to be sent.
    pub fn has_sent_everything(&self, doc: usize) -> bool {
        let of_doc = |call: &usize| self.evidence.invocations[*call].entered.doc == doc;
        !self.is_hidden(doc)
            && self
                .tracking_calls()
                .iter()
                .filter(|call| of_doc(call))
                .map(|&call| self.evidence.invocations[call].tracker.as_str())
                .all(|tracker| self.group(tracker, doc).complete && !self.keeps_hits(tracker))
    }

    /// There are hits that may be the tracker's and cannot be put beside its calls.
    fn has_loose_hits(&self, tracker: &str) -> bool {
        self.evidence.hits.iter().any(|hit| {
            let perhaps_its_own = hit.tracker.as_deref().is_none_or(|name| name == tracker);
            perhaps_its_own && (hit.late || hit.handed.is_empty() || hit.tracker.is_none())
        })
    }

    fn is_hidden(&self, doc: usize) -> bool {
        self.evidence
            .documents
            .get(doc)
            .is_some_and(|document| document.hidden.is_some())
    }

    /// The page was gone before the hit was settled in it: whether callbacks had to run is open.
    pub fn page_was_gone(&self, hit: &Hit) -> bool {
        let hidden = doc_of(hit)
            .and_then(|doc| self.evidence.documents.get(doc))
            .and_then(|document| document.hidden);
        match (hidden, settled(hit)) {
            (None, _) => false,
            (Some(hidden), Some(settled)) => settled.before(hidden) != Some(true),
            (Some(_), None) => true,
        }
    }

    /// The hit that the joined evidence gives to a call, if that is certain: a library that sends one
    /// hit at a time may hand over an earlier call's hit within a later call.
    fn certain_hit(&self, group: &Group<'_>, call: usize) -> Option<u32> {
        let n = self.evidence.invocations[call].hit?;
        let told = self
            .calls(On::Pre)
            .any(|(_, run)| run.hit == Some(n) && self.tracking_call_around(run) == Some(call));
        let entered = self.evidence.invocations[call].entered;
        let before = |place: Place| place.before(entered) == Some(true);
        let called = group
            .calls
            .iter()
            .filter(|&&other| before(self.evidence.invocations[other].entered))
            .filter(|&&other| self.makes(other) != Makes::Nothing)
            .count();
        let handed = group
            .hits
            .iter()
            .filter(|hit| hit.handed.first().copied().is_some_and(before))
            .count();
        let nothing_waited = called == handed
            && !self.encloses_another(call, &group.calls)
            && !self.keeps_hits(&self.evidence.invocations[call].tracker);
        (told || nothing_waited).then_some(n)
    }

    /// The tracking call that a callback ran within.
    fn tracking_call_around(&self, run: &Call) -> Option<usize> {
        let mut within = run.within;
        while let Some(index) = within {
            let invocation = &self.evidence.invocations[index];
            if is_tracking(invocation) && !self.is_inner(index) {
                return Some(index);
            }
            within = invocation.within;
        }
        None
    }

    /// Calls and hits of a group that agree in number belong together in their order.
    fn link_by_order(&mut self, group: &Group<'_>) {
        let due: Vec<usize> = group
            .calls
            .iter()
            .copied()
            .filter(|&call| self.makes(call) != Makes::Nothing)
            .collect();
        let certain = due.iter().all(|&call| self.makes(call) == Makes::One)
            && due.len() == group.hits.len()
            && !self.any_nested(&due);
        let agrees = due
            .iter()
            .zip(&group.hits)
            .all(|(&call, hit)| self.made[call].is_none_or(|n| n == hit.n));
        if certain && agrees {
            for (&call, hit) in due.iter().zip(&group.hits) {
                self.made[call] = Some(hit.n);
            }
        }
    }

    fn any_nested(&self, calls: &[usize]) -> bool {
        calls.iter().any(|&call| self.encloses_another(call, calls))
    }

    fn encloses_another(&self, outer: usize, calls: &[usize]) -> bool {
        let all = &self.evidence.invocations;
        calls.iter().any(|&inner| {
            inner != outer
                && all[outer].entered.before(all[inner].entered) == Some(true)
                && all[outer]
                    .left
                    .is_none_or(|left| all[inner].entered.before(left) == Some(true))
        })
    }

    /// Runs of callbacks for a hit out of one list, late ones left out.
    pub fn calls_for(&self, hit: &Hit, on: On) -> Vec<&'e Call> {
        self.calls(on)
            .filter(|(_, call)| call.hit == Some(hit.n))
            .map(|(_, call)| call)
            .collect()
    }

    /// Runs of callbacks out of one list with their indexes, late ones left out.
    pub fn calls(&self, on: On) -> impl Iterator<Item = (usize, &'e Call)> + use<'e> {
        self.evidence
            .calls
            .iter()
            .enumerate()
            .filter(move |(_, call)| call.on == Some(on) && !call.late)
    }
}

/// The document that handed a hit over.
pub(super) fn doc_of(hit: &Hit) -> Option<usize> {
    hit.handed.first().map(|place| place.doc)
}

/// Where the page knew that the hit was over: the transport's end, or for a beacon, whose end no
/// page sees, the hand-over itself.
pub(super) fn settled(hit: &Hit) -> Option<Place> {
    match hit.transport {
        Transport::Beacon => hit.handed.last().copied(),
        _ => hit.ended.as_ref().map(|(place, _)| *place),
    }
}

/// JavaScript's truth of a recorded value.
pub(super) fn truthy(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_f64().is_some_and(|number| number != 0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(_) | Value::Object(_)) => true,
    }
}

/// The object of overrides that a tracking call was given.
pub(super) fn overrides(invocation: &Invocation) -> Option<&Vars> {
    let position = match invocation.method.as_str() {
        "t" => 0,
        "tl" => 3,
        _ => return None,
    };
    invocation
        .args
        .get(position)?
        .as_object()
        .filter(|object| !object.keys().any(|key| key.starts_with('«')))
}

fn is_tracking(invocation: &Invocation) -> bool {
    matches!(invocation.method.as_str(), "t" | "tl")
}

/// `tl` without a type and a name may be no link at all.
fn says_what_it_tracks(invocation: &Invocation) -> bool {
    let given = |position: usize| {
        invocation
            .args
            .get(position)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    };
    invocation.method == "t" || (given(1) && given(2))
}
