//! What we make of bytes, beside what hyper makes of them.
//!
//! Messages are generated, broken in one to three places, and given to both. Every difference has to be one that
//! [`rows`] lists with its reason, and every row has to occur: what is listed and never happens is not known.

#[path = "../driver/mod.rs"]
mod driver;

mod compare;
mod generate;
mod memory;
mod mutate;
mod ours;
mod rows;
mod theirs;

use compare::{Difference, compare};
use http1::head::{Limits, Method};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rows::Row;

/// Enough for every row to occur, and for a run of seconds.
const CASES: u64 = 30_000;

/// Checks one role: `case` gives bytes and what both made of them.
fn check(rows: &[Row], mut case: impl FnMut(&mut ChaCha8Rng) -> (Vec<u8>, Option<Difference>)) {
    let mut hits = vec![0_u64; rows.len()];
    let (mut alike, mut unlisted) = (0_u64, Vec::new());
    for seed in 0..CASES {
        let (bytes, difference) = case(&mut ChaCha8Rng::seed_from_u64(seed));
        let Some(difference) = difference else {
            alike += 1;
            continue;
        };
        match rows.iter().position(|row| row.covers(&difference, &bytes)) {
            Some(row) => hits[row] += 1,
            None => unlisted.push(format!(
                "seed {seed}: {difference:?}\n    {}",
                bytes.escape_ascii()
            )),
        }
    }
    println!("{alike} alike");
    for (row, hits) in rows.iter().zip(&hits) {
        println!("{hits:6} {:?} {:?}: {}", row.kind, row.refusal, row.reason);
    }
    unlisted.truncate(10);
    assert!(unlisted.is_empty(), "not listed:\n{}", unlisted.join("\n"));
    let never: Vec<_> = rows
        .iter()
        .zip(&hits)
        .filter(|(_, hits)| **hits == 0)
        .map(|(row, _)| row.reason)
        .collect();
    assert!(never.is_empty(), "listed, but never happens: {never:?}");
    assert!(
        alike > CASES / 4,
        "most of what is generated has to be read alike, or nothing is compared"
    );
}

#[test]
fn servers() {
    check(rows::REQUESTS, |random| {
        let mut bytes = generate::requests(random);
        for _ in 0..random.random_range(0..4) {
            mutate::mutate(&mut bytes, random);
        }
        bytes.extend_from_slice(generate::SENTINEL);
        let difference = compare(&ours::server(&bytes), &theirs::server(&bytes));
        (bytes, difference)
    });
}

#[test]
fn clients() {
    check(rows::ANSWERS, |random| {
        let (method, mut bytes) = generate::answer(random);
        for _ in 0..random.random_range(0..4) {
            mutate::mutate(&mut bytes, random);
        }
        let known = Method::of(method.as_bytes());
        let difference = compare(&ours::client(known, &bytes), &theirs::client(method, &bytes));
        (bytes, difference)
    });
}

/// A head that we take is one that httparse takes, of the same length and with the same parts in the same order.
#[test]
fn heads_are_what_httparse_reads() {
    let (mut taken, mut refused) = (0, 0);
    for seed in 0..CASES {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let mut bytes = generate::requests(random);
        mutate::mutate(&mut bytes, random);
        let mut slots = Vec::new();
        let ours = http1::head::request(&bytes, &Limits::default(), &mut slots);
        let mut room = [httparse::EMPTY_HEADER; 100];
        let mut head = httparse::Request::new(&mut room);
        let theirs = head.parse(&bytes);
        let Ok(Some(line)) = ours else {
            refused += u64::from(theirs.is_ok_and(|parsed| parsed.is_complete()));
            assert!(
                ours.is_err() || theirs == Ok(httparse::Status::Partial),
                "{}",
                bytes.escape_ascii()
            );
            continue;
        };
        taken += 1;
        // what httparse would let pass
        let text = &bytes[..line.len];
        let mut lines = text.split_inclusive(|byte| *byte == b'\n');
        assert!(lines.all(|line| line.ends_with(b"\r\n") && !line[..line.len() - 2].contains(&b'\r')));
        let ours = line.head(&bytes, &slots);
        assert_eq!(theirs, Ok(httparse::Status::Complete(line.len)));
        assert_eq!(
            (Some(ours.method_text), Some(ours.target)),
            (head.method, head.path)
        );
        let fields = head
            .headers
            .iter()
            .map(|field| (field.name.to_owned(), field.value.to_vec()));
        assert_eq!(driver::pairs(ours.fields), fields.collect::<Vec<_>>());
    }
    assert!(taken > CASES / 2 && refused > 0, "{taken} {refused}");
}

/// Nothing that is generated is refused by either, so that what is mutated begins as a message.
#[test]
fn generated_messages_are_read_alike() {
    for seed in 0..2_000 {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let bytes = generate::requests(random);
        let (ours, theirs) = (ours::server(&bytes), theirs::server(&bytes));
        assert_eq!(compare(&ours, &theirs), None, "{}", bytes.escape_ascii());
        assert!(ours.whole, "{}", bytes.escape_ascii());
        let (method, bytes) = generate::answer(random);
        let (ours, theirs) = (
            ours::client(Method::of(method.as_bytes()), &bytes),
            theirs::client(method, &bytes),
        );
        assert_eq!(compare(&ours, &theirs), None, "{method} {}", bytes.escape_ascii());
        assert!(ours.whole, "{}", bytes.escape_ascii());
    }
}
