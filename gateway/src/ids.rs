//! Request ids: 128 random bits as 32 hexadecimal digits.
//!
//! They tell requests apart in logs; they keep nobody out, so a seeded generator is good enough, and in the
//! simulator it makes them replayable. Workers draw from different child seeds.

use http1::head::FieldValue;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use world::Seed;

/// Each byte's two digits.
const PAIRS: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    pairs
};

const LENGTH: usize = 32;

/// The longest id that is taken over from a trusted peer; longer ones are replaced.
const FOREIGN_LENGTH_MAX: usize = 128;

/// The id of one request: ours, or a trusted peer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequestId {
    Ours([u8; LENGTH]),
    Foreign(Box<[u8]>),
}

impl RequestId {
    /// An id that a trusted peer sent, if it is visible ASCII of a reasonable length.
    pub(crate) fn foreign(id: FieldValue<'_>) -> Option<Self> {
        let bytes = id.bytes();
        let acceptable =
            (1..=FOREIGN_LENGTH_MAX).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        acceptable.then(|| Self::Foreign(bytes.into()))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Ours(digits) => digits,
            Self::Foreign(text) => text,
        }
    }

    /// Appends it as it is within a string of JSON.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ours(digits) => out.extend_from_slice(digits),
            Self::Foreign(text) => {
                for &byte in text {
                    // of what is visible JSON escapes these two
                    if matches!(byte, b'"' | b'\\') {
                        out.push(b'\\');
                    }
                    out.push(byte);
                }
            }
        }
    }

    pub(crate) fn value(&self) -> FieldValue<'_> {
        FieldValue::new(self.bytes()).unwrap_or(FieldValue::constant("0"))
    }
}

/// Sixteen hexadecimal digits, the most significant first.
pub(crate) fn hex(number: u64) -> [u8; 16] {
    let mut text = [0; 16];
    for (pair, byte) in text.as_chunks_mut().0.iter_mut().zip(number.to_be_bytes()) {
        *pair = PAIRS[usize::from(byte)];
    }
    text
}

pub(crate) struct RequestIds(RefCell<ChaCha8Rng>);

impl RequestIds {
    pub(crate) fn new(seed: Seed) -> Self {
        Self(RefCell::new(seed.child("request-id").rng()))
    }

    pub(crate) fn next(&self) -> RequestId {
        let mut rng = self.0.borrow_mut();
        let mut text = [0_u8; LENGTH];
        for half in text.chunks_exact_mut(LENGTH / 2) {
            half.copy_from_slice(&hex(rng.next_u64()));
        }
        RequestId::Ours(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_distinct_hexadecimal_and_replayable() {
        let draw = |seed| {
            let ids = RequestIds::new(seed);
            (0..1_000)
                .map(|_| String::from_utf8(ids.next().bytes().to_vec()).expect("ascii"))
                .collect::<Vec<_>>()
        };
        let ids = draw(Seed(1));
        assert!(
            ids.iter()
                .all(|id| id.len() == LENGTH && id.bytes().all(|b| b"0123456789abcdef".contains(&b)))
        );
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        assert_eq!(ids, draw(Seed(1)));
        assert_ne!(ids, draw(Seed(2)));
    }

    #[test]
    fn foreign_ids_are_bounded() {
        let foreign = |text: &str| FieldValue::new(text.as_bytes()).and_then(RequestId::foreign);
        assert_eq!(
            foreign("abc-123").map(|id| id.bytes().to_vec()),
            Some(b"abc-123".to_vec())
        );
        assert_eq!(foreign(""), None);
        assert_eq!(foreign("a b"), None);
        let mut json = Vec::new();
        foreign("\"a\\b\"").expect("visible").write_json(&mut json);
        assert_eq!(json, b"\\\"a\\\\b\\\"");
        assert_eq!(foreign(&"x".repeat(129)), None);
    }

    proptest! {
        #[test]
        fn json_gives_ids_back(text in "[!-~]{1,40}") {
            let id = FieldValue::new(text.as_bytes()).and_then(RequestId::foreign).expect("visible");
            let mut json = b"\"".to_vec();
            id.write_json(&mut json);
            json.push(b'"');
            prop_assert_eq!(serde_json::from_slice::<String>(&json).expect("a string"), text);
        }
    }
}
