//! Bodies under a test's control.

use http1::io::{Body, BodyError, Chunk};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Any of them.
pub(crate) struct Any(pub(crate) Box<dyn Body>);

impl Any {
    pub(crate) fn of(body: impl Body + 'static) -> Self {
        Self(Box::new(body))
    }
}

impl Body for Any {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        self.0.poll_ready(cx)
    }

    fn bytes(&self) -> Chunk<'_> {
        self.0.bytes()
    }

    fn consume(&mut self, len: usize) {
        self.0.consume(len);
    }

    fn length(&self) -> Option<u64> {
        self.0.length()
    }

    fn is_done(&self) -> bool {
        self.0.is_done()
    }
}

#[derive(Default)]
struct State {
    pieces: VecDeque<Vec<u8>>,
    ended: bool,
    failed: bool,
    waker: Option<Waker>,
    taken: u64,
    dropped: bool,
}

/// A body that is fed through its [`SourceHandle`].
pub(crate) struct Source {
    state: Rc<RefCell<State>>,
    /// What it says, true or not.
    length: Option<u64>,
    /// The piece at hand.
    piece: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct SourceHandle(Rc<RefCell<State>>);

impl Source {
    pub(crate) fn new(length: Option<u64>) -> (Self, SourceHandle) {
        let state = Rc::default();
        let handle = SourceHandle(Rc::clone(&state));
        let piece = Vec::new();
        (Self { state, length, piece }, handle)
    }

    /// All of it there at once, in these pieces.
    pub(crate) fn of(length: Option<u64>, pieces: &[&str]) -> Self {
        let (source, handle) = Self::new(length);
        for piece in pieces {
            handle.push(piece);
        }
        handle.end();
        source
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.state.borrow_mut().dropped = true;
    }
}

impl SourceHandle {
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.borrow_mut();
        change(&mut state);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    pub(crate) fn push(&self, piece: &str) {
        self.change(|state| state.pieces.push_back(piece.as_bytes().to_vec()));
    }

    pub(crate) fn end(&self) {
        self.change(|state| state.ended = true);
    }

    pub(crate) fn fail(&self) {
        self.change(|state| state.failed = true);
    }

    pub(crate) fn taken(&self) -> u64 {
        self.0.borrow().taken
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.0.borrow().dropped
    }
}

impl Body for Source {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        let mut state = self.state.borrow_mut();
        if self.piece.is_empty() {
            self.piece = state.pieces.pop_front().unwrap_or_default();
        }
        if !self.piece.is_empty() {
            return Poll::Ready(Ok(true));
        }
        if state.failed {
            return Poll::Ready(Err(BodyError::Other("the source failed")));
        }
        if state.ended {
            return Poll::Ready(Ok(false));
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn bytes(&self) -> Chunk<'_> {
        Chunk::Slice(&self.piece)
    }

    fn consume(&mut self, len: usize) {
        self.piece.drain(..len);
        self.state.borrow_mut().taken += len as u64;
        if let Some(length) = &mut self.length {
            *length = length.saturating_sub(len as u64);
        }
    }

    fn length(&self) -> Option<u64> {
        self.length
    }
}

/// `len` bytes that follow from their places, always ready, `piece` at a time.
pub(crate) struct Pattern {
    at: u64,
    end: u64,
    known: bool,
    piece: Vec<u8>,
    max: usize,
    pub(crate) taken: Rc<RefCell<u64>>,
}

impl Pattern {
    pub(crate) fn new(len: u64, max: usize, known: bool) -> Self {
        Self {
            at: 0,
            end: len,
            known,
            piece: Vec::new(),
            max,
            taken: Rc::default(),
        }
    }
}

fn pattern(at: u64) -> u8 {
    (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

impl Body for Pattern {
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        if self.piece.is_empty() {
            let end = self.end.min(self.at + self.max as u64);
            self.piece = (self.at..end).map(pattern).collect();
            self.at = end;
        }
        Poll::Ready(Ok(!self.piece.is_empty()))
    }

    fn bytes(&self) -> Chunk<'_> {
        Chunk::Slice(&self.piece)
    }

    fn consume(&mut self, len: usize) {
        self.piece.drain(..len);
        *self.taken.borrow_mut() += len as u64;
    }

    fn length(&self) -> Option<u64> {
        self.known.then(|| self.end - self.at + self.piece.len() as u64)
    }
}

/// FNV-1a over what came so far.
pub(crate) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

pub(crate) fn pattern_hash(len: u64) -> u64 {
    (0..len).fold(0, |seed, at| hash(seed, &[pattern(at)]))
}

/// All of a body.
pub(crate) async fn collect(body: &mut impl Body) -> Result<Vec<u8>, BodyError> {
    let mut all = Vec::new();
    while poll_fn(|cx| body.poll_ready(cx)).await? {
        let len = {
            let piece = body.bytes();
            all.extend_from_slice(&piece);
            piece.len()
        };
        body.consume(len);
    }
    Ok(all)
}
