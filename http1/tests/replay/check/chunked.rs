//! The chunked coding: arbitrary bytes as a body, and arbitrary bytes as content.
//!
//! Judged: what the decoder accepts, the grammar accepts with the same content and the same end, however it is cut;
//! and what the encoder writes is decoded to what it was given, with nothing of what follows it used up.

use super::chunks::dechunk;
use super::message::Field;
use super::pieces::pieces;
use super::rewrite;
use http1::framing::{Decoder, Length, Piece};
use http1::head::Refusal;
use http1::write;

/// Behind a body there is another message.
const BEHIND: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

/// Below this no limit on extensions is reached.
const PLAIN_BYTES_MAX: usize = 4 * 1024;

/// The first byte says how the others are cut.
pub(crate) fn check(data: &[u8]) {
    let Some((seed, bytes)) = data.split_first() else {
        return;
    };
    let whole = Decoded::of(&[bytes]);
    let split = Decoded::of(&pieces(*seed, bytes));
    assert_eq!(whole, split);
    let judge = dechunk(bytes);
    match whole.used {
        Some(_) => {
            assert_eq!((&whole.content, whole.used), (&judge.content, judge.used));
            assert_eq!(whole.trailers, judge.trailers);
        }
        None if judge.plain && bytes.len() <= PLAIN_BYTES_MAX => assert_eq!(judge.used, None, "refused"),
        None => assert!(judge.content.starts_with(&whole.content), "{whole:?} {judge:?}"),
    }
    encoded(*seed, bytes);
}

fn encoded(seed: u8, content: &[u8]) {
    let mut wire = Vec::new();
    for piece in pieces(seed, content) {
        write::chunk(&mut wire, piece);
    }
    write::last_chunk(&mut wire);
    let len = wire.len();
    wire.extend_from_slice(BEHIND);
    let judge = dechunk(&wire);
    assert_eq!((&judge.content[..], judge.used), (content, Some(len)));
    let decoded = Decoded::of(&pieces(seed.rotate_left(3), &wire));
    assert_eq!((&decoded.content[..], decoded.used), (content, Some(len)));
}

#[derive(Debug, PartialEq, Eq)]
struct Decoded {
    content: Vec<u8>,
    trailers: Vec<Field>,
    /// Bytes of the body, if its end was seen.
    used: Option<usize>,
    refusal: Option<Refusal>,
}

impl Decoded {
    fn of(pieces: &[&[u8]]) -> Self {
        let mut out = Self {
            content: Vec::new(),
            trailers: Vec::new(),
            used: None,
            refusal: None,
        };
        let mut decoder = Decoder::new(Length::Chunked);
        let mut used = 0;
        let mut buffer = Vec::new();
        for piece in pieces {
            buffer.extend_from_slice(piece);
            match out.advance(&mut decoder, &mut buffer, &mut used) {
                Ok(true) => out.used = Some(used),
                Ok(false) => continue,
                Err(refusal) => out.refusal = Some(refusal),
            }
            break;
        }
        assert_eq!(decoder.is_done(), out.used.is_some());
        assert_eq!(decoder.close().is_ok(), out.used.is_some());
        out
    }

    /// Until more is needed (`false`) or the end is there (`true`).
    fn advance(
        &mut self,
        decoder: &mut Decoder,
        buffer: &mut Vec<u8>,
        used: &mut usize,
    ) -> Result<bool, Refusal> {
        loop {
            let (skip, len, over) = match decoder.next(buffer)? {
                Piece::Data { skip, len } => {
                    assert!(len > 0, "no data is no piece");
                    self.content.extend_from_slice(&buffer[skip..skip + len]);
                    decoder.consume(len);
                    (skip, len, None)
                }
                Piece::Trailers { skip, len } => {
                    self.trailers = rewrite::trailers(&buffer[skip..skip + len]);
                    (skip, len, None)
                }
                Piece::More { skip } => (skip, 0, Some(false)),
                Piece::End { skip } => (skip, 0, Some(true)),
            };
            assert!(skip + len <= buffer.len(), "more is used up than was received");
            buffer.drain(..skip + len);
            *used += skip + len;
            if let Some(over) = over {
                return Ok(over);
            }
        }
    }
}
