//! `sim merge`: the results of shards as those of one sweep.

use super::common::{Failure, usage};
use super::results::{give, writable};
use sim::sweep::{self, FILE_BYTES_MAX, Results, SHARDS_MAX};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Files that `sim sweep --out` or `--json` wrote
    #[arg(required = true, num_args = 1..=SHARDS_MAX)]
    files: Vec<PathBuf>,
    /// Write the sum to this file
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print the sum as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn merge(args: &Args) -> Result<u8, Failure> {
    let mut errors: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    for path in &args.files {
        match read(path) {
            Ok(results) => parts.push((path.display().to_string(), results)),
            Err(error) => errors.push(format!("{}: {error}", path.display())),
        }
    }
    let sum = match sweep::merge(parts) {
        Ok(sum) if errors.is_empty() => sum,
        Ok(_) => return Err(usage(errors.join("\n"))),
        Err(more) => return Err(usage([errors, more].concat().join("\n"))),
    };
    if let Some(path) = &args.out {
        writable(path)?;
    }
    let missing = sum.shards.missing();
    if !missing.is_empty() {
        let of = sum.shards.of;
        let missing: Vec<_> = missing.iter().map(|shard| format!("{shard}/{of}")).collect();
        eprintln!(
            "sim: shards {} are missing: this is no whole sweep",
            missing.join(", ")
        );
    }
    give(&sum, args.out.as_deref(), args.json)
}

fn read(path: &Path) -> Result<Results, String> {
    let mut bytes = Vec::new();
    // one byte more is enough to see that it is too long
    let most = FILE_BYTES_MAX as u64 + 1;
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| error.to_string())?;
    Results::read(&bytes)
}
