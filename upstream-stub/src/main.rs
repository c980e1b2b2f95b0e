//! The `upstream-stub` binary: arguments in, threads, one line of JSON when ready. All behaviour is in the library.

mod cli;

use std::process::ExitCode;

/// The one that all our binaries have. A plain answer allocates nothing; a connection and a timed body do.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
