//! The simulator's tests in one program: they share simple hosts, and one link is quicker than seven.

mod bodies;
mod cancellation;
mod cli;
mod common;
mod corners;
mod determinism;
mod every_fault;
mod faults;
mod ground_truth;
mod overlaps;
mod plans;
mod replay;
mod scenarios;
mod shrink;
mod stops;
mod story;
mod streams;
mod sweep;
mod trace_format;
