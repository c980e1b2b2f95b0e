//! What the cells that workers share are made of. A module of its own so that a test can put loom's in its place.

pub(super) use std::sync::Mutex;
pub(super) use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
