//! How many requests a replica has in its hands, as the gateway must know it when it picks: at least, and at most.
//!
//! It has one from when an attempt is told of. Until that ends the replica has it for sure; after its answer's head nobody
//! tells when the body was through, so until its client has all of it the replica may have it or not. A client's
//! connection that ends takes requests along, and nobody tells of that either, nor which they were: from then on nothing
//! is sure that was under way. What such a client had asked for may be in a replica's hands until faults are over and what
//! was on its way has arrived.
//!
//! Memory: attempts under way, and requests whose clients have gone under faults.

use crate::trace::{Kind, Record};
use std::collections::{BTreeMap, BTreeSet};

/// An upstream and a host.
pub(super) type Place = (usize, u64);

pub(super) struct Hands {
    gateway: u64,
    /// What is on its way when a fault ends arrives within it.
    settling_us: u64,
    /// By the gateway's number of the request, and the attempt's.
    held: BTreeMap<(u64, u64), Held>,
    /// The gateway's number of what a client asked for last.
    of_load: BTreeMap<u64, u64>,
    least: BTreeMap<Place, u64>,
    most: BTreeMap<Place, u64>,
    /// Attempts of an earlier one are not sure.
    epoch: u64,
    /// Connections of clients at the gateway.
    clients: BTreeSet<u64>,
    /// Gone, since when.
    gone: Vec<(u64, u64)>,
    broken: u64,
    mended_us: u64,
}

struct Held {
    at: Place,
    load_id: Option<u64>,
    is_answered: bool,
    epoch: u64,
}

impl Hands {
    pub(super) fn new(gateway: u64, settling_us: u64) -> Self {
        Self {
            gateway,
            settling_us,
            held: BTreeMap::new(),
            of_load: BTreeMap::new(),
            least: BTreeMap::new(),
            most: BTreeMap::new(),
            epoch: 0,
            clients: BTreeSet::new(),
            gone: Vec::new(),
            broken: 0,
            mended_us: 0,
        }
    }

    /// At least, and at most.
    pub(super) fn busy(&self, at: Place) -> (u64, u64) {
        let of = |counts: &BTreeMap<Place, u64>| counts.get(&at).copied().unwrap_or(0);
        (of(&self.least), of(&self.most))
    }

    /// Who has this attempt of the gateway's, as far as anybody can have it.
    pub(super) fn holder(&self, id: u64, number: u64) -> Option<Place> {
        self.held.get(&(id, number)).map(|held| held.at)
    }

    /// An attempt is told of.
    pub(super) fn attempt(&mut self, id: u64, number: u64, at: Place, load_id: Option<u64>, now_us: u64) {
        // one whose answer was not good; another one may be under way
        self.all_ended(id, |held| held.is_answered);
        self.ended(id, number);
        let held = Held {
            at,
            load_id,
            is_answered: false,
            epoch: self.epoch,
        };
        self.held.insert((id, number), held);
        *self.most.entry(at).or_default() += 1;
        *self.least.entry(at).or_default() += 1;
        if let Some(load_id) = load_id
            && let Some(before) = self.of_load.insert(load_id, id)
            && before != id
        {
            // its client has asked once more
            self.gone.push((before, now_us));
        }
    }

    /// To be shown everything that the oracle sees, attempts apart.
    pub(super) fn see(&mut self, record: &Record) {
        let [first, second, third, ..] = record.args();
        match record.kind {
            Kind::GatewayAttemptDone if third == 0 => self.answered(first, second),
            Kind::GatewayAttemptDone => self.ended(first, second),
            // it ran out of time without an end of the attempt
            Kind::GatewayAnswered => self.all_ended(first, |held| !held.is_answered),
            Kind::ClientDone => {
                if let Some(id) = self.of_load.get(&first).copied() {
                    self.all_ended(id, |_| true);
                }
            }
            Kind::ClientFailed => {
                if let Some(id) = self.of_load.remove(&first) {
                    self.gone.push((id, record.at_us));
                }
            }
            Kind::Accept if record.host == self.gateway => drop(self.clients.insert(first)),
            Kind::FinIn | Kind::RstIn | Kind::FinOut if record.host == self.gateway => self.left(first),
            Kind::Reset => self.left(first),
            Kind::Crash | Kind::Start if record.host == self.gateway => self.clear(),
            // counts go with a replica that a config leaves out
            Kind::Reload | Kind::GatewayApplied => self.unsure(),
            Kind::FaultBegan => self.broken += 1,
            Kind::FaultEnded => {
                self.broken = self.broken.saturating_sub(1);
                self.mended_us = record.at_us;
            }
            _ => {}
        }
    }

    /// Forgets whom nobody can have any more by now.
    pub(super) fn settle(&mut self, now_us: u64) {
        if self.gone.is_empty() || self.broken > 0 {
            return;
        }
        let until_us = |since_us: u64| since_us.max(self.mended_us).saturating_add(self.settling_us);
        let (over, kept) = self
            .gone
            .iter()
            .partition(|(_, since_us)| until_us(*since_us) < now_us);
        self.gone = kept;
        let over: Vec<(u64, u64)> = over;
        for (id, _) in over {
            self.all_ended(id, |_| true);
        }
    }

    fn answered(&mut self, id: u64, number: u64) {
        if let Some(held) = self.held.get_mut(&(id, number))
            && !std::mem::replace(&mut held.is_answered, true)
            && held.epoch == self.epoch
        {
            less(&mut self.least, held.at);
        }
    }

    /// All attempts of a request that are meant.
    fn all_ended(&mut self, id: u64, is_meant: impl Fn(&Held) -> bool) {
        let meant = self.held.range((id, 0)..=(id, u64::MAX));
        let meant: Vec<u64> = meant
            .filter(|(_, held)| is_meant(held))
            .map(|((_, number), _)| *number)
            .collect();
        for number in meant {
            self.ended(id, number);
        }
    }

    fn ended(&mut self, id: u64, number: u64) {
        let Some(held) = self.held.remove(&(id, number)) else {
            return;
        };
        if !held.is_answered && held.epoch == self.epoch {
            less(&mut self.least, held.at);
        }
        less(&mut self.most, held.at);
        if let Some(load_id) = held.load_id
            && self.of_load.get(&load_id) == Some(&id)
            && self.held.range((id, 0)..=(id, u64::MAX)).next().is_none()
        {
            self.of_load.remove(&load_id);
        }
    }

    /// A client's connection is at its end.
    fn left(&mut self, connection: u64) {
        if self.clients.remove(&connection) {
            self.unsure();
        }
    }

    /// From now on nothing is sure that is under way.
    pub(super) fn unsure(&mut self) {
        self.epoch += 1;
        self.least.clear();
    }

    fn clear(&mut self) {
        self.held.clear();
        self.of_load.clear();
        self.least.clear();
        self.most.clear();
        self.clients.clear();
        self.gone.clear();
    }
}

fn less(counts: &mut BTreeMap<Place, u64>, at: Place) {
    if let Some(count) = counts.get_mut(&at) {
        *count = count.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Place = (0, 1);

    fn busy(events: &[(u64, Kind, &[u64])], now_us: u64) -> (u64, u64) {
        let mut hands = Hands::new(4, 1_000);
        hands.attempt(0, 1, AT, Some(7), 0);
        for (host, kind, values) in events {
            hands.see(&Record::new(10, 0, *host, *kind, values));
        }
        hands.settle(now_us);
        hands.busy(AT)
    }

    #[test]
    fn it_is_sure_until_the_answer_and_possible_until_the_client_has_it() {
        let answered = (4, Kind::GatewayAttemptDone, &[0, 1, 0, 200][..]);
        let told = (4, Kind::GatewayAnswered, &[0, 200][..]);
        let done = (5, Kind::ClientDone, &[7, 200, 0, 0][..]);
        let failed = (5, Kind::ClientFailed, &[7, 2][..]);
        assert_eq!(busy(&[], 10), (1, 1));
        assert_eq!(busy(&[answered, told], 10), (0, 1));
        assert_eq!(busy(&[answered, told, done], 10), (0, 0));
        assert_eq!(busy(&[(4, Kind::GatewayAttemptDone, &[0, 1, 3, 0])], 10), (0, 0));
        assert_eq!(busy(&[(4, Kind::GatewayAnswered, &[0, 504])], 10), (0, 0));
        assert_eq!(busy(&[failed], 1_010), (1, 1));
        assert_eq!(busy(&[failed], 1_011), (0, 0));
        let fault = (0, Kind::FaultBegan, &[0, 1, 1, 0][..]);
        assert_eq!(busy(&[fault, failed], 9_999), (1, 1));
    }

    #[test]
    fn two_attempts_of_a_request_are_two() {
        let mut hands = Hands::new(4, 1_000);
        let other = (0, 2);
        hands.attempt(0, 1, AT, Some(7), 0);
        hands.attempt(0, 2, other, Some(7), 5);
        assert_eq!((hands.busy(AT), hands.busy(other)), ((1, 1), (1, 1)));
        for values in [&[0, 2, 0, 200][..], &[0, 1, 5, 0]] {
            hands.see(&Record::new(10, 0, 4, Kind::GatewayAttemptDone, values));
        }
        assert_eq!((hands.busy(AT), hands.busy(other)), ((0, 0), (0, 1)));
        hands.see(&Record::new(11, 0, 5, Kind::ClientDone, &[7, 200, 0, 0]));
        assert_eq!(hands.busy(other), (0, 0));
    }

    #[test]
    fn a_client_that_leaves_and_a_reload_make_it_unsure() {
        let accept = (4, Kind::Accept, &[30, 5][..]);
        assert_eq!(busy(&[accept, (4, Kind::FinIn, &[30])], 10), (0, 1));
        assert_eq!(busy(&[accept, (4, Kind::FinIn, &[31])], 10), (1, 1));
        assert_eq!(busy(&[(0, Kind::Reload, &[0, 2])], 10), (0, 1));
        assert_eq!(busy(&[(4, Kind::Crash, &[1])], 10), (0, 0));
    }
}
