//! Adobe's names: which variable a parameter of the request carries, and the other way round.
//! The pairs are those of the documentation's table of query parameters.

/// Parameter and variable, where the names differ and neither is numbered.
const NAMED: &[(&str, &str)] = &[
    ("v0", "campaign"),
    ("ch", "channel"),
    ("xact", "transactionID"),
    ("g", "pageURL"),
    ("-g", "pageURLRest"),
    ("r", "referrer"),
    ("cc", "currencyCode"),
    ("ce", "charSet"),
    ("ts", "timestamp"),
    ("vid", "visitorID"),
    ("mid", "marketingCloudVisitorID"),
    ("aid", "analyticsVisitorID"),
    ("mcorgid", "marketingCloudOrgID"),
    ("sdid", "supplementalDataID"),
    ("aamlh", "audienceManagerLocationHint"),
    ("aamb", "audienceManagerBlob"),
    ("pe", "linkType"),
    ("pev1", "linkURL"),
    ("pev2", "linkName"),
    ("ns", "visitorNamespace"),
    ("cdp", "cookieDomainPeriods"),
    ("cl", "cookieLifetime"),
    ("cp", "customerPerspective"),
    ("D", "dynamicVariablePrefix"),
    ("vmt", "visitorMigrationKey"),
    ("vmf", "visitorMigrationServer"),
    ("vvp", "variableProvider"),
    ("lat", "latitude"),
    ("lon", "longitude"),
    ("s", "resolution"),
    ("c", "colorDepth"),
    ("j", "javascriptVersion"),
    ("v", "javaEnabled"),
    ("k", "cookiesEnabled"),
    ("bw", "browserWidth"),
    ("bh", "browserHeight"),
    ("ct", "connectionType"),
    ("hp", "homepage"),
];

/// Parameter prefix, variable prefix, highest number.
const NUMBERED: &[(&str, &str, u16)] = &[
    ("c", "prop", 75),
    ("v", "eVar", 250),
    ("h", "hier", 5),
    ("l", "list", 3),
];

/// Group of parameters and variable that carries it.
const GROUPS: &[(&str, &str)] = &[("c.", "contextData."), ("h.", "clientHints.")];

/// Adobe's name of the variable that a parameter carries (`v1` → `eVar1`); `None` where the variable
/// is called like the parameter, or where there is none.
pub fn variable(parameter: &str) -> Option<String> {
    if let Some((_, variable)) = NAMED.iter().find(|(name, _)| *name == parameter) {
        return Some((*variable).to_owned());
    }
    numbered(parameter, |(short, long, most)| (short, long, most))
        .or_else(|| grouped(parameter, |(short, long)| (short, long)))
}

/// The parameter that carries a variable (`eVar1` → `v1`); any other name stays as it is.
pub fn parameter(variable: &str) -> String {
    if let Some((name, _)) = NAMED.iter().find(|(_, long)| *long == variable) {
        return (*name).to_owned();
    }
    numbered(variable, |(short, long, most)| (long, short, most))
        .or_else(|| grouped(variable, |(short, long)| (long, short)))
        .unwrap_or_else(|| variable.to_owned())
}

type Numbered = (&'static str, &'static str, u16);

fn numbered(name: &str, direction: impl Fn(Numbered) -> Numbered) -> Option<String> {
    NUMBERED
        .iter()
        .map(|row| direction(*row))
        .find_map(|(from, to, most)| {
            let digits = name.strip_prefix(from)?;
            let number: u16 = digits.parse().ok()?;
            let canonical = (1..=most).contains(&number) && number.to_string() == digits;
            canonical.then(|| format!("{to}{digits}"))
        })
}

type Group = (&'static str, &'static str);

fn grouped(name: &str, direction: impl Fn(Group) -> Group) -> Option<String> {
    GROUPS
        .iter()
        .map(|row| direction(*row))
        .find_map(|(from, to)| Some(format!("{to}{}", name.strip_prefix(from)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_pairs_hold_in_both_directions() {
        for (short, long) in [
            ("v1", "eVar1"),
            ("v250", "eVar250"),
            ("c3", "prop3"),
            ("h1", "hier1"),
            ("l1", "list1"),
            ("v0", "campaign"),
            ("ch", "channel"),
            ("cc", "currencyCode"),
            ("ce", "charSet"),
            ("r", "referrer"),
            ("g", "pageURL"),
            ("xact", "transactionID"),
            ("c.cart.id", "contextData.cart.id"),
            ("pe", "linkType"),
            ("pev1", "linkURL"),
            ("pev2", "linkName"),
        ] {
            assert_eq!(
                variable(short).as_deref(),
                Some(long),
                "variable of {short}"
            );
            assert_eq!(parameter(long), short, "parameter of {long}");
        }
    }

    #[test]
    fn every_pair_of_the_tables_survives_both_directions() {
        let numbered = NUMBERED
            .iter()
            .flat_map(|(short, _, most)| (1..=*most).map(move |n| format!("{short}{n}")));
        for short in NAMED
            .iter()
            .map(|(short, _)| (*short).to_owned())
            .chain(numbered)
        {
            let long = variable(&short).expect("it stands in a table");
            assert_eq!(parameter(&long), short, "{short} → {long} → back");
        }
    }

    #[test]
    fn names_outside_the_tables_stay_as_they_are() {
        for name in [
            "events", "products", "pageName", "v251", "c76", "v01", "c0", "AQB",
        ] {
            assert_eq!(variable(name), None, "{name} carries no other variable");
            assert_eq!(parameter(name), name);
        }
        assert_eq!(
            parameter("prop76"),
            "prop76",
            "there are 75 traffic variables"
        );
    }
}
