//! What is drawn of one simulation, gathered while its records go by.

use super::bins::{Bins, Gauge, Grid};
use super::survey::Survey;
use crate::story::words::{attempt_end, ends, label, moment, span};
use crate::story::{Requests, Role, Scene, Tally};
use crate::trace::{CANCELLED, Kind, Record};
use scenarios::FaultKind;
use std::collections::BTreeMap;

/// Points of the curves below the lanes: each stands on enough requests to mean something.
pub(super) const POINTS: usize = 60;
/// Lanes of hosts; what is beyond does not fit a screen.
const HOSTS_MAX: usize = 20;
/// Rows of a lane: a drawing has six at most, of which one is there whatever happens. No part does so many sorts of
/// things; a host of a strange trace may.
const ROWS_MAX: usize = 5;
/// Shades of a lane.
const SHADES_MAX: usize = 150;

/// Rows, in the order in which they are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Ok,
    Slow,
    Failed,
    Resent,
    Retries,
    FailedAttempts,
    Requests,
    Errors,
}

/// A stretch of time in which something lay on a host.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shade {
    pub(super) label: String,
    pub(super) from_us: u64,
    /// Open until the end for `None`.
    pub(super) to_us: Option<u64>,
    key: Key,
}

/// What ends a shade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Fault(u64),
    Down,
    Script,
    Version,
}

/// One host's.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) rows: BTreeMap<Sort, Bins>,
    pub(super) shades: Vec<Shade>,
}

/// One simulation's.
pub(super) struct Gathered {
    pub(super) grid: Grid,
    pub(super) slow_us: u64,
    /// By host; 0 is what lies on none.
    pub(super) lanes: BTreeMap<u64, Lane>,
    pub(super) in_flight: Gauge,
    pub(super) points: Vec<Tally>,
    pub(super) heal_us: Option<u64>,
    /// Hosts, shades and events that found no room.
    pub(super) left_out: u64,
    requests: Requests,
}

impl Gathered {
    pub(super) fn new(survey: Survey) -> Self {
        Self {
            grid: Grid {
                end_us: survey.end_us,
            },
            slow_us: survey.slow_us,
            lanes: BTreeMap::new(),
            in_flight: Gauge::default(),
            points: (0..POINTS).map(|_| Tally::default()).collect(),
            heal_us: None,
            left_out: 0,
            requests: Requests::default(),
        }
    }

    /// The scene has seen the record already.
    pub(super) fn see(&mut self, scene: &Scene, record: &Record) {
        let [first, second, third, fourth, ..] = record.args();
        let at_us = record.at_us;
        match record.kind {
            Kind::Host => drop(self.lane(record.host)),
            Kind::ClientPlanned => {
                self.requests.plan(record);
                self.gauge(at_us);
            }
            Kind::ClientDone | Kind::ClientFailed => self.ended(record),
            Kind::ClientResent => self.add(record, Sort::Resent, || format!("request {first} sent again")),
            Kind::GatewayAttempt if second > 1 => {
                let words = || format!("attempt {second}{}", of(scene, record));
                self.add(record, Sort::Retries, words);
            }
            Kind::GatewayAttemptDone if ![0, CANCELLED].contains(&third) || fourth >= 500 => {
                let words = || {
                    format!(
                        "attempt {second}{} {}",
                        of(scene, record),
                        attempt_end(third, fourth)
                    )
                };
                self.add(record, Sort::FailedAttempts, words);
            }
            Kind::StubRequest => {
                let words = || {
                    fourth
                        .checked_sub(1)
                        .map_or("a request".into(), |id| format!("request {id}"))
                };
                self.add(record, Sort::Requests, words);
            }
            Kind::StubAnswer if third >= 500 => {
                self.add(record, Sort::Errors, || format!("answered {third}"))
            }
            Kind::StubInjected => self.add(record, Sort::Errors, || "spoilt on purpose".into()),
            Kind::StubAborted => self.add(record, Sort::Errors, || "could not be completed".into()),
            _ => self.shade(scene, record),
        }
    }

    fn ended(&mut self, record: &Record) {
        let [id, ..] = record.args();
        let at_us = record.at_us;
        let end = self.requests.end(record);
        self.gauge(at_us);
        let place = self.grid.place(at_us, POINTS);
        self.points[place].ended(&end);
        let sort = match end.outcome.is_ok() {
            true if end.took_us > self.slow_us => Sort::Slow,
            true => Sort::Ok,
            false => Sort::Failed,
        };
        let words = || {
            let (outcome, took) = (end.outcome, span(end.took_us));
            format!("request {id}: {outcome} after {took} at {}", moment(at_us))
        };
        self.add(record, sort, words);
    }

    fn shade(&mut self, scene: &Scene, record: &Record) {
        let [first, second, a, b, ..] = record.args();
        let at_us = record.at_us;
        match record.kind {
            Kind::Heal => self.heal_us = Some(at_us),
            Kind::FaultBegan => {
                let unnamed = || {
                    FaultKind::from_code(second)
                        .map_or("fault", FaultKind::name)
                        .to_owned()
                };
                let fault = scene.fault(first).map(|fault| &fault.what);
                let hosts = match (a, b) {
                    (a, b) if a == b || b == 0 => vec![a],
                    (a, b) => vec![a, b],
                };
                for host in hosts {
                    let name = scene.name(host);
                    let text = fault.map(|what| label(what, Some(&name)));
                    self.open(host, text.unwrap_or_else(unnamed), at_us, Key::Fault(first));
                    if fault.is_some_and(|what| ends(what).is_none()) {
                        // it has been done, whatever its length says
                        self.close(host, at_us, Key::Fault(first));
                    }
                }
            }
            Kind::FaultEnded => {
                for host in [a, b] {
                    self.close(host, at_us, Key::Fault(first));
                }
            }
            // without words: the fault has them, and what is down stands out by its deeper shade
            Kind::Crash => self.open(record.host, String::new(), at_us, Key::Down),
            Kind::Start => self.close(record.host, at_us, Key::Down),
            Kind::Reload => {
                let words = match second {
                    0 => "refused".into(),
                    version => format!("v{version}"),
                };
                if let Some(gateway) = scene.gateway() {
                    self.open(gateway, words, at_us, Key::Version);
                    self.close(gateway, at_us, Key::Version);
                }
            }
            Kind::StubDown => self.open(record.host, "down".into(), at_us, Key::Script),
            Kind::StubUp => self.close(record.host, at_us, Key::Script),
            Kind::Drain if scene.role(record.host) == Role::Gateway => {
                self.open(record.host, String::new(), at_us, Key::Down);
            }
            _ => {}
        }
    }

    fn open(&mut self, host: u64, label: String, from_us: u64, key: Key) {
        let Some(lane) = self.lane(host) else {
            return;
        };
        if lane.shades.len() >= SHADES_MAX {
            self.left_out += 1;
            return;
        }
        lane.shades.push(Shade {
            label,
            from_us,
            to_us: None,
            key,
        });
    }

    fn close(&mut self, host: u64, at_us: u64, key: Key) {
        let lane = self.lanes.get_mut(&host);
        for shade in lane.into_iter().flat_map(|lane| &mut lane.shades) {
            if shade.key == key && shade.to_us.is_none() {
                shade.to_us = Some(at_us.max(shade.from_us));
            }
        }
    }

    fn add(&mut self, record: &Record, sort: Sort, words: impl FnOnce() -> String) {
        let grid = self.grid;
        let Some(lane) = self.lane(record.host) else {
            return;
        };
        if lane.rows.len() >= ROWS_MAX && !lane.rows.contains_key(&sort) {
            self.left_out += 1;
            return;
        }
        lane.rows.entry(sort).or_default().add(grid, record.at_us, words);
    }

    fn gauge(&mut self, at_us: u64) {
        self.in_flight.set(self.grid, at_us, self.requests.count() as u64);
    }

    fn lane(&mut self, host: u64) -> Option<&mut Lane> {
        if !self.lanes.contains_key(&host) && self.lanes.len() >= HOSTS_MAX {
            self.left_out += 1;
            return None;
        }
        Some(self.lanes.entry(host).or_default())
    }
}

fn of(scene: &Scene, record: &Record) -> String {
    let id = scene.request_of(record);
    let [gateway_id, ..] = record.args();
    let at = scene.tried(gateway_id);
    let of = id.map_or(String::new(), |id| format!(" of request {id}"));
    let at = at.map_or(String::new(), |replica| format!(" at {replica}"));
    format!("{of}{at}")
}
