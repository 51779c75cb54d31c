//! The JSON body of a Web SDK request, flat: each leaf with its path (`events.0.xdm.eventType`).
//!
//! Members are joined by dots and items of lists are numbers. A name that would be mistaken for
//! something else (empty, a number, or with `.`, `[` or `"` in it) stands as `["a.b"]`. Empty lists and
//! objects are leaves. Nothing is lost: [`build`] makes the body again.

use serde_json::{Map, Value};

/// A leaf of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// Its path.
    pub path: String,
    /// A text, a number, a flag, null, `[]` or `{}`.
    pub value: Value,
}

impl Leaf {
    /// The value as text: a text as it is, everything else as JSON.
    pub fn text(&self) -> String {
        match &self.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The same, with quotes around a text that could be taken for something else.
    pub fn distinct(&self) -> String {
        match &self.value {
            Value::String(text) if serde_json::from_str::<Value>(text).is_ok() => {
                self.value.to_string()
            }
            _ => self.text(),
        }
    }
}

/// The leaves of a body, in its order.
pub fn leaves(body: &Value) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    collect(body, String::new(), &mut leaves);
    leaves
}

fn collect(value: &Value, path: String, leaves: &mut Vec<Leaf>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                collect(member, member_path(&path, name), leaves);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                collect(item, joined(&path, &at.to_string()), leaves);
            }
        }
        leaf => leaves.push(Leaf {
            path,
            value: leaf.clone(),
        }),
    }
}

fn member_path(path: &str, name: &str) -> String {
    let is_plain = !name.is_empty()
        && !name.contains(['.', '[', '"'])
        && !name.bytes().all(|byte| byte.is_ascii_digit());
    match is_plain {
        true => joined(path, name),
        false => format!("{path}[{}]", Value::from(name)),
    }
}

fn joined(path: &str, step: &str) -> String {
    match path {
        "" => step.to_owned(),
        _ => format!("{path}.{step}"),
    }
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A member of an object.
    Member(String),
    /// An item of a list.
    Item(usize),
}

/// The steps of a path; `None` if it is no path.
pub fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('[') {
            let mut read = serde_json::Deserializer::from_str(quoted).into_iter::<String>();
            steps.push(Step::Member(read.next()?.ok()?));
            rest = quoted[read.byte_offset()..].strip_prefix(']')?;
            continue;
        }
        let tail = match steps.is_empty() {
            true => rest,
            false => rest.strip_prefix('.')?,
        };
        let (step, further) = tail.split_at(tail.find(['.', '[']).unwrap_or(tail.len()));
        let is_item = step.bytes().all(|byte| byte.is_ascii_digit());
        steps.push(match (step, is_item) {
            ("", _) => return None,
            (number, true) => Step::Item(number.parse().ok()?),
            (name, false) => Step::Member(name.to_owned()),
        });
        rest = further;
    }
    Some(steps)
}

/// The body that has these leaves; `None` if their paths do not go together.
pub fn build(leaves: &[Leaf]) -> Option<Value> {
    let mut body = Value::Null;
    for leaf in leaves {
        let mut place = &mut body;
        for step in steps(&leaf.path)? {
            place = match step {
                Step::Member(name) => {
                    if place.is_null() {
                        *place = Value::Object(Map::new());
                    }
                    place.as_object_mut()?.entry(name).or_insert(Value::Null)
                }
                Step::Item(at) => {
                    if place.is_null() {
                        *place = Value::Array(Vec::new());
                    }
                    let items = place.as_array_mut()?;
                    if items.len() == at {
                        items.push(Value::Null);
                    }
                    items.get_mut(at)?
                }
            };
        }
        *place = leaf.value.clone();
    }
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_body_is_read_by_its_paths() {
        let body = json!({
            "events": [{ "xdm": { "eventType": "view", "n": 1, "s": "1" }, "data": {} }],
            "meta": { "a.b": true, "7": null, "": [] },
        });
        let found = leaves(&body);
        let shown: Vec<(&str, String)> = found
            .iter()
            .map(|leaf| (leaf.path.as_str(), leaf.distinct()))
            .collect();
        let expected = [
            ("events.0.xdm.eventType", "view"),
            ("events.0.xdm.n", "1"),
            ("events.0.xdm.s", "\"1\""),
            ("events.0.data", "{}"),
            ("meta[\"a.b\"]", "true"),
            ("meta[\"7\"]", "null"),
            ("meta[\"\"]", "[]"),
        ];
        assert_eq!(shown, expected.map(|(path, text)| (path, text.to_owned())));
        assert_eq!(found[2].text(), "1", "checks compare as text");
    }

    #[test]
    fn what_is_no_path_has_no_steps() {
        for path in [".a", "a.", "a..b", "a[", "a[x]", "a[\"b\"", "[\"a\"]b"] {
            assert_eq!(steps(path), None, "{path} is no path");
        }
    }

    fn body() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "\\PC{0,4}|[0-9]{1,2}|true|\"".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            let name = "[a-z]{1,2}|[0-9]|[.\\[\\]\"ä]{0,3}";
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name, inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_body_survives(body in body()) {
            let flat = leaves(&body);
            prop_assert_eq!(build(&flat), Some(body), "through {:?}", flat);
        }

        #[test]
        fn different_leaves_look_different(one in body(), other in body()) {
            let shown = |body: &Value| -> Vec<(String, String)> {
                leaves(body).into_iter().map(|leaf| (leaf.distinct(), leaf.path)).collect()
            };
            prop_assert_eq!(shown(&one) == shown(&other), one == other);
        }

        #[test]
        fn any_path_can_be_read(path in any::<String>()) {
            let _ = steps(&path);
        }
    }
}
