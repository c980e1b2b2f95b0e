//! The HTTP/1 engine, at work: the only module that starts it.
//!
//! All others speak of heads, answers and bodies in the types of `http1`, and know neither its loop nor its settings.
//! No `Date` (it would read a hidden clock), no deadlines (a stub waits as long as its client likes; the server bounds
//! how many may wait).

use http1::head::{Limits, Refusal, Request};
use http1::io::{self, Answer, Body, Buffers, Cut, Incoming, Options};
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncWrite};

/// More than any proxy lets pass by default, so that a stub behind one refuses nothing that the proxy took.
const LIMITS: Limits = Limits {
    bytes_max: 64 * 1024,
    fields_max: 128,
    target_max: 16 * 1024,
};

/// Serves one connection until either side ends it. `handle` is called with the head of each request, `refuse` makes
/// the answer to what is none; behind that the connection is closed.
pub(crate) async fn run<S, F, H, R, B>(stream: S, buffers: Buffers, handle: F, refuse: R)
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: for<'a> Fn(Request<'a>, Incoming<S>) -> H,
    H: Future<Output = Result<Answer<B>, Cut>>,
    R: Fn(Refusal) -> Answer<B>,
    B: Body,
{
    let options = Options {
        limits: LIMITS,
        ..Options::default()
    };
    // how it ended makes no difference: who was cut off is in the ledger
    io::serve(stream, options, buffers, Rc::default(), handle, refuse).await;
}
