//! Sites: each run of a case has fresh registrable domains, so that nothing leaks between cases.
//! Names are replaced in what the page gets and turned back in what is recorded.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex};

use crate::scenario::{Action, Js, Scenario, Value};

use super::lock;

/// The top-level domain that is ours (RFC 6761).
const TOP: &str = ".test";
/// Shorter labels are left alone: there are too few of them to be fresh.
const SHORTEST: usize = 4;
/// The reporting host, as nobody's scenario names it.
const REPORT: &str = "posttrack-report.test";

/// All labels that were handed out, so that none is used twice; clones share it. One a run.
#[derive(Clone, Default)]
pub struct Labels(Arc<Mutex<HashSet<String>>>);

impl Labels {
    /// A label of `len` characters that was never handed out and that `fits` likes.
    fn fresh(&self, len: usize, fits: impl Fn(&str) -> bool) -> String {
        let mut used = lock(&self.0);
        loop {
            let label: String = std::iter::once(fastrand::lowercase())
                .chain((1..len).map(|_| fastrand::digit(36)))
                .collect();
            if fits(&label) && used.insert(label.clone()) {
                return label;
            }
        }
    }
}

/// The sites of one run of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sites {
    /// Canonical and fresh domain (`shop.test`, `x7kq.test`), longest first.
    pairs: Vec<(String, String)>,
    report: String,
}

impl Sites {
    /// Fresh sites for every registrable domain under `.test` that the scenario names.
    pub fn for_scenario(scenario: &Scenario, labels: &Labels) -> Sites {
        let mut found = Found::default();
        found.scenario(scenario);
        Sites::for_texts(found, labels)
    }

    /// Fresh sites for the registrable domains of these hosts.
    #[cfg(test)]
    pub(super) fn for_hosts(hosts: &[&str], labels: &Labels) -> Sites {
        let mut found = Found::default();
        hosts.iter().for_each(|host| found.text(host));
        Sites::for_texts(found, labels)
    }

    fn for_texts(found: Found, labels: &Labels) -> Sites {
        let mut sites = Sites {
            pairs: Vec::new(),
            report: String::new(),
        };
        for domain in &found.domains {
            let fresh = sites.fresh_domain(domain, &found, labels);
            sites.pairs.push((domain.clone(), fresh));
        }
        sites.report = sites.fresh_domain(REPORT, &found, labels);
        sites
            .pairs
            .sort_by_key(|(canonical, _)| std::cmp::Reverse(canonical.len()));
        sites
    }

    /// A domain of the same length that neither occurs in the scenario nor could be taken for the
    /// end of another one of these sites.
    fn fresh_domain(&self, domain: &str, found: &Found, labels: &Labels) -> String {
        let len = domain.len() - TOP.len();
        let label = labels.fresh(len, |label| {
            let domain = format!("{label}{TOP}");
            !found.texts.iter().any(|text| text.contains(&domain))
                && self.pairs.iter().all(|(_, other)| {
                    !other.ends_with(&domain) && !domain.ends_with(other.as_str())
                })
        });
        format!("{label}{TOP}")
    }

    /// The text with fresh names, of the same length: `shop.test` where nothing continues the name.
    pub fn fresh(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (canonical, fresh) in &self.pairs {
            let places: Vec<usize> = text
                .match_indices(canonical.as_str())
                .map(|(at, _)| at)
                .filter(|&at| begins_name(&text, at) && ends_name(&text[at + canonical.len()..]))
                .collect();
            for at in places {
                text.replace_range(at..at + canonical.len(), fresh);
            }
        }
        text
    }

    /// The text with the names of the scenario. Fresh names are unique, so they are recognised
    /// wherever they stand.
    pub fn canonical(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (canonical, fresh) in &self.pairs {
            if text.contains(fresh.as_str()) {
                text = text.replace(fresh.as_str(), canonical);
            }
        }
        text
    }

    /// Canonical and fresh domains, for the page's `posttrack.host()`.
    pub fn host_map(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// A fresh host that no scenario names, for the probe's reports.
    pub fn report_host(&self) -> &str {
        &self.report
    }

    /// All fresh domains.
    pub(super) fn fresh_domains(&self) -> impl Iterator<Item = &str> {
        self.pairs
            .iter()
            .map(|(_, fresh)| fresh.as_str())
            .chain([self.report.as_str()])
    }
}

/// The registrable domain of a host under `.test`.
pub(super) fn registrable(host: &str) -> Option<&str> {
    let label = host.strip_suffix(TOP)?;
    let label = label.rsplit('.').next()?;
    (!label.is_empty()).then(|| &host[host.len() - label.len() - TOP.len()..])
}

fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

/// Whether a name can begin at `at`: nothing before it belongs to it, or that is the end of an
/// escape (`%2F`, escaped again `%252F`).
fn begins_name(text: &str, at: usize) -> bool {
    let before = &text[..at];
    !before.ends_with(in_name) || ends_in_escape(before)
}

fn ends_in_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(cut) = bytes.len().checked_sub(2) else {
        return false;
    };
    let (mut rest, digits) = bytes.split_at(cut);
    while let Some(shorter) = rest.strip_suffix(b"25") {
        rest = shorter;
    }
    digits.iter().all(u8::is_ascii_hexdigit) && rest.ends_with(b"%")
}

/// Whether a name ends before `rest`: `shop.test` does not in `shop.testing` or `shop.test.example`.
fn ends_name(rest: &str) -> bool {
    let mut next = rest.chars();
    match next.next() {
        Some('.') => !next.next().is_some_and(in_name),
        Some(c) => !in_name(c),
        None => true,
    }
}

/// Names that a scenario's texts hold.
#[derive(Default)]
struct Found {
    domains: BTreeSet<String>,
    texts: Vec<String>,
}

impl Found {
    fn scenario(&mut self, scenario: &Scenario) {
        self.text(scenario.page.url.as_str());
        self.code(&scenario.page.head);
        self.code(&scenario.page.body);
        self.code(scenario.page.html.as_deref().unwrap_or_default());
        self.text(scenario.page.csp.as_deref().unwrap_or_default());
        for tracker in &scenario.trackers {
            tracker.variables.iter().for_each(|(_, v)| self.value(v));
        }
        for callback in &scenario.callbacks {
            callback.args.iter().for_each(|arg| self.value(arg));
            callback.run.iter().for_each(|js| self.js(js));
        }
        for step in &scenario.steps {
            self.action(&step.action);
        }
        for endpoint in &scenario.endpoints {
            self.text(endpoint.host.as_deref().unwrap_or_default());
            let answer = &endpoint.answer;
            self.text(answer.redirect.as_deref().unwrap_or_default());
            self.code(answer.body.as_deref().unwrap_or_default());
            self.code(answer.html.as_deref().unwrap_or_default());
            answer.headers.iter().for_each(|(_, text)| self.text(text));
        }
    }

    fn action(&mut self, action: &Action) {
        match action {
            Action::Run { code, .. } => self.js(code),
            Action::Click(text) | Action::Goto(text) => self.text(text),
            Action::Network { host, .. } => self.text(host),
            Action::Back | Action::Reload | Action::Release(_) | Action::Wait(_) => {}
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.text(text),
            Value::List(list) => list.iter().for_each(|value| self.value(value)),
            Value::Table(table) => table.iter().for_each(|(_, value)| self.value(value)),
            Value::Js(js) => self.js(js),
            Value::Number(_) | Value::Bool(_) => {}
        }
    }

    fn js(&mut self, js: &Js) {
        self.code(&js.code);
    }

    /// Text in which every name is a host.
    fn text(&mut self, text: &str) {
        self.names(text, |_, _| true);
    }

    /// Code in which `window.test` and `pattern.test(x)` are no hosts: those stand in quotes, or
    /// after a slash or an `@`.
    fn code(&mut self, code: &str) {
        self.names(code, |before, after| {
            (before.ends_with(['"', '\'', '`', '/', '@', '*']) || ends_in_escape(before))
                && !after.trim_start().starts_with('(')
        });
    }

    /// Collects registrable domains; `is_host` gets the text before and after the dotted name.
    fn names(&mut self, text: &str, is_host: impl Fn(&str, &str) -> bool) {
        for (end, _) in text.match_indices(TOP) {
            let start = start_of_name(&text[..end]);
            let after = &text[end + TOP.len()..];
            let label = text[start..end].rsplit('.').next().unwrap_or_default();
            if label.len() >= SHORTEST
                && !label.starts_with('-')
                && !label.contains(|c: char| c.is_ascii_uppercase())
                && ends_name(after)
                && is_host(&text[..start], after)
            {
                self.domains.insert(format!("{label}{TOP}"));
            }
        }
        if !text.is_empty() {
            self.texts.push(text.to_owned());
        }
    }
}

/// Where the dotted name begins that ends this text; an escape before it is no part of it.
fn start_of_name(text: &str) -> usize {
    let before = text.trim_end_matches(|c| in_name(c) || c == '.');
    let mut start = before.len();
    if before.ends_with('%') {
        while text[start..].starts_with("25") && text.len() > start + 4 {
            start += 2;
        }
        start = (start + 2).min(text.len());
    }
    start
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sites(texts: &[&str], code: &[&str]) -> Sites {
        let mut found = Found::default();
        texts.iter().for_each(|text| found.text(text));
        code.iter().for_each(|text| found.code(text));
        Sites::for_texts(found, &Labels::default())
    }

    fn domains(sites: &Sites) -> Vec<&str> {
        let mut domains: Vec<&str> = sites.pairs.iter().map(|(c, _)| c.as_str()).collect();
        domains.sort_unstable();
        domains
    }

    #[test]
    fn registrable_domains_are_found_wherever_a_text_names_a_host() {
        let sites = sites(
            &[
                "https://www.shop.test/a?b=https%3A%2F%2Fother.test%252Fx",
                "img-src 'self' *.images.test",
                "javascript:,last.test",
            ],
            &["fetch('https://api.code.test/x'); s.trackingServer = \"quoted.test\""],
        );
        assert_eq!(
            domains(&sites),
            [
                "code.test",
                "images.test",
                "last.test",
                "other.test",
                "quoted.test",
                "shop.test"
            ]
        );
    }

    #[test]
    fn methods_and_properties_called_test_are_no_hosts() {
        let sites = sites(
            &[],
            &["window.test = 1; if (pattern.test(x)) y('label.test' , names.test, /path.test (1/)"],
        );
        assert_eq!(domains(&sites), ["label.test"]);
    }

    #[test]
    fn short_labels_are_left_alone_because_they_cannot_be_fresh() {
        let sites = sites(&["https://a.abc.test/"], &[]);
        assert_eq!(sites.fresh("https://a.abc.test/"), "https://a.abc.test/");
    }

    #[test]
    fn only_whole_names_are_replaced() {
        let sites = sites(&["shop.test"], &[]);
        for other in [
            "myshop.test",
            "my-shop.test",
            "shop.testing",
            "shop.test-x",
            "shop.test.example",
        ] {
            assert_eq!(sites.fresh(other), other, "`{other}` is another name");
        }
        let fresh = sites.fresh("shop.test");
        assert_ne!(fresh, "shop.test");
        for (before, after) in [
            ("https://www.", "/x"),
            ("https%3A%2F%2F", "%2F"),
            ("%252F", "."),
            ("\"", "\""),
            (".", ""),
        ] {
            assert_eq!(
                sites.fresh(&format!("{before}shop.test{after}")),
                format!("{before}{fresh}{after}"),
                "the name between `{before}` and `{after}` is the site's"
            );
        }
    }

    #[test]
    fn no_two_runs_of_a_case_share_a_site() {
        let labels = Labels::default();
        let mut seen = HashSet::new();
        for _ in 0..500 {
            let mut found = Found::default();
            found.text("shop.test pane.test");
            let sites = Sites::for_texts(found, &labels);
            for fresh in sites.fresh_domains() {
                assert!(
                    seen.insert(fresh.to_owned()),
                    "{fresh} was handed out twice"
                );
            }
        }
    }

    #[test]
    fn registrable_domains_are_the_last_two_labels_under_test() {
        assert_eq!(registrable("a.b.shop.test"), Some("shop.test"));
        assert_eq!(registrable("shop.test"), Some("shop.test"));
        assert_eq!(registrable("rsid.112.2o7.net"), None);
        assert_eq!(registrable(".test"), None);
    }

    fn pieces() -> impl Strategy<Value = String> {
        let names = prop::sample::select(vec![
            "shop.test",
            "www.shop.test",
            "myshop.test",
            "metrics.partner.test",
            "%2Fshop.test%2F",
            "shop.testing",
            "https://shop.test/",
        ]);
        let piece = prop_oneof![names.prop_map(str::to_owned), "\\PC{0,6}"];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn turning_back_undoes_freshening(text in pieces()) {
            let sites = sites(&["shop.test myshop.test partner.test"], &[]);
            let fresh = sites.fresh(&text);
            prop_assert_eq!(fresh.len(), text.len(), "URL lengths stay true");
            prop_assert_eq!(sites.canonical(&fresh), text);
        }

        #[test]
        fn any_text_can_be_searched_for_hosts(text in "\\PC{0,40}(\\.test\\PC{0,8}){0,3}") {
            let sites = sites(&[&text], &[&text]);
            prop_assert_eq!(sites.canonical(&sites.fresh(&text)), text);
        }
    }
}
