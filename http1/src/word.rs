//! Bytes looked at eight at a time, as one word, little endian: heads and log lines are looked at for every request.
//!
//! What is asked of bytes is answered in their high bits, in ways that carry from byte to byte: of the bits that are set
//! only the lowest is sure to be right, so it says where the first such byte is, and whether there is one at all. Of bytes
//! that are no ASCII the answer means nothing: whoever asks masks it by `!word`, or has them be found by the word itself.
//! (Mycroft, 1987.)

/// A bit for each byte.
pub const ONES: u64 = 0x0101_0101_0101_0101;
/// The bits that answers are in.
pub const HIGH: u64 = 0x8080_8080_8080_8080;

/// Which bytes are below `least`, which is at most 0x80.
#[inline(always)]
pub const fn below(word: u64, least: u8) -> u64 {
    word.wrapping_sub(ONES * least as u64)
}

/// Which bytes are `byte`, which is ASCII.
#[inline(always)]
pub const fn is(word: u64, byte: u8) -> u64 {
    below(word ^ (ONES * byte as u64), 1)
}

/// Whether `found` answers for no byte of `text`. Of a short text it is asked about `a` as well.
#[inline(always)]
pub fn none(text: &[u8], found: impl Fn(u64) -> u64) -> bool {
    let found = |word: &[u8; 8]| found(u64::from_le_bytes(*word));
    let found = match text.last_chunk::<8>() {
        // the last one may overlap the one before
        Some(last) => text
            .as_chunks::<8>()
            .0
            .iter()
            .fold(found(last), |before, word| before | found(word)),
        None => {
            let mut word = [b'a'; 8];
            word[..text.len()].copy_from_slice(text);
            found(&word)
        }
    };
    found & HIGH == 0
}
