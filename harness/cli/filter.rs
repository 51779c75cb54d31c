//! Filters: any part of a case's name.

use std::collections::BTreeSet;

/// How many near names are offered.
const OFFERED: usize = 3;

/// The error for the first filter that meets none of the names, with near ones; `None`: each
/// meets one.
pub fn unmatched<'a>(
    filters: &[String],
    names: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    let lost = filters
        .iter()
        .find(|filter| !names.clone().into_iter().any(|name| name.contains(*filter)))?;
    let hint = match did_you_mean(lost, names) {
        hint if hint.is_empty() => "; `posttrack list` has all scenarios".into(),
        hint => hint,
    };
    Some(format!("no case's name contains `{lost}`{hint}"))
}

/// The end of a sentence that offers parts of names near to `text`; empty if there are none.
pub fn did_you_mean<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let near = near(text, names);
    match near.is_empty() {
        true => String::new(),
        false => format!("; did you mean {}?", near.join(", ")),
    }
}

/// Parts of names that `text` may have been meant to be, nearest first.
fn near<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let parts: BTreeSet<&str> = names.into_iter().flat_map(parts).collect();
    let most = text.chars().count().div_ceil(3);
    let mut near: Vec<(usize, &str)> = parts
        .into_iter()
        .map(|part| (strsim::damerau_levenshtein(text, part), part))
        .filter(|(distance, _)| *distance <= most)
        .collect();
    near.sort();
    let nearest = near.first().map_or(0, |(distance, _)| *distance);
    near.iter()
        .take_while(|(distance, _)| *distance <= nearest + 1)
        .take(OFFERED)
        .map(|(_, part)| format!("`{part}`"))
        .collect()
}

/// What people type of a name: its parts between `::`, and each run of a scenario's path.
fn parts(name: &str) -> Vec<&str> {
    let mut parts = vec![name];
    for part in name.split("::") {
        let bounds = |c: char| part.match_indices(c).map(|(at, _)| at);
        let starts: Vec<usize> = std::iter::once(0)
            .chain(bounds('/').map(|at| at + 1))
            .collect();
        let ends: Vec<usize> = bounds('/').chain(std::iter::once(part.len())).collect();
        for start in &starts {
            for end in ends.iter().filter(|end| *end > start) {
                parts.extend(part.get(*start..*end));
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = [
        "firefox::appmeasurement-2.23.0::post/extra-arguments",
        "firefox::appmeasurement-2.23.0::failure/matrix/beacon/reset",
        "firefox::appmeasurement-2.23.0::t/overrides",
    ];

    fn error(filter: &str) -> Option<String> {
        unmatched(&[filter.to_string()], NAMES)
    }

    #[test]
    fn any_part_of_a_name_is_a_filter() {
        for filter in ["firefox", "2.23.0::post", "matrix/beacon", "t/o", NAMES[0]] {
            assert_eq!(error(filter), None, "`{filter}`");
        }
        assert_eq!(unmatched(&[], NAMES), None, "no filter asks for nothing");
    }

    #[test]
    fn a_filter_that_meets_nothing_is_told_the_near_names() {
        insta::assert_snapshot!(error("post/extra-argments").unwrap(), @"no case's name contains `post/extra-argments`; did you mean `post/extra-arguments`?");
        insta::assert_snapshot!(error("failure/matrix/becon").unwrap(), @"no case's name contains `failure/matrix/becon`; did you mean `failure/matrix/beacon`?");
        insta::assert_snapshot!(error("chrome").unwrap(), @"no case's name contains `chrome`; `posttrack list` has all scenarios");
    }

    #[test]
    fn each_filter_must_meet_something() {
        let filters = ["post/".to_string(), "nothing-like-it".to_string()];
        let error = unmatched(&filters, NAMES).unwrap();
        assert!(error.contains("`nothing-like-it`"), "{error}");
    }
}
