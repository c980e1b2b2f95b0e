//! From the command line to the exit code.

mod args;
mod cpu;
mod dispatch;
mod exit;
#[expect(
    dead_code,
    unused_imports,
    reason = "shown by a run once its threads tell of themselves"
)]
mod live;
mod output;
mod plan;
mod run;
mod threads;
mod url;

pub(crate) use dispatch::main;
