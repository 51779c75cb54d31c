//! What the reports that are pages share: the template engine, the style, and that no text of others is more than text.
//! Knows of no particular page; a page is its template and its view.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, Value, context};
use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::terminal::safe;

const STYLE: &str = include_str!("style.css");

/// A page that needs nothing else: no font, no other file.
pub(super) struct Page {
    /// Its name ends in `.html`, by which the template engine escapes everything.
    pub name: &'static str,
    /// The template; it knows the view as `page`, the style as `style`, the script as `script` and
    /// what a policy calls it as `allowed`.
    pub template: &'static str,
    /// What it has besides the common style.
    pub style: &'static str,
    /// JavaScript of ours; without it everything can be read too.
    pub script: &'static str,
}

impl Page {
    /// The page's text. In all texts of the view, characters that do not show or that turn the direction of writing
    /// are shown as escapes.
    ///
    /// # Errors
    /// A template that does not fit its view, which is a bug.
    pub fn render(&self, view: &impl Serialize) -> Result<String, Error> {
        let mut view = serde_json::to_value(view).map_err(|error| {
            Error::new(minijinja::ErrorKind::BadSerialization, error.to_string())
        })?;
        make_visible(&mut view);
        let mut environment = Environment::new();
        let mut syntax = SyntaxConfig::builder();
        environment.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
        environment.add_template(self.name, self.template)?;
        environment.get_template(self.name)?.render(context! {
            page => Serde(view),
            style => Value::from_safe_string(format!("{STYLE}{}", self.style)),
            script => Value::from_safe_string(self.script.to_owned()),
            // Only this script may run, whatever else should get into the page.
            allowed => Value::from_safe_string(format!("'sha256-{}'", STANDARD.encode(Sha256::digest(self.script)))),
        })
    }
}

fn make_visible(value: &mut Json) {
    match value {
        Json::String(text) => {
            if let std::borrow::Cow::Owned(shown) = safe(text) {
                *text = shown;
            }
        }
        Json::Array(items) => items.iter_mut().for_each(make_visible),
        Json::Object(members) => members.values_mut().for_each(make_visible),
        _ => {}
    }
}
