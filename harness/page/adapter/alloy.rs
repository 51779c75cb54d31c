//! The Web SDK: instances that take commands through Adobe's documented base code, options of
//! `configure` as variables, functions that follow promises.

use super::Adapter;
use crate::page::literal::text_literal;
use crate::scenario::{Callback, On, Tracker, Value};

pub(super) struct Alloy;

/// What pages that bring base code of their own cannot do without: the list of instances.
const OWN_BASE_CODE: &str = "__alloyNS";

impl Adapter for Alloy {
    fn probe(&self) -> &'static str {
        include_str!("../alloy.js")
    }

    fn serve(&self, build: &[u8], _module: bool) -> Vec<u8> {
        build.to_vec()
    }

    fn base_code(&self, trackers: &[Tracker], html: &str) -> Option<String> {
        if html.contains(OWN_BASE_CODE) {
            return Some(String::new());
        }
        let mut names: Vec<&str> = trackers
            .iter()
            .map(|tracker| tracker.instance.as_str())
            .collect();
        if names.is_empty() {
            names.push("alloy");
        }
        let names: Vec<String> = names.into_iter().map(text_literal).collect();
        Some(format!(
            "(function (names) {{\n\"use strict\";\n{}}})([{}]);",
            include_str!("../base.js"),
            names.join(",")
        ))
    }

    fn set_up(
        &self,
        tracker: &Tracker,
        out: &mut String,
        write: &mut dyn FnMut(&Value, &mut String),
    ) {
        out.push_str(&format!(
            "window[{}](\"configure\", {{",
            text_literal(&tracker.instance)
        ));
        for (name, value) in &tracker.variables {
            out.push_str(&format!("{}:", text_literal(name)));
            write(value, out);
            out.push_str(",\n");
        }
        out.push_str("});\n");
    }

    fn first_argument(&self) -> &'static str {
        "result"
    }

    fn register(
        &self,
        callback: &Callback,
        _tracker: Option<&str>,
        out: &mut String,
        write: &mut dyn FnMut(&Value, &mut String),
    ) {
        let on = match callback.on {
            Some(on @ (On::Then | On::Catch)) => on,
            Some(On::Pre | On::Post) | None => return,
        };
        out.push_str(&format!(
            "posttrack.follow({}, window[{}], [",
            text_literal(on.name()),
            text_literal(&callback.name)
        ));
        for arg in &callback.args {
            write(arg, out);
            out.push(',');
        }
        // Only a tracker that the scenario names narrows down whose promises are followed.
        let instance = callback.tracker.as_deref().map(text_literal);
        out.push_str(&format!("], {});\n", instance.as_deref().unwrap_or("null")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Location;

    fn at() -> Location {
        Location {
            file: "x.toml".into(),
            line: 1,
            column: 1,
        }
    }

    fn tracker(instance: &str) -> Tracker {
        Tracker {
            instance: instance.into(),
            variables: vec![("orgId".into(), Value::Text("A@AdobeOrg".into()))],
            at: at(),
        }
    }

    fn written(value: &Value, out: &mut String) {
        match value {
            Value::Text(text) => out.push_str(&text_literal(text)),
            other => panic!("{other:?} is not in these tests"),
        }
    }

    #[test]
    fn variables_are_the_options_of_configure() {
        let mut out = String::new();
        Alloy.set_up(&tracker("b"), &mut out, &mut written);
        assert_eq!(
            out,
            "window[\"b\"](\"configure\", {\"orgId\":\"A@AdobeOrg\",\n});\n"
        );
    }

    #[test]
    fn the_base_code_makes_every_instance_unless_the_page_brings_its_own() {
        let code = |trackers: &[Tracker], html: &str| Alloy.base_code(trackers, html).unwrap();
        assert!(
            code(&[], "<p>").ends_with("([\"alloy\"]);"),
            "the default instance"
        );
        let two = code(&[tracker("a"), tracker("b")], "<p>");
        assert!(two.ends_with("([\"a\",\"b\"]);"), "both trackers: {two}");
        assert_eq!(code(&[], "<script>window.__alloyNS = []</script>"), "");
    }

    #[test]
    fn functions_follow_promises_and_nothing_else() {
        let callback = |on, tracker: Option<&str>| Callback {
            name: "sent".into(),
            on,
            args: vec![Value::Text("x".into())],
            run: None,
            tracker: tracker.map(str::to_owned),
            at: at(),
        };
        for (on, tracker, expected) in [
            (
                Some(On::Then),
                None,
                "posttrack.follow(\"then\", window[\"sent\"], [\"x\",], null);\n",
            ),
            (
                Some(On::Catch),
                Some("b"),
                "posttrack.follow(\"catch\", window[\"sent\"], [\"x\",], \"b\");\n",
            ),
            (Some(On::Post), None, ""),
            (None, None, ""),
        ] {
            let mut out = String::new();
            Alloy.register(
                &callback(on, tracker),
                Some("alloy"),
                &mut out,
                &mut written,
            );
            assert_eq!(out, expected, "{on:?} of {tracker:?}");
        }
    }
}
