//! What a page can see besides hits and callbacks: values of steps, errors, the console, cookies, and
//! requests of the page's own.

use super::model::Kind;
use super::params::{self, Query, is_ordered, value};
use super::seen::{Seen, unmatched};
use super::tokens::{Tokens, plain, plain_pair};
use crate::evidence::{Behaviour, ShownCookie, ShownRequest, ShownValue, legible, shortened};

/// What differs.
pub(super) fn compare(a: &Behaviour, b: &Behaviour, tokens: &mut Tokens) -> Vec<Seen> {
    let mut seen = values(&a.values, &b.values, tokens);
    let uncaught = (Kind::Uncaught, "uncaught error");
    seen.extend(texts(uncaught, &a.uncaught, &b.uncaught));
    seen.extend(texts((Kind::Console, "console"), &a.console, &b.console));
    seen.extend(cookies(&a.cookies, &b.cookies));
    seen.extend(requests(&a.requests, &b.requests, tokens));
    let strays = requests(&a.strays, &b.strays, tokens).into_iter();
    seen.extend(strays.map(|stray| Seen {
        subject: format!("{}, to a host outside of the case", stray.subject),
        ..stray
    }));
    seen
}

fn values(a: &[ShownValue], b: &[ShownValue], tokens: &mut Tokens) -> Vec<Seen> {
    let find = |values: &[ShownValue], name: &str| {
        let found = values.iter().find(|value| value.name == name);
        found.map(|found| found.value.clone())
    };
    let mut seen = Vec::new();
    for known in a {
        let of = Seen::new(Kind::Value, &*known.name);
        match find(b, &known.name) {
            Some(other) if tokens.same(&known.value, &other) => {}
            Some(other) => {
                let (a, b) = plain_pair(&known.value, &other);
                seen.push(of.both(shortened(&a), shortened(&b)));
            }
            None => seen.push(of.a(shortened(&plain(&known.value)))),
        }
    }
    for new in b.iter().filter(|new| find(a, &new.name).is_none()) {
        seen.push(Seen::new(Kind::Value, &*new.name).b(shortened(&plain(&new.value))));
    }
    seen
}

/// Texts in any order: documents race. What is left on both sides has changed.
fn texts((kind, subject): (Kind, &str), a: &[String], b: &[String]) -> Vec<Seen> {
    let (a, b) = unmatched(a, b, |a, b| plain(a) == plain(b));
    let shown = |texts: &[String], at: usize| texts.get(at).map(|text| legible(&plain(text)));
    let rows = (0..a.len().max(b.len())).map(|at| Seen {
        a: shown(&a, at),
        b: shown(&b, at),
        ..Seen::new(kind, subject)
    });
    rows.collect()
}

fn cookies(a: &[ShownCookie], b: &[ShownCookie]) -> Vec<Seen> {
    let (a, mut b) = unmatched(a, b, |a, b| a == b);
    let mut seen = Vec::new();
    for gone in a {
        let of = Seen::new(Kind::Cookie, &*gone.name).a(gone.attributes);
        match b.iter().position(|other| other.name == gone.name) {
            Some(at) => seen.push(of.b(b.remove(at).attributes)),
            None => seen.push(of),
        }
    }
    seen.extend(
        b.into_iter()
            .map(|new| Seen::new(Kind::Cookie, new.name).b(new.attributes)),
    );
    seen
}

fn requests(a: &[ShownRequest], b: &[ShownRequest], tokens: &mut Tokens) -> Vec<Seen> {
    let mut rest = b.to_vec();
    let mut left = Vec::new();
    for request in a {
        let text = whole(request);
        match rest.iter().position(|it| tokens.same(&text, &whole(it))) {
            Some(at) => drop(rest.remove(at)),
            None => left.push(request),
        }
    }
    let mut seen = Vec::new();
    for request in left {
        match rest.iter().position(|it| target(it) == target(request)) {
            Some(at) => seen.extend(same_request(request, &rest.remove(at), tokens)),
            None => seen.push(Seen::new(Kind::Request, target(request)).a("sent")),
        }
    }
    let new = rest.iter().map(target);
    seen.extend(new.map(|target| Seen::new(Kind::Request, target).b("sent")));
    seen
}

/// `POST https://partner.test/collect`
fn target(request: &ShownRequest) -> String {
    format!("{} {}", request.method, plain(&request.address))
}

/// All of it, as one text.
fn whole(request: &ShownRequest) -> String {
    let params = request.params.iter();
    let params: Vec<String> = params
        .map(|param| format!("{}={}", param.name, param.value))
        .collect();
    [
        request.method.as_str(),
        &request.address,
        if request.framed { "framed" } else { "" },
        &params.join("\n"),
        &request.body,
    ]
    .join("\n")
}

fn query(request: &ShownRequest) -> Query<'_> {
    Query {
        framed: request.framed,
        ordered: is_ordered(&request.address),
        params: &request.params,
    }
}

fn same_request(a: &ShownRequest, b: &ShownRequest, tokens: &mut Tokens) -> Vec<Seen> {
    let of = |what: &str| format!("{}, {what}", target(a));
    let params = params::compare(query(a), query(b), tokens).into_iter();
    let mut seen: Vec<Seen> = params
        .map(|seen| Seen {
            kind: Kind::RequestParameter,
            subject: of(&seen.subject),
            ..seen
        })
        .collect();
    if !tokens.same(&a.body, &b.body) {
        let (there, here) = plain_pair(&a.body, &b.body);
        let body = Seen::new(Kind::RequestParameter, of("body"));
        seen.push(body.both(value(&there), value(&here)));
    }
    seen
}
