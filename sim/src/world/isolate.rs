//! A thread of its own for each simulation.
//!
//! `std`'s hash maps in dependencies take their seed from the OS once per thread and count up from it, so a
//! second simulation on one thread would iterate them in another order than the first would on its own.

use std::thread;

/// As much as a main thread has: the hosts' programs are debug builds of deep futures.
const STACK_BYTES: usize = 8 << 20;

/// Runs `f` on a fresh thread and waits for it. A panic in there is a panic here.
pub fn isolated<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let spawned = thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, f);
        let handle = spawned.expect("the OS gives one more thread");
        handle
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
