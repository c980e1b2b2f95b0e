//! A gateway as a process: what only the real world has, and what becomes calls of [`App`](crate::App).
//!
//! ```text
//! run       from the config's first reading to the last log line
//! sockets   where to listen, bound before any worker begins and for a reload before it is in force
//! workers   a thread each
//! file      the config on its disk, and when it is another
//! control   signals, changes of the file, and who asks: reloads, the stop, the hand-over
//! handover  the sockets go to a successor
//! ```
//!
//! One thread, the main one, does all that is not a request: it reads, judges and applies configs one after the other.

mod control;
mod ended;
mod file;
mod handover;
mod run;
mod sockets;
mod watch;
mod workers;

pub use ended::Ended;
pub use file::read;
pub use run::{Options, run};
