//! How errors speak: excerpts of what was typed, "did you mean", and all of them at once.
//!
//! Bounds: an excerpt is part of one line, and of a file that is wrong in every line only the first errors are kept:
//! nobody reads a thousand, and they must not cost many times the file's size.

/// Characters of an excerpt.
const SHOWN_CHARS_MAX: usize = 60;
/// Errors that are kept; of more than that only the number.
const ERRORS_MAX: usize = 50;
/// Anything longer is no typo of a name, and the comparison is quadratic.
const WORD_BYTES_MAX: usize = 64;

/// Part of a text that somebody else wrote, in quotes and without control characters.
pub(super) fn shown(text: &str) -> String {
    let excerpt: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    let more = if excerpt.len() < text.len() { "…" } else { "" };
    format!("{excerpt:?}{more}")
}

/// As [`shown`], of bytes that may be anything.
pub(super) fn shown_bytes(bytes: &[u8]) -> String {
    // a character has at most four bytes: none of those that are shown is cut off
    let start = &bytes[..bytes.len().min(4 * SHOWN_CHARS_MAX + 4)];
    shown(&String::from_utf8_lossy(start))
}

/// "did you mean …?" where a known word is near, and all known words otherwise.
pub(super) fn meant(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("known are {}", known.join(", ")),
    }
}

/// The known word that is at most two slips away, and not more than a third of the word.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    if word.len() > WORD_BYTES_MAX {
        return None;
    }
    let slips_max = (word.chars().count() / 3).clamp(1, 2);
    let by_slips = known.iter().map(|known| (slips(word, known), *known));
    by_slips
        .filter(|(slips, _)| *slips <= slips_max)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, known)| known)
}

/// Letters put in, left out or replaced on the way from one word to the other (Levenshtein, 1966); case is none.
fn slips(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(!a.eq_ignore_ascii_case(b));
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

/// The errors of a file so far.
#[derive(Debug, Default)]
pub(super) struct Errors {
    kept: Vec<String>,
    count: usize,
}

impl Errors {
    pub(super) fn push(&mut self, error: String) {
        self.count += 1;
        if self.kept.len() < ERRORS_MAX {
            self.kept.push(error);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One error a line, the last of them a count of those that were not kept.
    pub(super) fn into_lines(self) -> Vec<String> {
        let mut lines = self.kept;
        let more = self.count - lines.len();
        if more > 0 {
            lines.push(format!("and {more} more errors"));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let known = ["status", "header", "uuid", "zipf", "body_file"];
        for (word, wanted) in [
            ("stauts", Some("status")),
            ("Status", Some("status")),
            ("headers", Some("header")),
            ("uid", Some("uuid")),
            ("zip", Some("zipf")),
            ("bodyfile", Some("body_file")),
            ("weight", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), wanted, "{word}");
        }
        assert_eq!(nearest(&"status".repeat(20), &known), None);
    }

    #[test]
    fn excerpts_are_bounded_and_plain() {
        assert_eq!(shown("a\r\n\"b"), r#""a\r\n\"b""#);
        assert_eq!(shown(&"ä".repeat(61)), format!("\"{}\"…", "ä".repeat(60)));
        assert_eq!(shown_bytes(b"\xff1"), "\"\u{fffd}1\"");
        assert!(shown_bytes(&[b'x'; 10_000]).len() < 100);
    }

    #[test]
    fn more_errors_than_are_kept_are_counted() {
        let mut errors = Errors::default();
        for i in 0..ERRORS_MAX + 3 {
            errors.push(i.to_string());
        }
        let lines = errors.into_lines();
        assert_eq!(lines.len(), ERRORS_MAX + 1);
        assert_eq!(lines[ERRORS_MAX], "and 3 more errors");
    }
}
