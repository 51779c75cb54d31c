//! What is particular to the Web SDK: bodies leaf by leaf, errors without their wording.

use serde_json::Value as Json;

use super::Reader;
use crate::evidence::address::split_query;
use crate::evidence::normalise::{Shown, mark};
use crate::evidence::volatile::Setting;
use crate::evidence::{OtherRequest, ShownParam, codec, legible, xdm};

impl Reader<'_> {
    /// A request of the Web SDK: its query and the leaves of its body.
    pub(super) fn sdk_request(
        &mut self,
        url: &str,
        body: &Json,
        setting: &Setting,
    ) -> Vec<ShownParam> {
        let row = |name, value| ShownParam {
            name,
            variable: None,
            value,
        };
        let mut rows = Vec::new();
        for param in codec::parse(split_query(url).1.unwrap_or_default()).params {
            let shown = self.value(&param, setting);
            rows.extend(shown.map(|shown| row(param.name, shown)));
        }
        for leaf in xdm::leaves(body) {
            let shown = match self.normaliser.leaf(&leaf, setting) {
                Shown::Dropped => continue,
                Shown::Token(token) => token,
                Shown::Wrong(kind) => mark(kind, &legible(&leaf.distinct())),
                Shown::AsIs => self.normaliser.text(&leaf.distinct(), setting),
            };
            rows.push(row(leaf.path, shown));
        }
        rows
    }
}

/// Errors by their name alone: browsers and versions word their messages as they like.
pub(super) fn without_wording(value: Json) -> Json {
    match value {
        Json::Object(members) => match members.get("«error»") {
            Some(name) => Json::from(format!("«{}»", name.as_str().unwrap_or_default())),
            None => {
                let members = members.into_iter();
                members
                    .map(|(name, value)| (name, without_wording(value)))
                    .collect()
            }
        },
        Json::Array(items) => items.into_iter().map(without_wording).collect(),
        other => other,
    }
}

/// The body of a request that the Web SDK makes beside its hits: for consent or an identity.
pub(super) fn service_body(request: &OtherRequest) -> Option<Json> {
    let base = split_query(&request.url).0;
    let is_service =
        base.ends_with("/v1/privacy/set-consent") || base.ends_with("/v1/identity/acquire");
    is_service
        .then(|| serde_json::from_str(&request.body).ok())
        .flatten()
}
