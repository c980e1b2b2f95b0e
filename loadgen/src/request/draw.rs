//! The chance of one arrival: what a template draws is a function of (seed, the arrival's id) and the order of its
//! placeholders, nothing else.
//!
//! So any number of threads or shards sends the same requests. The generator is made when something is drawn first: a
//! request without chance pays nothing for it. The steps of a flow share one [`Draw`] and go on where the last one stopped.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use world::Seed;

/// Version 4, the one that is random (RFC 9562 §5.4).
const UUID_VERSION: u8 = 0x40;
/// The variant of that RFC (§4.1).
const UUID_VARIANT: u8 = 0x80;

/// The chance of one arrival.
#[derive(Debug)]
pub struct Draw {
    seed: Seed,
    id: u64,
    rng: Option<ChaCha8Rng>,
}

impl Draw {
    /// `seed` is the run's, `id` the arrival's number, unique over all shards.
    pub fn new(seed: Seed, id: u64) -> Self {
        Self { seed, id, rng: None }
    }

    pub fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn rng(&mut self) -> &mut ChaCha8Rng {
        let (seed, id) = (self.seed, self.id);
        self.rng
            .get_or_insert_with(|| seed.child("request").nth(id).rng())
    }

    /// Every whole number of `low..=high` alike, to 2^-64 per number; `low` if they are the wrong way round.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u128::from(high.abs_diff(low)) + 1;
        // multiply-shift: one draw, no loop
        let offset = (u128::from(self.rng().next_u64()) * span) >> 64;
        if high < low {
            return low;
        }
        low.wrapping_add_unsigned(offset as u64)
    }

    /// A UUID in its usual form, lower case.
    pub(super) fn uuid(&mut self) -> [u8; 36] {
        let mut bytes = [0; 16];
        self.rng().fill_bytes(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | UUID_VERSION;
        bytes[8] = bytes[8] & 0x3f | UUID_VARIANT;
        let mut text = [b'-'; 36];
        let mut at = 0;
        for (i, byte) in bytes.into_iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at] = digit(byte >> 4);
            text[at + 1] = digit(byte & 15);
            at += 2;
        }
        text
    }
}

fn digit(value: u8) -> u8 {
    b"0123456789abcdef"[usize::from(value & 15)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_the_layout_of_version_4() {
        let mut draw = Draw::new(Seed(1), 0);
        let mut before = [0; 36];
        for _ in 0..1_000 {
            let uuid = draw.uuid();
            for (i, byte) in uuid.into_iter().enumerate() {
                let wanted: &[u8] = match i {
                    8 | 13 | 18 | 23 => b"-",
                    14 => b"4",
                    19 => b"89ab",
                    _ => b"0123456789abcdef",
                };
                assert!(wanted.contains(&byte), "{}", String::from_utf8_lossy(&uuid));
            }
            assert_ne!(uuid, before);
            before = uuid;
        }
    }

    #[test]
    fn numbers_reach_both_ends_and_no_further() {
        let mut draw = Draw::new(Seed(2), 0);
        for (low, high) in [(1, 3), (-2, 2), (7, 7), (i64::MAX - 1, i64::MAX)] {
            let drawn: Vec<i64> = (0..200).map(|_| draw.between(low, high)).collect();
            assert_eq!(drawn.iter().min(), Some(&low));
            assert_eq!(drawn.iter().max(), Some(&high));
        }
        let drawn: Vec<i64> = (0..200).map(|_| draw.between(i64::MIN, i64::MAX)).collect();
        assert!(drawn.iter().any(|n| *n < i64::MIN / 2) && drawn.iter().any(|n| *n > i64::MAX / 2));
    }

    #[test]
    fn values_are_fixed_for_ever() {
        // an old seed must send what it sent: these may not change
        let mut draw = Draw::new(Seed(1), 7);
        assert_eq!(String::from_utf8_lossy(&draw.uuid()), UUID);
        assert_eq!(draw.between(1, 1_000_000), NUMBER);
    }

    const UUID: &str = "69e888f5-5ede-4699-97e3-c445b6b9499d";
    const NUMBER: i64 = 405_830;
}
