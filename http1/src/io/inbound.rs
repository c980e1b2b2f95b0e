//! Receiving: one buffer, filled by the stream and used up by whoever reads.

use super::body::BodyError;
use super::buffers::{Buffers, RECEIVE_BYTES, RECEIVE_BYTES_LARGE, Receive};
use crate::framing::{Decoder, Piece};
use crate::head::{Slot, Trailers};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

#[derive(Debug, Default)]
pub(super) struct Inbound {
    /// None while there is nothing to keep.
    receive: Option<Box<Receive>>,
    /// Bytes of content at the front.
    ready: usize,
    /// The last read filled the buffer: there is more where that came from.
    filled: bool,
    /// Of the body that has ended.
    trailers: Option<Trailers>,
}

impl Inbound {
    /// As if this had come from the stream already.
    pub(super) fn holding(received: &[u8], buffers: &Buffers) -> Self {
        if received.is_empty() {
            return Self::default();
        }
        let mut receive = buffers.receive();
        if receive.bytes.len() < received.len() {
            receive.bytes.resize(received.len(), 0);
        }
        receive.bytes[..received.len()].copy_from_slice(received);
        receive.end = received.len();
        Self {
            receive: Some(receive),
            ..Self::default()
        }
    }

    pub(super) fn unread(&self) -> &[u8] {
        self.receive.as_ref().map_or(&[], |receive| receive.unread())
    }

    /// The fields of the head that was parsed last.
    pub(super) fn slots(&self) -> &[Slot] {
        self.receive.as_ref().map_or(&[], |receive| &receive.slots)
    }

    /// What was received, and where to note the fields of a head.
    pub(super) fn parts(&mut self) -> Option<(&[u8], &mut Vec<Slot>)> {
        let receive = &mut **self.receive.as_mut()?;
        Some((&receive.bytes[receive.start..receive.end], &mut receive.slots))
    }

    /// The front was used up.
    pub(super) fn skip(&mut self, len: usize) {
        if let Some(receive) = &mut self.receive {
            receive.start = (receive.start + len).min(receive.end);
        }
    }

    /// Gives the buffer back if it is empty.
    pub(super) fn release(&mut self, buffers: &Buffers) {
        if self.unread().is_empty()
            && let Some(receive) = self.receive.take()
        {
            self.filled = false;
            buffers.keep_receive(receive);
        }
    }

    /// What is left, for whoever takes over the stream.
    pub(super) fn into_unread(mut self, buffers: &Buffers) -> Vec<u8> {
        let unread = self.unread().to_vec();
        if let Some(receive) = self.receive.take() {
            buffers.keep_receive(receive);
        }
        unread
    }

    /// Whether more can be received without the buffer growing.
    pub(super) fn has_room(&self) -> bool {
        self.receive
            .as_ref()
            .is_none_or(|receive| receive.end - receive.start < receive.bytes.len())
    }

    /// Receives more, how much or 0 at the end of the stream. The buffer grows if it is full: whoever reads a head
    /// stops at its limit, and content is used up first.
    pub(super) fn poll_read<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        buffers: &Buffers,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let mut receive = self.receive.take().unwrap_or_else(|| buffers.receive());
        if receive.start == receive.end {
            (receive.start, receive.end) = (0, 0);
        } else if receive.end == receive.bytes.len() {
            make_room(&mut receive);
        }
        let mut room = ReadBuf::new(&mut receive.bytes[receive.end..]);
        let read = Pin::new(stream).poll_read(cx, &mut room);
        let (len, remaining) = (room.filled().len(), room.remaining());
        if len > 0 {
            receive.end += len;
            self.filled = remaining == 0;
        }
        // nothing has come yet, nothing will come any more, or it failed
        if receive.start == receive.end {
            self.filled = false;
            buffers.keep_receive(receive);
        } else {
            self.receive = Some(receive);
        }
        read.map_ok(|()| len)
    }

    /// Ready with true when [`Inbound::content`] is not empty, with false at the end of the body.
    pub(super) fn poll_content<S: AsyncRead + Unpin>(
        &mut self,
        decoder: &mut Decoder,
        stream: &mut S,
        buffers: &Buffers,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BodyError>> {
        loop {
            match decoder.next(self.unread())? {
                Piece::Data { skip, len } => {
                    self.skip(skip);
                    self.ready = len;
                    return Poll::Ready(Ok(true));
                }
                Piece::End { skip } => {
                    self.skip(skip);
                    self.release(buffers);
                    return Poll::Ready(Ok(false));
                }
                Piece::Trailers { skip, len } => {
                    self.trailers = self.unread().get(skip..skip + len).map(Trailers::new);
                    self.skip(skip + len);
                }
                Piece::More { skip } => {
                    self.skip(skip);
                    self.enlarge(buffers);
                    if ready!(self.poll_read(stream, buffers, cx))? == 0 {
                        decoder.close()?;
                        return Poll::Ready(Ok(false));
                    }
                }
            }
        }
    }

    /// What came behind the content, if anybody wants it: any recipient may drop it (RFC 9110 §6.5.1).
    pub(super) fn take_trailers(&mut self) -> Option<Trailers> {
        self.trailers.take()
    }

    /// The content that is there.
    pub(super) fn content(&self) -> &[u8] {
        &self.unread()[..self.ready]
    }

    /// Content at the front was used up; how much, which is never more than there is.
    pub(super) fn consume(&mut self, decoder: &mut Decoder, len: usize) -> usize {
        let len = len.min(self.ready);
        decoder.consume(len);
        self.skip(len);
        self.ready -= len;
        len
    }

    /// Takes a larger buffer for a body that fills the small one.
    pub(super) fn enlarge(&mut self, buffers: &Buffers) {
        let small = |receive: &Receive| receive.bytes.len() == RECEIVE_BYTES && receive.start == receive.end;
        if self.filled && self.receive.as_deref().is_some_and(small) {
            let large = buffers.receive_large();
            debug_assert_eq!(large.bytes.len(), RECEIVE_BYTES_LARGE);
            if let Some(small) = self.receive.replace(large) {
                buffers.keep_receive(small);
            }
        }
    }
}

/// Moves what is unread to the front, or grows a buffer that is full of it.
fn make_room(receive: &mut Receive) {
    if receive.start > 0 {
        receive.bytes.copy_within(receive.start..receive.end, 0);
        (receive.start, receive.end) = (0, receive.end - receive.start);
    } else {
        receive.bytes.resize(2 * receive.end, 0);
    }
}
