//! Backoff: a retry waits for as long as its upstream asks for, for no longer than its bound, and waits are spread below it.
//!
//! - An attempt behind an answer of 429 or 503 that says `Retry-After` does not come before that; where that is later than the request's
//!   time is over, the answer is passed on at once.
//! - Otherwise it comes within the backoff's bound. One such wait says nothing of chance; of [`ROW`] waits in a row that may be long
//!   enough to tell, not all are within a tenth of their bounds. Of those that begin at the same moment, as when a replica dies with
//!   requests in hand, the longest are seen last: one of them counts.
//!
//! What an answer says is the replica's word. The gateway tells when an attempt has ended and when the next one begins; others hold it
//! to that (`truth`, `ejection`). In between nothing may lie but the wait, so it is judged while the gateway is neither stopped nor new.

use super::facts::{Facts, micros};
use super::later::Later;
use super::recent::Recent;
use super::told::Told;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;

/// By chance a wait is within a tenth and a tick of its bound once in eight; so many in a row once in 10¹⁰.
const ROW: u32 = 12;

/// Below it a tick is too large a part of a wait.
const TELLING_US: u64 = 40_000;

/// A timer may be late by a tick, and whoever looks at it by another.
const SLACK_US: u64 = 3_000;

/// Times of the same moment may be told a tick apart.
const TICK_US: u64 = 1_000;

pub(super) struct Backoff {
    told: Told<Begun>,
    later: Later,
    /// Asks of requests, by the client's id.
    asks: Recent<u64>,
    /// When it last stood still, or was started.
    stood_us: Option<u64>,
    stands: bool,
    /// By upstream.
    rows: Vec<Row>,
    /// By upstream, whether what it answers may be taken for a failure by a route that falls back on something.
    falls_back: Vec<bool>,
}

/// Waits that were nearly their bounds.
#[derive(Clone, Default)]
struct Row {
    length: u32,
    /// When the last wait that counts began.
    begun_us: Option<u64>,
}

/// A request of the gateway's.
#[derive(Default)]
struct Begun {
    at_us: u64,
    under_way: Vec<UnderWay>,
    /// The last attempt that has ended since the last one began.
    ended: Option<Ended>,
}

struct UnderWay {
    number: u64,
    host: Option<u64>,
    upstream: usize,
    /// When the request's time is over.
    until_us: u64,
}

#[derive(Clone, Copy)]
struct Ended {
    at_us: u64,
    /// When it was answered, and what the answer asked for.
    status: u64,
    asks_us: Option<u64>,
    upstream: usize,
    until_us: u64,
}

impl Backoff {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let routes = scenario.configs.iter().flat_map(|config| config.all_routes());
        let falling: Vec<_> = routes
            .filter(|route| route.fallback.is_some() || route.degraded.is_some())
            .collect();
        let falls = |upstream: usize| {
            let mut names = falling.iter().flat_map(|route| route.upstreams());
            names.any(|name| name == facts.upstream(upstream))
        };
        Self {
            rows: vec![Row::default(); facts.upstreams()],
            falls_back: (0..facts.upstreams()).map(falls).collect(),
            later: Later::new(&facts),
            asks: Recent::new(facts.kept_us),
            told: Told::new(facts),
            stood_us: None,
            stands: false,
        }
    }

    /// Whether the gateway has gone on since then.
    fn goes_since(&self, at_us: u64) -> bool {
        !self.stands && self.stood_us.is_none_or(|stood| stood < at_us)
    }

    fn attempt(&mut self, record: &Record, finding: &mut Finding) {
        let Some(attempt) = self.told.see(record) else {
            return;
        };
        let (number, now_us, host) = (attempt.number, record.at_us, attempt.host());
        let Some(member) = attempt.member else {
            return;
        };
        let load_id = attempt.request.load_id;
        let ask = load_id.and_then(|id| self.asks.get(id).copied());
        let time = ask.map_or(member.told.timeout, |ask| {
            attempt.facts.time_for(&member.told, ask)
        });
        let begun = &mut attempt.request.facts;
        let (upstream, ended) = (member.name, begun.ended.take());
        begun.under_way.push(UnderWay {
            number,
            host,
            upstream,
            until_us: begun.at_us.saturating_add(micros(time)),
        });
        // waits before what is fallen back on are of the route that does
        let is_spare = attempt.facts.ways.is_spare(upstream);
        let name = &member.told.name;
        let backoff = member.told.again.backoff.as_ref();
        let bound_us = backoff.map_or(0, |backoff| micros(backoff.bound(number.saturating_sub(1))));
        let Some(ended) = ended.filter(|_| number >= 2 && !is_spare) else {
            return;
        };
        let goes = !self.stands && self.stood_us.is_none_or(|stood| stood < ended.at_us);
        if !goes {
            return;
        }
        finding.looked_at += 1;
        let waited_us = now_us.saturating_sub(ended.at_us);
        let (asks_us, id) = (ended.asks_us.unwrap_or(0), record.args()[0]);
        let mut add = |what: String| {
            finding.add(record, || {
                let waited = seconds(waited_us);
                format!("attempt {number} of the gateway's request {id} at {name} came {waited} after the last had ended: {what}")
            });
        };
        if waited_us.saturating_add(TICK_US) < asks_us {
            add(format!("its answer asked for {}", seconds(asks_us)));
        }
        if waited_us > bound_us.max(asks_us).saturating_add(SLACK_US) {
            add(format!("it waits for at most {}", seconds(bound_us.max(asks_us))));
        }
        if bound_us < TELLING_US || asks_us > 0 {
            return;
        }
        if self.rows[upstream].grows(ended.at_us, waited_us, bound_us) {
            finding.add(record, || {
                format!(
                    "{ROW} waits in a row before retries at {name} were all of their bounds, as this one of {}: they are not spread",
                    seconds(bound_us)
                )
            });
        }
    }

    fn done(&mut self, record: &Record) {
        let [id, number, outcome, status, ..] = record.args();
        let Self { told, later, .. } = self;
        let Some(request) = told.request(id) else {
            return;
        };
        let under_way = &mut request.facts.under_way;
        let Some(place) = under_way.iter().position(|attempt| attempt.number == number) else {
            return;
        };
        let attempt = under_way.swap_remove(place);
        let may_ask = outcome == 0 && matches!(status, 429 | 503);
        let asks_us = request.load_id.zip(attempt.host).filter(|_| may_ask);
        request.facts.ended = Some(Ended {
            at_us: record.at_us,
            status: if outcome == 0 { status } else { 0 },
            asks_us: asks_us.and_then(|(id, host)| later.wait_us(id, host, record.at_us)),
            upstream: attempt.upstream,
            until_us: attempt.until_us,
        });
    }

    /// An answer goes to the client.
    fn answered(&mut self, record: &Record, finding: &mut Finding) {
        let [id, status, ..] = record.args();
        let begun = self.told.request(id).map(|request| &mut request.facts);
        let ended = begun.and_then(|begun| begun.ended.take().filter(|_| begun.under_way.is_empty()));
        let Some((ended, asks_us)) = ended.and_then(|ended| Some((ended, ended.asks_us?))) else {
            return;
        };
        let is_in_time = ended.at_us.saturating_add(asks_us) <= ended.until_us.saturating_add(TICK_US);
        let falls_back = self.falls_back.get(ended.upstream).copied().unwrap_or(true);
        if is_in_time || falls_back || !self.goes_since(ended.at_us) {
            return;
        }
        finding.looked_at += 1;
        let late_us = record.at_us.saturating_sub(ended.at_us);
        if status != ended.status || late_us > SLACK_US {
            finding.add(record, || {
                format!(
                    "the gateway's request {id} was answered {status} {} after an answer of {} that asked for {}, which it has not: that is to be \
                     passed on at once",
                    seconds(late_us),
                    ended.status,
                    seconds(asks_us)
                )
            });
        }
    }
}

impl Row {
    /// A wait has ended; whether it is the one too many.
    fn grows(&mut self, begun_us: u64, waited_us: u64, bound_us: u64) -> bool {
        let is_later = |last_us: u64| begun_us > last_us.saturating_add(SLACK_US);
        if !self.begun_us.is_none_or(is_later) {
            return false;
        }
        self.begun_us = Some(begun_us);
        self.length = match waited_us.saturating_add(SLACK_US / 3) >= bound_us / 10 * 9 {
            true => self.length + 1,
            false => 0,
        };
        self.length == ROW
    }
}

fn seconds(us: u64) -> String {
    format!("{:.3} s", us as f64 / 1e6)
}

impl Oracle for Backoff {
    fn kinds(&self) -> &'static [Kind] {
        const OWN: [Kind; 12] = [
            Kind::ClientPlanned,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::Start,
            Kind::Stop,
            Kind::Reload,
            Kind::GatewayReplica,
            Kind::GatewayApplied,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAttemptDone,
            Kind::GatewayAnswered,
        ];
        const ALL: [Kind; OWN.len() + Later::KINDS.len()] = {
            let mut all = [Kind::End; OWN.len() + Later::KINDS.len()];
            let (own, later) = all.split_at_mut(OWN.len());
            own.copy_from_slice(&OWN);
            later.copy_from_slice(&Later::KINDS);
            all
        };
        &ALL
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [first, _, third, ..] = record.args();
        match record.kind {
            Kind::ClientPlanned => self.asks.insert(first, third),
            Kind::ClientDone | Kind::ClientFailed => self.asks.end(first, record.at_us),
            Kind::Stop if record.host == self.told.facts.gateway => {
                self.stands = first != 0;
                self.stood_us = Some(record.at_us);
            }
            Kind::Stop => {}
            Kind::GatewayAttempt => self.attempt(record, finding),
            Kind::GatewayAttemptDone => self.done(record),
            Kind::GatewayAnswered => self.answered(record, finding),
            kind if Later::KINDS.contains(&kind) => self.later.see(&self.told.facts, record),
            _ => {
                self.told.see(record);
                if record.kind == Kind::GatewayRequest
                    && let Some(request) = self.told.request(first)
                {
                    request.facts.at_us = record.at_us;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
