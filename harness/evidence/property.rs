//! What a check can ask of a hit.

use super::address::Address;
use super::{Hit, names};

/// A property of a hit by its name, or a variable by Adobe's name (`eVar1`, `contextData.cart.id`), or a
/// parameter by its name in the request (`v1`, `c.cart.id`). `None`: the hit has none of that name.
///
/// Properties: `outcome`, `fault` (`none` without one), `transport`, `method`, `host`, `path`, `url`, `tracker`,
/// `step`, `sends`. `pageURL` is put together again where the request splits it (`g` and `-g`);
/// `linkType` is the request's value (`lnk_o`).
///
/// Of a Web SDK hit also what its event holds: `xdm.…`, `data.…`, and Analytics variables that it passes on
/// (`eVar1` for `events.0.data.__adobe.analytics.eVar1`).
pub fn property(hit: &Hit, name: &str) -> Option<String> {
    match name {
        "outcome" => Some(hit.outcome.name().to_owned()),
        "fault" => Some(hit.fault.map_or("none", |fault| fault.name()).to_owned()),
        "transport" => Some(hit.transport.name().to_owned()),
        "method" => Some(hit.method.clone()),
        "host" => Some(hit.host.clone()),
        "path" => Address::of(&hit.url).map(|address| address.path),
        "url" => Some(hit.url.clone()),
        "tracker" => hit.tracker.clone(),
        "step" => Some(hit.step.to_string()),
        "sends" => Some(hit.sends.to_string()),
        "pageURL" => {
            let rest = hit.param("-g").unwrap_or_default();
            hit.param("g").map(|start| format!("{start}{rest}"))
        }
        _ => hit
            .param(&names::parameter(name))
            .or_else(|| of_event(hit, name))
            .map(str::to_owned),
    }
}

fn of_event<'h>(hit: &'h Hit, name: &str) -> Option<&'h str> {
    const ANALYTICS: &str = "events.0.data.__adobe.analytics";
    let event = hit.param(&format!("events.0.{name}"));
    event
        .or_else(|| hit.param(&format!("{ANALYTICS}.{name}")))
        .or_else(|| {
            // Dots in names of context data are no steps of a path.
            let key = name.strip_prefix("contextData.")?;
            let key = serde_json::Value::from(key);
            hit.param(&format!("{ANALYTICS}.contextData[{key}]"))
        })
}
