//! Builds a simulated network and steps it.
//!
//! turmoil is always given its epoch and seed, one tick of 1 ms, queues that hold, all ports, and never a
//! `fail_rate`. How it is broken is `inject`.

use super::error::DriverError;
use super::faults::Active;
use super::links::Links;
use super::names::{Name, NameAnswer};
use super::net::{Host, Net, micros};
use super::sim_world::SimWorld;
use super::stream::Closer;
use super::{EPOCH, HOSTS_MAX, QUEUE_SEGMENTS, TICK};
use crate::trace::text::{NAME_BYTES_MAX, name_to_values};
use crate::trace::{Kind, Recorder};
use std::future::Future;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime};
use world::Seed;

/// Far beyond any scenario; the driver decides when a simulation ends, not turmoil.
const TURMOIL_DURATION: Duration = Duration::from_secs(365 * 86_400);

/// What a simulated network is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub seed: Seed,
    /// Which of several simulations in one trace this is.
    pub variant: u64,
    /// Shortest and longest time a segment travels; most travel near the shortest. Whole milliseconds.
    pub latency: (Duration, Duration),
    /// How far a writer may be ahead of the reader of a connection.
    pub window_bytes: usize,
    /// Reads and writes are cut at random places.
    pub fragment: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let latency = (Duration::from_millis(1), Duration::from_millis(1));
        Self {
            seed: Seed(0),
            variant: 0,
            latency,
            window_bytes: 64 << 10,
            fragment: false,
        }
    }
}

/// One simulated network and everything on it. Make it on a thread of its own: see [`super::isolated`].
pub struct Driver {
    pub(super) sim: turmoil::Sim<'static>,
    pub(super) net: Rc<Net>,
    pub(super) active: Active,
    /// Reads and writes are cut without any fault.
    pub(super) fragment: bool,
}

impl Driver {
    pub fn new(settings: Settings, recorder: Recorder) -> Result<Self, DriverError> {
        let (shortest, longest) = settings.latency;
        if shortest > longest || settings.window_bytes == 0 {
            return Err(DriverError::BadSettings);
        }
        let sim = turmoil::Builder::new()
            .epoch(SystemTime::UNIX_EPOCH + EPOCH)
            .rng_seed(settings.seed.child("turmoil").0)
            .tick_duration(TICK)
            .simulation_duration(TURMOIL_DURATION)
            .min_message_latency(shortest)
            .max_message_latency(longest)
            .tcp_capacity(QUEUE_SEGMENTS)
            .ephemeral_ports(1024..=65_535)
            .build();
        let links = Links::new(HOSTS_MAX, settings.latency);
        let net = Rc::new(Net::new(settings.seed, settings.window_bytes, links, recorder));
        net.fragment.set(settings.fragment);
        net.emit_driver(0, Kind::Run, &[settings.variant, settings.seed.0]);
        Ok(Self {
            sim,
            net,
            active: Active::default(),
            fragment: settings.fragment,
        })
    }

    /// Adds a host and starts its program; a program that ends leaves its host up and silent. Hosts are
    /// numbered, and take their turns in each tick, in the order of their adding.
    pub fn host<F, Fut>(&mut self, name: &str, program: F) -> Result<IpAddr, DriverError>
    where
        F: Fn(SimWorld) -> Fut + 'static,
        Fut: Future<Output = turmoil::Result> + 'static,
    {
        let number = self.net.hosts.borrow().len() as u64 + 1;
        if number > HOSTS_MAX as u64 {
            return Err(DriverError::TooManyHosts);
        }
        // turmoil takes an address for the host that has it, and panics when there is none
        let is_address = name.parse::<IpAddr>().is_ok();
        let fits = (1..=NAME_BYTES_MAX).contains(&name.len());
        if !fits || is_address || self.net.number_of_name(name).is_some() {
            return Err(DriverError::BadHostName(name.into()));
        }
        let ip = self.sim.lookup(name);
        self.net.hosts.borrow_mut().push(Host::new(name, ip));
        self.net.emit_driver(number, Kind::Host, &name_to_values(name));
        self.net.emit_driver(number, Kind::Start, &[0]);
        let (net, name) = (Rc::clone(&self.net), name.to_owned());
        self.sim.host(ip, move || {
            let incarnation = net.host(number, |host| host.incarnation);
            let running = program(SimWorld::new(Rc::clone(&net), number, &name, incarnation));
            let closer = Closer::new(Rc::clone(&net), number);
            let net = Rc::clone(&net);
            async move {
                net.set_origin(number);
                tokio::task::spawn_local(closer.run());
                running.await?;
                // turmoil freezes a host whose main returned; ours stays up
                std::future::pending().await
            }
        });
        Ok(ip)
    }

    /// Simulated time.
    pub fn elapsed(&self) -> Duration {
        self.sim.elapsed()
    }

    /// Lives through one tick on every host.
    pub fn step(&mut self) -> Result<(), DriverError> {
        if self.active.has_slow() {
            self.settle_stops();
        }
        self.net.begin_tick();
        self.net.live.set(true);
        let stepped = self.sim.step();
        self.net.live.set(false);
        self.net.driver_us.set(micros(self.sim.elapsed()));
        stepped
            .map(drop)
            .map_err(|error| DriverError::HostFailed(error.to_string()))
    }

    /// Steps until simulated time is `at` or later.
    pub fn run_until(&mut self, at: Duration) -> Result<(), DriverError> {
        while self.elapsed() < at {
            self.step()?;
        }
        Ok(())
    }

    /// Traces what was done to the system from outside of it.
    pub fn note(&self, kind: Kind, values: &[u64]) {
        self.net.emit_driver(0, kind, values);
    }

    /// Ends the simulation. What the hosts' programs do while they are dropped is not traced.
    pub fn finish(self) -> Recorder {
        self.net.emit_driver(0, Kind::End, &[]);
        drop(self.sim);
        self.net
            .recorder
            .borrow_mut()
            .take()
            .expect("taken here and nowhere else")
    }

    /// From now on the name stands for these hosts. Its number is the one in the trace.
    pub fn name(&mut self, name: &str, number: u64, hosts: Vec<IpAddr>, valid_for: Duration) {
        self.net.names.borrow_mut().push(Name {
            name: name.to_owned(),
            number,
            valid_for,
            answers: vec![NameAnswer::Hosts(hosts)],
        });
    }

    /// Lays an answer on top of those that are there.
    pub fn push_answer(&mut self, name: &str, answer: NameAnswer) -> Result<(), DriverError> {
        self.with_name(name, |known| known.answers.push(answer))
    }

    /// Lifts an answer that was laid like this.
    pub fn pop_answer(&mut self, name: &str, answer: &NameAnswer) -> Result<(), DriverError> {
        self.with_name(name, |known| {
            if let Some(place) = known.answers.iter().rposition(|laid| laid == answer) {
                known.answers.remove(place);
            }
        })
    }

    fn with_name(&mut self, name: &str, f: impl FnOnce(&mut Name)) -> Result<(), DriverError> {
        let mut names = self.net.names.borrow_mut();
        let known = names.iter_mut().find(|known| known.name == name);
        known.map(f).ok_or_else(|| DriverError::UnknownHost(name.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_no_name() {
        let mut driver = Driver::new(Settings::default(), Recorder::hash_only()).expect("settings are good");
        for name in ["10.0.0.1", "192.168.0.1", "::1"] {
            let added = driver.host(name, |_| async { Ok(()) });
            assert_eq!(added, Err(DriverError::BadHostName(name.into())));
        }
        assert!(driver.host("10.0.0.256", |_| async { Ok(()) }).is_ok());
    }
}
