//! From the command line to the exit code.

mod args;
mod cpu;
mod dispatch;
mod exit;
mod output;
mod plan;
mod run;
mod selfcheck;
mod threads;
mod url;

pub(crate) use dispatch::main;
