//! `sim sweep`: many seeds, judged and counted.

use super::common::{Failure, Jobs, document, failed, find, usage};
use super::progress::Console;
use super::results::{give, writable};
use loadgen::ShardOf;
use scenarios::{Entry, SCENARIOS};
use sha2::{Digest, Sha256};
use sim::run;
use sim::sweep::{self, Plan, SHARDS_MAX, Seeds};
use sim::trace::Recorder;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use world::Seed;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The scenario's name, or `all`; `sim list` has them
    name: String,
    /// From A up to B: A..B without B, A..=B with it
    #[arg(long, value_name = "A..B", default_value = "0..100")]
    seeds: String,
    #[command(flatten)]
    jobs: Jobs,
    /// Play one share of the seeds, K from 0; with `auto` a Kubernetes Indexed Job or a Slurm array says which
    #[arg(long, value_name = "K/N|auto/N")]
    shard: Option<String>,
    /// Decide a knob by hand, as NAME=VALUE; may be given several times
    #[arg(long)]
    set: Vec<String>,
    /// Plant a bug in the gateway; `sim list` has them
    #[arg(long, value_name = "BUG")]
    plant: Option<String>,
    /// Write the results to this file, for `sim merge`
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print the results as JSON, the same as `--out` writes
    #[arg(long)]
    json: bool,
    /// Say nothing on standard error but what goes wrong with the sweep itself
    #[arg(long)]
    quiet: bool,
}

pub(super) fn sweep(args: &Args) -> Result<u8, Failure> {
    let plan = plan(args)?;
    if let Some(path) = &args.out {
        writable(path)?;
    }
    let mut console = Console::new(plan.count(), args.quiet);
    let swept = plan.swept();
    let play = |document| run::play(document, None, Recorder::hash_only());
    let results = sweep::sweep(&plan, args.jobs.get(), &play, &mut |progress| {
        console.tell(&progress, &swept);
    });
    console.finish();
    give(&results, args.out.as_deref(), args.json)
}

/// Everything that is wrong with what was asked for, at once.
fn plan(args: &Args) -> Result<Plan, Failure> {
    let mut errors = Vec::new();
    let mut told = |error: String| errors.push(error);
    let entries: Vec<&'static Entry> = match args.name.as_str() {
        "all" => SCENARIOS.iter().collect(),
        name => find(name)
            .map_err(|failure| told(failure.message))
            .into_iter()
            .collect(),
    };
    let seeds: Option<Seeds> = args
        .seeds
        .parse()
        .map_err(|error| told(format!("--seeds {error}")))
        .ok();
    let shard = args.shard.as_deref().map(|text| ShardOf::parse(text, SHARDS_MAX));
    let shard = shard
        .transpose()
        .map_err(|error| told(format!("--shard {error}")));
    // which knobs there are and what they take is no matter of the seed
    for entry in &entries {
        if let Err(failure) = document(entry.name, Seed(0), &args.set, None) {
            told(format!("{}: {}", entry.name, failure.message.replace('\n', "; ")));
        }
    }
    if let Some(entry) = entries.first()
        && let Err(failure) = document(entry.name, Seed(0), &[], args.plant.as_deref())
    {
        told(failure.message);
    }
    match (seeds, shard) {
        (Some(seeds), Ok(shard)) if errors.is_empty() => Ok(Plan {
            entries,
            seeds,
            set: args.set.clone(),
            plant: args.plant.clone(),
            shard: shard.unwrap_or_default(),
            build: build()?,
        }),
        _ => Err(usage(errors.join("\n"))),
    }
}

/// SHA-256 of this program's file: results of two builds are no parts of one sweep.
fn build() -> Result<String, Failure> {
    let bad = |error: io::Error| failed(format!("read this program's file: {error}"));
    let mut file = File::open(std::env::current_exe().map_err(bad)?).map_err(bad)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block).map_err(bad)? {
            0 => break,
            n => hash.update(&block[..n]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
