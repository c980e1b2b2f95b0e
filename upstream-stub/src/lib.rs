//! Seeded upstream servers that misbehave on request.
//!
//! A [`Replica`] answers any request on any path as its [`Behaviour`] says, and its [`Script`] changes that
//! behaviour over time. Everything it decides is a function of (seed, replica, request number); see [`chance`].
//! A [`Server`] puts a replica on one listener of one thread, [`Control`] lets its [`ledger`] be read.
//!
//! Ranks, low to high; a module imports only lower ones:
//! `event`, `units`, `pattern`, `cpu`, `line`, `message` · `behaviour`, `ledger`, `marks` · `script`, `chance`, `wish`,
//! `frames`, `opening` · `replica` · `session` · `outgoing` · `exchange` · `http` (the only one that starts the
//! engine) · `server`, `control` · the binary.

pub mod behaviour;
pub mod chance;
mod control;
pub mod cpu;
mod event;
mod exchange;
mod frames;
mod http;
pub mod ledger;
mod line;
mod marks;
mod message;
mod opening;
mod outgoing;
pub mod pattern;
mod replica;
mod script;
mod server;
mod session;
mod units;
mod wish;

pub use behaviour::Behaviour;
pub use chance::{Chance, Plan};
pub use control::{Control, control};
pub use event::{Event, Fault, Later, Marks, Who};
pub use ledger::{Ledger, LedgerSnapshot};
pub use replica::Replica;
pub use script::Script;
pub use server::{Server, serve};
