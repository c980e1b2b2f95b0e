//! From arguments to running threads: reserve, listen, say so once, serve, end on a signal.
//!
//! The ports are reserved for the life of the process, so that a replica that is down comes back on its own port
//! and a second stub cannot slip in. The ready line is printed when every thread listens on every port.

use super::args::Args;
use super::fleet::Fleet;
use serde::Serialize;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::Instant;
use upstream_stub::{Control, Replica, Server, cpu};
use world::real::Reservation;
use world::{ListenAddr, NoProbe, RealWorld, Seed};

/// What every thread needs.
#[derive(Clone)]
struct Plan {
    replicas: Arc<[(Arc<Replica>, SocketAddr)]>,
    seed: Seed,
    spin: Duration,
    start: Instant,
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    replicas: Vec<ReadyReplica>,
    control: SocketAddr,
    seed: u64,
}

#[derive(Serialize)]
struct ReadyReplica {
    name: String,
    addr: SocketAddr,
}

/// Runs until a signal comes. The error is a fragment that fits "failed to {error}".
pub(super) fn run(args: &Args, fleet: Fleet) -> Result<(), String> {
    raise_descriptor_limit();
    let seed = match args.seed {
        Some(seed) => Seed(seed),
        None => {
            RealWorld::fresh_seed().map_err(|e| format!("take a seed from the system: {e}; give --seed"))?
        }
    };
    let held = reserve(&fleet)?;
    let loops_per_us = cpu::calibrate();
    let replica = |(index, member): (u32, &super::fleet::Member)| {
        let name = format!("r{index}");
        Arc::new(Replica::new(&name, index, &member.behaviour, &member.script, seed).with_work(loops_per_us))
    };
    let replicas = (0..)
        .zip(&fleet.members)
        .map(replica)
        .zip(held.iter().map(Reservation::addr))
        .collect();
    let plan = Plan {
        replicas,
        seed,
        spin: args.spin,
        start: Instant::now(),
    };
    let (say_ready, ready) = mpsc::channel();
    for thread in 1..args.threads {
        spawn(thread, plan.clone(), say_ready.clone())?;
    }
    local_runtime()?.block_on(lead(args.control, plan, usize::from(args.threads) - 1, ready))
}

/// Holds every port, or tells of every one that is taken.
fn reserve(fleet: &Fleet) -> Result<Vec<Reservation>, String> {
    let mut errors = Vec::new();
    let held: Vec<_> = fleet
        .members
        .iter()
        .filter_map(|member| {
            Reservation::new(member.addr)
                .map_err(|e| errors.push(listen_error(member.addr, &e)))
                .ok()
        })
        .collect();
    if errors.is_empty() {
        Ok(held)
    } else {
        Err(errors.join("; "))
    }
}

fn listen_error(addr: SocketAddr, e: &io::Error) -> String {
    match e.kind() {
        io::ErrorKind::AddrInUse => format!("listen on {addr}: the port is taken; choose another or port 0"),
        _ => format!("listen on {addr}: {e}"),
    }
}

fn local_runtime() -> Result<LocalRuntime, String> {
    Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
        .map_err(|e| format!("start a runtime: {e}"))
}

/// One further thread. It says once whether it listens; if it fails later the process ends.
fn spawn(thread: u16, plan: Plan, say_ready: mpsc::Sender<Result<(), String>>) -> Result<(), String> {
    let work = move || {
        let served: Result<(), String> = local_runtime().and_then(|runtime| {
            runtime.block_on(async {
                let servers = bind(&plan).await?;
                let _ = say_ready.send(Ok(()));
                Err(serve(servers).await)
            })
        });
        if let Err(error) = served
            && let Err(mpsc::SendError(Err(error))) = say_ready.send(Err(error))
        {
            // the first thread is past waiting: this came later
            eprintln!("error: failed to {error}");
            std::process::exit(super::COULD_NOT_RUN.into());
        }
    };
    let name = format!("stub-{thread}");
    let spawned = std::thread::Builder::new().name(name).spawn(work);
    spawned
        .map(drop)
        .map_err(|e| format!("start thread {thread}: {e}"))
}

/// The first thread: serves too, and has the control port, the ready line and the signals.
async fn lead(
    control: SocketAddr,
    plan: Plan,
    others: usize,
    ready: mpsc::Receiver<Result<(), String>>,
) -> Result<(), String> {
    let servers = bind(&plan).await?;
    let world = RealWorld::new(plan.seed, plan.spin).map_err(|e| format!("make a timer: {e}"))?;
    let replicas: Vec<_> = plan
        .replicas
        .iter()
        .map(|(replica, _)| Arc::clone(replica))
        .collect();
    let control = Control::bind(world, ListenAddr::alone(control), &replicas)
        .await
        .map_err(|e| format!("open the control port: {}", listen_error(control, &e)))?;
    let failed = |what| move |e: io::Error| format!("{what}: {e}");
    let mut term = signal(SignalKind::terminate()).map_err(failed("wait for SIGTERM"))?;
    let mut int = signal(SignalKind::interrupt()).map_err(failed("wait for SIGINT"))?;
    ready.iter().take(others).collect::<Result<(), String>>()?;
    drop(ready);
    say_ready(&plan, control.addr().map_err(failed("learn the control port"))?)?;
    tokio::select! {
        _ = term.recv() => Ok(()),
        _ = int.recv() => Ok(()),
        error = serve(servers) => Err(error),
        () = control.run() => Ok(()),
    }
}

fn say_ready(plan: &Plan, control: SocketAddr) -> Result<(), String> {
    let replicas = plan.replicas.iter().map(|(r, addr)| ReadyReplica {
        name: r.name().to_owned(),
        addr: *addr,
    });
    let line = Ready {
        ready: true,
        replicas: replicas.collect(),
        control,
        seed: plan.seed.0,
    };
    let mut out = io::stdout().lock();
    serde_json::to_string(&line)
        .map_err(io::Error::from)
        .and_then(|line| writeln!(out, "{line}"))
        .and_then(|()| out.flush())
        .map_err(|e| format!("say that it is ready: {e}"))
}

async fn bind(plan: &Plan) -> Result<Vec<Server<RealWorld>>, String> {
    let world = RealWorld::new(plan.seed, plan.spin).map_err(|e| format!("make a timer: {e}"))?;
    let mut servers = Vec::new();
    for (replica, addr) in plan.replicas.iter() {
        let at = ListenAddr::shared(*addr);
        let server = Server::bind(world.clone(), at, Arc::clone(replica), plan.start).await;
        servers.push(server.map_err(|e| listen_error(*addr, &e))?);
    }
    Ok(servers)
}

/// Runs all servers of a thread; returns with what stopped one of them.
async fn serve(servers: Vec<Server<RealWorld>>) -> String {
    let mut tasks = JoinSet::new();
    for server in servers {
        let addr = server.addr();
        tasks.spawn_local(async move { (addr, server.run(NoProbe).await) });
    }
    match tasks.join_next().await {
        Some(Ok((addr, Err(e)))) => listen_error(addr, &e),
        Some(Ok((addr, Ok(())))) => format!("go on serving {addr}"),
        Some(Err(e)) if e.is_panic() => std::panic::resume_unwind(e.into_panic()),
        Some(Err(_)) | None => "go on serving".to_owned(),
    }
}

/// Ten thousand connections need ten thousand descriptors; shells give 1 024. As many as are allowed are taken;
/// if that fails, accepting fails later and is counted.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
