//! Exhibits of registerPostTrackCallback: when its functions run.

use crate::evidence::Outcome;
use crate::scenario::{Fault, On, Transport};

use super::{Exhibit, Play, accepts, rejects};

/// A page with `audit` registered for post.
pub(super) fn audited() -> Play {
    let mut play = Play::new();
    play.register(On::Post, "audit", &[]);
    play
}

/// One page view, delivered.
pub(super) fn delivered() -> Play {
    let mut play = audited();
    let hit = play.t();
    play.deliver(hit);
    play
}

/// One page view whose answer has come, before any function ran for it.
fn ended() -> Play {
    let mut play = Play::new();
    let hit = play.t();
    play.deliver(hit);
    play.register(On::Post, "audit", &[]);
    let registered = play.seen.registrations.last_mut().expect("a registration");
    registered.place.seq = 0;
    registered.place.task = 1;
    play
}

fn beacon() -> Play {
    let mut play = audited();
    play.set("useBeacon", true);
    play.t();
    play
}

/// A 404 whose body is a decodable image: the page sees a load, the wire a failure.
fn image_with_404() -> Play {
    let mut play = audited();
    let hit = play.t();
    play.fail(hit, Fault::Status);
    play.hit(hit).ended.as_mut().expect("an end").1 = "load".to_owned();
    play
}

pub(super) fn exhibits() -> Vec<Exhibit> {
    [running(), failing(), counting()]
        .into_iter()
        .flatten()
        .collect()
}

fn running() -> Vec<Exhibit> {
    let never = ended();
    let mut early = audited();
    let hit = early.t();
    early.run(On::Post, "audit", hit, &[]);
    early.end(hit, "load");
    early.hit(hit).outcome = Outcome::Delivered;
    let mut before_sending = audited();
    let call = before_sending.enter("t", &[]);
    let hit = before_sending.compile(call).expect("a hit");
    before_sending.run(On::Post, "audit", hit, &[]);
    before_sending.seen.registrations.clear();
    before_sending.hand_over(hit);
    before_sending.exit(call);
    before_sending.deliver(hit);
    before_sending.seen.registrations = audited().seen.registrations;
    let mut in_timer = ended();
    in_timer.turn();
    in_timer.run(On::Post, "audit", 1, &[]);
    let mut upon_next = ended();
    let end = upon_next.seen.hits[0].ended.as_mut().expect("an end");
    end.0.task = 0;
    upon_next.step();
    upon_next.t();
    let run = upon_next.run(On::Post, "audit", 1, &[]);
    upon_next.seen.calls[run].place.task = 0;
    upon_next.seen.hits[1].outcome = Outcome::Undecided("open".to_owned());
    let mut beacon_later = audited();
    beacon_later.seen.registrations.clear();
    beacon_later.set("useBeacon", true);
    beacon_later.t();
    beacon_later.seen.registrations = audited().seen.registrations;
    beacon_later.turn();
    beacon_later.run(On::Post, "audit", 1, &[]);
    // The handler of the library stands before the probe's in one turn.
    let mut ready_state = audited();
    ready_state.transport = Transport::Xhr;
    let hit = ready_state.t();
    ready_state.deliver(hit);
    let end = ready_state.seen.hits[0].ended.as_mut().expect("an end");
    let run = &mut ready_state.seen.calls[0].place;
    std::mem::swap(&mut end.0.seq, &mut run.seq);
    let mut left = ended();
    left.leave();
    left.seen.documents[0].hidden = left.seen.hits[0].ended.as_ref().map(|(place, _)| *place);
    left.register(On::Post, "audit", &[]);
    let hit = left.t();
    left.deliver(hit);
    let early_why = "a post function ran before its hit was sent";
    let later_why = "a post function ran in a later turn than the end of its hit";
    vec![
        accepts("POST-01", "a delivered hit runs the function", delivered()),
        accepts("POST-01", "a beacon runs the function", beacon()),
        accepts(
            "POST-01",
            "a page was left before its hit was settled",
            left,
        ),
        accepts(
            "POST-01",
            "the library hears of the end before the probe",
            ready_state,
        ),
        rejects(
            "POST-01",
            "nothing runs",
            "a post function did not run although its hit was delivered",
            never,
        ),
        rejects("POST-01", "it runs before the answer", early_why, early),
        rejects(
            "POST-01",
            "it runs before the hand-over",
            early_why,
            before_sending,
        ),
        accepts("POST-02", "it runs in the turn of the end", delivered()),
        accepts("POST-02", "it runs in the turn of a beacon", beacon()),
        rejects("POST-02", "it runs from a timer", later_why, in_timer),
        rejects(
            "POST-02",
            "it runs upon the next call, turns unknown",
            later_why,
            upon_next,
        ),
        rejects(
            "POST-02",
            "it runs from a timer after a beacon",
            later_why,
            beacon_later,
        ),
    ]
}

fn failing() -> Vec<Exhibit> {
    let mut silent = audited();
    let hit = silent.t();
    silent.fail(hit, Fault::Reset);
    let mut loud = silent_with(Fault::Reset);
    loud.run(On::Post, "audit", 1, &[]);
    let mut fooled = image_with_404();
    fooled.run(On::Post, "audit", 1, &[]);
    let mut failed_beacon = beacon();
    failed_beacon.hit(1).outcome = Outcome::Failed;
    failed_beacon.hit(1).fault = Some(Fault::Refuse);
    let mut stalled = silent_with(Fault::Stall);
    stalled.hit(1).ended = None;
    let run = stalled.run(On::Post, "audit", 1, &[]);
    stalled.seen.calls[run].late = true;
    let why = "a post function ran although its hit failed";
    vec![
        accepts("POST-03", "a hit is reset and nothing runs", silent),
        accepts(
            "POST-03",
            "a 404 with an image runs nothing",
            image_with_404(),
        ),
        accepts(
            "POST-03",
            "a stalled hit runs it only after the case",
            stalled,
        ),
        rejects("POST-03", "a reset hit runs the function", why, loud),
        rejects("POST-03", "the page takes a 404 for a load", why, fooled),
        rejects(
            "POST-03",
            "a refused beacon runs the function",
            why,
            failed_beacon,
        ),
    ]
}

fn silent_with(fault: Fault) -> Play {
    let mut play = audited();
    let hit = play.t();
    play.fail(hit, fault);
    play
}

fn counting() -> Vec<Exhibit> {
    let mut three = audited();
    for _ in 0..2 {
        let hit = three.t();
        three.deliver(hit);
        three.step();
    }
    let hit = three.tl("o", "link");
    three.deliver(hit);
    let mut doubled = delivered();
    doubled.run(On::Post, "audit", 1, &[]);
    let mut tripled = delivered();
    tripled.run(On::Post, "audit", 1, &[]);
    tripled.run(On::Post, "audit", 1, &[]);
    let mut second_lost = delivered();
    second_lost.seen.registrations.clear();
    let hit = second_lost.t();
    second_lost.deliver(hit);
    second_lost.seen.registrations = audited().seen.registrations;
    let mut for_nothing = delivered();
    let run = for_nothing.run(On::Post, "audit", 1, &[]);
    for_nothing.seen.calls[run].hit = None;
    let mut foreign = delivered();
    foreign.run(On::Post, "stranger", 1, &[]);
    let mut under_way = Play::new();
    let hit = under_way.t();
    under_way.register(On::Post, "audit", &[]);
    under_way.deliver(hit);
    let mut inside = delivered();
    inside.register(On::Post, "late", &[]);
    inside.step();
    let hit = inside.t();
    inside.deliver(hit);
    let mut both = audited();
    both.register(On::Post, "notify", &[]);
    let hit = both.t();
    both.deliver(hit);
    let mut only_last = audited();
    only_last.seen.registrations.clear();
    only_last.register(On::Post, "notify", &[]);
    let hit = only_last.t();
    only_last.deliver(hit);
    only_last
        .seen
        .registrations
        .extend(audited().seen.registrations);
    let mut twice = audited();
    twice.register(On::Post, "audit", &[]);
    let hit = twice.t();
    twice.deliver(hit);
    let once = twice_registered_run_once();
    let more = "a hit ran a post function more often than it was registered";
    let less = "a hit ran a post function less often than it was registered";
    vec![
        accepts("POST-04", "each of three hits runs it once", three),
        accepts(
            "POST-04",
            "it is registered while the hit is under way",
            under_way,
        ),
        accepts("POST-04", "another one is registered by it", inside),
        rejects(
            "POST-04",
            "it runs twice for a hit",
            "a hit ran a post function twice as often as it was registered",
            doubled,
        ),
        rejects("POST-04", "it runs three times for a hit", more, tripled),
        rejects(
            "POST-04",
            "a function of no registration runs",
            more,
            foreign,
        ),
        rejects(
            "POST-04",
            "the second hit does not run it",
            less,
            second_lost,
        ),
        rejects(
            "POST-04",
            "it runs for no hit",
            "a post function ran for no hit at all",
            for_nothing,
        ),
        accepts("POST-07", "two functions run", both),
        rejects(
            "POST-07",
            "only the last one runs",
            "a hit did not run every post function that was registered",
            only_last,
        ),
        accepts("POST-08", "registered twice, it runs twice", twice),
        rejects(
            "POST-08",
            "registered twice, it runs once",
            "a post function that was registered several times did not run as often",
            once,
        ),
    ]
}

fn twice_registered_run_once() -> Play {
    let mut play = delivered();
    let again = play.seen.registrations[0].clone();
    play.seen.registrations.push(again);
    play
}
