//! `sim run`: a scenario from a seed, judged and reported.

use super::common::{Failure, distinct, document, failed, print, run_failed};
use super::{narrate, picture};
use sim::narrate::Options;
use sim::report;
use sim::story::Source;
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
    /// Tell the run as the timeline of an incident, before the report
    #[arg(long, conflicts_with = "json")]
    narrate: bool,
    /// Draw it: an SVG for each variant, numbered if there are several
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Draw it and tell it, on one page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write it for ui.perfetto.dev and chrome://tracing
    #[arg(long, value_name = "FILE")]
    perfetto: Option<PathBuf>,
}

impl Args {
    /// Whether anything is made of the trace afterwards.
    fn tells(&self) -> bool {
        self.narrate || self.svg.is_some() || self.html.is_some() || self.perfetto.is_some()
    }
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    distinct(&[
        ("--trace", args.trace.as_deref()),
        ("--svg", args.svg.as_deref()),
        ("--html", args.html.as_deref()),
        ("--perfetto", args.perfetto.as_deref()),
    ])?;
    let seed = match args.seed {
        Some(seed) => Seed(seed),
        None => RealWorld::fresh_seed().map_err(|error| failed(format!("get a seed: {error}")))?,
    };
    let document = document(&args.name, seed, &args.set, args.plant.as_deref())?;
    // what tells of a run is made from its trace
    let kept = match args.tells() && args.trace.is_none() {
        true => {
            Some(tempfile::NamedTempFile::new().map_err(|error| failed(format!("keep the trace: {error}")))?)
        }
        false => None,
    };
    let path = args.trace.as_deref().or(kept.as_ref().map(|kept| kept.path()));
    let recorder = match path {
        Some(path) => Recorder::to_file(path, &document.json())
            .map_err(|error| failed(format!("write the trace to {}: {error}", path.display())))?,
        None => Recorder::hash_only(),
    };
    let run = sim::run::play(document, None, recorder).map_err(run_failed)?;
    if let Some(path) = path {
        told(args, &Source::File(path.to_owned()))?;
    }
    if args.json {
        print(&format!("{:#}\n", report::json(&run)))?;
    } else {
        print(&report::text(&run))?;
    }
    Ok(run.verdict().exit_code())
}

/// Everything that was asked for beside the report.
fn told(args: &Args, source: &Source) -> Result<(), Failure> {
    if args.narrate {
        narrate::told(source, &Options::default())?;
        print("\n")?;
    }
    if let Some(path) = &args.svg {
        picture::svg(source, path)?;
    }
    if let Some(path) = &args.html {
        picture::html(source, path)?;
    }
    match &args.perfetto {
        Some(path) => picture::events(source, path),
        None => Ok(()),
    }
}
