//! From the command line to the exit code.

mod args;
mod child;
mod compare;
mod cpu;
mod dispatch;
mod exit;
mod form;
mod merge;
mod output;
mod plan;
mod report;
mod run;
mod search;
mod threads;
mod url;

pub(crate) use dispatch::main;
