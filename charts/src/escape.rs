//! Text on its way into XML, HTML or Markdown, so that data stays data.
//!
//! One function serves element content and attribute values of both SVG and HTML. Characters that XML 1.0
//! forbids (controls but tab, newline, return; U+FFFE, U+FFFF) become U+FFFD: an SVG with one of them would
//! not open at all.

use crate::Error;

/// For element content and double-quoted attribute values.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// For Markdown, on one line: a table cell, a paragraph, a list item. Escapes what would otherwise be markup
/// or HTML, and only that ("< 1 ms" stays readable); backticks are left to do their work, and nothing is escaped
/// between a pair of them but the pipe. What means something at the start of a line only is the caller's.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let pairs = text.matches('`').count() / 2 * 2;
    let mut seen = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '`' {
            seen += 1;
        }
        let in_code = seen < pairs && seen % 2 == 1;
        let next = chars.peek().copied().unwrap_or(' ');
        match c {
            '\n' | '\r' => out.push(' '),
            '|' => out.push_str("\\|"),
            '<' if !in_code && (next.is_ascii_alphabetic() || "/!?".contains(next)) => out.push_str("&lt;"),
            '&' if !in_code && (next.is_ascii_alphanumeric() || next == '#') => out.push_str("&amp;"),
            '\\' | '*' | '_' | '[' | ']' | '~' if !in_code => {
                out.push('\\');
                out.push(c);
            }
            '`' if seen > pairs => out.push_str("\\`"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A link target a report may carry: relative, an anchor, or http(s). Anything else could run script.
pub(crate) fn link(target: &str) -> Result<&str, Error> {
    let scheme = target
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default()
        .contains(':');
    let web = target.starts_with("https://") || target.starts_with("http://");
    // browsers drop tabs and newlines within a URL, so "java\nscript:" would slip past the scheme test;
    // spaces, brackets and quotes would end a Markdown target early
    let clean = !target
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || "()<>\"\\".contains(c));
    if clean && !target.is_empty() && (web || !scheme) && !target.starts_with("//") {
        Ok(target)
    } else {
        Err(Error::Link {
            target: target.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_data_stays_text() {
        assert_eq!(
            xml("a<b> & \"c\" 'd'"),
            "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;"
        );
        assert_eq!(
            xml("bell\u{7} nul\0 del\u{7f}"),
            "bell\u{fffd} nul\u{fffd} del\u{fffd}"
        );
        assert_eq!(
            markdown("a|b\nc <script> *x* `a_b|c`"),
            "a\\|b c &lt;script> \\*x\\* `a_b\\|c`"
        );
        assert_eq!(
            markdown("p99 < 1 ms & p50 &lt; R&D"),
            "p99 < 1 ms & p50 &amp;lt; R&amp;D"
        );
        assert_eq!(markdown("one ` alone_"), "one \\` alone\\_");
    }

    #[test]
    fn links_cannot_run_script() {
        for good in [
            "tax/index.html",
            "#claims",
            "https://example.org/a?b=c:d",
            "../a",
            "a/b:c",
        ] {
            assert!(link(good).is_ok(), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "",
            "data:text/html,x",
            "java\nscript:x",
            "//host/x",
            "a b",
            "x:y",
        ] {
            assert!(link(bad).is_err(), "{bad}");
        }
    }
}
