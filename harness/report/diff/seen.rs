//! Differences as they are met in one case, before equal ones of many cases are gathered.

use super::model::Kind;

/// A difference in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub kind: Kind,
    pub subject: String,
    pub note: Option<String>,
    pub a: Option<String>,
    pub b: Option<String>,
    /// Where in the case; `None`: in all of it.
    pub at: Option<String>,
}

impl Seen {
    pub fn new(kind: Kind, subject: impl Into<String>) -> Seen {
        Seen {
            kind,
            subject: subject.into(),
            note: None,
            a: None,
            b: None,
            at: None,
        }
    }

    pub fn a(self, a: impl Into<String>) -> Seen {
        Seen {
            a: Some(a.into()),
            ..self
        }
    }

    pub fn b(self, b: impl Into<String>) -> Seen {
        Seen {
            b: Some(b.into()),
            ..self
        }
    }

    pub fn both(self, a: impl Into<String>, b: impl Into<String>) -> Seen {
        self.a(a).b(b)
    }

    pub fn at(self, at: impl Into<String>) -> Seen {
        Seen {
            at: Some(at.into()),
            ..self
        }
    }
}

/// `once`, `2 times`.
pub(super) fn times(n: usize) -> String {
    match n {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

/// What each list has that the other has not, in order; equal texts are taken out in pairs.
pub(super) fn unmatched<T: Clone>(
    a: &[T],
    b: &[T],
    same: impl Fn(&T, &T) -> bool,
) -> (Vec<T>, Vec<T>) {
    let mut rest = b.to_vec();
    let mut only = Vec::new();
    for one in a {
        match rest.iter().position(|other| same(one, other)) {
            Some(at) => drop(rest.remove(at)),
            None => only.push(one.clone()),
        }
    }
    (only, rest)
}
