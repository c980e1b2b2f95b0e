//! A file of tokens, one a line: credentials made beforehand, a token per request.
//!
//! Arrival k takes token k mod n: in turn, so that every token is used as often as any other, and the same one for the
//! same arrival on any number of shards. Whitespace around a token is cut off and empty lines are no tokens; there are no
//! comments, because a token may begin with anything.
//!
//! The file is kept as it was read, with the places of its tokens: 8 bytes each beside their text.

use super::wording::{Errors, shown};
use bytes::Bytes;

/// 80 MB of places; more users than any test has credentials for.
const TOKENS_MAX: usize = 10_000_000;
/// A file is in memory once; more than this is a wrong file. Places are 32 bits wide.
const BYTES_MAX: usize = 1 << 30;

/// Tokens in the order of their file; never empty.
#[derive(Debug)]
pub struct Tokens {
    text: Bytes,
    /// Start and end in the text.
    places: Vec<(u32, u32)>,
}

impl Tokens {
    /// `file` names the text in errors.
    pub fn parse(text: Bytes, file: &str) -> Result<Self, Vec<String>> {
        if text.len() > BYTES_MAX {
            return Err(vec![format!(
                "{file}: {} bytes are more than {BYTES_MAX}",
                text.len()
            )]);
        }
        let mut errors = Errors::default();
        let mut places = Vec::new();
        let mut start = 0;
        for (i, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let token = line.trim_ascii();
            match std::str::from_utf8(token) {
                Ok("") => {}
                Ok(token) if token.chars().any(char::is_control) => errors.push(format!(
                    "{file}:{}: {} holds a control character, which cannot be sent",
                    i + 1,
                    shown(token)
                )),
                Ok(token) => {
                    let from = start + line.len() - line.trim_ascii_start().len();
                    // below 2^30, as was checked
                    places.push((from as u32, (from + token.len()) as u32));
                }
                Err(_) => errors.push(format!("{file}:{}: the token is not UTF-8", i + 1)),
            }
            start += line.len() + 1;
        }
        if places.len() > TOKENS_MAX {
            errors.push(format!(
                "{file}: {} tokens are more than {TOKENS_MAX}",
                places.len()
            ));
        } else if places.is_empty() && errors.is_empty() {
            errors.push(format!("{file}: holds no token: write one a line"));
        }
        if errors.is_empty() {
            Ok(Self { text, places })
        } else {
            Err(errors.into_lines())
        }
    }

    /// The token of an arrival.
    pub fn get(&self, id: u64) -> &[u8] {
        let at = (id % self.places.len().max(1) as u64) as usize;
        let (start, end) = self.places.get(at).copied().unwrap_or_default();
        &self.text[start as usize..end as usize]
    }

    pub fn count(&self) -> usize {
        self.places.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_taken_in_turn() {
        let check = |text: &'static str, wanted: &[&str]| {
            let tokens = Tokens::parse(Bytes::from_static(text.as_bytes()), "t").expect("valid");
            assert_eq!(tokens.count(), wanted.len());
            for id in 0..2 * wanted.len() as u64 + 1 {
                let wanted = wanted[id as usize % wanted.len()];
                assert_eq!(tokens.get(id), wanted.as_bytes(), "{text:?} {id}");
            }
            let last = u64::MAX % wanted.len() as u64;
            assert_eq!(tokens.get(u64::MAX), wanted[last as usize].as_bytes());
        };
        check("a", &["a"]);
        check("a\nb\n", &["a", "b"]);
        check("\n\n  a b \r\n\t\n#c\r\n\r\nä", &["a b", "#c", "ä"]);
    }

    #[test]
    fn what_holds_no_tokens_is_told() {
        let check = |text: &'static [u8], wanted: &[&str]| {
            let errors = Tokens::parse(Bytes::from_static(text), "t.txt").expect_err("wrong");
            assert_eq!(errors, wanted);
        };
        check(b" \n\r\n", &["t.txt: holds no token: write one a line"]);
        check(
            b"ok\na\x00b\n\xff\n",
            &[
                "t.txt:2: \"a\\0b\" holds a control character, which cannot be sent",
                "t.txt:3: the token is not UTF-8",
            ],
        );
    }
}
