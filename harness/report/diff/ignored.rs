//! What a comparison leaves out, and why. The form of every volatile value is checked all the same, and
//! equal ones must be equal on both sides.

use super::model::Ignored;

const IGNORED: &[(&str, &str)] = &[
    (
        "random part of the address, t, ts, requestId",
        "new with every hit (checked: their form, and that dates lie within the run)",
    ),
    (
        "values of fid, aid, sdid, mid, aamlh, aamb, callback that no scenario sets",
        "new in every run (checked: their form, and that equal ones are equal in both)",
    ),
    (
        "values of s, c, j, v, k, bw, bh",
        "the browser's (checked: they are those of the page)",
    ),
    (
        "lrt, client hints (h.…)",
        "measured; whether they are there differs from run to run",
    ),
    (
        "version in the path (JS-…)",
        "differs by nature (checked: it is the one that the build reports)",
    ),
    (
        "times, durations, repeats by the browser itself",
        "the machine's and the browser's",
    ),
    (
        "order of different functions, of console messages, of the page's own requests, of post functions by hits",
        "left open by the documentation, or a race (checked: POST-02, a post function runs when its hit ended)",
    ),
    (
        "order of the members of Web SDK bodies",
        "JSON leaves it open",
    ),
    (
        "values and expiry of cookies",
        "random, or a time (compared: name, domain, path, flags, whether it outlives the session)",
    ),
    (
        "hits beyond max_hits of a scenario, the order of calls in such a series, and what follows the end of a case",
        "a matter of timing",
    ),
    (
        "snapshots, deviations, reasons of verdicts",
        "they are about one build; what it did is compared itself",
    ),
];

/// Between two libraries.
const IGNORED_BETWEEN_LIBRARIES: &[(&str, &str)] = &[
    (
        "verdicts, addresses, encodings, the page, cookies, and cases without a counterpart",
        "the libraries' own; what each of them must do is judged by `posttrack run`",
    ),
    (
        "arguments of callbacks",
        "an address for the one, a result for the other",
    ),
    (
        "t, xdm.timestamp, requestId, configId",
        "moments and ids of the request",
    ),
    (
        "query, meta, xdm.implementationDetails",
        "they tell the edge how to answer, or what the Web SDK is",
    ),
];

/// All of it, between two builds of one library.
pub(super) fn ignored() -> Vec<Ignored> {
    rows(IGNORED)
}

/// All of it, between builds of two libraries.
pub(super) fn ignored_between_libraries() -> Vec<Ignored> {
    rows(IGNORED_BETWEEN_LIBRARIES)
}

fn rows(list: &[(&str, &str)]) -> Vec<Ignored> {
    let rows = list.iter().map(|(what, why)| Ignored {
        what: (*what).to_owned(),
        why: (*why).to_owned(),
    });
    rows.collect()
}
