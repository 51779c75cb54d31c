//! The run as one page that needs nothing else and can be read without JavaScript: requirements, findings, cases with a
//! drawing of what happened. Reads finished results and decides nothing.
//! What of a result is shown stands in the views, how in the template.

mod case;
mod drawing;
#[cfg(test)]
mod tests;
mod view;

use minijinja::Error;

use super::Results;
use super::page::Page;

const PAGE: Page = Page {
    name: "report.html",
    template: include_str!("report.html"),
    style: include_str!("report.css"),
    script: include_str!("report.js"),
};

/// The page's text.
///
/// # Errors
/// A template that does not fit its view, which is a bug.
pub fn render(results: &Results) -> Result<String, Error> {
    PAGE.render(&view::view(results))
}
