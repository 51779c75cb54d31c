//! Exhibits of the Web SDK's laws.

use serde_json::{Value, json};

use crate::evidence::{Outcome, Promised};
use crate::scenario::{Fault, Transport};

use super::sdk_play::{SdkPlay, result};
use super::{Exhibit, accepts_sdk, rejects_sdk};

pub(super) fn exhibits() -> Vec<Exhibit> {
    [
        promises(),
        sending(),
        hooks(),
        base_code(),
        monitors(),
        domains(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn play(act: impl FnOnce(&mut SdkPlay)) -> SdkPlay {
    let mut play = SdkPlay::new();
    act(&mut play);
    play
}

fn promises() -> Vec<Exhibit> {
    let delivered = || {
        play(|page| {
            page.sent();
        })
    };
    let failed = || {
        play(|page| {
            page.failed();
        })
    };
    let rejected = play(|page| {
        let (command, _) = page.sent();
        page.settle(command, Err("no"));
    });
    let fulfilled = || {
        play(|page| {
            let (command, _) = page.failed();
            page.settle(command, Ok(result()));
        })
    };
    let pending = play(|page| {
        let command = page.command("sendEvent", json!({}));
        let hit = page.hand_over(command, Transport::Fetch);
        page.end(hit, Some(Fault::Reset));
    });
    let mut left = play(|page| {
        let command = page.command("sendEvent", json!({}));
        let hit = page.hand_over(command, Transport::Fetch);
        page.end(hit, None);
        page.leave();
    });
    left.sent();
    let stalled = play(|page| {
        page.failed();
        let command = page.command("sendEvent", json!({}));
        let hit = page.hand_over(command, Transport::Fetch);
        page.hit(hit).outcome = Outcome::Failed;
        page.hit(hit).fault = Some(Fault::Stall);
    });
    let undecided = play(|page| {
        let (_, hit) = page.failed();
        page.hit(hit).outcome = Outcome::Undecided("open".into());
        page.sent();
    });
    vec![
        accepts_sdk("WEB-01", "an event is delivered", delivered()),
        accepts_sdk("WEB-01", "an event fails", failed()),
        accepts_sdk("WEB-01", "an answer is still waited for", stalled),
        accepts_sdk(
            "WEB-01",
            "a page was left before its promise was settled",
            left,
        ),
        accepts_sdk("WEB-01", "an outcome is undecided", undecided),
        rejects_sdk(
            "WEB-01",
            "a delivered event's promise is rejected",
            "a promise was rejected although its event was delivered",
            rejected,
        ),
        rejects_sdk(
            "WEB-01",
            "a failed event's promise is fulfilled",
            "a promise was fulfilled although its request failed",
            fulfilled(),
        ),
        rejects_sdk(
            "WEB-01",
            "a failed event's promise stays pending",
            "a promise was not settled although its request had ended",
            pending,
        ),
        accepts_sdk("POST-18", "an event is delivered", delivered()),
        rejects_sdk(
            "POST-18",
            "an event fails and `then` runs",
            "`then` ran although the request failed",
            fulfilled(),
        ),
        rejects_sdk(
            "POST-18",
            "nothing is sent and `then` runs",
            "a promise was fulfilled although nothing was sent",
            play(|page| {
                let command = page.command("sendEvent", json!({}));
                page.settle(command, Ok(json!({})));
            }),
        ),
    ]
}

fn sending() -> Vec<Exhibit> {
    let unconfigured = |how: Result<Value, &str>| {
        let mut page = SdkPlay::waiting();
        page.library_loads();
        let command = page.command("sendEvent", json!({}));
        page.settle(command, how);
        page
    };
    let without = |name: &str| {
        let mut result = result();
        result.as_object_mut().expect("an object").remove(name);
        play(|page| {
            let (command, _) = page.sent();
            page.seen.invocations[command].promise = Some(Promised::Fulfilled(result));
        })
    };
    let delivered = || {
        play(|page| {
            page.sent();
        })
    };
    vec![
        accepts_sdk(
            "WEB-02",
            "an unconfigured instance refuses an event",
            unconfigured(Err("no")),
        ),
        rejects_sdk(
            "WEB-02",
            "an unconfigured instance takes an event",
            "an event was taken by an instance that was not configured",
            unconfigured(Ok(result())),
        ),
        accepts_sdk("WEB-03", "an event is sent", delivered()),
        rejects_sdk(
            "WEB-03",
            "nothing is sent and the promise is fulfilled",
            "a promise was fulfilled although nothing was sent",
            play(|page| {
                let command = page.command("sendEvent", json!({}));
                page.settle(command, Ok(json!({})));
            }),
        ),
        rejects_sdk(
            "WEB-03",
            "the promise is fulfilled before the request is made",
            "a promise was fulfilled before its event was sent",
            play(|page| {
                let command = page.command("sendEvent", json!({}));
                page.settle(command, Ok(result()));
                let hit = page.hand_over(command, Transport::Fetch);
                page.end(hit, None);
            }),
        ),
        accepts_sdk("WEB-04", "all lists are there", delivered()),
        rejects_sdk(
            "WEB-04",
            "a list is missing",
            "the result of an event lacks one of the documented lists",
            without("inferences"),
        ),
    ]
}

fn hooks() -> Vec<Exhibit> {
    let event = |how: Result<&'static str, &'static str>, is_sent: bool| {
        play(|page| {
            page.hook(Ok("undefined"));
            page.sent();
            page.hook(how);
            if is_sent {
                page.sent();
            }
        })
    };
    let unloading = |transport, change: fn(&mut crate::evidence::Hit)| {
        play(|page| {
            let options = json!({ "documentUnloading": true });
            let (_, hit) = page.sent_with(options, transport);
            change(page.hit(hit));
        })
    };
    let large = |hit: &mut crate::evidence::Hit| {
        hit.body = Some(json!({ "events": ["x".repeat(70_000)] }));
    };
    let large_and_refused = |hit: &mut crate::evidence::Hit| {
        hit.body = Some(json!({ "events": ["x".repeat(70_000)] }));
        hit.accepted = Some(false);
        hit.sends = 2;
    };
    vec![
        accepts_sdk(
            "WEB-05",
            "an event is a beacon",
            unloading(Transport::Beacon, |_| {}),
        ),
        accepts_sdk(
            "WEB-05",
            "a large event goes another way",
            unloading(Transport::Fetch, large_and_refused),
        ),
        rejects_sdk(
            "WEB-05",
            "an event is no beacon",
            "an event of a document that unloads was not sent with sendBeacon",
            unloading(Transport::Fetch, |_| {}),
        ),
        rejects_sdk(
            "WEB-05",
            "a large event was not tried as a beacon",
            "an event too large for a beacon was not sent another way",
            unloading(Transport::Fetch, large),
        ),
        accepts_sdk(
            "WEB-06",
            "an event is stopped by an exception",
            event(Err("no"), false),
        ),
        rejects_sdk(
            "WEB-06",
            "an event is sent in spite of an exception",
            "an event was sent although `onBeforeEventSend` threw",
            event(Err("no"), true),
        ),
        accepts_sdk(
            "WEB-07",
            "an event is stopped by false",
            event(Ok("false"), false),
        ),
        rejects_sdk(
            "WEB-07",
            "an event is sent in spite of false",
            "an event was sent although `onBeforeEventSend` returned false",
            event(Ok("false"), true),
        ),
    ]
}

fn base_code() -> Vec<Exhibit> {
    let waiting = || {
        let mut page = SdkPlay::waiting();
        page.give("configure", json!({}));
        page.give("sendEvent", json!({}));
        page
    };
    let mut loaded = waiting();
    loaded.library_loads();
    let mut swapped = waiting();
    swapped.library_loads();
    let heard = &mut swapped.seen.monitored;
    (heard[1].command, heard[2].command) = (heard[2].command, heard[1].command);
    let mut lost = waiting();
    lost.library_loads();
    lost.seen.monitored.pop();
    let mut settled = waiting();
    let place = settled.place();
    settled.seen.invocations[1].promise = Some(Promised::Fulfilled(json!({})));
    settled.seen.invocations[1].left = Some(place);
    vec![
        accepts_sdk("WEB-08", "the library never loads", waiting()),
        accepts_sdk("WEB-08", "commands run in their order", loaded),
        rejects_sdk(
            "WEB-08",
            "commands change places",
            "a command that the base code kept ran before one that was given earlier",
            swapped,
        ),
        rejects_sdk(
            "WEB-08",
            "a command is lost",
            "a command that the base code kept never ran although the library loaded",
            lost,
        ),
        rejects_sdk(
            "WEB-08",
            "a promise is settled without the library",
            "a promise was settled although the library never loaded",
            settled,
        ),
    ]
}

fn monitors() -> Vec<Exhibit> {
    let without = |hook: &str| {
        play(|page| {
            page.sent();
            page.seen.monitored.retain(|heard| heard.hook != hook);
        })
    };
    vec![
        accepts_sdk(
            "WEB-09",
            "events end in both ways",
            play(|page| {
                page.sent();
                page.failed();
            }),
        ),
        rejects_sdk(
            "WEB-09",
            "nobody is told of a request",
            "no monitor was told of a request",
            without("onBeforeNetworkRequest"),
        ),
        rejects_sdk(
            "WEB-09",
            "nobody is told of an answer",
            "no monitor was told of the end of a request",
            without("onNetworkResponse"),
        ),
        rejects_sdk(
            "WEB-09",
            "nobody is told of the end of a command",
            "no monitor was told how a command ended",
            without("onCommandResolved"),
        ),
    ]
}

fn domains() -> Vec<Exhibit> {
    let at = |options: Value, url: &'static str| {
        let mut page = SdkPlay::waiting();
        page.library_loads();
        page.configure(options);
        let (_, hit) = page.sent();
        let parsed = url::Url::parse(url).expect("an address");
        page.hit(hit).host = parsed.host_str().expect("a host").to_owned();
        page.hit(hit).url = url.to_owned();
        page
    };
    let why = "an event went to another domain or path than configured";
    vec![
        accepts_sdk(
            "WEB-10",
            "nothing is configured",
            at(json!({}), "https://edge.adobedc.net/ee/v1/interact"),
        ),
        accepts_sdk(
            "WEB-10",
            "both are configured and the edge told its place",
            at(
                json!({ "edgeDomain": "Edge.shop.test", "edgeBasePath": "data" }),
                "https://edge.shop.test/data/irl1/v1/collect",
            ),
        ),
        rejects_sdk(
            "WEB-10",
            "the domain is another one",
            why,
            at(
                json!({ "edgeDomain": "edge.shop.test" }),
                "https://edge.adobedc.net/ee/v1/interact",
            ),
        ),
        rejects_sdk(
            "WEB-10",
            "the path is another one",
            why,
            at(
                json!({ "edgeBasePath": "data" }),
                "https://edge.adobedc.net/ee/v1/interact",
            ),
        ),
    ]
}
