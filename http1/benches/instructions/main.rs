//! What the engine costs, in instructions: the figure that a busy machine cannot blur, held against a committed table.
//!
//! ```text
//! just bench                   count every case and compare with benches/instructions.csv
//! just bench parse/request     only the cases whose names contain this
//! just bench --bless           count, and write what was counted into the table
//! ```
//!
//! A case that takes more than its row's tolerance above its row fails the run; one that takes as much less says so, and
//! asks for the better figure to be kept. Rows without a case and cases without a row fail. Yardsticks (httparse on the
//! same heads) are printed and never judged: they check less, and choose their code by the processor.
//!
//! **How it counts.** This program starts itself under valgrind's cachegrind, without its cache simulation, twice for each
//! case, for different numbers of rounds. The difference of both totals, divided by that of the rounds, is the figure:
//! start-up, set-up and first growth of buffers are in both and vanish. The C library's copies are held to those that every
//! x86-64 has, so that processors agree too. Built with the profile that ships (`dist`: one code unit, so that code that is
//! elsewhere does not move what is inlined here); the table says for which compiler, and counts of another may differ.
//!
//! It is no iai-callgrind or gungraun, because these keep what they compare with in `target`, not in the repository, and
//! need a runner of exactly their version, which takes longer to build than all of this takes to run.
//!
//! Without valgrind, or on another architecture than the table's, nothing is judged: that is success, unless `CI` is set.
//! `cargo test` starts this program too, without cargo's `--bench`: then every case runs once for what it asserts.

mod cases;
mod count;
mod runner;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::main()
}
