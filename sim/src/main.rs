//! The `sim` program: runs scenarios inside the simulator, lists them, and checks that a seed decides everything.
//!
//! Standard output is the report, standard error is what went wrong. Exit codes are in `--help`.

use clap::{Args, Parser, Subcommand};
use sim::report;
use sim::run::{Run, RunError, run};
use sim::scenarios::{self, Entry, SCENARIOS};
use sim::selfcheck;
use sim::trace::{DecodeError, Reader, Recorder, Renderer, first_difference};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use world::{RealWorld, Seed};

const EXIT_CODES: &str = "Exit codes:
  0    everything holds
  1    it could not run
  2    wrong usage, or no such scenario
  3    an oracle or expectation was violated; traces that must be equal are not
  4    invalid: the run did not show what it was to show, so nothing was judged
  5    liveness lost: it did not recover in time
  101  crash: a panic, which is a bug";

/// The gateway inside a deterministic network simulator.
#[derive(Parser)]
#[command(after_help = EXIT_CODES, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a scenario from a seed and judge it
    #[command(after_help = EXIT_CODES)]
    Run(RunArgs),
    /// List the scenarios
    List,
    /// Check that the same seed gives the same trace: twice in this process and once in a child
    #[command(after_help = EXIT_CODES)]
    Selfcheck {
        /// The scenario; all of them if not given
        #[arg(long)]
        scenario: Option<String>,
        /// How many seeds, from 1 on
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        seeds: u64,
    },
    /// Print a trace file as text, one event a line
    Show { file: PathBuf },
    /// Show the first event in which two trace files differ
    Diff { left: PathBuf, right: PathBuf },
}

#[derive(Args)]
struct RunArgs {
    /// The scenario's name; `sim list` has them
    name: String,
    /// Decides everything; a fresh one if not given
    #[arg(long)]
    seed: Option<u64>,
    /// Decide a knob by hand, as NAME=VALUE; may be given several times
    #[arg(long)]
    set: Vec<String>,
    /// Write the trace to this file; `-` prints it as text in place of the report
    #[arg(long)]
    trace: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(code) => ExitCode::from(code),
        Err(Failure { code, message }) => {
            eprintln!("sim: {message}");
            ExitCode::from(code)
        }
    }
}

struct Failure {
    code: u8,
    message: String,
}

/// It could not run.
fn failed(error: impl Display) -> Failure {
    Failure {
        code: 1,
        message: format!("failed to {error}"),
    }
}

fn dispatch(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Run(args) => run_one(&args),
        Command::List => list(),
        Command::Selfcheck { scenario, seeds } => selfcheck(scenario.as_deref(), seeds),
        Command::Show { file } => show(&read(&file)?).map(|()| 0),
        Command::Diff { left, right } => diff(&read(&left)?, &read(&right)?),
    }
}

fn run_one(args: &RunArgs) -> Result<u8, Failure> {
    let entry = find(&args.name)?;
    let seed = match args.seed {
        Some(seed) => Seed(seed),
        None => RealWorld::fresh_seed().map_err(|error| failed(format!("get a seed: {error}")))?,
    };
    let as_text = args.trace.as_ref().is_some_and(|path| path.as_os_str() == "-");
    let recorder = match &args.trace {
        Some(path) if !as_text => Recorder::to_both(path)
            .map_err(|error| failed(format!("write the trace to {}: {error}", path.display())))?,
        _ => Recorder::in_memory(),
    };
    let done: Run = run(entry, seed, &args.set, recorder).map_err(|error| match error {
        RunError::Knobs(errors) => Failure {
            code: 2,
            message: errors.to_string(),
        },
        other => failed(other),
    })?;
    if as_text {
        show(done.trace.bytes.as_deref().unwrap_or_default())?;
    } else if args.json {
        print(&format!("{:#}\n", report::json(&done)))?;
    } else {
        print(&report::text(&done))?;
    }
    Ok(done.verdict().exit_code())
}

fn list() -> Result<u8, Failure> {
    let width = SCENARIOS
        .iter()
        .map(|entry| entry.name.len())
        .max()
        .unwrap_or_default();
    let lines: String = SCENARIOS
        .iter()
        .map(|entry| format!("{:width$}  {}\n", entry.name, entry.about))
        .collect();
    print(&lines).map(|()| 0)
}

fn selfcheck(scenario: Option<&str>, seeds: u64) -> Result<u8, Failure> {
    let sim =
        std::env::current_exe().map_err(|error| failed(format!("find this program's file: {error}")))?;
    let mut good = true;
    let chosen = scenario.map(find).transpose()?;
    for entry in SCENARIOS
        .iter()
        .filter(|entry| chosen.is_none_or(|chosen| chosen.name == entry.name))
    {
        let mut hashes = BTreeSet::new();
        for seed in (1..=seeds).map(Seed) {
            let checked = selfcheck::check(entry, seed, &sim).map_err(failed)?;
            print(&checked_line(entry, &checked))?;
            good &= checked.is_good();
            if !hashes.insert(checked.hash) {
                print(&format!(
                    "{} seed {seed}: same trace as another seed's\n",
                    entry.name
                ))?;
                good = false;
            }
        }
    }
    print(if good {
        "every seed gave one trace, and each its own\n"
    } else {
        "NOT deterministic\n"
    })?;
    Ok(if good { 0 } else { 3 })
}

fn checked_line(entry: &Entry, checked: &selfcheck::Checked) -> String {
    let mut line = format!(
        "{} seed {}: sha256 {}, {} events, run {}, {:.0} simulated requests per CPU-second",
        entry.name,
        checked.seed,
        checked.hash,
        checked.events,
        checked.verdict.name(),
        checked.requests_per_cpu_second
    );
    for (which, difference) in &checked.differences {
        let end = "(the trace ends)";
        line.push_str(&format!(
            "\n  DIFFERS {which} after {} equal events\n    here  {}\n    there {}",
            difference.same,
            difference.left.as_deref().unwrap_or(end),
            difference.right.as_deref().unwrap_or(end)
        ));
    }
    line.push('\n');
    line
}

fn show(trace: &[u8]) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut renderer = Renderer::default();
    for record in Reader::new(trace).map_err(failed)? {
        let line = renderer.line(&record.map_err(failed)?);
        writeln!(out, "{line}").map_err(|error| failed(format!("print: {error}")))?;
    }
    out.flush().map_err(|error| failed(format!("print: {error}")))
}

fn diff(left: &[u8], right: &[u8]) -> Result<u8, Failure> {
    let decode = |error: DecodeError| failed(error);
    let Some(difference) = first_difference(left, right).map_err(decode)? else {
        print("the traces are equal\n")?;
        return Ok(0);
    };
    print(&format!("{} equal events, then\n", difference.same))?;
    for (sign, line) in [("-", difference.left), ("+", difference.right)] {
        print(&format!(
            "{sign} {}\n",
            line.as_deref().unwrap_or("(the trace ends)")
        ))?;
    }
    Ok(3)
}

fn find(name: &str) -> Result<&'static Entry, Failure> {
    scenarios::find(name).ok_or_else(|| {
        let known: Vec<_> = SCENARIOS.iter().map(|entry| entry.name).collect();
        let message = format!("no scenario {name:?}; there are: {}", known.join(", "));
        Failure { code: 2, message }
    })
}

fn read(path: &PathBuf) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| failed(format!("read {}: {error}", path.display())))
}

/// Unlike `print!`, a closed pipe is an error and not a panic.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| failed(format!("print: {error}")))
}
