//! The engine's two loops back to back: arbitrary bytes from a client, through a proxy, to an upstream that records.
//!
//! Judged: what reached the upstream is, to every reader, exactly the requests that the proxy's handler authorised, in
//! number, order, methods, targets, fields and bodies; the client is answered with well-formed answers, one for each
//! request at most; and nothing waits for what nobody will send.

mod bodies;
mod handler;
mod judge;
mod streams;

pub(crate) use judge::judge;
use judge::judge_answers;

use super::message::Field;
use super::pieces::pieces;
use handler::Proxy;
use http1::connection::Close;
use http1::head::Limits;
use http1::io::{Options, Waiting, Watch, serve};
use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use streams::{Answer, Client, Downstream, Manners};

const LIMITS: Limits = Limits {
    bytes_max: 2_048,
    fields_max: 24,
    target_max: 256,
};

/// Turns of a connection's future without which it must have come to rest, for each byte of input and for none.
const TURNS_PER_BYTE: usize = 64;
const TURNS_MIN: usize = 10_000;

/// Ends the upstream's part of an input: a byte that no head may hold.
const SEPARATOR: u8 = 0x1e;

/// What upstreams answer, and whether they close behind it.
const ANSWERS: [(&[u8], bool); 9] = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nok", false),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n", false),
    (b"HTTP/1.1 200 OK\r\n\r\nok", true),
    (b"HTTP/1.1 204 No Content\r\n\r\n", false),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", true),
    (b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", true),
    (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", false),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok", true),
    (
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 299 Unasked\r\nContent-Length: 0\r\n\r\n",
        false,
    ),
];

/// A request as the proxy sent it on.
#[derive(Debug, Default)]
pub(crate) struct Authorised {
    pub(crate) start: Vec<Vec<u8>>,
    /// With those that frame it.
    pub(crate) fields: Vec<Field>,
    /// As it was handed to the connection.
    pub(crate) head: Vec<u8>,
    /// The number of the connection.
    pub(crate) connection: Cell<usize>,
    pub(crate) body: RefCell<Vec<u8>>,
    pub(crate) complete: Cell<bool>,
}

/// How the client and the upstream behave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    seed: u8,
    early: bool,
    manners: Manners,
    refuses: bool,
    waits: bool,
    half_close: bool,
    drain_max: u64,
    answer: usize,
}

impl Setup {
    /// From three bytes: how the client's bytes are cut; one bit each for an upstream that answers early, hesitant
    /// streams, small writes, a handler that refuses, a server that answers after the client's end, a server that
    /// drains little, and a client that waits between pieces; and the upstream's answer.
    pub(crate) fn of([seed, bits, answer]: [u8; 3]) -> Self {
        let bit = |place: u8| bits & (1 << place) != 0;
        Self {
            seed,
            early: bit(0),
            manners: Manners {
                hesitant: bit(1),
                write_max: if bit(2) { 7 } else { usize::MAX },
            },
            refuses: bit(3),
            waits: bit(6),
            half_close: bit(4),
            drain_max: if bit(5) { 8 } else { 64 * 1024 },
            answer: usize::from(answer) % ANSWERS.len(),
        }
    }
}

/// The first three bytes say how, the others are the client's; with the highest bit of the third, those up to
/// [`SEPARATOR`] are what the upstream answers.
pub(crate) fn check(data: &[u8]) {
    let [seed, bits, answer, bytes @ ..] = data else {
        return;
    };
    let setup = Setup::of([*seed, *bits, *answer]);
    let mut parts = bytes.splitn(2, |byte| *byte == SEPARATOR);
    if answer & 0x80 != 0
        && let (Some(answers), Some(asks)) = (parts.next(), parts.next())
    {
        run_with(setup, (answers, true), asks);
    } else {
        run(setup, bytes);
    }
}

/// Sends the bytes through a proxy, and has the outcome judged. Gives the requests that were authorised, and the
/// client's answers.
pub(crate) fn run(setup: Setup, bytes: &[u8]) -> (Vec<Rc<Authorised>>, Vec<u8>) {
    run_with(setup, ANSWERS[setup.answer], bytes)
}

fn run_with(setup: Setup, (answer, closes): (&[u8], bool), bytes: &[u8]) -> (Vec<Rc<Authorised>>, Vec<u8>) {
    let early = setup.early;
    let upstream = Answer {
        bytes: answer.into(),
        closes,
        early,
    };
    let pieces = pieces(setup.seed, bytes)
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect();
    let client = Rc::new(RefCell::new(Client::new(pieces, setup.manners, setup.waits)));
    let proxy = Proxy::new(upstream, setup.manners, setup.refuses);
    drive(setup, &client, &proxy, bytes.len() + answer.len());
    let answers = std::mem::take(&mut client.borrow_mut().answers);
    judge_answers(&answers, &proxy.heard.borrow(), answer);
    judge_requests(&proxy).unwrap_or_else(|why| panic!("{why}"));
    (proxy.authorised.take(), answers)
}

/// Serves the client whenever something moves, until it has closed its sending side and nothing moves any more.
fn drive(setup: Setup, client: &Rc<RefCell<Client>>, proxy: &Proxy, len: usize) {
    let options = Options {
        limits: LIMITS,
        half_close: setup.half_close,
        drain_max: setup.drain_max,
    };
    let watch = Rc::new(Watch::default());
    let mut serving = pin!(serve(
        Downstream(Rc::clone(client)),
        options,
        proxy.buffers.clone(),
        Rc::clone(&watch),
        |head, body| proxy.handle(head, body),
        |refusal| proxy.status(refusal.status()),
    ));
    let flag = Arc::new(Flag::default());
    let waker = Waker::from(Arc::clone(&flag));
    let mut context = Context::from_waker(&waker);
    let mut turns = TURNS_MIN + TURNS_PER_BYTE * len;
    let mut at_rest = || {
        loop {
            turns = turns
                .checked_sub(1)
                .expect("the connection does not come to rest");
            match serving.as_mut().poll(&mut context) {
                Poll::Ready(end) => return Some(end.reason),
                Poll::Pending if flag.0.swap(false, Ordering::Relaxed) => {}
                Poll::Pending => return None,
            }
        }
    };
    loop {
        if let Some(reason) = at_rest() {
            assert_ne!(reason, Close::Upgraded, "no upstream here agrees to an upgrade");
            return;
        }
        // an upstream that answers every complete request has answered all there are: it is the client that is waited
        // for, and it takes whatever it is sent
        let waiting = watch.waiting();
        assert_ne!(waiting, Waiting::Write, "waits for nobody");
        assert!(setup.early || waiting != Waiting::Answer, "waits for nobody");
        assert!(
            client.borrow_mut().go_on(),
            "the client has ended, and the connection has not"
        );
    }
}

/// Whether the future was woken.
#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn judge_requests(proxy: &Proxy) -> Result<(), String> {
    for (number, wire) in proxy.wires.borrow().iter().enumerate() {
        let all = proxy.authorised.borrow();
        let here = all.iter().filter(|entry| entry.connection.get() == number);
        judge(&wire.borrow().recorded, &here.cloned().collect::<Vec<_>>())?;
    }
    Ok(())
}
