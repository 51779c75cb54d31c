//! The query of a tracking request: reading it, and writing it the way AppMeasurement escapes.
//!
//! Context data nest: `&c.&a=1&b.&c=2&.b&.c` carries `c.a` = 1 and `c.b.c` = 2. Order and duplicates
//! are kept. Nothing is refused: what cannot be decoded stays visible (`«%E4»` for a byte that is no
//! UTF-8, a bare `%` as it is), because a broken request is evidence too.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{Param, names};

/// What stays unescaped: `encodeURIComponent`'s marks without `~ ! * ( ) '`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Parameters that open a group when they nest.
const GROUPS: [&str; 4] = ["c", "h", "cid", "d"];

/// A query, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Parameters, decoded, in order, duplicates kept.
    pub params: Vec<Param>,
    /// `AQB` is first and `AQE` is last: nothing was cut off.
    pub complete: bool,
}

/// One piece of a query between two `&`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'q> {
    /// As it stands in the query.
    pub raw: &'q str,
    /// Dotted, decoded name of the group that the piece stands in, with its closing dot (`c.b.`), or empty.
    pub group: String,
    /// What it is.
    pub kind: PieceKind,
}

/// What a [`Piece`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// `c.`
    Open,
    /// `.c`
    Close,
    /// `name=value`, decoded; the name with its groups (`c.b.name`).
    Leaf {
        /// Name.
        name: String,
        /// Value.
        value: String,
    },
}

/// Reads a query (or a form body).
pub fn parse(query: &str) -> Query {
    let params: Vec<Param> = pieces(query)
        .into_iter()
        .filter_map(|piece| match piece.kind {
            PieceKind::Leaf { name, value } => Some(Param {
                variable: names::variable(&name),
                name,
                value,
            }),
            PieceKind::Open | PieceKind::Close => None,
        })
        .collect();
    let named = |param: Option<&Param>, name: &str| param.is_some_and(|param| param.name == name);
    Query {
        complete: named(params.first(), "AQB") && named(params.last(), "AQE"),
        params,
    }
}

/// Splits a query into its pieces and follows the nesting. A closing piece that closes nothing is a
/// leaf, so that it is seen.
pub fn pieces(query: &str) -> Vec<Piece<'_>> {
    let mut open: Vec<&str> = Vec::new();
    let mut group = String::new();
    let mut pieces = Vec::new();
    for raw in query.split('&').filter(|raw| !raw.is_empty()) {
        let closes = raw
            .strip_prefix('.')
            .is_some_and(|name| open.last() == Some(&name));
        let opens = !raw.contains('=') && raw.len() > 1 && raw.ends_with('.');
        let kind = if closes {
            open.pop();
            group = open
                .iter()
                .map(|name| format!("{}.", decode(name)))
                .collect();
            PieceKind::Close
        } else if opens {
            PieceKind::Open
        } else {
            let (name, value) = raw.split_once('=').unwrap_or((raw, ""));
            PieceKind::Leaf {
                name: format!("{group}{}", decode(name)),
                value: decode(value),
            }
        };
        let opened = kind == PieceKind::Open;
        pieces.push(Piece {
            raw,
            group: group.clone(),
            kind,
        });
        if opened {
            let name = &raw[..raw.len() - 1];
            open.push(name);
            group.push_str(&decode(name));
            group.push('.');
        }
    }
    pieces
}

/// Writes parameters with AppMeasurement's escaping; dotted names of context data, client hints,
/// customer ids and audience manager data nest.
pub fn encode<'p>(params: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for (name, value) in params {
        let (groups, leaf) = nest(name);
        let shared = open
            .iter()
            .zip(&groups)
            .take_while(|(have, want)| have == want)
            .count();
        for closed in open.drain(shared..).rev() {
            pieces.push(format!(".{}", escape(closed)));
        }
        for opened in &groups[shared..] {
            pieces.push(format!("{}.", escape(opened)));
        }
        open = groups;
        pieces.push(format!("{}={}", escape(leaf), escape(value)));
    }
    pieces.extend(open.iter().rev().map(|name| format!(".{}", escape(name))));
    pieces.join("&")
}

/// `encodeURIComponent`, and `~ ! * ( ) '` too (`+` is among its own).
pub fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Undoes the escaping; `+` is a blank, as collection servers read it.
pub fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode_str(&text).collect();
    let mut decoded = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        decoded.push_str(chunk.valid());
        for byte in chunk.invalid() {
            decoded.push_str(&format!("«%{byte:02X}»"));
        }
    }
    decoded
}

/// Splits a dotted name into the groups around it and the leaf. A dot splits only behind a name.
fn nest(name: &str) -> (Vec<&str>, &str) {
    let mut groups = Vec::new();
    let mut rest = name;
    if !GROUPS.contains(&name.split('.').next().unwrap_or_default()) {
        return (groups, name);
    }
    while let Some((group, inner)) = rest.split_once('.')
        && !group.is_empty()
    {
        groups.push(group);
        rest = inner;
    }
    (groups, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(query: &str) -> Vec<(String, String)> {
        parse(query)
            .params
            .into_iter()
            .map(|param| (param.name, param.value))
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn context_data_are_read_by_their_dotted_names() {
        let query =
            "AQB=1&c.&a=1&b.&c=2&.b&d=3&.c&h.&bitness=64&.h&cid.&crm.&id=7&.crm&.cid&v1=A&AQE=1";
        let expected = [
            ("AQB", "1"),
            ("c.a", "1"),
            ("c.b.c", "2"),
            ("c.d", "3"),
            ("h.bitness", "64"),
            ("cid.crm.id", "7"),
            ("v1", "A"),
            ("AQE", "1"),
        ];
        assert_eq!(read(query), pairs(&expected));
        assert!(parse(query).complete);
        assert_eq!(
            encode(expected),
            query,
            "the encoder nests like the library"
        );
    }

    #[test]
    fn a_query_without_its_end_is_not_complete() {
        for query in [
            "AQB=1&v1=A",
            "v1=A&AQE=1",
            "AQB=1&c.&a=1&AQE=1",
            "AQE=1&AQB=1",
            "",
        ] {
            assert!(
                !parse(query).complete,
                "{query:?} was cut or is out of order"
            );
        }
    }

    #[test]
    fn what_cannot_be_decoded_stays_visible() {
        assert_eq!(
            read("v1=%E4%zz&v2=100%&v3=%C3%A4"),
            pairs(&[("v1", "«%E4»%zz"), ("v2", "100%"), ("v3", "ä")])
        );
        assert_eq!(
            read(".c&v1"),
            pairs(&[(".c", ""), ("v1", "")]),
            "a stray closing piece is a leaf"
        );
    }

    #[test]
    fn escaping_covers_the_marks_that_encode_uri_component_leaves() {
        assert_eq!(escape("+~!*()'"), "%2B%7E%21%2A%28%29%27");
        assert_eq!(escape("a-b_c.d ä"), "a-b_c.d%20%C3%A4");
    }

    #[test]
    fn duplicates_and_order_are_kept() {
        assert_eq!(
            read("v1=A&c1=B&v1=C"),
            pairs(&[("v1", "A"), ("c1", "B"), ("v1", "C")])
        );
    }

    proptest! {
        #[test]
        fn any_parameters_survive_encode_and_parse(
            params in prop::collection::vec(
                (prop_oneof![any::<String>(), "(c|h|cid|d)(\\.[a-z&=.ä%]{0,3}){0,4}", "[vc][0-9]{1,3}"], any::<String>()),
                0..12,
            )
        ) {
            let query = encode(params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            prop_assert_eq!(read(&query), params, "through {}", query);
        }

        #[test]
        fn any_text_can_be_read(query in any::<String>()) {
            let leaves = parse(&query).params.len();
            prop_assert!(leaves <= query.split('&').count(), "a piece yields at most one parameter");
        }
    }
}
