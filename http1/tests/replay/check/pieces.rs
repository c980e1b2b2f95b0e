//! Bytes cut into pieces, as they could come in from a stream.

/// Cuts `data` at places that `seed` gives: 0 is one byte at a time, the others are up to 2, 4, … 128 or 1 024 bytes.
pub(crate) fn pieces(seed: u8, data: &[u8]) -> Vec<&[u8]> {
    let longest = match seed % 9 {
        0 => 1,
        8 => 1_024,
        power => 1 << power,
    };
    let mut state = u32::from(seed).wrapping_mul(0x9e37_79b9) | 1;
    let mut rest = data;
    let mut out = Vec::new();
    while !rest.is_empty() {
        // xorshift32
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let len = (state as usize % longest + 1).min(rest.len());
        let (piece, behind) = rest.split_at(len);
        out.push(piece);
        rest = behind;
    }
    out
}
