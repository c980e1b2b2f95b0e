//! Heads that are serialised: what a proxy passes on, and what we say ourselves.

use super::{input, repeat};
use http1::head::{self, FieldName, FieldValue, Fields, Limits, Slot};
use http1::write::{Date, Delimit, Persistence, RequestHead, ResponseHead};
use std::hint::black_box;
use std::time::Duration;

const OWN: [(FieldName<'static>, FieldValue<'static>); 4] = [
    (
        FieldName::constant("host"),
        FieldValue::constant("api.example.org:8080"),
    ),
    (
        FieldName::constant("accept"),
        FieldValue::constant("application/json"),
    ),
    (
        FieldName::constant("x-forwarded-for"),
        FieldValue::constant("203.0.113.7"),
    ),
    (
        FieldName::constant("x-request-id"),
        FieldValue::constant("018f6d3e-7c1a-7b5e-9f30-3a4b5c6d7e8f"),
    ),
];
/// Of a buffer, so that its growth is not counted.
const CAPACITY: usize = 4 << 10;

fn request(bytes: Vec<u8>, target: &str, fields: Fields<'_>, length: Option<u64>) -> Vec<u8> {
    let mut head = RequestHead::new(bytes, "GET", target);
    if let Some(head) = &mut head {
        fields.iter().for_each(|field| head.put(field));
    }
    head.map(|head| head.finish(length).into_bytes())
        .unwrap_or_default()
}

pub(super) fn request_copied(rounds: u32) {
    let mut slots: Vec<Slot> = Vec::new();
    let line = head::request(input::BROWSER, &Limits::default(), &mut slots);
    let Ok(Some(line)) = line else {
        panic!("a head that parses: {line:?}");
    };
    let head = line.head(input::BROWSER, &slots);
    let mut out = request(Vec::with_capacity(CAPACITY), head.target, head.fields, Some(0));
    // all but `Connection: keep-alive`
    assert_eq!(out.len(), input::BROWSER.len() - 24);
    repeat(rounds, || {
        let bytes = std::mem::take(&mut out);
        out = request(bytes, black_box(head.target), black_box(head.fields), Some(0));
        out.len()
    });
}

pub(super) fn request_own(rounds: u32) {
    let mut out = Vec::with_capacity(CAPACITY);
    let mut write = || {
        let mut head = RequestHead::new(std::mem::take(&mut out), "POST", black_box("/orders/17"));
        if let Some(head) = &mut head {
            for (name, value) in black_box(OWN) {
                head.add(name, value);
            }
        }
        out = head
            .map(|head| head.finish(None).into_bytes())
            .unwrap_or_default();
        out.len()
    };
    assert!(write() > 150);
    repeat(rounds, write);
}

pub(super) fn answer_copied(rounds: u32) {
    let mut slots: Vec<Slot> = Vec::new();
    let line = head::response(input::RICH, &Limits::default(), &mut slots);
    let Ok(Some(line)) = line else {
        panic!("a head that parses: {line:?}");
    };
    let head = line.head(input::RICH, &slots);
    let mut out = Vec::with_capacity(CAPACITY);
    let mut write = || {
        let mut new = ResponseHead::new(std::mem::take(&mut out), black_box(head.status));
        black_box(head.fields).iter().for_each(|field| new.put(field));
        out = new.finish(Delimit::Length(black_box(12)), Persistence::Implied);
        out.len()
    };
    assert_eq!(write(), line.len - 24);
    repeat(rounds, write);
}

pub(super) fn answer_own(rounds: u32) {
    let date = Date::new(Duration::from_secs(1_795_514_400));
    let mut out = Vec::with_capacity(CAPACITY);
    let mut write = || {
        let mut head = ResponseHead::new(std::mem::take(&mut out), black_box(429));
        head.add_date(black_box(&date));
        head.add_number(FieldName::constant("retry-after"), black_box(30));
        for (name, value) in black_box(OWN) {
            head.add(name, value);
        }
        out = head.finish(Delimit::Chunked, Persistence::Close);
        out.len()
    };
    assert!(write() > 150);
    repeat(rounds, write);
}
