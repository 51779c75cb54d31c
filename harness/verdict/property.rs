//! Stand-in for `evidence::property`: one property or variable of a hit as text.

use crate::evidence::Hit;

/// The property of this name, else the variable or parameter of this name.
pub(super) fn property(hit: &Hit, name: &str) -> Option<String> {
    let text = match name {
        "outcome" => hit.outcome.name().to_owned(),
        "fault" => hit.fault.map_or("none", |fault| fault.name()).to_owned(),
        "transport" => hit.transport.name().to_owned(),
        "method" => hit.method.clone(),
        "host" => hit.host.clone(),
        "path" => url::Url::parse(&hit.url).ok()?.path().to_owned(),
        "url" => hit.url.clone(),
        "tracker" => return hit.tracker.clone(),
        "step" => hit.step.to_string(),
        "sends" => hit.sends.to_string(),
        variable => {
            return hit
                .params
                .iter()
                .find(|param| param.variable.as_deref() == Some(variable))
                .map(|param| param.value.clone())
                .or_else(|| hit.param(variable).map(str::to_owned));
        }
    };
    Some(text)
}
