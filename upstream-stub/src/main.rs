//! The `upstream-stub` binary: arguments in, threads, one line of JSON when ready. All behaviour is in the library.

mod cli;

use std::process::ExitCode;

/// Chosen for its cheap small allocations: the engine makes several per request.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
