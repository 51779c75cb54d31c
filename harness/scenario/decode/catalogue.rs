//! `requirements.toml` and `deviations.toml`

use super::Decoder;
use crate::scenario::read::{Section, filled_text};
use crate::scenario::source::Place;
use crate::scenario::tree::{Node, Table};
use crate::scenario::{Catalogue, Deviation, Requirement, keys};

/// Reads `requirements.toml`: the entries that could be read.
pub(in crate::scenario) fn catalogue(
    decoder: &mut Decoder<'_>,
    table: &Table,
    place: &Place,
) -> Catalogue {
    let top = Section::of(table, place, &keys::CATALOGUE, &mut decoder.sink);
    let nodes = match top.get("requirement") {
        Some(_) => top.parts("requirement", &mut decoder.sink),
        None => {
            decoder.sink.missing(
                place,
                "there are no requirements",
                "expected `[[requirement]]`",
            );
            &[]
        }
    };
    let mut catalogue = Catalogue::default();
    let mut places: Vec<(String, &Place)> = Vec::new();
    for node in nodes {
        let Some((requirement, at)) = decoder.entry(node) else {
            continue;
        };
        if let Some((_, first)) = places.iter().find(|(id, _)| *id == requirement.id) {
            let message = format!("the requirement `{}` stands twice", requirement.id);
            decoder
                .sink
                .error(at, message, "expected another id")
                .also(first, "the first");
            continue;
        }
        places.push((requirement.id.clone(), at));
        catalogue.requirements.push(requirement);
    }
    catalogue
}

/// Reads `deviations.toml`.
pub(in crate::scenario) fn shared_deviations(
    decoder: &mut Decoder<'_>,
    table: &Table,
    place: &Place,
) -> Vec<Deviation> {
    let top = Section::of(table, place, &keys::DEVIATIONS, &mut decoder.sink);
    decoder.deviations(&top)
}

impl Decoder<'_> {
    fn entry<'n>(&mut self, node: &'n Node) -> Option<(Requirement, &'n Place)> {
        let section = Section::open(node, &keys::REQUIREMENT, &mut self.sink)?;
        let sink = &mut self.sink;
        let id_node = section.require("id", sink);
        let id = id_node.and_then(|node| Some((filled_text(node, "id", sink)?, &node.place)));
        let claim = section.required_text("claim", sink);
        let source = section.required_text("source", sink);
        let page = section.text("page", sink);
        let unprovable = section
            .get("unprovable")
            .and_then(|node| filled_text(node, "unprovable", sink));
        let builds = self.builds(&section);
        let (id, at) = id?;
        let requirement = Requirement {
            id: id.to_owned(),
            claim: claim.unwrap_or_default().to_owned(),
            source: source.unwrap_or_default().to_owned(),
            page: page.map(str::to_owned),
            unprovable: unprovable.map(str::to_owned),
            builds,
        };
        Some((requirement, at))
    }
}
