//! Puts a scenario's description on simulated hosts and plays it.
//!
//! Hosts are added, and take their turns in each tick, in this order: replicas, gateways that are replicas, gateway, clients. Everything
//! starts at time 0, so a request's intended time is simulated time, and so is a phase of a stub's script, also for
//! a replica that comes back.

mod error;
mod hosts;
mod load;
mod strikes;
mod tunnels;

pub use error::StageError;
pub use hosts::{Admin, Process, Workers, add_client, add_gateway, add_replica};
pub use load::job;

use crate::trace::Recorder;
use crate::world::{Driver, Settings};
use scenarios::{
    Config, ECHO, GATEWAY, GATEWAY_PORT, NAMES_VALID_FOR, REPLICA_PORT, Scenario, What, upstream_name,
};
use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use strikes::Strikes;
use world::Seed;

/// After the load: what is still open is seen to close, before the simulation ends.
const AFTERMATH: Duration = Duration::from_millis(200);

/// Beyond the load's duration, its timeout and its drain: a client that is not done by then never will be.
const OVERTIME: Duration = Duration::from_secs(5);

/// Plays the scenario into the recorder, on the current thread; wrap it in [`crate::world::isolated`]. With `until`, it ends there.
pub fn play(
    scenario: &Scenario,
    seed: Seed,
    variant: u64,
    until: Option<Duration>,
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
        let script = scenario.script(replica, Duration::ZERO, What::words);
        let script = script.map_err(StageError::Scenario)?;
        let ip = add_replica(&mut driver, replica, script, index, seed)?;
        replicas.push((replica.name.as_str(), SocketAddr::new(ip, REPLICA_PORT)));
    }
    if scenario.tunnels.is_some() {
        let ip = tunnels::add_echo(&mut driver)?;
        replicas.push((ECHO, SocketAddr::new(ip, REPLICA_PORT)));
    }
    name_upstreams(&mut driver, scenario)?;
    let (gateway, processes) = add_gateways(&mut driver, scenario, replicas)?;
    let gateway = SocketAddr::new(gateway, GATEWAY_PORT);
    let job = job(&scenario.load, gateway)?;
    let clients = scenario.load.clients;
    let done = Rc::new(Cell::new(0));
    for index in 0..clients {
        add_client(&mut driver, &job, index, clients, seed, &done)?;
    }
    if scenario.tunnels.is_some() {
        tunnels::add_tunnels(&mut driver, scenario, gateway, seed)?;
    }
    let mut strikes = Strikes::new(scenario, processes);
    let deadline = scenario.end() + 2 * scenario.load.timeout + OVERTIME;
    let stop = until.unwrap_or(Duration::MAX);
    while (done.get() < clients || strikes.remain()) && driver.elapsed() < deadline.min(stop) {
        strikes.due(&mut driver)?;
        driver.step()?;
    }
    if driver.elapsed() < stop {
        driver.run_until((driver.elapsed() + AFTERMATH).min(stop))?;
    }
    Ok(driver.finish())
}

/// Of gateways, by their hosts' names.
type Processes<'a> = Vec<(&'a str, Process)>;

/// Where clients find theirs, and the processes of all, by name.
fn add_gateways<'a>(
    driver: &mut Driver,
    scenario: &'a Scenario,
    mut replicas: Vec<(&'a str, SocketAddr)>,
) -> Result<(IpAddr, Processes<'a>), StageError> {
    let (own, behind) = (scenario.workers, scenario.behind());
    let workers = |place: usize| Workers {
        first: place * own,
        own,
        all: own * (1 + behind.len()),
    };
    let mut processes = Vec::new();
    if let Some(behind) = &scenario.behind {
        let configs = std::slice::from_ref(&behind.config);
        for (place, name) in behind.gateways.iter().enumerate() {
            let process = Process::new(configs, workers(1 + place), Admin::Everybody, &replicas)?;
            let ip = add_gateway(driver, name, &process)?;
            processes.push((name.as_str(), ip, process));
        }
    }
    let addrs = processes
        .iter()
        .map(|(name, ip, _)| (*name, SocketAddr::new(*ip, GATEWAY_PORT)));
    replicas.extend(addrs);
    let tunnels = scenario.tunnels.as_ref();
    let configs = scenario.configs.iter().map(|config| Config {
        yaml: tunnels.map_or_else(|| config.yaml.clone(), |tunnels| tunnels.told(&config.yaml)),
        ..config.clone()
    });
    let configs: Vec<Config> = configs.collect();
    let process = Process::new(&configs, workers(0), Admin::Nobody, &replicas)?;
    let ip = add_gateway(driver, GATEWAY, &process)?;
    processes.push((GATEWAY, ip, process));
    Ok((
        ip,
        processes
            .into_iter()
            .map(|(name, _, process)| (name, process))
            .collect(),
    ))
}

/// What the names of upstreams stand for as long as no fault says otherwise.
fn name_upstreams(driver: &mut Driver, scenario: &Scenario) -> Result<(), StageError> {
    for (number, upstream) in scenario.upstreams().into_iter().enumerate() {
        if upstream.by_name {
            let ips = upstream.replicas.iter().map(|name| driver.ip(name));
            let ips = ips.collect::<Result<_, _>>()?;
            driver.name(
                &upstream_name(&upstream.name),
                number as u64,
                ips,
                NAMES_VALID_FOR,
            );
        }
    }
    Ok(())
}
