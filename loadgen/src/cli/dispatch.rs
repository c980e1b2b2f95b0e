//! From the command line to the exit code: which command, and its errors printed.

use super::exit::Refusal;
use super::{args, compare, merge, plot, report, run, search, selfcheck};
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// Open-model HTTP load generator: every request has an intended time and is sent at that time, whatever became
/// of the ones before. Latency counts from the intended time, so a server that stands still cannot hide it
/// (coordinated omission). It judges itself, and says INVALID when it did not do what it planned. `loadgen run --help`
/// lists all that a run can be told
#[derive(Debug, Parser)]
#[command(name = "loadgen", version, after_help = args::EXAMPLES, override_usage = "loadgen [run] <URL> -R <RATE> [OPTIONS]\n       loadgen <COMMAND>")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure a URL; the command's name may be left out
    #[command(visible_alias = "attack", after_help = args::EXAMPLES)]
    Run(Box<args::Args>),
    /// Find the highest rate that is valid and within the service levels
    #[command(after_help = search::HELP)]
    Search(search::Args),
    /// Set two results side by side, or run two targets interleaved: what differs, and how sure that is
    #[command(after_help = compare::HELP)]
    Compare(Box<compare::Args>),
    /// Add results of several generators up to one, exactly
    #[command(after_help = merge::HELP)]
    Merge(merge::Args),
    /// Write a result in another form, or judge it by other levels
    #[command(after_help = report::HELP)]
    Report(report::Args),
    /// Draw results of earlier runs
    Plot(plot::PlotArgs),
    /// Whether this machine and this generator can be trusted, and down to what
    Selfcheck(selfcheck::Args),
}

pub(crate) fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match dispatch(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(Refusal { code, errors }) => {
            for error in errors {
                eprintln!("loadgen: failed to {error}");
            }
            ExitCode::from(code)
        }
    }
}

fn dispatch(mut arguments: Vec<OsString>) -> Result<u8, Refusal> {
    if is_bare_run(&arguments) {
        arguments.insert(1, "run".into());
    }
    let Cli { command } = Cli::parse_from(&arguments);
    match command {
        Command::Run(args) => run::run(*args, &arguments[2..]),
        Command::Search(args) => search::run(&args, &arguments[2..]),
        Command::Compare(args) => compare::run(*args),
        Command::Merge(args) => merge::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Plot(args) => plot::plot(args),
        Command::Selfcheck(args) => selfcheck::run(args),
    }
}

/// `loadgen URL …` and `loadgen -R … URL` mean `run`: what comes first is no command, nor asks for help.
fn is_bare_run(arguments: &[OsString]) -> bool {
    let Some(first) = arguments.get(1).and_then(|first| first.to_str()) else {
        return arguments.len() > 1;
    };
    let cli = <Cli as clap::CommandFactory>::command();
    let known =
        cli.find_subcommand(first).is_some() || ["help", "-h", "--help", "-V", "--version"].contains(&first);
    !known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_may_be_left_out() {
        let bare = |words: &[&str]| {
            let mut all = vec![OsString::from("loadgen")];
            all.extend(words.iter().map(OsString::from));
            is_bare_run(&all)
        };
        assert!(bare(&["http://h/", "-R", "1"]) && bare(&["-R", "1", "http://h/"]));
        assert!(!bare(&["run", "http://h/"]) && !bare(&["attack"]) && !bare(&["--help"]) && !bare(&[]));
    }

    #[test]
    fn the_command_line_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
