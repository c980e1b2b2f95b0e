//! What a scenario says, as numbers that an oracle compares with those of a trace: hosts, upstreams, configs, asks; and
//! which config the gateway was given when.
//!
//! Upstreams of one name are one over all configs.

use super::asks;
use super::ways::{Way, Ways};
use crate::trace::{Kind, Record};
use scenarios::{Ask, Scenario, Upstream, What};
use std::time::Duration;

/// An upstream in one config.
pub(super) struct Member {
    /// The number of its name over all configs.
    pub(super) name: usize,
    /// Hosts, in the config's order.
    pub(super) replicas: Vec<u64>,
    pub(super) told: Upstream,
}

/// A scenario, numbered.
pub(super) struct Facts {
    hosts: Vec<String>,
    pub(super) gateway: u64,
    upstreams: Vec<String>,
    /// Of each config, in its order.
    pub(super) configs: Vec<Vec<Member>>,
    /// Of each ask under each config.
    pub(super) ways: Ways,
    /// By host, the one upstream that has it in any config; `None` where there are several, or none.
    only: Vec<Option<usize>>,
    /// By host, whether it gets copies of requests and nothing else.
    shadows: Vec<bool>,
    asks: Vec<Ask>,
    /// Of a written-out load, the ask of each arrival.
    arrivals: Vec<usize>,
    /// How long after a request's end, or its beginning, anything may still be seen of it: nobody waits longer for it than
    /// clients and routes do, or than what is held is on its way.
    pub(super) kept_us: u64,
}

impl Facts {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let mut upstreams: Vec<String> = Vec::new();
        let configs = scenario.configs.iter().map(|config| {
            let members = config.upstreams.iter().map(|told| {
                let known = upstreams.iter().position(|name| *name == told.name);
                let name = known.unwrap_or_else(|| {
                    upstreams.push(told.name.clone());
                    upstreams.len() - 1
                });
                let replicas = told.replicas.iter();
                Member {
                    name,
                    // a replica that no scenario has is host 0, where nothing ever happens
                    replicas: replicas
                        .map(|name| scenario.host_number(name).unwrap_or(0))
                        .collect(),
                    told: told.clone(),
                }
            });
            members.collect()
        });
        let configs: Vec<Vec<Member>> = configs.collect();
        let ways = Ways::new(scenario, &upstreams);
        let hosts = 0..=scenario.host_names().count() as u64;
        let upstreams_of = |host: u64| {
            let members = configs.iter().flatten();
            let members = members.filter(move |member| member.replicas.contains(&host));
            members.map(|member| member.name)
        };
        let only = |host: u64| {
            let mut names = upstreams_of(host);
            let first = names.next()?;
            names.all(|name| name == first).then_some(first)
        };
        let is_shadow = |host: u64| {
            let mut names = upstreams_of(host).peekable();
            names.peek().is_some() && names.all(|name| ways.is_shadow(name))
        };
        Self {
            only: hosts.clone().map(only).collect(),
            shadows: hosts.map(is_shadow).collect(),
            ways,
            asks: scenario.load.asks.clone(),
            arrivals: scenario.load.arrivals.iter().map(|arrival| arrival.ask).collect(),
            hosts: scenario.host_names().collect(),
            gateway: scenario.gateway_number(),
            kept_us: micros(kept(scenario)),
            configs,
            upstreams,
        }
    }

    /// A host's name.
    pub(super) fn host(&self, number: u64) -> &str {
        let place = usize::try_from(number)
            .ok()
            .and_then(|number| number.checked_sub(1));
        place
            .and_then(|place| self.hosts.get(place))
            .map_or("an unknown host", String::as_str)
    }

    /// How many names of upstreams there are over all configs.
    pub(super) fn upstreams(&self) -> usize {
        self.upstreams.len()
    }

    pub(super) fn upstream(&self, number: usize) -> &str {
        &self.upstreams[number]
    }

    /// The place among the scenario's asks of what a client planned.
    pub(super) fn ask(&self, planned: u64) -> Option<usize> {
        let place = usize::try_from(planned).ok()?;
        match self.arrivals.is_empty() {
            true => Some(place),
            false => self.arrivals.get(place).copied(),
        }
    }

    /// How long its client waits for what it planned, if a route that is told this asks for it.
    pub(super) fn deadline(&self, told: &Upstream, planned: u64) -> Option<Duration> {
        let ask = self.asks.get(self.ask(planned)?)?;
        asks::deadline(ask, told.deadline_header.as_deref()?)
    }

    /// What there is of time for what a client planned, on a route that is told this.
    pub(super) fn time_for(&self, told: &Upstream, planned: u64) -> Duration {
        let deadline = self.deadline(told, planned);
        told.timeout.min(deadline.unwrap_or(Duration::MAX))
    }

    /// The upstreams to which what a client planned may go, under any config.
    pub(super) fn upstreams_of(&self, planned: u64) -> &[usize] {
        self.ask(planned).map_or(&[], |ask| self.ways.upstreams_of(ask))
    }

    /// The one of them; `None` where there are several, or none.
    pub(super) fn upstream_of(&self, planned: u64) -> Option<usize> {
        self.upstream_of_ask(self.ask(planned)?)
    }

    /// The same, of an ask.
    pub(super) fn upstream_of_ask(&self, ask: usize) -> Option<usize> {
        match self.upstreams_of_ask(ask) {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The upstreams to which an ask may go, under any config.
    pub(super) fn upstreams_of_ask(&self, ask: usize) -> &[usize] {
        self.ways.upstreams_of(ask)
    }

    /// What a config makes of what a client planned.
    pub(super) fn way(&self, config: usize, planned: u64) -> Option<&Way> {
        self.ways.of(config, self.ask(planned)?)
    }

    /// Whether a host is a replica that gets copies of requests and nothing else.
    pub(super) fn is_shadow(&self, host: u64) -> bool {
        let place = usize::try_from(host).ok();
        place
            .and_then(|place| self.shadows.get(place))
            .copied()
            .unwrap_or_default()
    }

    /// The client's request that arrived at a replica; `None` for what is nobody's, and for a copy at a shadow.
    pub(super) fn asked_for(&self, arrived: &Record) -> Option<u64> {
        let [_, _, _, load_id_plus_1, ..] = arrived.args();
        load_id_plus_1
            .checked_sub(1)
            .filter(|_| !self.is_shadow(arrived.host))
    }

    /// Whether any config looks after an upstream's replicas.
    pub(super) fn is_watched(&self, upstream: usize) -> bool {
        let mut same = self
            .configs
            .iter()
            .flatten()
            .filter(|member| member.name == upstream);
        same.any(|member| member.told.ejects.is_some() || member.told.probes.is_some())
    }

    /// That upstream as a config has it.
    pub(super) fn member(&self, config: usize, upstream: usize) -> Option<&Member> {
        self.members(config).find(|member| member.name == upstream)
    }

    /// The upstreams of a config; none of one that no scenario has.
    pub(super) fn members(&self, config: usize) -> impl Iterator<Item = &Member> {
        self.configs.get(config).into_iter().flatten()
    }

    /// The replica's host at this place of the upstream at that place of a config, as the gateway numbers them.
    pub(super) fn replica(&self, config: usize, upstream: u64, place: u64) -> Option<(&Member, u64)> {
        let member = self.members(config).nth(usize::try_from(upstream).ok()?)?;
        let host = member.replicas.get(usize::try_from(place).ok()?)?;
        Some((member, *host))
    }

    /// The most that these configs say of the upstreams that are meant; where none is, of all.
    pub(super) fn most<T: Ord + Copy>(
        &self,
        configs: impl Iterator<Item = usize>,
        is_meant: impl Fn(&Member) -> bool,
        says: impl Fn(&Upstream) -> T,
    ) -> Option<T> {
        let (mut meant, mut all) = (None, None);
        for member in configs.flat_map(|config| self.members(config)) {
            let said = Some(says(&member.told));
            all = all.max(said);
            if is_meant(member) {
                meant = meant.max(said);
            }
        }
        meant.or(all)
    }

    /// The most that these configs say of one upstream; `None` where none of them has it.
    pub(super) fn most_of<T: Ord>(
        &self,
        configs: impl Iterator<Item = usize>,
        upstream: usize,
        says: impl Fn(&Upstream) -> T,
    ) -> Option<T> {
        let members = configs.filter_map(|config| self.member(config, upstream));
        members.map(|member| says(&member.told)).max()
    }

    /// The upstreams of a config that have this replica.
    pub(super) fn members_with(&self, config: usize, replica: u64) -> impl Iterator<Item = &Member> {
        self.members(config)
            .filter(move |member| member.replicas.contains(&replica))
    }

    /// The one upstream that has this replica in any config; `None` where there are several, or none.
    pub(super) fn only_upstream_of(&self, replica: u64) -> Option<usize> {
        *self.only.get(usize::try_from(replica).ok()?)?
    }
}

/// Beyond two of the longest hops there ever are: a reset takes some, and so does what was held.
const GRACE: Duration = Duration::from_secs(1);

/// After that, whatever was on its way when a fault ended has arrived.
pub(super) fn settling(scenario: &Scenario) -> Duration {
    let faults = scenario.faults.iter().filter_map(|fault| match fault.what {
        What::Latency { max, .. } => Some(max),
        _ => None,
    });
    let longest = faults.chain([scenario.network.latency_max]).max();
    2 * longest.unwrap_or_default() + GRACE
}

/// Longer than anything goes on for a request.
fn kept(scenario: &Scenario) -> Duration {
    let fault = scenario.faults.iter().map(|fault| fault.lasts).max();
    scenario.load.timeout
        + scenario.longest(|told| told.timeout + told.idle_timeout)
        + fault.unwrap_or_default()
        + settling(scenario)
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Which config was in force when: told by what was done to the gateway, not by the gateway.
///
/// A refused config changes nothing, and a process that is started anew reads the last one that was taken. Memory: one
/// entry a reload, so it is bounded by the plan.
pub(super) struct InForce {
    /// From which event on, at which time.
    since: Vec<(u64, u64, usize)>,
}

impl Default for InForce {
    fn default() -> Self {
        Self {
            since: vec![(0, 0, 0)],
        }
    }
}

impl InForce {
    /// To be shown every [`Kind::Reload`]; whether another config is in force now.
    pub(super) fn see(&mut self, record: &Record) -> bool {
        let [config, version, ..] = record.args();
        let taken = record.kind == Kind::Reload && version > 0;
        if let (true, Ok(config)) = (taken, usize::try_from(config)) {
            self.since.push((record.sequence, record.at_us, config));
        }
        taken
    }

    pub(super) fn now(&self) -> usize {
        self.since.last().map_or(0, |(_, _, config)| *config)
    }

    /// Those in force at this event or after it, the latest first.
    pub(super) fn since(&self, sequence: u64) -> impl Iterator<Item = usize> {
        self.back(move |(event, _)| event <= sequence)
    }

    /// Those in force at this time or after it, the latest first.
    pub(super) fn since_us(&self, at_us: u64) -> impl Iterator<Item = usize> {
        self.back(move |(_, at)| at <= at_us)
    }

    /// Those ever in force, the latest first.
    pub(super) fn ever(&self) -> impl Iterator<Item = usize> {
        self.since.iter().rev().map(|(_, _, config)| *config)
    }

    /// The time of the last change.
    pub(super) fn changed_us(&self) -> u64 {
        self.since.last().map_or(0, |(_, at_us, _)| *at_us)
    }

    fn back(&self, is_first: impl Fn((u64, u64)) -> bool) -> impl Iterator<Item = usize> {
        let mut done = false;
        self.since
            .iter()
            .rev()
            .map_while(move |(sequence, at_us, config)| {
                let config = (!done).then_some(*config);
                done |= is_first((*sequence, *at_us));
                config
            })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::scenario;
    use super::*;

    #[test]
    fn names_become_numbers() {
        let facts = Facts::new(&scenario());
        assert_eq!(
            (facts.host(1), facts.host(4), facts.gateway),
            ("r0", "gateway", 4)
        );
        assert_eq!(
            (facts.host(0), facts.host(99)),
            ("an unknown host", "an unknown host")
        );
        assert_eq!(
            (facts.upstream_of(0), facts.upstream_of(1), facts.upstream_of(9)),
            (Some(0), Some(0), None)
        );
        assert_eq!(
            facts.member(0, 0).map(|member| &member.replicas[..]),
            Some(&[1, 2, 3][..])
        );
        assert_eq!(
            facts.member(1, 0).map(|member| &member.replicas[..]),
            Some(&[1, 2][..])
        );
        assert_eq!(
            (facts.only_upstream_of(3), facts.only_upstream_of(4)),
            (Some(0), None)
        );
        assert_eq!(
            (facts.members_with(0, 3).count(), facts.members_with(1, 3).count()),
            (1, 0)
        );
    }

    #[test]
    fn configs_in_force_are_those_since_an_event() {
        let mut in_force = InForce::default();
        let reload = |sequence, config, version| {
            Record::new(sequence * 10, sequence, 0, Kind::Reload, &[config, version])
        };
        assert!(in_force.see(&reload(5, 1, 2)));
        assert!(!in_force.see(&reload(6, 2, 0)), "a refused one changes nothing");
        assert!(in_force.see(&reload(8, 0, 3)));
        let since = |sequence| in_force.since(sequence).collect::<Vec<_>>();
        assert_eq!(
            (since(9), since(8), since(7), since(4)),
            (vec![0], vec![0], vec![0, 1], vec![0, 1, 0])
        );
        assert_eq!(in_force.since_us(79).collect::<Vec<_>>(), [0, 1]);
        assert_eq!((in_force.now(), in_force.changed_us()), (0, 80));
        assert_eq!(in_force.ever().collect::<Vec<_>>(), [0, 1, 0]);
    }
}
