//! What came of each case, and what that makes of each fault.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fault::reference_cannot;
use super::report::{Alarm, Fate, FaultReport, Killing, SelftestReport};
use super::{Cannot, Host, Hosts, Plan, Planned, UNSPOILED};
use crate::evidence::{self, Evidence};
use crate::run::{Case, CaseRun, Recording, RunEvent};
use crate::scenario::{Suite, Version};
use crate::verdict::{self, CaseFacts, CaseVerdict, FindingKind, Law, laws};

/// What a case showed.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    /// Requirements that are violated unexpectedly.
    pub violated: BTreeSet<String>,
    /// Every verdict, a line each.
    pub verdicts: Vec<String>,
    /// Laws that judged an instance.
    pub judged: BTreeSet<&'static str>,
    /// The text of its snapshot.
    pub text: String,
    /// Findings and events, for people.
    pub story: Vec<String>,
}

/// How a case ended.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// It was judged.
    Shown(Box<Shown>),
    /// It had an error; `infrastructure`: the browser's.
    Error {
        /// What happened.
        why: String,
        /// The browser died, not the page.
        infrastructure: bool,
    },
}

/// Cases by build and scenario.
pub(super) type Cases = BTreeMap<(String, String), Seen>;

/// Takes the events of a run, and keeps what its cases showed.
pub(super) struct Account {
    plan: Arc<Plan>,
    suite: Arc<Suite>,
    hosts: Hosts<String>,
    planned: Vec<Case>,
    seen: Cases,
}

impl Account {
    /// For a plan whose real builds have these names.
    pub fn new(plan: Arc<Plan>, suite: Arc<Suite>, hosts: Hosts<String>) -> Account {
        Account {
            plan,
            suite,
            hosts,
            planned: Vec::new(),
            seen: Cases::new(),
        }
    }

    /// Whether the cases are known: set-up is over.
    pub fn is_planned(&self) -> bool {
        !self.planned.is_empty()
    }

    /// Takes the next event.
    pub fn take(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Planned { cases, .. } => self.planned.clone_from(cases),
            RunEvent::Finished { case, run } => {
                if let Some(case) = self.planned.get(*case) {
                    let key = (case.build.name.clone(), case.scenario.name.clone());
                    self.seen.insert(key, seen(case, run, &self.suite));
                }
            }
            _ => {}
        }
    }

    /// The report.
    pub fn close(self) -> SelftestReport {
        let claims = self.suite.catalogue.requirements.iter();
        let claims: Vec<(String, String)> = claims
            .map(|row| (row.id.clone(), row.claim.clone()))
            .collect();
        report(&self.plan, &self.hosts, &self.seen, &claims, laws())
    }
}

fn seen(case: &Case, run: &CaseRun, suite: &Suite) -> Seen {
    match &run.outcome {
        Ok(recording) => Seen::Shown(Box::new(shown(case, recording, suite))),
        Err(trouble) => Seen::Error {
            why: trouble.message.clone(),
            infrastructure: trouble.infrastructure(),
        },
    }
}

fn shown(case: &Case, recording: &Recording, suite: &Suite) -> Shown {
    let evidence = evidence::join(recording, &case.scenario);
    let facts = CaseFacts {
        scenario: &case.scenario,
        catalogue: &suite.catalogue,
        library: case.build.library,
        version: case.build.version.as_deref().and_then(Version::parse),
        browser: &case.browser.kind,
    };
    let verdict = verdict::judge(&facts, &evidence, &suite.deviations);
    let of_library = laws().iter().filter(|law| law.library == facts.library);
    Shown {
        violated: unexpected(&verdict),
        verdicts: verdict.judgements.iter().map(line).collect(),
        judged: of_library
            .filter(|law| !(law.judge)(&evidence).is_empty())
            .map(|law| law.id)
            .collect(),
        text: evidence::snapshot(&evidence, &case.scenario),
        story: story(&verdict, recording, &evidence),
    }
}

fn unexpected(verdict: &CaseVerdict) -> BTreeSet<String> {
    let findings = verdict.findings.iter();
    findings
        .filter(|finding| finding.kind == FindingKind::Violated)
        .filter_map(|finding| finding.requirement.clone())
        .collect()
}

fn line(judgement: &verdict::Judgement) -> String {
    let expected = if judgement.expected {
        ""
    } else {
        ", unexpected"
    };
    format!("{} {:?}{expected}", judgement.id, judgement.verdict)
}

fn story(verdict: &CaseVerdict, recording: &Recording, evidence: &Evidence) -> Vec<String> {
    let findings = verdict.findings.iter().map(|finding| {
        let id = finding.requirement.as_deref().unwrap_or_default();
        format!("{:?} {id}: {}", finding.kind, finding.why)
    });
    findings
        .chain(evidence::timeline(recording, evidence))
        .collect()
}

/// What the cases make of the faults. `claims` are the catalogue's, in its order.
pub(super) fn report(
    plan: &Plan,
    hosts: &Hosts<String>,
    seen: &Cases,
    claims: &[(String, String)],
    laws: &[Law],
) -> SelftestReport {
    let judge = Judge { hosts, seen };
    let faults: Vec<FaultReport> = plan.faults.iter().map(|one| judge.fault(one)).collect();
    let mut alarms = judge.alarms_of_copy();
    alarms.extend(judge.alarms_of(Host::WebSdk, &[]));
    alarms.extend(judge.alarms_of(Host::Reference, &reference_cannot()));
    // What runs a part of the scenarios exercises a part of the laws.
    let idle = match plan.whole {
        true => judge.idle(laws),
        false => Vec::new(),
    };
    SelftestReport::new(hosts, faults, claims, alarms, idle)
}

struct Judge<'a> {
    hosts: &'a Hosts<String>,
    seen: &'a Cases,
}

impl Judge<'_> {
    fn get(&self, build: &str, scenario: &str) -> Option<&Seen> {
        self.seen.get(&(build.to_owned(), scenario.to_owned()))
    }

    fn shown(&self, build: &str, scenario: &str) -> Option<&Shown> {
        match self.get(build, scenario)? {
            Seen::Shown(shown) => Some(shown),
            Seen::Error { .. } => None,
        }
    }

    fn fault(&self, planned: &Planned) -> FaultReport {
        let fault = &planned.fault;
        let host = fault.host();
        let own = self.hosts.own(host);
        let compared = [fault.name.as_str(), own, self.hosts.unspoiled(host)];
        let trouble = self.trouble(planned, &compared);
        let mut noticed = BTreeSet::new();
        let mut differs = false;
        let mut story = Vec::new();
        for scenario in &fault.scenarios {
            let [spoiled, own, unspoiled] = compared.map(|build| self.shown(build, scenario));
            let (Some(spoiled), Some(own), Some(unspoiled)) = (spoiled, own, unspoiled) else {
                continue;
            };
            noticed.extend(spoiled.violated.difference(&own.violated).cloned());
            differs |= spoiled.text != unspoiled.text;
            story.push(format!("in {scenario}:"));
            story.extend(spoiled.story.iter().map(|line| format!("  {line}")));
        }
        let requirements: Vec<Killing> = fault
            .noticed_by
            .iter()
            .map(|id| Killing {
                id: id.clone(),
                fate: match &trouble {
                    Some(_) => Fate::NotRun,
                    None if noticed.contains(id) => Fate::Killed,
                    None if noticed.is_empty() && differs => Fate::OnlyBySnapshot,
                    None => Fate::Survived,
                },
            })
            .collect();
        let fate = requirements.iter().map(|killing| killing.fate).max();
        let fate = fate.unwrap_or(Fate::Survived);
        FaultReport {
            name: fault.name.clone(),
            library: own.to_owned(),
            scenarios: fault.scenarios.clone(),
            fate,
            requirements,
            noticed_by: noticed.into_iter().collect(),
            absent: planned.absent.clone(),
            why: trouble.as_ref().map(|trouble| trouble.why.clone()),
            infrastructure: trouble.is_some_and(|trouble| trouble.infrastructure),
            story: match fate {
                Fate::Survived | Fate::OnlyBySnapshot => story,
                Fate::Killed | Fate::NotRun => Vec::new(),
            },
        }
    }

    /// Why a fault has no fate: the first of its cases, or of those it is compared with, that was not
    /// judged.
    fn trouble(&self, planned: &Planned, builds: &[&str]) -> Option<Trouble> {
        if !planned.is_runnable() {
            let why = format!("the folder has no {}", planned.absent.join(", "));
            return Some(Trouble::new(why));
        }
        let cases = planned
            .fault
            .scenarios
            .iter()
            .flat_map(|scenario| builds.iter().map(move |build| (*build, scenario)));
        for (build, scenario) in cases {
            match self.get(build, scenario) {
                Some(Seen::Shown(_)) => {}
                None => return Some(Trouble::new(format!("{scenario} was not run to its end"))),
                Some(Seen::Error {
                    why,
                    infrastructure,
                }) => {
                    return Some(Trouble {
                        why: format!("{build} in {scenario}: {why}"),
                        infrastructure: *infrastructure,
                    });
                }
            }
        }
        None
    }

    /// Verdicts of the unspoiled copy that are not the build's own.
    fn alarms_of_copy(&self) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        for (scenario, own) in self.cases_of(&self.hosts.appmeasurement) {
            let Some(copy) = self.shown(UNSPOILED, scenario) else {
                continue;
            };
            let changed = |from: &Shown, to: &Shown| -> Vec<String> {
                let lines = from.verdicts.iter();
                lines
                    .filter(|line| !to.verdicts.contains(line))
                    .cloned()
                    .collect()
            };
            let (only_own, only_copy) = (changed(own, copy), changed(copy, own));
            if !only_own.is_empty() || !only_copy.is_empty() {
                alarms.push(Alarm {
                    build: UNSPOILED.to_owned(),
                    scenario: scenario.to_owned(),
                    why: format!(
                        "the wrapper alone changes verdicts: {} became {}",
                        or_none(&only_own),
                        or_none(&only_copy)
                    ),
                });
            }
        }
        alarms
    }

    /// Violations of a library without a fault, less what it cannot help.
    fn alarms_of(&self, host: Host, cannot: &[Cannot]) -> Vec<Alarm> {
        let build = self.hosts.own(host);
        let is_known = |id: &str| cannot.iter().any(|known| known.requirement == id);
        let violated = self.cases_of(build).flat_map(|(scenario, shown)| {
            let ids = shown.violated.iter().filter(|id| !is_known(id));
            ids.map(move |id| Alarm {
                build: build.to_owned(),
                scenario: scenario.to_owned(),
                why: format!("without a fault, it violates {id}"),
            })
        });
        violated.collect()
    }

    /// Laws that judged nothing in any build without a fault.
    fn idle(&self, laws: &[Law]) -> Vec<String> {
        let judged: BTreeSet<&str> = [Host::AppMeasurement, Host::WebSdk, Host::Reference]
            .into_iter()
            .flat_map(|host| self.cases_of(self.hosts.own(host)))
            .flat_map(|(_, shown)| shown.judged.iter().copied())
            .collect();
        let idle = laws.iter().filter(|law| !judged.contains(law.id));
        idle.map(|law| format!("{}: {}", law.id, law.states))
            .collect()
    }

    fn cases_of(&self, build: &str) -> impl Iterator<Item = (&str, &Shown)> {
        self.seen
            .iter()
            .filter(move |((name, _), _)| name == build)
            .filter_map(|((_, scenario), seen)| match seen {
                Seen::Shown(shown) => Some((scenario.as_str(), shown.as_ref())),
                Seen::Error { .. } => None,
            })
    }
}

fn or_none(lines: &[String]) -> String {
    match lines.is_empty() {
        true => "none".to_owned(),
        false => lines.join(", "),
    }
}

struct Trouble {
    why: String,
    infrastructure: bool,
}

impl Trouble {
    fn new(why: String) -> Trouble {
        Trouble {
            why,
            infrastructure: false,
        }
    }
}
