//! Texts of others within Markdown: nothing in them is markup, a link or a reference.

use crate::report::terminal::safe;

/// The text as it reads, in one line; not for the beginning of a line, where more is markup.
pub fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in safe(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '@' | '$' => {
                escaped.extend(['\\', c])
            }
            // What would make it an address, and that a link.
            '/' if escaped.ends_with(':') => escaped.push_str("\\/"),
            '.' if ends_with_www(&escaped) => escaped.push_str("\\."),
            c => escaped.push(c),
        }
    }
    escaped
}

fn ends_with_www(text: &str) -> bool {
    let end = text
        .len()
        .checked_sub(3)
        .and_then(|start| text.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

/// The text as code. Not between backticks: a text may hold those, and a table does not know them.
pub fn code(text: &str) -> String {
    format!("<code>{}</code>", plain(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_markdown_takes_for_markup_is_escaped() {
        assert_eq!(
            plain("a|b *c* `d` [e](f) <g> https://www.h.test x@y"),
            r"a\|b \*c\* \`d\` \[e\](f) &lt;g&gt; https:\//www\.h.test x\@y"
        );
        assert_eq!(code("eVar1 1,2"), "<code>eVar1 1,2</code>");
    }

    proptest! {
        #[test]
        fn no_markup_is_left(text in any::<String>()) {
            let escaped = plain(&text);
            prop_assert!(!escaped.contains(['<', '>', '\n', '\r']), "{escaped}");
            prop_assert!(!escaped.contains("://") && !escaped.contains("www."), "{escaped}");
            let mut chars = escaped.chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => drop(chars.next()),
                    c => prop_assert!(!"*_`[]|#~@$".contains(c), "{c} in {escaped}"),
                }
            }
        }
    }
}
