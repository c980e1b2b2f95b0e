//! Drain: a gateway that is asked to stop ends no sooner than its requests, as long as there is time left.
//!
//! The driver takes the host of a process down that has come to its end by itself, at a moment at which no fault of the
//! plan begins or ends. If that is before the deadline, then no request may be in the gateway's hands: one that it told of
//! having read and not of having answered, and whose client still waits for it over a way that was sound all the time. Of
//! several requests to stop the first counts.

use super::facts::Facts;
use super::soundness::Soundness;
use super::{Finding, Oracle};
use crate::scenarios::Scenario;
use crate::trace::{Kind, Record};
use std::collections::BTreeMap;

/// What was read so shortly before the end may have come after the process had looked for the last time: it looks every
/// 5 ms, and the driver every millisecond.
const LAST_LOOK_US: u64 = 10_000;

pub(super) struct Drain {
    gateway: u64,
    soundness: Soundness,
    /// When it was asked to stop, and by when it is to be done.
    asked: Option<(u64, u64)>,
    /// When a fault began or ended last.
    fault_us: Option<u64>,
    /// What the gateway has read and not answered, by its own number.
    in_hand: BTreeMap<u64, Read>,
    /// By the client's id, its number at the gateway and the client's host, while the client waits.
    waiting: BTreeMap<u64, Waiting>,
}

struct Read {
    id: u64,
    at_us: u64,
}

struct Waiting {
    client: u64,
    number: Option<u64>,
}

impl Drain {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            gateway: facts.gateway,
            soundness: Soundness::new(scenario, &facts),
            asked: None,
            fault_us: None,
            in_hand: BTreeMap::new(),
            waiting: BTreeMap::new(),
        }
    }

    fn read(&mut self, number: u64, id: u64, at_us: u64) {
        if let Some(waiting) = self.waiting.get_mut(&id) {
            if let Some(before) = waiting.number.replace(number) {
                self.in_hand.remove(&before);
            }
            self.in_hand.insert(number, Read { id, at_us });
        }
    }

    /// The client waits no more for what it sent last.
    fn gone(&mut self, id: u64) {
        if let Some(Waiting {
            number: Some(number), ..
        }) = self.waiting.remove(&id)
        {
            self.in_hand.remove(&number);
        }
    }

    fn down(&mut self, record: &Record, finding: &mut Finding) {
        if let Some((asked_us, deadline_us)) = self.asked.take()
            && self.fault_us != Some(record.at_us)
        {
            finding.looked_at += 1;
            if record.at_us < deadline_us {
                self.ended_early(record, asked_us, deadline_us, finding);
            }
        }
        self.in_hand.clear();
        self.waiting
            .values_mut()
            .for_each(|waiting| waiting.number = None);
    }

    fn ended_early(&self, record: &Record, asked_us: u64, deadline_us: u64, finding: &mut Finding) {
        for Read { id, at_us } in self.in_hand.values() {
            let Some(Waiting { client, .. }) = self.waiting.get(id) else {
                continue;
            };
            let read_late = at_us + LAST_LOOK_US > record.at_us;
            if read_late || !self.soundness.holds_while_draining(*client, *at_us) {
                continue;
            }
            finding.add(record, || {
                let seconds = |us: u64| us as f64 / 1e6;
                format!(
                    "the gateway, asked at {:.3} s to stop, ended with request {id} in hand and {:.3} s left",
                    seconds(asked_us),
                    seconds(deadline_us - record.at_us)
                )
            });
        }
    }
}

impl Oracle for Drain {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Link,
            Kind::Latency,
            Kind::Stop,
            Kind::FaultBegan,
            Kind::FaultEnded,
            Kind::Drain,
            Kind::ClientSent,
            Kind::ClientResent,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::GatewayRequest,
            Kind::GatewayAnswered,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [first, second, ..] = record.args();
        match record.kind {
            Kind::FaultBegan | Kind::FaultEnded => self.fault_us = Some(record.at_us),
            Kind::ClientSent | Kind::ClientResent => {
                self.gone(first);
                let waiting = Waiting {
                    client: record.host,
                    number: None,
                };
                self.waiting.insert(first, waiting);
            }
            Kind::ClientDone | Kind::ClientFailed => self.gone(first),
            Kind::GatewayRequest => {
                if let Some(id) = second.checked_sub(1) {
                    self.read(first, id, record.at_us);
                }
            }
            Kind::GatewayAnswered => drop(self.in_hand.remove(&first)),
            _ => {
                match record.kind {
                    Kind::Drain => {
                        let deadline_us = record.at_us.saturating_add(first);
                        self.asked.get_or_insert((record.at_us, deadline_us));
                    }
                    Kind::Crash if record.host == self.gateway => self.down(record, finding),
                    Kind::Start if record.host == self.gateway => self.asked = None,
                    _ => {}
                }
                self.soundness.see(record);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::scenario;
    use super::*;

    type Event = (u64, u64, Kind, &'static [u64]);

    const SENT: Event = (0, 5, Kind::ClientSent, &[7, 0]);
    const READ: Event = (5, 4, Kind::GatewayRequest, &[0, 8]);
    const ANSWERED: Event = (20, 4, Kind::GatewayAnswered, &[0, 200]);
    /// For a tenth of a second.
    const ASKED: [Event; 2] = [
        (10, 0, Kind::FaultBegan, &[0, 16, 4, 0]),
        (10, 0, Kind::Drain, &[100_000]),
    ];

    fn down(at_ms: u64) -> Event {
        (at_ms, 4, Kind::Crash, &[1])
    }

    /// At milliseconds.
    fn judge(events: &[&[Event]], expected: &[&str]) {
        let mut oracle = Drain::new(&scenario());
        let mut finding = Finding::default();
        for (at_ms, host, kind, values) in events.concat() {
            oracle.see(&Record::new(at_ms * 1_000, 0, host, kind, values), &mut finding);
        }
        let found: Vec<_> = finding
            .violations
            .iter()
            .map(|violation| &violation.what)
            .collect();
        assert_eq!(found, expected);
    }

    const EARLY: &str =
        "the gateway, asked at 0.010 s to stop, ended with request 7 in hand and 0.080 s left";

    #[test]
    fn an_end_with_a_request_in_hand_and_time_left_is_caught() {
        judge(&[&[SENT, READ], &ASKED, &[down(30)]], &[EARLY]);
        judge(&[&[SENT, READ], &ASKED, &[ANSWERED, down(30)]], &[]);
        judge(&[&[SENT, READ], &ASKED, &[down(110)]], &[]);
        // the second asking changes nothing
        judge(
            &[&[SENT, READ], &ASKED, &[(12, 0, Kind::Drain, &[0]), down(30)]],
            &[EARLY],
        );
    }

    #[test]
    fn what_the_plan_kills_is_not_to_blame() {
        judge(
            &[
                &[SENT, READ],
                &ASKED,
                &[(30, 0, Kind::FaultBegan, &[1, 1, 4, 0]), down(30)],
            ],
            &[],
        );
        judge(
            &[
                &[SENT, READ],
                &ASKED,
                &[(30, 0, Kind::FaultEnded, &[0, 16, 4, 0]), down(30)],
            ],
            &[],
        );
        judge(&[&[SENT, READ, down(30)]], &[]);
        judge(
            &[&[SENT, READ], &ASKED, &[(11, 4, Kind::Start, &[1]), down(30)]],
            &[],
        );
    }

    #[test]
    fn requests_that_nobody_waits_for_or_that_came_too_late_are_none() {
        judge(
            &[
                &[SENT, READ],
                &ASKED,
                &[(20, 5, Kind::ClientFailed, &[7, 2]), down(30)],
            ],
            &[],
        );
        judge(
            &[
                &[SENT, READ],
                &ASKED,
                &[(20, 5, Kind::ClientResent, &[7, 1]), down(30)],
            ],
            &[],
        );
        judge(
            &[
                &[SENT],
                &ASKED,
                &[(21, 4, Kind::GatewayRequest, &[0, 8]), down(30)],
            ],
            &[],
        );
        judge(
            &[
                &[SENT, READ],
                &ASKED,
                &[(20, 0, Kind::Link, &[4, 5, 1, 1]), down(30)],
            ],
            &[],
        );
    }

    #[test]
    fn a_successor_starts_with_nothing_in_hand() {
        let start = (40, 4, Kind::Start, &[1][..]);
        let again = [(50, 0, Kind::Drain, &[100_000][..]), down(80)];
        judge(
            &[
                &[
                    SENT,
                    READ,
                    (30, 0, Kind::FaultBegan, &[1, 2, 4, 0]),
                    down(30),
                    start,
                ],
                &again,
            ],
            &[],
        );
    }
}
