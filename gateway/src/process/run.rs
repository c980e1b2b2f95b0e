//! From the config's first reading to the last log line.

use super::control::Control;
use super::ended::Ended;
use super::handover::{Offer, Predecessor};
use super::watch::Watch;
use super::workers::{self, await_ready, runtime};
use super::{file, sockets};
use crate::App;
use crate::config::Listen;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use world::real::Sockets;
use world::{RealWorld, Seed};

/// What the command line says.
#[derive(Debug, Clone)]
pub struct Options {
    pub config: PathBuf,
    /// `None`: one for each core that this process may use.
    pub workers: Option<usize>,
    /// `None`: from the operating system.
    pub seed: Option<u64>,
    /// Whether a config that is written is reloaded.
    pub watch: bool,
    /// Where predecessor and successor meet.
    pub handover: Option<PathBuf>,
}

/// Runs a gateway until it is told to stop, or has a successor.
pub fn run(options: &Options) -> Result<Ended, String> {
    let path = &options.config;
    let seen = file::stamp(path);
    let yaml = file::read(path)?;
    raise_open_files();
    let workers = options.workers.unwrap_or_else(cores);
    let shown = path.display();
    let app = App::new(&yaml, workers).map_err(|errors| format!("{shown} has errors:\n{errors}"))?;
    #[cfg(feature = "profiling")]
    app.offer_profiles();
    let seed = match options.seed {
        Some(seed) => Seed(seed),
        None => RealWorld::fresh_seed().map_err(|error| format!("failed to draw a seed: {error}"))?,
    };
    let held = Sockets::default();
    let predecessor = match &options.handover {
        Some(at) => Predecessor::find(at)?,
        None => None,
    };
    let predecessor = predecessor
        .map(|predecessor| predecessor.inherit(&held, &app.listen()))
        .transpose()?
        .flatten();
    sockets::listen(&held, &app.listen(), workers).map_err(first)?;
    let (reports, inbox) = channel();
    let threads = workers::spawn(&app, seed, &held, &reports)?;
    let listening = await_ready(&inbox, workers)?;
    let failed = |error: io::Error| format!("failed to start a runtime: {error}");
    runtime().map_err(failed)?.block_on(async {
        let watch = options.watch.then(|| Watch::new(path, seen));
        let control = Control::new(&app, path, &held, watch)?;
        if let Some(predecessor) = predecessor {
            predecessor.succeed()?;
        }
        let offer = options.handover.as_deref().map(offer).transpose()?;
        announce(&listening, workers, seed).map_err(|error| format!("failed to write to stdout: {error}"))?;
        control.run(offer, &inbox).await
    })?;
    for thread in threads {
        // a worker's panic has printed itself
        thread.join().map_err(|_| "a worker panicked".to_owned())?;
    }
    if !app.finish_log() {
        eprintln!("gateway: the end of the access log is lost: whoever reads it stands still");
    }
    if !app.finish_spans() {
        eprintln!("gateway: the last spans are lost: the collector stands still");
    }
    let (drained, aborted) = app.drained_and_aborted();
    eprintln!("gateway: stopped: requests drained {drained}, aborted {aborted}");
    Ok(if aborted == 0 {
        Ended::Drained
    } else {
        Ended::Aborted
    })
}

/// Of what is wrong with a process that has not begun, one line is enough.
fn first(errors: crate::config::ConfigErrors) -> String {
    errors
        .iter()
        .next()
        .map_or_else(String::new, |error| error.message.clone())
}

fn offer(at: &Path) -> Result<Offer, String> {
    Offer::new(at).map_err(|error| format!("failed to listen on {}: {error}", at.display()))
}

/// As many open files as this process may have. The usual soft limit of 1 024 is there for programs that call `select`, and
/// far below `connections_max`.
fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // where even that is forbidden, what there is has to do
    let _ = setrlimit(Resource::Nofile, limit);
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

fn announce(listening: &Listen, workers: usize, seed: Seed) -> io::Result<()> {
    let line = serde_json::json!({
        "ready": true,
        "http": listening.http,
        "admin": listening.admin,
        "workers": workers,
        "seed": seed.0,
    });
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
