//! The `sim` program: plays scenarios inside the simulator, breaks them, judges them, replays and shrinks what fails.
//!
//! Standard output is the report, standard error is what went wrong and how far it is. Exit codes are in `--help`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
