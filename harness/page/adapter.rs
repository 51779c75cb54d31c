//! What is particular to a library: how its build is served, watched and set up. A library is one
//! file behind this trait.

mod appmeasurement;

use crate::scenario::{Callback, Library, Tracker, Value};

/// Drives one library in a page.
pub trait Adapter: Sync {
    /// The part of the probe that watches the library; defines `built()` and `version()`.
    fn probe(&self) -> &'static str;
    /// The build as it is served. Only a module is touched: the keyword `export` goes and the call
    /// that defines the globals is appended.
    fn serve(&self, build: &[u8], module: bool) -> Vec<u8>;
    /// Statements that make a tracker; each value is written by `write`.
    fn set_up(
        &self,
        tracker: &Tracker,
        out: &mut String,
        write: &mut dyn FnMut(&Value, &mut String),
    );
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

/// The adapter of a library; `None` for one that posttrack cannot drive yet.
pub fn adapter(library: Library) -> Option<&'static dyn Adapter> {
    match library {
        Library::Appmeasurement => Some(&appmeasurement::AppMeasurement),
        Library::Alloy => None,
    }
}
