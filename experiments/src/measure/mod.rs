//! What a process costs: CPU time, instructions, system calls, allocations, files and memory.
//!
//! Two kinds of figures. *Steady* ones (instructions, system calls, allocations) are counted over two run
//! lengths and divided by the difference, so that start-up, connecting and shutting down cancel out; noise cannot
//! touch them. *Noisy* ones (CPU time) are only worth something interleaved with what they are compared to.
//!
//! Everything is read from texts that `/proc` and the tools print; parsing is pure and tested on such texts.

mod allocations;
mod cpu;
mod figure;
mod instructions;
mod metrics;
mod process;
mod profile;
mod syscalls;

pub use allocations::{AllocationCount, parse_allocations};
pub use cpu::{CpuTime, cpu_time, run_queue_wait, sleeps};
pub use figure::{Figure, per_request, per_request_if_any};
pub use instructions::{cachegrind, parse_instructions};
pub use metrics::sum_of;
pub use process::{Footprint, footprint};
pub use profile::{Owner, owners, stacks};
pub use syscalls::{parse_syscalls, strace};
