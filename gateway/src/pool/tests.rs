//! Two workers' pools on one thread, over a network of memory: what is tested is who gets which connection, and when.

mod bench;
mod lives;
mod property;
mod queue;
