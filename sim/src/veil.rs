//! What belongs to tunnels, of all that a run shows: kept from those who judge requests.
//!
//! Tunnels have hosts and an upstream of their own, and their requests no client's id. So whatever those hosts see of the wire, what
//! the gateway tells of requests without an id, and connections between the two, is of tunnels. The hosts themselves are not.
//!
//! Memory: a few numbers for each tunnel of the run.

use crate::trace::{Kind, Record};
use scenarios::{ECHO, Scenario, TUNNELS};
use std::collections::BTreeSet;

/// Of one simulation.
pub(crate) struct Veil {
    /// None where there are no tunnels, and nothing is hidden.
    hosts: Vec<u64>,
    requests: BTreeSet<u64>,
    dials: BTreeSet<u64>,
    connections: BTreeSet<u64>,
}

impl Veil {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let has_tunnels = scenario.tunnels.is_some();
        let hosts = [ECHO, TUNNELS].map(|name| scenario.host_number(name));
        Self {
            hosts: hosts.into_iter().flatten().filter(|_| has_tunnels).collect(),
            requests: BTreeSet::new(),
            dials: BTreeSet::new(),
            connections: BTreeSet::new(),
        }
    }

    /// Whether this is of tunnels. To be shown every record.
    pub(crate) fn hides(&mut self, record: &Record) -> bool {
        if self.hosts.is_empty() {
            return false;
        }
        let [first, second, ..] = record.args();
        let is_theirs = self.hosts.contains(&record.host);
        let is_to_them = self.hosts.contains(&second);
        match record.kind {
            Kind::GatewayRequest => {
                // a process that is started anew counts from the beginning
                match second {
                    0 => self.requests.insert(first),
                    _ => self.requests.remove(&first),
                };
                second == 0
            }
            Kind::GatewayAttempt
            | Kind::GatewayAttemptDone
            | Kind::GatewayTimedOut
            | Kind::GatewayAnswered => self.requests.contains(&first),
            Kind::Connect => (is_theirs || is_to_them) && self.dials.insert(first),
            Kind::Connected => {
                self.dials.contains(&first) && {
                    self.connections.insert(second);
                    true
                }
            }
            Kind::Refused => self.dials.contains(&first),
            Kind::Accept => {
                let is_hidden = is_theirs || is_to_them;
                if is_hidden {
                    self.connections.insert(first);
                }
                is_hidden
            }
            Kind::Out | Kind::In | Kind::FinOut | Kind::FinIn | Kind::RstIn | Kind::Reset => {
                self.connections.contains(&first)
            }
            Kind::Listen => is_theirs,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenarios::{GATEWAY, Tunnels, find};
    use std::time::Duration;
    use world::Seed;

    fn check(with_tunnels: bool, expected: &[bool]) {
        let built = find("crash").expect("registered").build(Seed(0), &[]);
        let mut scenario = built.expect("nothing set").variants.remove(0).scenario;
        scenario.tunnels = with_tunnels.then_some(Tunnels {
            count: 1,
            idle_timeout: Duration::from_secs(1),
        });
        let host = |name: &str| scenario.host_number(name).unwrap_or(99);
        let (echo, tunnels, gateway, client) = (host(ECHO), host(TUNNELS), host(GATEWAY), host("client0"));
        let events: [(u64, Kind, &[u64]); 12] = [
            (tunnels, Kind::Connect, &[3, gateway, 8_080]),
            (gateway, Kind::Accept, &[30, tunnels]),
            (gateway, Kind::In, &[30, 9]),
            (gateway, Kind::Accept, &[31, client]),
            (gateway, Kind::In, &[31, 9]),
            (gateway, Kind::GatewayRequest, &[0, 0]),
            (gateway, Kind::GatewayRequest, &[1, 8]),
            (gateway, Kind::GatewayAttempt, &[0, 1, 1, 0]),
            (gateway, Kind::GatewayAttempt, &[1, 1, 0, 0]),
            (gateway, Kind::Connect, &[4, echo, 8_081]),
            (gateway, Kind::Refused, &[4]),
            (tunnels, Kind::Start, &[0]),
        ];
        let mut veil = Veil::new(&scenario);
        let hidden = events.map(|(host, kind, values)| veil.hides(&Record::new(0, 0, host, kind, values)));
        assert_eq!(hidden, expected);
    }

    #[test]
    fn what_is_of_tunnels_is_hidden_and_nothing_else() {
        let (yes, no) = (true, false);
        check(true, &[yes, yes, yes, no, no, yes, no, yes, no, yes, yes, no]);
        check(false, &[no; 12]);
    }
}
