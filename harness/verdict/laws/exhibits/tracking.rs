//! Exhibits of `t`, its overrides and the address of a hit.

use serde_json::json;

use crate::evidence::{Outcome, Param};
use crate::scenario::Fault;

use super::{Exhibit, Play, accepts, rejects};

fn tracked() -> Play {
    let mut play = Play::new();
    let hit = play.t();
    play.deliver(hit);
    play
}

fn with_variables() -> Play {
    let mut play = Play::new();
    play.set("eVar1", "A");
    play.set("prop2", "B");
    play.set("pageName", "home");
    let hit = play.t();
    play.deliver(hit);
    play
}

fn param(variable: &str, name: &str, value: &str) -> Param {
    Param {
        name: name.to_owned(),
        variable: Some(variable.to_owned()),
        value: value.to_owned(),
    }
}

/// A call that hands nothing over.
pub(super) fn call_without_hit(play: &mut Play) {
    let call = play.enter("t", &[]);
    play.exit(call);
}

/// A second hit like the first one, of no call.
pub(super) fn another_hit(play: &mut Play) {
    let hit = play.t();
    play.deliver(hit);
    let call = play.seen.invocations.pop().expect("a call");
    assert_eq!(call.hit, Some(hit), "the call that made it");
}

pub(super) fn exhibits() -> Vec<Exhibit> {
    [calls(), variables(), overrides(), addresses()]
        .into_iter()
        .flatten()
        .collect()
}

fn calls() -> Vec<Exhibit> {
    let mut lost_second = tracked();
    call_without_hit(&mut lost_second);
    let mut doubled = tracked();
    another_hit(&mut doubled);
    let mut sent_twice = tracked();
    let place = sent_twice.place();
    sent_twice.hit(1).handed.push(place);
    sent_twice.hit(1).sends = 2;
    let mut other_suite = tracked();
    other_suite.hit(1).url = other_suite.seen.hits[0].url.replace("/suite/", "/other/");
    let mut several_suites = Play::new();
    several_suites.set("account", "suite,second");
    let hit = several_suites.t();
    several_suites.deliver(hit);
    let url = several_suites.seen.hits[0].url.clone();
    several_suites.hit(hit).url = url.replace("/suite/", "/suite,second/");
    let mut blocked = Play::new();
    let hit = blocked.t();
    blocked.hit(hit).outcome = Outcome::Failed;
    call_without_hit(&mut blocked);
    let mut left = tracked();
    call_without_hit(&mut left);
    left.leave();
    let mut threw = tracked();
    call_without_hit(&mut threw);
    threw.seen.invocations[1].threw = Some("TypeError".to_owned());
    let mut plugins_threw = tracked();
    let call = plugins_threw.enter("t", &[]);
    let plugins = plugins_threw.enter("doPlugins", &[]);
    plugins_threw.exit(plugins);
    plugins_threw.exit(call);
    for at in [call, plugins] {
        plugins_threw.seen.invocations[at].threw = Some("Error: plug-in".to_owned());
    }
    let mut offline = tracked();
    offline.set("trackOffline", true);
    call_without_hit(&mut offline);
    offline.set("trackOffline", false);
    let mut linked = Play::new();
    let hit = linked.tl("o", "link");
    linked.deliver(hit);
    let call = linked.enter("tl", &[json!(true), json!("o"), json!("inner t")]);
    let inner = linked.enter("t", &[]);
    linked.exit(inner);
    let hit = linked.compile(call).expect("a hit");
    linked.hand_over(hit);
    linked.exit(call);
    linked.deliver(hit);
    let mut clicked = Play::new();
    clicked.set("trackDownloadLinks", true);
    let hit = clicked.t();
    clicked.deliver(hit);
    clicked.step();
    let hit = clicked.tl("d", "file");
    clicked.deliver(hit);
    clicked.seen.invocations.truncate(1);
    let mut waiting = Play::new();
    let first = waiting.t();
    waiting.set("eVar1", "second");
    let call = waiting.enter("t", &[]);
    let second = waiting.compile(call).expect("a hit");
    waiting.exit(call);
    waiting.seen.invocations[call].hit = None;
    waiting.fail(first, Fault::Reset);
    waiting.turn();
    waiting.set("eVar1", "third");
    let call = waiting.enter("t", &[]);
    let third = waiting.compile(call).expect("a hit");
    waiting.hand_over(second);
    waiting.seen.invocations[call].hit = Some(second);
    waiting.exit(call);
    waiting.deliver(second);
    waiting.hand_over(third);
    waiting.deliver(third);
    let none = "a call of `t` or `tl` made no hit";
    vec![
        accepts("T-01", "one call makes one hit", tracked()),
        accepts(
            "T-01",
            "a hit of two report suites names both",
            several_suites,
        ),
        accepts("T-01", "a hit waits for one that never ended", blocked),
        accepts("T-01", "the page is left before the second hit", left),
        accepts(
            "T-01",
            "doPlugins ends a call with an exception",
            plugins_threw,
        ),
        rejects(
            "T-01",
            "a call ends with an exception",
            "a call of `t` or `tl` threw an exception",
            threw,
        ),
        accepts(
            "T-01",
            "a later call hands over an earlier one's hit",
            waiting,
        ),
        accepts("T-01", "hits are kept while offline", offline),
        accepts("T-01", "`tl` calls `t` itself", linked),
        accepts("T-01", "the library tracks a click by itself", clicked),
        rejects("T-01", "the second call makes no hit", none, lost_second),
        rejects(
            "T-01",
            "one call makes two hits",
            "a hit was made that no call of `t` or `tl` had asked for",
            doubled,
        ),
        rejects(
            "T-01",
            "a hit is sent twice",
            "a hit was handed to the browser more than once",
            sent_twice,
        ),
        rejects(
            "T-01",
            "a hit is of another report suite",
            "a hit went to another report suite than its tracker's",
            other_suite,
        ),
    ]
}

fn variables() -> Vec<Exhibit> {
    let mut renamed = with_variables();
    for param in &mut renamed.hit(1).params {
        if param.name == "v1" {
            *param = super::tracking::param("eVar2", "v2", "A");
        }
    }
    let mut missing = with_variables();
    missing.hit(1).params.retain(|param| param.name != "c2");
    let mut changed = with_variables();
    for param in &mut changed.hit(1).params {
        if param.name == "v1" {
            param.value = "a".to_owned();
        }
    }
    let mut extra = with_variables();
    extra
        .hit(1)
        .params
        .insert(1, param("prop9", "c9", "left over"));
    let mut twice = with_variables();
    let again = param("eVar1", "v1", "A");
    twice.hit(1).params.insert(1, again);
    let mut long = Play::new();
    long.set("hier1", "x".repeat(300));
    let hit = long.t();
    long.deliver(hit);
    for param in &mut long.hit(1).params {
        if param.variable.as_deref() == Some("hier1") {
            param.value.truncate(255);
        }
    }
    let why = "a page view did not carry the variables that were defined, and no others";
    vec![
        accepts("T-01", "defined variables are sent", with_variables()),
        accepts("T-01", "a long value is cut", long),
        rejects("T-01", "an eVar has another one's name", why, renamed),
        rejects("T-01", "a prop is missing", why, missing),
        rejects("T-01", "a value differs", why, changed),
        rejects("T-01", "a value is sent twice", why, twice),
        rejects(
            "T-01",
            "a variable is sent that was not defined",
            why,
            extra,
        ),
    ]
}

fn overridden(next: impl FnOnce(&mut Play)) -> Play {
    let mut play = Play::new();
    play.set("prop1", "own");
    let hit = play.track("t", &[json!({"prop1": "x", "eVar1": "y"})]);
    play.deliver(hit);
    play.step();
    next(&mut play);
    let hit = play.t();
    play.deliver(hit);
    play
}

fn overrides() -> Vec<Exhibit> {
    let mut ignored = overridden(|_| {});
    ignored
        .hit(1)
        .params
        .retain(|param| param.variable.as_deref() != Some("eVar1"));
    let kept = overridden(|play| {
        play.set("eVar1", "y");
        let after = play.seen.invocations[0].after.as_mut().expect("after");
        after.insert("eVar1".to_owned(), json!("y"));
    });
    let mut leaked = overridden(|_| {});
    leaked.hit(2).params.insert(1, param("eVar1", "v1", "y"));
    vec![
        accepts(
            "T-02",
            "overrides are in their hit only",
            overridden(|_| {}),
        ),
        accepts(
            "T-02",
            "the next call sets the value itself",
            overridden(|play| play.set("eVar1", "y")),
        ),
        rejects(
            "T-02",
            "the hit lacks an override",
            "an override was not in the hit of its call",
            ignored,
        ),
        rejects(
            "T-02",
            "the tracker keeps it",
            "an override outlived its call",
            kept,
        ),
        rejects(
            "T-02",
            "the next hit has it",
            "an override outlived its call",
            leaked,
        ),
    ]
}

fn addresses() -> Vec<Exhibit> {
    let secure_only = |host: &str| {
        let mut play = tracked();
        let before = &mut play.seen.invocations[0].before;
        before.remove("trackingServer");
        before.insert(
            "trackingServerSecure".to_owned(),
            json!("metrics.shop.test"),
        );
        play.hit(1).host = host.to_owned();
        play
    };
    let both = |host: &str| {
        let mut play = tracked();
        let before = &mut play.seen.invocations[0].before;
        before.insert(
            "trackingServerSecure".to_owned(),
            json!("secure.shop.test:443"),
        );
        play.hit(1).host = host.to_owned();
        play
    };
    let other_path = "the path of a hit was not /b/ss/, report suites, /1/, with the version and a random number";
    let mut unframed = tracked();
    unframed.hit(1).params.pop();
    let mut cut_on_the_way = tracked();
    let arrived = cut_on_the_way.seen.hits[0]
        .url
        .trim_end_matches("&AQE=1")
        .to_owned();
    cut_on_the_way.hit(1).arrived_url = Some(arrived);
    let lrt = |n: u32| {
        let mut play = tracked();
        let hit = play.t();
        play.deliver(hit);
        play.hit(n).params.insert(
            1,
            Param {
                name: "lrt".to_owned(),
                variable: None,
                value: "12".to_owned(),
            },
        );
        play
    };
    let frame = "a hit did not begin with AQB and end with AQE";
    vec![
        accepts(
            "T-03",
            "the hit goes to the secure server",
            secure_only("metrics.shop.test"),
        ),
        rejects(
            "T-03",
            "the hit goes to a default host",
            "with trackingServerSecure alone, a hit of an https page went elsewhere",
            secure_only("suite.112.2o7.net"),
        ),
        accepts("T-04", "the path is the sample's", tracked()),
        rejects(
            "T-04",
            "the path has more",
            "the path of a hit did not end with /1/ as in the sample",
            path("/1/JS-2.23.0/s1"),
        ),
        accepts("T-05", "the path is the sample's", tracked()),
        rejects(
            "T-05",
            "it is another version",
            other_path,
            path("/1/JS-2.24.0/s123"),
        ),
        rejects(
            "T-05",
            "more follows",
            other_path,
            path("/1/JS-2.23.0/s123/x"),
        ),
        rejects("T-05", "the source is another", other_path, path("/2/s123")),
        accepts(
            "SRV-01",
            "the secure server is used",
            both("secure.shop.test"),
        ),
        accepts("SRV-01", "without one, the other is", tracked()),
        rejects(
            "SRV-01",
            "the plain server is used",
            "a hit of an https page went to another server than its variables name",
            both("metrics.shop.test"),
        ),
        accepts("URL-01", "AQB and AQE are the frame", tracked()),
        rejects("URL-01", "AQE is missing", frame, unframed),
        rejects("URL-01", "the URL is cut on its way", frame, cut_on_the_way),
        accepts("URL-02", "the second hit has lrt", lrt(2)),
        rejects(
            "URL-02",
            "the first hit has lrt",
            "the first hit of a page had the round trip of another one",
            lrt(1),
        ),
    ]
}

/// A hit whose path goes on like this behind the report suite.
fn path(end: &str) -> Play {
    let mut play = tracked();
    let url = play.seen.hits[0].url.replace("/1/?", &format!("{end}?"));
    play.hit(1).url = url.clone();
    play.hit(1).arrived_url = Some(url);
    play
}

#[test]
fn behind_the_source_the_version_and_a_random_number_may_follow() {
    for end in ["/1/s123", "/1/JS-2.23.0/s123", "/1/JS-2.23.0T-mark/s123"] {
        let (why, instances) = super::judged("T-05", &path(end).evidence());
        assert_eq!((why.len(), instances), (0, 1), "T-05 allows {end}: {why:?}");
    }
}
