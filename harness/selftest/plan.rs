//! Which builds are run in which scenarios.

use std::collections::BTreeSet;
use std::sync::Arc;

use drivers::BuildFile;

use super::plant::{UNSPOILED, plant, wrapped};
use super::{Fault, Host, Hosts, SelftestError};
use crate::run::{case_name, reference_build};
use crate::scenario::{Scenario, Suite};

/// Faults and the scenarios that there are for them.
#[derive(Debug)]
pub struct Plan {
    /// The faults.
    pub faults: Vec<Planned>,
    /// Every scenario that a fault to be run names.
    pub scenarios: Vec<Arc<Scenario>>,
    /// No fault was left out.
    pub whole: bool,
}

/// A fault, and whether it can be run.
#[derive(Debug)]
pub struct Planned {
    /// The fault.
    pub fault: Fault,
    /// Scenarios that it names and that the folder does not have. With any, it is not run.
    pub absent: Vec<String>,
}

impl Plan {
    /// A plan for these faults; `whole`: they are all that there are.
    pub fn new(suite: &Suite, faults: Vec<Fault>, whole: bool) -> Plan {
        let known: BTreeSet<&str> = suite
            .scenarios
            .iter()
            .map(|scenario| scenario.name.as_str())
            .collect();
        let faults: Vec<Planned> = faults
            .into_iter()
            .map(|fault| {
                let absent = fault.scenarios.iter();
                let absent = absent.filter(|name| !known.contains(name.as_str()));
                Planned {
                    absent: absent.cloned().collect(),
                    fault,
                }
            })
            .collect();
        let wanted: BTreeSet<&str> = faults
            .iter()
            .filter(|planned| planned.is_runnable())
            .flat_map(|planned| planned.fault.scenarios.iter().map(String::as_str))
            .collect();
        let scenarios = suite
            .scenarios
            .iter()
            .filter(|scenario| wanted.contains(scenario.name.as_str()))
            .map(|scenario| Arc::new(scenario.clone()))
            .collect();
        Plan {
            whole: whole && faults.iter().all(Planned::is_runnable),
            faults,
            scenarios,
        }
    }

    /// The builds: those without a fault, and each fault's.
    pub(super) fn builds(
        &self,
        files: &Hosts<Option<BuildFile>>,
    ) -> Result<Vec<BuildFile>, SelftestError> {
        let mut builds = Vec::new();
        if let Some(real) = &files.appmeasurement {
            builds.extend([real.clone(), wrapped(real, UNSPOILED, None, None)]);
        }
        builds.extend(files.web_sdk.clone());
        if self.needs(Host::Reference) {
            builds.push(reference_build());
        }
        for planned in self.runnable() {
            builds.push(plant(&planned.fault, files)?);
        }
        Ok(builds)
    }

    /// The names of the cases: each fault in its scenarios, and what it is compared with in the same.
    pub(super) fn cases(&self, browser: &str, hosts: &Hosts<String>) -> Vec<String> {
        let mut cases = BTreeSet::new();
        for planned in self.runnable() {
            let fault = &planned.fault;
            let host = fault.host();
            let builds = [fault.name.as_str(), hosts.own(host), hosts.unspoiled(host)];
            for scenario in &fault.scenarios {
                cases.extend(builds.map(|build| case_name(browser, build, scenario)));
            }
        }
        cases.into_iter().collect()
    }

    /// Whether a fault that is run is planted in this library.
    pub(super) fn needs(&self, host: Host) -> bool {
        self.runnable().any(|planned| planned.fault.host() == host)
    }

    fn runnable(&self) -> impl Iterator<Item = &Planned> {
        self.faults.iter().filter(|planned| planned.is_runnable())
    }
}

impl Planned {
    /// The folder has all its scenarios.
    pub fn is_runnable(&self) -> bool {
        self.absent.is_empty()
    }
}
