//! The buffers of one thread's connections. A connection takes one when there is something to receive or to send,
//! and gives it back when it waits with nothing in it.

use crate::head::Slot;
use std::cell::RefCell;
use std::rc::Rc;

/// Bytes of a receive buffer: room for any ordinary head, and for the most that a first read usually brings.
pub(super) const RECEIVE_BYTES: usize = 16 * 1024;

/// Bytes of the receive buffer of a body that fills the small one: half the system calls per gigabyte of twice
/// its size would have; more than this no longer shows.
pub(super) const RECEIVE_BYTES_LARGE: usize = 128 * 1024;

/// Bytes that a send buffer begins with: a head and a little more.
const SEND_BYTES: usize = 2 * 1024;

/// Send buffers that have grown beyond this are let go.
const SEND_BYTES_KEPT_MAX: usize = 32 * 1024;

/// Buffers kept of each kind. Beyond it the allocator is asked again, which a thread that serves so many requests
/// at once will not notice. 256 small ones are 4 MiB.
const KEPT_MAX: usize = 256;

/// Large ones kept: 2 MiB.
const KEPT_LARGE_MAX: usize = 16;

/// A pool of buffers, shared by the connections of one thread.
#[derive(Debug, Clone, Default)]
pub struct Buffers(Rc<Pools>);

#[derive(Debug, Default)]
#[expect(
    clippy::vec_box,
    reason = "a connection holds one pointer while it is idle, and what it takes out is not moved"
)]
struct Pools {
    /// The small one that came back last. A poll that finds nothing to receive has taken one and gives it back, a few
    /// times for each request: here that is two moves of a pointer.
    spare: RefCell<Option<Box<Receive>>>,
    small: RefCell<Vec<Box<Receive>>>,
    large: RefCell<Vec<Box<Receive>>>,
    send: RefCell<Vec<Vec<u8>>>,
}

/// Received bytes: those from `start` to `end` have not been used up. All of `bytes` is initialised once and then
/// only overwritten.
#[derive(Debug)]
pub(super) struct Receive {
    pub(super) bytes: Vec<u8>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// The fields of the head that was parsed last.
    pub(super) slots: Vec<Slot>,
}

impl Receive {
    fn new(len: usize) -> Box<Self> {
        Box::new(Self {
            bytes: vec![0; len],
            start: 0,
            end: 0,
            slots: Vec::new(),
        })
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }
}

impl Buffers {
    /// An empty buffer to write a head into. It comes back by itself when that head has been sent.
    pub fn send(&self) -> Vec<u8> {
        let kept = self.0.send.borrow_mut().pop();
        kept.unwrap_or_else(|| Vec::with_capacity(SEND_BYTES))
    }

    /// Gives a send buffer back.
    pub fn keep_send(&self, mut buffer: Vec<u8>) {
        let mut kept = self.0.send.borrow_mut();
        if kept.len() < KEPT_MAX && (1..=SEND_BYTES_KEPT_MAX).contains(&buffer.capacity()) {
            buffer.clear();
            kept.push(buffer);
        }
    }

    pub(super) fn receive(&self) -> Box<Receive> {
        let spare = self.0.spare.take();
        spare.unwrap_or_else(|| {
            let kept = self.0.small.borrow_mut().pop();
            kept.unwrap_or_else(|| Receive::new(RECEIVE_BYTES))
        })
    }

    pub(super) fn receive_large(&self) -> Box<Receive> {
        let kept = self.0.large.borrow_mut().pop();
        kept.unwrap_or_else(|| Receive::new(RECEIVE_BYTES_LARGE))
    }

    pub(super) fn keep_receive(&self, mut buffer: Box<Receive>) {
        (buffer.start, buffer.end) = (0, 0);
        let (kept, kept_max, buffer) = match buffer.bytes.len() {
            RECEIVE_BYTES => match self.0.spare.replace(Some(buffer)) {
                // the spare one is one of them
                Some(other) => (&self.0.small, KEPT_MAX - 1, other),
                None => return,
            },
            RECEIVE_BYTES_LARGE => (&self.0.large, KEPT_LARGE_MAX, buffer),
            // grown for a large head
            _ => return,
        };
        let mut kept = kept.borrow_mut();
        if kept.len() < kept_max {
            kept.push(buffer);
        }
    }

    /// How many are kept: small, large, and for sending.
    #[cfg(test)]
    fn kept(&self) -> (usize, usize, usize) {
        let pools = &*self.0;
        let spares = usize::from(pools.spare.borrow().is_some());
        (
            spares + pools.small.borrow().len(),
            pools.large.borrow().len(),
            pools.send.borrow().len(),
        )
    }
}

#[cfg(test)]
mod tests;
