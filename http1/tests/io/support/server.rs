//! A server under test and its client.

use super::{Any, Peer, Tape, Task, Wire, collect};
use http1::connection::Close;
use http1::head::{FieldName, FieldValue, Refusal, Request};
use http1::io::{Answer, Buffers, Cut, End, Full, Incoming, Options, Watch, serve, serve_after};
use http1::write::ResponseHead;
use std::pin::Pin;
use std::rc::Rc;
use tokio::io::duplex;

pub(crate) type Handled = Pin<Box<dyn Future<Output = Result<Answer<Any>, Cut>>>>;

/// A request's head, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
}

pub(crate) struct Setup {
    pub(crate) options: Options,
    /// Of the connection, in each direction.
    pub(crate) capacity: usize,
    pub(crate) vectored: bool,
    pub(crate) buffered: bool,
    /// Had come before the server began.
    pub(crate) received: Vec<u8>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            options: Options::default(),
            capacity: 64 * 1024,
            vectored: true,
            buffered: false,
            received: Vec::new(),
        }
    }
}

pub(crate) struct Rig {
    pub(crate) task: Task<End<Wire, Any>>,
    pub(crate) peer: Peer,
    pub(crate) watch: Rc<Watch>,
    pub(crate) tape: Rc<Tape>,
}

impl Setup {
    pub(crate) fn capacity(capacity: usize) -> Self {
        Self {
            capacity,
            ..Self::default()
        }
    }

    pub(crate) fn serve<H>(self, handle: H) -> Rig
    where
        H: Fn(Asked, Incoming<Wire>) -> Handled + 'static,
    {
        let (near, far) = duplex(self.capacity);
        let mut wire = Wire::new(near);
        (wire.vectored, wire.buffered) = (self.vectored, self.buffered);
        let (tape, watch) = (Rc::clone(&wire.tape), Rc::new(Watch::default()));
        Rig {
            task: self.task(wire, Rc::clone(&watch), handle),
            peer: Peer::new(far),
            watch,
            tape,
        }
    }

    /// Serves whoever is at the other end of this.
    pub(crate) fn over<H>(self, wire: Wire, handle: H) -> Task<End<Wire, Any>>
    where
        H: Fn(Asked, Incoming<Wire>) -> Handled + 'static,
    {
        self.task(wire, Rc::default(), handle)
    }

    fn task<H>(self, wire: Wire, watch: Rc<Watch>, handle: H) -> Task<End<Wire, Any>>
    where
        H: Fn(Asked, Incoming<Wire>) -> Handled + 'static,
    {
        let handle = move |head: Request<'_>, body| {
            let asked = Asked {
                method: head.method_text.to_owned(),
                target: head.target.to_owned(),
            };
            handle(asked, body)
        };
        let Self {
            received, options, ..
        } = self;
        let buffers = Buffers::default();
        if received.is_empty() {
            return Task::new(serve(wire, options, buffers, watch, handle, refuse));
        }
        Task::new(serve_after(
            received, wire, options, buffers, watch, handle, refuse,
        ))
    }
}

impl Rig {
    /// Sends all of `bytes`, takes all that comes, until nothing moves any more; what came.
    pub(crate) fn exchange(&mut self, bytes: &str) -> String {
        let sent = self.send(bytes.as_bytes());
        assert_eq!(sent, bytes.len(), "the server did not take all of it");
        self.peer.take()
    }

    /// As [`Rig::exchange`], of which the server may leave something unread; how much was sent.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> usize {
        let mut sent = 0;
        loop {
            let pushed = self.peer.push(&bytes[sent..]);
            sent += pushed;
            let ran = self.task.run();
            let pulled = self.peer.pull(64 * 1024);
            if pushed == 0 && !ran && pulled == 0 {
                return sent;
            }
        }
    }

    /// Sends without taking anything.
    pub(crate) fn push(&mut self, bytes: &str) -> usize {
        let mut sent = 0;
        loop {
            let pushed = self.peer.push(&bytes.as_bytes()[sent..]);
            sent += pushed;
            if pushed == 0 && !self.task.run() {
                return sent;
            }
        }
    }

    pub(crate) fn reason(&self) -> Option<Close> {
        self.task.output.as_ref().map(|end| end.reason)
    }

    /// The client closes its sending side, and the server ends.
    pub(crate) fn finish(&mut self) -> Option<Close> {
        self.peer.shut();
        self.send(b"");
        self.reason()
    }

    pub(crate) fn writes(&self) -> Vec<String> {
        let text = |write: Vec<u8>| String::from_utf8(write).unwrap();
        self.tape.writes.take().into_iter().map(text).collect()
    }
}

fn refuse(refusal: Refusal) -> Answer<Any> {
    answer(refusal.status(), Any::of(Full::new("refused")))
}

pub(crate) fn answer(status: u16, body: Any) -> Answer<Any> {
    let mut head = ResponseHead::new(Vec::new(), status);
    if status == 101 {
        head.upgrade(FieldValue::constant("test"));
    }
    head.add(FieldName::constant("x"), FieldValue::constant("y"));
    Answer { head, body }
}

pub(crate) fn ok(text: &str) -> Result<Answer<Any>, Cut> {
    let text = text.to_owned();
    Ok(answer(200, Any::of(Full::new(text))))
}

/// Reads the request's body whole and answers with it.
pub(crate) fn read_to_end(asked: Asked, mut body: Incoming<Wire>) -> Handled {
    Box::pin(async move {
        match collect(&mut body).await {
            Ok(all) => ok(&format!("{} {}", asked.target, String::from_utf8(all).unwrap())),
            Err(error) => Ok(answer(400, Any::of(Full::new(error.to_string())))),
        }
    })
}
