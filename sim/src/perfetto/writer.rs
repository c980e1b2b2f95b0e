//! The events of the format, one a line.
//!
//! Ids and names go through serde_json, so that whatever is in them stays text.

use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// Where an event belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) process: u64,
    pub(super) thread: u64,
}

/// Which end of an arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Tail,
    Head,
}

pub(super) struct Writer<'a> {
    out: &'a mut dyn Write,
    any: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        out.write_all(b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")?;
        Ok(Self { out, any: false })
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }

    /// What a process is called, and its place among the others.
    pub(super) fn process(&mut self, process: u64, name: &str) -> io::Result<()> {
        let place = Place { process, thread: 0 };
        self.event(
            "M",
            "process_name",
            place,
            None,
            json!({ "args": { "name": name } }),
        )?;
        let order = json!({ "args": { "sort_index": process } });
        self.event("M", "process_sort_index", place, None, order)
    }

    pub(super) fn thread(&mut self, place: Place, name: &str) -> io::Result<()> {
        self.event(
            "M",
            "thread_name",
            place,
            None,
            json!({ "args": { "name": name } }),
        )
    }

    /// Something that took time.
    pub(super) fn slice(
        &mut self,
        place: Place,
        name: &str,
        (from_us, to_us): (u64, u64),
        args: Value,
    ) -> io::Result<()> {
        let dur = to_us.saturating_sub(from_us);
        let more = json!({ "dur": dur, "cat": "request", "args": args });
        self.event("X", name, place, Some(from_us), more)
    }

    /// One end of an arrow; it binds to the slice that lies around this moment and was written before.
    pub(super) fn flow(&mut self, end: End, place: Place, arrow: u64, at_us: u64) -> io::Result<()> {
        let more = json!({ "id": arrow, "cat": "way", "bp": "e" });
        let phase = match end {
            End::Tail => "s",
            End::Head => "f",
        };
        self.event(phase, "way", place, Some(at_us), more)
    }

    /// A moment of one host, or of everything for process 0.
    pub(super) fn instant(&mut self, process: u64, name: &str, at_us: u64) -> io::Result<()> {
        let place = Place { process, thread: 0 };
        self.event("i", name, place, Some(at_us), json!({ "s": "p" }))
    }

    /// A moment that is shown across everything.
    pub(super) fn mark(&mut self, process: u64, name: &str, at_us: u64) -> io::Result<()> {
        let place = Place { process, thread: 0 };
        self.event("i", name, place, Some(at_us), json!({ "s": "g" }))
    }

    /// The beginning (`b`) or end (`e`) of a fault.
    pub(super) fn span(
        &mut self,
        phase: &str,
        process: u64,
        id: &str,
        name: &str,
        at_us: u64,
    ) -> io::Result<()> {
        let place = Place { process, thread: 0 };
        self.event(
            phase,
            name,
            place,
            Some(at_us),
            json!({ "id": id, "cat": "fault" }),
        )
    }

    pub(super) fn counter(&mut self, process: u64, name: &str, at_us: u64, value: u64) -> io::Result<()> {
        let place = Place { process, thread: 0 };
        self.event("C", name, place, Some(at_us), json!({ "args": { name: value } }))
    }

    fn event(
        &mut self,
        phase: &str,
        name: &str,
        place: Place,
        at_us: Option<u64>,
        more: Value,
    ) -> io::Result<()> {
        let mut event = Map::new();
        event.insert("ph".into(), phase.into());
        event.insert("name".into(), name.into());
        event.insert("pid".into(), place.process.into());
        event.insert("tid".into(), place.thread.into());
        if let Some(at_us) = at_us {
            event.insert("ts".into(), at_us.into());
        }
        if let Value::Object(more) = more {
            event.extend(more);
        }
        self.out.write_all(if self.any { b",\n" } else { b"\n" })?;
        self.any = true;
        serde_json::to_writer(&mut *self.out, &Value::Object(event)).map_err(io::Error::from)
    }
}
