//! The command line: one file per command.

mod common;
mod files;
mod golden;
mod list;
mod merge;
mod narrate;
mod picture;
mod progress;
mod replay;
mod results;
mod run;
mod selfcheck;
mod shrink;
mod situation;
mod subject;
mod sweep;

use clap::{Parser, Subcommand};
use common::{EXIT_CODES, Failure};
use std::process::ExitCode;

/// The gateway inside a deterministic network simulator.
#[derive(Parser)]
#[command(version, after_help = EXIT_CODES, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List scenarios, faults, oracles and planted bugs, a line each
    List,
    /// Run a scenario from a seed and judge it
    #[command(after_help = EXIT_CODES)]
    Run(run::Args),
    /// Run many seeds of a scenario, or of all, on all cores, and count what came of them
    #[command(after_help = results::EXIT_CODES)]
    Sweep(sweep::Args),
    /// Add up the results of a sweep's shards, as if one machine had played them all
    #[command(after_help = results::EXIT_CODES)]
    Merge(merge::Args),
    /// Check the simulator itself: one trace per seed, in any process and build, and every planted bug is caught
    #[command(after_help = EXIT_CODES)]
    Selfcheck(selfcheck::Args),
    /// Compare the traces kept in the repository, or accept what is new
    #[command(after_help = EXIT_CODES)]
    Golden(golden::Args),
    /// Play a run once more and compare; or stop it on the way and see where things stand
    Replay(replay::Args),
    /// Make a failing run small: the fewest faults and requests that still fail, as a replay file
    Shrink(shrink::Args),
    /// Print a trace file as text, one event a line
    Show(files::ShowArgs),
    /// Tell a trace file as the timeline of an incident
    Narrate(narrate::Args),
    /// Draw a trace file: hosts over time, faults, requests, findings
    Picture(picture::Args),
    /// Write a trace file for ui.perfetto.dev and chrome://tracing
    Perfetto(picture::PerfettoArgs),
    /// Show the first event in which two trace files differ
    Diff(files::DiffArgs),
}

pub(crate) fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::List => list::list(),
        Command::Run(args) => run::run(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::Selfcheck(args) => selfcheck::selfcheck(&args),
        Command::Golden(args) => golden::golden(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Shrink(args) => shrink::run(&args),
        Command::Show(args) => files::show(&args),
        Command::Narrate(args) => narrate::narrate(&args),
        Command::Picture(args) => picture::picture(&args),
        Command::Perfetto(args) => picture::perfetto(&args),
        Command::Diff(args) => files::diff(&args),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(Failure { code, message }) => {
            eprintln!("sim: {message}");
            ExitCode::from(code)
        }
    }
}
