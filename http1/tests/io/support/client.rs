//! A client under test and its server.

use super::{Any, Peer, Tape, Task, Wire};
use http1::head::{FieldName, FieldValue, Limits};
use http1::io::{Buffers, Connection, Receiving, SendError};
use http1::write::{FramedRequest, RequestHead};
use std::cell::Cell;
use std::rc::Rc;
use tokio::io::duplex;

/// What became of a request, what is left of its body, and whether its first bytes were said to have left.
pub(crate) struct Sent {
    pub(crate) result: Result<Receiving<Wire, Any>, SendError>,
    pub(crate) upload: Option<Any>,
    pub(crate) begun: bool,
}

/// An idle connection.
pub(crate) struct Caller {
    pub(crate) connection: Connection<Wire>,
    pub(crate) peer: Peer,
    pub(crate) tape: Rc<Tape>,
}

/// A task on a connection.
pub(crate) struct Calling<T> {
    pub(crate) task: Task<T>,
    pub(crate) peer: Peer,
    pub(crate) tape: Rc<Tape>,
}

pub(crate) fn request(method: &str, length: Option<u64>) -> FramedRequest {
    let mut head = RequestHead::new(Vec::new(), method, "/").unwrap();
    head.add(FieldName::constant("host"), FieldValue::constant("a"));
    head.finish(length)
}

impl Caller {
    pub(crate) fn new(capacity: usize) -> Self {
        Self::over(capacity, |_| ())
    }

    pub(crate) fn over(capacity: usize, change: impl FnOnce(&mut Wire)) -> Self {
        let (near, far) = duplex(capacity);
        let mut wire = Wire::new(near);
        change(&mut wire);
        let tape = Rc::clone(&wire.tape);
        Self {
            connection: Connection::new(wire, Limits::default(), Buffers::default()),
            peer: Peer::new(far),
            tape,
        }
    }

    pub(crate) fn call(self, request: FramedRequest, upload: Option<Any>) -> Calling<Sent> {
        let connection = self.connection;
        let sending = async move {
            let (mut upload, begun) = (upload, Cell::new(false));
            let result = connection.send(&request, &mut upload, || begun.set(true)).await;
            Sent {
                result,
                upload,
                begun: begun.get(),
            }
        };
        Calling {
            task: Task::new(sending),
            peer: self.peer,
            tape: self.tape,
        }
    }
}

impl<T> Calling<T> {
    /// Sends all of `bytes`, takes all that comes, until nothing moves any more; what came.
    pub(crate) fn exchange(&mut self, bytes: &str) -> String {
        // an answer before its request would be none
        self.task.run();
        let mut sent = 0;
        loop {
            let pushed = self.peer.push(&bytes.as_bytes()[sent..]);
            sent += pushed;
            let ran = self.task.run();
            let pulled = self.peer.pull(64 * 1024);
            if pushed == 0 && !ran && pulled == 0 {
                return self.peer.take();
            }
        }
    }

    /// Goes on with what the task came to.
    pub(crate) fn then<U, F: Future<Output = U> + 'static>(
        mut self,
        next: impl FnOnce(T) -> F,
    ) -> Calling<U> {
        let output = self.task.output.take().expect("the task has ended");
        Calling {
            task: Task::new(next(output)),
            peer: self.peer,
            tape: self.tape,
        }
    }
}
