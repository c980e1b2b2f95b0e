//! `sim run`: a scenario from a seed, judged and reported.

use super::common::{Failure, document, failed, print, run_failed};
use sim::report;
use sim::trace::Recorder;
use std::path::PathBuf;
use world::{RealWorld, Seed};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The scenario's name; `sim list` has them
    name: String,
    /// Decides everything; a fresh one if not given
    #[arg(long)]
    seed: Option<u64>,
    /// Decide a knob by hand, as NAME=VALUE; may be given several times
    #[arg(long)]
    set: Vec<String>,
    /// Plant a bug in the gateway; `sim list` has them
    #[arg(long, value_name = "BUG")]
    plant: Option<String>,
    /// Write the trace to this file; `sim show` prints it as text
    #[arg(long)]
    trace: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let seed = match args.seed {
        Some(seed) => Seed(seed),
        None => RealWorld::fresh_seed().map_err(|error| failed(format!("get a seed: {error}")))?,
    };
    let document = document(&args.name, seed, &args.set, args.plant.as_deref())?;
    let recorder = match &args.trace {
        Some(path) => Recorder::to_file(path, &document.json())
            .map_err(|error| failed(format!("write the trace to {}: {error}", path.display())))?,
        None => Recorder::hash_only(),
    };
    let run = sim::run::play(document, None, recorder).map_err(run_failed)?;
    if args.json {
        print(&format!("{:#}\n", report::json(&run)))?;
    } else {
        print(&report::text(&run))?;
    }
    Ok(run.verdict().exit_code())
}
