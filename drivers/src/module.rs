//! Tells an ES module from a classic script.

/// Words after which a `/` begins a regular expression, as it does after an operator.
const BEFORE_REGEX: [&str; 13] = [
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "delete",
    "void",
    "throw",
    "new",
    "else",
    "do",
    "instanceof",
    "yield",
];

/// What may follow the keyword `export`, beside `{` and `*`.
const EXPORTED: [&str; 7] = [
    "default", "function", "class", "const", "let", "var", "async",
];

/// Whether the source has the keyword `export`, which only a module may.
///
/// `export` is a reserved word: outside strings, templates, comments and regular expressions it is the keyword or the
/// name of a property, and after such a name there is no declaration. So no nesting needs to be followed.
pub(crate) fn is_module(source: &str) -> bool {
    let mut rest = source;
    // Whether a value may end here, so that a `/` divides it; and whether a property's name must follow.
    let mut value = false;
    let mut dot = false;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = after_blank(rest) {
            rest = after;
            continue;
        }
        let after_dot = std::mem::take(&mut dot);
        if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            if word == "export" && !after_dot && begins_export(after) {
                return true;
            }
            value = after_dot || !BEFORE_REGEX.contains(&word);
            rest = after;
        } else if matches!(first, '"' | '\'' | '`') {
            rest = after_quoted(&rest[1..], first);
            value = true;
        } else if first == '/' && !value {
            rest = after_regex(&rest[1..]);
            value = true;
        } else {
            dot = first == '.';
            value = matches!(first, ')' | ']' | '}');
            rest = &rest[first.len_utf8()..];
        }
    }
    false
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

fn begins_export(after: &str) -> bool {
    let mut after = after;
    while let Some(next) = after_blank(after) {
        after = next;
    }
    let end = after.find(|c| !is_word(c)).unwrap_or(after.len());
    after.starts_with(['{', '*']) || EXPORTED.contains(&&after[..end])
}

/// What follows white space or a comment, if there is one.
fn after_blank(text: &str) -> Option<&str> {
    let after = |end: &str| text.split_once(end).map_or("", |(_, after)| after);
    if text.starts_with("//") {
        Some(after("\n"))
    } else if let Some(comment) = text.strip_prefix("/*") {
        Some(comment.split_once("*/").map_or("", |(_, after)| after))
    } else {
        let trimmed = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        (trimmed.len() < text.len()).then_some(trimmed)
    }
}

/// What follows a string or template. A string ends with its line, should its quote be missing. A template inside a
/// template ends the outer one early, and its text is then read as code, which is harmless here.
fn after_quoted(text: &str, quote: char) -> &str {
    after_unescaped(text, |c| c == quote, quote != '`')
}

fn after_regex(text: &str) -> &str {
    let mut in_class = false;
    after_unescaped(
        text,
        |c| {
            in_class = (in_class || c == '[') && c != ']';
            c == '/' && !in_class
        },
        true,
    )
}

fn after_unescaped(text: &str, mut ends: impl FnMut(char) -> bool, one_line: bool) -> &str {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && (ends(c) || (one_line && c == '\n')) {
            return &text[at + c.len_utf8()..];
        }
        escaped = c == '\\' && !escaped;
    }
    ""
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::is_module;

    proptest! {
        #[test]
        fn any_text_in_a_string_stays_a_string(text in any::<String>()) {
            let string = serde_json::Value::from(text);
            let script = format!("var s = {string};");
            prop_assert!(!is_module(&script));
            let module = format!("{script} export {{ s }}");
            prop_assert!(is_module(&module));
        }

        #[test]
        fn blanks_after_any_text_change_nothing(text in "([\\PC\n/*'\"`\\\\.]|export|default)*") {
            prop_assert_eq!(is_module(&text), is_module(&format!("{text} \n")));
        }
    }

    #[test]
    fn the_keyword_in_each_of_its_forms_makes_a_module() {
        for source in [
            "export function start() {}",
            "var a=1;export{a}",
            "var a = 1;\nexport { a as b };",
            "export*from'./b.js'",
            "export default class {}",
            "/* licence */ export /* here */ const x = 1",
            "var re=/['\"`]/;export default re",
            "var re = a.length / 2 / b; export let c",
            "function f(){return/[/'\"]/.test(x)}export async function g(){}",
            "var s = 'it\\'s'; export var t",
            "var t = `a ${`b`} c`; export { t }",
            "// export nothing, see 'below\nexport { x }",
        ] {
            assert!(is_module(source), "a module: {source}");
        }
    }

    #[test]
    fn the_word_elsewhere_does_not() {
        for source in [
            "",
            "var s = 'export default x'",
            "var s = \"\\\"export { x }\"",
            "var t = `\nexport default x`",
            "// export default x\nvar a",
            "/*\nexport { a }\n*/ var a",
            "var r = /export {a}/",
            "var r = /[/]export {a}/",
            "api.export = function () {}",
            "if (api.export) { run() }",
            "var o = { export: 1, export() { return 2 } }",
            "exports.default = 1; function exporter() {}",
            "var ünïcode = 1",
        ] {
            assert!(!is_module(source), "no module: {source}");
        }
    }
}
