//! Counts allocations, for the instrumented build (`count-alloc`) only: what a request allocates is a figure
//! that no noise can touch.
#![expect(
    unsafe_code,
    reason = "a global allocator can only be written with unsafe; it passes every call on"
)]

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicU64, Ordering};

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// Allocations and bytes asked for since the process started; a reallocation counts as one of its new size.
pub fn counts() -> (u64, u64) {
    (ALLOCATIONS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed))
}

/// Counts, and leaves the work to `A`.
#[derive(Debug)]
pub struct Counting<A>(pub A);

impl<A> Counting<A> {
    fn count(&self, bytes: usize) {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

// SAFETY: every method passes its arguments to `A` unchanged and returns what `A` returns, so `A`'s own
// guarantees hold; counting allocates nothing and cannot unwind.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counting<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size());
        // SAFETY: the caller keeps `alloc`'s contract, which is `A`'s
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract, and the pointer came from `A`
        unsafe { self.0.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size());
        // SAFETY: the caller keeps `alloc_zeroed`'s contract, which is `A`'s
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        self.count(new_size);
        // SAFETY: the caller keeps `realloc`'s contract, and the pointer came from `A`
        unsafe { self.0.realloc(pointer, layout, new_size) }
    }
}
