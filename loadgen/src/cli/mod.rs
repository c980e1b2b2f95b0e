//! From the command line to the exit code.

mod args;
mod child;
mod compare;
mod cpu;
mod dispatch;
mod exit;
mod form;
mod gate;
mod live;
mod measure;
mod merge;
mod output;
mod plan;
mod plot;
mod report;
mod request_log;
mod run;
mod runtime;
mod search;
mod selfcheck;
mod target;
mod threads;
mod title;

pub(crate) use dispatch::main;
