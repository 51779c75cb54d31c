//! What differs between two builds, for people who know Adobe's variables.

use std::io::{self, Write};

use super::parity;
use super::safe::{first_line, safe, shorten};
use super::style::{BAD, DIM, GOOD, HEAD, paint};
use super::words::{count, wrap};
use crate::report::diff::{Comparison, Difference, Place, Section, Side, Variant, Which};

/// Cases of a difference that are named; `--json` and `--html` have all.
const CASES_SHOWN: usize = 4;
/// Places in a case that are named.
const PLACES_SHOWN: usize = 3;
/// Characters of a text that are shown, on either side.
const TEXT_WIDTH: usize = 100;
/// Characters before the first that differs, where a long text is cut.
const BEFORE: usize = 20;

/// Writes the comparison; the same one always in the same words. `width`: columns; `quiet`: only what
/// differs and the last line.
pub fn comparison(
    out: &mut dyn Write,
    comparison: &Comparison,
    width: usize,
    quiet: bool,
) -> io::Result<()> {
    let (a, b) = comparison.names();
    if !quiet {
        let heading = format!("{} → {}", safe(&a), safe(&b));
        writeln!(out, "{}", paint(HEAD, heading))?;
        side(out, "a", &comparison.a)?;
        side(out, "b", &comparison.b)?;
        writeln!(out)?;
    }
    for section in Section::ALL {
        let mut differences = comparison.of_section(section).peekable();
        if differences.peek().is_none() {
            continue;
        }
        writeln!(out, "{}", paint(HEAD, section.title()))?;
        for one in differences {
            difference(out, comparison, one, width)?;
        }
        writeln!(out)?;
    }
    parity::parity(out, comparison, width)?;
    not_compared(out, comparison, (&a, &b))?;
    one_sided(out, comparison, (&a, &b), width)?;
    writeln!(out, "{}", verdict(comparison))?;
    match quiet {
        true => Ok(()),
        false => ignored(out, comparison, width),
    }
}

fn side(out: &mut dyn Write, which: &str, side: &Side) -> io::Result<()> {
    let digest: String = side.sha256.chars().take(12).collect();
    let line = format!(
        "{which}  {} {}, sha256 {}…, {}, in {}",
        safe(&side.library),
        safe(side.version.as_deref().unwrap_or("of unknown version")),
        safe(&digest),
        safe(&side.source),
        safe(&side.browsers.join(", ")),
    );
    writeln!(out, "  {}", paint(DIM, line))
}

fn difference(
    out: &mut dyn Write,
    comparison: &Comparison,
    difference: &Difference,
    width: usize,
) -> io::Result<()> {
    let note = difference.note.as_deref().map(safe).unwrap_or_default();
    let subject = safe(&difference.subject);
    let room = width.saturating_sub(subject.chars().count() + 4);
    let note = match room {
        0..10 => String::new(),
        room => format!("  {}", paint(DIM, shorten(&note, room))),
    };
    let note = if difference.note.is_none() { "" } else { &note };
    writeln!(out, "  {}{note}", paint(HEAD, subject))?;
    for variant in &difference.variants {
        writeln!(out, "    {}", change(variant))?;
        paragraph(out, 6, &cases(&variant.cases, comparison), width)?;
    }
    Ok(())
}

fn change(variant: &Variant) -> String {
    match (&variant.a, &variant.b) {
        (Some(a), Some(b)) => {
            let (a, b) = excerpts(&safe(a), &safe(b));
            format!("{} → {}", paint(BAD, a), paint(GOOD, b))
        }
        (Some(a), None) => format!("removed: {}", paint(BAD, shorten(&safe(a), TEXT_WIDTH))),
        (None, Some(b)) => format!("added: {}", paint(GOOD, shorten(&safe(b), TEXT_WIDTH))),
        (None, None) => String::new(),
    }
}

/// Two texts, cut so that the place where they first differ shows.
fn excerpts(a: &str, b: &str) -> (String, String) {
    let long = |text: &str| text.chars().count() > TEXT_WIDTH;
    if !long(a) && !long(b) {
        return (a.to_owned(), b.to_owned());
    }
    let alike = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let skipped = alike.saturating_sub(BEFORE);
    let cut = |text: &str| {
        let rest: String = text.chars().skip(skipped).collect();
        let rest = shorten(&rest, TEXT_WIDTH);
        match skipped {
            0 => rest.into_owned(),
            _ => format!("…{rest}"),
        }
    };
    (cut(a), cut(b))
}

/// `in 9 cases: post/a, post/b, post/c, post/d and 5 more`; of one case where in it.
fn cases(places: &[Place], comparison: &Comparison) -> String {
    let name = |place: &Place| named(&place.scenario, &place.browser, comparison);
    if let [one] = places {
        let mut at: Vec<&str> = one
            .at
            .iter()
            .take(PLACES_SHOWN)
            .map(String::as_str)
            .collect();
        let more = one.at.len().saturating_sub(PLACES_SHOWN);
        let more = format!("{more} more");
        if one.at.len() > PLACES_SHOWN {
            at.push(&more);
        }
        let at = match at.is_empty() {
            true => String::new(),
            false => format!(" ({})", at.join(", ")),
        };
        return format!("in {}{at}", name(one));
    }
    let shown: Vec<String> = places.iter().take(CASES_SHOWN).map(name).collect();
    let more = match places.len().saturating_sub(CASES_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let number = count(places.len(), "case", "cases");
    format!("in {number}: {}{more}", shown.join(", "))
}

/// With its browser, if there are several.
pub(super) fn named(scenario: &str, browser: &str, comparison: &Comparison) -> String {
    let browsers = comparison.a.browsers.len().max(comparison.b.browsers.len());
    match browsers {
        0 | 1 => scenario.to_owned(),
        _ => format!("{browser}::{scenario}"),
    }
}

fn not_compared(
    out: &mut dyn Write,
    comparison: &Comparison,
    (a, b): (&str, &str),
) -> io::Result<()> {
    if comparison.not_compared.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", paint(HEAD, "not compared"))?;
    for case in &comparison.not_compared {
        let name = named(&case.scenario, &case.browser, comparison);
        writeln!(out, "  {}", safe(&name))?;
        for (side, why) in [(a, &case.a), (b, &case.b)] {
            if let Some(why) = why {
                let why = safe(first_line(why));
                writeln!(out, "    {}: {}", safe(side), paint(BAD, why))?;
            }
        }
    }
    writeln!(out)
}

fn one_sided(
    out: &mut dyn Write,
    comparison: &Comparison,
    (a, b): (&str, &str),
    width: usize,
) -> io::Result<()> {
    for (side, which) in [(a, Which::A), (b, Which::B)] {
        let cases = comparison.one_sided.iter();
        let cases = cases.filter(|case| case.side == which);
        let names: Vec<String> = cases
            .map(|case| named(&case.scenario, &case.browser, comparison))
            .collect();
        if !names.is_empty() {
            let heading = format!("only {} has", safe(side));
            writeln!(out, "{}", paint(HEAD, heading))?;
            paragraph(out, 2, &names.join(", "), width)?;
            writeln!(out)?;
        }
    }
    Ok(())
}

fn ignored(out: &mut dyn Write, comparison: &Comparison, width: usize) -> io::Result<()> {
    writeln!(out, "\n{}", paint(HEAD, "ignored, and why"))?;
    for row in &comparison.ignored {
        paragraph(out, 2, &format!("{}: {}", row.what, row.why), width)?;
    }
    Ok(())
}

/// Dimmed lines; those behind the first stand further in.
pub(super) fn paragraph(
    out: &mut dyn Write,
    indent: usize,
    text: &str,
    width: usize,
) -> io::Result<()> {
    let room = width.saturating_sub(indent + 2).max(30);
    for (n, line) in wrap(&safe(text), room).iter().enumerate() {
        let indent = if n == 0 { indent } else { indent + 2 };
        writeln!(out, "{:indent$}{}", "", paint(DIM, line))?;
    }
    Ok(())
}

fn verdict(comparison: &Comparison) -> String {
    let cases = count(comparison.compared, "case", "cases");
    let mut parts = vec![match comparison.differences.len() {
        _ if !comparison.parity.is_empty() => parity::verdict(comparison),
        0 => format!("no difference in {cases}"),
        n => format!(
            "{} in {} of {cases}",
            paint(BAD, count(n, "difference", "differences")),
            comparison.different
        ),
    }];
    let not_compared = comparison.not_compared.len();
    if not_compared > 0 {
        parts.push(paint(BAD, format_args!("{not_compared} not compared")));
    }
    let one_sided = comparison.one_sided.len();
    if one_sided > 0 {
        parts.push(format!("{one_sided} of one build only"));
    }
    parts.join(" · ")
}
