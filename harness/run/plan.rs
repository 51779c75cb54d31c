//! Which cases a run has.

use std::sync::Arc;

use super::{BrowserId, BuildId, Case};
use crate::scenario::{Scenario, Version};

/// All cases of `scenarios` × `builds` × `browsers` that the scenarios are for, of which the
/// documentation claims what they are about, and that one of the filters meets (none: all), by browser, then
/// build, then scenario.
pub fn plan(
    scenarios: &[Arc<Scenario>],
    builds: &[Arc<BuildId>],
    browsers: &[Arc<BrowserId>],
    filters: &[String],
) -> Vec<Case> {
    let mut cases = Vec::new();
    for browser in browsers {
        for build in builds {
            cases.extend(
                scenarios
                    .iter()
                    .filter(|scenario| is_for(scenario, build, browser))
                    .map(|scenario| Case {
                        scenario: scenario.clone(),
                        build: build.clone(),
                        browser: browser.clone(),
                    })
                    .filter(|case| meets(&case.name(), filters)),
            );
        }
    }
    cases
}

/// Whether a case of this name is meant by the filters: a filter is any part of the name.
pub fn meets(case_name: &str, filters: &[String]) -> bool {
    filters.is_empty()
        || filters
            .iter()
            .any(|filter| case_name.contains(filter.as_str()))
}

fn is_for(scenario: &Scenario, build: &BuildId, browser: &BrowserId) -> bool {
    let version = build.version.as_deref().and_then(Version::parse);
    scenario.library == build.library
        && scenario
            .documented
            .iter()
            .all(|filter| filter.fits_newest(build.library, version))
        && scenario
            .builds
            .as_ref()
            .is_none_or(|filter| filter.fits(build.library, version))
        && scenario
            .browsers
            .as_ref()
            .is_none_or(|names| names.contains(&browser.kind))
}
