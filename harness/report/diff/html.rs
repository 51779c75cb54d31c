//! The comparison as one page that needs nothing else: no script, no font, no other file.

use minijinja::value::Serde;
use minijinja::{Environment, Error};
use serde::Serialize;

use super::model::{
    Comparison, Difference, HitParity, Manner, NotCompared, Parity, Place, Section, Side, Which,
};
use crate::report::terminal::safe;

/// The name's ending makes the template engine escape everything.
const NAME: &str = "comparison.html";

#[derive(Serialize)]
struct View {
    names: [String; 2],
    sides: [Vec<(&'static str, String)>; 2],
    comparison: Comparison,
    sections: Vec<SectionView>,
    parity: Vec<PairView>,
    only: [Vec<String>; 2],
}

#[derive(Serialize)]
struct PairView {
    a: String,
    b: String,
    browser: String,
    hits: Vec<Vec<RowView>>,
}

#[derive(Serialize)]
struct RowView {
    what: String,
    a: Option<String>,
    b: Option<String>,
    /// It is the same in both, or cannot be.
    kept: bool,
}

#[derive(Serialize)]
struct SectionView {
    title: &'static str,
    differences: Vec<DifferenceView>,
}

#[derive(Serialize)]
struct DifferenceView {
    subject: String,
    note: Option<String>,
    variants: Vec<VariantView>,
}

#[derive(Serialize)]
struct VariantView {
    a: Option<String>,
    b: Option<String>,
    cases: Vec<String>,
}

/// The page's text.
///
/// # Errors
/// A template that does not fit its data, which is a bug.
pub fn html(comparison: &Comparison) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.add_template(NAME, include_str!("comparison.html"))?;
    let view = Serde(view(comparison));
    environment.get_template(NAME)?.render(view)
}

fn view(comparison: &Comparison) -> View {
    let (a, b) = comparison.names();
    let shown = Section::ALL.into_iter().map(|section| SectionView {
        title: section.title(),
        differences: comparison.of_section(section).map(difference).collect(),
    });
    let only = |side: Which| {
        let cases = comparison.one_sided.iter();
        let cases = cases.filter(|case| case.side == side);
        cases
            .map(|case| visible(&format!("{} in {}", case.scenario, case.browser)))
            .collect()
    };
    View {
        names: [visible(&a), visible(&b)],
        sides: [facts(&comparison.a), facts(&comparison.b)],
        sections: shown
            .filter(|section| !section.differences.is_empty())
            .collect(),
        parity: comparison.parity.iter().map(pair).collect(),
        only: [only(Which::A), only(Which::B)],
        comparison: Comparison {
            not_compared: comparison.not_compared.iter().map(not_compared).collect(),
            ..comparison.clone()
        },
    }
}

fn pair(pair: &Parity) -> PairView {
    PairView {
        a: visible(&pair.a),
        b: visible(&pair.b),
        browser: visible(&pair.browser),
        hits: pair.hits.iter().map(rows).collect(),
    }
}

fn rows(hit: &HitParity) -> Vec<RowView> {
    let of_both = |what: &str, of: fn(&Manner) -> String| RowView {
        what: what.to_owned(),
        a: hit.a.as_ref().map(|manner| visible(&of(manner))),
        b: hit.b.as_ref().map(|manner| visible(&of(manner))),
        kept: hit.a.is_some() && hit.b.is_some(),
    };
    let mut rows = vec![
        of_both("sent", |manner| manner.sent.clone()),
        of_both("callbacks", |manner| manner.callbacks.join(", ")),
    ];
    rows.extend(hit.variables.iter().map(|variable| RowView {
        what: visible(&variable.name),
        a: variable.a.as_deref().map(visible),
        b: variable.b.as_deref().map(visible),
        kept: variable.is_kept(),
    }));
    rows
}

fn not_compared(case: &NotCompared) -> NotCompared {
    let why = |text: &Option<String>| text.as_deref().map(visible);
    NotCompared {
        scenario: visible(&case.scenario),
        browser: visible(&case.browser),
        a: why(&case.a),
        b: why(&case.b),
    }
}

fn facts(side: &Side) -> Vec<(&'static str, String)> {
    let version = side.version.as_deref().unwrap_or("of unknown version");
    let facts = [
        ("build", side.name.clone()),
        ("library", format!("{} {version}", side.library)),
        ("file", side.source.clone()),
        ("sha256", side.sha256.clone()),
        ("browsers", side.browsers.join(", ")),
    ];
    facts.map(|(name, text)| (name, visible(&text))).into()
}

fn difference(difference: &Difference) -> DifferenceView {
    let variants = difference.variants.iter().map(|variant| VariantView {
        a: variant.a.as_deref().map(visible),
        b: variant.b.as_deref().map(visible),
        cases: variant.cases.iter().map(place).collect(),
    });
    DifferenceView {
        subject: visible(&difference.subject),
        note: difference.note.as_deref().map(visible),
        variants: variants.collect(),
    }
}

fn place(place: &Place) -> String {
    let at = match place.at.is_empty() {
        true => String::new(),
        false => format!(": {}", place.at.join(", ")),
    };
    visible(&format!("{} in {}{at}", place.scenario, place.browser))
}

/// Characters that do not show or that turn the direction of writing, as escapes; the template
/// engine escapes the rest.
fn visible(text: &str) -> String {
    safe(text).into_owned()
}
