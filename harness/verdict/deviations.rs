//! Deviations: which violations they describe, and whether they happened.

use crate::scenario::{Deviation, Library, Version};

use super::Instance;

/// Whether a deviation is of this build and browser. A build of unknown version has none: they say
/// what is known of builds.
pub fn is_of(
    deviation: &Deviation,
    library: Library,
    version: Option<Version>,
    browser: &str,
) -> bool {
    let build = version.is_some()
        && deviation
            .builds
            .as_ref()
            .is_none_or(|builds| builds.fits(library, version));
    let browser = deviation
        .browsers
        .as_ref()
        .is_none_or(|browsers| browsers.iter().any(|name| name == browser));
    build && browser
}

/// Whether an instance (of the deviation's requirement) is one that it describes, violated or not.
pub fn covers(deviation: &Deviation, instance: &Instance) -> bool {
    let transport = deviation.transport.is_empty()
        || instance
            .transport
            .is_some_and(|transport| deviation.transport.contains(&transport));
    let fault = deviation.fault.is_empty()
        || (instance.hit.is_some() && deviation.fault.contains(&instance.fault));
    let violation = match (&deviation.violation, &instance.violation) {
        (Some(text), Some(violation)) => violation.why.contains(text.as_str()),
        _ => true,
    };
    transport && fault && violation
}
