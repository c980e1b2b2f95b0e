//! Rust text with comments and literals blanked out, and what can be told from it without a parser.
//!
//! Blanking keeps every newline and every column, so that a position in the result is one in the source.

use std::ops::Range;

/// `text` with comments, strings and characters turned into spaces.
pub(crate) fn stripped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        if end > at {
            for byte in &mut out[at..end] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
            at = end;
        } else {
            at += 1;
        }
    }
    // blanks replaced whole literals, so what is left is whole characters
    String::from_utf8_lossy(&out).into_owned()
}

/// Where the comment or literal that begins at `at` ends; `at` if none does.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let before = at.checked_sub(1).map_or(b' ', |i| bytes[i]);
    let in_word = before.is_ascii_alphanumeric() || before == b'_';
    if rest.starts_with(b"//") {
        return at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return at + block_comment(rest);
    }
    match rest[0] {
        b'"' => at + 1 + quoted(&rest[1..]),
        b'r' if !in_word || before == b'b' || before == b'c' => raw(rest).map_or(at, |length| at + length),
        b'\'' => at + character(rest),
        _ => at,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut i) = (0_usize, 0);
    while i < rest.len() {
        if rest[i..].starts_with(b"/*") {
            (depth, i) = (depth + 1, i + 2);
        } else if rest[i..].starts_with(b"*/") {
            (depth, i) = (depth - 1, i + 2);
            if depth == 0 {
                return i;
            }
        } else {
            i += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &[u8]) -> usize {
    let mut i = 0;
    while i < rest.len() {
        match rest[i] {
            b'\\' => i += 2,
            b'"' => return i + 1,
            _ => i += 1,
        }
    }
    rest.len()
}

/// Length of a raw string at its `r`, if it is one.
fn raw(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|b| **b == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return None;
    }
    let end: Vec<u8> = [b"\"".to_vec(), vec![b'#'; hashes]].concat();
    let start = hashes + 2;
    let length = rest[start..].windows(end.len()).position(|w| w == end);
    Some(length.map_or(rest.len(), |i| start + i + end.len()))
}

/// Length of a character literal at its quote; 0 for a lifetime.
fn character(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        return rest.iter().skip(3).position(|b| *b == b'\'').map_or(0, |i| i + 4);
    }
    // 'x' and 'é' close within five bytes; 'a of a lifetime does not
    let limit = rest.len().min(6);
    let close = rest[..limit].iter().skip(2).position(|b| *b == b'\'');
    match close {
        Some(0) => 3,
        Some(i) if rest[1] >= 0x80 => i + 3,
        _ => 0,
    }
}

/// Whether a file holds nothing but tests (or is example or build code), by its path.
pub(crate) fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.split('/')
        .any(|part| part == "tests" || part == "examples" || part == "benches")
        || name == "tests.rs"
        || name.ends_with("_tests.rs")
}

/// The byte ranges of `#[cfg(test)]` items in stripped code.
pub(crate) fn test_ranges(code: &str) -> Vec<Range<usize>> {
    code.match_indices("#[cfg(test)]")
        .map(|(start, _)| {
            let end = match body(code, start + "#[cfg(test)]".len()) {
                Some(range) => range.end,
                None => code[start..].find(';').map_or(code.len(), |i| start + i),
            };
            start..end
        })
        .collect()
}

/// The braces that follow `from`, unless a `;` outside of brackets comes first.
pub(crate) fn body(code: &str, from: usize) -> Option<Range<usize>> {
    let bytes = code.as_bytes();
    let mut brackets = 0_i32;
    let open = (from..bytes.len()).find(|i| {
        match bytes[*i] {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets -= 1,
            _ => {}
        }
        brackets == 0 && matches!(bytes[*i], b'{' | b';')
    })?;
    if bytes[open] == b';' {
        return None;
    }
    let mut depth = 0_i32;
    for (i, byte) in bytes.iter().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open..i + 1);
        }
    }
    Some(open..bytes.len())
}

/// The line number (from 1) of a position.
pub(crate) fn line(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1
}

/// Where `word` stands as a whole word.
pub(crate) fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let (before, after) = (
            code[..*at].chars().next_back(),
            code[at + word.len()..].chars().next(),
        );
        !part(before) && !part(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_become_blanks_of_the_same_size() {
        let source = r###"a /* b /* c */ d */ "e\"f" r#"g"h"# 'i' '\'' 'j: &'k str, b"l" // m "n
o 'é' "p
q" r"#,
"###;
        let code = stripped(source);
        assert_eq!(code.len(), source.len());
        assert_eq!(code.matches('\n').count(), source.matches('\n').count());
        let left: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(left, "a 'j: &'k str, b o");
    }

    #[test]
    fn tests_in_a_file_are_found() {
        let source =
            "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\n#[cfg(test)]\nmod far;\nfn c() {}\n";
        let ranges = test_ranges(source);
        assert_eq!(ranges.len(), 2);
        let inside = |name: &str| {
            ranges
                .iter()
                .any(|r| r.contains(&source.find(name).expect("it is there")))
        };
        assert!(inside("fn b") && !inside("fn a") && !inside("fn c"));
    }
}
