//! Texts that came from a page or a build, made safe for a terminal and for the reports that are files.

use std::borrow::Cow;

/// The text with control characters and those that turn the direction of writing shown as
/// escapes (`\u{1b}`, `\n`), so that it stays one line and cannot command a terminal.
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
            // Not allowed in XML, and no character anyway.
            | '\u{fffe}' | '\u{ffff}')
}

/// What happened, without what else may help (the end of a log stands in lines of its own).
pub(super) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The text cut to `width` characters, the last of them `…` where something is missing.
pub fn shorten(text: &str, width: usize) -> Cow<'_, str> {
    if text.chars().count() <= width {
        return Cow::Borrowed(text);
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    Cow::Owned(short)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_show_and_do_nothing() {
        assert_eq!(safe("a\u{1b}[2Jb\r\n"), r"a\u{1b}[2Jb\r\n");
        assert_eq!(safe("\u{9b}31m\u{202e}exe"), r"\u{9b}31m\u{202e}exe");
        assert_eq!(safe("«random:1» é 漢"), "«random:1» é 漢");
    }

    #[test]
    fn short_texts_stay_and_long_ones_end_in_an_ellipsis() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcd efgh", 6), "abcd…");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            prop_assert!(!safe(&text).chars().any(is_unsafe));
        }

        #[test]
        fn a_shortened_text_fits(text in any::<String>(), width in 1usize..40) {
            prop_assert!(shorten(&text, width).chars().count() <= width);
        }
    }
}
