//! Tests of checks, deviations, the judgement of a case and the findings of a run.
//! Laws are tested beside them (`laws/exhibits`), snapshots beside theirs.
//! Evidence comes from the exhibits' `Play`; nothing here reads a file or knows a browser.

mod checks;
mod findings;
mod judging;

use std::sync::Arc;

use crate::scenario::{Check, Deviation, HitSelector, Location, Match, Scenario, Subject};

/// A place in a scenario file.
fn at(line: u32) -> Location {
    Location {
        file: Arc::from("scenarios/post/example.toml"),
        line,
        column: 1,
    }
}

/// A scenario that asks for nothing.
fn scenario() -> Scenario {
    let page = url::Url::parse("https://www.shop.test/").expect("an address");
    Scenario::new("post/example", page, at(1))
}

/// A check that asks nothing of its subject but to be there.
fn check_of(subject: Subject) -> Check {
    Check {
        requirement: "T-02".to_owned(),
        subject,
        has: Vec::new(),
        lacks: Vec::new(),
        is: None,
        args: None,
        hits: None,
        order: None,
        count: None,
        step: None,
        at: at(20),
    }
}

fn hit(n: u32) -> Subject {
    Subject::Hit(HitSelector::Number(n))
}

fn text(text: &str) -> Match {
    Match::Text(text.to_owned())
}

fn pattern(pattern: &str) -> Match {
    Match::Pattern(regex::Regex::new(pattern).expect("a pattern"))
}

/// A deviation of every build and browser.
fn deviation(requirement: &str) -> Deviation {
    Deviation {
        requirement: requirement.to_owned(),
        builds: None,
        browsers: None,
        transport: Vec::new(),
        fault: Vec::new(),
        violation: None,
        because: "it does something else".to_owned(),
        since: "2026-11-24".to_owned(),
        sometimes: false,
        at: at(30),
    }
}
