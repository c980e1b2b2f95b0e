//! Puts a scenario's description on simulated hosts and plays it.
//!
//! Hosts are added, and take their turns in each tick, in this order: replicas, gateway, clients. Everything
//! starts at time 0, so a request's intended time is simulated time, and so is a phase of a stub's script, also for
//! a replica that comes back.

use crate::parts::SimProbe;
use crate::scenarios::{
    Fault, GATEWAY, GATEWAY_PORT, Load, REPLICA_PORT, Replica, Scenario, TimedFault, client_name,
};
use crate::trace::Recorder;
use crate::world::{Driver, DriverError, LinkFault, Settings, SimWorld};
use loadgen::{Arrival, Job, JobSpec};
use std::cell::Cell;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use upstream_stub::{Behaviour, Script, Server};
use world::{ListenAddr, Seed};

/// After the load: what is still open is seen to close, before the simulation ends.
const AFTERMATH: Duration = Duration::from_millis(200);

/// Beyond the load's duration, its timeout and its drain: a client that is not done by then never will be.
const OVERTIME: Duration = Duration::from_secs(5);

/// Where the gateway's admin listener is: on the loopback, where nobody in the simulator can ask it.
const ADMIN: &str = "127.0.0.1:9901";

/// Plays the scenario into the recorder, on the current thread; wrap it in [`crate::world::isolated`].
pub fn play(
    scenario: &Scenario,
    seed: Seed,
    variant: u64,
    recorder: Recorder,
) -> Result<Recorder, StageError> {
    let network = &scenario.network;
    let settings = Settings {
        seed,
        variant,
        latency: (network.latency_min, network.latency_max),
        fragment: network.fragment,
        ..Settings::default()
    };
    let mut driver = Driver::new(settings, recorder)?;
    let mut replicas = Vec::new();
    for (index, replica) in scenario.replicas.iter().enumerate() {
        let ip = add_replica(&mut driver, replica, index, seed)?;
        replicas.push((replica.name.as_str(), ip));
    }
    let gateway = add_gateway(&mut driver, &scenario.gateway, &replicas)?;
    let job = job(&scenario.load, SocketAddr::new(gateway, GATEWAY_PORT))?;
    let clients = scenario.load.clients;
    let done = Rc::new(Cell::new(0));
    for index in 0..clients {
        add_client(&mut driver, &job, index, clients, seed, &done)?;
    }
    let deadline = scenario.load.duration + 2 * scenario.load.timeout + OVERTIME;
    let mut faults = scenario.faults.iter().peekable();
    while (done.get() < clients || faults.peek().is_some()) && driver.elapsed() < deadline {
        while let Some(due) = faults.next_if(|fault| fault.at <= driver.elapsed()) {
            strike(&mut driver, due)?;
        }
        driver.step()?;
    }
    driver.run_until(driver.elapsed() + AFTERMATH)?;
    Ok(driver.finish())
}

/// Adds a replica's host. It keeps its count of requests over a restart, and its script's clock.
pub fn add_replica(
    driver: &mut Driver,
    spec: &Replica,
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
    let script: Script = match spec.script.is_empty() {
        true => Script::default(),
        false => spec
            .script
            .parse()
            .map_err(|error| bad("script", &spec.script, error))?,
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

/// Adds the gateway's host. In `config`, `${listen}`, `${admin}` and `${NAME}` stand for addresses.
pub fn add_gateway(
    driver: &mut Driver,
    config: &str,
    replicas: &[(&str, IpAddr)],
) -> Result<IpAddr, StageError> {
    let mut config = config
        .replace("${listen}", &everywhere(GATEWAY_PORT).addr.to_string())
        .replace("${admin}", ADMIN);
    for (name, ip) in replicas {
        config = config.replace(
            &format!("${{{name}}}"),
            &SocketAddr::new(*ip, REPLICA_PORT).to_string(),
        );
    }
    gateway::App::new(config.as_bytes(), 1)
        .map_err(|errors| StageError::Scenario(format!("gateway config: {errors}")))?;
    Ok(driver.host(GATEWAY, move |world: SimWorld| {
        // a new process each time: nothing of the old one's state survives
        let app = gateway::App::new(config.as_bytes(), 1);
        async move {
            let app = app.map_err(|errors| errors.to_string())?;
            let probe = SimProbe(world.tap());
            let listen = app.listen();
            Ok(app.serve(world, probe, 0, listen, drop).await?)
        }
    })?)
}

fn add_client(
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

fn job(load: &Load, target: SocketAddr) -> Result<Job, StageError> {
    let spec = JobSpec {
        method: load.method.clone(),
        path: load.path.clone(),
        headers: load.headers.clone(),
        arrival: if load.constant {
            Arrival::Constant
        } else {
            Arrival::Poisson
        },
        rate: load.rate,
        duration: load.duration,
        connections: load.connections,
        timeout: load.timeout,
        drain: load.timeout,
        ..JobSpec::new(target, &load.host)
    };
    spec.build()
        .map_err(|errors| StageError::Scenario(format!("load: {errors}")))
}

fn everywhere(port: u16) -> ListenAddr {
    ListenAddr::alone(SocketAddr::from(([0, 0, 0, 0], port)))
}

fn strike(driver: &mut Driver, TimedFault { at, fault }: &TimedFault) -> Result<(), StageError> {
    let struck = match fault {
        Fault::Crash { host } | Fault::PowerOff { host } if host.starts_with("client") => {
            // its load would start from the beginning, with ids that were planned before
            return Err(StageError::Scenario(format!(
                "faults: {host} cannot be killed: clients are witnesses"
            )));
        }
        Fault::Crash { host } => driver.crash(host),
        Fault::Bounce { host } => driver.bounce(host),
        Fault::PowerOff { host } => driver.power_off(host),
        Fault::PowerOn { host } => driver.power_on(host),
        Fault::Partition { a, b } => driver.push(LinkFault::Partition, a, b),
        Fault::Heal { a, b } => driver.pop(LinkFault::Partition, a, b),
        Fault::Cut { from, to } => driver.push(LinkFault::OneWay, from, to),
        Fault::Mend { from, to } => driver.pop(LinkFault::OneWay, from, to),
        Fault::Hold { a, b } => driver.push(LinkFault::Hold, a, b),
        Fault::Release { a, b } => driver.pop(LinkFault::Hold, a, b),
        Fault::Latency { a, b, min, max } => driver.set_latency(a, b, (*min, *max)),
        Fault::Fragment { on: true } => driver.push_fragment(),
        Fault::Fragment { on: false } => driver.pop_fragment(),
        Fault::Clock { host, offset_ms } => driver.push_clock(host, offset_ms.saturating_mul(1_000)),
    };
    struck.map_err(|error| {
        StageError::Scenario(format!("fault at {}: {error}", humantime::format_duration(*at)))
    })
}

/// Why a scenario could not be played to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageError {
    /// Its description is wrong.
    Scenario(String),
    Driver(DriverError),
}

impl From<DriverError> for StageError {
    fn from(error: DriverError) -> Self {
        Self::Driver(error)
    }
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(what) => write!(f, "play the scenario: {what}"),
            Self::Driver(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StageError {}
