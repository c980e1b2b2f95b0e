//! The bytes that generated bodies are made of.
//!
//! One static block of numbered lines, repeated: a body of any size is slices of it and allocates nothing,
//! and whoever receives one can tell from the line numbers what is missing or doubled within a block.

/// Length of the block. Also the largest slice handed out at once: what keeps a gigabyte body flat in memory.
pub const BLOCK: usize = 64 * 1_024;

/// Length of a line, its newline included.
pub const LINE: usize = 64;

static PATTERN: [u8; BLOCK] = block();

/// The bytes from `offset` of the endless pattern on: up to `len` of them, and up to the end of the block.
pub fn slice(offset: u64, len: u64) -> &'static [u8] {
    let from = (offset % BLOCK as u64) as usize;
    let len = usize::try_from(len).unwrap_or(BLOCK).min(BLOCK - from);
    &PATTERN[from..from + len]
}

const fn block() -> [u8; BLOCK] {
    let text = b"0000 tollgate upstream stub: the quick brown fox jumps over 13.";
    let digits = b"0123456789";
    let mut bytes = [b'\n'; BLOCK];
    let mut line = 0;
    while line < BLOCK / LINE {
        let mut i = 0;
        while i < text.len() {
            bytes[line * LINE + i] = text[i];
            i += 1;
        }
        let (mut number, mut place) = (line, 4);
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
    fn slices_join_to_the_endless_pattern() {
        assert_eq!(slice(BLOCK as u64 + 3, 5), slice(3, 5));
        assert_eq!(slice(BLOCK as u64 - 2, 10).len(), 2);
    }
}
