//! A simulation added up while it runs: requests and their outcomes per second and per window, attempts, crashes.
//!
//! Pure bookkeeping over the records of one simulation; it judges nothing. `sums` are those of a stretch, `seconds` of every second, `timeline` has what else there is
//! to see over time, `fine` what reached replicas around one moment. Memory: one row a second, up to a week of them,
//! the response times of the seconds in which requests may still be open, and those of each window that is asked for and of the whole, up to a bound; a word for
//! each request without outcome or answer. What
//! lies later is in the totals and in windows only: a trace from elsewhere may say any time.

mod fine;
mod seconds;
mod sums;
mod timeline;

pub use fine::{FINE_US, Fine};
pub use seconds::{OPEN_SECONDS_MAX, SECONDS_MAX, Seconds};
pub use sums::{Quantiles, Sums};
pub use timeline::{ASKS_MAX, Cell, Given, Timeline, Turn};

use crate::trace::text::name_from_values;
use crate::trace::{Kind, Outcome, Record};
use scenarios::Window;
use std::collections::BTreeMap;
use std::time::Duration;

/// A host that was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash {
    pub host: String,
    pub at_us: u64,
    /// Requests its replica had read and not yet answered.
    pub in_hand: u64,
}

/// What a replica had to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hands {
    /// Read by it.
    pub requests: u64,
    pub in_hand: u64,
    pub most_in_hand: u64,
}

/// One simulation, added up.
#[derive(Debug, Clone, Default)]
pub struct Account {
    pub total: Sums,
    pub seconds: Seconds,
    pub timeline: Timeline,
    pub fine: Fine,
    /// In the order in which they were asked for.
    pub windows: Vec<(Window, Sums)>,
    pub outcomes: BTreeMap<Outcome, u64>,
    pub crashes: Vec<Crash>,
    pub end_us: u64,
    names: BTreeMap<u64, String>,
    /// Intended times of requests without outcome, and which ask they are.
    open: BTreeMap<u64, (u64, usize)>,
    /// Of requests that a gateway has read and not answered, which ask they are; by its host and its number of them.
    read: BTreeMap<(u64, u64), usize>,
    /// Of a load that is written out, each request's ask.
    asks: Vec<usize>,
    /// By a replica's host.
    hands: BTreeMap<u64, Hands>,
}

impl Account {
    /// With sums over these windows, beside those of every second.
    pub fn new(windows: impl Iterator<Item = Window>) -> Self {
        Self {
            windows: windows.map(|window| (window, Sums::default())).collect(),
            ..Self::default()
        }
    }

    /// For a load whose requests are written out, each with its ask.
    #[must_use]
    pub fn with_asks(self, asks: Vec<usize>) -> Self {
        Self { asks, ..self }
    }

    /// With what reached replicas around this moment, if there is one, in short steps.
    #[must_use]
    pub fn around(self, moment: Option<Duration>) -> Self {
        let fine = moment.map(|at| Fine::around(u64::try_from(at.as_micros()).unwrap_or(u64::MAX)));
        Self {
            fine: fine.unwrap_or_default(),
            ..self
        }
    }

    pub fn see(&mut self, record: &Record) {
        let [first, second, third, fourth, ..] = record.args();
        self.end_us = self.end_us.max(record.at_us);
        match record.kind {
            Kind::Host => drop(self.names.insert(record.host, name_from_values(record.values()))),
            Kind::ClientPlanned => {
                let ask = self.asks.get(third as usize).copied().unwrap_or(third as usize);
                self.open.insert(first, (second, ask));
                self.count(second, Some(ask), |sums| sums.requests += 1);
            }
            Kind::ClientDone | Kind::ClientFailed => self.ended(first, record.at_us, Outcome::of(record)),
            Kind::GatewayRequest => {
                let asked = second.checked_sub(1).and_then(|id| self.open.get(&id));
                if let Some((_, ask)) = asked {
                    self.read.insert((record.host, first), *ask);
                }
            }
            Kind::GatewayAttempt => {
                let ask = self.read.get(&(record.host, first)).copied();
                self.count(record.at_us, ask, |sums| sums.attempts += 1);
            }
            Kind::GatewayAnswered => drop(self.read.remove(&(record.host, first))),
            Kind::StubRequest => {
                let hands = self.hands.entry(record.host).or_default();
                hands.requests += 1;
                hands.in_hand += 1;
                hands.most_in_hand = hands.most_in_hand.max(hands.in_hand);
                // 0: a request of the gateway's own
                if fourth > 0 {
                    self.fine.reached(record.at_us, record.host);
                }
            }
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => {
                let hands = self.hands.entry(record.host).or_default();
                hands.in_hand = hands.in_hand.saturating_sub(1);
            }
            Kind::GatewayBreaker => self.timeline.turned(record),
            Kind::Reload => self.timeline.given(record),
            Kind::Crash => self.crashes.push(Crash {
                host: self.names.get(&record.host).cloned().unwrap_or_default(),
                at_us: record.at_us,
                in_hand: self
                    .hands
                    .get_mut(&record.host)
                    .map_or(0, |hands| std::mem::take(&mut hands.in_hand)),
            }),
            _ => {}
        }
    }

    /// Those that were reached, by name, in the order of their hosts.
    pub fn replicas(&self) -> impl Iterator<Item = (&str, Hands)> {
        self.hands.iter().map(|(host, hands)| (self.name(*host), *hands))
    }

    pub fn name(&self, host: u64) -> &str {
        self.names.get(&host).map_or("", String::as_str)
    }

    /// Nothing more will come.
    pub fn close(&mut self) {
        self.total.close();
        self.seconds.close();
        self.timeline.close();
        self.windows.iter_mut().for_each(|(_, sums)| sums.close());
    }

    fn ended(&mut self, id: u64, at_us: u64, outcome: Outcome) {
        let Some((intended_us, ask)) = self.open.remove(&id) else {
            return;
        };
        *self.outcomes.entry(outcome).or_default() += 1;
        let response_us = at_us.saturating_sub(intended_us);
        self.timeline.ended(intended_us, outcome, response_us);
        self.count(intended_us, Some(ask), |sums| sums.ended(outcome, response_us));
    }

    fn count(&mut self, at_us: u64, ask: Option<usize>, count: impl Fn(&mut Sums)) {
        count(&mut self.total);
        let at = Duration::from_micros(at_us);
        for (window, sums) in &mut self.windows {
            let is_asked = window.ask.is_none() || window.ask == ask;
            if is_asked && (window.from..window.to).contains(&at) {
                count(sums);
            }
        }
        if let Some(ask) = ask {
            self.timeline.count(at_us, ask, &count);
        }
        self.seconds.count(at_us, count);
    }
}

#[cfg(test)]
mod tests {
    use super::seconds::SECOND_US;
    use super::*;
    use crate::trace::text::name_to_values;

    #[test]
    fn sums_are_by_intended_time_and_crashes_know_what_was_in_hand() {
        let client = 2;
        let window = Window::new(Duration::ZERO, Duration::from_millis(1));
        let mut account = Account::new([window].into_iter());
        [
            (0, 1, Kind::Host, name_to_values("r0").to_vec()),
            (900, client, Kind::ClientPlanned, vec![1, 900, 0]),
            (1_000, client, Kind::ClientPlanned, vec![2, 1_000, 0]),
            (1_000, 3, Kind::GatewayAttempt, vec![0, 1, 0, 0]),
            (1_000, 1, Kind::StubRequest, vec![0, 0, 0, 2, 0, 1, 0]),
            (1_000, 1, Kind::StubRequest, vec![0, 1, 1, 3, 0, 1, 0]),
            (2_000, 1, Kind::StubFinished, vec![0, 0, 0, 0]),
            (3_000, 1, Kind::Crash, vec![4]),
            (4_000, client, Kind::ClientDone, vec![1, 200, 0, 0]),
            (1_005_000, client, Kind::ClientDone, vec![2, 502, 0, 0]),
        ]
        .into_iter()
        .enumerate()
        .for_each(|(i, (at, host, kind, values))| {
            account.see(&Record::new(at, i as u64, host, kind, &values));
        });
        account.close();
        let crash = Crash {
            host: "r0".into(),
            at_us: 3_000,
            in_hand: 1,
        };
        assert_eq!(account.crashes, [crash]);
        let first = &account.windows[0].1;
        assert_eq!(
            (first.requests, first.ok, first.attempts, first.p99_us()),
            (1, 1, 0, Some(3_100))
        );
        let second = &account.seconds.sums()[0];
        assert_eq!(
            (second.requests, second.ok, second.failed, second.attempts),
            (2, 1, 1, 1)
        );
        assert_eq!(
            (second.p99_us(), account.total.amplification()),
            (Some(1_004_000), Some(0.5))
        );
        assert_eq!(account.outcomes.len(), 2);
    }

    #[test]
    fn attempts_are_told_apart_by_what_was_asked_for() {
        let (gateway, other, client) = (1, 2, 3);
        let window = Window::new(Duration::ZERO, Duration::from_millis(1));
        let mut account = Account::new([window, window.of(0), window.of(1)].into_iter());
        [
            (client, Kind::ClientPlanned, vec![7, 0, 1]),
            (client, Kind::ClientPlanned, vec![8, 0, 0]),
            (gateway, Kind::GatewayRequest, vec![0, 8]),
            (other, Kind::GatewayRequest, vec![0, 9]),
            // of nobody's load
            (gateway, Kind::GatewayRequest, vec![1, 0]),
            (gateway, Kind::GatewayAttempt, vec![0, 1, 0, 0]),
            (gateway, Kind::GatewayAttempt, vec![0, 2, 0, 0]),
            (other, Kind::GatewayAttempt, vec![0, 1, 0, 0]),
            (gateway, Kind::GatewayAttempt, vec![1, 1, 0, 0]),
            (gateway, Kind::GatewayAnswered, vec![0, 200]),
            (client, Kind::ClientDone, vec![7, 200, 0, 0]),
        ]
        .into_iter()
        .enumerate()
        .for_each(|(i, (host, kind, values))| {
            account.see(&Record::new(5, i as u64, host, kind, &values));
        });
        let attempts = account.windows.iter().map(|(_, sums)| sums.attempts);
        assert_eq!(attempts.collect::<Vec<_>>(), [4, 1, 2]);
        assert_eq!(account.read.len(), 1, "what was answered is forgotten");
    }

    #[test]
    fn seconds_are_closed_on_the_way() {
        let mut account = Account::new(std::iter::empty());
        for second in 0..1_000 {
            let at = second * SECOND_US;
            account.see(&Record::new(at, 0, 1, Kind::ClientPlanned, &[second, at, 0]));
            account.see(&Record::new(at + 5, 0, 1, Kind::ClientDone, &[second, 200, 0, 0]));
        }
        let open = account
            .seconds
            .sums()
            .iter()
            .filter(|second| !second.responses.is_empty());
        assert!(open.count() <= OPEN_SECONDS_MAX as usize + 1);
        account.close();
        assert!(
            account
                .seconds
                .sums()
                .iter()
                .all(|second| second.p99_us() == Some(5))
        );
    }

    #[test]
    fn a_time_far_away_counts_in_the_totals_alone() {
        let mut account = Account::new(std::iter::empty());
        let see = |account: &mut Account, id, at_us| {
            account.see(&Record::new(0, 0, 1, Kind::ClientPlanned, &[id, at_us, 0]));
            account.see(&Record::new(5, 0, 1, Kind::ClientDone, &[id, 200, 0, 0]));
        };
        see(&mut account, 1, u64::MAX);
        see(&mut account, 2, SECONDS_MAX * SECOND_US);
        assert_eq!((account.total.ok, account.seconds.sums().len()), (2, 0));
        see(&mut account, 3, SECONDS_MAX * SECOND_US - 1);
        assert_eq!(
            (account.total.ok, account.seconds.sums().len() as u64),
            (3, SECONDS_MAX)
        );
    }

    #[test]
    fn who_comes_when_a_second_is_closed_does_not_speak_for_it() {
        let mut account = Account::new(std::iter::empty());
        let late = (OPEN_SECONDS_MAX + 2) * SECOND_US;
        for (at_us, kind, values) in [
            (0, Kind::ClientPlanned, [1, 0, 0].to_vec()),
            (0, Kind::ClientPlanned, [2, 0, 0].to_vec()),
            (5, Kind::ClientDone, [1, 200, 0, 0].to_vec()),
            (late, Kind::ClientPlanned, [3, late, 0].to_vec()),
            (late, Kind::ClientDone, [2, 200, 0, 0].to_vec()),
        ] {
            account.see(&Record::new(at_us, 0, 1, kind, &values));
        }
        account.close();
        assert_eq!(
            (account.seconds.sums()[0].p99_us(), account.seconds.sums()[0].ok),
            (Some(5), 2)
        );
    }
}
