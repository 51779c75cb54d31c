//! The requirements catalogue, `scenarios/requirements.toml`.

use serde::Deserialize;

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
}

impl Catalogue {
    /// The requirement of this id.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.requirements
            .iter()
            .find(|requirement| requirement.id == id)
    }
}
