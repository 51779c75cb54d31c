//! What one world holds: the open cases, the connections, and what belonged to nobody.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::scenario::HostState;

use super::answer::header;
use super::case::CaseState;
use super::hosts::{is_browsers_own, is_local};
use super::sites::registrable;
use super::socks::{Reply, Target};
use super::{Ca, lock};

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// It serves.
    Serve,
    /// It ends as soon as no request is on it.
    EndIdle,
    /// It ends at once.
    End,
}

pub(super) struct Registry {
    pub ca: Ca,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cases: Vec<Arc<CaseState>>,
    /// Sites of closed cases: late traffic of theirs is no news.
    retired: HashSet<String>,
    connections: HashMap<u64, Connection>,
    last_connection: u64,
    strays: Vec<String>,
}

struct Connection {
    host: String,
    wish: watch::Sender<Wish>,
}

impl Registry {
    pub fn new(ca: Ca) -> Registry {
        Registry {
            ca,
            state: Mutex::default(),
        }
    }

    pub fn add(&self, case: Arc<CaseState>) {
        lock(&self.state).cases.push(case);
    }

    /// Forgets a case and ends its connections.
    pub fn remove(&self, case: &Arc<CaseState>) {
        let report = registrable(&case.spec.report_host);
        let sites: Vec<&str> = case.sites().fresh_domains().chain(report).collect();
        let mut state = lock(&self.state);
        state.cases.retain(|other| !Arc::ptr_eq(other, case));
        // From here on no connection to them is let in.
        self.ca.forget(&sites);
        state.retired.extend(sites.into_iter().map(str::to_owned));
        for connection in state.connections.values() {
            if case.owns(&connection.host) {
                connection.wish.send_replace(Wish::End);
            }
        }
    }

    /// Ends connections of this case to hosts that the pattern's canonical name means.
    pub fn end_idle(&self, case: &CaseState, is_meant: impl Fn(&str) -> bool) {
        for connection in lock(&self.state).connections.values() {
            let ours = case.owns(&connection.host) || registrable(&connection.host).is_none();
            if ours && is_meant(&case.sites().canonical(&connection.host)) {
                connection.wish.send_replace(Wish::EndIdle);
            }
        }
    }

    /// Whether a connection may be opened; refusals are written down where they belong.
    pub fn admit(&self, target: &Target) -> Result<(), Reply> {
        let Target { host, port } = target;
        if is_local(host) {
            self.stray(format!("{host}:{port}"));
            return Err(Reply::NotAllowed);
        }
        if registrable(host).is_none() && is_browsers_own(host) {
            return Err(Reply::NotAllowed);
        }
        let cases = self.cases_for_host(host);
        if cases.is_empty() {
            if !self.is_retired(host) {
                self.stray(format!("{host}:{port}"));
            }
            return Err(Reply::NotAllowed);
        }
        let reply = match self.host_state(host) {
            HostState::Refuse => Reply::ConnectionRefused,
            HostState::Dns => Reply::HostUnreachable,
            HostState::Up | HostState::Tls => return Ok(()),
        };
        self.refused(target);
        Err(reply)
    }

    /// The state of a host, by its name on the wire. A host outside of the cases' sites belongs to
    /// whichever case says something about it.
    pub fn host_state(&self, host: &str) -> HostState {
        self.cases_for_host(host)
            .iter()
            .map(|case| case.host_state(&case.sites().canonical(host)))
            .find(|state| *state != HostState::Up)
            .unwrap_or_default()
    }

    /// Writes down that a host's state kept a connection away.
    pub fn refused(&self, target: &Target) {
        for case in self.cases_for_host(&target.host) {
            let state = case.host_state(&case.sites().canonical(&target.host));
            if state != HostState::Up {
                case.refused(&target.host, target.port, state);
            }
        }
    }

    fn cases_for_host(&self, host: &str) -> Vec<Arc<CaseState>> {
        let ours = registrable(host).is_some();
        lock(&self.state)
            .cases
            .iter()
            .filter(|case| !ours || case.owns(host))
            .cloned()
            .collect()
    }

    /// The case that a request belongs to: by the host, or, where the host is nobody's, by a fresh
    /// name in what says where the request comes from.
    pub fn case_of(
        &self,
        host: &str,
        target: &str,
        headers: &[(String, String)],
    ) -> Option<Arc<CaseState>> {
        let cases = self.cases_for_host(host);
        if registrable(host).is_some() {
            return cases.into_iter().next();
        }
        [
            header(headers, "referer"),
            header(headers, "origin"),
            Some(target),
        ]
        .into_iter()
        .flatten()
        .find_map(|text| cases.iter().find(|case| case.is_named_in(text)).cloned())
    }

    fn is_retired(&self, host: &str) -> bool {
        registrable(host).is_some_and(|site| lock(&self.state).retired.contains(site))
    }

    /// Writes down what belongs to no case, once.
    pub fn stray(&self, what: String) {
        let mut state = lock(&self.state);
        if !state.strays.contains(&what) {
            state.strays.push(what);
        }
    }

    pub fn strays(&self) -> Vec<String> {
        lock(&self.state).strays.clone()
    }

    /// Numbers a connection and keeps it where wishes reach it, as long as the guard lives.
    pub fn connect(self: &Arc<Self>, host: &str) -> Connected {
        let (wish, wishes) = watch::channel(Wish::Serve);
        let mut state = lock(&self.state);
        state.last_connection += 1;
        let number = state.last_connection;
        let host = host.to_owned();
        state.connections.insert(number, Connection { host, wish });
        Connected {
            number,
            wishes,
            registry: self.clone(),
        }
    }
}

/// A connection in the registry.
pub(super) struct Connected {
    pub number: u64,
    pub wishes: watch::Receiver<Wish>,
    registry: Arc<Registry>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        lock(&self.registry.state).connections.remove(&self.number);
    }
}

impl CaseState {
    /// Whether a host on the wire is in one of the case's sites.
    fn owns(&self, host: &str) -> bool {
        registrable(host).is_some_and(|site| {
            self.sites().fresh_domains().any(|fresh| fresh == site)
                || registrable(&self.spec.report_host) == Some(site)
        })
    }

    fn is_named_in(&self, text: &str) -> bool {
        self.sites()
            .fresh_domains()
            .any(|fresh| text.contains(fresh))
    }
}
