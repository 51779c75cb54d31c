//! What browsers ask for by themselves.

/// Hosts that browsers call home (a leading dot: and everything below). Seen with Firefox ESR,
/// Chromium and WebKitGTK, or named in their documentation of background services. Requests to
/// them are refused like all others and not reported: no scenario or library is behind them.
const BROWSERS_OWN: &[&str] = &[
    // Firefox: settings, updates, add-ons, push, accounts, telemetry, captive portals, certificates
    ".mozilla.com",
    ".mozilla.net",
    ".mozilla.org",
    ".mozaws.net",
    ".mozgcp.net",
    ".firefox.com",
    // Chromium: component updates, accounts, safe browsing, hints, default search
    ".googleapis.com",
    ".gvt1.com",
    ".gstatic.com",
    "accounts.google.com",
    "android.clients.google.com",
    "clients1.google.com",
    "clients2.google.com",
    "dl.google.com",
    "safebrowsing.google.com",
    "www.google.com",
    // WebKitGTK: the start page of its MiniBrowser
    "www.webkitgtk.org",
];

/// Whether a browser asks for this host by itself.
pub(super) fn is_browsers_own(host: &str) -> bool {
    BROWSERS_OWN.iter().any(|own| match own.strip_prefix('.') {
        Some(domain) => host == domain || host.ends_with(own),
        None => host == *own,
    })
}

/// Whether the name is this machine, which no proxied request is meant for.
pub(super) fn is_local(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_covers_domains_with_a_dot_and_single_hosts_without() {
        assert!(is_browsers_own("detectportal.firefox.com"));
        assert!(is_browsers_own("firefox.settings.services.mozilla.com"));
        assert!(is_browsers_own("www.google.com"));
        assert!(
            !is_browsers_own("notmozilla.com"),
            "a name that only ends alike is another host"
        );
        assert!(!is_browsers_own("tags.google.com"));
    }
}
