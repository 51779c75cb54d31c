//! One request: whose it is, what it is, what answers it, and how that goes out.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::{Request, Response};

use crate::scenario::{Answer, Fault, HostState, Transport};

use super::answer::{PageRequest, Reply, collected, is_navigation};
use super::case::{CaseState, Follow};
use super::cors;
use super::demdex;
use super::edge::{self, EdgeRequest};
use super::endpoint::{Asked, Played, apply, choose, counts_sends};
use super::exchange::Exchange;
use super::log::{BodyKind, Purpose, WireAnswer, WireEnd, WireRequest};
use super::registry::Registry;
use super::sites::registrable;
use super::stream::{Cut, Ending, Line, ReplyBody};
use super::tracking::{Collector, hit_key, split, transport};

/// Bytes of a request's body that are kept.
const KEPT_BODY: usize = 1024 * 1024;

/// The other side of a connection.
pub(super) struct Peer {
    pub registry: Arc<Registry>,
    pub connection: u64,
    pub scheme: &'static str,
    /// As the browser names it.
    pub host: String,
    pub port: u16,
    pub line: Arc<Line>,
}

/// Answers a request, or cuts the connection.
pub(super) async fn serve(
    peer: Arc<Peer>,
    request: Request<Incoming>,
) -> Result<Response<ReplyBody>, Cut> {
    let (head, body) = request.into_parts();
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let headers = text_headers(&head.headers);
    let Some(case) = peer.registry.case_of(&peer.host, target, &headers) else {
        if registrable(&peer.host).is_none() {
            peer.registry
                .stray(format!("{}://{}{target}", peer.scheme, peer.host));
        }
        return Err(Cut);
    };
    if peer.host == case.spec.report_host {
        return report(&peer, &case, body).await;
    }
    if split(target).0 == "/favicon.ico" {
        return respond(&peer, "GET", Reply::empty(404), Ending::Complete);
    }
    let asked = PageRequest {
        scheme: peer.scheme.to_owned(),
        host: case.sites().canonical(&peer.host),
        target: case.sites().canonical(target),
        headers: headers
            .iter()
            .map(|(name, value)| (name.clone(), case.sites().canonical(value)))
            .collect(),
    };
    if case.host_state(&asked.host) != HostState::Up {
        // It came on a connection from before the change.
        return Err(Cut);
    }
    let arrived = Arrived {
        method: head.method.as_str().to_owned(),
        transport: transport(
            head.method.as_str(),
            target,
            &headers,
            !body.is_end_stream(),
        ),
        collector: Collector::of(target).filter(|_| head.method != hyper::Method::OPTIONS),
        follow: case.follows(&url(peer.scheme, &asked.host, &asked.target)),
        raw_headers: headers,
        asked,
        peer,
        case,
    };
    arrived.answer(body).await
}

/// A request of a case.
struct Arrived {
    peer: Arc<Peer>,
    case: Arc<CaseState>,
    asked: PageRequest,
    method: String,
    raw_headers: Vec<(String, String)>,
    transport: Option<Transport>,
    collector: Option<Collector>,
    follow: Option<Follow>,
}

impl Arrived {
    async fn answer(self, body: Incoming) -> Result<Response<ReplyBody>, Cut> {
        let key = self.key();
        let arrival = key.as_deref().map(|key| self.case.count_hit(key));
        let exchange = self.case.arrive(self.log_entry(arrival));
        let body = read(body).await.map_err(|_| Cut)?;
        let text = self.case.sites().canonical(&String::from_utf8_lossy(&body));
        exchange.note(|request| request.body = text.clone());
        drop(body);

        let send = match &key {
            // What follows a redirect is of the send that was redirected.
            Some(key) if self.follow.is_some() => Some(self.case.sends(key)),
            Some(key) => {
                let patient = counts_sends(&self.case.spec.endpoints, &self.asked.host);
                let is_sdk = self.collector == Some(Collector::WebSdk);
                let index = is_sdk.then(|| exchange.index());
                Some(self.case.count_send(key, index, patient).await)
            }
            None => None,
        };
        let endpoint = self.endpoint(arrival.zip(send));
        let Some((reply, purpose)) = self.conforming(&text, endpoint.is_some()) else {
            exchange.note(|request| request.purpose = Purpose::Stray);
            return self.send(exchange, Reply::empty(200), Ending::Closed);
        };
        exchange.note(|request| {
            request.purpose = purpose;
            request.answer.endpoint = endpoint;
        });
        let played = match endpoint.and_then(|index| self.case.spec.endpoints.get(index)) {
            Some(endpoint) => self.play(&exchange, &endpoint.answer, reply).await,
            None => Played {
                reply,
                fault: None,
                ending: Ending::Complete,
            },
        };
        if let (Some(endpoint), Some(location)) = (endpoint, location(&played.reply)) {
            self.remember_redirect(&exchange, location, Follow { key, endpoint });
        }
        self.send(exchange, played.reply, played.ending)
    }

    /// What names the hit of a tracking request. A request that follows a redirect belongs to the
    /// hit that was redirected.
    fn key(&self) -> Option<String> {
        self.collector?;
        let followed = self.follow.as_ref().and_then(|follow| follow.key.clone());
        followed
            .or_else(|| hit_key(&self.asked.target))
            .or_else(|| Some(url("", &self.asked.host, &self.asked.target)))
    }

    fn log_entry(&self, arrival: Option<u32>) -> WireRequest {
        WireRequest {
            id: 0,
            at_us: self.case.now_us(),
            connection: self.peer.connection,
            scheme: self.asked.scheme.clone(),
            host: self.asked.host.clone(),
            port: self.peer.port,
            method: self.method.clone(),
            target: self.asked.target.clone(),
            headers: self.asked.headers.clone(),
            body: String::new(),
            purpose: match self.collector {
                Some(_) => Purpose::Tracking,
                None => Purpose::Other,
            },
            transport: self.transport,
            arrival,
            answer: WireAnswer {
                endpoint: None,
                fault: None,
                status: None,
                body: BodyKind::Empty,
                location: None,
                readable: false,
                end: WireEnd::Open,
                ended_us: None,
                late: false,
            },
        }
    }

    fn endpoint(&self, hit: Option<(u32, u32)>) -> Option<usize> {
        if self.method == "OPTIONS" {
            return None;
        }
        choose(&self.case.spec.endpoints, &self.look(hit))
    }

    fn look(&self, hit: Option<(u32, u32)>) -> Asked<'_> {
        Asked {
            request: &self.asked,
            method: &self.method,
            collector: self.collector,
            transport: self.transport,
            hit,
            follows: self.follow.as_ref().map(|follow| follow.endpoint),
        }
    }

    /// What is answered by default; `None`: the request is nobody's business here.
    fn conforming(&self, body: &str, has_endpoint: bool) -> Option<(Reply, Purpose)> {
        if self.method == "OPTIONS" {
            return Some((cors::preflight(&self.raw_headers), Purpose::Other));
        }
        let pages = &self.case.spec.pages;
        let (mut reply, purpose) = if let Some(collector) = self.collector {
            let reply = match collector {
                Collector::AppMeasurement => collected(&self.asked.target),
                Collector::WebSdk => self.edge(body),
            };
            (reply, Purpose::Tracking)
        } else if edge::is_service(&self.asked.target) {
            (self.edge(body), Purpose::Other)
        } else if let Some(reply) = demdex::answer(&self.asked.host, &self.asked.target) {
            (reply, Purpose::Other)
        } else if let Some(page) = pages.page(&self.asked) {
            (page.into(), Purpose::Page)
        } else if registrable(&self.peer.host).is_none() && !has_endpoint {
            return None;
        } else if is_navigation(&self.method, &self.asked.headers) && !has_endpoint {
            let page = pages.wrap_html(&self.asked, "<!DOCTYPE html><title></title>");
            (page.into(), Purpose::Page)
        } else {
            (Reply::empty(200), Purpose::Other)
        };
        cors::grant(&mut reply, &self.raw_headers);
        Some((reply, purpose))
    }

    fn edge(&self, body: &str) -> Reply {
        let request = EdgeRequest {
            target: &self.asked.target,
            headers: &self.asked.headers,
            body,
        };
        let mut reply = edge::answer(&self.case.spec.organisations, &request);
        cors::expose(&mut reply, edge::EXPOSED);
        reply
    }

    /// Lets an endpoint do what it says, waiting included.
    async fn play(&self, exchange: &Exchange, answer: &Answer, reply: Reply) -> Played {
        let played = apply(
            answer,
            reply,
            &self.look(None),
            self.case.spec.pages.as_ref(),
            self.case.sites(),
        );
        exchange.note(|request| {
            request.answer.fault = played.fault;
            if answer.html.is_some() {
                request.purpose = Purpose::Page;
            }
        });
        if let Some(delay) = answer.delay {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if let Some(name) = &answer.hold {
            exchange.held(Some(name)).await;
        }
        if played.fault == Some(Fault::Stall) {
            exchange.held(None).await;
        }
        played
    }

    fn remember_redirect(&self, exchange: &Exchange, location: &str, follow: Follow) {
        let location = self.case.sites().canonical(location);
        let here = url(&self.asked.scheme, &self.asked.host, &self.asked.target);
        if let Ok(there) = url::Url::parse(&here).and_then(|here| here.join(&location)) {
            let there = url(
                there.scheme(),
                there.host_str().unwrap_or_default(),
                &there[url::Position::BeforePath..url::Position::AfterQuery],
            );
            self.case.redirected(there, follow);
        }
        exchange.note(|request| request.answer.location = Some(location));
    }

    fn send(
        self,
        exchange: Exchange,
        reply: Reply,
        ending: Ending,
    ) -> Result<Response<ReplyBody>, Cut> {
        let ending = match reply.can_go_out() {
            true => ending,
            false => Ending::Closed,
        };
        let own_origin = format!("{}://{}", self.peer.scheme, self.peer.host);
        let readable = cors::readable(
            &reply,
            &self.raw_headers,
            &own_origin,
            self.collector.is_some() || edge::is_service(&self.asked.target),
        );
        if matches!(ending, Ending::Complete | Ending::Truncated) {
            exchange.note(|request| {
                request.answer.status = Some(reply.status);
                request.answer.body = reply.kind();
                request.answer.readable = readable;
            });
        }
        self.peer.line.begin(exchange, ending);
        respond(&self.peer, &self.method, reply, ending)
    }
}

/// A report of the probe: to the case, and not into its log.
async fn report(
    peer: &Peer,
    case: &CaseState,
    mut body: Incoming,
) -> Result<Response<ReplyBody>, Cut> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(|_| Cut)?.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    if !bytes.is_empty() {
        case.report(bytes.freeze());
    }
    let mut reply = Reply::empty(204);
    reply.set_header("access-control-allow-origin", "*");
    respond(peer, "POST", reply, Ending::Complete)
}

/// Puts an answer into HTTP's words.
fn respond(
    peer: &Peer,
    method: &str,
    reply: Reply,
    ending: Ending,
) -> Result<Response<ReplyBody>, Cut> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let body = match ending {
        Ending::Reset | Ending::Closed => return Err(Cut),
        Ending::Complete if method == "HEAD" => {
            response = response.header("content-length", reply.body.len());
            ReplyBody::whole(Bytes::new(), peer.line.clone())
        }
        Ending::Complete => ReplyBody::whole(reply.body, peer.line.clone()),
        Ending::Truncated => ReplyBody::truncated(&reply.body, peer.line.clone()),
    };
    response.body(body).map_err(|_| Cut)
}

/// Reads a body to its end, so that nothing unread turns a FIN into a RST; keeps the beginning.
async fn read(mut body: Incoming) -> Result<Bytes, hyper::Error> {
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            let room = KEPT_BODY - kept.len();
            kept.extend_from_slice(&data[..data.len().min(room)]);
        }
    }
    Ok(kept.freeze())
}

fn text_headers(headers: &hyper::HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}

fn location(reply: &Reply) -> Option<&str> {
    super::answer::header(&reply.headers, "location")
}

fn url(scheme: &str, host: &str, target: &str) -> String {
    format!("{scheme}://{host}{target}")
}
