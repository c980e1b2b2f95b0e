//! Room for a strict HTTP/1.1 engine of our own, for both roles: a sans-I/O core and one loop for each role above it.
//!
//! Empty by intent: nothing depends on it yet. Until it exists, hyper does this work behind the narrow seams that
//! ARCHITECTURE.md names, and this crate keeps its place on floor 1.
