//! Whatever is done to a valid file, it loads or is answered with a place in it.

use proptest::prelude::*;

use super::{ALLOY, MATRIX, SETUP, SMALL, WHOLE, load_bytes, shown};
use crate::scenario::{Action, Loaded, Place, Source};

#[derive(Clone, Debug)]
enum Change {
    Flip(usize, u8),
    Cut(usize, usize),
    Copy(usize, usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Flip(at, byte)),
        (any::<usize>(), 1..40_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        (any::<usize>(), any::<usize>()).prop_map(|(from, to)| Change::Copy(from, to)),
    ];
    prop::collection::vec(change, 1..6)
}

fn changed(text: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for change in changes {
        let length = bytes.len().max(1);
        match *change {
            Change::Flip(at, byte) => {
                if let Some(old) = bytes.get_mut(at % length) {
                    *old = byte;
                }
            }
            Change::Cut(at, cut) => {
                let start = (at % length).min(bytes.len());
                bytes.drain(start..(start + cut).min(bytes.len()));
            }
            Change::Copy(from, to) => {
                let start = (from % length).min(bytes.len());
                let piece = bytes[start..(start + 30).min(bytes.len())].to_vec();
                let at = (to % length).min(bytes.len());
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

/// Every error stands in a file, on a line that the file has, and is drawn there.
fn assert_placed(loaded: &Loaded) {
    for one in loaded.diagnostics.iter() {
        let place = one.place.as_ref().expect("a mistake in a file has a place");
        let at = place.location();
        let lines = place.source.text().split('\n').count();
        assert!(at.line as usize <= lines, "{at} is in the file");
        let drawn = one.render(false);
        assert!(
            drawn.contains(&format!("{at}\n")),
            "{at} is shown:\n{drawn}"
        );
    }
    let bad = loaded.diagnostics.errors() > 0;
    assert_eq!(
        bad,
        !loaded.broken.is_empty(),
        "errors break scenarios:\n{}",
        shown(loaded)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_changed_file_loads_or_is_answered(which in 0..4_usize, changes in changes()) {
        let text = [WHOLE, ALLOY, MATRIX, SMALL][which];
        let bytes = changed(text, &changes);
        assert_placed(&load_bytes(&[("x.toml", &bytes), ("setups/shop.toml", SETUP.as_bytes())]));
    }

    #[test]
    fn a_changed_set_up_is_answered_where_it_is_wrong(changes in changes()) {
        let setup = changed(SETUP, &changes);
        assert_placed(&load_bytes(&[("x.toml", MATRIX.as_bytes()), ("setups/shop.toml", &setup)]));
    }

    #[test]
    fn code_between_three_single_quotes_survives_and_is_pointed_at(
        code in "[ -&(-~\n\täß€🦀\\\\\"'`]{0,60}",
        crlf in any::<bool>(),
    ) {
        // What TOML itself cannot hold there.
        prop_assume!(!code.contains("'''") && !code.starts_with('\'') && !code.ends_with('\''));
        let mut text = format!("{SMALL}[[step]]\nrun = '''\n{code}'''\n");
        let mut expected = code;
        if crlf {
            text = text.replace('\n', "\r\n");
            expected = expected.replace('\n', "\r\n");
        }
        let loaded = load_bytes(&[("x.toml", text.as_bytes())]);
        prop_assert_eq!(shown(&loaded), "");
        let Action::Run { code, .. } = &loaded.suite.scenarios[0].steps[0].action else {
            panic!("the step runs code");
        };
        prop_assert_eq!(&code.code, &expected);
        prop_assert_eq!((code.at.line, code.at.column), (7, 1));
    }

    #[test]
    fn a_location_is_what_an_editor_shows(text in "[a-cä€\r\n]{0,40}", offset in 0..60_usize) {
        let source = Source::new("x", text.clone());
        let at = Place { source, span: offset..offset }.location();
        let before = &text[..text.floor_char_boundary(offset)];
        let lines: Vec<&str> = before.split('\n').collect();
        prop_assert_eq!(at.line as usize, lines.len());
        prop_assert_eq!(at.column as usize, lines[lines.len() - 1].chars().count() + 1);
    }
}
