//! Validation: the raw tree against what the gateway knows, section by section, to a [`Plan`](super::Plan).
//!
//! Every section is read to its end whatever is wrong in it, and gives a value even so: its defaults, or
//! what could be read. Only when no section has reported anything is the plan handed out, so a value that
//! stands in for a wrong one is never seen.

mod balance;
mod breaker;
mod concurrency;
mod document;
mod headers;
mod health;
mod listen;
mod pool;
mod route;
mod server;
mod shutdown;
mod trace;
mod upstream;

pub use document::load;
