//! What became of a hit: every way in which a request can end, with pages that agree and pages that do not.

use super::testing::{Case, HOST, hit_url, only_hit, scenario};
use super::{Hit, Outcome, join};
use crate::page::What;
use crate::scenario::{Action, Fault, HostState, Step, Transport};
use crate::world::{BodyKind, WireEnd};

fn undecided(hit: &Hit) -> &str {
    match &hit.outcome {
        Outcome::Undecided(why) => why,
        other => panic!("expected an undecided hit, got {other:?}"),
    }
}

/// A case in which an image of `s1` was handed over and ended like this in the page.
fn image(ended: Option<&str>) -> (Case, String) {
    let (mut case, url) = (Case::new(), hit_url("s1", "v1=A"));
    let id = case.handed(Transport::Image, &url);
    if let Some(how) = ended {
        case.ended(id, how);
    }
    (case, url)
}

#[test]
fn a_404_has_failed_although_its_body_is_an_image_and_the_page_says_load() {
    let (mut case, url) = image(Some("load"));
    let answer = &mut case.arrived(&url).answer;
    answer.status = Some(404);
    let hit = only_hit(case);
    assert_eq!(
        (hit.outcome, hit.fault),
        (Outcome::Failed, Some(Fault::Status))
    );
}

#[test]
fn answers_that_break_off_have_failed_with_their_fault() {
    for fault in [
        Fault::Reset,
        Fault::Close,
        Fault::Truncate,
        Fault::Stall,
        Fault::Status,
    ] {
        let (mut case, url) = image(Some("error"));
        case.arrived_with(&url, fault);
        let hit = only_hit(case);
        assert_eq!((hit.outcome, hit.fault), (Outcome::Failed, Some(fault)));
    }
}

#[test]
fn a_2xx_with_a_body_that_the_transport_cannot_use_is_undecided() {
    for (transport, body, decided) in [
        (Transport::Image, BodyKind::Empty, false),
        (Transport::Image, BodyKind::Html, false),
        (Transport::Script, BodyKind::Image, false),
        (Transport::Script, BodyKind::Script, true),
        (Transport::Xhr, BodyKind::Empty, true),
        (Transport::Beacon, BodyKind::Html, true),
    ] {
        let (mut case, url) = (Case::new(), hit_url("s1", ""));
        case.handed(transport, &url);
        case.arrived(&url).answer.body = body;
        let outcome = only_hit(case).outcome;
        let delivered = outcome == Outcome::Delivered;
        assert_eq!(
            delivered, decided,
            "{transport:?} answered by {body:?}: {outcome:?}"
        );
    }
}

#[test]
fn an_answer_that_the_page_had_given_up_is_undecided() {
    for how in ["error", "abort", "timeout"] {
        let (mut case, url) = image(Some(how));
        case.arrived(&url);
        let hit = only_hit(case);
        assert!(undecided(&hit).contains("given up"), "{how}: {hit:?}");
    }
}

#[test]
fn an_answer_that_cors_hides_is_undecided_for_xhr_and_means_nothing_for_images() {
    for (transport, hides) in [(Transport::Xhr, true), (Transport::Image, false)] {
        let (mut case, url) = (Case::new(), hit_url("s1", ""));
        case.handed(transport, &url);
        case.arrived(&url).answer.readable = false;
        let outcome = only_hit(case).outcome;
        assert_eq!(
            outcome != Outcome::Delivered,
            hides,
            "{transport:?}: {outcome:?}"
        );
    }
}

#[test]
fn a_hit_whose_page_was_gone_is_undecided_but_a_beacon_is_not() {
    for (transport, expected) in [
        (
            Transport::Image,
            Outcome::Undecided("the page was gone".into()),
        ),
        (Transport::Beacon, Outcome::Delivered),
    ] {
        let (mut case, url) = (Case::new(), hit_url("s1", ""));
        case.handed(transport, &url);
        case.event(What::Hide { persisted: false });
        case.arrived(&url);
        assert_eq!(only_hit(case).outcome, expected, "{transport:?}");
    }
}

#[test]
fn the_harness_leaving_the_page_at_the_end_decides_nothing() {
    let (mut case, url) = image(None);
    case.arrived_with(&url, Fault::Stall);
    case.over();
    case.event(What::Hide { persisted: false });
    let hit = only_hit(case);
    assert_eq!(
        (hit.outcome, hit.fault),
        (Outcome::Failed, Some(Fault::Stall))
    );
}

#[test]
fn a_browser_that_went_away_decides_nothing_unless_a_fault_held_the_answer() {
    let (mut case, url) = image(None);
    case.arrived(&url).answer.end = WireEnd::ClientGone;
    assert!(undecided(&only_hit(case)).contains("went away"));

    let (mut case, url) = image(Some("abort"));
    let answer = &mut case.arrived_with(&url, Fault::Stall).answer;
    (answer.end, answer.late) = (WireEnd::ClientGone, false);
    let hit = only_hit(case);
    assert_eq!(
        (hit.outcome, hit.fault),
        (Outcome::Failed, Some(Fault::Stall))
    );
}

#[test]
fn a_host_that_was_down_or_a_policy_makes_a_hit_fail_before_the_wire() {
    let (mut case, _) = image(Some("error"));
    case.refused(HOST, HostState::Dns);
    let hit = only_hit(case);
    assert_eq!(
        (hit.outcome, hit.fault),
        (Outcome::Failed, Some(Fault::Dns))
    );

    for blocked in ["https://metrics.shop.test", &hit_url("s1", "v1=A")] {
        let (mut case, _) = image(Some("error"));
        case.event(What::Policy {
            directive: "img-src".into(),
            blocked: blocked.into(),
        });
        let hit = only_hit(case);
        assert_eq!(
            (hit.outcome, hit.fault),
            (Outcome::Failed, Some(Fault::Policy))
        );
    }
}

#[test]
fn a_policy_on_something_else_does_not_make_a_hit_fail() {
    for (directive, blocked) in [
        ("script-src-elem", "https://metrics.shop.test".to_owned()),
        ("img-src", "https://other.test/pixel.gif".to_owned()),
        ("img-src", hit_url("s2", "")),
    ] {
        let (mut case, _) = image(None);
        case.event(What::Policy {
            directive: directive.into(),
            blocked: blocked.clone(),
        });
        let hit = only_hit(case);
        assert_eq!(
            undecided(&hit),
            "never seen on the wire",
            "{directive} {blocked}"
        );
    }
}

#[test]
fn of_several_states_of_a_host_the_one_in_the_hits_step_is_the_fault() {
    let mut scenario = scenario();
    for state in [HostState::Tls, HostState::Refuse, HostState::Up] {
        scenario.steps.push(Step {
            action: Action::Network {
                host: HOST.into(),
                state,
            },
            frame: None,
            at: scenario.at.clone(),
        });
    }
    let mut case = Case::new();
    for (step, key) in [(1, "s1"), (2, "s2"), (3, "s3")] {
        case.step(step);
        case.handed(Transport::Image, &hit_url(key, ""));
    }
    case.refused(HOST, HostState::Tls);
    case.refused(HOST, HostState::Refuse);
    let hits = join(&case.recording(), &scenario).hits;
    let faults: Vec<_> = hits.iter().map(|hit| hit.fault).collect();
    assert_eq!(
        faults,
        [Some(Fault::Tls), Some(Fault::Refuse), None],
        "in step 3 it is up again"
    );
}

#[test]
fn a_beacon_that_never_arrived_is_undecided_if_the_browser_took_it() {
    for (accepted, expected) in [(true, "undecided"), (false, "failed")] {
        let mut case = Case::new();
        case.event(What::Handed {
            id: 1,
            transport: Transport::Beacon,
            method: "POST".into(),
            url: hit_url("s1", ""),
            body: None,
            accepted: Some(accepted),
        });
        assert_eq!(
            only_hit(case).outcome.name(),
            expected,
            "sendBeacon returned {accepted}"
        );
    }
}

#[test]
fn a_hit_is_decided_where_redirects_lead() {
    for (status, expected) in [(200, Outcome::Delivered), (500, Outcome::Failed)] {
        let (mut case, url) = image(Some("load"));
        let target = format!("{url}&first=1");
        let answer = &mut case.arrived(&url).answer;
        (answer.status, answer.location) = (Some(302), Some(target.clone()));
        case.arrived(&target).answer.status = Some(status);
        let hit = only_hit(case);
        assert_eq!(hit.outcome, expected, "the last answer was {status}");
        assert_eq!(
            (hit.attempts, hit.wire),
            (1, vec![1, 2]),
            "a redirect is no attempt"
        );
        assert_eq!(hit.arrived_url.as_deref(), Some(url.as_str()));
    }
}

#[test]
fn a_redirect_to_another_host_makes_no_second_hit() {
    let (mut case, url) = image(Some("error"));
    let target = url.replace(HOST, "other.test");
    let answer = &mut case.arrived(&url).answer;
    (answer.status, answer.location) = (Some(302), Some(target));
    case.refused("other.test", HostState::Refuse);
    let hit = only_hit(case);
    assert_eq!(
        (hit.outcome, hit.fault),
        (Outcome::Failed, Some(Fault::Refuse))
    );
}

#[test]
fn repeated_requests_are_one_hit_and_a_delivered_one_wins() {
    let (mut case, url) = image(Some("load"));
    case.arrived_with(&url, Fault::Reset);
    case.arrived(&url);
    let hit = only_hit(case);
    assert_eq!(
        (hit.outcome, hit.sends, hit.attempts),
        (Outcome::Delivered, 1, 2)
    );
    assert_eq!(hit.fault, Some(Fault::Reset), "the fault that it met");

    let (mut case, url) = image(Some("error"));
    case.handed(Transport::Image, &url);
    case.arrived_with(&url, Fault::Reset);
    case.arrived_with(&url, Fault::Status);
    let hit = only_hit(case);
    assert_eq!((hit.outcome, hit.sends), (Outcome::Failed, 2));
    assert_eq!(hit.fault, Some(Fault::Status), "the last one decides");
}
