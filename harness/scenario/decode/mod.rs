//! From joined, spanned values to the model, one file a part of the format.
//! Reports every mistake it meets; opens no file but a page's HTML.

mod callback;
mod catalogue;
mod check;
mod deviation;
mod endpoint;
mod host;
mod page;
mod step;
mod tracker;
mod value;

use std::collections::BTreeSet;
use std::path::Path;

pub(super) use callback::ON;
pub(super) use catalogue::{catalogue, shared_deviations};
pub(super) use deviation::hit_faults;
pub(super) use endpoint::{FAULTS, TRANSPORTS};
pub(super) use page::below;
pub(super) use step::STATES;
pub(super) use tracker::{DEFAULT_INSTANCES, instance_of};

use super::keys;
use super::read::{Section, Sink, filled_text, number, unknown_word, word};
use super::source::Place;
use super::suggest::nearest;
use super::tree::{Node, Table};
use super::{BuildFilter, Catalogue, Library, Location, Scenario};

/// What decoding needs to know beside the values.
pub(super) struct Decoder<'a> {
    /// The scenarios folder, for a page's HTML.
    pub folder: &'a Path,
    /// The claims; `None` if they could not be read, then ids are not looked up.
    pub catalogue: Option<&'a Catalogue>,
    /// Mistakes so far.
    pub sink: Sink,
    /// What the scenario's other parts define; `None` while a part is read alone.
    known: Option<Known>,
}

/// Names that one part of a scenario defines and another uses.
#[derive(Debug, Default)]
struct Known {
    library: Option<Library>,
    instances: Vec<String>,
    holds: Vec<(String, Place)>,
    released: BTreeSet<String>,
    callbacks: Vec<String>,
    values: Vec<String>,
    steps: usize,
    /// All that the scenario says, to look for names in it.
    words: String,
}

/// How a scenario is called.
pub(super) struct Name {
    pub name: String,
    pub file_name: String,
    pub at: Location,
}

pub(super) const LIBRARIES: &[(&str, Library)] = &[
    ("appmeasurement", Library::Appmeasurement),
    ("alloy", Library::Alloy),
];

impl<'a> Decoder<'a> {
    /// A decoder that found nothing yet.
    pub fn new(folder: &'a Path, catalogue: Option<&'a Catalogue>) -> Decoder<'a> {
        Decoder {
            folder,
            catalogue,
            sink: Sink::default(),
            known: None,
        }
    }

    /// Reads a part of a scenario (a file, a row) for the mistakes that show without the rest.
    pub fn fragment(&mut self, table: &Table, place: &Place) {
        let (at, empty) = (place.location(), String::new());
        let name = Name {
            name: empty.clone(),
            file_name: empty,
            at,
        };
        self.known = None;
        self.parts(table, place, name);
    }

    /// Reads a whole scenario; `None` if it is invalid.
    pub fn scenario(&mut self, table: &Table, place: &Place, name: Name) -> Option<Scenario> {
        self.known = Some(Known {
            words: words(table, place),
            ..Known::default()
        });
        let scenario = self.parts(table, place, name);
        self.unreleased_holds();
        scenario.filter(|_| !self.sink.failed())
    }

    fn parts(&mut self, table: &Table, place: &Place, name: Name) -> Option<Scenario> {
        let top = Section::of(table, place, &keys::TOP, &mut self.sink);
        let title = top.required_text("title", &mut self.sink);
        let library = top
            .require("library", &mut self.sink)
            .and_then(|node| word(node, "library", LIBRARIES, &mut self.sink));
        if let Some(known) = &mut self.known {
            known.library = library;
        }
        let page = self.page(&top);
        let trackers = self.trackers(&top);
        let endpoints = self.endpoints(&top);
        let callbacks = self.callbacks(&top);
        let steps = self.steps(&top);
        let requirements = self.requirements(&top);
        let tags = top.texts("tags", &mut self.sink);
        let checks = self.checks(&top);
        let deviations = self.deviations(&top);
        let builds = self.builds(&top);
        let browsers = self.browsers(&top);
        let max_hits = top
            .get("max_hits")
            .and_then(|node| number(node, "max_hits", 1, &mut self.sink));
        let same_as = top
            .get("same_as")
            .and_then(|node| filled_text(node, "same_as", &mut self.sink));
        Some(Scenario {
            name: name.name,
            file_name: name.file_name,
            sha256: String::new(),
            at: name.at,
            title: title?.to_owned(),
            requirements,
            tags: tags.iter().map(|(tag, _)| (*tag).to_owned()).collect(),
            library: library?,
            builds,
            documented: Vec::new(),
            browsers,
            max_hits: max_hits.unwrap_or(super::model::MAX_HITS),
            same_as: same_as.map(str::to_owned),
            page: page?,
            trackers,
            callbacks,
            steps,
            endpoints,
            checks,
            deviations,
        })
    }

    fn requirements(&mut self, top: &Section<'_>) -> Vec<(String, Location)> {
        let ids = top.texts("requirements", &mut self.sink);
        for (id, place) in &ids {
            self.look_up(id, place);
        }
        ids.iter()
            .map(|(id, place)| ((*id).to_owned(), place.location()))
            .collect()
    }

    /// The requirement that a part names.
    fn requirement(&mut self, section: &Section<'_>) -> Option<String> {
        let node = section.require("requirement", &mut self.sink)?;
        let id = filled_text(node, "requirement", &mut self.sink)?;
        self.look_up(id, &node.place);
        Some(id.to_owned())
    }

    fn look_up(&mut self, id: &str, place: &Place) {
        let Some(catalogue) = self.catalogue else {
            return;
        };
        if catalogue.get(id).is_none() {
            let ids = catalogue.requirements.iter().map(|one| one.id.as_str());
            self.sink
                .error(
                    place,
                    format!("unknown requirement `{id}`"),
                    "expected an id of requirements.toml",
                )
                .suggest(nearest(id, ids));
        }
    }

    fn builds(&mut self, section: &Section<'_>) -> Option<BuildFilter> {
        let text = section.text("builds", &mut self.sink)?;
        match BuildFilter::parse(text) {
            Ok(filter) => Some(filter),
            Err(message) => {
                let place = section.get("builds").map(|node| &node.place)?;
                self.sink.error(place, message, "in `builds`");
                None
            }
        }
    }

    fn browsers(&mut self, section: &Section<'_>) -> Option<Vec<String>> {
        section.get("browsers")?;
        let names = section.texts("browsers", &mut self.sink);
        for (name, place) in &names {
            if !keys::BROWSERS.contains(name) {
                unknown_word(place, "browser", name, keys::BROWSERS, &mut self.sink);
            }
        }
        Some(names.iter().map(|(name, _)| (*name).to_owned()).collect())
    }

    fn library(&self) -> Option<Library> {
        self.known.as_ref().and_then(|known| known.library)
    }
}

/// All texts of a scenario, one after the other.
fn words(table: &Table, place: &Place) -> String {
    fn collect(node: &Node, into: &mut String) {
        use super::tree::Kind;
        match &node.kind {
            Kind::Text(text) => {
                into.push_str(text);
                into.push('\n');
            }
            Kind::List(items) => items.iter().for_each(|item| collect(item, into)),
            Kind::Table(table) => table
                .entries
                .iter()
                .filter(|(key, _)| key.name != "check")
                .for_each(|(_, item)| collect(item, into)),
            _ => {}
        }
    }
    let mut text = String::new();
    let root = Node {
        kind: super::tree::Kind::Table(table.clone()),
        place: place.clone(),
    };
    collect(&root, &mut text);
    text
}
