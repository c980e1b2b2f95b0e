//! Overload: nobody is refused over an adaptive limit that had room for him.
//!
//! A limit is never below its `min`, and each class may use its share of it; so who is refused came upon at least as many requests
//! without an answer as that. How high the limit is beyond that only the gateway knows. That it is not above its `max` the oracle `bulkhead`
//! sees at replicas.
//!
//! Counted are requests that the gateway has begun and not answered, whose route's time is not over, and which may be for that
//! upstream: more than hold a slot, since requests of clients that have gone are among them.

use super::facts::{Facts, micros};
use super::recent::Recent;
use super::told::Told;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::{CLASSES, Scenario};

/// Beyond the route's timeout: what an end takes to show.
const SLACK_US: u64 = 1_000_000;

pub(super) struct Overload {
    told: Told<Open>,
    /// Longer than a request looks for an answer.
    request_us_max: u64,
    /// Asks by the client's id.
    asks: Recent<u64>,
}

/// A request of the gateway's.
#[derive(Default)]
struct Open {
    begun_us: u64,
    answered: bool,
}

impl Overload {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            request_us_max: micros(scenario.longest(|told| told.timeout)).saturating_add(SLACK_US),
            asks: Recent::new(facts.kept_us),
            told: Told::new(facts),
        }
    }

    fn shed(&mut self, record: &Record, finding: &mut Finding) {
        let [id, upstream, class, ..] = record.args();
        let Some(config) = self.told.request(id).and_then(|request| request.config) else {
            return;
        };
        let facts = &self.told.facts;
        let place = usize::try_from(upstream).ok();
        let Some(member) = place.and_then(|place| facts.members(config).nth(place)) else {
            return;
        };
        finding.looked_at += 1;
        let name = facts.upstream(member.name);
        let Some(adapts) = &member.told.concurrency else {
            finding.add(record, || {
                format!("the gateway's request {id} is refused over a limit of {name}, which has none")
            });
            return;
        };
        // whoever was let in under another config counts as well
        let class = usize::try_from(class).unwrap_or(usize::MAX);
        let room = adapts.room(class);
        let is_for = |load_id: Option<u64>| {
            let ask = load_id.and_then(|id| self.asks.get(id));
            ask.is_none_or(|ask| facts.upstreams_of(*ask).contains(&member.name))
        };
        let open = self.told.requests().filter(|request| {
            let until = request.facts.begun_us.saturating_add(self.request_us_max);
            !request.facts.answered && record.at_us <= until && is_for(request.load_id)
        });
        // himself among them
        let others = open.count().saturating_sub(1);
        if others < room {
            let class = CLASSES.get(class).copied().unwrap_or("an unknown class");
            finding.add(record, || {
                format!(
                    "the gateway's request {id}, which is {class}, is refused over the limit of {name} with {others} others in \
                     hand; {room} are let in whatever was measured"
                )
            });
        }
    }
}

impl Oracle for Overload {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Reload,
            Kind::ClientPlanned,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::GatewayApplied,
            Kind::GatewayRequest,
            Kind::GatewayAnswered,
            Kind::GatewayShed,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        self.told.see(record);
        let [id, _, ask, ..] = record.args();
        match record.kind {
            Kind::ClientPlanned => self.asks.insert(id, ask),
            Kind::ClientDone | Kind::ClientFailed => self.asks.end(id, record.at_us),
            Kind::GatewayRequest => {
                if let Some(request) = self.told.request(id) {
                    request.facts.begun_us = record.at_us;
                }
            }
            Kind::GatewayAnswered => {
                if let Some(request) = self.told.request(id) {
                    request.facts.answered = true;
                }
            }
            Kind::GatewayShed => self.shed(record, finding),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, scenario};
    use super::*;
    use scenarios::Adapts;

    /// Five are let in whatever happens: three of the lowest class.
    fn judge(begun: u64, ended: u64, class: u64, expected: &[&str]) {
        let mut scenario = scenario();
        scenario.configs[0].upstreams[0].concurrency = Some(Adapts { min: 5, max: 9 });
        let mut events: Vec<(u64, Kind, Vec<u64>)> = Vec::new();
        for id in 0..=begun {
            events.push((5, Kind::ClientPlanned, vec![id, 0, 0]));
            events.push((4, Kind::GatewayRequest, vec![id, id + 1]));
        }
        for id in 0..ended {
            events.push((4, Kind::GatewayAnswered, vec![id, 200]));
        }
        events.push((4, Kind::GatewayShed, vec![begun, 0, class]));
        let events: Vec<_> = events
            .iter()
            .map(|(host, kind, values)| (*host, *kind, &values[..]))
            .collect();
        check(&mut Overload::new(&scenario), &events, expected);
    }

    #[test]
    fn who_had_room_is_not_refused() {
        judge(3, 0, 3, &[]);
        judge(5, 0, 0, &[]);
        judge(4, 1, 3, &[]);
        judge(
            3,
            1,
            3,
            &[
                "the gateway's request 3, which is low, is refused over the limit of orders with 2 others in hand; 3 are let in \
               whatever was measured",
            ],
        );
        judge(
            4,
            0,
            0,
            &[
                "the gateway's request 4, which is critical, is refused over the limit of orders with 4 others in hand; 5 are let in \
               whatever was measured",
            ],
        );
    }

    #[test]
    fn nobody_is_refused_over_a_limit_that_there_is_not() {
        let events: [(u64, Kind, &[u64]); 2] = [
            (4, Kind::GatewayRequest, &[0, 1]),
            (4, Kind::GatewayShed, &[0, 0, 0]),
        ];
        let expected = ["the gateway's request 0 is refused over a limit of orders, which has none"];
        check(&mut Overload::new(&scenario()), &events, &expected);
    }
}
