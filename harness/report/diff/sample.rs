//! Made-up results of two builds for the tests of comparing.

use crate::evidence::{
    Behaviour, ShownCalls, ShownHit, ShownParam, ShownRun, ShownTracker, ShownValue, names,
};
use crate::report::{CaseResult, Results, sample};
use crate::scenario::{On, Transport};

/// Parameters of these names and values.
pub(crate) fn params(list: &[(&str, &str)]) -> Vec<ShownParam> {
    let params = list.iter().map(|(name, value)| ShownParam {
        name: (*name).to_owned(),
        variable: names::variable(name),
        value: (*value).to_owned(),
    });
    params.collect()
}

/// A delivered image of tracker `s`.
pub(crate) fn hit(n: u32, list: &[(&str, &str)]) -> ShownHit {
    ShownHit {
        name: format!("hit {n}"),
        n,
        step: n,
        transport: Transport::Image,
        method: "GET".into(),
        outcome: "delivered".into(),
        undecided: None,
        fault: None,
        sends: 1,
        refused: false,
        address: format!("https://metrics.shop.test/b/ss/rs/1/JS-«version»/«random:{n}»"),
        arrived: None,
        framed: true,
        params: params(list),
        body_changed: false,
        calls: vec![],
    }
}

/// Calls of a callback, each with its arguments, from this place on.
pub(crate) fn calls(on: On, name: &str, place: u32, runs: &[&[&str]]) -> ShownCalls {
    let runs = (place..).zip(runs).map(|(place, args)| ShownRun {
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        step: 1,
        place,
    });
    ShownCalls {
        on: Some(on),
        name: name.into(),
        runs: runs.collect(),
    }
}

/// A case that shows these hits of tracker `s` and these values.
pub(crate) fn case(scenario: &str, hits: Vec<ShownHit>, values: &[(&str, &str)]) -> CaseResult {
    let values = values.iter().map(|(name, value)| ShownValue {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    });
    CaseResult {
        scenario: scenario.into(),
        requirements: vec![],
        hits: vec![],
        calls: vec![],
        timeline: vec![],
        spans: vec![],
        behaviour: Some(Behaviour {
            trackers: vec![ShownTracker {
                tracker: Some("s".into()),
                hits,
            }],
            values: values.collect(),
            ..Behaviour::default()
        }),
        ..sample::passed()
    }
}

/// Results of a build of this name with these cases.
pub(crate) fn results(build: &str, mut cases: Vec<CaseResult>) -> Results {
    let mut results = sample::results();
    for case in &mut cases {
        case.build = build.into();
    }
    for known in &mut results.builds {
        known.name = build.into();
        known.source = format!("lib/{build}.js");
    }
    Results {
        exit: 0,
        cases,
        findings: vec![],
        ..results
    }
}
