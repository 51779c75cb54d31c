//! The JSON Schema and the decoder know the same format.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{ALLOY, MATRIX, SETUP, SMALL, WHOLE, load_files, shown};
use crate::scenario::{keys, schema};

#[test]
fn the_checked_in_schema_is_current() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/scenario.schema.json");
    let file = std::fs::read_to_string(&path).unwrap_or_default();
    let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    assert!(
        file == current,
        "scenarios/scenario.schema.json is stale: write it with `cargo run -- schema > scenarios/scenario.schema.json`"
    );
}

#[test]
fn every_key_of_the_decoder_is_in_the_schema_and_the_other_way_round() {
    let schema = schema();
    let parts = [
        (&keys::TOP, ""),
        (&keys::PAGE, "Page"),
        (&keys::CALLBACK, "Callback"),
        (&keys::STEP, "Step"),
        (&keys::NETWORK, "Network"),
        (&keys::ENDPOINT, "Endpoint"),
        (&keys::ANSWER, "Answer"),
        (&keys::CHECK, "Check"),
        (&keys::MATCHES, "Pattern"),
        (&keys::DEVIATION, "Deviation"),
    ];
    for (form, name) in parts {
        let part = match name {
            "" => &schema,
            name => &schema["$defs"][name],
        };
        let described: BTreeSet<&str> = part["properties"]
            .as_object()
            .unwrap_or_else(|| panic!("the schema has the part {name:?}"))
            .keys()
            .map(String::as_str)
            .collect();
        let known: BTreeSet<&str> = form.keys.iter().copied().collect();
        assert_eq!(described, known, "keys of {}", form.name);
        assert_eq!(
            part["additionalProperties"],
            Json::Bool(false),
            "{} is closed",
            form.name
        );
        for (key, described) in part["properties"].as_object().unwrap() {
            assert!(
                described["description"].is_string(),
                "{}: `{key}` is explained",
                form.name
            );
        }
    }
    let actions: BTreeSet<&str> = keys::STEP.keys.iter().copied().collect();
    assert!(keys::ACTIONS.iter().all(|key| actions.contains(key)));
    let heads: Vec<&str> = keys::TOP.keys[..keys::HEAD.len()].to_vec();
    assert_eq!(
        heads,
        keys::HEAD,
        "what stands above the first table comes first"
    );
}

#[test]
fn nothing_in_the_schema_may_be_null() {
    assert!(!schema().to_string().contains("\"null\""));
}

/// What the schema says about a file; what is no TOML is out of its reach.
fn schema_accepts(text: &str) -> bool {
    let file: Json = toml::from_str(text).expect("the sample is TOML");
    let validator = jsonschema::validator_for(&schema()).expect("the schema is one");
    validator.is_valid(&file)
}

#[test]
fn both_accept_the_samples() {
    for (name, text) in [
        ("whole", WHOLE),
        ("alloy", ALLOY),
        ("small", SMALL),
        ("matrix", MATRIX),
        ("setup", SETUP),
    ] {
        assert!(schema_accepts(text), "the schema accepts the sample {name}");
    }
    let loaded = load_files(&[
        ("whole.toml", WHOLE),
        ("alloy.toml", ALLOY),
        ("matrix.toml", MATRIX),
        ("setups/shop.toml", SETUP),
    ]);
    assert_eq!(shown(&loaded), "", "the decoder accepts them");
}

/// Changes to the sample with every key that neither may accept.
const SPOILED: &[(&str, &str)] = &[
    ("title = \"every key of the format\"", "title = 5"),
    ("title = \"every key of the format\"", "title = ''"),
    ("max_hits = 7", "max_hits = 0"),
    ("max_hits = 7", "max_hit = 7"),
    ("tags = [\"post\", \"arguments\"]", "tags = 'post'"),
    ("library = \"appmeasurement\"", "library = 'appmeasure'"),
    (
        "browsers = [\"firefox\", \"chrome\"]",
        "browsers = ['safari']",
    ),
    ("head = \"<title>Checkout</title>\"", "haed = ''"),
    ("csp = \"img-src 'none'\"", "csp = ''"),
    ("instance = \"b\"", "instance = 5"),
    ("account = \"other\"", "title = 'x'"),
    ("on = \"post\"", "on = 'past'"),
    ("name = \"defined_only\"", "args = []"),
    ("run = \"s.clearVars()\"", "run = true"),
    ("release = \"late\"", "release = ''"),
    ("wait = 1200", "wait = -1"),
    ("wait = 1200", "wait = 1.5"),
    ("wait = 1200", "wait = 1200\nclick = '#a'"),
    ("wait = 1200", "frame = '#a'"),
    ("back = true", "back = false"),
    ("state = \"refuse\"", "state = 'down'"),
    ("transport = \"beacon\"", "transport = 'pigeon'"),
    ("hits = [2]", "hits = [0]"),
    ("hits = [2]", "hits = 2"),
    ("path = \"/frame\"", "path = 'frame'"),
    (
        "answer = { fault = \"reset\" }",
        "answer = { fault = 'policy' }",
    ),
    ("answer = { fault = \"reset\" }", ""),
    ("status = 503", "status = 700"),
    ("delay = 20", "delay = '20'"),
    ("X-One = \"1\"", "X-One = 1"),
    ("value = \"flag\"\nis = false", "is = false"),
    ("cookie = \"s_cc\"", "cookie = 's_cc'\nhit = 1"),
    ("is = true", "is = [1]"),
    ("hit = 2", "hit = 'two'"),
    ("lacks = [\"prop2\"]", "lacks = 'prop2'"),
    (
        "args = [\"param1\", { matches = \"^2$\" }]",
        "args = [{ match = '^2$' }]",
    ),
    (
        "fault = [\"reset\", \"policy\", \"none\"]",
        "fault = 'reset'",
    ),
    (
        "fault = [\"reset\", \"policy\", \"none\"]",
        "fault = ['rest']",
    ),
    ("because = \"it runs anyway\"", ""),
    ("since = \"2026-11-24\"", "since = 'today'"),
    ("sometimes = true", "sometimes = 'yes'"),
];

#[test]
fn both_reject_what_is_spoiled() {
    for (good, bad) in SPOILED {
        assert!(WHOLE.contains(good), "{good:?} is in the sample");
        let text = WHOLE.replacen(good, bad, 1);
        assert!(
            !schema_accepts(&text),
            "the schema rejects {bad:?} for {good:?}"
        );
        let loaded = load_files(&[("x.toml", &text)]);
        assert!(
            loaded.diagnostics.errors() > 0,
            "the decoder rejects {bad:?} for {good:?}"
        );
    }
}
