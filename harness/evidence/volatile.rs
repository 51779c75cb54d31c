//! Values that differ from run to run: each kind checks what it hides, so that a snapshot hides a date
//! of this run and not just any text at the date's place. Formats are those that the documentation's
//! table of query parameters describes.

mod xdm;

use time::{Date, Month};

use super::Document;

/// What a value is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'e> {
    /// Wall clock at the start and the end of the case, milliseconds since 1970.
    pub span_ms: (f64, f64),
    /// The document that made the request; `None`: it is not known, and what depends on it fails.
    pub document: Option<&'e Document>,
}

/// Kinds of volatile values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Volatile {
    /// The part of the path that names a hit: `s` and digits.
    Random,
    /// `requestId` (Web SDK): a UUID.
    RequestId,
    /// `t`: local date, time, weekday and offset.
    Date,
    /// `ts`: seconds since 1970.
    Timestamp,
    /// `ts` of the visitor id service and others: milliseconds since 1970.
    Milliseconds,
    /// `fid`, `aid`, `sdid`: two groups of 16 hexadecimal digits.
    Id(&'static str),
    /// `mid`: 38 digits.
    VisitorId,
    /// `aamlh`: a small number.
    LocationHint,
    /// `aamb`: URL-safe base64.
    Blob,
    /// `lrt`: milliseconds of the last round trip.
    RoundTrip,
    /// `s`: the screen, `1366x768`.
    Resolution,
    /// `c`: bits a pixel.
    ColourDepth,
    /// `bw`: `innerWidth`.
    InnerWidth,
    /// `bh`: `innerHeight`.
    InnerHeight,
    /// `j`: `1.6`.
    Javascript,
    /// `v`, `k`: `Y` or `N`.
    Flag(&'static str),
    /// `h.…`: client hints, which only Chromium has.
    ClientHint,
    /// `callback`: the global name of the answer's receiver.
    Callback,
    /// A date and time in a Web SDK body: ISO 8601.
    Moment,
    /// Minutes between local time and UTC.
    TimezoneOffset,
    /// The Web SDK's version.
    Version,
    /// Width of the screen.
    ScreenWidth,
    /// Height of the screen.
    ScreenHeight,
    /// An Experience Cloud id: 38 digits.
    Ecid,
    /// How long an event waited, in milliseconds.
    QueueTime,
    /// A cookie that the page passes on: URL-safe base64.
    State,
    /// Where the edge is (`irl1`).
    EdgeLocation,
}

/// What stands in a snapshot for a value that passed its check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// Nothing at all: its presence is volatile too.
    Dropped,
    /// `«date»`
    Plain(String),
    /// `«fid:1»`: numbered by first appearance, equal values share one.
    Numbered(&'static str),
}

impl Volatile {
    /// The kind of a parameter, by its name in the request (`c.…` dotted); `None`: it is stable.
    pub fn of_parameter(name: &str) -> Option<Volatile> {
        Some(match name {
            "requestId" => Volatile::RequestId,
            "t" => Volatile::Date,
            "ts" => Volatile::Timestamp,
            "fid" => Volatile::Id("fid"),
            "aid" => Volatile::Id("aid"),
            "sdid" => Volatile::Id("sdid"),
            "mid" => Volatile::VisitorId,
            "aamlh" => Volatile::LocationHint,
            "aamb" => Volatile::Blob,
            "lrt" => Volatile::RoundTrip,
            "s" => Volatile::Resolution,
            "c" => Volatile::ColourDepth,
            "bw" => Volatile::InnerWidth,
            "bh" => Volatile::InnerHeight,
            "j" => Volatile::Javascript,
            "v" => Volatile::Flag("java"),
            "k" => Volatile::Flag("cookies"),
            "callback" => Volatile::Callback,
            _ if name.starts_with("h.") => Volatile::ClientHint,
            _ => return None,
        })
    }

    /// The kind of a parameter of a request that is no hit; `None`: it is stable. Whose requests these
    /// are is open, so that only a value that passes its check is volatile.
    pub fn of_other_parameter(name: &str) -> Option<Volatile> {
        (name == "ts").then_some(Volatile::Milliseconds)
    }

    /// The kind of a leaf in the body of a Web SDK request; `None`: it is stable.
    pub fn of_leaf(path: &str, value: &str) -> Option<Volatile> {
        xdm::kind(path, value)
    }

    /// Whether a text is a place of the edge, as answers and paths name it.
    pub fn is_edge_location(text: &str) -> bool {
        xdm::is_location_hint(text)
    }

    /// Its name in tokens and marks.
    pub fn name(self) -> &'static str {
        match self {
            Volatile::Random => "random",
            Volatile::RequestId => "request",
            Volatile::Date => "date",
            Volatile::Timestamp => "timestamp",
            Volatile::Milliseconds => "milliseconds",
            Volatile::Id(name) | Volatile::Flag(name) => name,
            Volatile::VisitorId => "mid",
            Volatile::LocationHint => "aamlh",
            Volatile::Blob => "aamb",
            Volatile::RoundTrip => "round-trip",
            Volatile::Resolution => "screen",
            Volatile::ColourDepth => "colour-depth",
            Volatile::InnerWidth => "inner-width",
            Volatile::InnerHeight => "inner-height",
            Volatile::Javascript => "javascript",
            Volatile::ClientHint => "client-hint",
            Volatile::Callback => "callback",
            Volatile::Moment => "moment",
            Volatile::TimezoneOffset => "timezone",
            Volatile::Version => "version",
            Volatile::ScreenWidth => "screen-width",
            Volatile::ScreenHeight => "screen-height",
            Volatile::Ecid => "ecid",
            Volatile::QueueTime => "queue-time",
            Volatile::State => "state",
            Volatile::EdgeLocation => "edge",
        }
    }

    /// A scenario's author can fix it; a value that the scenario itself says is then no volatile one.
    pub fn can_be_fixed(self) -> bool {
        matches!(
            self,
            Volatile::Timestamp
                | Volatile::Id(_)
                | Volatile::VisitorId
                | Volatile::LocationHint
                | Volatile::Blob
                | Volatile::Moment
                | Volatile::Ecid
        )
    }

    /// Whether a decoded value is what the kind says.
    pub fn checks(self, value: &str, setting: &Setting) -> bool {
        let windows = setting
            .document
            .map_or(&[][..], |document| document.windows.as_slice());
        let is = |at: usize| windows.iter().any(|window| value == window[at].to_string());
        match self {
            Volatile::Random => value.strip_prefix('s').is_some_and(is_digits),
            Volatile::RequestId => is_grouped(value, &[8, 4, 4, 4, 12], u8::is_ascii_hexdigit),
            Volatile::Date => is_date(value, setting),
            Volatile::Timestamp => {
                number(value).is_some_and(|seconds| within_rounded(seconds, setting))
            }
            Volatile::Milliseconds => number(value).is_some_and(|ms| within(ms / 1000, setting)),
            Volatile::Id(_) => is_grouped(value, &[16, 16], is_upper_hex),
            Volatile::VisitorId => value.len() == 38 && is_digits(value),
            Volatile::LocationHint => value.len() <= 3 && is_digits(value),
            Volatile::Blob => {
                !value.is_empty()
                    && value
                        .bytes()
                        .all(|c| c.is_ascii_alphanumeric() || b"_-".contains(&c))
            }
            Volatile::RoundTrip => number(value).is_some_and(|ms| ms > 0),
            Volatile::Resolution => windows
                .iter()
                .any(|[width, height, ..]| value == format!("{width}x{height}")),
            Volatile::ColourDepth => is(4),
            Volatile::InnerWidth => is(2),
            Volatile::InnerHeight => is(3),
            Volatile::Javascript => value.contains('.') && value.split('.').all(is_digits),
            Volatile::Flag(_) => matches!(value, "Y" | "N"),
            Volatile::ClientHint => true,
            Volatile::Callback => value
                .strip_prefix("s_c_il[")
                .and_then(|rest| rest.strip_suffix("].doPostbacks"))
                .is_some_and(is_digits),
            Volatile::Moment => xdm::is_moment(value, setting),
            Volatile::TimezoneOffset => {
                let own = setting
                    .document
                    .map(|document| document.timezone.to_string());
                own.as_deref() == Some(value)
            }
            Volatile::Version => xdm::is_version(value, setting),
            Volatile::ScreenWidth => is(0),
            Volatile::ScreenHeight => is(1),
            Volatile::Ecid => value.len() == 38 && is_digits(value),
            Volatile::QueueTime => xdm::is_queue_time(value),
            Volatile::State => xdm::is_state(value),
            Volatile::EdgeLocation => xdm::is_location_hint(value),
        }
    }

    /// What stands for a value that passed.
    pub fn token(self) -> Token {
        match self {
            Volatile::RoundTrip | Volatile::ClientHint => Token::Dropped,
            Volatile::Random
            | Volatile::RequestId
            | Volatile::VisitorId
            | Volatile::Blob
            | Volatile::Ecid
            | Volatile::State
            | Volatile::Callback => Token::Numbered(self.name()),
            Volatile::Id(name) => Token::Numbered(name),
            _ => Token::Plain(format!("«{}»", self.name())),
        }
    }
}

/// `D/M/YYYY H:m:s W O`: month from 0, nothing padded, weekday from Sunday, offset in minutes; within
/// the run (the library cuts the fraction of the second off) and with the document's offset.
fn is_date(value: &str, setting: &Setting) -> bool {
    let Some([day, month, year, hour, minute, second, weekday, offset]) = date_parts(value) else {
        return false;
    };
    let date = || {
        let month = Month::try_from(u8::try_from(month + 1).ok()?).ok()?;
        let date =
            Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?)
                .ok()?;
        let [hour, minute, second] =
            [hour, minute, second].map(|part| u8::try_from(part).unwrap_or(u8::MAX));
        date.with_hms(hour, minute, second).ok()
    };
    let timezone = setting
        .document
        .map(|document| i64::from(document.timezone));
    date().is_some_and(|local| {
        i64::from(local.weekday().number_days_from_sunday()) == weekday
            && timezone == Some(offset)
            && within(local.assume_utc().unix_timestamp() + offset * 60, setting)
    })
}

fn date_parts(value: &str) -> Option<[i64; 8]> {
    let words: Vec<&str> = value.split(' ').collect();
    let [date, time, weekday, offset] = words[..] else {
        return None;
    };
    let parts = date
        .split('/')
        .chain(time.split(':'))
        .chain([weekday, offset]);
    let are_separated = date.split('/').count() == 3 && time.split(':').count() == 3;
    let parts: Vec<i64> = parts.map(number).collect::<Option<_>>()?;
    are_separated.then(|| parts.try_into().ok()).flatten()
}

/// Whether a time in whole seconds lies within the run, as exactly as whole seconds can tell.
fn within(seconds: i64, setting: &Setting) -> bool {
    let seconds = seconds as f64;
    let (started, finished) = setting.span_ms;
    seconds >= (started / 1_000.0).floor() && seconds <= (finished / 1_000.0).floor()
}

/// The same of a time that may have been rounded up, as the documentation's sample of `timestamp` does.
fn within_rounded(seconds: i64, setting: &Setting) -> bool {
    let (_, finished) = setting.span_ms;
    within(seconds, setting) || seconds as f64 == (finished / 1_000.0).round()
}

/// A whole number without padding or sign of plus.
fn number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

fn is_upper_hex(c: &u8) -> bool {
    c.is_ascii_digit() || (b'A'..=b'F').contains(c)
}

/// Groups of these lengths, joined by dashes.
fn is_grouped(text: &str, lengths: &[usize], is_member: fn(&u8) -> bool) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.len() == lengths.len()
        && groups
            .iter()
            .zip(lengths)
            .all(|(group, length)| group.len() == *length && group.as_bytes().iter().all(is_member))
}
