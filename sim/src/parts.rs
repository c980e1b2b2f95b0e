//! What the parts tell of themselves, as events of the trace.
//!
//! One probe for all three. It only translates; the world stamps time, host and sequence.

use crate::trace::{CANCELLED, Kind, NOT_CONNECTED};
use crate::world::Tap;
use gateway::{AttemptOutcome, BreakerState, EjectionCause, ProbeOutcome};
use upstream_stub::{Fault, Later, Marks, Who};
use world::Probe;

/// Takes the events of gateway, stub and load generator on one host.
#[derive(Clone)]
pub struct SimProbe(pub Tap);

impl Probe<loadgen::Event> for SimProbe {
    fn emit(&self, event: loadgen::Event) {
        use loadgen::Event;
        match event {
            Event::Planned { id, at_us, scenario } => {
                self.0.emit(Kind::ClientPlanned, &[id, at_us, scenario.into()]);
            }
            Event::Asked {
                id,
                method,
                target_crc32,
                body_bytes,
                body_crc32,
            } => self.0.emit(
                Kind::ClientAsked,
                &[
                    id,
                    method.into(),
                    target_crc32.into(),
                    body_bytes,
                    body_crc32.into(),
                ],
            ),
            Event::Sent { id, connection } => self.0.emit(Kind::ClientSent, &[id, connection]),
            Event::Resent { id, connection } => self.0.emit(Kind::ClientResent, &[id, connection]),
            Event::Shows { id, crc32 } => self.0.emit(Kind::ClientShows, &[id, crc32.into()]),
            Event::Given { id, crc32 } => self.0.emit(Kind::ClientGiven, &[id, crc32.into()]),
            Event::Done {
                id,
                status,
                body_bytes,
                body_crc32,
            } => self.0.emit(
                Kind::ClientDone,
                &[id, status.into(), body_bytes, body_crc32.into()],
            ),
            Event::Pointed { id, crc32 } => self.0.emit(Kind::ClientPointed, &[id, crc32.into()]),
            Event::Served { id, crc32 } => self.0.emit(Kind::ClientServed, &[id, crc32.into()]),
            Event::Failed { id, kind } => self.0.emit(Kind::ClientFailed, &[id, failure_number(kind)]),
        }
    }
}

/// The number of a failure in the trace: its place in the load generator's list.
fn failure_number(failure: loadgen::Failure) -> u64 {
    loadgen::Failure::ALL
        .iter()
        .position(|each| *each == failure)
        .map_or(u64::MAX, |place| place as u64)
}

impl Probe<upstream_stub::Event> for SimProbe {
    fn emit(&self, event: upstream_stub::Event) {
        use upstream_stub::Event;
        let tap = &self.0;
        match event {
            Event::Down { .. } | Event::Up { .. } | Event::Accepted { .. } | Event::Closed { .. } => {
                replica_event(tap, event);
            }
            Event::Request {
                replica,
                connection,
                number,
                load_id,
                key,
                method,
                target_crc32,
            } => {
                let key = key.map_or(0, |hash| hash.max(1));
                tap.emit(
                    Kind::StubRequest,
                    &[
                        replica.into(),
                        connection,
                        number,
                        plus_1(load_id),
                        key,
                        method.into(),
                        target_crc32.into(),
                    ],
                );
            }
            Event::Marked { replica, marks } => marked(tap, replica, marks),
            Event::Body {
                replica,
                number,
                bytes,
                crc32,
            } => tap.emit(Kind::StubBody, &[replica.into(), number, bytes, crc32.into()]),
            Event::Waits { .. } | Event::Later { .. } => times(tap, event),
            Event::Answer {
                replica,
                number,
                status,
            } => tap.emit(Kind::StubAnswer, &[replica.into(), number, status.into()]),
            Event::Finished {
                replica,
                number,
                bytes,
                crc32,
            } => tap.emit(Kind::StubFinished, &[replica.into(), number, bytes, crc32.into()]),
            Event::Injected {
                replica,
                number,
                fault,
            } => {
                let fault = match fault {
                    Fault::Reset => 0,
                    Fault::Truncate => 1,
                };
                tap.emit(Kind::StubInjected, &[replica.into(), number, fault]);
            }
            Event::Aborted { replica, number, by } => {
                let by = match by {
                    Who::Client => 0,
                    Who::Script => 1,
                };
                tap.emit(Kind::StubAborted, &[replica.into(), number, by]);
            }
        }
    }
}

fn marked(tap: &Tap, replica: u32, marks: Marks) {
    let Marks {
        mirrored,
        marks,
        hops,
        strays,
    } = marks;
    tap.emit(
        Kind::StubMarked,
        &[
            replica.into(),
            mirrored.into(),
            marks.into(),
            hops.into(),
            strays.into(),
        ],
    );
}

/// What is said of times, by a request and by an answer.
fn times(tap: &Tap, event: upstream_stub::Event) {
    use upstream_stub::Event;
    match event {
        Event::Waits { replica, ms, in_grpc } => {
            tap.emit(Kind::StubWaits, &[replica.into(), ms, in_grpc.into()])
        }
        Event::Later { replica, number, at } => {
            let [seconds, is_date] = match at {
                Later::InSeconds(seconds) => [seconds, 0],
                Later::AtUnix(seconds) => [seconds, 1],
            };
            tap.emit(Kind::StubLater, &[replica.into(), number, seconds, is_date]);
        }
        _ => {}
    }
}

/// What a replica tells of itself and its connections.
fn replica_event(tap: &Tap, event: upstream_stub::Event) {
    use upstream_stub::Event;
    match event {
        Event::Down { replica } => tap.emit(Kind::StubDown, &[replica.into()]),
        Event::Up { replica } => tap.emit(Kind::StubUp, &[replica.into()]),
        Event::Accepted { replica, connection } => {
            tap.emit(Kind::StubAccepted, &[replica.into(), connection]);
        }
        Event::Closed { replica, connection } => tap.emit(Kind::StubClosed, &[replica.into(), connection]),
        _ => {}
    }
}

/// Takes the events of one worker of a gateway. Each counts connections and requests by itself; in the trace they are told
/// apart.
#[derive(Clone)]
pub struct WorkerProbe {
    pub tap: Tap,
    pub worker: usize,
    pub workers: usize,
}

impl WorkerProbe {
    fn number(&self, own: u64) -> u64 {
        own * self.workers as u64 + self.worker as u64
    }

    /// The event with numbers of the whole gateway.
    fn numbered(&self, event: gateway::Event) -> gateway::Event {
        use gateway::Event;
        let mut event = event;
        match &mut event {
            Event::Accepted { connection: own } | Event::Closed { connection: own } => {
                *own = self.number(*own)
            }
            Event::Request { id: own, .. }
            | Event::Attempt { id: own, .. }
            | Event::AttemptDone { id: own, .. }
            | Event::Answered { id: own, .. }
            | Event::Shed { id: own, .. }
            | Event::TimedOut { id: own, .. }
            | Event::Probe { number: own, .. }
            | Event::Probed { number: own, .. } => *own = self.number(*own),
            Event::ReplicaEjected { .. }
            | Event::ReplicaReturned { .. }
            | Event::Replica { .. }
            | Event::Breaker { .. }
            | Event::LimitChanged { .. }
            | Event::Applied { .. } => {}
        }
        event
    }
}

const fn cause_number(cause: EjectionCause) -> u64 {
    match cause {
        EjectionCause::ConnectFailures => 0,
        EjectionCause::Errors => 1,
        EjectionCause::ErrorRatio => 2,
        EjectionCause::Probes => 3,
    }
}

const fn breaker_number(state: BreakerState) -> u64 {
    match state {
        BreakerState::Closed => 0,
        BreakerState::HalfOpen => 1,
        BreakerState::Open => 2,
    }
}

impl Probe<gateway::Event> for WorkerProbe {
    fn emit(&self, event: gateway::Event) {
        use gateway::Event;
        let tap = &self.tap;
        let event = self.numbered(event);
        match event {
            Event::Accepted { connection } => tap.emit(Kind::GatewayAccepted, &[connection]),
            Event::Closed { connection } => tap.emit(Kind::GatewayClosed, &[connection]),
            Event::Request { id, load_id } => tap.emit(Kind::GatewayRequest, &[id, plus_1(load_id)]),
            Event::Attempt {
                id,
                number,
                upstream,
                replica,
            } => {
                tap.emit(
                    Kind::GatewayAttempt,
                    &[id, number.into(), upstream.into(), replica.into()],
                );
            }
            Event::AttemptDone { id, number, outcome } => {
                let [outcome, status] = outcome_numbers(outcome);
                tap.emit(Kind::GatewayAttemptDone, &[id, number.into(), outcome, status]);
            }
            Event::TimedOut { id, timeout } => {
                tap.emit(Kind::GatewayTimedOut, &[id, timeout_number(timeout)]);
            }
            Event::Answered { id, status } => tap.emit(Kind::GatewayAnswered, &[id, status.into()]),
            Event::ReplicaEjected {
                upstream,
                replica,
                cause,
            } => {
                let cause = cause_number(cause);
                tap.emit(Kind::GatewayEjected, &[upstream.into(), replica.into(), cause]);
            }
            Event::ReplicaReturned { upstream, replica } => {
                tap.emit(Kind::GatewayReturned, &[upstream.into(), replica.into()]);
            }
            Event::Probe {
                number,
                upstream,
                replica,
            } => tap.emit(Kind::GatewayProbe, &[number, upstream.into(), replica.into()]),
            Event::Probed { number, outcome } => {
                tap.emit(Kind::GatewayProbed, &[number, probed_number(outcome)]);
            }
            Event::Replica {
                upstream,
                replica,
                addr,
            } => {
                let host = tap.host_at(addr.ip()).unwrap_or(0);
                tap.emit(Kind::GatewayReplica, &[upstream.into(), replica.into(), host]);
            }
            Event::Breaker {
                upstream,
                replica,
                from,
                to,
            } => {
                let host = replica.and_then(|addr| tap.host_at(addr.ip())).unwrap_or(0);
                let [from, to] = [from, to].map(breaker_number);
                tap.emit(Kind::GatewayBreaker, &[upstream.into(), host, from, to]);
            }
            Event::Shed { .. } | Event::LimitChanged { .. } => limit_event(tap, event),
            Event::Applied { version } => tap.emit(Kind::GatewayApplied, &[version]),
        }
    }
}

/// The gateway's words for what was waited for, by their numbers in the trace.
const TIMEOUTS: [&str; 7] = [
    "connect",
    "first-byte",
    "try",
    "route",
    "idle",
    "pending",
    "deadline",
];

/// What is told of adaptive limits.
fn limit_event(tap: &Tap, event: gateway::Event) {
    use gateway::Event;
    match event {
        Event::Shed { id, upstream, class } => {
            tap.emit(Kind::GatewayShed, &[id, upstream.into(), class.into()]);
        }
        Event::LimitChanged { upstream, limit } => {
            tap.emit(Kind::GatewayLimit, &[upstream.into(), limit.into()]);
        }
        _ => {}
    }
}

fn timeout_number(timeout: &str) -> u64 {
    let number = TIMEOUTS.iter().position(|name| *name == timeout);
    number.map_or(u64::MAX, |number| number as u64)
}

fn outcome_numbers(outcome: AttemptOutcome) -> [u64; 2] {
    match outcome {
        AttemptOutcome::Answered(status) => [0, status.into()],
        AttemptOutcome::NotConnected => [NOT_CONNECTED, 0],
        AttemptOutcome::Broken => [3, 0],
        AttemptOutcome::TimedOut => [4, 0],
        AttemptOutcome::Cancelled => [CANCELLED, 0],
    }
}

fn probed_number(outcome: ProbeOutcome) -> u64 {
    match outcome {
        ProbeOutcome::Good => 0,
        ProbeOutcome::Failed => 1,
        ProbeOutcome::Unknown => 2,
    }
}

fn plus_1(id: Option<u64>) -> u64 {
    id.map_or(0, |id| id.wrapping_add(1))
}
