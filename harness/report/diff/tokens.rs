//! Tokens of two texts: `«fid:1»` here and `«fid:2»` there may stand for the same thing, if they do so
//! wherever they stand.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A numbered token: what kind, and which.
static NUMBERED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"«(?:(?<url>url of )(?<hit>hit \d+(?: of [^»]+)?)|(?<kind>[a-z][a-z-]*:)(?<n>\d+))»",
    )
    .ok()
});

/// What stands for the address of the hit that a text belongs to.
const OWN: &str = "«url of this hit»";

/// Which token of the first build is which of the second, in one case.
#[derive(Default)]
pub(super) struct Tokens {
    there: HashMap<(String, String), String>,
    here: HashMap<(String, String), String>,
}

/// A piece of a text: what stands between tokens, or a token's kind and name.
#[derive(PartialEq)]
enum Piece<'t> {
    Text(&'t str),
    Token(&'t str, &'t str),
}

impl Tokens {
    /// The hit of this name in the first build is the hit of that name in the second.
    pub fn pair_hits(&mut self, a: &str, b: &str) {
        self.learn("url of ", a, b);
    }

    /// Whether two texts are the same but for the numbers of tokens. What that says of tokens is
    /// remembered if they are.
    pub fn same(&mut self, a: &str, b: &str) -> bool {
        let (a, b) = (pieces(a), pieces(b));
        if a.len() != b.len() {
            return false;
        }
        let mut learnt: Vec<(&str, &str, &str)> = Vec::new();
        for (a, b) in a.iter().zip(&b) {
            match (a, b) {
                (Piece::Text(a), Piece::Text(b)) if a == b => {}
                (Piece::Token(kind, a), Piece::Token(other, b)) if kind == other => {
                    learnt.push((kind, a, b));
                }
                _ => return false,
            }
        }
        let fits = learnt.iter().enumerate().all(|(at, (kind, a, b))| {
            let earlier = learnt[..at].iter();
            let agrees = |(k, x, y): &(&str, &str, &str)| k != kind || (x == a) == (y == b);
            self.fits(kind, a, b) && earlier.clone().all(agrees)
        });
        if fits {
            for (kind, a, b) in learnt {
                self.learn(kind, a, b);
            }
        }
        fits
    }

    fn fits(&self, kind: &str, a: &str, b: &str) -> bool {
        let there = self.there.get(&(kind.to_owned(), a.to_owned()));
        let here = self.here.get(&(kind.to_owned(), b.to_owned()));
        there.is_none_or(|known| known == b) && here.is_none_or(|known| known == a)
    }

    fn learn(&mut self, kind: &str, a: &str, b: &str) {
        self.there
            .insert((kind.to_owned(), a.to_owned()), b.to_owned());
        self.here
            .insert((kind.to_owned(), b.to_owned()), a.to_owned());
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for found in NUMBERED.iter().flat_map(|token| token.captures_iter(text)) {
        let Some(whole) = found.get(0) else { continue };
        let part = |name| found.name(name).map(|part| part.as_str());
        let kind = part("url").or(part("kind")).unwrap_or_default();
        let which = part("hit").or(part("n")).unwrap_or_default();
        pieces.push(Piece::Text(&text[from..whole.start()]));
        pieces.push(Piece::Token(kind, which));
        from = whole.end();
    }
    pieces.push(Piece::Text(&text[from..]));
    pieces
}

/// The text with the address of the hit that it belongs to as `«url of this hit»`.
pub(super) fn with_own(text: &str, hit: &str) -> String {
    text.replace(&format!("«url of {hit}»"), OWN)
}

/// The text without the numbers of tokens, which differ from case to case.
pub(super) fn plain(text: &str) -> String {
    let Some(token) = NUMBERED.as_ref() else {
        return text.to_owned();
    };
    let unnumbered = |found: &Captures<'_>| match found.name("kind") {
        Some(kind) => format!("«{}»", kind.as_str().trim_end_matches(':')),
        None => "«url of another hit»".to_owned(),
    };
    token.replace_all(text, unnumbered).into_owned()
}

/// Two different texts without the numbers of tokens, unless these are all that differs.
pub(super) fn plain_pair(a: &str, b: &str) -> (String, String) {
    let shown = (plain(a), plain(b));
    match shown.0 == shown.1 {
        true => (a.to_owned(), b.to_owned()),
        false => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_tokens_are_the_same_if_they_are_so_everywhere() {
        let mut tokens = Tokens::default();
        assert!(tokens.same("«fid:1»", "«fid:2»"), "nothing else is known");
        assert!(tokens.same("x «fid:1»", "x «fid:2»"));
        assert!(!tokens.same("«fid:1»", "«fid:1»"), "it was another");
        assert!(!tokens.same("«fid:3»", "«fid:2»"), "that one is taken");
        assert!(tokens.same("«mid:1»", "«mid:1»"), "kinds are apart");
        assert!(tokens.same("«date» a", "«date» a"));
        assert!(!tokens.same("«date» a", "«date» b"));
        assert!(!tokens.same("«fid:1»", "«aid:2»"));
    }

    #[test]
    fn within_a_text_too() {
        let mut tokens = Tokens::default();
        assert!(!tokens.same("«fid:1» «fid:1»", "«fid:1» «fid:2»"));
        assert!(!tokens.same("«fid:1» «fid:2»", "«fid:1» «fid:1»"));
        assert!(
            tokens.same("«fid:1»", "«fid:2»"),
            "what differed taught nothing"
        );
    }

    #[test]
    fn addresses_of_hits_follow_the_pairs_of_hits() {
        let mut tokens = Tokens::default();
        tokens.pair_hits("hit 2", "hit 3");
        assert!(tokens.same("\"«url of hit 2»\"", "\"«url of hit 3»\""));
        assert!(!tokens.same("«url of hit 2»", "«url of hit 2»"));
        assert!(!tokens.same("«url of hit 1»", "«url of hit 3»"));
    }

    #[test]
    fn what_is_shown_has_numbers_only_where_they_matter() {
        let pair = |a, b| plain_pair(a, b);
        let owned = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(pair("«fid:1»", "x"), owned("«fid»", "x"));
        assert_eq!(pair("«fid:1»", "«fid:2»"), owned("«fid:1»", "«fid:2»"));
        assert_eq!(
            pair(&with_own("«url of hit 2»", "hit 2"), "«url of hit 1»"),
            owned("«url of this hit»", "«url of another hit»")
        );
    }
}
