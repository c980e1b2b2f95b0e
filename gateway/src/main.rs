//! The `gateway` binary: arguments, threads, signals, exit codes.

use clap::Parser;
use gateway::config::Listen;
use gateway::{App, config};
use rustix::process::{Resource, getrlimit, setrlimit};
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use world::real::Reservation;
use world::{NoProbe, RealWorld, Seed};

#[cfg(not(feature = "count-alloc"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "count-alloc")]
#[global_allocator]
static ALLOCATOR: gateway::alloc::Counting<mimalloc::MiMalloc> = gateway::alloc::Counting(mimalloc::MiMalloc);

/// How long requests in flight may take to end after SIGTERM or SIGINT.
const DRAIN_DEADLINE: Duration = Duration::from_secs(30);

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
  0    stopped by SIGTERM or SIGINT, or --check found nothing wrong
  1    could not run: the config has errors, the port is taken, …
  2    usage

Examples:
  gateway --config gateway.yaml
  gateway --config gateway.yaml --check
  gateway --config gateway.yaml --workers 2 --seed 1"
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
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("gateway: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let file = args.config.display();
    let yaml = read(&args.config).map_err(|error| format!("failed to read {file}: {error}"))?;
    if args.check {
        config::load(&yaml).map_err(|errors| format!("{file} has errors:\n{errors}"))?;
        println!("{file}: ok");
        return Ok(());
    }
    raise_open_files();
    let workers = args.workers.map_or_else(cores, usize::from);
    let app = App::new(&yaml, workers).map_err(|errors| format!("{file} has errors:\n{errors}"))?;
    #[cfg(feature = "profiling")]
    app.offer_profiles();
    let seed = match args.seed {
        Some(seed) => Seed(seed),
        None => RealWorld::fresh_seed().map_err(|error| format!("failed to draw a seed: {error}"))?,
    };
    let held = Held::new(&app.listen())?;
    let (reports, inbox) = channel();
    let threads = spawn_workers(&app, seed, &held.listen, &reports)?;
    let listening = await_ready(&inbox, workers)?;
    let ready =
        || announce(&listening, workers, seed).map_err(|error| format!("failed to write to stdout: {error}"));
    await_end(&app, &inbox, ready)?;
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
    Ok(())
}

/// The config, and of what is too long for one only as much as shows it: `/dev/zero` has no end.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut yaml = Vec::new();
    let most = config::defaults::CONFIG_BYTES_MAX as u64 + 1;
    File::open(file)?.take(most).read_to_end(&mut yaml)?;
    Ok(yaml)
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

/// The HTTP address, held for all workers, so that port 0 is the same one for each.
struct Held {
    listen: Listen,
    _http: Reservation,
}

impl Held {
    fn new(wanted: &Listen) -> Result<Self, String> {
        let http = Reservation::new(wanted.http).map_err(|error| cannot_listen(wanted.http, &error))?;
        Ok(Self {
            listen: Listen {
                http: http.addr(),
                admin: wanted.admin,
                proxy_protocol: wanted.proxy_protocol,
            },
            _http: http,
        })
    }
}

fn cannot_listen(addr: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!("failed to listen on {addr}: another process has this port"),
        io::ErrorKind::PermissionDenied => {
            format!("failed to listen on {addr}: not permitted; ports below 1024 need CAP_NET_BIND_SERVICE")
        }
        _ => format!("failed to listen on {addr}: {error}"),
    }
}

/// What a worker tells the main thread.
enum Report {
    Ready(Listen),
    Failed(String),
}

fn spawn_workers(
    app: &App,
    seed: Seed,
    listen: &Listen,
    reports: &Sender<Report>,
) -> Result<Vec<JoinHandle<()>>, String> {
    (0..app.workers())
        .map(|worker| {
            let (app, listen, reports) = (app.clone(), listen.clone(), reports.clone());
            std::thread::Builder::new()
                .name(format!("worker-{worker}"))
                .spawn(move || {
                    if let Err(message) = work(&app, seed, worker, listen, &reports) {
                        // the main thread is there until every worker has ended
                        let _ = reports.send(Report::Failed(message));
                    }
                })
                .map_err(|error| format!("failed to start worker {worker}: {error}"))
        })
        .collect()
}

fn work(
    app: &App,
    seed: Seed,
    worker: usize,
    listen: Listen,
    reports: &Sender<Report>,
) -> Result<(), String> {
    let runtime = runtime().map_err(|error| format!("failed to start a runtime: {error}"))?;
    let wanted = listen.clone();
    let served = runtime.block_on(async {
        let world = RealWorld::new(seed.child("worker").nth(worker as u64), Duration::ZERO)?;
        let ready = |listening| {
            let _ = reports.send(Report::Ready(listening));
        };
        app.serve(world, NoProbe, worker, listen, ready).await
    });
    // a name that is being looked up is a thread that nothing can interrupt, and nobody waits for its answer any more
    runtime.shutdown_background();
    served.map_err(|error| {
        let addr = wanted.admin.filter(|_| worker == 0).unwrap_or(wanted.http);
        cannot_listen(addr, &error)
    })
}

fn runtime() -> io::Result<LocalRuntime> {
    Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
}

fn await_ready(inbox: &Receiver<Report>, workers: usize) -> Result<Listen, String> {
    let mut listening = None;
    for _ in 0..workers {
        match inbox.recv() {
            Ok(Report::Ready(listen)) if listen.admin.is_some() || listening.is_none() => {
                listening = Some(listen)
            }
            Ok(Report::Ready(_)) => {}
            Ok(Report::Failed(message)) => return Err(message),
            Err(_) => return Err("every worker ended before it was ready".into()),
        }
    }
    listening.ok_or_else(|| "no worker is ready".into())
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

/// Waits for SIGTERM or SIGINT, then stops the workers. A second signal ends the process at once. `ready` is called
/// when signals are listened for: whoever is told that we are ready may send one.
fn await_end(
    app: &App,
    inbox: &Receiver<Report>,
    ready: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let failed = |error: io::Error| format!("failed to listen for signals: {error}");
    runtime().map_err(failed)?.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        ready()?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        app.stop(DRAIN_DEADLINE);
        let ended = async {
            while app.is_running() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            () = ended => {}
            _ = terminate.recv() => std::process::exit(1),
            _ = interrupt.recv() => std::process::exit(1),
        }
        match inbox.try_recv() {
            Ok(Report::Failed(message)) => Err(message),
            _ => Ok(()),
        }
    })
}
