//! The `builds` key: `"appmeasurement >=2.25"`, several joined by commas.

use serde::Deserialize;

use super::Library;

/// Which builds something is for. A build of unknown version matches only a filter without a bound.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BuildFilter {
    /// Alternatives; one must fit.
    pub any: Vec<BuildBound>,
}

/// One alternative of a [`BuildFilter`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildBound {
    /// The library.
    pub library: Library,
    /// Bounds on the version (`>=2.25`, `<2.27`, `=2.23.0`); all must hold.
    pub bounds: Vec<(Ordering, Version)>,
}

/// A comparison of a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordering {
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
    /// `<=`
    AtMost,
    /// `<`
    Below,
}

/// A dotted version; missing parts are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    const NEWEST: Version = Version(u32::MAX, 0, 0);

    /// Reads `2`, `2.25` or `2.25.0`; anything else is `None`.
    pub fn parse(text: &str) -> Option<Version> {
        let mut parts = [0; 3];
        let mut given = text.split('.');
        for (slot, part) in parts.iter_mut().zip(given.by_ref()) {
            *slot = part.parse().ok()?;
        }
        given
            .next()
            .is_none()
            .then_some(Version(parts[0], parts[1], parts[2]))
    }
}

impl BuildFilter {
    /// Reads the key's text; the error says what was expected.
    pub fn parse(text: &str) -> Result<BuildFilter, String> {
        let any = text
            .split(',')
            .map(|part| BuildBound::parse(part.trim()))
            .collect::<Result<_, _>>()?;
        Ok(BuildFilter { any })
    }

    /// The same with a build of unknown version taken for the newest there is.
    pub fn fits_newest(&self, library: Library, version: Option<Version>) -> bool {
        self.fits(library, Some(version.unwrap_or(Version::NEWEST)))
    }

    /// Whether a build of this library and version (`None`: unknown) is meant.
    pub fn fits(&self, library: Library, version: Option<Version>) -> bool {
        self.any.iter().any(|bound| bound.fits(library, version))
    }
}

impl std::fmt::Display for BuildFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let any: Vec<String> = self.any.iter().map(BuildBound::to_string).collect();
        f.write_str(&any.join(", "))
    }
}

impl std::fmt::Display for BuildBound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.library.name())?;
        self.bounds
            .iter()
            .try_for_each(|(ordering, version)| write!(f, " {}{version}", ordering.sign()))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Version(major, minor, 0) => write!(f, "{major}.{minor}"),
            Version(major, minor, patch) => write!(f, "{major}.{minor}.{patch}"),
        }
    }
}

impl Ordering {
    fn sign(self) -> &'static str {
        match self {
            Ordering::Equal => "=",
            Ordering::AtLeast => ">=",
            Ordering::Above => ">",
            Ordering::AtMost => "<=",
            Ordering::Below => "<",
        }
    }
}

impl TryFrom<String> for BuildFilter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        BuildFilter::parse(&text)
    }
}

impl BuildBound {
    fn parse(text: &str) -> Result<BuildBound, String> {
        let mut words = text.split_whitespace();
        let library = match words.next() {
            Some("appmeasurement") => Library::Appmeasurement,
            Some("alloy") => Library::Alloy,
            _ => {
                return Err(format!(
                    "`{text}` does not begin with a library; expected `appmeasurement` or `alloy`, then bounds like `>=2.25`"
                ));
            }
        };
        let bounds = words
            .map(|word| {
                let digits = word
                    .find(|c: char| c.is_ascii_digit())
                    .unwrap_or(word.len());
                let (sign, version) = word.split_at(digits);
                let ordering = match sign {
                    "=" => Ordering::Equal,
                    ">=" => Ordering::AtLeast,
                    ">" => Ordering::Above,
                    "<=" => Ordering::AtMost,
                    "<" => Ordering::Below,
                    _ => {
                        return Err(format!(
                            "`{word}` is no bound; expected one like `>=2.25`, `<2.27` or `=2.23.0`"
                        ));
                    }
                };
                let version = Version::parse(version).ok_or_else(|| {
                    format!(
                        "`{word}` has no version; expected up to three numbers, like `>=2.25.0`"
                    )
                })?;
                Ok((ordering, version))
            })
            .collect::<Result<_, _>>()?;
        Ok(BuildBound { library, bounds })
    }

    fn fits(&self, library: Library, version: Option<Version>) -> bool {
        self.library == library
            && self.bounds.iter().all(|(ordering, bound)| {
                version.is_some_and(|version| match ordering {
                    Ordering::Equal => version == *bound,
                    Ordering::AtLeast => version >= *bound,
                    Ordering::Above => version > *bound,
                    Ordering::AtMost => version <= *bound,
                    Ordering::Below => version < *bound,
                })
            })
    }
}
