//! What became of a hit: decided on the wire where it arrived, after redirects. The page is asked
//! only for what the documentation leaves open: whether it was still there, and whether it had
//! given the hit up.

use super::Outcome;
use super::wire::{Chain, target_of};
use crate::scenario::{Action, Fault, HostState, Scenario, Transport};
use crate::world::{BodyKind, Refusal, WireAnswer, WireEnd};

/// Everything that an outcome depends on.
pub struct Case<'c> {
    /// The hit's transport.
    pub transport: Transport,
    /// It is a request of the Web SDK.
    pub is_edge: bool,
    /// The hit's host.
    pub host: &'c str,
    /// Its step.
    pub step: u32,
    /// Its wire requests, in order of arrival.
    pub chains: &'c [Chain<'c>],
    /// How the last send ended in the page's eyes.
    pub ended: Option<&'c str>,
    /// The document was hidden before it ended.
    pub page_gone: bool,
    /// What `sendBeacon` returned at the last send.
    pub accepted: Option<bool>,
    /// A policy of the page blocked it.
    pub blocked: bool,
    /// Connections that were not let through.
    pub refusals: &'c [Refusal],
    /// The scenario, for the states of hosts.
    pub scenario: &'c Scenario,
}

/// The outcome and the fault that was met.
pub fn decide(case: &Case) -> (Outcome, Option<Fault>) {
    let seen: Vec<_> = case
        .chains
        .iter()
        .map(|chain| answered(case, chain))
        .collect();
    let met = seen.iter().find_map(|(_, fault)| *fault);
    let delivered = seen
        .iter()
        .find(|(outcome, _)| *outcome == Outcome::Delivered);
    let Some((outcome, fault)) = delivered.or(seen.last()) else {
        return never_arrived(case);
    };
    let fault = fault.or(met);
    match outcome {
        // A beacon is out of the page's hands: nothing in the page waits for its answer.
        // Whether the request was still seen is a matter of timing, and so is its fault.
        _ if case.page_gone && case.transport != Transport::Beacon => (page_gone(), None),
        Outcome::Delivered if given_up(case) => (
            undecided("answered after it was given up, or of no use to the page"),
            fault,
        ),
        outcome => (outcome.clone(), fault),
    }
}

fn answered(case: &Case, chain: &Chain) -> (Outcome, Option<Fault>) {
    let answer = &chain.last().answer;
    let failed = |fault: Fault| (Outcome::Failed, Some(answer.fault.unwrap_or(fault)));
    // A stalled or held answer that was let go when the case was over never came while it ran.
    if answer.late {
        return failed(Fault::Stall);
    }
    match answer.end {
        WireEnd::Open => failed(Fault::Stall),
        WireEnd::Reset => failed(Fault::Reset),
        WireEnd::Closed => failed(Fault::Close),
        WireEnd::Truncated => failed(Fault::Truncate),
        WireEnd::ClientGone => match answer.fault {
            Some(fault) if breaks_off(fault) => (Outcome::Failed, Some(fault)),
            fault => (undecided("the browser went away before the answer"), fault),
        },
        WireEnd::Complete => match answer.status {
            Some(400..) => failed(Fault::Status),
            Some(200..300) => (accepted(case, answer), answer.fault),
            Some(300..400) => redirected(case, chain),
            _ => (
                undecided("a status that is documented nowhere"),
                answer.fault,
            ),
        },
    }
}

fn accepted(case: &Case, answer: &WireAnswer) -> Outcome {
    let transport = case.transport;
    let useful = match transport {
        Transport::Fetch if case.is_edge => answer.body == BodyKind::Json,
        Transport::Image => answer.body == BodyKind::Image,
        Transport::Script => answer.body == BodyKind::Script,
        Transport::Beacon | Transport::Xhr | Transport::Fetch => true,
    };
    let hidden = matches!(transport, Transport::Xhr | Transport::Fetch) && !answer.readable;
    match (useful, hidden) {
        (false, _) => undecided(match answer.body {
            BodyKind::Empty => "2xx without a body",
            _ => "2xx with a body that the transport does not expect",
        }),
        (true, true) => undecided("CORS hides the answer from the page"),
        (true, false) => Outcome::Delivered,
    }
}

/// A redirect that no request followed.
fn redirected(case: &Case, chain: &Chain) -> (Outcome, Option<Fault>) {
    let target = target_of(chain.last());
    let host = target.as_ref().and_then(|target| target.host_str());
    match host.and_then(|host| refused(case, host)) {
        Some(fault) => (Outcome::Failed, Some(fault)),
        None => (
            undecided("a redirect that was not followed"),
            chain.last().answer.fault,
        ),
    }
}

fn never_arrived(case: &Case) -> (Outcome, Option<Fault>) {
    if case.blocked {
        return (Outcome::Failed, Some(Fault::Policy));
    }
    if let Some(fault) = refused(case, case.host) {
        return (Outcome::Failed, Some(fault));
    }
    match case.accepted {
        // The browser itself says that it will not send it.
        Some(false) => (Outcome::Failed, None),
        Some(true) => (
            undecided("a beacon that was accepted and never seen on the wire"),
            None,
        ),
        None if case.page_gone => (page_gone(), None),
        None => (undecided("never seen on the wire"), None),
    }
}

/// The state that kept requests away from a host: the one that a step gave it, if it was seen to
/// refuse in that state, else the last one seen. A host that is up again keeps nothing away.
fn refused(case: &Case, host: &str) -> Option<Fault> {
    let refusals = case.refusals.iter().filter(|refusal| refusal.host == host);
    let seen: Vec<HostState> = refusals.map(|refusal| refusal.state).collect();
    match state_in(case.scenario, host, case.step) {
        Some(HostState::Up) => None,
        Some(state) if seen.contains(&state) => state.fault(),
        _ => seen.last().and_then(|state| state.fault()),
    }
}

/// The state of a host in a step, where a step before (or it) set one.
fn state_in(scenario: &Scenario, host: &str, step: u32) -> Option<HostState> {
    let until = scenario.steps.iter().take(step as usize).rev();
    until
        .map(|step| &step.action)
        .find_map(|action| match action {
            Action::Network { host: of, state } if of == host => Some(*state),
            _ => None,
        })
}

fn given_up(case: &Case) -> bool {
    matches!(case.ended, Some("error" | "abort" | "timeout"))
}

fn breaks_off(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::Reset | Fault::Close | Fault::Truncate | Fault::Stall
    )
}

fn page_gone() -> Outcome {
    undecided("the page was gone")
}

fn undecided(why: &str) -> Outcome {
    Outcome::Undecided(why.to_owned())
}
