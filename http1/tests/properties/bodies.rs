//! Bodies that are framed and read are the same bodies, and what is behind them is untouched.

use super::driver::{Event, Feed, serve};
use super::strategies::{cut, cuts, fields};
use http1::head::{Field, FieldName, FieldValue};
use http1::write::{chunk, last_chunk, last_chunk_with};
use proptest::collection::vec;
use proptest::prelude::*;

const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

fn content(events: &[Event]) -> Vec<u8> {
    let bodies = events.iter().filter_map(|event| match event {
        Event::Body(body) => Some(body.as_slice()),
        _ => None,
    });
    bodies.collect::<Vec<_>>().concat()
}

fn is_next(events: &[Event]) -> bool {
    matches!(events, [Event::Request { target, .. }, Event::End] if target == "/next")
}

proptest! {
    #[test]
    fn chunks(pieces in vec(vec(any::<u8>(), 0..300), 0..6), trailers in fields(), cuts in cuts(), bite in 1_usize..400) {
        let mut bytes = CHUNKED.to_vec();
        pieces.iter().for_each(|piece| chunk(&mut bytes, piece));
        let forbidden = Field::new(FieldName::constant("host"), FieldValue::constant("b"));
        last_chunk_with(&mut bytes, trailers.iter().map(|(name, value)| Field::new(
            FieldName::new(name.as_bytes()).expect("a token"),
            FieldValue::new(value).expect("a value"),
        )).chain([forbidden]));
        bytes.extend_from_slice(NEXT);
        let run = serve(&cut(&bytes, &cuts), &Feed { bite, ..Feed::default() });
        prop_assert_eq!(content(&run.events), pieces.concat());
        let found = run.events.iter().find_map(|event| match event {
            Event::Trailers(fields) => Some(fields.clone()),
            _ => None,
        });
        prop_assert_eq!(found.unwrap_or_default(), trailers);
        prop_assert!(is_next(&run.events[run.events.len() - 2..]));
        prop_assert_eq!(run.consumed, bytes.len());
    }

    #[test]
    fn lengths(bodies in vec(vec(any::<u8>(), 0..200), 1..4), cuts in cuts(), bite in 1_usize..200) {
        let mut bytes = Vec::new();
        for body in &bodies {
            bytes.extend(format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len()).bytes());
            bytes.extend_from_slice(body);
        }
        bytes.extend_from_slice(NEXT);
        let run = serve(&cut(&bytes, &cuts), &Feed { bite, ..Feed::default() });
        prop_assert_eq!(content(&run.events), bodies.concat());
        prop_assert_eq!(run.events.iter().filter(|event| **event == Event::End).count(), bodies.len() + 1);
        prop_assert!(is_next(&run.events[run.events.len() - 2..]));
        prop_assert_eq!(run.consumed, bytes.len());
    }

    /// A body that stops anywhere is never taken for a whole one.
    #[test]
    fn cut_bodies_are_not_whole(pieces in vec(vec(any::<u8>(), 1..50), 0..4), at in any::<prop::sample::Index>()) {
        let mut bytes = CHUNKED.to_vec();
        pieces.iter().for_each(|piece| chunk(&mut bytes, piece));
        last_chunk(&mut bytes);
        let end = CHUNKED.len() + at.index(bytes.len() - CHUNKED.len());
        let run = serve(&[&bytes[..end]], &Feed::default());
        prop_assert_eq!(run.events.last(), Some(&Event::Cut));
    }
}
