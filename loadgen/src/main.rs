//! The `loadgen` binary: arguments in, threads, text or JSON out. All measuring is in the library.

mod cli;

use std::process::ExitCode;

/// Chosen for its cheap small allocations: a request makes a dozen.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
