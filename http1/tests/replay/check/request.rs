//! The server's side: arbitrary bytes, received whole and in pieces.
//!
//! Judged: the same messages whichever way they come in; nothing used up that was not received; and everything that
//! was accepted, the grammar of RFC 9112 accepts as the same request, both as it came in and as it is written again.

use super::message::{Message, Until, assert_within};
use super::pieces::pieces;
use super::{rewrite, tiny};
use http1::connection::{Server, ServerEvent};
use http1::framing::{Length, request_length};
use http1::head::{Limits, Refusal, RequestLine, Slot};

/// Small ones, so that they are reached.
const LIMITS: Limits = Limits {
    bytes_max: 2_048,
    fields_max: 24,
    target_max: 256,
};

/// The first byte says how the others are cut.
pub(crate) fn check(data: &[u8]) {
    let Some((seed, bytes)) = data.split_first() else {
        return;
    };
    let whole = Connection::over(&[bytes], false);
    let split = Connection::over(&pieces(*seed, bytes), seed & 0x80 != 0);
    let until = match (whole.refusal, whole.server.close()) {
        (Some(_), _) => Until::Refusal,
        (None, Some(_)) => Until::Close,
        (None, None) => Until::End,
    };
    assert_within(&whole.messages, &tiny::requests(bytes), until);
    assert_eq!(whole.messages, split.messages);
    assert_eq!(whole.continues, split.continues);
    assert_eq!(whole.left_inside, split.left_inside);
    // which of two faults is seen first depends on what is there; a fault in an incomplete head may be seen later
    match (whole.refusal, split.refusal) {
        (Some(a), Some(b)) if !about_size(a) && !about_size(b) => assert_eq!(a, b),
        (None, Some(b)) => panic!("only the pieces are refused: {b}"),
        _ => {}
    }
}

fn about_size(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::HeadTooLarge | Refusal::TargetTooLong)
}

/// One connection and what was made of it.
struct Connection {
    server: Server,
    slots: Vec<Slot>,
    buffer: Vec<u8>,
    /// Take content half by half.
    halves: bool,
    messages: Vec<Message>,
    /// How many requests wait for a 100.
    continues: usize,
    refusal: Option<Refusal>,
    /// Whether a request was begun and is not complete.
    left_inside: bool,
}

impl Connection {
    fn over(pieces: &[&[u8]], halves: bool) -> Self {
        let mut connection = Self {
            server: Server::new(LIMITS),
            slots: Vec::new(),
            buffer: Vec::new(),
            halves,
            messages: Vec::new(),
            continues: 0,
            refusal: None,
            left_inside: false,
        };
        for piece in pieces {
            connection.buffer.extend_from_slice(piece);
            if !connection.advance() {
                break;
            }
        }
        connection.left_inside = connection
            .messages
            .last()
            .is_some_and(|message| !message.complete);
        connection
    }

    /// Until more is needed; `false` if nothing more is of interest.
    fn advance(&mut self) -> bool {
        // each turn but the last uses up a byte or completes a request of at least sixteen
        for _ in 0..2 * self.buffer.len() + 2 {
            let event = match self.server.receive(&self.buffer, &mut self.slots) {
                Ok(event) => event,
                Err(refusal) => {
                    self.refusal = Some(refusal);
                    return false;
                }
            };
            match event {
                ServerEvent::More { skip } => {
                    self.used(skip);
                    return true;
                }
                ServerEvent::Head { skip, line } => {
                    self.used(skip);
                    self.head(&line);
                    self.used(line.len);
                }
                ServerEvent::Data { skip, len } => self.data(skip, len),
                ServerEvent::Trailers { skip, len } => {
                    self.used(skip);
                    let message = self.messages.last_mut().expect("trailers follow a head");
                    message.trailers = rewrite::trailers(&self.buffer[..len]);
                    self.used(len);
                }
                ServerEvent::End { skip } => {
                    self.used(skip);
                    let message = self.messages.last_mut().expect("an end follows a head");
                    message.complete = true;
                    if self.server.close().is_some() {
                        return false;
                    }
                    self.server.restart();
                }
            }
        }
        panic!("the engine goes round in circles");
    }

    fn head(&mut self, line: &RequestLine) {
        let head = line.head(&self.buffer, &self.slots);
        let length = request_length(&head).expect("a head that was accepted has a length");
        let length = match length {
            Length::Known(length) => Some(length),
            Length::Chunked => None,
            Length::UntilClose => panic!("no request ends with its connection"),
        };
        rewrite::check(head.method_text, head.target, head.fields, length);
        self.continues += usize::from(self.server.take_continue());
        self.messages.push(Message {
            start: vec![head.method_text.into(), head.target.into()],
            minor: u8::from(head.version == http1::head::Version::Http11),
            fields: rewrite::owned(head.fields),
            ..Message::default()
        });
    }

    fn data(&mut self, skip: usize, len: usize) {
        assert!(len > 0, "no data is no event");
        self.used(skip);
        let len = if self.halves { len.div_ceil(2) } else { len };
        let message = self.messages.last_mut().expect("content follows a head");
        message.body.extend_from_slice(&self.buffer[..len]);
        self.server.consume(len);
        self.used(len);
    }

    fn used(&mut self, len: usize) {
        assert!(len <= self.buffer.len(), "more is used up than was received");
        self.buffer.drain(..len);
    }
}
