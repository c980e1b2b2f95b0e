//! Snapshot: one request is decided by one config, from its route to the fields of its answer.
//!
//! Other judges ask of each thing that is seen of a request whether any config that was in force makes it so. This one asks whether
//! it is the same one for all of them: at which replica it arrives, for which target, with which fields; at which replica it
//! arrives again; and what the answer says, where configs have their routes name them in it (`X-Served-By`).
//!
//! Of configs that were in force between a request's sending and its first arrival, those are left under which all that was seen
//! so far could be. A config may come into force in between, but later ones are none of a request's that was begun before.
//! A request that its client sent twice is left alone, for either may have been decided by another. Replicas of names are
//! whoever the names stood for, which is judged elsewhere.

use super::facts::{Facts, InForce};
use super::recent::Recent;
use super::ways::Way;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;
use std::collections::BTreeMap;

pub(super) struct Snapshot {
    facts: Facts,
    in_force: InForce,
    /// By config, the sum of its name, where it tells.
    names: Vec<Option<u64>>,
    requests: Recent<Request>,
    /// By host, the sum of the marks that its next request carries.
    marked: BTreeMap<u64, u64>,
}

struct Request {
    ask: u64,
    /// The event of its sending; `None` before that, and for one that was sent twice.
    sent: Option<u64>,
    /// Under which everything could be that was seen of it; `None` before anything was.
    left: Option<Vec<usize>>,
}

impl Snapshot {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let name = |config: &scenarios::Config| {
            config
                .tells
                .then(|| u64::from(crc32fast::hash(config.name.as_bytes())))
        };
        Self {
            names: scenario.configs.iter().map(name).collect(),
            requests: Recent::new(facts.kept_us),
            facts,
            in_force: InForce::default(),
            marked: BTreeMap::new(),
        }
    }

    /// Whether the config sends the ask to this host, so.
    fn sends(&self, config: usize, ask: u64, record: &Record, marks: u64) -> bool {
        let [_, _, _, _, _, _, target] = record.args();
        let Some(to) = self.facts.way(config, ask).and_then(Way::to) else {
            return false;
        };
        let members = self.facts.configs.get(config).into_iter().flatten();
        let mut members = members.filter(|member| to.goes_to(member.name));
        let is_there = members.any(|member| member.told.by_name || member.replicas.contains(&record.host));
        is_there && to.target_crc32 == target && to.marks.unwrap_or(0) == marks
    }

    fn arrived(&mut self, record: &Record, finding: &mut Finding) {
        let marks = self.marked.remove(&record.host).unwrap_or(0);
        let Some(id) = self.facts.asked_for(record) else {
            return;
        };
        let Some((ask, sent)) = self
            .requests
            .get(id)
            .and_then(|request| Some((request.ask, request.sent?)))
        else {
            return;
        };
        let configs: Vec<usize> = self.in_force.since(sent).collect();
        let fits: Vec<usize> = (0..self.facts.configs.len())
            .filter(|config| self.sends(*config, ask, record, marks))
            .collect();
        let place = self.facts.host(record.host).to_owned();
        self.narrow(
            id,
            &configs,
            |config| fits.contains(&config),
            record,
            finding,
            || format!("arrived at {place}"),
        );
    }

    /// What was seen is so under some configs; of the request's there has to be one left.
    fn narrow(
        &mut self,
        id: u64,
        in_force: &[usize],
        fits: impl Fn(usize) -> bool,
        record: &Record,
        finding: &mut Finding,
        what: impl FnOnce() -> String,
    ) {
        let Some(request) = self.requests.get_mut(id).filter(|request| request.sent.is_some()) else {
            return;
        };
        let left = request.left.get_or_insert_with(|| in_force.to_vec());
        if left.is_empty() {
            // it was found out before
            return;
        }
        left.retain(|config| fits(*config));
        finding.looked_at += 1;
        if left.is_empty() {
            finding.add(record, || {
                format!(
                    "request {id} {}, as no config makes it that all else of it is by",
                    what()
                )
            });
        }
    }
}

impl Oracle for Snapshot {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Reload,
            Kind::ClientPlanned,
            Kind::ClientSent,
            Kind::ClientResent,
            Kind::ClientServed,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubMarked,
            Kind::StubRequest,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, second, third, ..] = record.args();
        match record.kind {
            Kind::Reload => drop(self.in_force.see(record)),
            Kind::ClientPlanned => {
                let request = Request {
                    ask: third,
                    sent: None,
                    left: None,
                };
                self.requests.insert(id, request);
            }
            Kind::ClientSent => {
                if let Some(request) = self.requests.get_mut(id) {
                    request.sent = Some(record.sequence);
                }
            }
            Kind::ClientResent => {
                if let Some(request) = self.requests.get_mut(id) {
                    request.sent = None;
                }
            }
            Kind::StubMarked => drop(self.marked.insert(record.host, third)),
            Kind::StubRequest => self.arrived(record, finding),
            Kind::ClientServed => {
                let names = std::mem::take(&mut self.names);
                let fits = |config: usize| names.get(config).copied().flatten() == Some(second);
                // without an arrival before it, every one may be
                let all: Vec<usize> = (0..names.len()).collect();
                self.narrow(id, &all, fits, record, finding, || "was answered".to_owned());
                self.names = names;
            }
            _ => self.requests.end(id, record.at_us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;
    use scenarios::{Config, Edits, Route, Upstream};

    type Event = (u64, Kind, &'static [u64]);

    const SENT: [Event; 2] = [
        (5, Kind::ClientPlanned, &[7, 0, 0]),
        (5, Kind::ClientSent, &[7, 0]),
    ];
    const OTHER: Event = (0, Kind::Reload, &[1, 2]);

    fn sum(text: &str) -> u64 {
        crc32fast::hash(text.as_bytes()).into()
    }

    /// `main` is r0 and r1 and marks requests with 1, `less` is r1 and r2 and marks them with 2; both tell.
    fn judge(events: &[&Events<'_>], expected: &[&str]) {
        let mut scenario = scenario();
        let config = |name: &str, replicas: &[&str], mark: &str| {
            let mut route = Route::of_upstream("orders");
            route.edits = Some(Edits {
                set: vec![("x-mark-by".into(), mark.into())],
                ..Edits::default()
            });
            let upstream = Upstream {
                retries: 1,
                ..Upstream::new("orders", replicas)
            };
            Config::with_routes(name, vec![upstream], vec![route]).telling(true)
        };
        scenario.configs = vec![
            config("main", &["r0", "r1"], "1"),
            config("less", &["r1", "r2"], "2"),
        ];
        check(&mut Snapshot::new(&scenario), &events.concat(), expected);
    }

    /// At a replica, with this mark.
    fn at(host: u64, mark: &str) -> [(u64, Kind, Vec<u64>); 2] {
        let marks = vec![0, 0, sum(&format!("x-mark-by: {mark}")), 0, 0];
        let request = vec![0, 0, 0, 8, 0, 1, sum("/orders")];
        [
            (host, Kind::StubMarked, marks),
            (host, Kind::StubRequest, request),
        ]
    }

    fn check_all(
        before: &[Event],
        seen: &[[(u64, Kind, Vec<u64>); 2]],
        served: Option<&str>,
        expected: &[&str],
    ) {
        let seen: Vec<_> = seen
            .iter()
            .flatten()
            .map(|(host, kind, values)| (*host, *kind, &values[..]))
            .collect();
        let told = served.map(|name| [7, sum(name)]);
        let told: Vec<_> = told
            .iter()
            .map(|values| (5, Kind::ClientServed, &values[..]))
            .collect();
        judge(&[before, &seen, &told], expected);
    }

    #[test]
    fn what_is_all_of_one_config_is_well() {
        let both = [SENT[0], SENT[1], OTHER];
        check_all(&SENT, &[at(1, "1")], Some("main"), &[]);
        check_all(&both, &[at(1, "1"), at(2, "1")], Some("main"), &[]);
        check_all(&both, &[at(2, "2"), at(3, "2")], Some("less"), &[]);
        // in force before it was sent
        check_all(&[OTHER, SENT[0], SENT[1]], &[at(3, "2")], Some("less"), &[]);
    }

    #[test]
    fn what_is_of_two_is_caught() {
        let both = [SENT[0], SENT[1], OTHER];
        let at_r0 = "request 7 arrived at r0, as no config makes it that all else of it is by";
        let at_r2 = "request 7 arrived at r2, as no config makes it that all else of it is by";
        let answered = "request 7 was answered, as no config makes it that all else of it is by";
        check_all(&both, &[at(1, "2")], None, &[at_r0]);
        check_all(&both, &[at(2, "1"), at(3, "2")], None, &[at_r2]);
        check_all(&both, &[at(2, "1")], Some("less"), &[answered]);
        // one that came into force when it had been decided
        let arrived = at(2, "2");
        let early: Vec<_> = arrived
            .iter()
            .map(|(host, kind, values)| (*host, *kind, &values[..]))
            .collect();
        judge(
            &[&SENT, &early, &[OTHER]],
            &["request 7 arrived at r1, as no config makes it that all else of it is by"],
        );
    }

    #[test]
    fn what_was_sent_twice_is_left_alone() {
        let resent = (5, Kind::ClientResent, &[7, 1][..]);
        let before = [SENT[0], SENT[1], OTHER, resent];
        check_all(&before, &[at(1, "2"), at(3, "1")], Some("less"), &[]);
    }
}
