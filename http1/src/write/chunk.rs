//! The chunked coding (RFC 9112 §7.1), outgoing. No extensions.

use crate::head::Field;

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

/// Appends the end of the body with trailers; a field that is no trailer (RFC 9110 §6.5.1) is left out.
pub fn last_chunk_with<'a>(out: &mut Vec<u8>, trailers: impl IntoIterator<Item = Field<'a>>) {
    out.extend_from_slice(b"0\r\n");
    for field in trailers {
        if !field.name.id().is_no_trailer() {
            super::line(out, field.name.text(), field.value.bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_hexadecimal_without_leading_zeros() {
        for (len, size) in [
            (1, "1"),
            (9, "9"),
            (10, "a"),
            (16, "10"),
            (255, "ff"),
            (4_096, "1000"),
        ] {
            let mut out = Vec::new();
            chunk(&mut out, &vec![b'x'; len]);
            assert_eq!(out, format!("{size}\r\n{}\r\n", "x".repeat(len)).into_bytes());
        }
        let mut out = Vec::new();
        chunk(&mut out, b"");
        assert!(out.is_empty());
    }
}
