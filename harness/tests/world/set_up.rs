//! Cases for tests, and waiting for conditions.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use posttrack::scenario::{Answer, Endpoint, Fault, Location};
use posttrack::world::{
    Ca, CaseSpec, Labels, OpenCase, Organisations, PageAnswer, PageRequest, Pages, Sites, WireLog,
    WireRequest, World,
};

use crate::client::Client;

/// Far longer than anything here takes: reached only when a test fails.
const HANG: Duration = Duration::from_secs(60);

/// Serves one page on `www.shop.test`, and says what it was asked.
pub struct OnePage;

impl Pages for OnePage {
    fn page(&self, request: &PageRequest) -> Option<PageAnswer> {
        (request.host == "www.shop.test").then(|| answer(&format!("page {}", request.target)))
    }

    fn wrap_html(&self, _: &PageRequest, html: &str) -> PageAnswer {
        answer(&format!("probe {html}"))
    }
}

fn answer(html: &str) -> PageAnswer {
    PageAnswer {
        status: 200,
        headers: Vec::new(),
        content_type: "text/html".to_owned(),
        body: Bytes::from(html.to_owned()),
    }
}

/// A world with a way in.
pub struct Net {
    pub world: World,
    pub client: Client,
    pub labels: Labels,
}

impl Net {
    pub async fn new() -> Net {
        let ca = Ca::new().unwrap();
        let world = World::start(ca.clone()).await.unwrap();
        let client = Client::new(world.socks_port(), &ca.pem());
        Net {
            world,
            client,
            labels: Labels::default(),
        }
    }

    /// Opens a case of `shop.test` and `partner.test`.
    pub fn open(&self, endpoints: Vec<Endpoint>) -> TestCase {
        let scenario = crate::cases::scenario();
        let sites = Sites::for_scenario(&scenario, &self.labels);
        let spec = CaseSpec {
            report_host: sites.report_host().to_owned(),
            sites: sites.clone(),
            endpoints,
            organisations: Organisations::of(&scenario),
            pages: Arc::new(OnePage),
        };
        TestCase {
            open: self.world.open(spec),
            sites,
        }
    }
}

pub struct TestCase {
    pub open: OpenCase,
    pub sites: Sites,
}

impl TestCase {
    /// The name on the wire.
    pub fn host(&self, canonical: &str) -> String {
        self.sites.fresh(canonical)
    }

    /// Waits until the log is as it should be.
    pub async fn until(&self, what: &str, is_so: impl Fn(&OpenCase) -> bool) {
        let mut changes = self.open.changes();
        let waiting = async {
            while !is_so(&self.open) {
                changes.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(HANG, waiting).await.is_err() {
            panic!("never so: {what}; the log: {:#?}", self.open.log());
        }
    }

    /// The log once all its requests have ended.
    pub async fn ended_log(&self) -> WireLog {
        self.until("all requests ended", |open| open.open_requests().is_empty())
            .await;
        self.open.log()
    }

    /// The only request of the case, ended.
    pub async fn only_request(&self) -> WireRequest {
        let mut log = self.ended_log().await;
        assert_eq!(log.requests.len(), 1, "one request was sent: {log:#?}");
        log.requests.remove(0)
    }
}

/// An endpoint that does this to all tracking requests.
pub fn endpoint(answer: Answer) -> Endpoint {
    Endpoint {
        host: None,
        path: None,
        transport: None,
        hits: Vec::new(),
        sends: Vec::new(),
        answer,
        at: Location {
            file: "test.toml".into(),
            line: 1,
            column: 1,
        },
    }
}

pub fn fault(fault: Fault) -> Answer {
    Answer {
        fault: Some(fault),
        ..Answer::default()
    }
}

pub fn status(status: u16) -> Answer {
    Answer {
        status: Some(status),
        ..Answer::default()
    }
}
