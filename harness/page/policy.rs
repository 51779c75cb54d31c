//! Content security policies: the harness adds its nonce and its reporting host, nothing else.

/// The scenario's policy, extended so that scripts with `nonce` run and events reach `report_origin`.
///
/// A directive that the policy leaves open stays open. Where `default-src` stands for `script-src` or
/// `connect-src`, that directive is written out with the same sources. A nonce is not added beside
/// `'unsafe-inline'`: it would switch that keyword off for the page's own scripts.
pub fn extend_policy(policy: &str, nonce: &str, report_origin: &str) -> String {
    let mut directives: Vec<(String, Vec<String>)> = policy
        .split(';')
        .filter_map(|directive| {
            let mut words = directive.split_whitespace().map(str::to_owned);
            Some((words.next()?, words.collect()))
        })
        .collect();
    allow(&mut directives, "script-src", |sources| {
        let inline = sources.iter().any(|source| source == "'unsafe-inline'");
        let strict = sources
            .iter()
            .any(|source| source.starts_with("'nonce-") || source.starts_with("'sha"));
        (!inline || strict).then(|| format!("'nonce-{nonce}'"))
    });
    allow(&mut directives, "connect-src", |_| {
        Some(report_origin.to_owned())
    });
    directives
        .into_iter()
        .map(|(name, sources)| {
            std::iter::once(name)
                .chain(sources)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect::<Vec<_>>()
        .join("; ")
}

fn allow(
    directives: &mut Vec<(String, Vec<String>)>,
    name: &str,
    source: impl Fn(&[String]) -> Option<String>,
) {
    let sources_of = |wanted: &str, directives: &[(String, Vec<String>)]| {
        directives
            .iter()
            .position(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    let index = match sources_of(name, directives) {
        Some(index) => index,
        None => match sources_of("default-src", directives) {
            Some(default) => {
                let sources = directives[default].1.clone();
                directives.push((name.to_owned(), sources));
                directives.len() - 1
            }
            None => return,
        },
    };
    let sources = &mut directives[index].1;
    if let Some(added) = source(sources) {
        sources.retain(|source| source != "'none'");
        sources.push(added);
    }
}

#[cfg(test)]
mod tests {
    use super::extend_policy;

    #[test]
    fn a_policy_without_script_or_connect_rules_is_untouched() {
        assert_eq!(
            extend_policy("img-src 'none'", "n", "https://r.test"),
            "img-src 'none'"
        );
    }

    #[test]
    fn default_src_is_written_out_for_what_the_harness_needs() {
        assert_eq!(
            extend_policy("default-src 'none'", "n", "https://r.test"),
            "default-src 'none'; script-src 'nonce-n'; connect-src https://r.test"
        );
    }

    #[test]
    fn a_nonce_never_switches_unsafe_inline_off() {
        assert_eq!(
            extend_policy("script-src 'self' 'unsafe-inline'", "n", "https://r.test"),
            "script-src 'self' 'unsafe-inline'"
        );
    }
}
