//! What the gateway tells of its own requests, put into a scenario's terms: whose request it is, and to which host an
//! attempt goes.
//!
//! Its numbers of upstreams and replicas are places in the config that it had when the request began, and that is the one
//! whose version it told last. Which config has which version is known from what was done to it, and a process that is
//! started anew counts versions and requests from the beginning.

use super::facts::{Facts, InForce, Member};
use super::recent::Recent;
use crate::trace::{Kind, Record};
use std::collections::BTreeMap;
use std::sync::Arc;

/// To be shown starts, reloads, and what the gateway tells of configs, requests and attempts.
pub(super) struct Told<T> {
    pub(super) facts: Facts,
    pub(super) in_force: InForce,
    /// Configs by the version that this process gave them.
    versions: BTreeMap<u64, usize>,
    version: u64,
    requests: Recent<Begun<T>>,
    /// Of what is in force, and of what comes next.
    named: Arc<Named>,
    coming: Named,
}

/// The replicas of upstreams by name, as the gateway tells, by the upstream's place in the config.
type Named = BTreeMap<u64, Vec<u64>>;

/// A request that the gateway told of.
pub(super) struct Begun<T> {
    /// The client's id, if it came with one.
    pub(super) load_id: Option<u64>,
    pub(super) config: Option<usize>,
    named: Arc<Named>,
    /// Whatever an oracle wants to know of it.
    pub(super) facts: T,
}

/// An attempt.
pub(super) struct Attempt<'a, T> {
    pub(super) facts: &'a Facts,
    pub(super) request: &'a mut Begun<T>,
    pub(super) number: u64,
    /// Its upstream, if its config has one of that number.
    pub(super) member: Option<&'a Member>,
    /// The replica's place in it.
    pub(super) place: u64,
    /// Its config is the one that was applied last.
    pub(super) is_current: bool,
    /// Of an upstream by name.
    pub(super) named: Option<(Arc<Named>, u64)>,
}

/// The hosts of an attempt's upstream, in the order of its places.
pub(super) fn replicas<'a>(named: &'a Option<(Arc<Named>, u64)>, member: Option<&'a Member>) -> &'a [u64] {
    match named {
        Some((named, upstream)) => named.get(upstream).map_or(&[], Vec::as_slice),
        None => member.map_or(&[], |member| &member.replicas),
    }
}

impl<T> Attempt<'_, T> {
    /// The replica's host.
    pub(super) fn host(&self) -> Option<u64> {
        let place = usize::try_from(self.place).ok()?;
        replicas(&self.named, self.member).get(place).copied()
    }
}

impl<T: Default> Told<T> {
    pub(super) fn new(facts: Facts) -> Self {
        Self {
            requests: Recent::new(facts.kept_us),
            facts,
            in_force: InForce::default(),
            versions: BTreeMap::from([(1, 0)]),
            version: 1,
            named: Arc::default(),
            coming: Named::new(),
        }
    }

    /// The attempt, if it is one.
    pub(super) fn see(&mut self, record: &Record) -> Option<Attempt<'_, T>> {
        let [id, second, third, place, ..] = record.args();
        match record.kind {
            Kind::Start if record.host == self.facts.gateway => {
                self.requests.clear();
                self.versions = BTreeMap::from([(1, self.in_force.now())]);
                (self.named, self.coming) = (Arc::default(), Named::new());
            }
            Kind::Reload if self.in_force.see(record) => {
                self.versions.insert(second, self.in_force.now());
            }
            // they come in the order of their places
            Kind::GatewayReplica => self.coming.entry(id).or_default().push(third),
            Kind::GatewayApplied => {
                self.version = id;
                self.named = Arc::new(std::mem::take(&mut self.coming));
            }
            Kind::GatewayRequest => {
                let begun = Begun {
                    load_id: second.checked_sub(1),
                    // versions in between are of new answers for names
                    config: self
                        .versions
                        .range(..=self.version)
                        .next_back()
                        .map(|(_, config)| *config),
                    named: Arc::clone(&self.named),
                    facts: T::default(),
                };
                self.requests.insert(id, begun);
                // nobody tells of a request that is abandoned, so it is kept from its beginning
                self.requests.end(id, record.at_us);
            }
            Kind::GatewayAttempt => {
                let request = self.requests.get_mut(id)?;
                let members = request.config.and_then(|config| self.facts.configs.get(config));
                let upstream = usize::try_from(third).ok()?;
                let member = members.and_then(|members| members.get(upstream));
                let is_named = member.is_some_and(|member| member.told.by_name);
                return Some(Attempt {
                    facts: &self.facts,
                    is_current: request.config == Some(self.in_force.now()),
                    named: is_named.then(|| (Arc::clone(&request.named), third)),
                    member,
                    request,
                    number: second,
                    place,
                });
            }
            _ => {}
        }
        None
    }

    /// The request of this number, unless it began long ago.
    pub(super) fn request(&mut self, id: u64) -> Option<&mut Begun<T>> {
        self.requests.get_mut(id)
    }

    pub(super) fn requests(&self) -> impl Iterator<Item = &Begun<T>> {
        self.requests.values()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::scenario;
    use super::*;

    /// To which host an attempt at the third replica goes, if there is one.
    fn third(events: &[(u64, Kind, &[u64])]) -> Option<u64> {
        let mut told = Told::<()>::new(Facts::new(&scenario()));
        let attempt: [(u64, Kind, &[u64]); 2] = [
            (4, Kind::GatewayRequest, &[0, 1]),
            (4, Kind::GatewayAttempt, &[0, 1, 0, 2]),
        ];
        let mut host = None;
        for (i, (on, kind, values)) in events.iter().chain(&attempt).enumerate() {
            let record = Record::new(i as u64, i as u64, *on, *kind, values);
            host = told.see(&record).and_then(|attempt| attempt.host());
        }
        host
    }

    #[test]
    fn places_are_those_of_the_config_that_the_gateway_told_of() {
        let less = (0, Kind::Reload, &[1, 2][..]);
        let applied = (4, Kind::GatewayApplied, &[2][..]);
        assert_eq!(third(&[]), Some(3));
        assert_eq!(third(&[less]), Some(3));
        assert_eq!(third(&[less, applied]), None);
        let main = (0, Kind::Reload, &[0, 3][..]);
        assert_eq!(third(&[less, applied, main]), None);
        assert_eq!(
            third(&[less, applied, main, (4, Kind::GatewayApplied, &[3])]),
            Some(3)
        );
    }

    #[test]
    fn a_new_process_begins_with_the_last_config_that_was_taken() {
        let less = (0, Kind::Reload, &[1, 2][..]);
        let start = [(4, Kind::Start, &[1][..]), (4, Kind::GatewayApplied, &[1][..])];
        assert_eq!(third(&[&[less][..], &start].concat()), None);
        assert_eq!(
            third(&[&[(0, Kind::Reload, &[1, 0][..])][..], &start].concat()),
            Some(3)
        );
    }
}
