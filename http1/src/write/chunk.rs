//! The chunked coding (RFC 9112 §7.1), outgoing. No extensions, no trailers.

/// Hexadecimal digits of a `usize`.
const DIGITS_MAX: usize = 16;

/// Appends one chunk. Nothing is written for no data: an empty chunk would end the body.
pub fn chunk(out: &mut Vec<u8>, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    out.reserve(DIGITS_MAX + data.len() + 4);
    let digits = (usize::BITS - data.len().leading_zeros()).div_ceil(4);
    for place in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(data.len() >> (4 * place)) & 15]);
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

/// Appends the end of the body.
pub fn last_chunk(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0\r\n\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_hexadecimal_without_leading_zeros() {
        for (len, size) in [(1, "1"), (9, "9"), (10, "a"), (16, "10"), (255, "ff"), (4_096, "1000")] {
            let mut out = Vec::new();
            chunk(&mut out, &vec![b'x'; len]);
            assert_eq!(out, format!("{size}\r\n{}\r\n", "x".repeat(len)).into_bytes());
        }
        let mut out = Vec::new();
        chunk(&mut out, b"");
        assert!(out.is_empty());
    }
}
