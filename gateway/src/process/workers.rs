//! The workers' threads.

use crate::App;
use crate::config::Listen;
use std::io;
use std::sync::mpsc::{Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use world::real::Sockets;
use world::{NoProbe, RealWorld, Seed};

/// What a worker tells the main thread.
pub(super) enum Report {
    Ready(Listen),
    Failed(String),
}

pub(super) fn spawn(
    app: &App,
    seed: Seed,
    sockets: &Sockets,
    reports: &Sender<Report>,
) -> Result<Vec<JoinHandle<()>>, String> {
    (0..app.workers())
        .map(|worker| {
            let (app, sockets, reports) = (app.clone(), sockets.clone(), reports.clone());
            std::thread::Builder::new()
                .name(format!("worker-{worker}"))
                .spawn(move || {
                    if let Err(message) = work(&app, seed, worker, sockets, &reports) {
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
    sockets: Sockets,
    reports: &Sender<Report>,
) -> Result<(), String> {
    let runtime = runtime().map_err(|error| format!("failed to start a runtime: {error}"))?;
    let served = runtime.block_on(async {
        let world = RealWorld::new(seed.child("worker").nth(worker as u64), Duration::ZERO)?;
        let world = world.with_sockets(sockets, worker, app.workers());
        let ready = |listening| {
            let _ = reports.send(Report::Ready(listening));
        };
        app.serve(world, NoProbe, worker, app.listen(), ready).await
    });
    // a name that is being looked up is a thread that nothing can interrupt, and nobody waits for its answer any more
    runtime.shutdown_background();
    served.map_err(|error| format!("failed to serve: {error}"))
}

pub(super) fn runtime() -> io::Result<LocalRuntime> {
    Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
}

/// Where they listen, when all of them do.
pub(super) fn await_ready(inbox: &Receiver<Report>, workers: usize) -> Result<Listen, String> {
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
