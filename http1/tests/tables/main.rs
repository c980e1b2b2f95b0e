//! What is accepted and what is refused, row by row, with its section.
//!
//! Every row is fed whole, cut at every byte, byte by byte, and with more behind it: the events are the same, and
//! nothing behind a message is used up.

#[path = "../driver/mod.rs"]
mod driver;

mod answers;
mod chunks;
mod fields;
mod framing;
mod hosts;
mod limits;
mod persistence;
mod plans;
mod render;
mod start_lines;
mod status_lines;

use driver::{Event, Feed, Run, answered, serve};
use http1::connection::Close;
use http1::head::Method;
use render::render;

/// Who reads the bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    Server,
    /// The request that is answered, and whether it asked for an upgrade.
    Client(Method, bool),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) role: Role,
    pub(crate) section: &'static str,
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
    /// As [`render`] puts it.
    pub(crate) expected: &'static str,
}

/// A row of requests.
pub(crate) const fn request(
    section: &'static str,
    name: &'static str,
    bytes: &'static [u8],
    expected: &'static str,
) -> Row {
    Row {
        role: Role::Server,
        section,
        name,
        bytes,
        expected,
    }
}

/// A row of the answer to a request.
pub(crate) const fn answer(
    to: Method,
    section: &'static str,
    name: &'static str,
    bytes: &'static [u8],
    expected: &'static str,
) -> Row {
    Row {
        role: Role::Client(to, false),
        section,
        name,
        bytes,
        expected,
    }
}

/// What follows on the wire and is none of the message's business.
const FOLLOWING: [&[u8]; 3] = [
    b"GET /next HTTP/1.1\r\nHost: next\r\n\r\n",
    b"\0\n\n\r\n\r\n garbage",
    b"\r\n",
];

fn run(row: &Row, pieces: &[&[u8]], feed: &Feed) -> Run {
    match row.role {
        Role::Server => serve(pieces, feed),
        Role::Client(method, upgrade) => answered(method, upgrade, pieces, feed),
    }
}

pub(crate) fn check_all(rows: &[Row]) {
    for row in rows {
        check(row, &Feed::default());
    }
}

pub(crate) fn check(row: &Row, feed: &Feed) {
    let title = format!("RFC {}: {}", row.section, row.name);
    let whole = run(row, &[row.bytes], feed);
    assert_eq!(render(&whole), row.expected, "{title}");
    // a row that fills a limit of thousands of bytes is cut here and there
    let step = row.bytes.len() / 1_000 + 1;
    for cut in (0..=row.bytes.len()).step_by(step) {
        let (front, back) = row.bytes.split_at(cut);
        same(
            &run(row, &[front, back], feed),
            &whole,
            &format!("{title}: cut at {cut}"),
        );
    }
    let bytes: Vec<&[u8]> = row.bytes.chunks(1).collect();
    same(&run(row, &bytes, feed), &whole, &format!("{title}: byte by byte"));
    same(
        &run(row, &[row.bytes], &Feed { bite: 1, ..*feed }),
        &whole,
        &format!("{title}: taken byte by byte"),
    );
    check_followed(row, feed, &whole, &title);
}

/// How much was used up before a refusal depends on how the bytes came, and means nothing.
fn same(found: &Run, expected: &Run, title: &str) {
    assert_eq!(render(found), render(expected), "{title}");
    if !expected.failed() {
        assert_eq!(found.consumed, expected.consumed, "{title}");
    }
}

/// What follows changes nothing, unless the end of the stream is what ends the message.
fn check_followed(row: &Row, feed: &Feed, whole: &Run, title: &str) {
    if whole.events.last() == Some(&Event::Cut) || whole.close == Some(Close::Delimited) {
        return;
    }
    let messages = whole.events.iter().filter(|event| **event == Event::End).count();
    let messages = if whole.failed() { usize::MAX } else { messages };
    let feed = &Feed { messages, ..*feed };
    for following in FOLLOWING {
        let longer = [row.bytes, following].concat();
        let followed = run(row, &[&longer], feed);
        same(
            &followed,
            whole,
            &format!("{title}: followed by {}", following.escape_ascii()),
        );
        if !whole.failed() {
            assert_eq!(followed.consumed, row.bytes.len(), "{title}: all of it");
        }
    }
}
