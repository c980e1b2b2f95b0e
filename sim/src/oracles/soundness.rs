//! Whether the way between the gateway and a client or a replica was sound for a while: both up and running, nothing
//! wrong with the link between them, and the gateway not on its way out.
//!
//! Rests on what the driver did, not on the plan. After something was mended the way counts as unsound for a while yet. For
//! what is old that is long: resets are on their way, and segments of the slow time are still ahead of those behind them.
//! What is begun anew is spared that.

use super::facts::{Facts, micros, settling};
use crate::trace::{Kind, Record};
use scenarios::Scenario;
use std::time::Duration;

/// Until a program that was started listens, and one that was stopped looks around.
const GRACE_OF_NEW: Duration = Duration::from_millis(20);

/// What is wrong, as bits.
const DOWN: u8 = 1;
const STOPPED: u8 = 2;
const DRAINING: u8 = 4;
const LINK: u8 = 8;
const LATENCY: u8 = 16;
const SCRIPTED_DOWN: u8 = 32;

pub(super) struct Soundness {
    gateway: u64,
    /// The latency that is nothing wrong.
    latency_us: [u64; 2],
    grace_us: u64,
    /// By host; of others than the gateway with their link to it.
    hosts: Vec<Host>,
}

#[derive(Clone, Default)]
struct Host {
    wrong: u8,
    /// The last moment at which something was wrong.
    mended_us: Option<u64>,
}

impl Soundness {
    /// Of connections that may be older than what was wrong.
    pub(super) fn new(scenario: &Scenario, facts: &Facts) -> Self {
        Self {
            grace_us: micros(settling(scenario)),
            ..Self::of_dials(scenario, facts)
        }
    }

    /// Of dials.
    pub(super) fn of_dials(scenario: &Scenario, facts: &Facts) -> Self {
        let network = &scenario.network;
        Self {
            gateway: facts.gateway,
            latency_us: [network.latency_min, network.latency_max].map(|latency| latency.as_micros() as u64),
            grace_us: micros(GRACE_OF_NEW),
            hosts: vec![Host::default(); scenario.host_names().count() + 1],
        }
    }

    /// To be shown crashes, starts, stops, drains, changes of links and latencies, and replicas that their script takes
    /// down or up.
    pub(super) fn see(&mut self, record: &Record) {
        let [a, b, third, fourth, ..] = record.args();
        let at = record.at_us;
        let is = |wrong: bool, bit: u8| if wrong { (bit, 0) } else { (0, bit) };
        match record.kind {
            Kind::Crash => self.change(record.host, (DOWN, DRAINING | SCRIPTED_DOWN), at),
            Kind::StubDown => self.change(record.host, (SCRIPTED_DOWN, 0), at),
            Kind::StubUp => self.change(record.host, (0, SCRIPTED_DOWN), at),
            Kind::Start => self.change(record.host, (0, DOWN | DRAINING), at),
            Kind::Stop => self.change(record.host, is(a != 0, STOPPED), at),
            Kind::Drain => self.change(self.gateway, (DRAINING, 0), at),
            Kind::Link | Kind::Latency if a == self.gateway || b == self.gateway => {
                let other = if a == self.gateway { b } else { a };
                let change = match record.kind {
                    Kind::Link => is([third, fourth] != [0, 0], LINK),
                    _ => is([third, fourth] != self.latency_us, LATENCY),
                };
                self.change(other, change, at);
            }
            _ => {}
        }
    }

    /// Whether nothing was wrong from this time until now, nor shortly before.
    pub(super) fn holds(&self, other: u64, since_us: u64) -> bool {
        [other, self.gateway].iter().all(|host| {
            self.host(*host).is_some_and(|host| {
                let mended = host.mended_us.map(|at_us| at_us.saturating_add(self.grace_us));
                host.wrong == 0 && mended.is_none_or(|mended| mended < since_us)
            })
        })
    }

    fn change(&mut self, host: u64, (set, cleared): (u8, u8), at_us: u64) {
        let place = usize::try_from(host).unwrap_or(usize::MAX);
        if let Some(host) = self.hosts.get_mut(place) {
            if host.wrong & cleared != 0 {
                host.mended_us = Some(at_us);
            }
            host.wrong = (host.wrong | set) & !cleared;
        }
    }

    fn host(&self, number: u64) -> Option<&Host> {
        self.hosts.get(usize::try_from(number).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::scenario;
    use super::*;

    /// Whether client 5's way held from this time on, when these were the events, a millisecond apart.
    fn holds(since_us: u64, events: &[(u64, Kind, &[u64])]) -> bool {
        let scenario = scenario();
        let mut soundness = Soundness::new(&scenario, &Facts::new(&scenario));
        for (i, (host, kind, values)) in events.iter().enumerate() {
            soundness.see(&Record::new(i as u64 * 1_000, i as u64, *host, *kind, values));
        }
        soundness.holds(5, since_us)
    }

    #[test]
    fn what_is_wrong_counts_until_it_is_mended_and_a_while_longer() {
        let start = (4, Kind::Start, &[0][..]);
        assert!(holds(0, &[start]));
        for (wrong, mended) in [
            ((4, Kind::Crash, &[3][..]), (4, Kind::Start, &[1][..])),
            ((4, Kind::Stop, &[1]), (4, Kind::Stop, &[0])),
            ((5, Kind::Stop, &[1]), (5, Kind::Stop, &[0])),
            ((0, Kind::Drain, &[5]), (4, Kind::Start, &[1])),
            ((5, Kind::StubDown, &[0]), (5, Kind::StubUp, &[0])),
            ((0, Kind::Link, &[4, 5, 0, 1]), (0, Kind::Link, &[4, 5, 0, 0])),
            ((0, Kind::Link, &[4, 5, 2, 2]), (0, Kind::Link, &[4, 5, 0, 0])),
            (
                (0, Kind::Latency, &[4, 5, 9_000, 9_000]),
                (0, Kind::Latency, &[4, 5, 1_000, 5_000]),
            ),
        ] {
            let kind = wrong.1;
            assert!(!holds(u64::MAX, &[start, wrong]), "{kind}");
            assert!(!holds(1_011_000, &[start, wrong, mended]), "{kind}");
            assert!(holds(1_013_000, &[start, wrong, mended]), "{kind}");
        }
    }

    #[test]
    fn what_lies_elsewhere_does_not_matter() {
        assert!(holds(
            0,
            &[
                (1, Kind::Crash, &[3]),
                (6, Kind::Stop, &[1]),
                (0, Kind::Link, &[1, 4, 1, 1]),
                (0, Kind::Link, &[4, 6, 1, 1]),
                (0, Kind::Latency, &[2, 4, 9_000, 9_000]),
            ]
        ));
    }
}
