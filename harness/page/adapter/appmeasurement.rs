//! AppMeasurement: `s_gi`, variables as properties, `registerPreTrackCallback` and
//! `registerPostTrackCallback`.

use super::Adapter;
use crate::page::literal::text_literal;
use crate::scenario::{Callback, On, Tracker, Value};

pub(super) struct AppMeasurement;

impl Adapter for AppMeasurement {
    fn probe(&self) -> &'static str {
        include_str!("../appmeasurement.js")
    }

    fn serve(&self, build: &[u8], module: bool) -> Vec<u8> {
        if !module {
            return build.to_vec();
        }
        let text = String::from_utf8_lossy(build);
        let mut exported = None;
        let script = EXPORTED_FUNCTION
            .replacen(&text, 1, |found: &regex::Captures<'_>| {
                exported = Some(found["name"].to_owned());
                // Blanks keep every position of the original.
                format!(
                    "{}{}{}",
                    &found["indent"],
                    " ".repeat("export ".len()),
                    &found["function"]
                )
            })
            .into_owned();
        match exported {
            Some(name) => format!("{script}\n{name}();\n").into_bytes(),
            None => script.into_bytes(),
        }
    }

    fn set_up(
        &self,
        tracker: &Tracker,
        out: &mut String,
        write: &mut dyn FnMut(&Value, &mut String),
    ) {
        let global = format!("window[{}]", text_literal(&tracker.instance));
        let account = tracker.variables.iter().find(|(name, _)| name == "account");
        let missing = |what: &str| {
            text_literal(&format!(
                "tracker `{}` cannot be made: the build defines {what}; without [tracker], a scenario drives the one that the build makes itself",
                tracker.instance
            ))
        };
        match account {
            // Both documented ways to a tracker: a copy may have renamed either function.
            Some((_, value)) => {
                out.push_str("{ const account = ");
                write(value, out);
                out.push_str(&format!(
                    ";\nif (typeof s_gi === \"function\") {global} = s_gi(account);\n\
                     else if (typeof AppMeasurement === \"function\") {{ {global} = new AppMeasurement(); {global}.account = account; }}\n\
                     else throw new Error({}); }}\n",
                    missing("neither `s_gi` nor `AppMeasurement`")
                ));
            }
            None => out.push_str(&format!(
                "if (typeof AppMeasurement !== \"function\") throw new Error({});\n{global} = new AppMeasurement();\n",
                missing("no `AppMeasurement`, and `s_gi` needs an account")
            )),
        }
        for (name, value) in tracker
            .variables
            .iter()
            .filter(|(name, _)| name != "account")
        {
            out.push_str(&format!("{global}[{}] = ", text_literal(name)));
            write(value, out);
            out.push_str(";\n");
        }
    }

    fn first_argument(&self) -> &'static str {
        "requestUrl"
    }

    fn register(
        &self,
        callback: &Callback,
        tracker: Option<&str>,
        out: &mut String,
        write: &mut dyn FnMut(&Value, &mut String),
    ) {
        let method = match callback.on {
            Some(On::Pre) => "registerPreTrackCallback",
            Some(On::Post) => "registerPostTrackCallback",
            Some(On::Then | On::Catch) | None => return,
        };
        // A copy of the library may have made a tracker of its own.
        let tracker = tracker.unwrap_or("s");
        let [global, name] = [tracker, &callback.name].map(text_literal);
        let missing = text_literal(&format!(
            "`{}` cannot be registered: the page has no tracker `{tracker}` yet",
            callback.name
        ));
        out.push_str(&format!(
            "if (!window[{global}]) throw new Error({missing});\nwindow[{global}].{method}(window[{name}]"
        ));
        for arg in &callback.args {
            out.push(',');
            write(arg, out);
        }
        out.push_str(");\n");
    }
}

#[expect(clippy::expect_used, reason = "a constant pattern, compiled in a test")]
static EXPORTED_FUNCTION: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    regex::Regex::new(r"(?m)^(?P<indent>[ \t]*)export (?P<function>function\s+(?P<name>[\w$]+))")
        .expect("a valid pattern")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_classic_build_is_served_byte_for_byte() {
        let build = b"function AppMeasurement(){}\xff";
        assert_eq!(AppMeasurement.serve(build, false), build);
    }

    #[test]
    fn a_module_loses_its_keyword_and_is_called_without_moving_a_column() {
        let served = AppMeasurement.serve(b"/* x */\nexport function go() { a(); }\n", true);
        assert_eq!(
            String::from_utf8(served).unwrap(),
            "/* x */\n       function go() { a(); }\n\ngo();\n"
        );
    }
}
