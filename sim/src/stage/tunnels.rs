//! Both ends of tunnels: a host that opens them one after the other, and the host that they lead to, which says everything back.
//!
//! They speak by themselves, without the engine that gateway, stub and load generator stand on. What is said is lines, so that a line that
//! was heard is one that was said; each side tells of all that it has said and heard, by length and CRC-32. How a tunnel goes is in
//! its path, so both sides know it, and follows from its number and the seed.

mod client;
mod echo;
mod side;

pub(super) use client::add_tunnels;
pub(super) use echo::add_echo;
