//! What the rest of the project sees of the world: one [`World`] a browser session, one
//! [`OpenCase`] a case that is running in it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};

use crate::scenario::{Endpoint, HostState};

use super::case::CaseState;
use super::edge::Organisations;
use super::endpoint::wildcard;
use super::log::{WireLog, WireRequest};
use super::registry::Registry;
use super::{Ca, Pages, Sites, WorldError, connection};

/// Between two attempts to accept a connection while the system has no file to spare.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// The network of one browser session: a SOCKS5 proxy on loopback. Dropping it ends all of it.
pub struct World {
    registry: Arc<Registry>,
    socks_port: u16,
    listening: AbortHandle,
}

/// What a case needs of the world.
pub struct CaseSpec {
    /// The case's sites.
    pub sites: Sites,
    /// The scenario's endpoints.
    pub endpoints: Vec<Endpoint>,
    /// Which organisations its datastreams belong to.
    pub organisations: Organisations,
    /// What serves its pages.
    pub pages: Arc<dyn Pages>,
    /// The host that the probe reports to, by its fresh name ([`Sites::report_host`]).
    pub report_host: String,
}

/// A request that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// `GET https://metrics.shop.test/b/ss/…`
    pub description: String,
    /// The scenario keeps it open, by `hold` or `stall`.
    pub held: bool,
}

impl World {
    /// Listens on a free port of 127.0.0.1; call it inside of a tokio runtime.
    ///
    /// # Errors
    /// When the system gives no port.
    pub async fn start(ca: Ca) -> Result<World, WorldError> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(WorldError::Listen)?;
        let socks_port = listener.local_addr().map_err(WorldError::Listen)?.port();
        let registry = Arc::new(Registry::new(ca));
        let listening = tokio::spawn(listen(listener, registry.clone())).abort_handle();
        Ok(World {
            registry,
            socks_port,
            listening,
        })
    }

    /// Port of the SOCKS5 proxy on 127.0.0.1.
    pub fn socks_port(&self) -> u16 {
        self.socks_port
    }

    /// Opens a case: from now on its hosts exist.
    pub fn open(&self, spec: CaseSpec) -> OpenCase {
        let (sender, reports) = mpsc::unbounded_channel();
        let case = Arc::new(CaseState::new(spec, sender));
        self.registry.add(case.clone());
        OpenCase {
            case,
            registry: self.registry.clone(),
            reports,
        }
    }

    /// What was asked for and belongs to no case, in order of first arrival: `host:port`, or the
    /// address where a request was made. Browsers' own calls home are left out.
    pub fn strays(&self) -> Vec<String> {
        self.registry.strays()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, registry: Arc<Registry>) {
    // Dropped with this task, and with it all connections.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => {
                    connections.spawn(connection::run(registry.clone(), tcp));
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// A case in its world. Closing (or dropping) it ends its connections; its hosts exist no more.
pub struct OpenCase {
    case: Arc<CaseState>,
    registry: Arc<Registry>,
    /// Bodies of the probe's reports, in order of arrival, with fresh names as the page sent them.
    pub reports: mpsc::UnboundedReceiver<Bytes>,
}

impl OpenCase {
    /// Lets answers under `hold` of this name go, those that will come later too.
    pub fn release(&self, name: &str) {
        self.case.release(name);
    }

    /// Changes the state of a host (as the scenario names it; `*` for any characters), and on a
    /// change ends connections to it that no request is on: browsers keep them alive.
    pub fn set_host(&self, host: &str, state: HostState) {
        let before = self.case.host_state(host);
        self.case.set_host_state(host, state);
        if before != state || host.contains('*') {
            self.registry
                .end_idle(&self.case, |other| wildcard(host, other));
        }
    }

    /// Requests that have not ended, in order of arrival.
    pub fn open_requests(&self) -> Vec<OpenRequest> {
        self.case.open_requests()
    }

    /// Whether such a request has arrived.
    pub fn seen(&self, is_it: impl FnMut(&WireRequest) -> bool) -> bool {
        self.case.seen(is_it)
    }

    /// The log so far.
    pub fn log(&self) -> WireLog {
        self.case.log()
    }

    /// Changes with every arrival, end, refusal, hold and release of a request.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.case.changes()
    }

    /// The page reported that the library handed over a URL with this key ([`super::hit_key`]).
    /// Endpoints with `sends` need it to tell the library's sends from the browser's repetitions.
    pub fn note_handed(&self, key: &str) {
        self.case.note_handed(key);
    }

    /// The case is over: held and stalled answers go out, and what ends or arrives from now on is
    /// late.
    pub fn finish(&self) {
        self.case.finish();
    }

    /// Ends the case. Requests that have not ended by now stay open in the log.
    pub fn close(self) -> WireLog {
        self.case.log()
    }
}

impl Drop for OpenCase {
    fn drop(&mut self) {
        self.registry.remove(&self.case);
    }
}
