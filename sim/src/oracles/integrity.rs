//! Integrity: nobody gets what is not his, nor a part of it for the whole.
//!
//! - An answer that a client took for complete is, by status, length and CRC-32, one that a replica finished for that very
//!   request, or one of those that the gateway makes itself (`docs/answers.md`).
//! - What a replica is asked is what the client asked, by method, target and body, and asked before. A target may be one
//!   that a route makes of any; all are taken to be in the normal form to which the gateway brings them.
//! - A replica that did not read a request's body may give the whole of it back and nothing else; with any other success
//!   the body was lost on the way.
//!
//! Bodies are their requests' own, so that one that was mixed up shows. Two that are equal all the same do not.

use super::facts::Facts;
use super::few::Few;
use super::http::{HEAD, is_bodiless};
use super::ids::Spans;
use super::recent::Recent;
use super::ways::Way;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The gateway's own answers: status and code.
const OWN: [(u64, &str); 13] = [
    (400, "bad_request"),
    (404, "no_route"),
    (405, "method_not_allowed"),
    (413, "payload_too_large"),
    (414, "uri_too_long"),
    (417, "expectation_failed"),
    (431, "header_fields_too_large"),
    (501, "not_implemented"),
    (502, "bad_gateway"),
    (503, "upstream_unavailable"),
    (503, "overloaded"),
    (504, "upstream_timeout"),
    (505, "version_not_supported"),
];

pub(super) struct Integrity {
    facts: Facts,
    own: Vec<Answer>,
    /// Targets into which any route may make any: which belongs to which `routing` judges.
    rewritten: BTreeSet<u64>,
    requests: Recent<Request>,
    /// Whatever clients have sent.
    sent: Spans,
    /// What replicas have in hand: by host and its own number of it.
    in_hand: BTreeMap<(u64, u64), InHand>,
}

/// A request as its client sent it, and what replicas answered.
struct Request {
    method: u64,
    target_crc32: u64,
    body: Body,
    /// By host.
    answers: Few<(u64, Answer)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Body {
    bytes: u64,
    crc32: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Answer {
    status: u64,
    body: Body,
}

struct InHand {
    id: u64,
    status: u64,
    body_read: bool,
}

impl Integrity {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let own = OWN.iter().map(|(status, code)| Answer {
            status: *status,
            body: Body::of(format!("{{\"error\":\"{code}\"}}\n").as_bytes()),
        });
        // whose of them it is, `routing` judges
        let told = facts.ways.every().filter_map(Way::own).map(|own| Answer {
            status: own.status,
            body: Body {
                bytes: own.bytes,
                crc32: own.crc32,
            },
        });
        let instead = facts.ways.degraded().map(|degraded| Answer {
            status: degraded.status,
            body: Body {
                bytes: degraded.bytes,
                crc32: degraded.crc32,
            },
        });
        let own = own.chain(told).chain(instead);
        Self {
            own: own.collect(),
            requests: Recent::new(facts.kept_us),
            rewritten: facts
                .ways
                .every()
                .filter_map(Way::to)
                .map(|to| to.target_crc32)
                .collect(),
            facts,
            sent: Spans::default(),
            in_hand: BTreeMap::new(),
        }
    }

    fn arrived(&mut self, record: &Record, finding: &mut Finding) {
        let [_, _, number, load_id_plus_1, _, method, target_crc32] = record.args();
        let Some(id) = load_id_plus_1.checked_sub(1) else {
            return;
        };
        let replica = self.facts.host(record.host);
        let in_hand = InHand {
            id,
            status: 0,
            body_read: false,
        };
        self.in_hand.insert((record.host, number), in_hand);
        match self.requests.get(id) {
            // so long ago that no more is known of it
            None if self.sent.contains(id) => {}
            None => finding.add(record, || {
                format!("{replica} got request {id}, which no client had sent by then")
            }),
            Some(asked) => {
                finding.looked_at += 1;
                if asked.method != method {
                    finding.add(record, || {
                        format!("{replica} got request {id} with another method than its client sent")
                    });
                }
                if asked.target_crc32 != target_crc32 && !self.rewritten.contains(&target_crc32) {
                    finding.add(record, || {
                        format!("{replica} got request {id} with another target than its client sent")
                    });
                }
            }
        }
    }

    fn body_read(&mut self, record: &Record, finding: &mut Finding) {
        let [_, number, bytes, crc32, ..] = record.args();
        let Some(in_hand) = self.in_hand.get_mut(&(record.host, number)) else {
            return;
        };
        in_hand.body_read = true;
        let (id, read) = (in_hand.id, Body { bytes, crc32 });
        if let Some(asked) = self.requests.get(id)
            && asked.body != read
        {
            finding.add(record, || {
                let replica = self.facts.host(record.host);
                format!(
                    "{replica} read a body of {read} with request {id}, but its client sent {}",
                    asked.body
                )
            });
        }
    }

    fn finished(&mut self, record: &Record, finding: &mut Finding) {
        let [_, number, bytes, crc32, ..] = record.args();
        let Some(InHand {
            id,
            status,
            body_read,
        }) = self.in_hand.remove(&(record.host, number))
        else {
            return;
        };
        let Some(request) = self.requests.get_mut(id) else {
            return;
        };
        let body = Body { bytes, crc32 };
        // nothing of a copy's answer is the client's
        if !self.facts.is_shadow(record.host) {
            request.answers.push((record.host, Answer { status, body }));
        }
        let unread = request.body.bytes > 0 && !body_read;
        if unread
            && matches!(status, 200..=299)
            && !is_bodiless(request.method, status)
            && request.body != body
        {
            let (replica, sent) = (self.facts.host(record.host), request.body);
            finding.add(record, || {
                format!("{replica} answered request {id} and got no body with it, but its client sent {sent}")
            });
        }
    }

    fn taken(&self, record: &Record, finding: &mut Finding) {
        let [id, status, bytes, crc32, ..] = record.args();
        let Some(request) = self.requests.get(id) else {
            return;
        };
        finding.looked_at += 1;
        let body = Body { bytes, crc32 };
        let taken = Answer { status, body };
        let is_own =
            |own: &Answer| own.status == status && (own.body == body || request.method == HEAD && bytes == 0);
        if request.answers.iter().any(|(_, answer)| *answer == taken) || self.own.iter().any(is_own) {
            return;
        }
        finding.add(record, || {
            let given = request
                .answers
                .iter()
                .map(|(host, answer)| format!("{} {answer}", self.facts.host(*host)));
            let given = given.collect::<Vec<_>>().join(", ");
            match given.is_empty() {
                true => {
                    format!("request {id} was answered with {taken}, but no replica finished an answer to it")
                }
                false => format!(
                    "request {id} was answered with {taken}, but what was finished for it is: {given}"
                ),
            }
        });
    }
}

impl Oracle for Integrity {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::ClientAsked,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubRequest,
            Kind::StubBody,
            Kind::StubAnswer,
            Kind::StubFinished,
            Kind::StubInjected,
            Kind::StubAborted,
            Kind::Crash,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [first, second, third, ..] = record.args();
        match record.kind {
            Kind::ClientAsked => {
                let [id, method, target_crc32, bytes, crc32, ..] = record.args();
                let request = Request {
                    method,
                    target_crc32,
                    body: Body { bytes, crc32 },
                    answers: Few::default(),
                };
                self.sent.insert(id);
                self.requests.insert(id, request);
            }
            Kind::StubRequest => self.arrived(record, finding),
            Kind::StubBody => self.body_read(record, finding),
            Kind::StubAnswer => {
                if let Some(in_hand) = self.in_hand.get_mut(&(record.host, second)) {
                    in_hand.status = third;
                }
            }
            Kind::StubFinished => self.finished(record, finding),
            Kind::Crash => self.in_hand.retain(|(host, _), _| *host != record.host),
            Kind::ClientDone | Kind::ClientFailed => {
                if record.kind == Kind::ClientDone {
                    self.taken(record, finding);
                }
                self.requests.end(first, record.at_us);
            }
            _ => drop(self.in_hand.remove(&(record.host, second))),
        }
    }
}

impl Body {
    fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.len() as u64,
            crc32: crc32fast::hash(bytes).into(),
        }
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes (CRC-32 {:08x})", self.bytes, self.crc32)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} and {}", self.status, self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;

    const CLIENT: u64 = 5;

    fn judge(events: &Events<'_>, expected: &[&str]) {
        check(&mut Integrity::new(&scenario()), events, expected);
    }

    /// Request 7: a POST of 3 bytes, whose first attempt is answered 503 by r0 and whose second r1 answers.
    fn good() -> Vec<(u64, Kind, &'static [u64])> {
        vec![
            (CLIENT, Kind::ClientAsked, &[7, 3, 99, 3, 33]),
            (1, Kind::StubRequest, &[0, 0, 0, 8, 0, 3, 99]),
            (1, Kind::StubBody, &[0, 0, 3, 33]),
            (1, Kind::StubAnswer, &[0, 0, 503]),
            (1, Kind::StubFinished, &[0, 0, 20, 5]),
            (2, Kind::StubRequest, &[1, 0, 0, 8, 0, 3, 99]),
            (2, Kind::StubBody, &[1, 0, 3, 33]),
            (2, Kind::StubAnswer, &[1, 0, 200]),
            (2, Kind::StubFinished, &[1, 0, 256, 77]),
            (CLIENT, Kind::ClientDone, &[7, 200, 256, 77]),
        ]
    }

    fn with(place: usize, values: &'static [u64]) -> Vec<(u64, Kind, &'static [u64])> {
        let mut events = good();
        events[place].2 = values;
        events
    }

    #[test]
    fn answers_of_replicas_and_of_the_gateway_hold() {
        judge(&good(), &[]);
        judge(&with(9, &[7, 503, 20, 5]), &[]);
        let own = Body::of(b"{\"error\":\"upstream_timeout\"}\n");
        let values = [7, 504, own.bytes, own.crc32];
        judge(
            &[&good()[..9], &[(CLIENT, Kind::ClientDone, &values[..])]].concat(),
            &[],
        );
        // to HEAD
        judge(
            &[
                (CLIENT, Kind::ClientAsked, &[7, 2, 99, 0, 0]),
                (CLIENT, Kind::ClientDone, &[7, 502, 0, 0]),
            ],
            &[],
        );
    }

    #[test]
    fn a_body_that_a_replica_did_not_read_may_come_back() {
        let mut events = good();
        events.remove(6);
        judge(
            &events,
            &["r1 answered request 7 and got no body with it, but its client sent 3 bytes (CRC-32 00000021)"],
        );
        events[7].2 = &[1, 0, 3, 33];
        events[8].2 = &[7, 200, 3, 33];
        judge(&events, &[]);
    }

    #[test]
    fn answers_of_others_and_parts_are_caught() {
        judge(
            &with(9, &[7, 200, 128, 70]),
            &[
                "request 7 was answered with 200 and 128 bytes (CRC-32 00000046), but what was finished for it is: r0 503 \
               and 20 bytes (CRC-32 00000005), r1 200 and 256 bytes (CRC-32 0000004d)",
            ],
        );
        judge(
            &[good()[0], (CLIENT, Kind::ClientDone, &[7, 500, 0, 0])],
            &[
                "request 7 was answered with 500 and 0 bytes (CRC-32 00000000), but no replica finished an answer to it",
            ],
        );
        // broken off at the replica, whole at the client
        let mut events = good();
        events[8] = (2, Kind::StubInjected, &[1, 0, 1]);
        events[4] = (1, Kind::Crash, &[1]);
        judge(
            &events,
            &[
                "request 7 was answered with 200 and 256 bytes (CRC-32 0000004d), but no replica finished an answer to it",
            ],
        );
    }

    #[test]
    fn requests_that_no_client_sent_are_caught() {
        judge(
            &with(5, &[1, 0, 0, 8, 0, 1, 99]),
            &["r1 got request 7 with another method than its client sent"],
        );
        judge(
            &with(5, &[1, 0, 0, 8, 0, 3, 98]),
            &["r1 got request 7 with another target than its client sent"],
        );
        judge(
            &with(6, &[1, 0, 2, 30]),
            &[
                "r1 read a body of 2 bytes (CRC-32 0000001e) with request 7, but its client sent 3 bytes (CRC-32 00000021)",
            ],
        );
        judge(
            &[(1, Kind::StubRequest, &[0, 0, 0, 8, 0, 3, 99])],
            &["r0 got request 7, which no client had sent by then"],
        );
    }
}
