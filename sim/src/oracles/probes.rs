//! Which requests at replicas are the gateway's own probes: those without a client's id, for a target that some config has
//! that replica probed by. No client asks for such a target.

use super::facts::Facts;
use crate::trace::Record;

pub(super) struct Probes {
    /// Host and CRC-32 of the target.
    targets: Vec<(u64, u64)>,
    /// By the number of an upstream's name, whether any config has it probed.
    probed: Vec<bool>,
}

impl Probes {
    pub(super) fn new(facts: &Facts) -> Self {
        let (mut targets, mut probed) = (Vec::new(), vec![false; facts.upstreams()]);
        for member in facts.configs.iter().flatten() {
            if let Some(probes) = &member.told.probes {
                let crc32 = crc32fast::hash(probes.path.as_bytes()).into();
                targets.extend(member.replicas.iter().map(|host| (*host, crc32)));
                probed[member.name] = true;
            }
        }
        Self { targets, probed }
    }

    /// Of what arrived at a replica.
    pub(super) fn is_one(&self, arrived: &Record) -> bool {
        let [_, _, _, load_id_plus_1, _, _, target_crc32] = arrived.args();
        load_id_plus_1 == 0 && self.targets.contains(&(arrived.host, target_crc32))
    }

    /// Whether an upstream is probed by any config.
    pub(super) fn are_for(&self, upstream: usize) -> bool {
        self.probed.get(upstream).copied().unwrap_or(false)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tests::scenario;
    use super::*;
    use crate::trace::Kind;
    use scenarios::{self, Config, Scenario};
    use std::time::Duration;

    /// The scenario with its upstream probed, every second with half a second's patience, by two in a row both ways.
    pub(in super::super) fn probed() -> Scenario {
        let mut scenario = scenario();
        for config in scenario.configs.iter_mut().filter(|config| !config.is_broken()) {
            let mut upstreams = config.upstreams.clone();
            upstreams[0].probes = Some(scenarios::Probes {
                port: None,
                path: "/healthz".into(),
                interval: Duration::from_secs(1),
                timeout: Duration::from_millis(500),
                unhealthy_after: 2,
                healthy_after: 2,
                statuses: [200, 299],
            });
            *config = Config::new(&config.name, upstreams);
        }
        scenario
    }

    #[test]
    fn a_probe_has_no_id_and_a_target_of_its_own() {
        let crc32 = u64::from(crc32fast::hash(b"/healthz"));
        let is = |scenario: &Scenario, host, id, target| {
            let arrived = Record::new(0, 0, host, Kind::StubRequest, &[0, 0, 0, id, 0, 1, target]);
            Probes::new(&Facts::new(scenario)).is_one(&arrived)
        };
        assert!(is(&probed(), 1, 0, crc32));
        for (host, id, target) in [(1, 8, crc32), (1, 0, 99), (4, 0, crc32)] {
            assert!(!is(&probed(), host, id, target), "{host} {id} {target}");
        }
        assert!(!is(&scenario(), 1, 0, crc32));
    }
}
