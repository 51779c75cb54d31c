//! `[page]`

use std::sync::LazyLock;

use super::Decoder;
use super::host::address;
use crate::scenario::Page;
use crate::scenario::keys;
use crate::scenario::read::{Section, filled_text};
use crate::scenario::source::Place;

/// What a whole page must hold, for the build to get into it.
const BUILD: &str = r#"<script src="/build.js"></script>"#;

static BUILD_TAG: LazyLock<Option<regex::Regex>> =
    LazyLock::new(|| regex::Regex::new(r#"(?i)<script\b[^>]*\bsrc\s*=\s*["']?/build\.js\b"#).ok());

impl Decoder<'_> {
    pub(super) fn page(&mut self, top: &Section<'_>) -> Option<Page> {
        let Some(node) = top.get("page") else {
            self.sink.missing(
                top.place,
                "the scenario has no `[page]`",
                "expected a `[page]` with a `url`",
            );
            return None;
        };
        let page = Section::open(node, &keys::PAGE, &mut self.sink)?;
        let url = self.page_url(&page);
        let head = page.text("head", &mut self.sink);
        let body = page.text("body", &mut self.sink);
        let html = self.whole_page(&page);
        let csp = self.policy(&page);
        Some(Page {
            url: url?,
            head: head.unwrap_or_default().to_owned(),
            body: body.unwrap_or_default().to_owned(),
            html,
            csp,
        })
    }

    fn page_url(&mut self, page: &Section<'_>) -> Option<url::Url> {
        let node = page.require("url", &mut self.sink)?;
        let text = filled_text(node, "url", &mut self.sink)?;
        address(text, None, &node.place, &mut self.sink)
    }

    fn whole_page(&mut self, page: &Section<'_>) -> Option<String> {
        let node = page.get("html")?;
        let path = filled_text(node, "html", &mut self.sink)?;
        for part in ["head", "body"] {
            if let Some((key, _)) = page.table.entry(part) {
                self.sink
                    .error(
                        &key.place,
                        format!("`{part}` does not go with `html`"),
                        "a whole page brings its own",
                    )
                    .also(&node.place, "the whole page");
            }
        }
        let html = self.read_page(path, &node.place)?;
        let has_build = BUILD_TAG.as_ref().is_none_or(|tag| tag.is_match(&html));
        if !has_build {
            self.sink
                .error(
                    &node.place,
                    format!("the page `{path}` does not load the build"),
                    "nothing would be tested",
                )
                .help(format!("put `{BUILD}` into it"));
        }
        Some(html)
    }

    fn read_page(&mut self, path: &str, place: &Place) -> Option<String> {
        if let Err(reason) = below(path) {
            self.sink.error(
                place,
                format!("`html` {reason}"),
                "expected a path like `pages/checkout.html`",
            );
            return None;
        }
        match std::fs::read_to_string(self.folder.join(path)) {
            Ok(html) => Some(html),
            Err(reason) => {
                self.sink
                    .error(
                        place,
                        format!("cannot read the page `{path}`: {reason}"),
                        "expected an HTML file",
                    )
                    .help("its path begins at the scenarios folder");
                None
            }
        }
    }

    fn policy(&mut self, page: &Section<'_>) -> Option<String> {
        let node = page.get("csp")?;
        let policy = filled_text(node, "csp", &mut self.sink)?;
        if http::HeaderValue::from_str(policy).is_err() {
            self.sink.error(
                &node.place,
                "`csp` is no header value",
                "expected one line, without control characters",
            );
        }
        Some(policy.to_owned())
    }
}

/// Whether a path stays below the scenarios folder; the error says why not.
pub(in crate::scenario) fn below(path: &str) -> Result<(), &'static str> {
    use std::path::{Component, Path};
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if Path::new(path).components().all(inside) {
        Ok(())
    } else {
        Err("must name a file below the scenarios folder")
    }
}
