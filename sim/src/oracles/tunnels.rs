//! Tunnels, and streams of events: nobody's bytes are lost, changed, mixed or held back, and a tunnel ends for a reason, and then on both
//! sides.
//!
//! Rests on both sides of each tunnel, and on what the driver did to the hosts.
//!
//! - A client is answered 101 where the other side has agreed to what it was asked for, and nowhere else; and it is, for the upstream has
//!   places for more tunnels than there are. On a route without tunnels the other side is not even asked.
//! - A stream's client is answered 200 where the other side has.
//! - What a side hears is what the other has said, from its beginning on, and soon after; an event at once.
//! - A side hears the end after the other has said all or gone, after nothing was said for the idle timeout, or at a drain's deadline;
//!   never because a config comes or goes. After a good end everything was heard.
//! - After any of these it does hear it, soon.
//!
//! Where a gateway was killed, stood still or crossed a deadline, a tunnel is left alone from then on.

use super::facts::{Facts, micros};
use super::soundness::Soundness;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::{ECHO, Scenario, TUNNELS, Way};
use std::collections::{BTreeMap, VecDeque};

/// How long anything may be on its way beside the hops: a long line takes some turns of a window that is full.
const SOON_US: u64 = 1_000_000;

/// And an event, which is small: less than lies between two.
const AT_ONCE_US: u64 = 200_000;

/// Hops of a tunnel's opening, and of whatever is said in it: connecting twice, asking, answering.
const HOPS: u32 = 12;

/// Of lines that were said and not heard. Beyond them somebody says more than anybody takes, and nothing is judged.
const SAID_MAX: usize = 4_096;

pub(super) struct Tunnels {
    soundness: Soundness,
    /// The two sides: the client's, and the other.
    hosts: [u64; 2],
    gateway: u64,
    idle_us: u64,
    soon_us: u64,
    at_once_us: u64,
    open: BTreeMap<u64, Tunnel>,
    /// The gateway was told to stop: its deadline.
    deadline_us: Option<u64>,
    struck_us: Option<u64>,
}

struct Tunnel {
    way: Option<Way>,
    asked_us: u64,
    last_said_us: u64,
    sides: [Side; 2],
    /// It was told of once, and whatever follows may follow from that.
    judged: bool,
}

#[derive(Default)]
struct Side {
    status: Option<u64>,
    /// Length, CRC-32 and time of what it said and the other has not heard.
    said: VecDeque<(u64, u64, u64)>,
    /// When it was done with saying, heard the end, and let go.
    done_us: Option<u64>,
    ended_us: Option<u64>,
    left_us: Option<u64>,
}

impl Side {
    /// When the other side may hear the end because of this one.
    fn over_us(&self) -> Option<u64> {
        [self.done_us, self.left_us].into_iter().flatten().min()
    }
}

impl Tunnels {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let number = |name: &str| scenario.host_number(name).unwrap_or(0);
        let idle = scenario.tunnels.as_ref().map(|tunnels| tunnels.idle_timeout);
        Self {
            soundness: Soundness::new(scenario, &facts),
            hosts: [number(TUNNELS), number(ECHO)],
            gateway: facts.gateway,
            idle_us: idle.map_or(u64::MAX, micros),
            soon_us: SOON_US.saturating_add(micros(scenario.network.latency_max.saturating_mul(HOPS))),
            at_once_us: AT_ONCE_US.saturating_add(micros(scenario.network.latency_max.saturating_mul(2))),
            open: BTreeMap::new(),
            deadline_us: None,
            struck_us: None,
        }
    }

    /// Whether nothing was wrong since then with anything between both sides.
    fn is_sound(&self, since_us: u64, now_us: u64) -> bool {
        let is_in_time = self.deadline_us.is_none_or(|deadline_us| now_us < deadline_us);
        is_in_time
            && self
                .hosts
                .iter()
                .all(|host| self.soundness.holds(*host, since_us))
    }

    fn of_tunnel(&mut self, record: &Record, finding: &mut Finding) {
        let [id, second, third, ..] = record.args();
        let Some(side) = self.hosts.iter().position(|host| *host == record.host) else {
            return;
        };
        let now = record.at_us;
        if record.kind == Kind::TunnelAsked {
            finding.looked_at += 1;
            let tunnel = Tunnel {
                way: Way::from_number(second),
                asked_us: now,
                last_said_us: now,
                sides: Default::default(),
                judged: false,
            };
            self.open.insert(id, tunnel);
            return;
        }
        let Some(mut tunnel) = self.open.remove(&id) else {
            return;
        };
        let sound = self.is_sound(tunnel.asked_us, now);
        let complaint = match record.kind {
            Kind::TunnelOpened => tunnel.opened(side, second, sound),
            Kind::TunnelSaid => {
                tunnel.last_said_us = now;
                let said = &mut tunnel.sides[side].said;
                said.push_back((second, third, now));
                tunnel.judged |= said.len() > SAID_MAX;
                None
            }
            Kind::TunnelHeard => {
                let is_stream = tunnel.way.is_some_and(Way::is_stream);
                let by_us = now.saturating_sub(self.at_once_us);
                tunnel.heard(side, (second, third), by_us, is_stream && sound)
            }
            Kind::TunnelDone => {
                tunnel.sides[side].done_us.get_or_insert(now);
                None
            }
            Kind::TunnelEnded => {
                tunnel.sides[side].ended_us.get_or_insert(now);
                let is_idle = now >= tunnel.last_said_us.saturating_add(self.idle_us);
                tunnel.ended(side, second, sound && !is_idle)
            }
            Kind::TunnelLeft => {
                tunnel.sides[side].left_us.get_or_insert(now);
                None
            }
            _ => None,
        };
        if let Some(what) = complaint.filter(|_| !tunnel.judged) {
            tunnel.judged = true;
            finding.add(record, || format!("tunnel {id}: {what}"));
        }
        // a client that has left is not the end of it: the other side has to hear of that
        let is_over = tunnel.sides.iter().all(|side| side.left_us.is_some());
        let is_refused =
            tunnel.sides[0].left_us.is_some() && !tunnel.is_held() && tunnel.sides[1].status != Some(101);
        if !is_over && !is_refused {
            self.open.insert(id, tunnel);
        }
    }

    /// What should have happened by now.
    fn look(&mut self, record: &Record, finding: &mut Finding) {
        let now = record.at_us;
        let mut late = Vec::new();
        for (id, tunnel) in self.open.iter().filter(|(_, tunnel)| !tunnel.judged) {
            let due = tunnel.due(self.idle_us);
            let due = due.filter(|(at_us, _)| at_us.saturating_add(self.soon_us) < now);
            if let Some((at_us, what)) =
                due.filter(|(at_us, _)| self.is_sound(tunnel.asked_us.min(*at_us), now))
            {
                late.push((*id, at_us, what));
            }
        }
        for (id, at_us, what) in late {
            self.open.remove(&id);
            finding.add(record, || {
                let seconds = now.saturating_sub(at_us) as f64 / 1e6;
                format!("tunnel {id}: {what} {seconds:.3} s ago, and the other side has not heard of it")
            });
        }
    }

    /// As in [`super::drain`]: a gateway that was told to stop comes to its end by itself, unless a fault has struck just now.
    fn crashed(&mut self, record: &Record) {
        let is_exit =
            record.host == self.gateway && self.deadline_us.is_some() && self.struck_us != Some(record.at_us);
        if !is_exit {
            self.soundness.see(record);
        }
    }
}

impl Tunnel {
    fn opened(&mut self, side: usize, status: u64, sound: bool) -> Option<String> {
        self.sides[side].status = Some(status);
        let way = self.way?;
        if side == 1 {
            let is_asked = status == 101;
            let is_uninvited = is_asked && way == Way::Uninvited;
            return is_uninvited.then(|| "it was asked for where its route has none".into());
        }
        let given = self.sides[1].status;
        if status == 101 && (given != Some(101) || !way.is_tunnel()) {
            return Some("the client was told that it is open, and the other side has not agreed".into());
        }
        let expected = way.status();
        if way.is_stream() && status == expected && given != Some(status) {
            return Some("the client was told that it is open, and the other side has not agreed".into());
        }
        (sound && status != 0 && status != expected)
            .then(|| format!("it was answered {status}, and not {expected}"))
    }

    /// Whether the other side has agreed to what can be held.
    fn is_held(&self) -> bool {
        let way = self.way.filter(|way| way.is_tunnel() || way.is_stream());
        way.is_some_and(|way| self.sides[1].status == Some(way.status()))
    }

    /// `by_us`: what was said before comes late, where that is judged.
    fn heard(
        &mut self,
        side: usize,
        (bytes, crc32): (u64, u64),
        by_us: u64,
        is_judged: bool,
    ) -> Option<String> {
        let said = &mut self.sides[1 - side].said;
        match said.pop_front() {
            Some((length, sum, at_us)) if (length, sum) == (bytes, crc32) => (is_judged && at_us < by_us)
                .then(|| {
                    format!(
                        "{} heard an event late that was said at {:.3} s",
                        name(side),
                        at_us as f64 / 1e6
                    )
                }),
            Some((length, ..)) => Some(format!(
                "{} heard {bytes} bytes that are not the {length} that were said",
                name(side)
            )),
            None => Some(format!("{} heard {bytes} bytes that nobody has said", name(side))),
        }
    }

    /// `sound`: it has no reason but the other side.
    fn ended(&mut self, side: usize, broken: u64, sound: bool) -> Option<String> {
        let other = &self.sides[1 - side];
        // what never was a tunnel ends when the gateway has seen that it is none
        if !sound || !self.is_held() {
            return None;
        }
        if other.over_us().is_none() {
            let how = if broken == 1 { "broke" } else { "ended" };
            return Some(format!("it {how} for {} for no reason", name(side)));
        }
        let is_good = other.done_us.is_some() && self.sides[side].left_us.is_none();
        (is_good && !other.said.is_empty()).then(|| {
            format!(
                "it ended for {} before all was heard that was said: {} lines are lost",
                name(side),
                other.said.len()
            )
        })
    }

    /// What the other side should hear, and since when.
    fn due(&self, idle_us: u64) -> Option<(u64, &'static str)> {
        if !self.is_held() {
            return None;
        }
        let idle = (
            self.last_said_us.saturating_add(idle_us),
            "nothing was said for as long as it may",
        );
        let of_side = |side: usize| {
            let (own, other) = (&self.sides[side], &self.sides[1 - side]);
            if other.ended_us.is_some() || other.left_us.is_some() {
                return None;
            }
            let said = own.said.front().map(|(.., at_us)| (*at_us, "a line was said"));
            let over = own.over_us().map(|at_us| (at_us, "one side was done"));
            [said.filter(|_| own.left_us.is_none()), over, Some(idle)]
                .into_iter()
                .flatten()
                .min()
        };
        [of_side(0), of_side(1)].into_iter().flatten().min()
    }
}

fn name(side: usize) -> &'static str {
    ["the client", "the other side"][side]
}

impl Oracle for Tunnels {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Link,
            Kind::Latency,
            Kind::Stop,
            Kind::Drain,
            Kind::FaultBegan,
            Kind::FaultEnded,
            Kind::ClientPlanned,
            Kind::TunnelAsked,
            Kind::TunnelOpened,
            Kind::TunnelSaid,
            Kind::TunnelHeard,
            Kind::TunnelDone,
            Kind::TunnelEnded,
            Kind::TunnelLeft,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [first, ..] = record.args();
        match record.kind {
            Kind::FaultBegan | Kind::FaultEnded => self.struck_us = Some(record.at_us),
            Kind::Drain => {
                // a process is told once, the first time counts
                self.deadline_us.get_or_insert(record.at_us.saturating_add(first));
            }
            Kind::Crash => self.crashed(record),
            Kind::Start => {
                if record.host == self.gateway && self.deadline_us.take().is_some() {
                    // what was left of the old process ended at its deadline
                    let wrong = Record::new(record.at_us, record.sequence, self.gateway, Kind::Crash, &[0]);
                    self.soundness.see(&wrong);
                }
                self.soundness.see(record);
            }
            Kind::Link | Kind::Latency | Kind::Stop => self.soundness.see(record),
            // time goes on
            Kind::ClientPlanned => self.look(record, finding),
            _ => self.of_tunnel(record, finding),
        }
    }
}

#[cfg(test)]
mod tests;
