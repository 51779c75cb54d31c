//! The comparison as one page that needs nothing else: no script, no font, no other file.

use minijinja::Error;
use serde::Serialize;

use super::model::{
    Comparison, Difference, HitParity, Manner, Parity, Place, Section, Side, Which,
};
use crate::report::page::Page;

const PAGE: Page = Page {
    name: "comparison.html",
    template: include_str!("comparison.html"),
    style: "",
    script: "",
};

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
    PAGE.render(&view(comparison))
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
            .map(|case| format!("{} in {}", case.scenario, case.browser))
            .collect()
    };
    View {
        names: [a, b],
        sides: [facts(&comparison.a), facts(&comparison.b)],
        sections: shown
            .filter(|section| !section.differences.is_empty())
            .collect(),
        parity: comparison.parity.iter().map(pair).collect(),
        only: [only(Which::A), only(Which::B)],
        comparison: comparison.clone(),
    }
}

fn pair(pair: &Parity) -> PairView {
    PairView {
        a: pair.a.clone(),
        b: pair.b.clone(),
        browser: pair.browser.clone(),
        hits: pair.hits.iter().map(rows).collect(),
    }
}

fn rows(hit: &HitParity) -> Vec<RowView> {
    let of_both = |what: &str, of: fn(&Manner) -> String| RowView {
        what: what.to_owned(),
        a: hit.a.as_ref().map(of),
        b: hit.b.as_ref().map(of),
        kept: hit.a.is_some() && hit.b.is_some(),
    };
    let mut rows = vec![
        of_both("sent", |manner| manner.sent.clone()),
        of_both("callbacks", |manner| manner.callbacks.join(", ")),
    ];
    rows.extend(hit.variables.iter().map(|variable| RowView {
        what: variable.name.clone(),
        a: variable.a.clone(),
        b: variable.b.clone(),
        kept: variable.is_kept(),
    }));
    rows
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
    facts.into()
}

fn difference(difference: &Difference) -> DifferenceView {
    let variants = difference.variants.iter().map(|variant| VariantView {
        a: variant.a.clone(),
        b: variant.b.clone(),
        cases: variant.cases.iter().map(place).collect(),
    });
    DifferenceView {
        subject: difference.subject.clone(),
        note: difference.note.clone(),
        variants: variants.collect(),
    }
}

fn place(place: &Place) -> String {
    let at = match place.at.is_empty() {
        true => String::new(),
        false => format!(": {}", place.at.join(", ")),
    };
    format!("{} in {}{at}", place.scenario, place.browser)
}
