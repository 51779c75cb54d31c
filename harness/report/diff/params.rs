//! Parameters of a hit: added, removed, changed, reordered.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::model::Kind;
use super::seen::Seen;
use super::tokens::{Tokens, plain, plain_pair};
use crate::evidence::{ShownParam, legible, shortened};

/// Constants of every hit's query; not listed where they frame it.
const FRAME: [&str; 4] = ["AQB", "ndh", "pf", "AQE"];

/// A query.
#[derive(Clone, Copy)]
pub(super) struct Query<'q> {
    pub framed: bool,
    /// The order of its parameters is a part of it.
    pub ordered: bool,
    pub params: &'q [ShownParam],
}

/// What differs between two queries of the same hit.
pub(super) fn compare(a: Query, b: Query, tokens: &mut Tokens) -> Vec<Seen> {
    let mut seen = Vec::new();
    if a.framed != b.framed {
        let state = |query: Query| match query.framed {
            true => "whole",
            false => "cut off or out of order",
        };
        seen.push(Seen::new(Kind::Frame, "AQB … AQE").both(state(a), state(b)));
    }
    let unframed = a.framed && b.framed;
    let (left, right) = (keyed(a.params, unframed), keyed(b.params, unframed));
    seen.extend(values(&left, &right, tokens));
    if a.ordered && b.ordered {
        seen.extend(order(&left, &right));
    }
    seen
}

/// Whether a request to this address has its parameters in an order: the members of a Web SDK body have
/// none.
pub(super) fn is_ordered(address: &str) -> bool {
    const SDK: [&str; 4] = [
        "interact",
        "collect",
        "privacy/set-consent",
        "identity/acquire",
    ];
    !SDK.iter()
        .any(|action| address.ends_with(&format!("/v1/{action}")))
}

/// A parameter with the number of those of its name before it: names may stand several times.
type Keyed<'q> = ((&'q str, usize), &'q ShownParam);

fn keyed(params: &[ShownParam], with_frame: bool) -> Vec<Keyed<'_>> {
    let kept = |param: &&ShownParam| with_frame || !FRAME.contains(&param.name.as_str());
    let kept: Vec<&ShownParam> = params.iter().filter(kept).collect();
    let numbered = kept.iter().enumerate().map(|(at, param)| {
        let before = kept[..at].iter().filter(|other| other.name == param.name);
        ((param.name.as_str(), before.count()), *param)
    });
    numbered.collect()
}

fn find<'q>(params: &[Keyed<'q>], key: (&str, usize)) -> Option<&'q ShownParam> {
    let mut params = params.iter();
    params
        .find(|(known, _)| *known == key)
        .map(|(_, param)| *param)
}

fn values(a: &[Keyed], b: &[Keyed], tokens: &mut Tokens) -> Vec<Seen> {
    let mut seen = Vec::new();
    for (key, left) in a {
        let of = Seen::new(Kind::Parameter, label(left));
        match find(b, *key) {
            None => seen.push(of.a(value(&plain(&left.value)))),
            Some(right) if tokens.same(&left.value, &right.value) => {}
            Some(right) => {
                let (left, right) = plain_pair(&left.value, &right.value);
                seen.push(of.both(value(&left), value(&right)));
            }
        }
    }
    for (key, right) in b {
        if find(a, *key).is_none() {
            seen.push(Seen::new(Kind::Parameter, label(right)).b(value(&plain(&right.value))));
        }
    }
    seen
}

/// Those of both that stand elsewhere, with what they stand behind.
fn order(a: &[Keyed], b: &[Keyed]) -> Vec<Seen> {
    let common = |these: &[Keyed], those: &[Keyed]| {
        let kept = these.iter().filter(|(key, _)| find(those, *key).is_some());
        kept.map(|(key, param)| (key.0.to_owned(), key.1, label(param)))
            .collect::<Vec<_>>()
    };
    let (a, b) = (common(a, b), common(b, a));
    let behind = |list: &[(String, usize, String)], at: usize| match at.checked_sub(1) {
        Some(before) => format!("behind {}", list[before].2),
        None => "first".to_owned(),
    };
    let operations = capture_diff_slices(Algorithm::Myers, &a, &b);
    let moved = operations.iter().filter_map(|operation| match operation {
        DiffOp::Delete { .. } | DiffOp::Replace { .. } => Some(operation.old_range()),
        DiffOp::Insert { .. } | DiffOp::Equal { .. } => None,
    });
    let moved = moved.flatten().filter_map(|at| {
        let there = b.iter().position(|other| *other == a[at])?;
        Some(
            Seen::new(Kind::ParameterOrder, format!("{}, place", a[at].2))
                .both(behind(&a, at), behind(&b, there)),
        )
    });
    moved.collect()
}

/// `v1 eVar1`; context data by Adobe's name alone, which holds the other.
pub(super) fn label(param: &ShownParam) -> String {
    match &param.variable {
        Some(variable) if param.name.starts_with("c.") => variable.clone(),
        Some(variable) => format!("{} {variable}", param.name),
        None => param.name.clone(),
    }
}

/// A value in quotes; a token without.
pub(super) fn value(text: &str) -> String {
    let token = text.starts_with('«') && text.find('»') == Some(text.len() - '»'.len_utf8());
    match token {
        true => text.to_owned(),
        false => {
            let shown = legible(text);
            match shown.starts_with('"') && shown != shortened(text) {
                true => shown,
                false => format!("\"{shown}\""),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::params;
    use super::*;

    /// `subject: a → b` of each difference.
    fn differences(a: &[(&str, &str)], b: &[(&str, &str)]) -> Vec<String> {
        let (a, b) = (params(a), params(b));
        let query = |params| Query {
            framed: true,
            ordered: is_ordered("https://metrics.shop.test/b/ss/rs/1/JS-1/s1"),
            params,
        };
        let none = || "none".to_owned();
        compare(query(&a), query(&b), &mut Tokens::default())
            .into_iter()
            .map(|seen| {
                let (a, b) = (seen.a.unwrap_or_else(none), seen.b.unwrap_or_else(none));
                format!("{}: {a} → {b}", seen.subject)
            })
            .collect()
    }

    #[test]
    fn added_removed_and_changed_parameters_have_adobes_names() {
        assert_eq!(
            differences(
                &[("ce", "UTF-8"), ("v1", "A"), ("ch", "news")],
                &[("ce", "UTF-8"), ("v1", "B"), ("c3", "")],
            ),
            [
                "v1 eVar1: \"A\" → \"B\"",
                "ch channel: \"news\" → none",
                "c3 prop3: none → \"\"",
            ]
        );
    }

    #[test]
    fn what_is_moved_is_told_with_its_places() {
        assert_eq!(
            differences(
                &[("v1", "A"), ("c1", "B"), ("g", "C")],
                &[("c1", "B"), ("g", "C"), ("v1", "A")],
            ),
            ["v1 eVar1, place: first → behind g pageURL"]
        );
    }

    #[test]
    fn members_of_a_web_sdk_body_have_no_order() {
        assert!(!is_ordered("https://edge.test/ee/«edge»/v1/interact"));
        assert!(!is_ordered("https://edge.test/ee/v1/privacy/set-consent"));
        assert!(is_ordered("https://partner.test/collect"));
    }

    #[test]
    fn an_added_parameter_moves_no_other() {
        assert_eq!(
            differences(
                &[("v1", "A"), ("v2", "B")],
                &[("c1", "x"), ("v1", "A"), ("v2", "B")]
            ),
            ["c1 prop1: none → \"x\""]
        );
    }

    #[test]
    fn tokens_are_compared_by_what_shares_them() {
        assert!(differences(&[("fid", "«fid:1»")], &[("fid", "«fid:2»")]).is_empty());
        assert_eq!(
            differences(&[("fid", "«fid:1»")], &[("fid", "«!fid: x»")]),
            ["fid: «fid» → «!fid: x»"]
        );
    }

    #[test]
    fn values_are_quoted_once_and_tokens_are_not() {
        assert_eq!(value("A"), "\"A\"");
        assert_eq!(value(" A"), "\" A\"");
        assert_eq!(value(""), "\"\"");
        assert_eq!(value("\"A\""), "\"\"A\"\"");
        assert_eq!(value("«date»"), "«date»");
        assert_eq!(value(&"x".repeat(30)), "\"«x × 30»\"");
    }
}
