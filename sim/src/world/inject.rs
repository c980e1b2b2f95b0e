//! What a driver can do to its network: every fault, laid and lifted.
//!
//! Each call changes the multiset of active faults, then everything is brought to what follows from it (`faults`): links
//! first, so that who loses his power can't say goodbye, then the programs of hosts, then stops, clocks and the
//! rest. Every change of state is traced with the driver's time; a fault that changes nothing leaves no event.

use super::TICK;
use super::driver::Driver;
use super::error::DriverError;
use super::faults::Fault;
use super::links::{BothWays, LinkFault, LinkState, newly_cut};
use super::net::micros;
use crate::trace::Kind;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;
use turmoil::Segment;

impl Driver {
    /// Kills the program on a host: its connections end at once, new ones are refused. On a host that is down it
    /// counts: the program starts again when everything that took it down is lifted.
    pub fn crash(&mut self, name: &str) -> Result<(), DriverError> {
        let number = self.find(name)?;
        self.lay(Fault::Crash(number))
    }

    /// Lifts one crash. The program starts when no other crash, nor a loss of power, lies on the host.
    pub fn bounce(&mut self, name: &str) -> Result<(), DriverError> {
        let number = self.find(name)?;
        self.lift(Fault::Crash(number), || format!("a crash of {name}"))
    }

    /// Kills the program on a host and starts it again at once; on a host that is down, nothing.
    pub fn restart(&mut self, name: &str) -> Result<(), DriverError> {
        let number = self.find(name)?;
        if self.net.host(number, |host| host.alive) {
            self.kill(number);
            self.start(number);
        }
        Ok(())
    }

    /// Takes the host's power: its peers hear nothing more, not even that connections ended.
    pub fn power_off(&mut self, name: &str) -> Result<(), DriverError> {
        let number = self.find(name)?;
        self.lay(Fault::PowerLoss(number))
    }

    /// Lifts one loss of power. Connections from before are reset.
    pub fn power_on(&mut self, name: &str) -> Result<(), DriverError> {
        let number = self.find(name)?;
        self.lift(Fault::PowerLoss(number), || format!("a loss of power of {name}"))
    }

    /// Stops a host, as SIGSTOP does: see [`super::SimStream`] for what that is.
    pub fn push_stop(&mut self, name: &str) -> Result<(), DriverError> {
        let number = self.find(name)?;
        self.lay(Fault::Stop(number))
    }

    /// Lifts one stop.
    pub fn pop_stop(&mut self, name: &str) -> Result<(), DriverError> {
        let number = self.find(name)?;
        self.lift(Fault::Stop(number), || format!("a stop of {name}"))
    }

    /// Makes a host slow: from now on it runs for `run`, is stopped for `stop`, and so on, in whole ticks.
    pub fn push_slow(&mut self, name: &str, run: Duration, stop: Duration) -> Result<(), DriverError> {
        let fault = self.slow(name, run, stop)?;
        self.lay(fault)
    }

    /// Lifts the oldest such fault.
    pub fn pop_slow(&mut self, name: &str, run: Duration, stop: Duration) -> Result<(), DriverError> {
        let fault = self.slow(name, run, stop)?;
        self.lift(fault, || {
            format!("a slow {name} of {run:?} run, {stop:?} stopped")
        })
    }

    /// Puts a host's wall clock ahead (or, below 0, behind) by so much more.
    pub fn push_clock(&mut self, name: &str, offset_us: i64) -> Result<(), DriverError> {
        let host = self.find(name)?;
        self.lay(Fault::Clock { host, offset_us })
    }

    /// Takes one such offset back.
    pub fn pop_clock(&mut self, name: &str, offset_us: i64) -> Result<(), DriverError> {
        let host = self.find(name)?;
        self.lift(Fault::Clock { host, offset_us }, || {
            format!("a clock offset of {offset_us} µs of {name}")
        })
    }

    /// Lays a fault on the link between two hosts, on top of those that are there.
    pub fn push(&mut self, fault: LinkFault, a: &str, b: &str) -> Result<(), DriverError> {
        let (from, to) = self.find_pair(a, b)?;
        self.lay(Fault::on_link(fault, from, to))
    }

    /// Lifts a fault that was laid with the same arguments.
    pub fn pop(&mut self, fault: LinkFault, a: &str, b: &str) -> Result<(), DriverError> {
        let (from, to) = self.find_pair(a, b)?;
        self.lift(Fault::on_link(fault, from, to), || {
            format!("a {fault:?} of {a} and {b}")
        })
    }

    /// Makes segments travel at least so long between two hosts; each end of the range counts on its own.
    pub fn push_latency(&mut self, a: &str, b: &str, range: (Duration, Duration)) -> Result<(), DriverError> {
        let fault = self.latency(a, b, range)?;
        self.lay(fault)
    }

    /// Lifts one such fault.
    pub fn pop_latency(&mut self, a: &str, b: &str, range: (Duration, Duration)) -> Result<(), DriverError> {
        let fault = self.latency(a, b, range)?;
        self.lift(fault, || format!("a latency of {range:?} of {a} and {b}"))
    }

    /// Cuts the reads and writes of all connections at random places.
    pub fn push_fragment(&mut self) -> Result<(), DriverError> {
        self.lay(Fault::Fragment)
    }

    /// Lifts one such fault.
    pub fn pop_fragment(&mut self) -> Result<(), DriverError> {
        self.lift(Fault::Fragment, || "a fault fragment".into())
    }

    /// Lifts everything that is active.
    pub fn heal(&mut self) {
        self.active.clear();
        self.settle();
    }

    /// The address of a host.
    pub fn ip(&self, name: &str) -> Result<IpAddr, DriverError> {
        let number = self.find(name)?;
        Ok(self.net.host(number, |host| host.ip))
    }

    fn find(&self, name: &str) -> Result<u64, DriverError> {
        self.net
            .number_of_name(name)
            .ok_or_else(|| DriverError::UnknownHost(name.into()))
    }

    fn find_pair(&self, a: &str, b: &str) -> Result<(u64, u64), DriverError> {
        if a == b {
            return Err(DriverError::NoLinkToItself(a.into()));
        }
        Ok((self.find(a)?, self.find(b)?))
    }

    fn slow(&self, name: &str, run: Duration, stop: Duration) -> Result<Fault, DriverError> {
        let host = self.find(name)?;
        let [run, stop] = [run, stop].map(|time| micros(time).div_ceil(micros(TICK)));
        if run.saturating_add(stop) == 0 || run.checked_add(stop).is_none() {
            return Err(DriverError::BadSettings);
        }
        Ok(Fault::Slow { host, run, stop })
    }

    fn latency(&self, a: &str, b: &str, range: (Duration, Duration)) -> Result<Fault, DriverError> {
        let (a, b) = self.find_pair(a, b)?;
        if range.0 > range.1 {
            return Err(DriverError::BadSettings);
        }
        Ok(Fault::latency(a, b, range))
    }

    fn lay(&mut self, fault: Fault) -> Result<(), DriverError> {
        if !self.active.push(fault, self.tick()) {
            return Err(DriverError::TooManyFaults);
        }
        self.settle();
        Ok(())
    }

    fn lift(&mut self, fault: Fault, what: impl FnOnce() -> String) -> Result<(), DriverError> {
        if !self.active.pop(fault) {
            return Err(DriverError::NothingToLift(what()));
        }
        self.settle();
        Ok(())
    }

    fn tick(&self) -> u64 {
        micros(self.elapsed()) / micros(TICK)
    }

    /// Brings everything to what the active faults make of it.
    fn settle(&mut self) {
        let hosts = self.net.hosts.borrow().len() as u64;
        for low in 1..=hosts {
            for high in low + 1..=hosts {
                self.settle_link(low, high);
                self.settle_latency(low, high);
            }
        }
        for number in 1..=hosts {
            let alive = self.net.host(number, |host| host.alive);
            match self.active.is_down(number) {
                true if alive => self.kill(number),
                false if !alive => self.start(number),
                _ => {}
            }
        }
        self.settle_stops();
        for number in 1..=hosts {
            self.settle_clock(number);
        }
        let fragment = self.fragment || self.active.fragments();
        if self.net.fragment.replace(fragment) != fragment {
            self.net.emit_driver(0, Kind::Fragment, &[u64::from(fragment)]);
        }
    }

    /// Stops hosts and lets them go on; called at every tick while one is slow.
    pub(super) fn settle_stops(&self) {
        let (tick, hosts) = (self.tick(), self.net.hosts.borrow().len() as u64);
        for number in 1..=hosts {
            let stopped = self.active.is_stopped(number, tick);
            if stopped != self.net.is_stopped(number) {
                self.net.emit_driver(number, Kind::Stop, &[u64::from(stopped)]);
                self.net.set_stopped(number, stopped);
            }
        }
    }

    fn settle_clock(&self, number: u64) {
        let offset_us = self.active.clock_offset_us(number);
        let before = self.net.host(number, |host| {
            std::mem::replace(&mut host.clock_offset_us, offset_us)
        });
        if before != offset_us {
            self.net
                .emit_driver(number, Kind::ClockStep, &[offset_us.cast_unsigned()]);
        }
    }

    fn settle_latency(&self, low: u64, high: u64) {
        let mut links = self.net.links.borrow_mut();
        let range = self.active.link_latency(low, high, links.base_latency());
        if links.latency(low, high) != range {
            links.set_latency(low, high, range);
            let [low_ip, high_ip] = self.ips(low, high);
            self.sim.set_link_latency(low_ip, high_ip, range.0);
            self.sim.set_link_max_message_latency(low_ip, high_ip, range.1);
            self.net
                .emit_driver(0, Kind::Latency, &[low, high, micros(range.0), micros(range.1)]);
        }
    }

    fn settle_link(&self, low: u64, high: u64) {
        let before = self.net.links.borrow().both_ways(low, high);
        let after = self.active.link(low, high);
        if before == after {
            return;
        }
        self.net.links.borrow_mut().set_state(low, high, after);
        self.change_link(low, high, before, after);
        self.net
            .emit_driver(0, Kind::Link, &[low, high, after[0] as u64, after[1] as u64]);
        // not while the link is held: a reset is a segment, too
        if after == [LinkState::Open; 2] {
            self.net.reset_lost(low, high);
        }
    }

    fn change_link(&self, low: u64, high: u64, before: BothWays, after: BothWays) {
        let ips = self.ips(low, high);
        let [low_ip, high_ip] = ips;
        for way in 0..2 {
            if newly_cut(way, before, after) {
                self.mark_lost(ips[way], ips[1 - way]);
            }
        }
        match before {
            // what was held is on its way again, and lost there if the direction is cut now
            [LinkState::Held, _] => self.sim.release(low_ip, high_ip),
            _ => self.sim.repair(low_ip, high_ip),
        }
        match after {
            [LinkState::Held, _] => self.sim.hold(low_ip, high_ip),
            [LinkState::Cut, LinkState::Cut] => self.sim.partition(low_ip, high_ip),
            [LinkState::Cut, _] => self.sim.partition_oneway(low_ip, high_ip),
            [_, LinkState::Cut] => self.sim.partition_oneway(high_ip, low_ip),
            _ => {}
        }
    }

    fn kill(&mut self, number: u64) {
        let open = self.net.open_on(number);
        self.net.emit_driver(number, Kind::Crash, &[open.len() as u64]);
        let (ip, died) = self.net.host(number, |host| {
            host.alive = false;
            host.listening.clear();
            (host.ip, Rc::clone(&host.died))
        });
        self.sim.crash(ip);
        self.net.close_ends_of(number, &open);
        died.notify_waiters();
    }

    fn start(&mut self, number: u64) {
        let (ip, incarnation) = self.net.host(number, |host| {
            host.alive = true;
            host.incarnation += 1;
            (host.ip, host.incarnation)
        });
        self.net.emit_driver(number, Kind::Start, &[incarnation]);
        self.sim.bounce(ip);
    }

    fn ips(&self, low: u64, high: u64) -> [IpAddr; 2] {
        [low, high].map(|number| self.net.host(number, |host| host.ip))
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
