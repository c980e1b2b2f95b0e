//! What it costs to find a route, in instructions: with 10 routes and with 1 000, which has to be the same.
//!
//! ```text
//! cargo bench -p gateway --bench instructions --profile dist             count, and compare with benches/instructions.csv
//! cargo bench -p gateway --bench instructions --profile dist -- --bless  count, and write the table
//! ```
//!
//! How it counts and judges is told where its parts come from: `http1/benches/instructions`.

mod cases;
#[path = "../../../http1/benches/instructions/count.rs"]
mod count;
#[path = "../../../http1/benches/instructions/runner.rs"]
mod runner;
#[path = "../../../http1/benches/instructions/table.rs"]
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::main()
}
