//! Puts a scenario's description on simulated hosts and plays it.
//!
//! Hosts are added, and take their turns in each tick, in this order: replicas, gateway, clients. Everything
//! starts at time 0, so a request's intended time is simulated time, and so is a phase of a stub's script, also for
//! a replica that comes back.

mod error;
mod hosts;
mod load;
mod scripts;
mod strikes;

pub use error::StageError;
pub use hosts::{Process, add_client, add_gateway, add_replica};
pub use load::job;

use crate::scenarios::{GATEWAY_PORT, NAMES_VALID_FOR, Scenario, upstream_name};
use crate::trace::Recorder;
use crate::world::{Driver, Settings};
use std::cell::Cell;
use std::net::SocketAddr;
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
        let script = scripts::script(scenario, replica)?;
        let ip = add_replica(&mut driver, replica, script, index, seed)?;
        replicas.push((replica.name.as_str(), ip));
    }
    name_upstreams(&mut driver, scenario)?;
    let process = Process::new(scenario, &replicas)?;
    let gateway = add_gateway(&mut driver, &process)?;
    let job = job(&scenario.load, SocketAddr::new(gateway, GATEWAY_PORT))?;
    let clients = scenario.load.clients;
    let done = Rc::new(Cell::new(0));
    for index in 0..clients {
        add_client(&mut driver, &job, index, clients, seed, &done)?;
    }
    let mut strikes = Strikes::new(scenario, process);
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
