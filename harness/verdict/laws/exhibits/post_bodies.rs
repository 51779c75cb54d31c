//! Exhibits of registerPostTrackCallback: what its functions get, and what their bodies do.

use serde_json::json;

use crate::evidence::Outcome;
use crate::scenario::{On, Transport};

use super::post::{audited, delivered};
use super::{Exhibit, Play, accepts, rejects};

fn series(method: &str, rounds: usize) -> Play {
    let mut play = audited();
    let mut hit = play.t();
    for _ in 0..rounds {
        play.end(hit, "load");
        play.hit(hit).outcome = Outcome::Delivered;
        let run = play.run(On::Post, "audit", hit, &[]);
        let args = [json!(true), json!("o"), json!("again")];
        let mut next = 0;
        play.body(run, |play| {
            next = play.track(method, if method == "t" { &[] } else { &args });
        });
        hit = next;
    }
    play.end(hit, "load");
    play.hit(hit).outcome = Outcome::Delivered;
    play
}

fn capped_series(method: &str) -> Play {
    let mut play = series(method, 3);
    let last = play.seen.hits.len() as u32;
    let run = play.run(On::Post, "audit", last, &[]);
    play.seen.calls[run].capped = true;
    play.seen.capped = true;
    play
}

fn cleared(again: impl FnOnce(&mut Play)) -> Play {
    let mut play = audited();
    play.set("prop1", "old");
    let hit = play.t();
    play.end(hit, "load");
    play.hit(hit).outcome = Outcome::Delivered;
    let run = play.run(On::Post, "audit", hit, &[]);
    play.body(run, Play::clear_vars);
    play.step();
    again(&mut play);
    let hit = play.t();
    play.deliver(hit);
    play
}

pub(super) fn exhibits() -> Vec<Exhibit> {
    [looping(), arguments(), clearing()]
        .into_iter()
        .flatten()
        .collect()
}

fn looping() -> Vec<Exhibit> {
    let mut guarded = series("t", 2);
    guarded.run(On::Post, "audit", 3, &[]);
    let mut no_hit = series("t", 1);
    no_hit.seen.hits.truncate(1);
    no_hit.seen.invocations[1].hit = None;
    let mut no_link = series("tl", 1);
    no_link.seen.hits.truncate(1);
    no_link.seen.invocations[1].hit = None;
    vec![
        accepts(
            "POST-05",
            "the series goes on to the cap",
            capped_series("t"),
        ),
        accepts("POST-05", "the function stops calling `t`", guarded),
        rejects(
            "POST-05",
            "the next hit runs nothing",
            "`t` in a post function was not followed by another run",
            series("t", 2),
        ),
        rejects(
            "POST-05",
            "there is no next hit",
            "`t` in a post function was not followed by another hit",
            no_hit,
        ),
        accepts(
            "POST-06",
            "the series goes on to the cap",
            capped_series("tl"),
        ),
        rejects(
            "POST-06",
            "the next hit runs nothing",
            "`tl` in a post function was not followed by another run",
            series("tl", 2),
        ),
        rejects(
            "POST-06",
            "there is no next hit",
            "`tl` in a post function was not followed by another hit",
            no_link,
        ),
    ]
}

fn arguments() -> Vec<Exhibit> {
    let first = |value: serde_json::Value| {
        let mut play = delivered();
        play.seen.calls[0].args[0] = value;
        play
    };
    let url = delivered().seen.hits[0].url.clone();
    let mut long = audited();
    long.transport = Transport::Xhr;
    let hit = long.t();
    long.deliver(hit);
    let mut browser_form = delivered();
    let odd = url.replace("n=1", "n=1'");
    browser_form.hit(1).url = odd.clone();
    browser_form.hit(1).arrived_url = Some(odd.replace('\'', "%27"));
    browser_form.seen.calls[0].args[0] = json!(odd);
    let mut of_none = delivered();
    of_none.seen.calls[0].hit = None;
    let mut other_wire = delivered();
    other_wire.hit(1).arrived_url = Some(url.replace("n=1", "n=7"));
    let mut second_sees_change = delivered();
    let run = second_sees_change.run(On::Post, "audit", 1, &[]);
    second_sees_change.seen.calls[run].args[0] = json!("changed");
    let extras = [json!("param1"), json!(2), json!({"three": true})];
    let with_extras = |given: &[serde_json::Value]| {
        let mut play = Play::new();
        play.register(On::Post, "audit", &extras);
        let hit = play.t();
        play.deliver(hit);
        play.seen.calls[0].args.truncate(1);
        play.seen.calls[0].args.extend_from_slice(given);
        play
    };
    let mut two_lists = Play::new();
    two_lists.register(On::Post, "audit", &[json!("a")]);
    two_lists.register(On::Post, "audit", &[json!("b")]);
    let hit = two_lists.t();
    two_lists.deliver(hit);
    let mut one_list_twice = Play::new();
    one_list_twice.register(On::Post, "audit", &[json!("a")]);
    one_list_twice.register(On::Post, "audit", &[json!("b")]);
    let hit = one_list_twice.t();
    one_list_twice.deliver(hit);
    one_list_twice.seen.calls[1].args[1] = json!("a");
    let wrong_url = "the first argument of a post function was not the whole URL of its hit";
    let changed = "the functions registered for post did not all get the URL that arrived";
    let wrong_args = "a post function did not get the arguments of its registration, in order";
    let accumulated = [extras.as_slice(), extras.as_slice()].concat();
    vec![
        accepts("POST-10", "it is the URL", delivered()),
        accepts("POST-10", "a long hit's URL has its body's query", long),
        accepts(
            "POST-10",
            "a browser escapes the URL on its way",
            browser_form,
        ),
        rejects(
            "POST-10",
            "it is the path only",
            wrong_url,
            first(json!("https://metrics.shop.test/b/ss/suite/1/")),
        ),
        rejects(
            "POST-10",
            "it is cut",
            wrong_url,
            first(json!(url.trim_end_matches("&AQE=1"))),
        ),
        rejects("POST-10", "another URL arrived", wrong_url, other_wire),
        rejects(
            "POST-10",
            "it is an object",
            "the first argument of a post function was no string",
            first(json!({ "href": url })),
        ),
        rejects(
            "POST-10",
            "it is a URL of no hit",
            "the first argument of a post function was not the URL of any hit",
            of_none,
        ),
        accepts("POST-11", "all get what arrived", delivered()),
        rejects(
            "POST-11",
            "the second one gets what the first one made of it",
            changed,
            second_sees_change,
        ),
        accepts(
            "POST-12",
            "they are those of the registration",
            with_extras(&extras),
        ),
        accepts("POST-12", "two registrations have their own", two_lists),
        rejects("POST-12", "they are missing", wrong_args, with_extras(&[])),
        rejects(
            "POST-12",
            "one is missing",
            wrong_args,
            with_extras(&extras[..2]),
        ),
        rejects(
            "POST-12",
            "their order differs",
            wrong_args,
            with_extras(&[json!(2), json!("param1"), json!({"three": true})]),
        ),
        rejects(
            "POST-12",
            "one is changed",
            wrong_args,
            with_extras(&[json!("param1"), json!("2"), json!({"three": true})]),
        ),
        rejects(
            "POST-12",
            "they accumulate",
            wrong_args,
            with_extras(&accumulated),
        ),
        rejects(
            "POST-12",
            "one registration's run twice",
            wrong_args,
            one_list_twice,
        ),
        accepts(
            "POST-13",
            "further arguments are dropped",
            with_no_extras_passed(),
        ),
        rejects(
            "POST-13",
            "further arguments are passed on",
            "a registration took more arguments than the function and passed them on",
            with_extras(&extras),
        ),
    ]
}

/// POST-13 holds only where POST-12 does not: no other law may look at it, so it is shaped so
/// that the run's registration with arguments is the only one and undecided for the others.
fn with_no_extras_passed() -> Play {
    let mut play = Play::new();
    play.register(On::Post, "audit", &[json!("param1")]);
    let hit = play.t();
    play.deliver(hit);
    play.seen.calls[0].args.truncate(1);
    play
}

fn clearing() -> Vec<Exhibit> {
    let mut kept = cleared(|_| {});
    let value = kept.seen.hits[0]
        .params
        .iter()
        .find(|param| param.name == "c1")
        .expect("prop1")
        .clone();
    kept.seen.hits[1].params.insert(1, value);
    let mut not_cleared = cleared(|play| play.set("prop1", "old"));
    let clearing = not_cleared
        .seen
        .invocations
        .iter_mut()
        .find(|invocation| invocation.method == "clearVars")
        .expect("clearVars");
    clearing
        .after
        .as_mut()
        .expect("after")
        .insert("prop1".to_owned(), json!("old"));
    let why = "a variable that a post function had cleared was in the next hit";
    vec![
        accepts("POST-14", "the next hit lacks it", cleared(|_| {})),
        accepts(
            "POST-14",
            "it is set again",
            cleared(|play| play.set("prop1", "new")),
        ),
        rejects("POST-14", "the next hit has it all the same", why, kept),
        rejects("POST-14", "the tracker still has it", why, not_cleared),
    ]
}
