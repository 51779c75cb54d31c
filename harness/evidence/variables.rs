//! What a hit tells Analytics, under names that AppMeasurement and the Web SDK share, so that the same
//! page view can be compared. The pairs are those of Adobe's tables of XDM fields and of fields of the
//! data object (<https://experienceleague.adobe.com/en/docs/analytics/implementation/aep-edge/xdm-var-mapping>,
//! `…/data-var-mapping`).

use super::{ShownHit, ShownParam, names};

/// Where events carry Analytics variables as they are.
const ANALYTICS: &str = "data.__adobe.analytics.";

/// XDM field and variable, where one field is one variable.
const FIELDS: &[(&str, &str)] = &[
    ("xdm.web.webPageDetails.name", "pageName"),
    ("xdm.web.webPageDetails.URL", "pageURL"),
    ("xdm.web.webPageDetails.server", "server"),
    ("xdm.web.webPageDetails.siteSection", "channel"),
    ("xdm.web.webReferrer.URL", "referrer"),
    ("xdm.web.webInteraction.name", "linkName"),
    ("xdm.web.webInteraction.type", "linkType"),
    ("xdm.web.webInteraction.URL", "linkURL"),
    ("xdm.marketing.trackingCode", "campaign"),
    ("xdm.commerce.order.currencyCode", "currencyCode"),
    ("xdm.commerce.order.purchaseID", "purchaseID"),
    (
        "xdm.commerce.order.payments.0.transactionID",
        "transactionID",
    ),
    ("xdm.device.colorDepth", "colorDepth"),
    (
        "xdm.environment.browserDetails.viewportWidth",
        "browserWidth",
    ),
    (
        "xdm.environment.browserDetails.viewportHeight",
        "browserHeight",
    ),
    ("xdm.placeContext.geo.postalCode", "zip"),
    ("xdm.placeContext.geo.stateProvince", "state"),
];

/// Beginnings of XDM fields that are numbered variables.
const NUMBERED: &[&str] = &[
    "xdm._experience.analytics.customDimensions.eVars.",
    "xdm._experience.analytics.customDimensions.props.",
    "xdm._experience.analytics.customDimensions.hierarchies.",
];

/// A variable of a hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Adobe's name; `xdm.…` and `data.…` for what has no variable.
    pub name: String,
    /// Its value, normalised.
    pub value: String,
}

/// The variables of a hit, in its order, each name once: what an event says of a variable itself goes before an
/// XDM field of the same meaning. Moments, and what only tells a server how to answer, are not among
/// them.
pub fn variables(hit: &ShownHit) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    let rows: Vec<(bool, Variable)> = hit.params.iter().filter_map(row).collect();
    // XDM fields last: they yield to the data object.
    for late in [false, true] {
        for (_, variable) in rows.iter().filter(|(is_field, _)| *is_field == late) {
            if !found.iter().any(|known| known.name == variable.name) {
                found.push(variable.clone());
            }
        }
    }
    found
}

/// Whether it is an XDM field, and what it says.
fn row(param: &ShownParam) -> Option<(bool, Variable)> {
    let of = |name: String| Variable {
        value: match name.as_str() {
            "linkType" => link_type(&param.value).to_owned(),
            _ => param.value.clone(),
        },
        name,
    };
    match event_path(&param.name) {
        Some(path) => of_event(path).map(|(is_field, name)| (is_field, of(name))),
        None if is_envelope(&param.name) => None,
        None => {
            let name = param.variable.as_ref().unwrap_or(&param.name);
            Some((false, of(name.clone())))
        }
    }
}

/// `xdm.eventType` of `events.0.xdm.eventType`.
fn event_path(name: &str) -> Option<&str> {
    let (number, path) = name.strip_prefix("events.")?.split_once('.')?;
    number
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(path)
}

/// The moment of an AppMeasurement request, and what of a Web SDK request is about no event.
fn is_envelope(name: &str) -> bool {
    ["t", "configId", "requestId"].contains(&name)
        || name.starts_with("query.")
        || name.starts_with("meta.")
}

fn of_event(path: &str) -> Option<(bool, String)> {
    if let Some(name) = path.strip_prefix(ANALYTICS) {
        return Some((false, analytics(name)));
    }
    let is_about_the_sdk = path.starts_with("query.")
        || path == "xdm.timestamp"
        || path.starts_with("xdm.implementationDetails.");
    if is_about_the_sdk {
        return None;
    }
    let field = FIELDS.iter().find(|(field, _)| *field == path);
    let numbered = NUMBERED.iter().find_map(|start| path.strip_prefix(start));
    let name = field.map(|(_, name)| *name).or(numbered);
    Some((true, name.unwrap_or(path).to_owned()))
}

/// The letter that `tl()` and the data object take, of what the request or XDM makes of it.
fn link_type(value: &str) -> &str {
    match value {
        "lnk_o" | "other" => "o",
        "lnk_d" | "download" => "d",
        "lnk_e" | "exit" => "e",
        other => other,
    }
}

/// The data object takes the request's short names too, and a name of context data may hold dots.
fn analytics(name: &str) -> String {
    let quoted = name.strip_prefix("contextData[");
    let key =
        quoted.and_then(|quoted| serde_json::from_str::<String>(quoted.strip_suffix(']')?).ok());
    match key {
        Some(key) => format!("contextData.{key}"),
        None => names::variable(name).unwrap_or_else(|| name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Transport;

    fn shown(list: &[(&str, &str)]) -> Vec<String> {
        let params = list.iter().map(|(name, value)| ShownParam {
            name: (*name).to_owned(),
            variable: names::variable(name),
            value: (*value).to_owned(),
        });
        let hit = ShownHit {
            name: "hit 1".into(),
            n: 1,
            step: 1,
            transport: Transport::Image,
            method: "GET".into(),
            outcome: "delivered".into(),
            undecided: None,
            fault: None,
            sends: 1,
            refused: false,
            address: String::new(),
            arrived: None,
            framed: true,
            params: params.collect(),
            body_changed: false,
            calls: vec![],
        };
        let variables = variables(&hit).into_iter();
        variables
            .map(|one| format!("{} {}", one.name, one.value))
            .collect()
    }

    #[test]
    fn the_same_variable_has_the_same_name_in_both_libraries() {
        let measured = shown(&[
            ("t", "«date»"),
            ("pageName", "Home"),
            ("g", "https://www.shop.test/"),
            ("c.cart.id", "7"),
            ("v1", "A"),
            ("v0", "mail"),
        ]);
        let event = shown(&[
            ("configId", "1"),
            ("requestId", "«request:1»"),
            ("events.0.query.personalization.surfaces.0", "web://x"),
            ("events.0.xdm.timestamp", "«moment»"),
            ("events.0.xdm.implementationDetails.name", "x"),
            ("events.0.xdm.web.webPageDetails.name", "Home by XDM"),
            ("events.0.data.__adobe.analytics.pageName", "Home"),
            (
                "events.0.xdm.web.webPageDetails.URL",
                "https://www.shop.test/",
            ),
            (
                "events.0.data.__adobe.analytics.contextData[\"cart.id\"]",
                "7",
            ),
            (
                "events.0.xdm._experience.analytics.customDimensions.eVars.eVar1",
                "A",
            ),
            ("events.0.data.__adobe.analytics.v0", "mail"),
            ("meta.state.domain", "shop.test"),
        ]);
        let sorted = |mut list: Vec<String>| {
            list.sort();
            list
        };
        assert_eq!(sorted(measured), sorted(event));
    }

    #[test]
    fn a_link_is_of_the_same_type_however_it_is_written() {
        for (sent, event, field) in [
            ("lnk_o", "o", "other"),
            ("lnk_d", "d", "download"),
            ("lnk_e", "e", "exit"),
        ] {
            let expected = [format!("linkType {event}")];
            assert_eq!(shown(&[("pe", sent)]), expected);
            let data = "events.0.data.__adobe.analytics.linkType";
            assert_eq!(shown(&[(data, event)]), expected);
            let xdm = "events.0.xdm.web.webInteraction.type";
            assert_eq!(shown(&[(xdm, field)]), expected);
        }
    }

    #[test]
    fn what_has_no_variable_keeps_its_own_name() {
        let event = shown(&[
            ("events.0.xdm.eventType", "web.webpagedetails.pageViews"),
            ("events.1.data.own", "1"),
            ("events.none", "2"),
        ]);
        assert_eq!(
            event,
            [
                "events.none 2",
                "xdm.eventType web.webpagedetails.pageViews",
                "data.own 1"
            ]
        );
    }
}
