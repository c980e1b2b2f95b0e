//! One simulation, being told.

use super::context::{About, Findings};
use super::hops::short;
use super::note::Sort;
use super::stretch::Stretches;
use super::tale::Tale;
use crate::story::words::{begins, count, ends, moment, span};
use crate::story::{Phase, Requests, Role, Scene, Tally};
use crate::trace::{CANCELLED, Kind, Record};
use std::collections::BTreeMap;

/// Faults that are remembered while they last; a plan has far fewer at once.
const LYING_MAX: usize = 100;

/// The last request that did not end well.
struct Last {
    at_us: u64,
    what: String,
    /// Requests that ended well after it.
    ok_after: u64,
}

/// What is known of the simulation by now.
pub(super) struct Section {
    pub(super) stretches: Stretches,
    pub(super) tales: Vec<Tale>,
    pub(super) phases: BTreeMap<Phase, Tally>,
    /// When phases began.
    pub(super) begun_us: BTreeMap<Phase, u64>,
    pub(super) end_us: u64,
    requests: Requests,
    last_failure: Option<Last>,
    /// Faults that lie on something, by their place in the plan.
    lying: BTreeMap<u64, String>,
    /// Its end was seen.
    complete: bool,
    window: (u64, u64),
}

impl Section {
    pub(super) fn new(findings: &Findings, asked_for: &[u64], window: (u64, u64)) -> Self {
        let mut by_id: BTreeMap<u64, Vec<_>> = asked_for.iter().map(|id| (*id, Vec::new())).collect();
        for (finding, about) in &findings.all {
            if let About::Request(id) = about {
                by_id.entry(*id).or_default().push(finding.clone());
            }
        }
        Self {
            stretches: Stretches::default(),
            tales: by_id
                .into_iter()
                .map(|(id, findings)| Tale::of(id, findings))
                .collect(),
            phases: BTreeMap::new(),
            begun_us: BTreeMap::from([(Phase::Calm, 0)]),
            end_us: 0,
            requests: Requests::default(),
            last_failure: None,
            lying: BTreeMap::new(),
            complete: false,
            window,
        }
    }

    /// The scene has seen the record already.
    pub(super) fn see(&mut self, scene: &Scene, record: &Record) {
        let at_us = record.at_us;
        self.end_us = self.end_us.max(at_us);
        self.complete |= record.kind == Kind::End;
        let id = scene.request_of(record);
        let before = id.and_then(|id| self.requests.get(id));
        if let Some(text) = self.done_from_outside(scene, record) {
            if self.sees(at_us) {
                self.stretches.heading(at_us, text.clone());
            }
            self.tales.iter_mut().for_each(|tale| tale.heading(at_us, &text));
        }
        self.client(scene, record);
        if self.sees(at_us) {
            self.gateway(scene, id, record);
            self.replica(scene, record);
        }
        if record.kind == Kind::GatewayAttempt {
            self.phase(at_us).attempts += 1;
        }
        let request = before.or_else(|| id.and_then(|id| self.requests.get(id)));
        for tale in &mut self.tales {
            tale.see(scene, (id, request), &self.lying, record);
        }
    }

    /// Nothing more will come.
    pub(super) fn finish(&mut self) {
        if !self.complete {
            let text = "the trace ends here, before the run does: what is open now has no outcome in it";
            self.stretches.end(self.end_us, text);
        }
        if let Some(last) = self.last_failure.take()
            && last.ok_after > 0
            && self.sees(last.at_us)
        {
            let example = format!(
                "{}; {} after it",
                last.what,
                count(last.ok_after, "request", "requests")
            );
            self.stretches.note_at(last.at_us, Sort::LastFailure, example);
        }
    }

    fn sees(&self, at_us: u64) -> bool {
        (self.window.0..self.window.1).contains(&at_us)
    }

    fn done_from_outside(&mut self, scene: &Scene, record: &Record) -> Option<String> {
        let [first, second, ..] = record.args();
        let host = || scene.name(record.host);
        Some(match record.kind {
            Kind::Run => "the run begins".into(),
            Kind::FaultBegan => {
                self.begun_us.entry(Phase::Faults).or_insert(record.at_us);
                let number = first.saturating_add(1);
                let fault = scene.fault(first);
                let what = fault.map_or(format!("of kind {second}"), |fault| begins(&fault.what));
                let ends = fault.and_then(|fault| ends(&fault.what).map(|_| fault.lasts));
                if (fault.is_none() || ends.is_some()) && self.lying.len() < LYING_MAX {
                    self.lying
                        .insert(first, format!("fault {number} has begun before: {what}"));
                }
                let lasts = ends.map_or(String::new(), |lasts| {
                    format!(" (for {})", span(lasts.as_micros() as u64))
                });
                format!("FAULT {number} begins: {what}{lasts}")
            }
            Kind::FaultEnded => {
                self.lying.remove(&first);
                let number = first.saturating_add(1);
                match scene.fault(first).map(|fault| ends(&fault.what)) {
                    Some(Some(text)) => format!("fault {number} ends: {text}"),
                    Some(None) => return None,
                    None => format!("fault {number} ends"),
                }
            }
            Kind::Heal => {
                self.begun_us.insert(Phase::Recovery, record.at_us);
                if let Some(scenario) = scene.scenario() {
                    let within = scenario.heal.within.as_micros() as u64;
                    self.begun_us
                        .insert(Phase::After, record.at_us.saturating_add(within));
                    return Some(format!(
                        "HEAL: nothing is broken from here on; {} to recover",
                        span(within)
                    ));
                }
                "HEAL: nothing is broken from here on".into()
            }
            Kind::Crash => self.crash(scene, record),
            Kind::Start if first > 0 && scene.document().is_none() => format!("{} starts again", host()),
            Kind::Reload => {
                let config = scene
                    .scenario()
                    .and_then(|scenario| scenario.configs.get(first as usize));
                let config = config.map_or(format!("{first}"), |config| format!("`{}`", config.name));
                match second {
                    0 => format!("config {config} is refused: what was in force stays"),
                    version => format!("config {config} is in force, as version {version}"),
                }
            }
            Kind::Drain => format!(
                "{} drains, for {} at most; {} on the way",
                host(),
                span(first),
                count(self.requests.count() as u64, "request is", "requests are")
            ),
            Kind::StubDown => format!("{} is taken down by its script", host()),
            Kind::StubUp => format!("{} is brought up by its script", host()),
            _ => return None,
        })
    }

    fn crash(&mut self, scene: &Scene, record: &Record) -> String {
        let [connections, ..] = record.args();
        let host = scene.name(record.host);
        let connections = count(connections, "connection goes", "connections go");
        match scene.role(record.host) {
            Role::Gateway => format!(
                "{host} is gone while {} on the way; {connections} with it",
                count(self.requests.count() as u64, "request is", "requests are")
            ),
            _ => format!(
                "{host} is gone with {} in its hands; {connections} with it",
                count(scene.in_hand(record.host) as u64, "request", "requests")
            ),
        }
    }

    fn client(&mut self, scene: &Scene, record: &Record) {
        match record.kind {
            Kind::ClientPlanned => {
                let request = self.requests.plan(record);
                self.phase(request.intended_us).due += 1;
            }
            Kind::ClientResent if self.sees(record.at_us) => {
                let [id, ..] = record.args();
                let client = scene.name(record.host);
                let request = self.requests.get(id);
                let example = || short(scene, id, request);
                self.stretches
                    .note(record.at_us, Sort::Resent { client }, example);
            }
            Kind::ClientDone | Kind::ClientFailed => self.ended(scene, record),
            _ => {}
        }
    }

    fn ended(&mut self, scene: &Scene, record: &Record) {
        let at_us = record.at_us;
        let [id, ..] = record.args();
        let end = self.requests.end(record);
        let ok = end.outcome.is_ok();
        self.phase(at_us).ended(&end);
        let what = || short(scene, id, end.request);
        if self.sees(at_us) {
            self.stretches.tally(at_us).ended(&end);
            if !ok {
                self.stretches.note(at_us, Sort::Ended(end.outcome), what);
            }
        }
        match &mut self.last_failure {
            Some(last) if ok => last.ok_after += 1,
            _ if ok => {}
            last => {
                *last = Some(Last {
                    at_us,
                    what: what(),
                    ok_after: 0,
                });
            }
        }
    }

    fn gateway(&mut self, scene: &Scene, load_id: Option<u64>, record: &Record) {
        let [id, second, outcome, status, ..] = record.args();
        let at_us = record.at_us;
        let example = || load_id.map_or(String::new(), |id| short(scene, id, self.requests.get(id)));
        match record.kind {
            Kind::GatewayAttempt if second > 1 => self.stretches.note(at_us, Sort::Retried, example),
            Kind::GatewayAttemptDone if ![0, CANCELLED].contains(&outcome) || status >= 500 => {
                let sort = Sort::Attempt {
                    replica: scene.tried(id).unwrap_or("a replica".into()),
                    outcome,
                    status,
                };
                self.stretches.note(at_us, sort, example);
            }
            Kind::Refused => {
                let to = scene.dialled(id).unwrap_or("a host".into());
                let from = scene.name(record.host);
                self.stretches
                    .note(at_us, Sort::Refused { from, to }, String::new);
            }
            Kind::RstIn => {
                let host = scene.name(record.host);
                self.stretches.note(at_us, Sort::Reset { host }, String::new);
            }
            _ => {}
        }
    }

    fn replica(&mut self, scene: &Scene, record: &Record) {
        let [_, _, third, ..] = record.args();
        let replica = || scene.name(record.host);
        let sort = match record.kind {
            Kind::StubAnswer if third >= 500 => Sort::Answered {
                replica: replica(),
                status: third,
            },
            Kind::StubInjected => Sort::Spoilt {
                replica: replica(),
                fault: third,
            },
            Kind::StubAborted => Sort::Aborted {
                replica: replica(),
                by: third,
            },
            _ => return,
        };
        self.stretches.note(record.at_us, sort, String::new);
    }

    fn phase(&mut self, at_us: u64) -> &mut Tally {
        let begun = self.begun_us.iter().rev().find(|(_, from)| **from <= at_us);
        let phase = begun.map_or(Phase::Calm, |(phase, _)| *phase);
        self.phases.entry(phase).or_default()
    }

    /// One line per phase.
    pub(super) fn numbers(&self) -> Vec<String> {
        let mut out = vec![format!(
            "  {:<9} {:>20} {:>8} {:>8} {:>8} {:>9} {:>13} {:>8} {:>8}",
            "phase", "", "due", "well", "not", "% well", "attempts/due", "p50", "p99"
        )];
        for (phase, tally) in &self.phases {
            let from = self.begun_us.get(phase).copied().unwrap_or_default();
            let next = self.begun_us.iter().find(|(other, _)| *other > phase);
            let to = next
                .map_or(self.end_us, |(_, from)| *from)
                .min(self.end_us.max(from));
            let times = format!("{} to {}", moment(from), moment(to));
            let per = match tally.due {
                0 => "-".into(),
                due => format!("{:.3}", tally.attempts as f64 / due as f64),
            };
            let quantile = |q| tally.quantile_us(q).map_or("-".into(), span);
            out.push(format!(
                "  {:<9} {times:>20} {:>8} {:>8} {:>8} {:>9} {per:>13} {:>8} {:>8}",
                phase.name(),
                tally.due,
                tally.ok,
                tally.failed,
                tally.percent_ok().unwrap_or("-".into()),
                quantile(0.5),
                quantile(0.99)
            ));
        }
        out
    }
}
