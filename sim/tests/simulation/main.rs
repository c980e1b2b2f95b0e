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
mod replay;
mod shrink;
mod plans;
mod scenarios;
mod stops;
mod story;
mod streams;
mod sweep;
mod trace_format;
