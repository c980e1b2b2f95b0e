//! CPU work as a number of loops.
//!
//! `work:50us` means a busy loop of arithmetic that takes 50 µs on this machine when nothing else runs. How many
//! loops that is, [`calibrate`] finds out once at start and the caller passes on: the loop itself reads no clock,
//! so under contention it takes longer, as real work does. In the simulator, which has no CPU cost, the caller
//! passes zero and the work costs nothing.

use std::hint::black_box;
use std::time::Duration;
use tokio::time::Instant;

/// Length of one calibration round: long against a clock reading, short against a scheduler's time slice.
const ROUND_LOOPS: u64 = 200_000;

/// The fastest of this many rounds counts: the one that was interrupted least. All take some 30 ms.
const ROUNDS: usize = 64;

/// Loops that take a microsecond here, at least one. Blocks for some tens of milliseconds.
pub fn calibrate() -> u64 {
    burn(ROUND_LOOPS);
    let fastest = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        burn(ROUND_LOOPS);
        start.elapsed()
    });
    let micros = fastest.min().unwrap_or(Duration::ZERO).as_nanos() as f64 / 1e3;
    ((ROUND_LOOPS as f64 / micros.max(1.0)) as u64).max(1)
}

/// Does arithmetic that the compiler cannot remove: one dependent multiplication and xor per loop.
pub fn burn(loops: u64) -> u64 {
    let mut x = black_box(0x9e37_79b9_7f4a_7c15_u64);
    for _ in 0..loops {
        x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    black_box(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_depends_on_the_number_of_loops() {
        assert_ne!(burn(1), burn(2));
        assert!(calibrate() >= 1);
    }
}
