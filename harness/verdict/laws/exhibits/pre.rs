//! Exhibits of registerPreTrackCallback.

use serde_json::json;

use crate::evidence::Outcome;
use crate::scenario::{Fault, On};

use super::{Exhibit, Play, accepts, rejects};

fn watched() -> Play {
    let mut play = Play::new();
    play.register(On::Pre, "watch", &[]);
    play
}

fn tracked() -> Play {
    let mut play = watched();
    let hit = play.t();
    play.deliver(hit);
    play
}

/// A hit for which nothing ran, and a registration before it.
fn unwatched() -> Play {
    let mut play = Play::new();
    let hit = play.t();
    play.deliver(hit);
    let mut registrations = watched().seen.registrations;
    registrations[0].place.seq = 0;
    play.seen.registrations = registrations;
    play
}

/// Two calls in a row on a library that sends one hit at a time.
fn queued(pre_late: bool) -> Play {
    let mut play = watched();
    let first = play.t();
    let call = play.enter("t", &[]);
    let registrations = std::mem::take(&mut play.seen.registrations);
    let second = play.compile(call).expect("a hit");
    play.seen.registrations = registrations;
    if !pre_late {
        play.run(On::Pre, "watch", second, &[]);
    }
    play.exit(call);
    play.end(first, "load");
    play.hit(first).outcome = Outcome::Delivered;
    if pre_late {
        play.run(On::Pre, "watch", second, &[]);
    }
    play.hand_over(second);
    play.deliver(second);
    play
}

/// A pre function that calls `t`: each round is compiled within the one before.
fn series(rounds: usize, capped: bool) -> Play {
    fn round(play: &mut Play, left: usize, capped: bool) {
        let call = play.enter("t", &[]);
        let registrations = std::mem::take(&mut play.seen.registrations);
        let hit = play.compile(call).expect("a hit");
        play.seen.registrations = registrations;
        let run = play.run(On::Pre, "watch", hit, &[]);
        if left > 0 {
            play.body(run, |play| round(play, left - 1, capped));
        } else if capped {
            play.seen.calls[run].capped = true;
        }
        play.hand_over(hit);
        play.exit(call);
    }
    let mut play = watched();
    round(&mut play, rounds, capped);
    for hit in 1..=play.seen.hits.len() as u32 {
        play.deliver(hit);
    }
    play
}

pub(super) fn exhibits() -> Vec<Exhibit> {
    [running(), like_post(), settled()]
        .into_iter()
        .flatten()
        .collect()
}

fn running() -> Vec<Exhibit> {
    let mut afterwards = unwatched();
    afterwards.run(On::Pre, "watch", 1, &[]);
    let mut failed = watched();
    let hit = failed.t();
    failed.fail(hit, Fault::Refuse);
    let mut failed_silently = unwatched();
    failed_silently.hit(1).outcome = Outcome::Failed;
    let mut doubled = watched();
    doubled.register(On::Pre, "watch", &[]);
    let hit = doubled.t();
    doubled.deliver(hit);
    doubled.seen.registrations.truncate(1);
    let mut between = watched();
    let call = between.enter("t", &[]);
    let hit = between.compile(call).expect("a hit");
    between.register(On::Pre, "too-late", &[]);
    between.hand_over(hit);
    between.exit(call);
    between.deliver(hit);
    vec![
        accepts("PRE-01", "it runs, then the hit is sent", tracked()),
        accepts(
            "PRE-01",
            "another one is registered after the URL was compiled",
            between,
        ),
        rejects(
            "PRE-01",
            "it does not run",
            "a pre function did not run for a hit that was sent",
            unwatched(),
        ),
        rejects(
            "PRE-01",
            "it runs after the hit was sent",
            "a pre function ran only after its hit was sent",
            afterwards,
        ),
        accepts("PRE-02", "a delivered hit runs it once", tracked()),
        accepts("PRE-02", "a failed hit runs it once", failed),
        rejects(
            "PRE-02",
            "a failed hit does not run it",
            "a hit ran a pre function less often than it was registered",
            failed_silently,
        ),
        rejects(
            "PRE-02",
            "a hit runs it twice",
            "a hit ran a pre function twice as often as it was registered",
            doubled,
        ),
    ]
}

fn like_post() -> Vec<Exhibit> {
    let mut several = Play::new();
    several.register(On::Pre, "watch", &[json!("a"), json!(1)]);
    several.register(On::Pre, "watch", &[json!("b")]);
    several.register(On::Pre, "note", &[]);
    let hit = several.t();
    several.deliver(hit);
    let mut waiting = watched();
    let first = waiting.t();
    let call = waiting.enter("t", &[]);
    let second = waiting.compile(call).expect("a hit");
    waiting.exit(call);
    waiting.seen.hits.truncate(1);
    waiting.seen.invocations[call].hit = None;
    let run = waiting
        .seen
        .calls
        .iter_mut()
        .find(|call| call.hit == Some(second));
    run.expect("a run").hit = None;
    waiting.hit(first).outcome = Outcome::Failed;
    waiting.hit(first).fault = Some(Fault::Stall);
    let mut of_no_hit = tracked();
    let run = of_no_hit.run(On::Pre, "watch", 1, &[]);
    of_no_hit.seen.calls[run].hit = None;
    of_no_hit.seen.calls[run].args[0] = json!("https://metrics.shop.test/b/ss/suite/1/s99?AQB=1");
    of_no_hit.seen.calls.remove(0);
    let mut cut = tracked();
    cut.seen.calls[0].args[0] = json!("https://metrics.shop.test/b/ss/suite/1/");
    let bare = several_broken(|play| {
        play.seen.calls[0].args.truncate(1);
    });
    let one_missing = several_broken(|play| {
        play.seen.calls.remove(1);
    });
    let no_note = several_broken(|play| {
        play.seen.calls.remove(2);
    });
    let mut no_string = tracked();
    no_string.seen.calls[0].args[0] = json!(null);
    let mut ends = series(0, false);
    let inner = ends.seen.invocations.len();
    let run = 0;
    ends.body(run, |play| {
        let call = play.enter("t", &[]);
        play.exit(call);
    });
    assert_eq!(ends.seen.invocations.len(), inner + 1, "one call more");
    vec![
        accepts(
            "PRE-03",
            "functions and arguments are as registered",
            several,
        ),
        accepts("PRE-03", "a series goes on to the cap", series(3, true)),
        accepts(
            "PRE-03",
            "a hit waits for another one and is never sent",
            waiting,
        ),
        rejects(
            "PRE-03",
            "the URL is cut",
            "the first argument of a pre function was not the whole URL of its hit",
            only_url(cut),
        ),
        rejects(
            "PRE-03",
            "it runs for a URL that nobody sends",
            "the first argument of a pre function was not the URL of any hit",
            of_no_hit,
        ),
        rejects(
            "PRE-03",
            "arguments are missing",
            "a pre function did not get the arguments of its registration, in order",
            bare,
        ),
        rejects(
            "PRE-03",
            "registered twice, it runs once",
            "a pre function that was registered several times did not run as often",
            one_missing,
        ),
        rejects(
            "PRE-03",
            "one of two functions does not run",
            "a hit did not run every pre function that was registered",
            no_note,
        ),
        rejects(
            "PRE-03",
            "the URL is no string",
            "the first argument of a pre function was no string",
            only_url(no_string),
        ),
        rejects(
            "PRE-03",
            "`t` in its body makes no hit",
            "`t` in a pre function was not followed by another hit",
            ends,
        ),
    ]
}

fn several_broken(how: impl FnOnce(&mut Play)) -> Play {
    let mut play = Play::new();
    play.register(On::Pre, "watch", &[json!("a"), json!(1)]);
    play.register(On::Pre, "watch", &[json!("b")]);
    play.register(On::Pre, "note", &[]);
    let hit = play.t();
    play.deliver(hit);
    how(&mut play);
    play
}

/// The wire saw nothing of it, so that the URL is judged against the hand-over alone.
fn only_url(mut play: Play) -> Play {
    play.hit(1).arrived_url = None;
    play
}

/// Two hits that do not wait for each other.
fn together() -> Play {
    let mut play = watched();
    let hits = [play.t(), play.t()];
    for hit in hits {
        play.deliver(hit);
    }
    play
}

/// The hit of the first of two calls is handed over after that of the second.
fn overtaken() -> Play {
    let mut play = watched();
    let first = play.enter("t", &[]);
    let late = play.compile(first).expect("a hit");
    play.exit(first);
    let second = play.t();
    play.deliver(second);
    play.hand_over(late);
    play.deliver(late);
    play
}

fn settled() -> Vec<Exhibit> {
    let mut sets_late = watched();
    let call = sets_late.enter("t", &[]);
    let hit = sets_late.compile(call).expect("a hit");
    sets_late.set("prop1", "late");
    sets_late.hand_over(hit);
    sets_late.exit(call);
    sets_late.deliver(hit);
    sets_late.step();
    let hit = sets_late.t();
    sets_late.deliver(hit);
    let mut recompiled = watched();
    let call = recompiled.enter("t", &[]);
    recompiled.set("prop1", "late");
    let hit = recompiled.compile(call).expect("a hit");
    recompiled.hand_over(hit);
    recompiled.exit(call);
    recompiled.deliver(hit);
    let mut other_url = tracked();
    other_url.hit(1).url = other_url.seen.hits[0].url.replace("n=1", "n=1&c1=late");
    vec![
        accepts("PRE-04", "what it sets is in the next hit", sets_late),
        rejects(
            "PRE-04",
            "what it sets is in this hit",
            "a hit that pre functions ran for was not sent with the variables of its call",
            recompiled,
        ),
        rejects(
            "PRE-04",
            "another URL is sent",
            "a hit was sent with another URL than its pre functions were told",
            other_url,
        ),
        accepts(
            "PRE-06",
            "each of two queued hits follows its run",
            queued(true),
        ),
        accepts("PRE-05", "two hits are on their way at once", together()),
        accepts("PRE-06", "a single hit follows its run", tracked()),
        rejects(
            "PRE-06",
            "a hit of a later call is sent before it",
            "another hit was sent or ended between a pre function's run and its own hit",
            overtaken(),
        ),
        rejects(
            "PRE-05",
            "another hit ends after the run and before the hand-over",
            "another hit was sent or ended between a pre function's run and its own hit",
            queued(false),
        ),
    ]
}
