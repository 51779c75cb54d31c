//! The pages of one case: which document a request gets, and where its lines came from.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::page::{
    Adapter, Assembly, BUILD_PATH, DocumentContext, ENGINE_PATH, HtmlDocument, SourceMap, adapter,
    extend_policy,
};
use crate::scenario::{Library, Location, Scenario};
use crate::world::{PageAnswer, PageRequest, Pages, Sites};

/// A build as pages get it.
#[derive(Clone)]
pub(super) struct ServedBuild {
    /// Its library.
    pub(super) adapter: &'static dyn Adapter,
    /// The file, as the library's adapter serves it.
    pub(super) bytes: Bytes,
    /// The version that it reported when it was recognised.
    pub(super) version: Option<String>,
    /// Adobe's public tag engine.
    pub(super) engine: Option<Bytes>,
}

impl ServedBuild {
    /// A build of this library.
    pub(super) fn new(
        build: &drivers::BuildFile,
        library: Library,
        version: Option<String>,
    ) -> ServedBuild {
        let adapter = adapter(library);
        ServedBuild {
            adapter,
            bytes: Bytes::from(adapter.serve(&build.bytes, build.module)),
            version,
            engine: None,
        }
    }
}

/// Serves the documents of one case and remembers each.
pub(super) struct CasePages {
    scenario: Arc<Scenario>,
    build: ServedBuild,
    sites: Sites,
    report: String,
    served: Mutex<Vec<Served>>,
}

/// A document that was served.
#[derive(Clone)]
struct Served {
    url: String,
    map: SourceMap,
}

impl CasePages {
    pub(super) fn new(
        scenario: Arc<Scenario>,
        build: ServedBuild,
        sites: Sites,
        report_host: &str,
    ) -> CasePages {
        let report = format!("{}://{report_host}/", scenario.page.url.scheme());
        CasePages {
            scenario,
            build,
            sites,
            report,
            served: Mutex::default(),
        }
    }

    /// The place in the scenario of a position that the browser reported for the page at `url`.
    pub(super) fn find(&self, url: &str, line: u32, column: u32) -> Option<Location> {
        self.lock()
            .iter()
            .rev()
            .find(|served| served.url == url)
            .and_then(|served| served.map.find(line, column))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Served>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(
        &self,
        request: &PageRequest,
        make: impl FnOnce(&Assembly<'_>, &DocumentContext) -> HtmlDocument,
    ) -> PageAnswer {
        let nonce = token(16);
        let context = DocumentContext {
            doc: token(16),
            first: self.lock().is_empty(),
            nonce: nonce.clone(),
            report: self.report.clone(),
            version: self.build.version.clone(),
            hosts: self.sites.host_map().to_vec(),
        };
        let assembly = Assembly {
            scenario: &self.scenario,
            adapter: self.build.adapter,
        };
        let HtmlDocument { html, map } = make(&assembly, &context);
        self.lock().push(Served {
            url: format!("{}://{}{}", request.scheme, request.host, request.target),
            map,
        });
        let policy = self.scenario.page.csp.as_ref().map(|policy| {
            let policy = extend_policy(policy, &nonce, self.report.trim_end_matches('/'));
            (
                "content-security-policy".to_owned(),
                self.sites.fresh(&policy),
            )
        });
        PageAnswer {
            status: 200,
            headers: policy.into_iter().collect(),
            content_type: "text/html; charset=utf-8".to_owned(),
            body: Bytes::from(self.sites.fresh(&html)),
        }
    }
}

impl Pages for CasePages {
    fn page(&self, request: &PageRequest) -> Option<PageAnswer> {
        let path = request.target.split('?').next().unwrap_or_default();
        if path == BUILD_PATH {
            return Some(script(self.build.bytes.clone()));
        }
        if path == ENGINE_PATH
            && let Some(engine) = &self.build.engine
        {
            return Some(script(engine.clone()));
        }
        if !is_navigation(request) {
            return None;
        }
        let own = self.scenario.page.url.host_str() == Some(request.host.as_str());
        Some(self.answer(request, |assembly, context| {
            if own {
                assembly.page(context)
            } else {
                assembly.empty(context)
            }
        }))
    }

    fn wrap_html(&self, request: &PageRequest, html: &str) -> PageAnswer {
        self.answer(request, |assembly, context| assembly.given(context, html))
    }
}

fn script(body: Bytes) -> PageAnswer {
    PageAnswer {
        status: 200,
        headers: Vec::new(),
        content_type: "text/javascript; charset=utf-8".to_owned(),
        body,
    }
}

fn is_navigation(request: &PageRequest) -> bool {
    let header = |name: &str| {
        request
            .headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    };
    match header("sec-fetch-dest") {
        Some(destination) => matches!(destination, "document" | "iframe" | "frame"),
        // Browsers leave fetch metadata out on plain http.
        None => header("accept").is_some_and(|accept| accept.starts_with("text/html")),
    }
}

/// A random name of lower-case letters and digits that begins with a letter.
fn token(length: usize) -> String {
    std::iter::once(fastrand::lowercase())
        .chain(std::iter::repeat_with(|| {
            char::from_digit(fastrand::u32(..36), 36).unwrap_or('0')
        }))
        .take(length)
        .collect()
}
