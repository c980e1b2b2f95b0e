//! From a hash to what was entered under it: open addressing over a list that somebody else keeps.
//!
//! A search by halves looks at more entries the more there are; this looks at about one, however many routes a config
//! has. The table is made once, at most half full, of what the config says. So nobody who sends requests can
//! make it degenerate, and the hash may be a simple one, the same in every process: 64-bit FNV-1a, byte by byte, because
//! its users walk their text byte by byte anyway.

/// Slots per entry, at least: half of the table stays empty, so a search for what is not there ends soon.
const SLOTS_PER_ENTRY: usize = 2;

/// Numbers of entries by their hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Slots {
    /// A power of two of them, or none.
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    /// The upper half of the hash, so that most of what differs is passed over without a look at its text.
    tag: u32,
    entry: u32,
}

const EMPTY: Slot = Slot {
    tag: 0,
    entry: u32::MAX,
};

impl Slots {
    /// The entry that comes `n`-th gets the number `n`. No two may be the same.
    pub(super) fn new(hashes: &[Hash]) -> Slots {
        let mut slots = vec![EMPTY; (hashes.len() * SLOTS_PER_ENTRY).next_power_of_two()];
        for (entry, hash) in (0_u32..).zip(hashes) {
            let mut at = hash.place(slots.len());
            while slots[at] != EMPTY {
                at = (at + 1) & (slots.len() - 1);
            }
            slots[at] = Slot {
                tag: hash.tag(),
                entry,
            };
        }
        Slots { slots }
    }

    /// `same` says whether an entry is the one that is looked for.
    pub(super) fn find(&self, hash: Hash, same: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash.place(self.slots.len());
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                return None;
            }
            if slot.tag == hash.tag() && same(slot.entry) {
                return Some(slot.entry);
            }
            at = (at + 1) & mask;
        }
    }
}

/// FNV-1a of the bytes so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash(u64);

impl Hash {
    /// Texts below different numbers are different texts.
    pub(super) fn below(number: u32) -> Hash {
        Hash(0xcbf2_9ce4_8422_2325 ^ u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(super) fn with(self, byte: u8) -> Hash {
        Hash((self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    fn tag(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Of `slots`, which are a power of two: the lower bits, into which the upper ones are folded because FNV mixes upwards.
    fn place(self, slots: usize) -> usize {
        (self.0 ^ (self.0 >> 29)) as usize & (slots - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> Hash {
        text.bytes().fold(Hash::below(0), Hash::with)
    }

    #[test]
    fn every_entry_is_found_and_nothing_else() {
        for count in [0, 1, 2, 3, 100, 4_097] {
            let texts: Vec<String> = (0..count).map(|n| format!("segment-{n}")).collect();
            let hashes: Vec<Hash> = texts.iter().map(|text| hash(text)).collect();
            let slots = Slots::new(&hashes);
            let find = |text: &str| slots.find(hash(text), |entry| texts[entry as usize] == text);
            for (n, text) in (0_u32..).zip(&texts) {
                assert_eq!(find(text), Some(n), "{text} of {count}");
            }
            assert_eq!(find("segment"), None);
            assert_eq!(find(""), None);
        }
        assert_eq!(Slots::default().find(hash("a"), |_| true), None);
    }

    #[test]
    fn entries_of_one_hash_are_told_apart() {
        let slots = Slots::new(&[hash("a"); 3]);
        for n in 0..3 {
            assert_eq!(slots.find(hash("a"), |entry| entry == n), Some(n));
        }
        assert_eq!(slots.find(hash("a"), |_| false), None);
    }
}
