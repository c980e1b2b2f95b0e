//! Which keys were seen, and which of them more than once, in bounded memory.
//!
//! A key is remembered as its 64-bit FNV-1a hash (among a million keys two collide with probability 3·10⁻⁸), its
//! text is kept only once it is seen again: that is what one wants to read, and the common path then allocates
//! nothing. The keys are spread over stripes by hash, so that threads rarely meet at one lock and a repetition
//! is noticed whichever threads saw it.

use indexmap::IndexMap;
use serde::Serialize;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

const STRIPES: usize = 16;

/// Keys remembered per stripe: a million in all, some 32 MB at worst.
const KEYS_MAX: usize = (1 << 20) / STRIPES;

/// Repeated keys kept with their text, per stripe: a thousand in all, enough to debug with.
const TEXTS_MAX: usize = 64;

/// A repeated key's text is cut here.
const TEXT_BYTES_MAX: usize = 128;

/// What was seen of one kind of key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SeenSnapshot {
    /// Different keys.
    pub distinct: u64,
    /// Keys that came more than once.
    pub repeated: u64,
    /// Times a key came after there was no more room to remember it.
    pub overflowed: u64,
    /// How often the repeated ones came; bounded, so there may be more of them.
    pub repeats: IndexMap<String, u32, BuildHasherDefault<Fnv>>,
}

#[derive(Debug, Default)]
pub(super) struct Seen {
    stripes: [Mutex<Stripe>; STRIPES],
}

#[derive(Debug, Default)]
struct Stripe {
    times: IndexMap<u64, u32, BuildHasherDefault<Fnv>>,
    repeated: u64,
    overflowed: u64,
    repeats: IndexMap<String, u32, BuildHasherDefault<Fnv>>,
}

impl Seen {
    /// Notes a key and returns its hash.
    pub(super) fn note(&self, key: &[u8]) -> u64 {
        let hash = hash(key);
        let mut stripe = self.stripe(hash);
        let room = stripe.times.len() < KEYS_MAX;
        match stripe.times.get_mut(&hash) {
            Some(times) => {
                *times = times.saturating_add(1);
                let times = *times;
                stripe.again(key, times);
            }
            None if room => {
                stripe.times.insert(hash, 1);
            }
            None => stripe.overflowed += 1,
        }
        hash
    }

    /// How often a key was seen, as far as is remembered.
    pub(super) fn times(&self, key: &[u8]) -> u32 {
        let hash = hash(key);
        self.stripe(hash).times.get(&hash).copied().unwrap_or(0)
    }

    pub(super) fn snapshot(&self) -> SeenSnapshot {
        let mut all = SeenSnapshot::default();
        for stripe in &self.stripes {
            let stripe = lock(stripe);
            all.distinct += stripe.times.len() as u64;
            all.repeated += stripe.repeated;
            all.overflowed += stripe.overflowed;
            all.repeats
                .extend(stripe.repeats.iter().map(|(key, times)| (key.clone(), *times)));
        }
        // by text: the order of stripes means nothing to a reader
        all.repeats.sort_unstable_keys();
        all
    }

    pub(super) fn reset(&self) {
        for stripe in &self.stripes {
            *lock(stripe) = Stripe::default();
        }
    }

    fn stripe(&self, hash: u64) -> MutexGuard<'_, Stripe> {
        lock(&self.stripes[(hash >> 60) as usize % STRIPES])
    }
}

impl Stripe {
    fn again(&mut self, key: &[u8], times: u32) {
        if times == 2 {
            self.repeated += 1;
        }
        let text = String::from_utf8_lossy(&key[..key.len().min(TEXT_BYTES_MAX)]);
        if let Some(kept) = self.repeats.get_mut(text.as_ref()) {
            *kept = times;
        } else if self.repeats.len() < TEXTS_MAX {
            self.repeats.insert(text.into_owned(), times);
        }
    }
}

/// A panic elsewhere must not silence the ledger: its numbers are valid after every single operation.
fn lock(stripe: &Mutex<Stripe>) -> MutexGuard<'_, Stripe> {
    stripe.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hash(key: &[u8]) -> u64 {
    let mut hasher = Fnv::default();
    hasher.write(key);
    // FNV's high bits are weak for short keys, and they choose the stripe
    hasher.finish().wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// 64-bit FNV-1a: seedless, so that the same run has the same maps. Not for keys that an attacker chooses.
#[derive(Debug, Clone, Copy)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Keys that are hashes already are taken as they are.
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests;
