//! The trace format: what is written decodes to the same, and nothing else decodes.

use proptest::prelude::*;
use sim::trace::record::MAGIC;
use sim::trace::{Kind, Reader, Record, Recorder};

fn any_event() -> impl Strategy<Value = (u64, u64, Kind, Vec<u64>)> {
    (0..Kind::ALL.len()).prop_flat_map(|i| {
        let kind = Kind::ALL[i];
        let integer = prop_oneof![any::<u64>(), 0..300_u64];
        (
            integer.clone(),
            0..31_u64,
            Just(kind),
            prop::collection::vec(integer, kind.fields().len()),
        )
    })
}

proptest! {
    #[test]
    fn every_trace_decodes_to_what_was_recorded(events in prop::collection::vec(any_event(), 0..40)) {
        let mut recorder = Recorder::in_memory();
        for (at_us, host, kind, values) in &events {
            recorder.record(*at_us, *host, *kind, values);
        }
        let bytes = recorder.finish().expect("memory").bytes.expect("memory");
        let decoded: Vec<Record> = Reader::new(bytes.as_slice()).expect("magic").map(|r| r.expect("decodes")).collect();
        let expected: Vec<Record> = events
            .iter()
            .enumerate()
            .map(|(i, (at_us, host, kind, values))| Record::new(*at_us, i as u64, *host, *kind, values))
            .collect();
        prop_assert_eq!(decoded, expected);
    }

    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes(tail in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut bytes = MAGIC.to_vec();
        bytes.push(0); // no header
        let records = bytes.len();
        bytes.extend(tail);
        let mut reader = Reader::new(bytes.as_slice()).expect("magic");
        let (mut again, mut before_us) = (Vec::new(), 0);
        loop {
            let end = reader.offset() as usize;
            match reader.next() {
                Some(Ok(record)) => {
                    record.encode(before_us, &mut again);
                    before_us = record.at_us;
                }
                _ => {
                    prop_assert_eq!(&again[..], &bytes[records..end.min(records + again.len())]);
                    break;
                }
            }
        }
    }

    #[test]
    fn a_cut_trace_is_an_error_or_shorter(events in prop::collection::vec(any_event(), 1..10), cut in 1..20_usize) {
        let mut recorder = Recorder::in_memory();
        for (at_us, host, kind, values) in &events {
            recorder.record(*at_us, *host, *kind, values);
        }
        let bytes = recorder.finish().expect("memory").bytes.expect("memory");
        // magic, and the length of a header that is empty
        let cut = &bytes[..bytes.len().saturating_sub(cut).max(MAGIC.len() + 1)];
        let whole = Reader::new(cut).expect("magic").filter(Result::is_ok).count();
        prop_assert!(whole < events.len());
    }
}

#[test]
fn overlong_integers_and_unknown_kinds_are_refused() {
    let decode = |tail: &[u8]| {
        let no_header = [0];
        let bytes = [&MAGIC[..], &no_header, tail].concat();
        Reader::new(&*bytes).expect("magic").next()
    };
    assert!(decode(&[0, 0, 9]).expect("one").is_ok(), "an end event");
    assert!(decode(&[0x80, 0, 0, 9]).expect("one").is_err(), "0 in two bytes");
    assert!(decode(&[0, 0, 99]).expect("one").is_err(), "no such kind");
    assert!(Reader::new(&b"something else"[..]).is_err());
}
