//! Evidence made by hand, for the tests of laws: what a law accepts and what it rejects.
//! `play` behaves as documented; each exhibit that a law rejects breaks it in one way.
//! No browser, no scenario and no library takes part: what is pinned is what laws conclude.

mod encoding;
mod links;
mod play;
mod post;
mod post_bodies;
mod pre;
mod sdk;
mod sdk_play;
mod switches;
mod tracking;

use std::collections::BTreeSet;

use crate::evidence::Evidence;
use crate::scenario::Catalogue;

use super::laws;

pub(in crate::verdict) use play::Play;
use sdk_play::SdkPlay;

/// The rows that laws may name.
const REQUIREMENTS: &str = include_str!("../../../../scenarios/requirements.toml");

/// An evidence, and what a law must say of it.
pub(super) struct Exhibit {
    /// The law.
    pub law: &'static str,
    /// What happens in it.
    pub shows: &'static str,
    /// The evidence.
    pub evidence: Evidence,
    /// Why the law rejects it; `None`: it accepts it, with at least one instance.
    pub why: Option<&'static str>,
}

/// Evidence that a law accepts.
pub(super) fn accepts(law: &'static str, shows: &'static str, play: Play) -> Exhibit {
    Exhibit {
        law,
        shows,
        evidence: play.evidence(),
        why: None,
    }
}

/// Evidence that a law rejects, with its reason.
pub(super) fn rejects(
    law: &'static str,
    shows: &'static str,
    why: &'static str,
    play: Play,
) -> Exhibit {
    Exhibit {
        law,
        shows,
        evidence: play.evidence(),
        why: Some(why),
    }
}

/// Evidence of the Web SDK that a law accepts.
pub(super) fn accepts_sdk(law: &'static str, shows: &'static str, play: SdkPlay) -> Exhibit {
    Exhibit {
        law,
        shows,
        evidence: play.evidence(),
        why: None,
    }
}

/// Evidence of the Web SDK that a law rejects, with its reason.
pub(super) fn rejects_sdk(
    law: &'static str,
    shows: &'static str,
    why: &'static str,
    play: SdkPlay,
) -> Exhibit {
    Exhibit {
        law,
        shows,
        evidence: play.evidence(),
        why: Some(why),
    }
}

fn all() -> Vec<Exhibit> {
    [
        post::exhibits(),
        post_bodies::exhibits(),
        pre::exhibits(),
        tracking::exhibits(),
        switches::exhibits(),
        links::exhibits(),
        encoding::exhibits(),
        sdk::exhibits(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The reasons for which a law rejects an evidence, each once, and the number of its instances.
fn judged(law: &str, evidence: &Evidence) -> (Vec<String>, usize) {
    let law = laws()
        .iter()
        .find(|one| one.id == law)
        .unwrap_or_else(|| panic!("there is no law {law}"));
    let instances = (law.judge)(evidence);
    let mut why: Vec<String> = Vec::new();
    for violation in instances.iter().filter_map(|one| one.violation.as_ref()) {
        assert!(
            !violation.events.is_empty(),
            "{}: a violation must show its events",
            law.id
        );
        if !why.contains(&violation.why) {
            why.push(violation.why.clone());
        }
    }
    (why, instances.len())
}

#[test]
fn each_law_accepts_and_rejects_its_exhibits() {
    let mut wrong = Vec::new();
    for exhibit in all() {
        let (why, instances) = judged(exhibit.law, &exhibit.evidence);
        let expected: Vec<String> = exhibit.why.map(str::to_owned).into_iter().collect();
        if why != expected || instances == 0 {
            wrong.push(format!(
                "{} on evidence in which {}: expected {expected:?}, found {why:?} in {instances} instances",
                exhibit.law, exhibit.shows
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The documentation contradicts itself: one of the two cannot hold where the other one does.
const CONTRADICTION: [&str; 2] = ["POST-12", "POST-13"];

#[test]
fn no_law_objects_to_what_another_one_accepts() {
    let mut alarms = Vec::new();
    for exhibit in all().into_iter().filter(|exhibit| exhibit.why.is_none()) {
        let contradicted = |law: &str| {
            law != exhibit.law
                && CONTRADICTION.contains(&law)
                && (law == "POST-13" || exhibit.law == "POST-13")
        };
        let of = laws().iter().find(|law| law.id == exhibit.law);
        let same_library =
            |law: &&crate::verdict::laws::Law| of.map(|of| of.library) == Some(law.library);
        for law in laws()
            .iter()
            .filter(same_library)
            .filter(|law| !contradicted(law.id))
        {
            let (why, _) = judged(law.id, &exhibit.evidence);
            if !why.is_empty() {
                alarms.push(format!(
                    "{} raises a false alarm on evidence of {} in which {}: {why:?}",
                    law.id, exhibit.law, exhibit.shows
                ));
            }
        }
    }
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

#[test]
fn every_law_has_exhibits_of_both_kinds_and_a_requirement() {
    let all = all();
    let catalogue: Catalogue = toml::from_str(REQUIREMENTS).expect("the catalogue can be read");
    let ids: BTreeSet<_> = catalogue
        .requirements
        .iter()
        .map(|row| row.id.as_str())
        .collect();
    let mut seen = BTreeSet::new();
    for law in laws() {
        assert!(seen.insert(law.id), "two laws are called {}", law.id);
        assert!(
            ids.contains(law.id),
            "{} is no id of the requirements",
            law.id
        );
        let of_law = || all.iter().filter(|exhibit| exhibit.law == law.id);
        assert!(
            of_law().any(|exhibit| exhibit.why.is_none()),
            "{} has no evidence that it accepts",
            law.id
        );
        assert!(
            of_law().any(|exhibit| exhibit.why.is_some()),
            "{} has no evidence that it rejects",
            law.id
        );
    }
}

#[test]
fn laws_say_nothing_of_evidence_in_which_nothing_happened() {
    for law in laws() {
        assert!(
            (law.judge)(&Evidence::default()).is_empty(),
            "{} judged an empty evidence",
            law.id
        );
    }
}
