//! Translates a trace, record by record.
//!
//! An arrow's ends are written after their slices, and both or none: a viewer binds them to a slice that it knows already.
//! A client that goes away ends the gateway's request without a word; it is drawn until its client has an outcome.

use super::open::{ARROWS_MAX, Asked, OPEN_MAX, Open, Routed, Served, Tried};
use super::writer::{End, Place, Writer};
use crate::story::words::{attempt_end, begins, label, moment, request_end};
use crate::story::{Role, Scene, Source, StoryError, judge, violations, words};
use crate::trace::{Kind, Outcome, Record};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Processes of one simulation; host 0 of each is the plan of faults.
const PROCESSES: u64 = 10_000;

/// A counter is written once in this time at most, but for its fall to 0: more cannot be seen.
const COUNTER_US: u64 = 1_000;
/// No count has been written: it is as if it were 0.
const UNCOUNTED: (u64, u64) = (u64::MAX, 0);

/// Writes the trace as one JSON object.
pub fn export(source: &Source, out: &mut dyn Write) -> Result<(), StoryError> {
    let document = source.document()?;
    // by the event that shows them
    let mut found: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for judged in judge(source.open()?, document.as_ref())? {
        for (check, violation) in violations(&judged.checks, usize::MAX) {
            let text = format!("{}: {}", check.name, violation.what);
            found.entry(violation.sequence).or_default().push(text);
        }
    }
    let mut export = Export {
        to: Writer::new(out)?,
        scene: Scene::new(document),
        open: Open::default(),
        counted: UNCOUNTED,
        at_us: 0,
        arrows: 0,
    };
    for record in source.open()? {
        let record = record?;
        if record.kind == Kind::Run {
            export.close_all()?;
        }
        export.scene.see(&record);
        export.see(&record)?;
        for text in found.get(&record.sequence).into_iter().flatten() {
            let process = export.process(0);
            export.to.mark(process, text, record.at_us)?;
        }
    }
    export.close_all()?;
    export.to.finish()?;
    Ok(())
}

struct Export<'a> {
    to: Writer<'a>,
    scene: Scene,
    open: Open,
    /// Time and value of the last count that was written.
    counted: (u64, u64),
    at_us: u64,
    /// Arrows by now, over all simulations.
    arrows: u64,
}

impl Export<'_> {
    fn see(&mut self, record: &Record) -> io::Result<()> {
        let [first, second, third, ..] = record.args();
        let at_us = record.at_us;
        self.at_us = at_us;
        match record.kind {
            Kind::Run => {
                let name = format!("{}: faults", self.scene.title());
                self.to.process(self.process(0), &name)?;
                self.counted = UNCOUNTED;
            }
            Kind::Host => {
                let name = format!("{}: {}", self.scene.title(), self.scene.name(record.host));
                self.to.process(self.process(record.host), &name)?;
            }
            Kind::FaultBegan | Kind::FaultEnded | Kind::Heal => self.plan(record)?,
            Kind::Crash => self.crash(record)?,
            Kind::Start if first > 0 => self.instant(record, "starts again")?,
            Kind::Reload if second == 0 => self.instant(record, &format!("config {first} refused"))?,
            Kind::Reload => self.instant(record, &format!("config {first} in force"))?,
            Kind::Drain => self.instant(record, "drains")?,
            Kind::ClientPlanned => self.planned(record)?,
            Kind::ClientSent => {
                if let Some(asked) = self.open.asked.get_mut(&first) {
                    asked.sent_us = at_us.max(asked.from_us);
                }
            }
            Kind::ClientDone | Kind::ClientFailed => {
                self.answered(first, &request_end(Outcome::of(record)))?;
            }
            Kind::GatewayRequest => self.routed(record)?,
            Kind::GatewayAttempt => self.tried(record)?,
            Kind::GatewayAttemptDone => {
                let [_, _, outcome, status, ..] = record.args();
                self.try_ended(first, Some(second), &attempt_end(outcome, status))?;
            }
            Kind::GatewayAnswered => self.route_ended(first, &second.to_string())?,
            Kind::StubRequest => self.served(record)?,
            Kind::StubAnswer => {
                if let Some(served) = self.open.served.get_mut(&(record.host, second)) {
                    served.status = third;
                }
            }
            Kind::StubFinished => self.serve_ended((record.host, second), "complete")?,
            Kind::StubInjected => self.serve_ended((record.host, second), "spoilt on purpose")?,
            Kind::StubAborted => self.serve_ended((record.host, second), "could not be completed")?,
            _ => {}
        }
        match record.kind {
            Kind::ClientPlanned | Kind::ClientDone | Kind::ClientFailed => self.count(at_us),
            _ => Ok(()),
        }
    }

    fn plan(&mut self, record: &Record) -> io::Result<()> {
        let [index, kind, ..] = record.args();
        let process = self.process(0);
        if record.kind == Kind::Heal {
            return self.to.mark(process, "heal", record.at_us);
        }
        let id = format!("{process}.{index}");
        if record.kind == Kind::FaultEnded {
            return match self.open.faults.remove(&index) {
                Some(name) => self.to.span("e", process, &id, &name, record.at_us),
                None => Ok(()),
            };
        }
        if self.open.faults.contains_key(&index) || self.open.faults.len() >= OPEN_MAX {
            return Ok(());
        }
        let fault = self.scene.fault(index).map(|fault| &fault.what);
        let name = fault.map_or(format!("fault of kind {kind}"), |what| label(what, None));
        let text = fault.map_or(name.clone(), begins);
        self.to.span("b", process, &id, &name, record.at_us)?;
        self.open.faults.insert(index, name);
        self.to.mark(process, &text, record.at_us)
    }

    fn crash(&mut self, record: &Record) -> io::Result<()> {
        self.instant(record, "gone")?;
        let held = self.open.served.keys().filter(|key| key.0 == record.host);
        for key in held.copied().collect::<Vec<_>>() {
            self.serve_ended(key, "killed with it in hand")?;
        }
        if self.scene.role(record.host) == Role::Gateway {
            for id in self.open.routed.keys().copied().collect::<Vec<_>>() {
                self.route_ended(id, "killed with it in hand")?;
            }
        }
        Ok(())
    }

    fn planned(&mut self, record: &Record) -> io::Result<()> {
        let [id, _, ask, ..] = record.args();
        if self.open.asked.contains_key(&id) {
            self.answered(id, "planned a second time")?;
        }
        if self.open.asked.len() >= OPEN_MAX
            && let Some(oldest) = self.open.asked.keys().next().copied()
        {
            self.answered(oldest, "no longer followed")?;
        }
        let place = self.slot(record.host)?;
        let ask = self
            .scene
            .ask(ask)
            .map_or(String::new(), |ask| format!(" {}", words::ask(ask)));
        let asked = Asked {
            place,
            from_us: record.at_us,
            name: format!("request {id}{ask}"),
            sent_us: record.at_us,
            arrows: Vec::new(),
        };
        self.open.asked.insert(id, asked);
        Ok(())
    }

    /// A client's request ends, and with it whatever the gateway still does for it.
    fn answered(&mut self, id: u64, how: &str) -> io::Result<()> {
        let Some(asked) = self.open.asked.remove(&id) else {
            return Ok(());
        };
        let (place, times) = (asked.place, (asked.from_us, self.at_us));
        let args = json!({ "id": id, "end": how, "sent": moment(asked.sent_us) });
        self.to.slice(place, &asked.name, times, args)?;
        let at_us = asked.sent_us.min(self.at_us.max(asked.from_us));
        for arrow in asked.arrows {
            self.to.flow(End::Tail, place, arrow, at_us)?;
        }
        self.free(place);
        if let Some(number) = self.open.number_of.get(&id).copied() {
            self.route_ended(number, "its client has gone")?;
        }
        Ok(())
    }

    fn routed(&mut self, record: &Record) -> io::Result<()> {
        let [number, load_id_plus_1, ..] = record.args();
        self.route_ended(number, "its number is used again")?;
        if self.open.routed.len() >= OPEN_MAX
            && let Some(oldest) = self.open.routed.keys().next().copied()
        {
            self.route_ended(oldest, "no longer followed")?;
        }
        let load_id = load_id_plus_1.checked_sub(1);
        let mut arrow = None;
        if let Some(id) = load_id {
            if let Some(asked) = self.open.asked.get_mut(&id) {
                arrow = draw(&mut self.arrows, &mut asked.arrows);
            }
            self.open.number_of.insert(id, number);
        }
        let place = self.slot(record.host)?;
        let routed = Routed {
            place,
            from_us: record.at_us,
            load_id,
            arrow,
            tried: None,
        };
        self.open.routed.insert(number, routed);
        Ok(())
    }

    fn tried(&mut self, record: &Record) -> io::Result<()> {
        let [id, number, ..] = record.args();
        self.try_ended(id, None, "another began")?;
        let replica = self.scene.tried(id);
        if let Some(routed) = self.open.routed.get_mut(&id) {
            routed.tried = Some(Tried {
                number,
                from_us: record.at_us,
                name: format!("attempt {number} → {}", replica.unwrap_or_default()),
                arrows: Vec::new(),
            });
        }
        Ok(())
    }

    /// The attempt of this number ends, or whichever there is.
    fn try_ended(&mut self, id: u64, number: Option<u64>, how: &str) -> io::Result<()> {
        let Some(routed) = self.open.routed.get_mut(&id) else {
            return Ok(());
        };
        let place = routed.place;
        let ended = |tried: &mut Tried| number.is_none_or(|number| number == tried.number);
        let Some(tried) = routed.tried.take_if(ended) else {
            return Ok(());
        };
        let times = (tried.from_us, self.at_us);
        self.to.slice(place, &tried.name, times, json!({ "end": how }))?;
        for arrow in tried.arrows {
            self.to.flow(End::Tail, place, arrow, tried.from_us)?;
        }
        Ok(())
    }

    fn route_ended(&mut self, number: u64, how: &str) -> io::Result<()> {
        self.try_ended(number, None, how)?;
        let Some(routed) = self.open.routed.remove(&number) else {
            return Ok(());
        };
        let name = routed
            .load_id
            .map_or("request".into(), |id| format!("request {id}"));
        let args = json!({ "number": number, "end": how });
        self.to
            .slice(routed.place, &name, (routed.from_us, self.at_us), args)?;
        if let Some(arrow) = routed.arrow {
            self.to.flow(End::Head, routed.place, arrow, routed.from_us)?;
        }
        if let Some(id) = routed.load_id
            && self.open.number_of.get(&id) == Some(&number)
        {
            self.open.number_of.remove(&id);
        }
        self.free(routed.place);
        Ok(())
    }

    fn served(&mut self, record: &Record) -> io::Result<()> {
        let [_, _, number, load_id_plus_1, ..] = record.args();
        let key = (record.host, number);
        self.serve_ended(key, "its number is used again")?;
        if self.open.served.len() >= OPEN_MAX
            && let Some(oldest) = self.open.served.keys().next().copied()
        {
            self.serve_ended(oldest, "no longer followed")?;
        }
        let load_id = load_id_plus_1.checked_sub(1);
        let gateway_id = load_id.and_then(|id| self.open.number_of.get(&id).copied());
        let routed = gateway_id.and_then(|id| self.open.routed.get_mut(&id));
        let tried = routed.and_then(|routed| routed.tried.as_mut());
        let arrow = tried.and_then(|tried| draw(&mut self.arrows, &mut tried.arrows));
        let place = self.slot(record.host)?;
        let served = Served {
            place,
            from_us: record.at_us,
            load_id,
            arrow,
            status: 0,
        };
        self.open.served.insert(key, served);
        Ok(())
    }

    fn serve_ended(&mut self, key: (u64, u64), how: &str) -> io::Result<()> {
        let Some(served) = self.open.served.remove(&key) else {
            return Ok(());
        };
        let name = served
            .load_id
            .map_or("request".into(), |id| format!("request {id}"));
        let args = json!({ "number": key.1, "status": served.status, "end": how });
        self.to
            .slice(served.place, &name, (served.from_us, self.at_us), args)?;
        if let Some(arrow) = served.arrow {
            self.to.flow(End::Head, served.place, arrow, served.from_us)?;
        }
        self.free(served.place);
        Ok(())
    }

    /// Everything ends that has not.
    fn close_all(&mut self) -> io::Result<()> {
        for key in self.open.served.keys().copied().collect::<Vec<_>>() {
            self.serve_ended(key, "open at the end")?;
        }
        for id in self.open.routed.keys().copied().collect::<Vec<_>>() {
            self.route_ended(id, "open at the end")?;
        }
        for id in self.open.asked.keys().copied().collect::<Vec<_>>() {
            self.answered(id, "open at the end")?;
        }
        self.count(self.at_us)?;
        let process = self.process(0);
        for (index, name) in std::mem::take(&mut self.open.faults) {
            self.to
                .span("e", process, &format!("{process}.{index}"), &name, self.at_us)?;
        }
        self.open = Open::default();
        self.at_us = 0;
        Ok(())
    }

    fn count(&mut self, at_us: u64) -> io::Result<()> {
        let value = self.open.asked.len() as u64;
        let due = self.counted.0 == u64::MAX || at_us.saturating_sub(self.counted.0) >= COUNTER_US;
        // what is over must not look as if it went on
        if (due || value == 0) && value != self.counted.1 {
            self.counted = (at_us, value);
            let process = self.process(0);
            self.to.counter(process, "requests in flight", at_us, value)?;
        }
        Ok(())
    }

    fn instant(&mut self, record: &Record, name: &str) -> io::Result<()> {
        self.to.instant(self.process(record.host), name, record.at_us)
    }

    fn slot(&mut self, host: u64) -> io::Result<Place> {
        let process = self.process(host);
        let (thread, new) = self.open.slots.entry(process).or_default().take();
        let place = Place { process, thread };
        if new {
            self.to.thread(place, &format!("request slot {thread}"))?;
        }
        Ok(place)
    }

    fn free(&mut self, place: Place) {
        self.open
            .slots
            .entry(place.process)
            .or_default()
            .give(place.thread);
    }

    fn process(&self, host: u64) -> u64 {
        let run = self.scene.run() as u64;
        run.saturating_mul(PROCESSES)
            .saturating_add(host % PROCESSES)
            .saturating_add(1)
    }
}

/// A new arrow from what has these; both its ends are written when theirs end.
fn draw(next: &mut u64, arrows: &mut Vec<u64>) -> Option<u64> {
    (arrows.len() < ARROWS_MAX).then(|| {
        *next += 1;
        arrows.push(*next);
        *next
    })
}
