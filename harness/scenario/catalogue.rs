//! The requirements catalogue, `scenarios/requirements.toml`.

use serde::Deserialize;

use super::{BuildFilter, Library, Version};

/// All documented claims, in the order of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// `[[requirement]]` entries.
    #[serde(default, rename = "requirement")]
    pub requirements: Vec<Requirement>,
}

/// A documented claim.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// `POST-03`
    pub id: String,
    /// The claim, in our own words.
    pub claim: String,
    /// Names of the documentation's pages.
    pub source: String,
    /// Address of the documentation's page.
    #[serde(default)]
    pub page: Option<String>,
    /// Why a headless browser cannot prove it, in one sentence; absent: it can.
    #[serde(default)]
    pub unprovable: Option<String>,
    /// The builds of which the documentation claims it: a function came with a version. `None`: all.
    #[serde(default)]
    pub builds: Option<BuildFilter>,
}

impl Requirement {
    /// Whether the documentation claims it of any version of this library.
    pub fn is_of_library(&self, library: Library) -> bool {
        let of_it = |builds: &BuildFilter| builds.any.iter().any(|one| one.library == library);
        self.builds.as_ref().is_none_or(of_it)
    }

    /// Whether the documentation claims it of a build of this library and version. A build of
    /// unknown version is taken for a new one.
    pub fn is_of(&self, library: Library, version: Option<Version>) -> bool {
        self.builds
            .as_ref()
            .is_none_or(|builds| builds.fits_newest(library, version))
    }
}

impl Catalogue {
    /// The requirement of this id.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.requirements
            .iter()
            .find(|requirement| requirement.id == id)
    }

    /// Whether the documentation claims this of such a build; what has no row is claimed of all.
    pub fn is_of(&self, id: &str, library: Library, version: Option<Version>) -> bool {
        self.get(id)
            .is_none_or(|requirement| requirement.is_of(library, version))
    }

    /// The builds of which these claims are made, a filter for each that is not made of all.
    pub fn builds_of<'i>(&self, ids: impl Iterator<Item = &'i str>) -> Vec<BuildFilter> {
        let mut filters: Vec<BuildFilter> = Vec::new();
        for builds in ids.filter_map(|id| self.get(id)?.builds.as_ref()) {
            if !filters.contains(builds) {
                filters.push(builds.clone());
            }
        }
        filters
    }
}
