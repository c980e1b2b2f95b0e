//! Probes: when they start, and whether the gateway takes them for what they were.
//!
//! The gateway tells when a probe starts and what it takes it for, and the wire shows which connection it had: it dials in
//! the same breath. So each is held against what its replica did over that very connection, where the gateway's host was
//! not stopped meanwhile.
//! - A replica is probed after an interval, give or take a tenth, and for the first time soon after a start or a reload, which
//!   moves nobody whom it does not change; and it gets no more probes than are told of.
//! - No probe takes longer than its timeout. A good one was answered with a status that is expected.
//! - A failed one was answered otherwise, or not in time, or the way to its replica was not sound.

use super::Finding;
use super::facts::{Facts, Member, micros};
use super::lines::Lines;
use super::probes;
use super::soundness::Soundness;
use crate::trace::{Kind, Record};
use scenarios::{Probes, Scenario};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often the gateway looks for a new config.
const LOOKS_US: u64 = 100_000;

/// Ticks of the simulation, timers in whole milliseconds, and room to spare.
const SLACK: Duration = Duration::from_millis(20);
const TICKS_US: u64 = 2_000;

pub(super) struct Probing {
    targets: probes::Probes,
    soundness: Soundness,
    lines: Lines,
    slack_us: u64,
    /// An answer takes no longer to the gateway.
    hop_us: u64,
    /// Since when the process and its config are what they are; none where it is not there, or draining.
    since_us: Option<u64>,
    stopped_us: Option<u64>,
    /// By upstream and host, the start of the last one.
    started: BTreeMap<(usize, u64), u64>,
    /// The same of those that a reload has changed. If it was undone soon they may just have gone on.
    before: BTreeMap<(usize, u64), u64>,
    /// By the gateway's number.
    under_way: BTreeMap<u64, Under>,
    /// The one whose dial comes next.
    dialling: Option<u64>,
    /// By host: told of, and arrived.
    counts: BTreeMap<u64, [u64; 2]>,
}

/// A probe under way.
struct Under {
    upstream: usize,
    host: u64,
    told: Probes,
    begun_us: u64,
    dial: Option<u64>,
    wire: Option<u64>,
    /// The replica's number of it.
    arrived: Option<u64>,
    /// Status and time.
    answer: Option<(u64, u64)>,
    spoilt: bool,
    /// Nobody knows what the gateway can have seen of it.
    unsure: bool,
    /// Its prober may be gone.
    orphan: bool,
}

/// What a probe has shown.
pub(super) struct Shown {
    pub(super) upstream: usize,
    pub(super) host: u64,
    /// None where it says nothing of its replica.
    pub(super) is_good: Option<bool>,
}

impl Probing {
    pub(super) fn new(scenario: &Scenario, facts: &Facts) -> Self {
        Self {
            targets: probes::Probes::new(facts),
            soundness: Soundness::of_dials(scenario, facts),
            lines: Lines::default(),
            slack_us: micros(SLACK),
            hop_us: micros(2 * scenario.network.latency_max + SLACK),
            since_us: None,
            stopped_us: None,
            started: BTreeMap::new(),
            before: BTreeMap::new(),
            under_way: BTreeMap::new(),
            dialling: None,
            counts: BTreeMap::new(),
        }
    }

    /// The wire's number of a replica's connection.
    pub(super) fn wire(&self, replica: u64, own: u64) -> Option<u64> {
        self.lines.wire(replica, own)
    }

    /// Whether the gateway's clock went on since then.
    pub(super) fn went_on(&self, since_us: u64) -> bool {
        self.stopped_us.is_none_or(|stopped| stopped < since_us)
    }

    /// Whether the gateway is there, and not draining.
    pub(super) fn is_at_work(&self) -> bool {
        self.since_us.is_some()
    }

    /// To be shown everything but the end of probes, with the config that was in force before.
    pub(super) fn see(&mut self, facts: &Facts, config: usize, record: &Record, finding: &mut Finding) {
        let is_gateway = record.host == facts.gateway;
        let [first, second, third, ..] = record.args();
        match record.kind {
            Kind::Start | Kind::Crash if is_gateway => {
                self.overdue(facts, config, record, finding);
                self.since_us = (record.kind == Kind::Start).then_some(record.at_us);
                self.started.clear();
                self.before.clear();
                self.under_way.clear();
                self.dialling = None;
            }
            Kind::Reload if second == 0 => {}
            Kind::Reload | Kind::Drain => {
                self.overdue(facts, config, record, finding);
                let next = usize::try_from(first)
                    .ok()
                    .filter(|_| record.kind == Kind::Reload);
                self.since_us = self.since_us.and(next).map(|_| record.at_us);
                self.changes(facts, config, next);
            }
            Kind::Stop if is_gateway => {
                self.stopped_us = Some(record.at_us);
                self.dialling = None;
                self.under_way.values_mut().for_each(|under| under.unsure = true);
            }
            Kind::End => self.overdue(facts, config, record, finding),
            Kind::GatewayProbe => self.starts(facts, config, record, finding),
            Kind::Connect | Kind::Connected => self.dials(is_gateway, [first, second]),
            Kind::StubRequest => self.arrived(facts, record, finding),
            Kind::StubAnswer | Kind::StubInjected => {
                let mut under_way = self.under_way.values_mut();
                let own = (record.host, Some(second));
                if let Some(under) = under_way.find(|under| (under.host, under.arrived) == own) {
                    match record.kind {
                        Kind::StubAnswer => under.answer = Some((third, record.at_us)),
                        _ => under.spoilt = true,
                    }
                }
            }
            _ => {}
        }
        if !is_gateway || record.kind != Kind::Accept {
            self.lines.see(record);
        }
        self.soundness.see(record);
    }

    /// Probers go on whose replica and settings are the same, at the same place.
    fn changes(&mut self, facts: &Facts, config: usize, next: Option<usize>) {
        let stays = |upstream: usize, host: u64| {
            let of = |config| {
                let mut members = facts.members(config).enumerate();
                let (place, member) = members.find(|(_, member)| member.name == upstream)?;
                let probes = member.told.probes.as_ref()?;
                member.replicas.contains(&host).then_some((place, probes))
            };
            next.is_some_and(|next| of(config).is_some() && of(config) == of(next))
        };
        let ended = self
            .started
            .extract_if(.., |(upstream, host), _| !stays(*upstream, *host));
        self.before.extend(ended);
        for under in self.under_way.values_mut() {
            under.orphan |= !stays(under.upstream, under.host);
        }
    }

    fn starts(&mut self, facts: &Facts, config: usize, record: &Record, finding: &mut Finding) {
        let [number, upstream, place, ..] = record.args();
        let replica = facts.replica(config, upstream, place);
        let Some((member, host, told)) =
            replica.and_then(|(member, host)| Some((member, host, member.told.probes.clone()?)))
        else {
            return finding.add(record, || {
                format!(
                    "the gateway probes replica {place} of its upstream {upstream}, which is not to be probed"
                )
            });
        };
        self.late(facts, member, host, record, finding);
        let before = self.started.insert((member.name, host), record.at_us);
        let least_us = micros(told.interval) * 9 / 10;
        if let Some(before) = before
            && record.at_us.saturating_sub(before) < least_us.saturating_sub(TICKS_US)
        {
            finding.add(record, || {
                format!(
                    "{} of {} is probed {:.3} s after the last time, where at least {:.3} s are to lie between",
                    facts.host(host),
                    member.told.name,
                    record.at_us.saturating_sub(before) as f64 / 1e6,
                    least_us as f64 / 1e6
                )
            });
        }
        // those of a prober that is gone end without a word
        self.under_way
            .retain(|_, under| !under.orphan || (under.upstream, under.host) != (member.name, host));
        self.counts.entry(host).or_default()[0] += 1;
        self.dialling = Some(number);
        let under = Under {
            upstream: member.name,
            host,
            told,
            begun_us: record.at_us,
            dial: None,
            wire: None,
            arrived: None,
            answer: None,
            spoilt: false,
            unsure: false,
            orphan: false,
        };
        self.under_way.insert(number, under);
    }

    fn dials(&mut self, is_gateway: bool, [first, second]: [u64; 2]) {
        let mut under_way = self.under_way.values_mut();
        match self.dialling.take_if(|_| is_gateway) {
            Some(number) => {
                // in the same breath, or nobody knows
                if let Some(under) = self.under_way.get_mut(&number) {
                    under.dial = Some(first).filter(|_| under.host == second);
                    under.unsure |= under.host != second;
                }
            }
            None if is_gateway => {
                if let Some(under) = under_way.find(|under| under.dial == Some(first)) {
                    under.wire = Some(second);
                }
            }
            None => {}
        }
    }

    fn arrived(&mut self, facts: &Facts, record: &Record, finding: &mut Finding) {
        if !self.targets.is_one(record) {
            return;
        }
        let [_, own, number, ..] = record.args();
        let [told, arrived] = self.counts.entry(record.host).or_default();
        *arrived += 1;
        if arrived > told {
            finding.add(record, || {
                let replica = facts.host(record.host);
                format!("{replica} got {arrived} probes by now, but the gateway told of {told}")
            });
        }
        let wire = self.lines.wire(record.host, own);
        let mut under_way = self.under_way.values_mut();
        if let Some(under) = under_way.find(|under| wire.is_some() && under.wire == wire) {
            under.arrived = Some(number);
        }
    }

    /// One has ended, as the gateway tells.
    pub(super) fn ends(&mut self, facts: &Facts, record: &Record, finding: &mut Finding) -> Option<Shown> {
        let [number, outcome, ..] = record.args();
        let under = self.under_way.remove(&number)?;
        finding.looked_at += 1;
        let is_good = match outcome {
            0 => Some(true),
            1 => Some(false),
            _ => None,
        };
        let wrong = is_good.and_then(|is_good| self.wrong(&under, is_good, record.at_us));
        if let Some(wrong) = wrong.filter(|_| !under.unsure) {
            finding.add(record, || {
                format!(
                    "a probe of {} that started at {:.3} s {wrong}",
                    facts.host(under.host),
                    under.begun_us as f64 / 1e6
                )
            });
        }
        Some(Shown {
            upstream: under.upstream,
            host: under.host,
            is_good,
        })
    }

    /// What is wrong with the gateway's word for it.
    fn wrong(&self, under: &Under, is_good: bool, now_us: u64) -> Option<String> {
        let (took_us, timeout_us) = (now_us.saturating_sub(under.begun_us), micros(under.told.timeout));
        let [took, timeout] = [took_us, timeout_us].map(|us| us as f64 / 1e6);
        if took_us > timeout_us + self.slack_us {
            return Some(format!("took {took:.3} s, and may take {timeout:.3} s"));
        }
        let [first, last] = under.told.statuses.map(u64::from);
        let is_expected = |status: u64| (first..=last).contains(&status);
        match under.answer {
            Some((status, _)) if is_good && !is_expected(status) => Some(format!(
                "is called good, and was answered {status}: expected are {first} to {last}"
            )),
            None if is_good => Some("is called good, and was not answered".into()),
            _ if is_good || under.spoilt || !self.soundness.holds(under.host, under.begun_us) => None,
            Some((status, at_us)) if is_expected(status) => {
                let after_us = at_us.saturating_sub(under.begun_us);
                let in_time = after_us.saturating_add(self.hop_us) <= timeout_us;
                in_time.then(|| {
                    let after = after_us as f64 / 1e6;
                    format!(
                        "is called failed, and was answered {status} after {after:.3} s, over a sound way"
                    )
                })
            }
            None if took_us < timeout_us.saturating_sub(TICKS_US) => Some(format!(
                "is called failed after {took:.3} s, over a sound way and before its timeout of {timeout:.3} s"
            )),
            _ => None,
        }
    }

    /// Whoever should have been probed by now, or should know what came of it.
    fn overdue(&mut self, facts: &Facts, config: usize, record: &Record, finding: &mut Finding) {
        for member in facts.members(config) {
            for host in member.replicas.iter().filter(|_| member.told.probes.is_some()) {
                self.late(facts, member, *host, record, finding);
            }
        }
        let hangs = |under: &&Under| {
            let most_us = micros(under.told.timeout) + self.slack_us;
            !under.unsure && !under.orphan && most_us < record.at_us.saturating_sub(under.begun_us)
        };
        for under in self.under_way.values().filter(hangs) {
            finding.add(record, || {
                format!(
                    "a probe of {} that started at {:.3} s has not ended, and may take {:.3} s",
                    facts.host(under.host),
                    under.begun_us as f64 / 1e6,
                    under.told.timeout.as_secs_f64()
                )
            });
        }
    }

    fn late(&self, facts: &Facts, member: &Member, host: u64, record: &Record, finding: &mut Finding) {
        let (Some(since_us), Some(told)) = (self.since_us, &member.told.probes) else {
            return;
        };
        let interval_us = micros(told.interval);
        let between_us = (interval_us * 11 / 10).max(micros(told.timeout));
        let (last_us, most_us) = match self.started.get(&(member.name, host)) {
            Some(last) => (*last, between_us),
            None if self.before.contains_key(&(member.name, host)) => (since_us, between_us),
            None => (since_us, LOOKS_US + interval_us / 10),
        };
        let gap_us = record.at_us.saturating_sub(last_us);
        if gap_us > most_us + self.slack_us && self.went_on(last_us) {
            finding.add(record, || {
                format!(
                    "{} of {} has not been probed since {:.3} s: no more than {:.3} s are to lie between",
                    facts.host(host),
                    member.told.name,
                    last_us as f64 / 1e6,
                    most_us as f64 / 1e6
                )
            });
        }
    }
}

#[cfg(test)]
mod tests;
