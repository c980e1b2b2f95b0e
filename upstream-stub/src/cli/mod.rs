//! The command line: [`args`] reads it, [`fleet`] makes replicas of it, [`boot`] runs them.

mod args;
mod boot;
mod fleet;

use args::Args;
use std::process::ExitCode;

/// Bad arguments or words.
const USAGE: u8 = 2;

/// A taken port, no descriptors, no threads.
const COULD_NOT_RUN: u8 = 1;

pub(crate) fn main() -> ExitCode {
    let args = Args::read();
    let fleet = match fleet::Fleet::new(&args) {
        Ok(fleet) => fleet,
        Err(errors) => {
            for error in errors {
                eprintln!("error: {error}");
            }
            eprintln!("\nFor all words, try '--help'.");
            return ExitCode::from(USAGE);
        }
    };
    match boot::run(&args, fleet) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: failed to {error}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}
