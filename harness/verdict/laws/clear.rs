//! `clearVars`.

use crate::evidence::{Evidence, Invocation};
use crate::verdict::Instance;

use super::facts::Vars;
use super::values::is_cleared;
use super::{holds, show, violated};

/// CLR-01
pub(super) fn clears_the_listed(evidence: &Evidence) -> Vec<Instance> {
    evidence
        .invocations
        .iter()
        .filter(|invocation| invocation.method == "clearVars" && !invocation.late)
        .filter_map(|invocation| {
            let after = invocation.after.as_ref()?;
            let (why, details) = departure(invocation, after)?;
            Some(match why {
                None => holds(None),
                Some(why) => {
                    let mut events = vec![show::invocation(invocation)];
                    events.extend(details);
                    violated(None, why, events)
                }
            })
        })
        .collect()
}

type Departure = (Option<&'static str>, Vec<String>);

fn departure(invocation: &Invocation, after: &Vars) -> Option<Departure> {
    if let Some(exception) = &invocation.threw {
        let events = vec![format!("it threw {exception}")];
        return Some((Some("`clearVars` threw an exception"), events));
    }
    let kept = listing(after, "kept", is_cleared);
    if !kept.is_empty() {
        return Some((Some("`clearVars` left a variable that it clears"), kept));
    }
    let changed = changes(&invocation.before, after);
    if !changed.is_empty() {
        return Some((
            Some("`clearVars` changed a variable that it leaves"),
            changed,
        ));
    }
    let returned = invocation.returned.as_deref()?;
    if returned != "undefined" {
        let events = vec![format!("expected nothing, found a {returned}")];
        return Some((Some("`clearVars` returned something"), events));
    }
    Some((None, Vec::new()))
}

fn changes(before: &Vars, after: &Vars) -> Vec<String> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|name| !is_cleared(name) && before.get(*name) != after.get(*name))
        .map(|name| {
            let shown = |vars: &Vars| vars.get(name).map_or("undefined".to_owned(), show::text);
            format!("{name}: expected {}, found {}", shown(before), shown(after))
        })
        .collect()
}

fn listing(vars: &Vars, what: &str, chosen: impl Fn(&str) -> bool) -> Vec<String> {
    vars.iter()
        .filter(|(name, _)| chosen(name))
        .map(|(name, value)| format!("{what} {name} = {}", show::text(value)))
        .collect()
}
