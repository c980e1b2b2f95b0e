//! The bytes that generated bodies are made of.
//!
//! One block of numbered lines, repeated: a body of any size is slices of it and allocates nothing,
//! and whoever receives one can tell from the line numbers what is missing or doubled within a block.
//!
//! A body is its request's own: that of request `n` of the load generator begins with line `n` of the block, so that one
//! which ends up with somebody else is found out by its first four bytes. It is the id itself and not a hash of it,
//! because requests that are about at one time have ids that are near each other: none of the next thousand has the same
//! body. Who sends no id gets the pattern from its beginning.

/// Length of the block. Also the largest slice handed out at once: what keeps a gigabyte body flat in memory.
pub const BLOCK: usize = 64 * 1_024;

/// Length of a line, its newline included.
pub const LINE: usize = 64;

const LINES: u64 = (BLOCK / LINE) as u64;

/// The block twice, so that a body that begins within it goes out in no more pieces than another one.
static PATTERN: [u8; 2 * BLOCK] = twice();

/// Where the body of a request begins in the pattern, by its `X-Load-Id`.
pub fn start(load_id: Option<u64>) -> u64 {
    load_id.unwrap_or(0) % LINES * LINE as u64
}

/// The bytes from `offset` of the endless pattern on: up to `len` of them, and up to a block.
pub fn slice(offset: u64, len: u64) -> &'static [u8] {
    let from = (offset % BLOCK as u64) as usize;
    let len = usize::try_from(len).unwrap_or(BLOCK).min(BLOCK);
    &PATTERN[from..from + len]
}

const fn twice() -> [u8; 2 * BLOCK] {
    let text = b"0000 tollgate upstream stub: the quick brown fox jumps over 13.";
    let digits = b"0123456789";
    let mut bytes = [b'\n'; 2 * BLOCK];
    let mut line = 0;
    while line < 2 * BLOCK / LINE {
        let mut i = 0;
        while i < text.len() {
            bytes[line * LINE + i] = text[i];
            i += 1;
        }
        let (mut number, mut place) = (line % (BLOCK / LINE), 4);
        while place > 0 {
            place -= 1;
            bytes[line * LINE + place] = digits[number % 10];
            number /= 10;
        }
        line += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_whole() {
        let all = slice(0, u64::MAX);
        assert_eq!(all.len(), BLOCK);
        for (i, line) in all.chunks(LINE).enumerate() {
            assert_eq!(line.last(), Some(&b'\n'));
            assert!(line.starts_with(format!("{i:04} ").as_bytes()));
        }
    }

    #[test]
    fn a_body_begins_with_the_line_of_its_request() {
        for (load_id, line) in [
            (None, "0000 "),
            (Some(0), "0000 "),
            (Some(7), "0007 "),
            (Some(1_023), "1023 "),
            (Some(1_025), "0001 "),
            (Some(u64::MAX), "1023 "),
        ] {
            let body = slice(start(load_id), 5);
            assert_eq!(body, line.as_bytes(), "{load_id:?}");
        }
    }

    #[test]
    fn slices_join_to_the_endless_pattern() {
        assert_eq!(slice(BLOCK as u64 + 3, 5), slice(3, 5));
        let whole = [slice(0, u64::MAX), slice(0, u64::MAX)].concat();
        for from in [1, LINE, BLOCK - 2] {
            assert!(
                slice(from as u64, u64::MAX) == &whole[from..from + BLOCK],
                "from {from}"
            );
        }
    }
}
