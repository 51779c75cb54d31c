//! Variables of a tracker against parameters of a hit.

use serde_json::Value;

use crate::evidence::{Hit, Param};

use super::facts::{Vars, truthy};

/// Values of this length or longer may be cut by documented limits, which differ by variable.
const MAY_BE_CUT: usize = 100;

/// The variables that `clearVars` is documented to clear.
pub(super) fn is_cleared(name: &str) -> bool {
    is_numbered(name, "prop", 75)
        || is_numbered(name, "eVar", 250)
        || is_numbered(name, "hier", 5)
        || is_numbered(name, "list", 3)
        || matches!(
            name,
            "events"
                | "products"
                | "channel"
                | "purchaseID"
                | "transactionID"
                | "state"
                | "zip"
                | "campaign"
        )
}

/// Variables that a hit carries as they are: what is defined is in it, and nothing else is.
pub(super) fn is_plain(name: &str) -> bool {
    (is_cleared(name) && !matches!(name, "events" | "products")) || name == "server"
}

/// Whether `pageName` or a plain variable.
pub(super) fn is_plain_or_page_name(name: &str) -> bool {
    is_plain(name) || name == "pageName"
}

/// Adobe's name of a parameter's variable.
pub(super) fn variable(param: &Param) -> &str {
    param.variable.as_deref().unwrap_or(&param.name)
}

/// What a hit says of a variable.
pub(super) fn carried<'h>(hit: &'h Hit, name: &str) -> Option<&'h str> {
    hit.params
        .iter()
        .find(|param| variable(param) == name)
        .map(|param| param.value.as_str())
}

/// The text that a defined variable is sent as; `None`: it is not defined, or no plain value.
pub(super) fn defined_text(value: Option<&Value>) -> Option<String> {
    match value? {
        text @ Value::String(_) if truthy(Some(text)) => text.as_str().map(str::to_owned),
        number @ Value::Number(_) if truthy(Some(number)) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether `found` is how a hit may carry `expected`.
pub(super) fn carries(expected: &str, found: &str) -> bool {
    expected == found
        || expected.contains('\u{FFFD}')
        || (found.chars().count() >= MAY_BE_CUT && expected.starts_with(found))
}

/// How a hit departs from the plain variables that it was compiled from, a line each.
pub(super) fn departures(vars: &Vars, hit: &Hit, concerns: impl Fn(&str) -> bool) -> Vec<String> {
    let missing = vars
        .iter()
        .filter(|(name, _)| is_plain_or_page_name(name) && concerns(name))
        .filter_map(|(name, value)| {
            let expected = defined_text(Some(value))?;
            match carried(hit, name) {
                Some(found) if carries(&expected, found) => None,
                Some(found) => Some(format!(
                    "expected {name} = {expected:?} on hit {}, found {found:?}",
                    hit.n
                )),
                None => Some(format!(
                    "expected {name} = {expected:?} on hit {}, found no {name}",
                    hit.n
                )),
            }
        });
    missing
        .chain(undefined(vars, hit, |name| {
            is_plain(name) && concerns(name)
        }))
        .chain(repeated(hit, |name| {
            is_plain_or_page_name(name) && concerns(name)
        }))
        .collect()
}

/// Variables that a hit carries more than once, a line each.
fn repeated(hit: &Hit, concerns: impl Fn(&str) -> bool) -> Vec<String> {
    let names: Vec<&str> = hit.params.iter().map(variable).collect();
    names
        .iter()
        .enumerate()
        .filter(|(at, name)| concerns(name) && names[..*at].contains(name))
        .map(|(_, name)| format!("expected {name} once on hit {}, found it again", hit.n))
        .collect()
}

/// Parameters of a hit whose variable was not defined, a line each.
pub(super) fn undefined(vars: &Vars, hit: &Hit, concerns: impl Fn(&str) -> bool) -> Vec<String> {
    hit.params
        .iter()
        .filter(|param| concerns(variable(param)) && !truthy(vars.get(variable(param))))
        .map(|param| {
            format!(
                "expected no {} on hit {}, found {:?}",
                variable(param),
                hit.n,
                param.value
            )
        })
        .collect()
}

fn is_numbered(name: &str, family: &str, last: u32) -> bool {
    name.strip_prefix(family)
        .filter(|digits| !digits.starts_with('0'))
        .and_then(|digits| digits.parse::<u32>().ok())
        .is_some_and(|number| (1..=last).contains(&number))
}
