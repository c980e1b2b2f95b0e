//! The experiments: one file each, and the one table they are rows of.
//!
//! The command line, its help, the index of reports and the checks on README and justfile are made from
//! [`registry`]. An experiment measures ([`Experiment::run`] writes data files and returns claims) and draws
//! ([`Experiment::draw`], a pure function of those files); it knows nothing of other experiments.

mod balance;
mod canary;
mod ceiling;
mod containment;
mod context;
mod drain;
mod experiment;
mod hedge;
mod herd;
mod overload;
mod peers;
mod real;
mod registry;
mod reload;
mod retry_storm;
mod reuse;
mod shared;
mod simulated;
mod sockets;
mod tax;

pub use context::Context;
pub use experiment::{Comparing, Drawing, Experiment, Running, World};
pub use registry::{find, registry};

#[cfg(test)]
pub(crate) use tax::tests::{sample_run, write_sample};
