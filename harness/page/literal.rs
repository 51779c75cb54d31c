//! Scenario values as JavaScript source.

use crate::scenario::Value;

/// A JavaScript expression for `value` that is safe inside a `<script>` element.
///
/// `{ js = "…" }` stands on lines of its own, so that a position in it can be mapped to the file;
/// `on_code` is told each such piece right before it is written, with what was written so far.
pub(super) fn literal(
    value: &Value,
    out: &mut String,
    on_code: &mut dyn FnMut(&str, &crate::scenario::Js),
) {
    match value {
        Value::Text(text) => out.push_str(&text_literal(text)),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::List(items) => {
            out.push('[');
            for item in items {
                literal(item, out, on_code);
                out.push(',');
            }
            out.push(']');
        }
        Value::Table(entries) => {
            out.push('{');
            for (key, item) in entries {
                out.push_str(&text_literal(key));
                out.push(':');
                literal(item, out, on_code);
                out.push(',');
            }
            out.push('}');
        }
        Value::Js(js) => {
            out.push_str("(\n");
            on_code(out, js);
            out.push_str(&js.code);
            out.push_str("\n)");
        }
    }
}

/// A string literal that can neither end its script element nor its line.
pub(super) fn text_literal(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &Value) -> String {
        let mut out = String::new();
        literal(value, &mut out, &mut |_, _| {});
        out
    }

    #[test]
    fn text_cannot_leave_its_script_element() {
        let hostile = "</script><script>alert(1)//\u{2028}\"";
        let source = text_literal(hostile);
        assert!(!source.contains('<'), "an element could begin in {source}");
        let back: String = serde_json::from_str(&source).unwrap();
        assert_eq!(back, hostile, "the literal must still mean the same text");
    }

    #[test]
    fn tables_and_lists_keep_their_order() {
        let value = Value::Table(vec![
            (
                "b".into(),
                Value::List(vec![Value::Bool(true), Value::Number(2.into())]),
            ),
            ("a".into(), Value::Text("x".into())),
        ]);
        assert_eq!(written(&value), r#"{"b":[true,2,],"a":"x",}"#);
    }
}
