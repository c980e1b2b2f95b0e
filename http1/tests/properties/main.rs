//! What holds for all messages: writing and reading are inverse, however the bytes are cut, and no bytes do harm.

#[path = "../driver/mod.rs"]
mod driver;

mod bodies;
mod heads;
mod strategies;
mod wild;
