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
static FREES: AtomicU64 = AtomicU64::new(0);
static FREED_BYTES: AtomicU64 = AtomicU64::new(0);

/// Since the process started. A reallocation counts as one allocation of its new size and one free of its old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub allocations: u64,
    /// Asked for; the allocator rounds up.
    pub bytes: u64,
    pub frees: u64,
    pub freed_bytes: u64,
}

impl Counts {
    /// Bytes that are allocated and not freed yet.
    pub fn live_bytes(self) -> u64 {
        // read one after the other, so for a moment more can seem freed than was allocated
        self.bytes.saturating_sub(self.freed_bytes)
    }

    /// The same in allocations.
    pub fn live(self) -> u64 {
        self.allocations.saturating_sub(self.frees)
    }
}

pub fn counts() -> Counts {
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    Counts {
        allocations: read(&ALLOCATIONS),
        bytes: read(&BYTES),
        frees: read(&FREES),
        freed_bytes: read(&FREED_BYTES),
    }
}

/// Counts, and leaves the work to `A`.
#[derive(Debug)]
pub struct Counting<A>(pub A);

impl<A> Counting<A> {
    /// What could not be had is not counted.
    fn allocated(&self, pointer: *mut u8, bytes: usize) -> *mut u8 {
        if !pointer.is_null() {
            ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
            BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
        }
        pointer
    }

    fn freed(&self, bytes: usize) {
        FREES.fetch_add(1, Ordering::Relaxed);
        FREED_BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

// SAFETY: every method passes its arguments to `A` unchanged and returns what `A` returns, so `A`'s own
// guarantees hold; counting allocates nothing and cannot unwind.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counting<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `alloc`'s contract, which is `A`'s
        let pointer = unsafe { self.0.alloc(layout) };
        self.allocated(pointer, layout.size())
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.freed(layout.size());
        // SAFETY: the caller keeps `dealloc`'s contract, and the pointer came from `A`
        unsafe { self.0.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `alloc_zeroed`'s contract, which is `A`'s
        let pointer = unsafe { self.0.alloc_zeroed(layout) };
        self.allocated(pointer, layout.size())
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller keeps `realloc`'s contract, and the pointer came from `A`
        let moved = unsafe { self.0.realloc(pointer, layout, new_size) };
        if !moved.is_null() {
            self.freed(layout.size());
        }
        self.allocated(moved, new_size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::System;

    /// One after the other in one test: the counts are the process's, and nothing else here goes through them.
    #[test]
    fn what_is_allocated_moved_and_freed_is_counted() {
        let counting = Counting(System);
        let layout = Layout::from_size_align(100, 8).unwrap();
        let before = counts();
        let check = |allocations, bytes, live, live_bytes| {
            let now = counts();
            let grown = (
                now.allocations - before.allocations,
                now.bytes - before.bytes,
                now.live() - before.live(),
                now.live_bytes() - before.live_bytes(),
            );
            assert_eq!(grown, (allocations, bytes, live, live_bytes));
        };
        // SAFETY: each pointer is used with the layout it was made with, once
        unsafe {
            let first = counting.alloc(layout);
            check(1, 100, 1, 100);
            let second = counting.alloc_zeroed(layout);
            check(2, 200, 2, 200);
            let moved = counting.realloc(first, layout, 300);
            check(3, 500, 2, 400);
            counting.dealloc(second, layout);
            check(3, 500, 1, 300);
            counting.dealloc(moved, Layout::from_size_align(300, 8).unwrap());
            check(3, 500, 0, 0);
        }
    }
}
