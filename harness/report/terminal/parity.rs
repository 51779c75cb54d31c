//! What a page view keeps when it is sent with the other library.

use std::io::{self, Write};

use super::comparison::{named, paragraph};
use super::safe::safe;
use super::style::{BAD, GOOD, HEAD, paint};
use super::words::count;
use crate::report::diff::{Comparison, HitParity, Manner, VariableParity};

/// Writes the pairs of scenarios; nothing if there is none.
pub(super) fn parity(out: &mut dyn Write, comparison: &Comparison, width: usize) -> io::Result<()> {
    let names = comparison.names();
    for pair in &comparison.parity {
        let (a, b) = (safe(&pair.a), safe(&pair.b));
        let pair_name = named(&format!("{a} → {b}"), &pair.browser, comparison);
        writeln!(out, "{}", paint(HEAD, pair_name))?;
        for (n, hit) in (1..).zip(&pair.hits) {
            show_hit(out, n, hit, (&names.0, &names.1), width)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn show_hit(
    out: &mut dyn Write,
    n: usize,
    hit: &HitParity,
    (a, b): (&str, &str),
    width: usize,
) -> io::Result<()> {
    let sent = |manner: &Option<Manner>| match manner {
        Some(manner) => safe(&manner.sent).into_owned(),
        None => paint(BAD, "no hit"),
    };
    writeln!(out, "  hit {n}  {} → {}", sent(&hit.a), sent(&hit.b))?;
    let ran = |manner: &Option<Manner>| match manner.as_ref().map(|one| one.callbacks.join(", ")) {
        Some(calls) if !calls.is_empty() => calls,
        _ => "none".to_owned(),
    };
    let callbacks = format!("callbacks: {} → {}", ran(&hit.a), ran(&hit.b));
    paragraph(out, 4, &callbacks, width)?;
    let kept = hit.variables.iter().filter(|variable| variable.is_kept());
    listed(out, "kept", kept.map(said), width)?;
    for variable in hit.variables.iter().filter(|one| !one.is_kept()) {
        if let (Some(a), Some(b)) = (&variable.a, &variable.b) {
            let (name, a, b) = (safe(&variable.name), safe(a), safe(b));
            writeln!(
                out,
                "    changed: {name} {} → {}",
                paint(BAD, a),
                paint(GOOD, b)
            )?;
        }
    }
    let lost = hit.variables.iter().filter(|one| one.b.is_none());
    listed(out, &format!("only {a}"), lost.map(said), width)?;
    let new = hit.variables.iter().filter(|one| one.a.is_none());
    listed(out, &format!("only {b}"), new.map(said), width)
}

fn said(variable: &VariableParity) -> String {
    let value = variable.a.as_ref().or(variable.b.as_ref());
    format!("{} {}", variable.name, value.map_or("", String::as_str))
}

fn listed(
    out: &mut dyn Write,
    what: &str,
    variables: impl Iterator<Item = String>,
    width: usize,
) -> io::Result<()> {
    let variables: Vec<String> = variables.collect();
    match variables.is_empty() {
        true => Ok(()),
        false => paragraph(out, 4, &format!("{what}: {}", variables.join(", ")), width),
    }
}

/// `1 pair of scenarios: 8 variables kept, 1 changed, 12 in one library only`
pub(super) fn verdict(comparison: &Comparison) -> String {
    let variables = comparison.parity.iter().flat_map(|pair| &pair.hits);
    let variables: Vec<&VariableParity> = variables.flat_map(|hit| &hit.variables).collect();
    let kept = variables.iter().filter(|one| one.is_kept()).count();
    let lone = |one: &&&VariableParity| one.a.is_none() || one.b.is_none();
    let lone = variables.iter().filter(lone).count();
    format!(
        "{}: {} kept, {} changed, {lone} in one library only",
        count(
            comparison.compared,
            "pair of scenarios",
            "pairs of scenarios"
        ),
        count(kept, "variable", "variables"),
        variables.len() - kept - lone,
    )
}
