//! Text that must fit: broken into lines, or cut with an ellipsis.
//!
//! Breaks only at spaces (and, for a word wider than the line, within it), greedily: titles and labels are too
//! short for a better algorithm to show. Keeps every character unless `lines_max` forbids it, and says so with "…".

use crate::canvas::Style;

/// `text` in at most `lines_max` lines, none wider than `width`.
pub(crate) fn wrap(text: &str, style: Style, width: f64, lines_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(last) = lines.last_mut() {
            let joined = format!("{last} {word}");
            if style.width(&joined) <= width {
                *last = joined;
                continue;
            }
        }
        lines.extend(pieces(word, style, width));
    }
    if lines.len() > lines_max {
        let rest = lines.split_off(lines_max.saturating_sub(1)).join(" ");
        lines.push(cut(&rest, style, width));
    }
    lines
}

/// `text` itself if it fits into `width`, or as much of it as does, ending in "…".
pub(crate) fn cut(text: &str, style: Style, width: f64) -> String {
    if style.width(text) <= width {
        return text.to_owned();
    }
    let mut kept = text.to_owned();
    while kept.pop().is_some() {
        let candidate = format!("{}…", kept.trim_end());
        if style.width(&candidate) <= width {
            return candidate;
        }
    }
    String::new()
}

/// A word cut into pieces that each fit; the word itself if it does.
fn pieces(word: &str, style: Style, width: f64) -> Vec<String> {
    let mut out = vec![String::new()];
    for c in word.chars() {
        if let Some(last) = out.last_mut() {
            last.push(c);
            if style.width(last) > width && last.chars().count() > 1 {
                last.pop();
                out.push(c.to_string());
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_nothing_is_lost() {
        let text = "passthrough with request id, trace and access log";
        let lines = wrap(text, Style::Label, 90.0, 9);
        assert!(lines.len() > 2);
        assert!(
            lines.iter().all(|line| Style::Label.width(line) <= 90.0),
            "{lines:?}"
        );
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn too_many_lines_end_in_an_ellipsis() {
        let lines = wrap("one two three four five six", Style::Label, 40.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(
            lines[1].ends_with('…') && Style::Label.width(&lines[1]) <= 40.0,
            "{lines:?}"
        );
    }

    #[test]
    fn a_word_without_spaces_is_broken() {
        let lines = wrap(&"x".repeat(40), Style::Label, 50.0, 99);
        assert_eq!(lines.concat().len(), 40);
        assert!(lines.iter().all(|line| Style::Label.width(line) <= 50.0));
    }
}
