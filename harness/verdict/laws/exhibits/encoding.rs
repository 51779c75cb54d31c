//! Exhibits of the laws about how values are written.

use serde_json::{Value, json};

use crate::evidence::Param;

use super::{Exhibit, Play, accepts, rejects};

/// A page view of a tracker with this variable.
fn page_view(name: &str, value: impl Into<Value>) -> Play {
    let mut play = Play::new();
    play.set(name, value);
    let hit = play.t();
    play.deliver(hit);
    play
}

/// A link hit of a tracker with these variables.
fn link(vars: &[(&str, &str)], context: Value) -> Play {
    let mut play = Play::new();
    for (name, value) in vars {
        play.set(name, *value);
    }
    play.set("contextData", context);
    let hit = play.tl("o", "link");
    play.deliver(hit);
    play
}

/// Another value of a parameter of the first hit; `None`: it is not sent.
fn with(mut play: Play, name: &str, value: Option<&str>) -> Play {
    let hit = play.hit(1);
    match value {
        None => hit.params.retain(|param| param.name != name),
        Some(value) => {
            let param = hit.params.iter_mut().find(|param| param.name == name);
            param.expect("the parameter is sent").value = value.to_owned();
        }
    }
    play
}

pub(super) fn exhibits() -> Vec<Exhibit> {
    [texts(), context(), events_of_links(), addresses()]
        .into_iter()
        .flatten()
        .collect()
}

fn texts() -> Vec<Exhibit> {
    let events = || page_view("events", "event1=9.99,event2:ABC");
    let products = || page_view("products", "a;b;1;2.5;event1=3;eVar1=x");
    let no_events = "a page view did not carry `events` as it was written";
    let no_products = "a page view did not carry `products` as it was written";
    let wrong_time = "the time of a hit was not the one that was set for it";
    let twice = || {
        let mut play = page_view("timestamp", "1700000000");
        play.vars.remove("timestamp");
        play.step();
        let hit = play.t();
        play.deliver(hit);
        play
    };
    let mut kept = twice();
    let kept_time = kept.hit(1).params.iter().find(|param| param.name == "ts");
    let kept_time = kept_time.cloned().expect("a time");
    kept.hit(2).params.insert(1, kept_time);
    let visitor = || page_view("visitorID", "abc");
    vec![
        accepts("EVT-01", "amounts and serial numbers are sent", events()),
        rejects(
            "EVT-01",
            "the serial number is missing",
            no_events,
            with(events(), "events", Some("event1=9.99,event2")),
        ),
        rejects(
            "EVT-01",
            "there are none",
            no_events,
            with(events(), "events", None),
        ),
        accepts("PRD-01", "all fields are sent", products()),
        rejects(
            "PRD-01",
            "the merchandising value is missing",
            no_products,
            with(products(), "products", Some("a;b;1;2.5;event1=3")),
        ),
        accepts("TS-01", "the first of two hits has it", twice()),
        rejects("TS-01", "the second hit has it too", wrong_time, kept),
        accepts("ID-02", "it is sent", visitor()),
        rejects(
            "ID-02",
            "another one is sent",
            "a hit did not carry the visitor's id that was set",
            with(visitor(), "vid", Some("ABC")),
        ),
    ]
}

fn context() -> Vec<Exhibit> {
    let keys = json!({"plain": "1", "cart.id": "2"});
    let viewed = || page_view("contextData", keys.clone());
    let limited = || {
        link(
            &[("linkTrackVars", "prop1,contextData.cart.id")],
            keys.clone(),
        )
    };
    let why = "a hit did not carry the context data that were set, and no others";
    vec![
        accepts("CTX-01", "both keys are sent", viewed()),
        rejects(
            "CTX-01",
            "one is missing",
            why,
            with(viewed(), "c.cart.id", None),
        ),
        rejects(
            "CTX-01",
            "one has another value",
            why,
            with(viewed(), "c.plain", Some("2")),
        ),
        accepts("LTV-04", "the listed one is sent", limited()),
        rejects(
            "LTV-04",
            "the listed one is missing",
            why,
            with(limited(), "c.cart.id", None),
        ),
        rejects("LTV-04", "another one is sent", why, {
            let mut play = limited();
            let other = Param {
                name: "c.plain".to_owned(),
                variable: None,
                value: "1".to_owned(),
            };
            play.hit(1).params.insert(2, other);
            play
        }),
    ]
}

fn events_of_links() -> Vec<Exhibit> {
    let named = || {
        let vars = [
            ("events", "event1,event2=5"),
            ("linkTrackVars", "events"),
            ("linkTrackEvents", "event2"),
        ];
        link(&vars, json!({}))
    };
    let unlisted = || {
        let vars = [
            ("events", "event1"),
            ("linkTrackVars", "prop1"),
            ("linkTrackEvents", "event1"),
        ];
        link(&vars, json!({}))
    };
    let all = || link(&[("events", "event1,event2")], json!({}));
    let mut sent = unlisted();
    sent.hit(1).params.insert(
        2,
        Param {
            name: "events".to_owned(),
            variable: None,
            value: "event1".to_owned(),
        },
    );
    let why = "a hit of `tl` did not carry the events that the two lists let through";
    vec![
        accepts("LTE-01", "the named event is sent", named()),
        accepts("LTE-01", "linkTrackVars lets none through", unlisted()),
        rejects(
            "LTE-01",
            "an event that is not named is sent",
            why,
            with(named(), "events", Some("event1,event2=5")),
        ),
        rejects("LTE-01", "linkTrackVars lists no events", why, sent),
        accepts("LTE-02", "all are sent", all()),
        rejects(
            "LTE-02",
            "one is missing",
            why,
            with(all(), "events", Some("event1")),
        ),
    ]
}

fn addresses() -> Vec<Exhibit> {
    let long = format!("https://www.shop.test/{}", "x".repeat(300));
    let split = |at: usize| {
        let mut play = page_view("pageURL", long.as_str());
        let hit = play.hit(1);
        let place = hit.params.iter().position(|param| param.name == "g");
        let place = place.expect("an address");
        let mut rest = hit.params[place].clone();
        hit.params[place].value = long[..at].to_owned();
        rest.name = "-g".to_owned();
        rest.value = long[at..].to_owned();
        hit.params.insert(place + 1, rest);
        play
    };
    let why = "a hit did not carry the page's address, 255 characters in g and the rest in -g";
    let plain = || page_view("prop1", "A");
    vec![
        accepts("URL-04", "it is the page's", plain()),
        accepts("URL-04", "it is long", split(255)),
        rejects("URL-04", "it is split elsewhere", why, split(100)),
        rejects("URL-04", "it is missing", why, with(plain(), "g", None)),
        rejects(
            "URL-04",
            "it is of another site",
            why,
            with(plain(), "g", Some("https://www.partner.test/")),
        ),
    ]
}
