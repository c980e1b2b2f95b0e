//! Bodies: framing taken off and put on. Received pieces and chunks are out of step, as they are on a connection.

use super::repeat;
use http1::framing::{Decoder, Length, Piece};
use http1::write::{chunk, last_chunk};
use std::hint::black_box;

/// Bytes that are received at once.
const RECEIVED: usize = 16 << 10;

/// Content of `len` bytes, all at once.
pub(super) fn length(len: usize, rounds: u32) {
    let wire = vec![b'x'; len];
    count(Length::Known(len as u64), &wire, len, rounds);
}

pub(super) fn chunked(len: usize, chunk_len: usize, rounds: u32) {
    let mut wire = Vec::new();
    encoded(&mut wire, &vec![b'x'; len], chunk_len);
    count(Length::Chunked, &wire, len, rounds);
}

pub(super) fn encode(len: usize, chunk_len: usize, rounds: u32) {
    let content = vec![b'x'; len];
    let mut out = Vec::new();
    encoded(&mut out, &content, chunk_len);
    assert_eq!(decoded(Length::Chunked, &out), Some(len));
    repeat(rounds, || {
        out.clear();
        encoded(&mut out, black_box(&content), chunk_len);
        out.len()
    });
}

fn encoded(out: &mut Vec<u8>, content: &[u8], chunk_len: usize) {
    for piece in content.chunks(chunk_len) {
        chunk(out, piece);
    }
    last_chunk(out);
}

fn count(length: Length, wire: &[u8], content: usize, rounds: u32) {
    assert_eq!(decoded(length, wire), Some(content));
    repeat(rounds, || decoded(black_box(length), black_box(wire)));
}

/// Bytes of content of the body that is all of `wire`, received piece by piece; `None` if it is not a body.
fn decoded(length: Length, wire: &[u8]) -> Option<usize> {
    let mut decoder = Decoder::new(length);
    let (mut at, mut received, mut content) = (0, 0, 0);
    loop {
        match decoder.next(&wire[at..received]).ok()? {
            Piece::More { .. } if received == wire.len() => return None,
            Piece::More { skip } => {
                at += skip;
                received = wire.len().min(received + RECEIVED);
            }
            Piece::Data { skip, len } => {
                decoder.consume(len);
                at += skip + len;
                content += len;
            }
            Piece::Trailers { skip, len } => at += skip + len,
            Piece::End { skip } => return (at + skip == wire.len()).then_some(content),
        }
    }
}
