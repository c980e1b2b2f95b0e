//! The hosts of a scenario and their programs.

use super::StageError;
use crate::parts::{SimProbe, WorkerProbe};
use crate::world::{Driver, DriverError, SimWorld};
use gateway::{App, Stop};
use loadgen::Job;
use scenarios::{ADMIN_PORT, Config, GATEWAY_PORT, REPLICA_PORT, Replica, client_name};
use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use upstream_stub::{Behaviour, Script, Server};
use world::{ListenAddr, Seed};

/// Adds a replica's host. It keeps its count of requests over a restart, and its script's clock.
pub fn add_replica(
    driver: &mut Driver,
    spec: &Replica,
    script: String,
    index: usize,
    seed: Seed,
) -> Result<IpAddr, StageError> {
    let bad = |what: &str, text: &str, error: String| {
        StageError::Scenario(format!("replicas[{index}].{what} {text:?}: {error}"))
    };
    let behaviour: Behaviour = spec
        .behaviour
        .parse()
        .map_err(|error| bad("behaviour", &spec.behaviour, error))?;
    let script: Script = match script.is_empty() {
        true => Script::default(),
        false => script.parse().map_err(|error| bad("script", &script, error))?,
    };
    let index = u32::try_from(index).map_err(|_| StageError::Driver(DriverError::TooManyHosts))?;
    let replica = Arc::new(upstream_stub::Replica::new(
        &spec.name, index, &behaviour, &script, seed,
    ));
    Ok(driver.host(&spec.name, move |world: SimWorld| {
        let replica = Arc::clone(&replica);
        async move {
            replica.restart();
            let probe = SimProbe(world.tap());
            let start = Instant::now() - world.elapsed();
            let server = Server::bind(world, everywhere(REPLICA_PORT), replica, start).await?;
            Ok(server.run(probe).await?)
        }
    })?)
}

/// Who may ask a gateway's admin listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admin {
    /// It is on the loopback, where nobody in the simulator can reach it.
    Nobody,
    Everybody,
}

/// Workers of one gateway among those of all: what each counts by itself is told apart in a trace.
#[derive(Debug, Clone, Copy)]
pub struct Workers {
    pub first: usize,
    pub own: usize,
    pub all: usize,
}

/// A gateway's process, as its operator sees it: it can be given another config, and asked to stop.
#[derive(Clone)]
pub struct Process(Rc<Inner>);

struct Inner {
    workers: Workers,
    /// Those that it can be given, with addresses in them.
    configs: Vec<String>,
    /// Which of them lies on its disk: what a new process starts with.
    in_force: Cell<usize>,
    app: RefCell<Option<App>>,
    /// Counts its starts.
    generation: Cell<u64>,
    /// The generation that has come to its end by itself.
    ended: Cell<Option<u64>>,
}

impl Process {
    pub fn new(
        configs: &[Config],
        workers: Workers,
        admin: Admin,
        replicas: &[(&str, SocketAddr)],
    ) -> Result<Self, StageError> {
        let admin = match admin {
            Admin::Nobody => format!("127.0.0.1:{ADMIN_PORT}"),
            Admin::Everybody => format!("0.0.0.0:{ADMIN_PORT}, admin_public: true"),
        };
        let listen = everywhere(GATEWAY_PORT).addr;
        let configs = configs
            .iter()
            .map(|config| config.addressed(listen, &admin, replicas));
        let configs: Vec<String> = configs.collect();
        let first = configs
            .first()
            .ok_or_else(|| StageError::Scenario("configs: there is none".into()))?;
        App::new(first.as_bytes(), workers.own)
            .map_err(|errors| StageError::Scenario(format!("gateway config: {errors}")))?;
        Ok(Self(Rc::new(Inner {
            workers,
            configs,
            in_force: Cell::new(0),
            app: RefCell::default(),
            generation: Cell::new(0),
            ended: Cell::new(None),
        })))
    }

    /// Gives it a config by its place in the scenario: its version, or what it says against it.
    pub fn apply(&self, config: usize) -> Result<u64, String> {
        let text = self.0.configs[config].as_bytes();
        let version = match &*self.0.app.borrow() {
            Some(app) => app.apply(text).map_err(|errors| errors.to_string())?,
            None => 0,
        };
        self.0.in_force.set(config);
        Ok(version)
    }

    pub fn stop(&self, lead: Duration, deadline: Duration) {
        if let Some(app) = &*self.0.app.borrow() {
            app.stop_as(Stop {
                lead,
                deadline,
                is_succeeded: false,
            });
        }
    }

    pub fn generation(&self) -> u64 {
        self.0.generation.get()
    }

    /// Whether the process of now has come to its end by itself.
    pub fn has_ended(&self) -> bool {
        self.0.ended.get() == Some(self.generation())
    }

    /// A new process: nothing of the old one's state survives.
    fn start(&self) -> Result<App, String> {
        let text = self.0.configs[self.0.in_force.get()].as_bytes();
        let app = App::new(text, self.0.workers.own).map_err(|errors| errors.to_string())?;
        self.0.generation.set(self.generation() + 1);
        *self.0.app.borrow_mut() = Some(app.clone());
        Ok(app)
    }
}

/// Adds a gateway's host.
pub fn add_gateway(driver: &mut Driver, name: &str, process: &Process) -> Result<IpAddr, StageError> {
    let process = process.clone();
    Ok(driver.host(name, move |world: SimWorld| {
        let app = process.start();
        let process = process.clone();
        async move {
            let app = app?;
            let (generation, Workers { first, all, .. }) = (process.generation(), process.0.workers);
            let mut workers = JoinSet::new();
            for worker in 0..app.workers() {
                let (app, world) = (app.clone(), world_of(&world, worker, app.workers()));
                let probe = WorkerProbe {
                    tap: world.tap(),
                    worker: first + worker,
                    workers: all,
                };
                let listen = app.listen();
                workers.spawn_local(async move { app.serve(world, probe, worker, listen, drop).await });
            }
            while let Some(ended) = workers.join_next().await {
                ended??;
            }
            process.0.ended.set(Some(generation));
            Ok(())
        }
    })?)
}

/// One worker alone is its program, and has its chances.
fn world_of(world: &SimWorld, worker: usize, workers: usize) -> SimWorld {
    match workers {
        1 => world.clone(),
        _ => world.of_worker(worker),
    }
}

/// Adds a client's host, which counts itself in `done` when its share of the load has come to its end.
pub fn add_client(
    driver: &mut Driver,
    job: &Job,
    index: usize,
    of: usize,
    seed: Seed,
    done: &Rc<Cell<usize>>,
) -> Result<(), StageError> {
    let (job, done) = (job.clone(), Rc::clone(done));
    driver.host(&client_name(index), move |world: SimWorld| {
        let (job, done) = (job.clone(), Rc::clone(&done));
        async move {
            let probe = SimProbe(world.tap());
            // one schedule, dealt to all clients
            let world = world.with_seed(seed.child("load"));
            loadgen::run_shard(world, probe, &job, index, of, Instant::now()).await;
            done.set(done.get() + 1);
            Ok(())
        }
    })?;
    Ok(())
}

fn everywhere(port: u16) -> ListenAddr {
    ListenAddr::alone(SocketAddr::from(([0, 0, 0, 0], port)))
}
