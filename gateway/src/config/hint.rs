//! "Did you mean": the known name that a mistyped one is nearest to.

/// Typos that still count as the same word: two slips, but never more than a third of it.
fn slips_max(word: &str) -> usize {
    (word.chars().count() / 3).clamp(1, 2)
}

/// The nearest of `known`, if it is near enough to have been meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // anything much longer than the longest key is no typo, and the comparison is quadratic
    const WORD_BYTES_MAX: usize = 64;
    if word.len() > WORD_BYTES_MAX {
        return None;
    }
    let plain = plain(word);
    known
        .into_iter()
        .filter(|known| known.len() <= WORD_BYTES_MAX)
        .map(|known| (distance(&plain, &self::plain(known)), known))
        .filter(|(distance, _)| *distance <= slips_max(word))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// `idleTimeout`, `idle-timeout` and `Idle_Timeout` are one word to whoever types them.
fn plain(word: &str) -> Vec<char> {
    word.chars()
        .filter(|letter| !matches!(letter, '_' | '-'))
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let known = [
            "timeout",
            "idle_timeout",
            "retries",
            "host",
            "path",
            "path_exact",
            "lb",
        ];
        for (word, meant) in [
            ("timout", Some("timeout")),
            ("timeotu", Some("timeout")),
            ("idleTimeout", Some("idle_timeout")),
            ("idle-timeout", Some("idle_timeout")),
            ("retry", None),
            ("retires", Some("retries")),
            ("hots", Some("host")),
            ("Path", Some("path")),
            ("pathexact", Some("path_exact")),
            ("lbb", Some("lb")),
            ("upstream", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
        assert_eq!(nearest(&"timeout".repeat(100), known), None);
    }
}
