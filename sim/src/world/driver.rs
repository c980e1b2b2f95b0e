//! Builds a simulated network, steps it, and breaks it.
//!
//! turmoil is always given its epoch and seed, one tick of 1 ms, queues that hold, all ports, and never a
//! `fail_rate`. Every fault passes through here, is counted (see `links`), and is traced with the driver's time.

use super::error::DriverError;
use super::links::{BothWays, LinkFault, LinkState, Links};
use super::net::{Host, Net, micros};
use super::sim_world::SimWorld;
use super::{EPOCH, HOSTS_MAX, QUEUE_SEGMENTS, TICK};
use crate::trace::text::{NAME_BYTES_MAX, name_to_values};
use crate::trace::{Kind, Recorder};
use std::future::Future;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime};
use turmoil::Segment;
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
    sim: turmoil::Sim<'static>,
    net: Rc<Net>,
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
        Ok(Self { sim, net })
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
        if name.is_empty() || name.len() > NAME_BYTES_MAX || self.net.number_of_name(name).is_some() {
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
            async move {
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
        self.net.deliver_resets();
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

    /// Kills the program on a host: its connections end at once, new ones are refused.
    pub fn crash(&mut self, name: &str) -> Result<(), DriverError> {
        let (number, ip) = self.find(name)?;
        if !self.net.host(number, |host| host.alive) {
            return Err(DriverError::AlreadyDown(name.into()));
        }
        let open = self.net.open_on(number);
        self.net.emit_driver(number, Kind::Crash, &[open.len() as u64]);
        let died = self.net.host(number, |host| {
            host.alive = false;
            host.listening.clear();
            Rc::clone(&host.died)
        });
        self.sim.crash(ip);
        for connection in open {
            connection.close_ends_of(number);
        }
        died.notify_waiters();
        Ok(())
    }

    /// Starts the program on a host again after a crash.
    pub fn bounce(&mut self, name: &str) -> Result<(), DriverError> {
        let (number, ip) = self.find(name)?;
        if self.net.host(number, |host| host.alive) {
            return Err(DriverError::NotDown(name.into()));
        }
        let incarnation = self.net.host(number, |host| {
            host.alive = true;
            host.incarnation += 1;
            host.incarnation
        });
        self.net.emit_driver(number, Kind::Start, &[incarnation]);
        self.sim.bounce(ip);
        Ok(())
    }

    /// Takes the host's power: its peers hear nothing more, not even that connections ended.
    pub fn power_off(&mut self, name: &str) -> Result<(), DriverError> {
        self.with_every_other(name, |driver, other| {
            driver.push(LinkFault::Partition, name, other)
        })?;
        self.crash(name)
    }

    /// Gives the host its power back and starts its program. Connections from before are reset.
    pub fn power_on(&mut self, name: &str) -> Result<(), DriverError> {
        self.bounce(name)?;
        self.with_every_other(name, |driver, other| {
            driver.pop(LinkFault::Partition, name, other)
        })
    }

    /// Lays a fault on the link between two hosts, on top of those that are there.
    pub fn push(&mut self, fault: LinkFault, a: &str, b: &str) -> Result<(), DriverError> {
        let ((a, _), (b, _)) = self.find_pair(a, b)?;
        let change = self
            .net
            .links
            .borrow_mut()
            .push(fault, a, b)
            .map_err(DriverError::Link)?;
        self.apply(a, b, change);
        Ok(())
    }

    /// Lifts a fault that was laid with the same arguments.
    pub fn pop(&mut self, fault: LinkFault, a: &str, b: &str) -> Result<(), DriverError> {
        let ((a, _), (b, _)) = self.find_pair(a, b)?;
        let change = self
            .net
            .links
            .borrow_mut()
            .pop(fault, a, b)
            .map_err(DriverError::Link)?;
        self.apply(a, b, change);
        Ok(())
    }

    /// Changes how long segments travel between two hosts from here on.
    pub fn set_latency(&mut self, a: &str, b: &str, range: (Duration, Duration)) -> Result<(), DriverError> {
        let ((a, a_ip), (b, b_ip)) = self.find_pair(a, b)?;
        if range.0 > range.1 {
            return Err(DriverError::BadSettings);
        }
        self.net.links.borrow_mut().set_latency(a, b, range);
        self.sim.set_link_latency(a_ip, b_ip, range.0);
        self.sim.set_link_max_message_latency(a_ip, b_ip, range.1);
        self.net
            .emit_driver(0, Kind::Latency, &[a, b, micros(range.0), micros(range.1)]);
        Ok(())
    }

    /// Switches the fault `fragment` for all connections.
    pub fn set_fragment(&mut self, on: bool) {
        self.net.fragment.set(on);
    }

    /// Sets how far a host's wall clock is ahead (or, below 0, behind).
    pub fn set_clock_offset(&mut self, name: &str, offset_us: i64) -> Result<(), DriverError> {
        let (number, _) = self.find(name)?;
        self.net.host(number, |host| host.clock_offset_us = offset_us);
        self.net
            .emit_driver(number, Kind::ClockStep, &[offset_us.cast_unsigned()]);
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

    fn find(&self, name: &str) -> Result<(u64, IpAddr), DriverError> {
        let number = self
            .net
            .number_of_name(name)
            .ok_or_else(|| DriverError::UnknownHost(name.into()))?;
        Ok((number, self.net.host(number, |host| host.ip)))
    }

    #[expect(clippy::type_complexity, reason = "twice what `find` gives")]
    fn find_pair(&self, a: &str, b: &str) -> Result<((u64, IpAddr), (u64, IpAddr)), DriverError> {
        if a == b {
            return Err(DriverError::NoLinkToItself(a.into()));
        }
        Ok((self.find(a)?, self.find(b)?))
    }

    fn with_every_other(
        &mut self,
        name: &str,
        mut f: impl FnMut(&mut Self, &str) -> Result<(), DriverError>,
    ) -> Result<(), DriverError> {
        self.find(name)?;
        let names: Vec<String> = self
            .net
            .hosts
            .borrow()
            .iter()
            .map(|host| host.name.clone())
            .collect();
        names
            .iter()
            .filter(|other| *other != name)
            .try_for_each(|other| f(self, other))
    }

    /// Brings turmoil's link into the state that the counted faults ask for.
    fn apply(&mut self, a: u64, b: u64, (before, after): (BothWays, BothWays)) {
        if before == after {
            return;
        }
        let (low, high) = (a.min(b), a.max(b));
        let ips = [low, high].map(|number| self.net.host(number, |host| host.ip));
        let [low_ip, high_ip] = ips;
        for way in 0..2 {
            if after[way] == LinkState::Cut && before[way] != LinkState::Cut {
                self.mark_lost(ips[way], ips[1 - way]);
            }
        }
        if before == [LinkState::Held; 2] && after == [LinkState::Open; 2] {
            self.sim.release(low_ip, high_ip);
        } else {
            self.sim.repair(low_ip, high_ip);
            match after {
                [LinkState::Held, _] => self.sim.hold(low_ip, high_ip),
                [LinkState::Cut, LinkState::Cut] => self.sim.partition(low_ip, high_ip),
                [LinkState::Cut, _] => self.sim.partition_oneway(low_ip, high_ip),
                [_, LinkState::Cut] => self.sim.partition_oneway(high_ip, low_ip),
                _ => {}
            }
        }
        self.net
            .emit_driver(0, Kind::Link, &[low, high, after[0] as u64, after[1] as u64]);
        if before.contains(&LinkState::Cut) && !after.contains(&LinkState::Cut) {
            self.net.reset_lost(low, high);
        }
    }

    /// What is on its way in this direction will be lost, and with it the connections it belongs to.
    fn mark_lost(&self, from: IpAddr, to: IpAddr) {
        self.sim.links(|links| {
            let between = |(a, b): (IpAddr, IpAddr)| (a, b) == (from, to) || (b, a) == (from, to);
            for sent in links.filter(|link| between(link.pair())).flatten() {
                let (source, target) = sent.pair();
                let is_syn = matches!(sent.protocol(), turmoil::Protocol::Tcp(Segment::Syn(_)));
                if source.ip() == from
                    && !is_syn
                    && let Some(connection) = self.net.connection(source, target)
                {
                    connection.lost.set(true);
                }
            }
        });
    }
}
