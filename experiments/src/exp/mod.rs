//! The experiments: one file each, and the one table they are rows of.
//!
//! The command line, its help, the index of reports and the checks on README and justfile are made from
//! [`registry`]. An experiment measures ([`Experiment::run`] writes data files and returns claims) and draws
//! ([`Experiment::draw`], a pure function of those files); it knows nothing of other experiments.

mod balance;
mod canary;
mod ceiling;
mod context;
mod experiment;
mod hedge;
mod peers;
mod real;
mod registry;
mod reuse;
mod simulated;
mod tax;

pub use context::Context;
pub use experiment::{Drawing, Experiment, Running, World};
pub use registry::{find, registry};

#[cfg(test)]
pub(crate) use tax::tests::write_sample;
