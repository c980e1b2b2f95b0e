//! Bodies under a test's control.

use http1::head::Trailers;
use http1::io::{Body, BodyError, Chunk};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::OnceLock;
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

    fn trailers(&mut self) -> Option<Trailers> {
        self.0.trailers()
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

/// Bytes of the pattern before it begins anew: a prime, so that no buffer's size divides it.
const PERIOD: usize = 65_521;

fn period() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let byte = |at: u64| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8;
        (0..PERIOD as u64).map(byte).collect()
    })
}

/// The pattern from a place on, at most to the end of its period.
fn pattern(at: u64) -> &'static [u8] {
    &period()[(at % PERIOD as u64) as usize..]
}

/// Whether these bytes are the pattern's at this place.
pub(crate) fn is_pattern(mut at: u64, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let expected = pattern(at);
        let len = expected.len().min(bytes.len());
        if bytes[..len] != expected[..len] {
            return false;
        }
        (at, bytes) = (at + len as u64, &bytes[len..]);
    }
    true
}

/// `len` bytes of the pattern, always ready, `max` at a time.
pub(crate) struct Pattern {
    /// Where the piece at hand begins that is not used up, and ends.
    at: u64,
    piece_end: u64,
    end: u64,
    known: bool,
    max: u64,
    piece: Vec<u8>,
    pub(crate) taken: Rc<Cell<u64>>,
}

impl Pattern {
    pub(crate) fn new(len: u64, max: usize, known: bool) -> Self {
        Self {
            at: 0,
            piece_end: 0,
            end: len,
            known,
            max: max as u64,
            piece: Vec::new(),
            taken: Rc::default(),
        }
    }
}

impl Body for Pattern {
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        if self.at == self.piece_end {
            self.piece_end = self.end.min(self.at + self.max);
            self.piece.clear();
            let mut at = self.at;
            while at < self.piece_end {
                let bytes = pattern(at);
                let len = bytes.len().min((self.piece_end - at) as usize);
                self.piece.extend_from_slice(&bytes[..len]);
                at += len as u64;
            }
        }
        Poll::Ready(Ok(self.at < self.piece_end))
    }

    fn bytes(&self) -> Chunk<'_> {
        let left = (self.piece_end - self.at) as usize;
        Chunk::Slice(&self.piece[self.piece.len() - left..])
    }

    fn consume(&mut self, len: usize) {
        self.at += len as u64;
        assert!(self.at <= self.piece_end, "more was used up than there is");
        self.taken.set(self.taken.get() + len as u64);
    }

    fn length(&self) -> Option<u64> {
        self.known.then(|| self.end - self.at)
    }
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
