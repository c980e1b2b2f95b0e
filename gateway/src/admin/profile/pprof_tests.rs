//! What was written, read back by a reader of protobuf that knows nothing of the writer's tables.

use super::pprof::pprof;
use super::samples::{Frame, Samples, sample};
use std::time::Duration;

/// Fields in order: a number, or bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Number(u64),
    Bytes(Vec<u8>),
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for place in 0.. {
        let (byte, rest) = bytes.split_first().expect("a number ends");
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if *byte < 0x80 {
            break;
        }
    }
    number
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut bytes)),
            2 => {
                let len = varint(&mut bytes) as usize;
                let (own, rest) = bytes.split_at(len);
                bytes = rest;
                Field::Bytes(own.to_vec())
            }
            other => panic!("wire type {other}"),
        };
        found.push((tag >> 3, field));
    }
    found
}

fn numbers_of(of: &[(u64, Field)], wanted: u64) -> Vec<u64> {
    let mut found = Vec::new();
    for (_, field) in of.iter().filter(|(number, _)| *number == wanted) {
        match field {
            Field::Number(number) => found.push(*number),
            Field::Bytes(packed) => {
                let mut packed = packed.as_slice();
                while !packed.is_empty() {
                    found.push(varint(&mut packed));
                }
            }
        }
    }
    found
}

fn number(of: &[(u64, Field)], wanted: u64) -> u64 {
    numbers_of(of, wanted).first().copied().unwrap_or(0)
}

fn messages(of: &[(u64, Field)], wanted: u64) -> Vec<Vec<(u64, Field)>> {
    let bytes = of.iter().filter_map(|(number, field)| match field {
        Field::Bytes(bytes) if *number == wanted => Some(fields(bytes)),
        _ => None,
    });
    bytes.collect()
}

struct Read {
    profile: Vec<(u64, Field)>,
    strings: Vec<String>,
}

impl Read {
    fn new(bytes: &[u8]) -> Self {
        let profile = fields(bytes);
        let strings = profile.iter().filter_map(|(number, field)| match field {
            Field::Bytes(bytes) if *number == 6 => Some(String::from_utf8(bytes.clone()).expect("text")),
            _ => None,
        });
        Self {
            strings: strings.collect(),
            profile,
        }
    }

    fn string(&self, of: &[(u64, Field)], field: u64) -> &str {
        &self.strings[number(of, field) as usize]
    }

    fn by_id(&self, field: u64, id: u64) -> Vec<(u64, Field)> {
        let all = messages(&self.profile, field);
        let mut found = all.into_iter().filter(|message| number(message, 1) == id);
        let one = found.next().expect("what is referred to is there");
        assert!(found.next().is_none(), "ids are unique");
        one
    }

    fn frame(&self, location: u64) -> Frame {
        let line = &messages(&self.by_id(4, location), 4)[0];
        let function = self.by_id(5, number(line, 1));
        Frame {
            function: self.string(&function, 2).to_owned(),
            file: self.string(&function, 4).to_owned(),
            line: number(line, 2) as u32,
        }
    }
}

/// Units, stacks and the rest come back.
fn check(samples: &Samples) {
    let read = Read::new(&pprof(samples));
    let profile = &read.profile;
    assert_eq!(read.strings[0], "");
    let unit = |of: &[(u64, Field)]| (read.string(of, 1).to_owned(), read.string(of, 2).to_owned());
    let units: Vec<_> = messages(profile, 1).iter().map(|of| unit(of)).collect();
    let cpu = ("cpu".to_owned(), "nanoseconds".to_owned());
    assert_eq!(units, [("samples".to_owned(), "count".to_owned()), cpu.clone()]);
    assert_eq!(unit(&messages(profile, 11)[0]), cpu);
    let period = number(profile, 12);
    assert_eq!(period, 1_000_000_000 / u64::from(samples.hz));
    let times = (number(profile, 9), number(profile, 10));
    assert_eq!(
        times,
        (samples.began.as_nanos() as u64, samples.took.as_nanos() as u64)
    );
    let stacks = messages(profile, 2);
    assert_eq!(stacks.len(), samples.stacks.len());
    for (message, stack) in stacks.iter().zip(&samples.stacks) {
        let frames: Vec<_> = numbers_of(message, 1)
            .into_iter()
            .map(|id| read.frame(id))
            .collect();
        assert_eq!(frames, stack.frames);
        assert_eq!(numbers_of(message, 2), [stack.count, stack.count * period]);
        let label = &messages(message, 3)[0];
        assert_eq!(
            (read.string(label, 1), read.string(label, 2)),
            ("thread", &*stack.thread)
        );
    }
}

#[test]
fn what_was_sampled_can_be_read_back() {
    check(&sample());
    check(&Samples {
        stacks: Vec::new(),
        ..sample()
    });
}

#[test]
fn numbers_of_several_bytes() {
    let mut samples = sample();
    samples.took = Duration::from_secs(60);
    samples.hz = 1;
    for stack in &mut samples.stacks {
        stack.count = 60_000;
        // more locations than one byte counts
        let more = (0..300).map(|line| Frame {
            function: format!("deep{line}"),
            file: String::new(),
            line,
        });
        stack.frames.extend(more);
    }
    check(&samples);
}
