//! The address of a hit: its host and its frame of parameters.

use crate::evidence::{Evidence, Hit};
use crate::verdict::Instance;

use super::facts::{Facts, Makes, Vars, doc_of, truthy};
use super::{holds, show, violated};

/// SRV-01
pub(super) fn server_of_secure_pages(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    facts
        .linked()
        .into_iter()
        .filter(|&(call, _)| facts.makes(call) == Makes::One)
        .filter_map(|(call, hit)| {
            let vars = facts.compiled(call)?;
            let doc = evidence.invocations[call].entered.doc;
            // With trackingServerSecure alone it is T-03; what is right with neither depends on
            // how the library was installed.
            let plain = vars.get("trackingServer")?.as_str()?;
            let secure = vars
                .get("trackingServerSecure")
                .and_then(|value| value.as_str());
            if plain.is_empty() || !is_secure_page(evidence, doc, &vars) {
                return None;
            }
            let server = secure.filter(|secure| !secure.is_empty()).unwrap_or(plain);
            Some(if is_host(server, &hit.host) {
                holds(Some(hit))
            } else {
                let why = "a hit of an https page went to another server than its variables name";
                let events = vec![
                    format!("expected host {server}, found {}", hit.host),
                    show::hit(hit),
                ];
                violated(Some(hit), why, events)
            })
        })
        .collect()
}

/// URL-01
pub(super) fn is_whole(evidence: &Evidence) -> Vec<Instance> {
    Facts::new(evidence)
        .hits()
        .map(|hit| {
            let name =
                |param: Option<&crate::evidence::Param>| param.map(|param| param.name.clone());
            let first = name(hit.params.first());
            let last = name(hit.params.last());
            let framed = first.as_deref() == Some("AQB") && last.as_deref() == Some("AQE");
            let arrived = hit
                .arrived_url
                .as_deref()
                .is_none_or(|url| url.contains("AQB=1") && url.ends_with("AQE=1"));
            if framed && arrived {
                holds(Some(hit))
            } else {
                let why = "a hit did not begin with AQB and end with AQE";
                let mut events = vec![show::hit(hit)];
                events.extend(
                    hit.arrived_url
                        .as_ref()
                        .map(|url| format!("arrived as {url}")),
                );
                violated(Some(hit), why, events)
            }
        })
        .collect()
}

/// URL-02
pub(super) fn round_trip_needs_a_hit_before(evidence: &Evidence) -> Vec<Instance> {
    let facts = Facts::new(evidence);
    let mut seen: Vec<Option<usize>> = Vec::new();
    let mut firsts: Vec<&Hit> = Vec::new();
    for hit in facts.hits() {
        let doc = doc_of(hit);
        // Hits that were kept may be of another page.
        if hit
            .tracker
            .as_deref()
            .is_some_and(|tracker| facts.keeps_hits(tracker))
        {
            continue;
        }
        if !seen.contains(&doc) {
            seen.push(doc);
            firsts.push(hit);
        }
    }
    firsts
        .into_iter()
        .map(|hit| {
            if hit.param("lrt").is_none() {
                holds(Some(hit))
            } else {
                let why = "the first hit of a page had the round trip of another one";
                violated(Some(hit), why, vec![show::hit(hit)])
            }
        })
        .collect()
}

/// The page came over https, and the tracker was not told otherwise.
pub(super) fn is_secure_page(evidence: &Evidence, doc: usize, vars: &Vars) -> bool {
    let https = evidence
        .documents
        .get(doc)
        .is_some_and(|document| document.url.starts_with("https:"));
    let told_otherwise = vars.contains_key("ssl") && !truthy(vars.get("ssl"));
    https && !told_otherwise
}

/// The report suites in the path of a hit, as the tracker names them.
pub(super) fn report_suite(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let mut parts = url.path_segments()?;
    let is_hit = parts.next() == Some("b") && parts.next() == Some("ss");
    let suite = percent_encoding::percent_decode_str(parts.next()?).decode_utf8();
    is_hit.then_some(suite.ok()?.into_owned())
}

/// Whether a tracking server (which may name a port) is this host.
pub(super) fn is_host(server: &str, host: &str) -> bool {
    let name = |text: &str| text.split(':').next().unwrap_or(text).to_ascii_lowercase();
    name(server) == name(host)
}
