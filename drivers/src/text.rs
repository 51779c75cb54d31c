//! Small helpers for messages that quote what a program printed.

/// The last `lines` lines.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.trim_end().lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Each line with four spaces before it; a remark when there is none.
pub(crate) fn indented(text: &str) -> String {
    if text.trim().is_empty() {
        return "    (it printed nothing)".to_owned();
    }
    text.lines()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_lines_and_no_more_than_there_are() {
        assert_eq!(tail("a\nb\nc\n", 2), "b\nc");
        assert_eq!(tail("a\n", 9), "a");
        assert_eq!(tail("", 9), "");
    }

    #[test]
    fn a_program_that_said_nothing_is_not_quoted_as_an_empty_line() {
        assert_eq!(indented(" \n"), "    (it printed nothing)");
        assert_eq!(indented("a\nb"), "    a\n    b");
    }
}
