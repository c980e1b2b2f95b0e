//! As the protobuf of pprof (`profile.proto`), which `go tool pprof`, Speedscope and others read.
//!
//! Written by hand: of protobuf it takes numbers and nested messages, and the format's eight kinds of them. Strings,
//! functions and locations are tables, referred to by place: strings from 0, where the empty one has to be, the others from 1.

use super::samples::{Frame, Samples};
use indexmap::IndexSet;

pub(super) fn pprof(samples: &Samples) -> Vec<u8> {
    let mut tables = Tables::default();
    let period = 1_000_000_000 / u64::from(samples.hz.max(1));
    let (counts, cpu) = (tables.unit("samples", "count"), tables.unit("cpu", "nanoseconds"));
    let mut profile = Message::default();
    profile.message(1, &counts).message(1, &cpu);
    let thread = tables.string("thread");
    for stack in &samples.stacks {
        let locations: Vec<u64> = stack.frames.iter().map(|frame| tables.location(frame)).collect();
        let name = tables.string(&stack.thread);
        let label = Message::default().number(1, thread).number(2, name).take();
        let sample = Message::default()
            .numbers(1, &locations)
            .numbers(2, &[stack.count, stack.count * period])
            .message(3, &label)
            .take();
        profile.message(2, &sample);
    }
    tables.write(&mut profile);
    profile
        .number(9, samples.began.as_nanos() as u64)
        .number(10, samples.took.as_nanos() as u64)
        .message(11, &cpu)
        .number(12, period);
    profile.bytes
}

struct Tables {
    strings: IndexSet<String>,
    /// Name and file, as places of strings.
    functions: IndexSet<(u64, u64)>,
    /// Function and line.
    locations: IndexSet<(u64, u64)>,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            strings: IndexSet::from([String::new()]),
            functions: IndexSet::new(),
            locations: IndexSet::new(),
        }
    }
}

impl Tables {
    fn string(&mut self, text: &str) -> u64 {
        let place = self.strings.get_index_of(text);
        place.unwrap_or_else(|| self.strings.insert_full(text.to_owned()).0) as u64
    }

    fn location(&mut self, frame: &Frame) -> u64 {
        let function = (self.string(&frame.function), self.string(&frame.file));
        let function = self.functions.insert_full(function).0 as u64 + 1;
        self.locations.insert_full((function, u64::from(frame.line))).0 as u64 + 1
    }

    /// What is counted, and in what.
    fn unit(&mut self, kind: &str, unit: &str) -> Message {
        let (kind, unit) = (self.string(kind), self.string(unit));
        Message::default().number(1, kind).number(2, unit).take()
    }

    fn write(&self, profile: &mut Message) {
        for (id, (function, line)) in (1..).zip(&self.locations) {
            let line = Message::default().number(1, *function).number(2, *line).take();
            profile.message(4, Message::default().number(1, id).message(4, &line));
        }
        for (id, (name, file)) in (1..).zip(&self.functions) {
            let mut function = Message::default();
            // shown, and as the linker has it: the same, since it is demangled already
            function
                .number(1, id)
                .number(2, *name)
                .number(3, *name)
                .number(4, *file);
            profile.message(5, &function);
        }
        for string in &self.strings {
            profile.bytes(6, string.as_bytes());
        }
    }
}

/// Wire types of protobuf: a number, and bytes behind their length.
const NUMBER: u64 = 0;
const BYTES: u64 = 2;

#[derive(Debug, Clone, Default)]
struct Message {
    bytes: Vec<u8>,
}

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    fn number(&mut self, field: u64, number: u64) -> &mut Self {
        self.varint(field << 3 | NUMBER);
        self.varint(number);
        self
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) -> &mut Self {
        self.varint(field << 3 | BYTES);
        self.varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn numbers(&mut self, field: u64, numbers: &[u64]) -> &mut Self {
        let mut packed = Self::default();
        for number in numbers {
            packed.varint(*number);
        }
        self.message(field, &packed)
    }

    fn message(&mut self, field: u64, message: &Self) -> &mut Self {
        self.bytes(field, &message.bytes)
    }

    fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}
