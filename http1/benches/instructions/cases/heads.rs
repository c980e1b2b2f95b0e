//! Heads that are parsed, and heads that are refused early: a refusal must not cost more than what was read until then.

use super::{input, repeat};
use http1::connection::Server;
use http1::head::{self, Limits, Refusal};
use std::hint::black_box;

pub(super) fn request(bytes: &[u8], fields: usize, rounds: u32) {
    let (limits, mut slots) = (Limits::default(), Vec::new());
    let line = head::request(bytes, &limits, &mut slots);
    assert!(matches!(line, Ok(Some(line)) if line.head(bytes, &slots).fields.len() == fields));
    repeat(rounds, || head::request(black_box(bytes), &limits, &mut slots));
}

pub(super) fn answer(bytes: &[u8], fields: usize, rounds: u32) {
    let (limits, mut slots) = (Limits::default(), Vec::new());
    let line = head::response(bytes, &limits, &mut slots);
    assert!(matches!(line, Ok(Some(line)) if line.head(bytes, &slots).fields.len() == fields));
    repeat(rounds, || head::response(black_box(bytes), &limits, &mut slots));
}

/// In the start line of a large head.
pub(super) fn refused_version(rounds: u32) {
    let head = replaced(&input::max(), "HTTP/1.1", "HTTP/2.0");
    refused_request(&head, Refusal::Version, rounds);
}

/// In the first field of a large head.
pub(super) fn refused_line(rounds: u32) {
    let head = replaced(&input::max(), "example.org\r\n", "example.org\n");
    refused_request(&head, Refusal::LineEnding, rounds);
}

fn refused_request(head: &[u8], refusal: Refusal, rounds: u32) {
    let (limits, mut slots) = (Limits::default(), Vec::new());
    assert_eq!(head::request(head, &limits, &mut slots), Err(refusal));
    repeat(rounds, || head::request(black_box(head), &limits, &mut slots));
}

pub(super) fn refused_status(rounds: u32) {
    let head = replaced(input::RICH, " 200 ", " 600 ");
    let (limits, mut slots) = (Limits::default(), Vec::new());
    assert_eq!(head::response(&head, &limits, &mut slots), Err(Refusal::Status));
    repeat(rounds, || head::response(black_box(&head), &limits, &mut slots));
}

/// A head that parses, but whose framing is ambiguous.
pub(super) fn refused_framing(rounds: u32) {
    let head = replaced(input::POST, "\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n");
    let mut slots = Vec::new();
    let mut receive = || Server::new(Limits::default()).receive(black_box(&head), &mut slots);
    assert_eq!(receive(), Err(Refusal::LengthAndCoding));
    repeat(rounds, receive);
}

/// `head` with the first `from` replaced, which has to be there.
fn replaced(head: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(head);
    assert!(text.contains(from), "{from:?} is not in {text}");
    text.replacen(from, to, 1).into_bytes()
}
