//! Liveness: some time after the heal the system works again.
//!
//! - Of the requests intended from then on, the share that gets a 2xx, or what the gateway is to answer by itself, is at least
//!   the scenario's.
//! - Each replica of each upstream in force gets some, unless keys or cookies decide, once there are enough for turns to reach
//!   everybody. Replicas with a script of their own may be down by it and are left out, and so is everything where a scenario
//!   shows that it does not recover.
//!
//! A request counts when it has its outcome, so a simulation that is cut off before the heal, or soon after, judges nothing.

use super::facts::{Facts, InForce, Member};
use super::ways::Way;
use super::{Finding, Oracle};
use crate::trace::{Kind, Outcome, Record};
use scenarios::{Lb, Scenario};
use std::collections::BTreeMap;

/// For one replica of the least share: with turns, none of them can miss so many, and by chance none does.
const REQUESTS_ENOUGH: u64 = 30;

pub(super) struct Liveness {
    facts: Facts,
    in_force: InForce,
    /// From when on it is judged.
    from_us: u64,
    at_least: f64,
    /// By host: whether it has a script of its own.
    scripted: Vec<bool>,
    /// Asks of requests intended since then without outcome; as many as clients have in flight.
    open: BTreeMap<u64, u64>,
    ok: u64,
    failed: BTreeMap<Outcome, u64>,
    /// Requests for each upstream that have an outcome.
    asked: Vec<u64>,
    /// Requests at each replica, by host.
    arrived: Vec<u64>,
    last: Option<Record>,
}

impl Liveness {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let from = scenario.heal.at + scenario.heal.within;
        let scripts = scenario.replicas.iter().map(|replica| !replica.script.is_empty());
        Self {
            from_us: u64::try_from(from.as_micros()).unwrap_or(u64::MAX),
            at_least: scenario.heal.at_least,
            // hosts count from 1
            scripted: std::iter::once(true).chain(scripts).collect(),
            asked: vec![0; facts.upstreams()],
            arrived: vec![0; scenario.replicas.len() + 1],
            facts,
            in_force: InForce::default(),
            open: BTreeMap::new(),
            ok: 0,
            failed: BTreeMap::new(),
            last: None,
        }
    }

    fn ended(&mut self, id: u64, record: &Record, finding: &mut Finding) {
        let Some(ask) = self.open.remove(&id) else {
            return;
        };
        finding.looked_at += 1;
        self.last = Some(*record);
        let way = self.facts.way(self.in_force.now(), ask);
        if let Some([(upstream, _)]) = way.and_then(Way::to).map(|to| to.branches.as_slice()) {
            self.asked[*upstream] += 1;
        }
        let own = way.and_then(Way::own);
        match Outcome::of(record) {
            outcome if outcome.is_ok() => self.ok += 1,
            Outcome::Status(status) if own.is_some_and(|own| own.status == status) => self.ok += 1,
            outcome => *self.failed.entry(outcome).or_default() += 1,
        }
    }

    fn share(&self, last: &Record, finding: &mut Finding) {
        let failed: u64 = self.failed.values().sum();
        let all = self.ok + failed;
        if self.ok as f64 >= self.at_least * all as f64 {
            return;
        }
        let mut kinds: Vec<_> = self.failed.iter().collect();
        kinds.sort_by_key(|(outcome, count)| (std::cmp::Reverse(**count), **outcome));
        let kinds: Vec<_> = kinds
            .iter()
            .map(|(outcome, count)| format!("{count}× {outcome}"))
            .collect();
        finding.add(last, || {
            format!(
                "{failed} of {all} requests intended from {:.3} s on, after the heal, failed ({}); at least {} of all must \
                 succeed",
                self.from_us as f64 / 1e6,
                kinds.join(", "),
                self.at_least
            )
        });
    }

    fn turns(&self, last: &Record, finding: &mut Finding) {
        for member in self.facts.members(self.in_force.now()).filter(reaches_all) {
            let asked = self.asked[member.name];
            let weights = member.told.replicas.iter().map(|name| member.told.weight(name));
            if asked < REQUESTS_ENOUGH * weights.map(u64::from).sum::<u64>() {
                continue;
            }
            for host in &member.replicas {
                let at = usize::try_from(*host).unwrap_or_default();
                if self.arrived.get(at) == Some(&0) && !self.scripted[at] {
                    finding.add(last, || {
                        format!(
                            "{} got none of {asked} requests for {} intended from {:.3} s on, after the heal",
                            self.facts.host(*host),
                            member.told.name,
                            self.from_us as f64 / 1e6
                        )
                    });
                }
            }
        }
    }
}

/// Few keys need not reach everybody, nor do clients that stay where they are; and of two the one that weighs more is the
/// better, while both are idle.
fn reaches_all(member: &&Member) -> bool {
    let told = &member.told;
    let two = matches!(told.lb, Lb::P2c | Lb::P2cEwma) && !told.weights.is_empty();
    told.lb.key().is_none() && told.sticky.is_none() && !two
}

impl Oracle for Liveness {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Reload,
            Kind::ClientPlanned,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubRequest,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, intended_us, ask, load_id_plus_1, ..] = record.args();
        match record.kind {
            Kind::Reload => drop(self.in_force.see(record)),
            Kind::ClientPlanned if intended_us >= self.from_us => {
                self.open.insert(id, ask);
            }
            Kind::ClientPlanned => {}
            // probes come without one
            Kind::StubRequest if load_id_plus_1 != 0 => {
                let at = usize::try_from(record.host).unwrap_or_default();
                if let Some(arrived) = self.arrived.get_mut(at)
                    && record.at_us >= self.from_us
                {
                    *arrived += 1;
                }
            }
            Kind::StubRequest => {}
            _ => self.ended(id, record, finding),
        }
    }

    fn end(&mut self, finding: &mut Finding) {
        if let Some(last) = self.last
            && self.at_least > 0.0
        {
            self.share(&last, finding);
            self.turns(&last, finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::scenario;
    use super::*;

    /// After the heal and what is allowed for it, at 5 s.
    const FROM_US: u64 = 5_000_000;

    /// So many requests intended at that time, with these outcomes, and at these replicas.
    fn judge(scenario: &Scenario, at_us: u64, outcomes: &[(Kind, u64, u64)], replicas: &[u64]) -> Finding {
        let mut oracle = Liveness::new(scenario);
        let mut finding = Finding::default();
        let mut see =
            |host, kind, values: &[u64]| oracle.see(&Record::new(at_us, 0, host, kind, values), &mut finding);
        let mut id = 0;
        for (kind, number, count) in outcomes {
            for _ in 0..*count {
                let values = [id, *number, 0, 0];
                see(5, Kind::ClientPlanned, &[id, at_us, 0]);
                see(5, *kind, &values[..kind.fields().len()]);
                id += 1;
            }
        }
        for replica in replicas {
            see(*replica, Kind::StubRequest, &[0, 0, 0, 1, 0, 1, 9]);
        }
        oracle.end(&mut finding);
        finding
    }

    fn check(outcomes: &[(Kind, u64, u64)], replicas: &[u64], expected: &[&str]) {
        let finding = judge(&scenario(), FROM_US, outcomes, replicas);
        let found: Vec<_> = finding
            .violations
            .iter()
            .map(|violation| &violation.what)
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_share_after_the_heal_is_judged() {
        let (done, failed) = (Kind::ClientDone, Kind::ClientFailed);
        check(&[(done, 200, 999), (done, 503, 1)], &[1, 2, 3], &[]);
        check(
            &[(done, 200, 363), (failed, 2, 7), (done, 503, 30)],
            &[1, 2, 3],
            &[
                "37 of 400 requests intended from 5.000 s on, after the heal, failed (30× 503, 7× timeout); at least 0.999 of \
               all must succeed",
            ],
        );
    }

    #[test]
    fn what_was_intended_before_does_not_count() {
        let finding = judge(&scenario(), FROM_US - 1, &[(Kind::ClientDone, 503, 400)], &[]);
        assert_eq!((finding.looked_at, finding.violations), (0, Vec::new()));
    }

    #[test]
    fn every_replica_gets_some_of_many() {
        let many = [(Kind::ClientDone, 200, 90)];
        let none = "r1 got none of 90 requests for orders intended from 5.000 s on, after the heal";
        check(&many, &[1, 3], &[none]);
        check(&[(Kind::ClientDone, 200, 89)], &[1, 3], &[]);
        let mut scripted = scenario();
        scripted.replicas[1].script = "1s down".into();
        assert!(judge(&scripted, FROM_US, &many, &[1, 3]).holds());
    }

    #[test]
    fn a_scenario_that_does_not_recover_is_left_alone() {
        let mut metastable = scenario();
        metastable.heal.at_least = 0.0;
        let finding = judge(&metastable, FROM_US, &[(Kind::ClientDone, 503, 400)], &[]);
        assert_eq!((finding.looked_at, finding.holds()), (400, true));
    }
}
