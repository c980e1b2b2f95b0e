//! What `replay` and `shrink` are about: a file, or a scenario with its seed.

use super::common::{self, Failure, failed, usage};
use scenarios::{self, SCENARIOS};
use sim::document::Document;
use sim::source::{LoadError, load};
use std::io;
use std::path::{Path, PathBuf};
use world::Seed;

#[derive(clap::Args)]
pub(super) struct SubjectArgs {
    /// A trace (`sim run --trace`), a replay file (`sim shrink --out`), or with --seed the name of a scenario
    #[arg(value_name = "FILE|NAME")]
    what: String,
    /// The scenario's seed; a file has its own
    #[arg(long)]
    seed: Option<u64>,
    /// Decide a knob of the scenario by hand, as NAME=VALUE; may be given several times
    #[arg(long)]
    set: Vec<String>,
    /// Plant a bug in the scenario's gateway; `sim list` has them
    #[arg(long, value_name = "BUG")]
    plant: Option<String>,
}

pub(super) struct Subject {
    pub(super) document: Document,
    /// Where it comes from, unless it is a scenario's.
    pub(super) file: Option<PathBuf>,
    /// The file has records, too.
    pub(super) is_trace: bool,
}

pub(super) fn subject(args: &SubjectArgs) -> Result<Subject, Failure> {
    if scenarios::find(&args.what).is_some() {
        let Some(seed) = args.seed else {
            return Err(usage(format!(
                "{} is a scenario: say which run with --seed N",
                args.what
            )));
        };
        let document = common::document(&args.what, Seed(seed), &args.set, args.plant.as_deref())?;
        return Ok(Subject {
            document,
            file: None,
            is_trace: false,
        });
    }
    let loaded = load(Path::new(&args.what)).map_err(|error| unreadable(&args.what, &error))?;
    if args.seed.is_some() || !args.set.is_empty() || args.plant.is_some() {
        return Err(usage(format!(
            "{} is a file, which has a seed, knobs and bug of its own: leave --seed, --set and --plant out",
            args.what
        )));
    }
    Ok(Subject {
        document: loaded.document,
        file: Some(PathBuf::from(&args.what)),
        is_trace: loaded.is_trace,
    })
}

fn unreadable(what: &str, error: &LoadError) -> Failure {
    match error {
        LoadError::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            let known: Vec<_> = SCENARIOS.iter().map(|entry| entry.name).collect();
            usage(format!(
                "neither a file nor a scenario is called {what:?}; scenarios are: {}",
                known.join(", ")
            ))
        }
        LoadError::Bad(errors) if errors.len() > 1 => {
            failed(format!("play {what}:\n  {}", errors.join("\n  ")))
        }
        error => failed(format!("play {what}: {error}")),
    }
}
