//! The JSON Schema of scenario files, for editors. The types here exist for it alone: their
//! comments are what an editor shows. A test holds their keys to those that the decoder knows.
#![allow(dead_code, reason = "only their schema is used")]

use std::collections::BTreeMap;

use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::{Value as Json, json};

use super::decode::{FAULTS, LIBRARIES, ON, STATES, TRANSPORTS, hit_faults};
use super::keys;

/// The schema of a scenario file, of a set-up and of a row: none of the parts has to be in this
/// one file, so nothing is required at the top.
pub fn schema() -> Json {
    let mut schema = SchemaSettings::draft2020_12()
        .with_transform(WithoutNull)
        .into_generator()
        .into_root_schema_for::<Scenario>();
    schema.insert("title".to_owned(), "posttrack scenario".into());
    schema.to_value()
}

/// TOML has no null: an optional key is left out.
#[derive(Clone, Debug)]
struct WithoutNull;

impl Transform for WithoutNull {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Json::Array(types)) = schema.get_mut("type") {
            types.retain(|one| one != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        if let Some(Json::Array(choices)) = schema.get_mut("anyOf") {
            choices.retain(|one| *one != json!({ "type": "null" }));
            if let [Json::Object(only)] = choices.as_slice() {
                let only = only.clone();
                schema.remove("anyOf");
                only.into_iter().for_each(|(key, value)| {
                    schema.insert(key, value);
                });
            }
        }
        transform_subschemas(self, schema);
    }
}

fn names<T>(words: &[(&'static str, T)]) -> Vec<&'static str> {
    words.iter().map(|(name, _)| *name).collect()
}

fn exactly_one(keys: &[&str]) -> Json {
    keys.iter()
        .map(|key| json!({ "required": [key] }))
        .collect()
}

/// One scenario: page loads, callbacks, steps, what the network does, what is claimed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Scenario {
    /// What it shows, in one sentence.
    #[schemars(length(min = 1))]
    title: Option<String>,
    /// Ids of requirements.toml that each must get a verdict in every case of this file.
    requirements: Option<Vec<Filled>>,
    /// Words to select scenarios by: `posttrack run --tag`.
    tags: Option<Vec<Filled>>,
    /// The library that it drives.
    #[schemars(extend("enum" = names(LIBRARIES)))]
    library: Option<String>,
    /// Builds it is for, like `appmeasurement >=2.25`; absent: all of the library.
    builds: Option<String>,
    /// Browsers it is for; absent: all.
    browsers: Option<Vec<Browser>>,
    /// Files to start from, as paths below the scenarios folder.
    r#use: Option<Vec<Filled>>,
    /// Tracking calls after which callbacks stop running their body (20).
    #[schemars(range(min = 1, max = 4_294_967_295_u32))]
    max_hits: Option<u64>,
    /// The scenario that does the same with the other library: `diff` compares the two.
    #[schemars(length(min = 1))]
    same_as: Option<String>,
    /// The page that is loaded first.
    page: Option<Page>,
    /// The tracker (or Web SDK instance) to set up; several: `[[tracker]]`; absent: the page does it.
    tracker: Option<OneOrMany>,
    /// Global functions whose calls are recorded.
    callback: Option<Vec<Callback>>,
    /// What happens, in order.
    step: Option<Vec<Step>>,
    /// What the network answers; of those that fit, the last one does.
    endpoint: Option<Vec<Endpoint>>,
    /// Claims of this scenario's own.
    check: Option<Vec<Check>>,
    /// Violations that are known.
    deviation: Option<Vec<Deviation>>,
    /// Tables of rows: a case a row; with several tables, a case a combination.
    vary: Option<BTreeMap<String, BTreeMap<String, Scenario>>>,
}

/// Text that is not empty.
#[derive(JsonSchema)]
#[schemars(inline)]
struct Filled(#[schemars(length(min = 1))] String);

/// A browser.
#[derive(JsonSchema)]
#[schemars(inline, extend("enum" = keys::BROWSERS))]
struct Browser(String);

/// A number from 1.
#[derive(JsonSchema)]
#[schemars(inline)]
struct Ordinal(#[schemars(range(min = 1, max = 4_294_967_295_u32))] u64);

/// JavaScript; between `'''` and `'''` it reaches the page exactly as it is written.
#[derive(JsonSchema)]
#[schemars(inline)]
struct Code(String);

/// The page that is loaded first; later loads of the same scenario share its set-up.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Page {
    /// Its address; the host is under `.test`, like `https://www.shop.test/checkout`.
    #[schemars(length(min = 1))]
    url: Option<String>,
    /// HTML for `<head>`, before the build.
    head: Option<String>,
    /// HTML for `<body>`.
    body: Option<String>,
    /// A file with a whole page, which has `<script src="/build.js"></script>`.
    #[schemars(length(min = 1))]
    html: Option<String>,
    /// Its Content-Security-Policy.
    #[schemars(length(min = 1))]
    csp: Option<String>,
}

/// `[tracker]` or `[[tracker]]`.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum OneOrMany {
    One(Tracker),
    Many(Vec<Tracker>),
}

/// Variables of a tracker, or options of `configure`.
#[derive(JsonSchema)]
#[schemars(extend("propertyNames" = json!({ "not": { "enum": keys::HEAD } })))]
struct Tracker {
    /// Its global name (`s`, `alloy`).
    #[schemars(length(min = 1))]
    instance: Option<String>,
    #[schemars(flatten)]
    variables: BTreeMap<String, Value>,
}

/// A value for the page; `{ js = "…" }` is an expression that the page evaluates.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Value {
    Text(String),
    Number(f64),
    Bool(bool),
    List(Vec<Value>),
    Table(BTreeMap<String, Value>),
}

/// The global function `name(requestUrl, ...args)` (Web SDK: `name(result, ...args)`), whose calls are recorded.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Callback {
    /// The function's name.
    #[schemars(length(min = 1))]
    name: String,
    /// What it is registered for at set-up; absent: defined only. `then` and `catch` (Web SDK) follow the promise
    /// that a step's `run` yields.
    #[schemars(extend("enum" = names(ON)))]
    on: Option<String>,
    /// Further arguments of the registration.
    args: Option<Vec<Value>>,
    /// What it does, after the call was recorded.
    run: Option<Code>,
    /// The `instance` that it is registered with; absent: the first (Web SDK: promises of all are followed).
    #[schemars(length(min = 1))]
    tracker: Option<String>,
}

/// One step; it begins when the page is quiet.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = exactly_one(keys::ACTIONS)))]
struct Step {
    /// JavaScript in the page's global scope.
    run: Option<Code>,
    /// Records the value of `run` under this name; of a promise, what it came to (`«pending»`: nothing).
    #[schemars(length(min = 1))]
    r#as: Option<String>,
    /// CSS selector of the frame to run or click in.
    #[schemars(length(min = 1))]
    frame: Option<String>,
    /// Text that the exception out of `run` contains.
    throws: Option<String>,
    /// A trusted click on the element of this CSS selector.
    #[schemars(length(min = 1))]
    click: Option<String>,
    /// A page load: an address, or a path of the current host.
    #[schemars(length(min = 1))]
    goto: Option<String>,
    /// Back in history.
    #[schemars(extend("const" = true))]
    back: Option<bool>,
    /// Loads the page again.
    #[schemars(extend("const" = true))]
    reload: Option<bool>,
    /// Lets the answers under this `hold` go.
    #[schemars(length(min = 1))]
    release: Option<String>,
    /// Milliseconds of page time: the last resort.
    #[schemars(range(min = 1, max = 4_294_967_295_u32))]
    wait: Option<u64>,
    /// Changes the state of a host.
    network: Option<Network>,
}

/// A new state of a host.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Network {
    /// The host.
    #[schemars(length(min = 1))]
    host: String,
    /// Its state.
    #[schemars(extend("enum" = names(STATES)))]
    state: String,
}

/// What the network does with some requests; all keys must fit.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Endpoint {
    /// The host; `*` may be its first label; absent: every host.
    #[schemars(length(min = 1))]
    host: Option<String>,
    /// The path, `*` for any characters; absent: tracking requests.
    #[schemars(regex(pattern = r"^[/*]"))]
    path: Option<String>,
    /// Only requests of this transport.
    #[schemars(extend("enum" = names(TRANSPORTS)))]
    transport: Option<String>,
    /// Only these hits, in order of arrival, from 1.
    hits: Option<Vec<Ordinal>>,
    /// Only these sends of a hit, from 1.
    sends: Option<Vec<Ordinal>>,
    /// What is answered; what is absent conforms.
    answer: Answer,
}

/// An answer.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Answer {
    /// What goes wrong; `refuse`, `dns` and `tls` only where the endpoint names nothing but a host.
    #[schemars(extend("enum" = names(FAULTS)))]
    fault: Option<String>,
    /// Status code.
    #[schemars(range(min = 100, max = 599))]
    status: Option<u64>,
    /// `image`: the collection server's; empty: no body; else the text itself.
    body: Option<String>,
    /// An HTML page.
    html: Option<String>,
    /// Where it redirects to.
    #[schemars(length(min = 1))]
    redirect: Option<String>,
    /// Milliseconds before the answer.
    #[schemars(range(min = 1, max = 4_294_967_295_u32))]
    delay: Option<u64>,
    /// The answer waits for a step that releases this name.
    #[schemars(length(min = 1))]
    hold: Option<String>,
    /// Further headers.
    headers: Option<BTreeMap<String, String>>,
}

/// What a value is compared with, as text.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Comparison {
    Text(String),
    Number(f64),
    Bool(bool),
    Pattern(Pattern),
}

/// A regular expression that must match somewhere.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Pattern {
    /// In the syntax of Rust's `regex` crate.
    matches: String,
}

/// A number of a hit, or what the hit has.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Hit {
    Number(Ordinal),
    Having(BTreeMap<String, Comparison>),
}

/// A claim of the scenario's own: one subject and what is said about it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = exactly_one(keys::SUBJECTS)))]
struct Check {
    /// The requirement that it proves.
    #[schemars(length(min = 1))]
    requirement: String,
    /// Subject: a hit by its number, as the page made them, or hits by what they have.
    hit: Option<Hit>,
    /// Subject: the calls of a callback.
    #[schemars(length(min = 1))]
    call: Option<String>,
    /// Subject: a value that a step recorded.
    #[schemars(length(min = 1))]
    value: Option<String>,
    /// Subject: requests that are no hits, by host and path, like `partner.test/collect*`.
    #[schemars(length(min = 1))]
    request: Option<String>,
    /// Subject: a cookie at the end of the case.
    #[schemars(length(min = 1))]
    cookie: Option<String>,
    /// Subject: console messages and uncaught errors that contain this text.
    console: Option<Comparison>,
    /// What it has.
    has: Option<BTreeMap<String, Comparison>>,
    /// What it has not.
    lacks: Option<Vec<Filled>>,
    /// What it is.
    is: Option<Comparison>,
    /// Arguments after the first.
    args: Option<Vec<Comparison>>,
    /// The hits that it belongs to, exactly these.
    hits: Option<Vec<Ordinal>>,
    /// Hits in order of arrival.
    order: Option<Vec<Ordinal>>,
    /// How many there are; absent: one or more.
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    count: Option<u64>,
    /// Looks at this step only, from 1; 0 is the set-up.
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    step: Option<u64>,
}

/// A violation that is known, and why.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Deviation {
    /// The requirement that is violated.
    #[schemars(length(min = 1))]
    requirement: String,
    /// Builds that do it; absent: all.
    builds: Option<String>,
    /// Browsers in which they do it; absent: all.
    browsers: Option<Vec<Browser>>,
    /// Transports of the hit; absent: all.
    transport: Option<Vec<HitTransport>>,
    /// Faults of the hit (`none`: without one); absent: all.
    fault: Option<Vec<HitFault>>,
    /// What the sentence of the violation contains, as a finding shows it; absent: any violation.
    #[schemars(length(min = 1))]
    violation: Option<String>,
    /// What the build does instead, in one sentence.
    #[schemars(length(min = 1))]
    because: String,
    /// The day it was written down, like `2026-11-24`.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    since: String,
    /// It need not happen in every case that it covers.
    sometimes: Option<bool>,
}

/// A transport.
#[derive(JsonSchema)]
#[schemars(inline, extend("enum" = names(TRANSPORTS)))]
struct HitTransport(String);

/// A fault.
#[derive(JsonSchema)]
#[schemars(inline, extend("enum" = names(&hit_faults())))]
struct HitFault(String);
