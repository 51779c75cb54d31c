//! Normalising: what is volatile becomes a stable token, equal values sharing one (`«random:1»`); what
//! fails its check is shown with a mark (`«!date: …»`), so that it becomes a snapshot difference.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use super::address::{Address, split_query};
use super::codec::{self, PieceKind};
use super::volatile::{Setting, Token, Volatile};
use super::xdm::{self, Leaf};
use super::{Document, Evidence, Hit};
use crate::scenario::{self, Action, Scenario};

/// How a parameter is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Not at all.
    Dropped,
    /// Its value is stable.
    AsIs,
    /// A token in its place.
    Token(String),
    /// It failed the check of this kind.
    Wrong(&'static str),
}

/// Normalises the texts of one case; tokens are numbered in the order in which texts are given to it.
pub struct Normaliser<'e> {
    evidence: &'e Evidence,
    /// Address of a hit → what it is called.
    urls: HashMap<&'e str, String>,
    /// Kind and value → number.
    numbers: HashMap<(&'static str, String), usize>,
    /// What the author wrote, in one text.
    written: String,
    /// Volatile values that hits carried → the name of their tokens.
    known: HashMap<String, &'static str>,
    /// The same values, the longest first: one may begin with another.
    longest_first: Vec<String>,
}

/// What a text can hold: a token of ours, a tracking address, a tracking query, a date plain or
/// escaped. Nothing looks at what stands around a match: what has become a token must not change
/// how the rest is read.
///
/// Compiled once: that costs more than all else that is computed for a case.
static VOLATILE_TEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
    r#"(?<token>«[^«»]*»)"#,
    r#"|(?<url>https?://[^\s"'<>\\/?#]+/(?:[^\s"'<>\\?#]*/)?b/ss/(?:«[^«»]*»|[^\s"'<>\\«])*)"#,
    r#"|(?<query>AQB=1&(?:«[^«»]*»|[^\s"'<>\\«])*)"#,
    r#"|(?<date>[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2} [0-9] -?[0-9]{1,4})"#,
    r#"|(?<escaped>[0-9]{1,2}%2F[0-9]{1,2}%2F[0-9]{4}%20[0-9]{1,2}%3A[0-9]{1,2}%3A[0-9]{1,2}%20[0-9]%20-?[0-9]{1,4})"#,
))
    .ok()
});

impl<'e> Normaliser<'e> {
    /// For one case; `names` are the hits that texts may refer to, with what they are called.
    pub fn new(
        evidence: &'e Evidence,
        scenario: &Scenario,
        names: impl IntoIterator<Item = (&'e Hit, String)>,
    ) -> Normaliser<'e> {
        let mut normaliser = Normaliser {
            evidence,
            urls: names
                .into_iter()
                .map(|(hit, name)| (hit.url.as_str(), name))
                .collect(),
            numbers: HashMap::new(),
            written: written(scenario),
            known: HashMap::new(),
            longest_first: Vec::new(),
        };
        normaliser.known = normaliser.carried_by_hits();
        normaliser.longest_first = normaliser.longest_first();
        normaliser
    }

    /// What values of a hit are checked against.
    pub fn setting(&self, hit: &Hit) -> Setting<'e> {
        self.setting_in(hit.handed.first().map(|place| place.doc))
    }

    /// What values of a document are checked against; `None`: the first top document.
    pub fn setting_in(&self, doc: Option<usize>) -> Setting<'e> {
        let documents = &self.evidence.documents;
        let top = || documents.iter().find(|document| document.top);
        Setting {
            span_ms: self.evidence.span_ms,
            document: doc.and_then(|doc| documents.get(doc)).or_else(top),
        }
    }

    /// How a parameter (dotted name, decoded value) is shown.
    pub fn parameter(&mut self, name: &str, value: &str, setting: &Setting) -> Shown {
        let Some(kind) = Volatile::of_parameter(name) else {
            return Shown::AsIs;
        };
        if is_token(value) || (kind.can_be_fixed() && self.is_written(value)) {
            return Shown::AsIs;
        }
        self.checked(kind, value, setting)
    }

    /// The same of a request that is no hit.
    pub fn other_parameter(&mut self, name: &str, value: &str, setting: &Setting) -> Shown {
        match Volatile::of_other_parameter(name) {
            Some(kind) if kind.checks(value, setting) && !self.is_written(value) => {
                self.checked(kind, value, setting)
            }
            _ => Shown::AsIs,
        }
    }

    /// How a leaf of a Web SDK body is shown.
    pub fn leaf(&mut self, leaf: &Leaf, setting: &Setting) -> Shown {
        let value = leaf.text();
        match Volatile::of_leaf(&leaf.path, &value) {
            Some(kind) if !(kind.can_be_fixed() && self.is_written(&value)) => {
                self.checked(kind, &value, setting)
            }
            _ => Shown::AsIs,
        }
    }

    fn checked(&mut self, kind: Volatile, value: &str, setting: &Setting) -> Shown {
        if !kind.checks(value, setting) {
            return Shown::Wrong(kind.name());
        }
        match kind.token() {
            Token::Dropped => Shown::Dropped,
            Token::Plain(token) => Shown::Token(token),
            Token::Numbered(name) => Shown::Token(self.numbered(name, value)),
        }
    }

    fn numbered(&mut self, name: &'static str, value: &str) -> String {
        let next = 1 + self
            .numbers
            .keys()
            .filter(|(kind, _)| *kind == name)
            .count();
        let number = self.numbers.entry((name, value.to_owned())).or_insert(next);
        format!("«{name}:{number}»")
    }

    /// A tracking address up to its query: random part and version as tokens.
    pub fn base(&mut self, base: &str, setting: &Setting) -> String {
        let (path, last) = base.rsplit_once('/').unwrap_or(("", base));
        let last = match Volatile::Random.checks(last, setting) {
            true => self.numbered(Volatile::Random.name(), last),
            false => last.to_owned(),
        };
        let path = path
            .split('/')
            .map(|segment| version_as_token(segment, setting.document));
        let mut segments: Vec<String> = path.chain([last]).collect();
        place_as_token(&mut segments);
        segments.join("/")
    }

    /// A tracking query, still escaped: volatile values as tokens, dropped ones left out.
    pub fn query(&mut self, query: &str, setting: &Setting) -> String {
        let mut kept: Vec<String> = Vec::new();
        for piece in codec::pieces(query) {
            let PieceKind::Leaf { name, value } = &piece.kind else {
                // A group of dropped values leaves nothing behind.
                match kept.last().map(String::as_str) == Some("h.") && piece.raw == ".h" {
                    true => drop(kept.pop()),
                    false => kept.push(piece.raw.to_owned()),
                }
                continue;
            };
            let (raw_name, raw_value) = piece.raw.split_once('=').unwrap_or((piece.raw, ""));
            match self.parameter(name, value, setting) {
                Shown::Dropped => {}
                Shown::AsIs => kept.push(self.text(piece.raw, setting)),
                Shown::Token(token) => kept.push(format!("{raw_name}={token}")),
                Shown::Wrong(kind) => kept.push(format!("{raw_name}=«!{kind}:{raw_value}»")),
            }
        }
        kept.join("&")
    }

    /// Any text: addresses of hits are named, and volatile values within it become tokens. What has
    /// been normalised already stays as it is.
    pub fn text(&mut self, text: &str, setting: &Setting) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut done = 0;
        while let Some(found) = self.next_volatile(text, done) {
            shown.push_str(&text[done..found.start()]);
            done = found.start() + found.text().len();
            let normal = match &found {
                Found::Captured(captures) => self.captured(captures, setting),
                Found::Known(_, value) => self.known_value(value),
            };
            shown.push_str(&normal);
        }
        shown.push_str(&text[done..]);
        shown
    }

    /// The first volatile text from here on; where two begin, that of [`VOLATILE_TEXT`].
    fn next_volatile<'t>(&self, text: &'t str, from: usize) -> Option<Found<'t>> {
        let pattern = VOLATILE_TEXT.as_ref();
        let captured = pattern.and_then(|pattern| pattern.captures_at(text, from));
        let known = self
            .longest_first
            .iter()
            .filter_map(|value| {
                let start = from + text[from..].find(value.as_str())?;
                Some(Found::Known(start, &text[start..start + value.len()]))
            })
            .min_by_key(Found::start);
        match (captured.map(Found::Captured), known) {
            (Some(captured), Some(known)) if known.start() < captured.start() => Some(known),
            (captured, known) => captured.or(known),
        }
    }

    fn known_value(&mut self, value: &str) -> String {
        match self.known.get(value).copied() {
            Some(name) => self.numbered(name, value),
            None => value.to_owned(),
        }
    }

    fn captured(&mut self, found: &Captures, setting: &Setting) -> String {
        let whole = &found[0];
        if found.name("url").is_some() {
            self.url(whole, setting)
        } else if found.name("query").is_some() {
            self.query(whole, setting)
        } else if found.name("date").is_some() {
            self.date(whole, whole, setting)
        } else if found.name("escaped").is_some() {
            self.date(whole, &codec::decode(whole), setting)
        } else {
            // A token of ours.
            whole.to_owned()
        }
    }

    /// A tracking address: what its hit is called, or itself with tokens.
    pub fn url(&mut self, url: &str, setting: &Setting) -> String {
        if let Some(name) = self.urls.get(url) {
            return format!("«url of {name}»");
        }
        let (base, query) = split_query(url);
        let base = self.base(base, setting);
        match query {
            Some(query) => format!("{base}?{}", self.query(query, setting)),
            None => base,
        }
    }

    fn date(&mut self, raw: &str, value: &str, setting: &Setting) -> String {
        match self.checked(Volatile::Date, value, setting) {
            Shown::Token(token) => token,
            _ => mark(Volatile::Date.name(), raw),
        }
    }

    /// A JSON value as text; a text that is one token stands without quotes.
    pub fn json(&mut self, value: &Value, setting: &Setting) -> String {
        let normal = self.json_value(value, setting);
        match normal.as_str().filter(|text| is_token(text)) {
            Some(token) => token.to_owned(),
            None => normal.to_string(),
        }
    }

    fn json_value(&mut self, value: &Value, setting: &Setting) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text, setting)),
            Value::Array(values) => values
                .iter()
                .map(|value| self.json_value(value, setting))
                .collect(),
            Value::Object(entries) => entries
                .iter()
                .map(|(name, value)| (name.clone(), self.json_value(value, setting)))
                .collect(),
            other => other.clone(),
        }
    }

    /// Random parts and ids of hits, to be found wherever else they stand.
    fn carried_by_hits(&self) -> HashMap<String, &'static str> {
        let mut known = HashMap::new();
        let mut add = |kind: Volatile, value: &str| {
            if let (true, Token::Numbered(name)) = (value.len() >= SHORTEST_KNOWN, kind.token()) {
                known.insert(value.to_owned(), name);
            }
        };
        for hit in &self.evidence.hits {
            let setting = self.setting(hit);
            let is_sdk = Address::of(&hit.url).is_some_and(|address| address.suites.is_none());
            add(
                if is_sdk {
                    Volatile::RequestId
                } else {
                    Volatile::Random
                },
                &hit.key,
            );
            for param in &hit.params {
                if is_sdk && param.name != "requestId" {
                    continue;
                }
                if let Some(kind) = Volatile::of_parameter(&param.name)
                    && kind.checks(&param.value, &setting)
                    && !self.is_written(&param.value)
                {
                    add(kind, &param.value);
                }
            }
            for leaf in hit.body.iter().flat_map(xdm::leaves) {
                let value = leaf.text();
                if let Some(kind) = Volatile::of_leaf(&leaf.path, &value)
                    && kind.checks(&value, &setting)
                    && !self.is_written(&value)
                {
                    add(kind, &value);
                }
            }
        }
        known
    }

    fn longest_first(&self) -> Vec<String> {
        let mut known: Vec<String> = self.known.keys().cloned().collect();
        known.sort_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
        known
    }

    fn is_written(&self, value: &str) -> bool {
        !value.is_empty()
            && self.written.match_indices(value).any(|(at, _)| {
                let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                let before = self.written[..at].chars().next_back();
                let after = self.written[at + value.len()..].chars().next();
                !is_word(before) && !is_word(after)
            })
    }
}

/// Volatile text within a text.
enum Found<'t> {
    /// A match of [`VOLATILE_TEXT`].
    Captured(Captures<'t>),
    /// A value that a hit carried: where it begins, and itself.
    Known(usize, &'t str),
}

impl Found<'_> {
    fn start(&self) -> usize {
        match self {
            Found::Captured(captures) => captures.get_match().start(),
            Found::Known(start, _) => *start,
        }
    }

    fn text(&self) -> &str {
        match self {
            Found::Captured(captures) => captures.get_match().as_str(),
            Found::Known(_, value) => value,
        }
    }
}

/// Shorter values are not looked for in other texts: they could be anything.
const SHORTEST_KNOWN: usize = 8;

/// What is shown in the place of a value that failed its check.
pub fn mark(kind: &str, value: &str) -> String {
    format!("«!{kind}: {value}»")
}

/// Whether a text is one token (or mark) and nothing else.
pub fn is_token(text: &str) -> bool {
    let inner = text
        .strip_prefix('«')
        .and_then(|text| text.strip_suffix('»'));
    inner.is_some_and(|inner| !inner.contains('»') || inner.starts_with('!'))
}

/// `JS-2.23.0` with what may follow: the version that the build reports becomes a token.
fn version_as_token(segment: &str, document: Option<&Document>) -> String {
    let Some(rest) = segment.strip_prefix("JS-") else {
        return segment.to_owned();
    };
    let length = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let (version, rest) = rest.split_at(length);
    let built = document.and_then(|document| document.built.as_ref());
    match built {
        _ if version.is_empty() => segment.to_owned(),
        Some((_, reported)) if reported == version => format!("JS-«version»{rest}"),
        _ => format!("JS-«!version:{version}»{rest}"),
    }
}

/// The Web SDK puts the place of the edge, which an answer told it, behind its base path:
/// `https://host/ee/irl1/v1/interact`.
fn place_as_token(segments: &mut [String]) {
    let is_edge = matches!(segments, [.., version, action]
        if version == "v1" && (action == "interact" || action == "collect"));
    let Some(at) = segments
        .len()
        .checked_sub(3)
        .filter(|at| is_edge && *at > 3)
    else {
        return;
    };
    if Volatile::is_edge_location(&segments[at]) {
        segments[at] = "«edge»".to_owned();
    }
}

/// Everything that the author of a scenario wrote and that can reach a request.
fn written(scenario: &Scenario) -> String {
    let page = &scenario.page;
    let mut texts = vec![page.head.clone(), page.body.clone()];
    texts.extend(page.html.clone());
    for tracker in &scenario.trackers {
        let values = tracker
            .variables
            .iter()
            .map(|(_, value)| written_value(value));
        texts.extend(values);
    }
    let code = |js: &scenario::Js| js.code.clone();
    texts.extend(
        scenario
            .callbacks
            .iter()
            .filter_map(|callback| callback.run.as_ref().map(code)),
    );
    for step in &scenario.steps {
        if let Action::Run { code: js, .. } = &step.action {
            texts.push(code(js));
        }
    }
    texts.join("\n")
}

fn written_value(value: &scenario::Value) -> String {
    match value {
        scenario::Value::Text(text) => text.clone(),
        scenario::Value::Number(number) => number.to_string(),
        scenario::Value::Bool(flag) => flag.to_string(),
        scenario::Value::List(values) => values
            .iter()
            .map(written_value)
            .collect::<Vec<_>>()
            .join("\n"),
        scenario::Value::Table(entries) => {
            let values = entries.iter().map(|(_, value)| written_value(value));
            values.collect::<Vec<_>>().join("\n")
        }
        scenario::Value::Js(js) => js.code.clone(),
    }
}
