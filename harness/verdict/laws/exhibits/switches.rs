//! Exhibits of `clearVars`, `abort`, doPlugins and `useBeacon`.

use serde_json::{Value, json};

use crate::scenario::Transport;

use super::tracking::{another_hit, call_without_hit};
use super::{Exhibit, Play, accepts, rejects};

pub(super) fn exhibits() -> Vec<Exhibit> {
    [clearing(), aborting(), plugins(), beacons()]
        .into_iter()
        .flatten()
        .collect()
}

fn clearing() -> Vec<Exhibit> {
    let cleared = |change: fn(&mut crate::evidence::Invocation)| {
        let mut play = Play::new();
        for name in [
            "prop75", "eVar250", "hier5", "list3", "events", "campaign", "pageName", "server",
        ] {
            play.set(name, "set");
        }
        play.clear_vars();
        change(&mut play.seen.invocations[0]);
        play
    };
    fn after(call: &mut crate::evidence::Invocation) -> &mut serde_json::Map<String, Value> {
        call.after.as_mut().expect("after")
    }
    let kept = "`clearVars` left a variable that it clears";
    let changed = "`clearVars` changed a variable that it leaves";
    vec![
        accepts(
            "CLR-01",
            "the listed are cleared, the others stay",
            clearing_page(cleared(|_| {})),
        ),
        rejects(
            "CLR-01",
            "an eVar stays",
            kept,
            cleared(|call| {
                after(call).insert("eVar250".to_owned(), json!("set"));
            }),
        ),
        rejects(
            "CLR-01",
            "a variable becomes null instead of undefined",
            kept,
            cleared(|call| {
                after(call).insert("prop75".to_owned(), Value::Null);
            }),
        ),
        rejects(
            "CLR-01",
            "pageName is cleared too",
            changed,
            cleared(|call| {
                after(call).remove("pageName");
            }),
        ),
        rejects(
            "CLR-01",
            "server changes",
            changed,
            cleared(|call| {
                after(call).insert("server".to_owned(), json!(""));
            }),
        ),
        rejects(
            "CLR-01",
            "it returns something",
            "`clearVars` returned something",
            cleared(|call| {
                call.returned = Some("object".to_owned());
            }),
        ),
        rejects(
            "CLR-01",
            "it throws",
            "`clearVars` threw an exception",
            cleared(|call| {
                call.threw = Some("TypeError".to_owned());
            }),
        ),
    ]
}

/// The page tracks after it cleared.
fn clearing_page(mut play: Play) -> Play {
    let hit = play.t();
    play.deliver(hit);
    play
}

fn aborting() -> Vec<Exhibit> {
    let aborted = |between: fn(&mut Play)| {
        let mut play = Play::new();
        play.set("abort", true);
        play.t();
        between(&mut play);
        let hit = play.t();
        play.deliver(hit);
        play
    };
    let mut ignored = Play::new();
    let hit = ignored.t();
    ignored.deliver(hit);
    ignored.seen.invocations[0]
        .before
        .insert("abort".to_owned(), json!(true));
    let hit = ignored.t();
    ignored.deliver(hit);
    let mut ignored_queued = Play::new();
    ignored_queued.set("abort", true);
    ignored_queued.t();
    another_hit(&mut ignored_queued);
    let hit = ignored_queued.t();
    ignored_queued.deliver(hit);
    let mut sticks = aborted(|_| {});
    sticks.seen.invocations[0]
        .after
        .as_mut()
        .expect("after")
        .insert("abort".to_owned(), json!(true));
    let mut both = Play::new();
    both.set("abort", true);
    both.t();
    call_without_hit(&mut both);
    let in_plugins = |aborts: fn(&mut serde_json::Map<String, Value>)| {
        let mut play = Play::new();
        play.set("usePlugins", true);
        play.plugins = Some(aborts);
        play.t();
        play.plugins = Some(|_| {});
        let hit = play.t();
        play.deliver(hit);
        play
    };
    let abort: fn(&mut serde_json::Map<String, Value>) = |vars| {
        vars.insert("abort".to_owned(), json!(true));
    };
    let mut plugins_ignored = in_plugins(abort);
    let hit = plugins_ignored.t();
    plugins_ignored.deliver(hit);
    plugins_ignored.seen.invocations[0].hit = Some(hit);
    plugins_ignored.seen.invocations.truncate(4);
    let made = "an aborted call made a hit";
    vec![
        accepts("ABT-01", "one of two calls makes a hit", aborted(|_| {})),
        accepts(
            "ABT-01",
            "abort is set twice",
            aborted(|play| {
                play.set("abort", true);
                play.t();
            }),
        ),
        rejects("ABT-01", "the aborted call makes a hit", made, ignored),
        rejects(
            "ABT-01",
            "the aborted call's hit is handed over later",
            made,
            ignored_queued,
        ),
        rejects(
            "ABT-01",
            "abort stays set",
            "`abort` was still set after the call it suppressed",
            sticks,
        ),
        rejects(
            "ABT-01",
            "the next call makes no hit either",
            "`abort` suppressed more than one call",
            both,
        ),
        accepts(
            "ABT-02",
            "abort in doPlugins suppresses the call",
            in_plugins(abort),
        ),
        rejects("ABT-02", "the call makes a hit", made, plugins_ignored),
    ]
}

fn plugins() -> Vec<Exhibit> {
    let with = |uses: &[bool]| {
        let mut play = Play::new();
        play.plugins = Some(|vars| {
            vars.insert("eVar9".to_owned(), json!("plug-in"));
        });
        for used in uses {
            play.set("usePlugins", *used);
            let hit = play.t();
            play.deliver(hit);
        }
        play
    };
    let mut unasked = with(&[true]);
    unasked.seen.invocations[0]
        .before
        .insert("usePlugins".to_owned(), json!(false));
    let mut twice = with(&[true]);
    let run = twice.seen.invocations[1].clone();
    twice.seen.invocations.push(run);
    let mut skipped = with(&[true]);
    let hit = skipped.t();
    skipped.deliver(hit);
    skipped.seen.invocations.truncate(3);
    vec![
        accepts("DPL-01", "it runs for each call", with(&[true, true])),
        accepts(
            "DPL-01",
            "it runs only where usePlugins is set",
            with(&[false, true, false]),
        ),
        rejects(
            "DPL-01",
            "it runs without usePlugins",
            "doPlugins ran although `usePlugins` was not set",
            unasked,
        ),
        rejects(
            "DPL-01",
            "it runs twice",
            "doPlugins ran more than once for a call",
            twice,
        ),
        rejects(
            "DPL-01",
            "it runs for the first call only",
            "doPlugins did not run although `usePlugins` was set",
            skipped,
        ),
    ]
}

fn beacons() -> Vec<Exhibit> {
    let beacon = || {
        let mut play = Play::new();
        play.set("useBeacon", true);
        play.t();
        let hit = play.t();
        play.deliver(hit);
        play
    };
    let image = |transport: Transport, method: &str| {
        let mut play = beacon();
        play.hit(1).transport = transport;
        play.hit(1).method = method.to_owned();
        play
    };
    let mut without_api = image(Transport::Image, "GET");
    without_api.seen.documents[0].beacon = Some(false);
    without_api.seen.hits[0].ended = without_api.seen.hits[1].ended.clone();
    let hit = {
        without_api.set("useBeacon", true);
        without_api.t()
    };
    let with_api = without_api.seen.documents[0].clone();
    without_api.hit(hit).handed[0].doc = 1;
    without_api.seen.documents.push(crate::evidence::Document {
        beacon: Some(true),
        ..with_api
    });
    let call = without_api.seen.invocations.last_mut().expect("a call");
    call.entered.doc = 1;
    call.left.as_mut().expect("left").doc = 1;
    let mut stays = beacon();
    stays.seen.invocations[0]
        .after
        .as_mut()
        .expect("after")
        .insert("useBeacon".to_owned(), json!(true));
    let mut with_body = beacon();
    with_body.hit(1).has_body = true;
    let why = "a hit was no beacon although `useBeacon` was set";
    vec![
        accepts("BCN-01", "the next hit is a beacon", beacon()),
        accepts("BCN-01", "one of two pages has no sendBeacon", without_api),
        rejects(
            "BCN-01",
            "it is an image",
            why,
            image(Transport::Image, "GET"),
        ),
        rejects(
            "BCN-01",
            "it is a GET",
            why,
            image(Transport::Beacon, "GET"),
        ),
        rejects(
            "BCN-01",
            "its data are in a body",
            "a beacon had its data in a body, not in its address",
            with_body,
        ),
        accepts("BCN-02", "it is reset", beacon()),
        rejects(
            "BCN-02",
            "it stays set",
            "`useBeacon` was still set after a tracking call",
            stays,
        ),
    ]
}
