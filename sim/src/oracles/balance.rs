//! Balance: of the replicas that are open to a request, it goes to one that its upstream's way of picking can pick.
//!
//! - `round-robin`: with n replicas open, n picks in a row go to n of them.
//! - `weighted`, `round-robin` with slow start, and the ties of `least-conn`: nobody is owed more turns by weight, or fewer, than
//!   a fair way can owe (see `ledger`).
//! - `least-conn`: nobody else has fewer requests in flight for his weight; `p2c`: not everybody else has. With `p2c` nobody
//!   is picked more often than he can be among two drawn at random, and who is the best for certain as often as he is.
//! - `random`, and requests without a key on a ring: shares by weight, by chance.
//! - On a ring: see `keys`. Sticky sessions: see `visitors`.
//!
//! What a replica has in flight is known to lie between two numbers (see `hands`), and a pick is judged by whichever
//! excuses it. A replica that comes back has less than its share where there is slow start. Turns are those of first attempts,
//! for retries take their own, and every one counts that a config in force begins anew.
//!
//! Not judged: latencies of `p2c` with `ewma`, of which only that two are drawn; picks of requests with a cookie that goes
//! before; a share of the keys in slow start. Copies for mirrors are no attempts: an upstream that gets some could have more in
//! flight than is known here.

use super::chances::Count;
use super::keys::Keys;
use super::ledger::{Ledger, Part};
use super::picks::{Open, Pick, Picks, SHARE_FULL};
use super::visitors::Visitors;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::{Lb, Scenario};
use std::collections::{BTreeMap, VecDeque};

/// A replica in slow start has a share that grows with every millisecond: what differs by less than a fiftieth is alike.
const ALIKE: u64 = 50;

/// A replica's share of a ring, relative to its due: six standard deviations of one of weight 1.
const ARC_LEAST: f64 = 0.5;
const ARC_MOST: f64 = 1.6;

pub(super) struct Balance {
    picks: Picks,
    judges: Judges,
}

struct Judges {
    visitors: Visitors,
    keys: Keys,
    turns: BTreeMap<(usize, u64), Turns>,
    chances: BTreeMap<(usize, Likely, u64, u64), Count>,
    last: (u64, u64),
}

/// What is counted, by upstream, who was open, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likely {
    /// Picked.
    Picked,
    /// Picked where it was the least loaded.
    Best,
}

/// Of one upstream.
struct Turns {
    picker: u64,
    hosts: u64,
    /// Picks before this one, the latest last; `None` where it is not known whether it was a turn.
    recent: VecDeque<Option<usize>>,
    ledger: Ledger,
}

impl Turns {
    /// One more pick, among so many: as many as the others are remembered.
    fn took(&mut self, place: Option<usize>, open: usize) {
        self.recent.push_back(place);
        while self.recent.len() >= open.max(1) {
            self.recent.pop_front();
        }
    }
}

impl Balance {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let picks = Picks::new(scenario);
        let judges = Judges {
            visitors: Visitors::new(picks.facts().kept_us),
            keys: Keys::new(scenario, picks.facts()),
            turns: BTreeMap::new(),
            chances: BTreeMap::new(),
            last: (0, 0),
        };
        Self { picks, judges }
    }
}

impl Judges {
    fn picked(&mut self, pick: &Pick<'_>, record: &Record, finding: &mut Finding) {
        self.last = (record.at_us, record.sequence);
        if pick.client.shows != 0 {
            self.visitors.picked(pick, record, finding);
            return self.perhaps(pick);
        }
        finding.looked_at += 1;
        let told = &pick.member.told;
        match told.lb {
            Lb::RoundRobin if told.slow_start.is_none() => self.in_turn(pick, record, finding),
            Lb::RoundRobin | Lb::Weighted => self.fair(pick, |_| Some(true), record, finding),
            Lb::LeastConn => self.least(pick, record, finding),
            Lb::P2c => self.two(pick, true, record, finding),
            Lb::P2cEwma => self.two(pick, false, record, finding),
            Lb::Random => self.by_chance(pick, 1.0, 1.0),
            Lb::RingHash { load_factor, .. } => match self.keys.key(pick) {
                Some(key) => self.keys.see(pick, key, record, finding),
                None if load_factor.is_none() && pick.all_full() => {
                    self.by_chance(pick, ARC_LEAST, ARC_MOST);
                }
                None => {}
            },
            Lb::IpHash => {
                if let Some(key) = self.keys.key(pick) {
                    self.keys.see(pick, key, record, finding);
                }
            }
        }
    }

    /// The account of the upstream's turns, begun anew where the gateway does so.
    fn turns(&mut self, pick: &Pick<'_>) -> &mut Turns {
        let member = pick.member;
        let weights = member.told.replicas.iter().map(|name| member.told.weight(name));
        let whole = weights.map(i64::from).sum::<i64>() * SHARE_FULL as i64;
        let begin = || Turns {
            picker: pick.picker,
            hosts: pick.hosts(),
            recent: VecDeque::new(),
            ledger: Ledger::new(member.replicas.len(), whole),
        };
        let turns = self.turns.entry((member.name, pick.worker)).or_insert_with(begin);
        if turns.picker != pick.picker {
            *turns = begin();
        }
        if std::mem::replace(&mut turns.hosts, pick.hosts()) != pick.hosts() {
            turns.recent.clear();
        }
        turns
    }

    /// A first attempt that may have taken a turn, or may not.
    fn perhaps(&mut self, pick: &Pick<'_>) {
        if !pick.is_first {
            return;
        }
        let parts = parts(pick, |_| Some(false));
        let turns = self.turns(pick);
        turns.took(None, pick.open.len());
        turns.ledger.perhaps(pick.chosen().place, &parts);
    }

    fn in_turn(&mut self, pick: &Pick<'_>, record: &Record, finding: &mut Finding) {
        if !pick.is_first {
            return;
        }
        let (place, others) = (pick.chosen().place, pick.open.len() - 1);
        let turns = self.turns(pick);
        if turns.recent.contains(&Some(place)) {
            finding.add(record, || {
                format!(
                    "request {} goes to {} out of turn: it had one of the {others} before, with {} replicas of {} to go to",
                    pick.load_id,
                    pick.name(pick.chosen()),
                    others + 1,
                    pick.upstream()
                )
            });
        }
        turns.took(Some(place), pick.open.len());
    }

    /// `took_part` says of each whether it did for sure, or may have.
    fn fair(
        &mut self,
        pick: &Pick<'_>,
        took_part: impl Fn(&Open) -> Option<bool>,
        record: &Record,
        finding: &mut Finding,
    ) {
        if !pick.is_first {
            return;
        }
        let parts = parts(pick, took_part);
        let turn = self.turns(pick).ledger.turn(pick.chosen().place, &parts);
        if let Some((place, owed)) = turn {
            let replicas = &pick.member.told.replicas;
            let whole: u64 = pick.open.iter().map(Open::due).sum();
            finding.add(record, || {
                let turns = owed.abs() as f64 / whole.max(1) as f64;
                let more = if owed > 0 { "fewer" } else { "more" };
                format!(
                    "{} has had some {turns:.0} turns of {} {more} than its weight is due",
                    replicas.get(place).map_or("a replica", String::as_str),
                    pick.upstream()
                )
            });
        }
    }

    fn least(&mut self, pick: &Pick<'_>, record: &Record, finding: &mut Finding) {
        let alike = alike(pick);
        let is_less = |a: &Open, b: &Open| less(a.most * b.due(), b.least * a.due(), alike);
        let chosen = pick.chosen();
        if let Some(other) = pick.open.iter().find(|other| is_less(other, chosen)) {
            return finding.add(record, || heavier(pick, chosen, other));
        }
        // those that tie, or may
        self.fair(
            pick,
            |open| {
                let others = || pick.open.iter().filter(|other| other.host != open.host);
                let may = !others().any(|other| is_less(other, open));
                let does = |other: &Open| {
                    let (mine, its) = (open.most * other.due(), other.least * open.due());
                    mine == 0 || mine <= its && (alike == 0 || less(mine, its, alike))
                };
                may.then(|| others().all(does))
            },
            record,
            finding,
        );
    }

    fn two(&mut self, pick: &Pick<'_>, by_load: bool, record: &Record, finding: &mut Finding) {
        let n = pick.open.len();
        if n < 2 {
            return;
        }
        let drawn = 2.0 / n as f64;
        for (number, open) in pick.open.iter().enumerate() {
            let is_it = number == pick.chosen;
            self.count(pick, Likely::Picked, open, is_it, (0.0, drawn));
        }
        if !by_load {
            return;
        }
        let alike = alike(pick);
        let is_better = |a: &Open, b: &Open| less((a.most + 1) * b.due(), (b.least + 1) * a.due(), alike);
        let chosen = pick.chosen();
        let others = |of: &Open| {
            let host = of.host;
            pick.open.iter().filter(move |other| other.host != host)
        };
        if others(chosen).all(|other| is_better(other, chosen))
            && let Some(other) = others(chosen).next()
        {
            finding.add(record, || heavier(pick, chosen, other));
        }
        let best = |open: &&Open| others(open).all(|other| is_better(open, other));
        if let Some(best) = pick.open.iter().find(best) {
            let is_it = best.host == chosen.host;
            self.count(pick, Likely::Best, best, is_it, (drawn, drawn));
        }
    }

    /// Shares by weight, times these.
    fn by_chance(&mut self, pick: &Pick<'_>, least: f64, most: f64) {
        let whole: u64 = pick.open.iter().map(Open::due).sum();
        for (number, open) in pick.open.iter().enumerate() {
            let due = open.due() as f64 / whole.max(1) as f64;
            // one that is alone gets all there is
            let least = if pick.open.len() == 1 { 1.0 } else { due * least };
            self.count(
                pick,
                Likely::Picked,
                open,
                number == pick.chosen,
                (least, due * most),
            );
        }
    }

    fn count(
        &mut self,
        pick: &Pick<'_>,
        likely: Likely,
        open: &Open,
        is_it: bool,
        (least, most): (f64, f64),
    ) {
        let key = (pick.member.name, likely, pick.hosts(), open.host);
        self.chances.entry(key).or_default().add(is_it, least, most);
    }
}

/// Those that took part in a turn, or may have.
fn parts(pick: &Pick<'_>, took_part: impl Fn(&Open) -> Option<bool>) -> Vec<Part> {
    let parts = pick.open.iter().filter_map(|open| {
        let is_sure = took_part(open)?;
        Some(Part {
            place: open.place,
            due: open.due() as i64,
            is_sure,
        })
    });
    parts.collect()
}

/// How far apart two loads must be: a part, or 0 for not at all.
fn alike(pick: &Pick<'_>) -> u64 {
    if pick.all_full() { 0 } else { ALIKE }
}

fn less(a: u64, b: u64, alike: u64) -> bool {
    match alike {
        0 => a < b,
        alike => a + a.div_ceil(alike) < b,
    }
}

fn heavier(pick: &Pick<'_>, chosen: &Open, other: &Open) -> String {
    // of a replica in slow start, what counts of its weight
    let weight = |open: &Open| open.due() as f64 / SHARE_FULL as f64;
    format!(
        "request {} goes to {}, which has {} in flight at least for its weight of {}; {} has {} at most for {}",
        pick.load_id,
        pick.name(chosen),
        chosen.least,
        weight(chosen),
        pick.name(other),
        other.most,
        weight(other)
    )
}

impl Oracle for Balance {
    fn kinds(&self) -> &'static [Kind] {
        Picks::KINDS
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let Self { picks, judges } = self;
        judges.visitors.see(picks, record, finding);
        if let Some(pick) = picks.see(record) {
            judges.picked(&pick, record, finding);
        }
    }

    fn end(&mut self, finding: &mut Finding) {
        let Self { picks, judges } = self;
        let (at_us, sequence) = judges.last;
        for ((upstream, likely, hosts, host), count) in &judges.chances {
            if count.is_unlikely() {
                finding.add_at(at_us, sequence, || {
                    let (least, most) = count.due();
                    let when = match likely {
                        Likely::Picked => "",
                        Likely::Best => ", as the least loaded,",
                    };
                    format!(
                        "{} got {} of {} requests for {}{when} among {} replicas, where chance gives it {least:.0} to {most:.0}",
                        picks.facts().host(*host),
                        count.hits,
                        count.picks,
                        picks.facts().upstream(*upstream),
                        hosts.count_ones()
                    )
                });
            }
        }
        let name = |upstream: usize| picks.facts().upstream(upstream).to_owned();
        judges.keys.end(name, finding);
    }
}

#[cfg(test)]
mod tests;
