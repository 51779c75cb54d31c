//! Laws: documented claims as pure functions from evidence to judged instances, a file a family.
//! They run on every case of their library, whatever its scenario was written for, so they judge
//! only what the documentation leaves no doubt about, and never a duration.

mod abort;
mod beacon;
mod callbacks;
mod clear;
mod duty;
mod encoding;
mod facts;
mod link;
mod plugins;
mod post;
mod pre;
mod sdk;
mod sdk_hooks;
pub(super) mod show;
mod track;
mod url;
mod values;

#[cfg(test)]
pub(super) mod exhibits;

use crate::evidence::{Evidence, Hit};
use crate::scenario::Library;

use super::{Instance, Violation};

/// A documented claim, as a function.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// The requirement that it proves: `POST-03`.
    pub id: &'static str,
    /// The library whose documentation makes the claim.
    pub library: Library,
    /// What it states, in one sentence.
    pub states: &'static str,
    /// Judges an evidence: one instance for each occasion on which the claim can be seen to hold
    /// or to be violated; none where nothing exercises it.
    pub judge: fn(&Evidence) -> Vec<Instance>,
}

/// All laws, in the order of the requirements.
pub fn laws() -> &'static [Law] {
    LAWS
}

const fn law(id: &'static str, states: &'static str, judge: fn(&Evidence) -> Vec<Instance>) -> Law {
    Law {
        id,
        library: Library::Appmeasurement,
        states,
        judge,
    }
}

const fn sdk(id: &'static str, states: &'static str, judge: fn(&Evidence) -> Vec<Instance>) -> Law {
    Law {
        library: Library::Alloy,
        ..law(id, states, judge)
    }
}

#[rustfmt::skip]
const LAWS: &[Law] = &[
    law("POST-01", "a function registered for post runs for a delivered hit, after the end of its transport", post::runs_after_delivery),
    law("POST-02", "a post function runs in the very turn in which the hit's transport ended", post::runs_at_once),
    law("POST-03", "a post function does not run for a failed hit", post::silent_on_failure),
    law("POST-04", "a post function runs once a registration for every delivered hit, and for nothing else", post::runs_for_each_hit),
    law("POST-05", "`t` in the body of a post function makes a series of hits that does not end", post::page_view_series),
    law("POST-06", "`tl` in the body of a post function makes a series of hits that does not end", post::link_series),
    law("POST-07", "every post function that was registered runs", post::registrations_add_up),
    law("POST-08", "a post function that was registered several times runs as often", post::repeats_add_up),
    law("POST-10", "the first argument of a post function is the whole URL of the hit, as a string", post::first_argument),
    law("POST-11", "every post function gets the URL that was sent, whatever another did to its argument", post::argument_is_a_copy),
    law("POST-12", "the further arguments of a post function are those of its registration, in order", post::extra_arguments),
    law("POST-13", "a registration takes the function only and passes on no further arguments", post::function_only),
    law("POST-14", "what a post function cleared with `clearVars` is not in the next hit", post::cleared_stays_cleared),
    law("PRE-01", "a function registered for pre runs before the hit is handed over", pre::runs_before_sending),
    law("PRE-02", "a pre function runs once a registration for every hit that was compiled, failed ones too", pre::runs_for_each_hit),
    law("PRE-03", "what holds of post functions (URL, arguments, repeats, series) holds of pre functions", pre::like_post),
    law("PRE-04", "nothing that a pre function does changes the hit that is about to be sent", pre::hit_is_settled),
    law("PRE-05", "a pre function runs just before its hit is handed over: no other hit comes between", pre::runs_just_before),
    law("PRE-06", "where no hit of the tracker is on its way, nothing of it comes between a pre function and its hit", pre::next_is_its_own_hit),
    law("T-01", "a call of `t` or `tl` makes one hit, with the variables that are defined", track::one_call_one_hit),
    law("T-02", "overrides of `t` and `tl` hold for their call only", track::overrides_are_for_one_call),
    law("T-03", "with trackingServerSecure alone, hits of an https page go there", track::secure_server_suffices),
    law("T-04", "the path of a hit ends with /1/, as in the sample", track::path_of_the_sample),
    law("T-05", "the path of a hit is /b/ss/, its report suites, /1/, and no more than version and random number", track::path_begins_as_documented),
    law("TL-01", "a hit of `tl` has pe=lnk_o, lnk_d or lnk_e, after its link type", link::is_no_page_view),
    law("TL-02", "the link's name is pev2, its address pev1", link::name_and_address),
    law("TL-05", "hits of exit links are beacons", link::exits_use_beacons),
    law("CLR-01", "`clearVars` clears the listed variables, leaves the others alone and returns nothing", clear::clears_the_listed),
    law("ABT-01", "`abort` suppresses the call it was set for and no other, then is false again", abort::suppresses_one_call),
    law("ABT-02", "`abort` set in doPlugins suppresses that call", abort::works_in_plugins),
    law("DPL-01", "doPlugins runs once for every `t` and `tl` if `usePlugins` is set, else never", plugins::runs_if_wanted),
    law("BCN-01", "with `useBeacon` the next hit is a beacon", beacon::is_used),
    law("BCN-02", "`useBeacon` is false again after a tracking call", beacon::resets),
    law("LTV-01", "linkTrackVars limits the variables of a `tl` hit to those it lists", link::listed_variables_only),
    law("LTV-02", "linkTrackVars = \"None\" lets no variable into a `tl` hit", link::no_variables),
    law("LTV-03", "without linkTrackVars a `tl` hit has all variables", link::all_variables),
    law("LTE-01", "events of a `tl` hit are those that linkTrackEvents names, if linkTrackVars lists `events`", link::listed_events_only),
    law("LTE-02", "without linkTrackEvents a `tl` hit has all events", link::all_events),
    law("LTV-04", "linkTrackVars lets context data into a `tl` hit as contextData. and their key", encoding::listed_context_data),
    law("SRV-01", "hits of an https page go to trackingServerSecure, if that is blank to trackingServer", url::server_of_secure_pages),
    law("URL-01", "AQB is the first parameter of a hit and AQE its last", url::is_whole),
    law("URL-02", "the first hit of a page has no `lrt`", url::round_trip_needs_a_hit_before),
    law("URL-04", "a hit has the page's address: 255 characters in g, the rest in -g", encoding::address_of_the_page),
    law("CTX-01", "a page view has the context data that were set, under their keys", encoding::context_data),
    law("EVT-01", "a page view has `events` as it was written", encoding::events_as_written),
    law("PRD-01", "a page view has `products` as it was written", encoding::products_as_written),
    law("TS-01", "a hit has the time that was set for it, and without one none", encoding::time_of_one_hit),
    law("ID-02", "a hit has the visitor's id that was set", encoding::visitor_ids),
    sdk("POST-18", "the promise of `sendEvent` is fulfilled for events that were sent successfully, and for no others", sdk::fulfilled_means_success),
    sdk("WEB-01", "the promise of `sendEvent` is fulfilled if its request succeeds and rejected if it fails", sdk::settles_by_success),
    sdk("WEB-02", "an instance that was not configured refuses `sendEvent`", sdk::needs_configure),
    sdk("WEB-03", "the promise of `sendEvent` is fulfilled only after a request was made", sdk::fulfilled_means_sent),
    sdk("WEB-04", "the result of `sendEvent` has the lists propositions, inferences and destinations", sdk::result_has_lists),
    sdk("WEB-05", "an event with `documentUnloading` is a beacon, or goes another way if it is too large", sdk_hooks::unloading_uses_beacons),
    sdk("WEB-06", "an event for which `onBeforeEventSend` throws is not sent", sdk_hooks::throwing_sends_nothing),
    sdk("WEB-07", "an event for which `onBeforeEventSend` returns false is not sent", sdk_hooks::false_sends_nothing),
    sdk("WEB-08", "commands that came before the library run in their order, and stay pending while it is not there", sdk_hooks::keeps_commands),
    sdk("WEB-09", "monitors are told of every request and of the end of every command", sdk_hooks::monitors_are_called),
    sdk("WEB-10", "events go to the configured domain and path, else to edge.adobedc.net and ee", sdk::goes_where_configured),
];

/// An instance about a hit (or none) that holds.
fn holds(hit: Option<&Hit>) -> Instance {
    instance(hit, None)
}

/// An instance about a hit (or none) that is violated. `why` says what happened and what was
/// documented without naming numbers or values: equal sentences of many cases are one finding.
fn violated(hit: Option<&Hit>, why: impl Into<String>, events: Vec<String>) -> Instance {
    instance(
        hit,
        Some(Violation {
            why: why.into(),
            events,
        }),
    )
}

pub(super) fn instance(hit: Option<&Hit>, violation: Option<Violation>) -> Instance {
    Instance {
        hit: hit.map(|hit| hit.n),
        transport: hit.map(|hit| hit.transport),
        fault: hit.and_then(|hit| hit.fault),
        violation,
    }
}
