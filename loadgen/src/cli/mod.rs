//! From the command line to the exit code.

mod args;
mod cpu;
mod dispatch;
mod exit;
mod gate;
mod live;
mod measure;
mod output;
mod plan;
mod plot;
mod run;
mod target;
mod threads;
mod title;

pub(crate) use dispatch::main;
