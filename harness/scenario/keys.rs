//! The keys of each part of a scenario file: the one list that decoder and schema share
//! (a test holds the schema to it).

/// A part of a scenario file and the keys that it may have.
#[derive(Debug)]
pub(super) struct Form {
    /// How people are told of it.
    pub name: &'static str,
    /// Its keys, in the order in which they are offered.
    pub keys: &'static [&'static str],
}

/// Keys that stand above the first table.
pub(super) const HEAD: &[&str] = &[
    "title",
    "requirements",
    "tags",
    "library",
    "builds",
    "browsers",
    "use",
    "max_hits",
    "same_as",
];

/// Parts of which there may be several: `[[…]]`.
pub(super) const ARRAYS: &[&str] = &["callback", "step", "endpoint", "check", "deviation"];

/// The file itself.
pub(super) const TOP: Form = Form {
    name: "the scenario",
    keys: &[
        "title",
        "requirements",
        "tags",
        "library",
        "builds",
        "browsers",
        "use",
        "max_hits",
        "same_as",
        "page",
        "tracker",
        "callback",
        "step",
        "endpoint",
        "check",
        "deviation",
        "vary",
    ],
};

/// `[page]`
pub(super) const PAGE: Form = Form {
    name: "[page]",
    keys: &["url", "head", "body", "html", "csp"],
};

/// `[[callback]]`
pub(super) const CALLBACK: Form = Form {
    name: "[[callback]]",
    keys: &["name", "on", "args", "run", "tracker"],
};

/// The keys of `[[step]]` that say what it does; each step has one.
pub(super) const ACTIONS: &[&str] = &[
    "run", "click", "goto", "back", "reload", "release", "wait", "network",
];

/// `[[step]]`
pub(super) const STEP: Form = Form {
    name: "[[step]]",
    keys: &[
        "run", "click", "goto", "back", "reload", "release", "wait", "network", "as", "frame",
        "throws",
    ],
};

/// `network = { … }` of a step.
pub(super) const NETWORK: Form = Form {
    name: "network",
    keys: &["host", "state"],
};

/// `[[endpoint]]`
pub(super) const ENDPOINT: Form = Form {
    name: "[[endpoint]]",
    keys: &["host", "path", "transport", "hits", "sends", "answer"],
};

/// `answer = { … }` of an endpoint.
pub(super) const ANSWER: Form = Form {
    name: "answer",
    keys: &[
        "fault", "status", "body", "html", "redirect", "delay", "hold", "headers",
    ],
};

/// The keys of `[[check]]` that say what it looks at; each check has one.
pub(super) const SUBJECTS: &[&str] = &["hit", "call", "value", "request", "cookie", "console"];

/// `[[check]]`
pub(super) const CHECK: Form = Form {
    name: "[[check]]",
    keys: &[
        "requirement",
        "hit",
        "call",
        "value",
        "request",
        "cookie",
        "console",
        "has",
        "lacks",
        "is",
        "args",
        "hits",
        "order",
        "count",
        "step",
    ],
};

/// `{ matches = "…" }`
pub(super) const MATCHES: Form = Form {
    name: "a comparison",
    keys: &["matches"],
};

/// `[[deviation]]`
pub(super) const DEVIATION: Form = Form {
    name: "[[deviation]]",
    keys: &[
        "requirement",
        "builds",
        "browsers",
        "transport",
        "fault",
        "violation",
        "because",
        "since",
        "sometimes",
    ],
};

/// `deviations.toml`
pub(super) const DEVIATIONS: Form = Form {
    name: "deviations.toml",
    keys: &["deviation"],
};

/// `requirements.toml`
pub(super) const CATALOGUE: Form = Form {
    name: "requirements.toml",
    keys: &["requirement"],
};

/// `[[requirement]]`
pub(super) const REQUIREMENT: Form = Form {
    name: "[[requirement]]",
    keys: &["id", "claim", "source", "page", "unprovable", "builds"],
};

/// Parts whose keys are sometimes written one level too high.
pub(super) const PARTS: &[&Form] = &[&PAGE, &CALLBACK, &STEP, &ENDPOINT, &CHECK, &DEVIATION];

/// The browsers that a scenario can name.
pub(super) const BROWSERS: &[&str] = &["firefox", "chrome", "webkit"];
