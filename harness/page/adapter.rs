//! What is particular to a library: how its build is served, watched and set up. A library is one
//! file behind this trait.

mod alloy;
mod appmeasurement;

use crate::scenario::{Callback, Library, Tracker, Value};

/// Drives one library in a page.
pub trait Adapter: Sync {
    /// The part of the probe that watches the library; defines `built()` and `version()` (the version
    /// or a promise of it), and where callbacks follow promises `follow(…)` and `watchInstance(name)`.
    fn probe(&self) -> &'static str;
    /// The build as it is served. Only a module is touched: the keyword `export` goes and the call
    /// that defines the globals is appended.
    fn serve(&self, build: &[u8], module: bool) -> Vec<u8>;
    /// Statements that let trackers be told things before the build is there, which then may be loaded
    /// in any way; empty if the page (`html`) brings its own. `None`: the library cannot do that.
    fn base_code(&self, _trackers: &[Tracker], _html: &str) -> Option<String> {
        None
    }
    /// Statements that make a tracker; each value is written by `write`.
    fn set_up(
        &self,
        tracker: &Tracker,
        out: &mut String,
        write: &mut dyn FnMut(&Value, &mut String),
    );
    /// What the code of a callback calls its first argument.
    fn first_argument(&self) -> &'static str;
    /// Statements that register a callback with the tracker of this global name (`None`: the
    /// scenario sets none up).
    fn register(
        &self,
        callback: &Callback,
        tracker: Option<&str>,
        out: &mut String,
        write: &mut dyn FnMut(&Value, &mut String),
    );
}

/// The adapter of a library.
pub fn adapter(library: Library) -> &'static dyn Adapter {
    match library {
        Library::Appmeasurement => &appmeasurement::AppMeasurement,
        Library::Alloy => &alloy::Alloy,
    }
}
