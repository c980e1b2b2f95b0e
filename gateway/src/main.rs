//! The `gateway` binary: arguments and exit codes.

use clap::Parser;
use gateway::config;
use gateway::process::{self, Ended, Options, read};
use std::path::PathBuf;
use std::process::ExitCode;

#[cfg(not(feature = "count-alloc"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "count-alloc")]
#[global_allocator]
static ALLOCATOR: gateway::alloc::Counting<mimalloc::MiMalloc> = gateway::alloc::Counting(mimalloc::MiMalloc);

/// A bound on `--workers`: threads beyond any machine's cores only cost.
const WORKERS_MAX: u16 = 1_024;

/// Tollgate, an API gateway.
///
/// Reads its routes and upstreams from a YAML file, listens, and prints one line of JSON on stdout when it is
/// ready: {"ready":true,"http":"ADDR","admin":"ADDR","workers":N,"seed":N}.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit codes:
  0    stopped by SIGTERM or SIGINT or handed over, and every request came to its end; or --check found nothing wrong
  1    could not run: the config has errors, the port is taken, …
  2    usage
  3    stopped, and requests were cut off: at the deadline of `shutdown`, or by a second signal

Signals:
  SIGTERM, SIGINT   stop: not ready, then no more connections, then the requests in flight; a second one ends at once
  SIGHUP            reload the config

Examples:
  gateway --config gateway.yaml
  gateway --config gateway.yaml --check
  gateway --config gateway.yaml --workers 2 --seed 1
  gateway --config gateway.yaml --handover /run/gateway.sock   # again for a new version: it takes over"
)]
struct Args {
    /// The YAML file with routes and upstreams
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Check the config, print every error with its path, and end. No other file is looked at, keys and log included
    #[arg(long)]
    check: bool,
    /// Worker threads; default: one for each core that this process may use
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(WORKERS_MAX)))]
    workers: Option<u16>,
    /// Seed of everything random; default: from the operating system, printed in the ready line
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Do not reload the config when its file changes; SIGHUP and `POST /config/reload` still do
    #[arg(long)]
    no_watch: bool,
    /// A Unix socket on which a process started with the same path takes over the listening sockets of the one before
    #[arg(long, value_name = "PATH")]
    handover: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let ended = match args.check {
        true => check(&args),
        false => process::run(&Options {
            config: args.config,
            workers: args.workers.map(usize::from),
            seed: args.seed,
            watch: !args.no_watch,
            handover: args.handover,
        }),
    };
    match ended {
        Ok(ended) => ExitCode::from(ended.code()),
        Err(message) => {
            eprintln!("gateway: {message}");
            ExitCode::FAILURE
        }
    }
}

fn check(args: &Args) -> Result<Ended, String> {
    let file = args.config.display();
    let yaml = read(&args.config)?;
    config::load(&yaml).map_err(|errors| format!("{file} has errors:\n{errors}"))?;
    println!("{file}: ok");
    Ok(Ended::Drained)
}
