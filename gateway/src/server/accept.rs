//! The accept loop of one worker.

use super::guarded::Guarded;
use super::table::Table;
use crate::config::ServerLimits;
use crate::event::Event;
use crate::proxy::{Client, Worker, handle};
use crate::state::{Bound, Held};
use crate::wire;
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use world::{Listener, Probe, World};

/// After a failed accept, usually for want of file descriptors: long enough to spare the CPU, short enough
/// that nobody notices once there are some again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

pub(crate) struct Server<W, P> {
    worker: Rc<Worker<W, P>>,
    limits: ServerLimits,
    /// Client connections of all workers.
    clients: Arc<Bound>,
    table: Rc<Table>,
    next_connection: Cell<u64>,
}

impl<W: World, P: Probe<Event>> Server<W, P> {
    pub(crate) fn new(worker: Rc<Worker<W, P>>, limits: ServerLimits, clients: Arc<Bound>) -> Self {
        Self {
            worker,
            limits,
            clients,
            table: Rc::default(),
            next_connection: Cell::new(0),
        }
    }

    /// Accepts until dropped.
    pub(crate) async fn accept(&self, listener: &W::Listener) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
    }

    /// Ends connections that are over a deadline. Called a few times a second.
    pub(crate) fn sweep(&self) {
        self.table.sweep(Instant::now(), &self.limits);
    }

    /// Ends connections that wait for a request.
    pub(crate) fn close_idle(&self) {
        self.table.close_idle();
    }

    fn admit(&self, stream: W::Stream, peer: SocketAddr) {
        // above the bound the connection is closed at once: cheaper for both than an answer
        let Some(held) = self.clients.try_hold(self.limits.connections_max) else {
            return;
        };
        let connection = self.next_connection.get();
        self.next_connection.set(connection + 1);
        self.worker.probe.emit(Event::Accepted { connection });
        let client = Rc::new(Client::new(peer.ip(), Instant::now()));
        let task = tokio::task::spawn_local(serve(
            Rc::clone(&self.worker),
            Guarded {
                stream,
                client: Rc::clone(&client),
            },
            wire::server::Limits {
                headers_max: self.limits.headers_max,
                header_bytes_max: self.limits.header_bytes_max,
            },
            Open {
                table: Rc::clone(&self.table),
                connection,
                _held: held,
            },
        ));
        self.table.insert(connection, client, task.abort_handle());
    }
}

/// Leaves the table when the connection's task ends, whichever way.
struct Open {
    table: Rc<Table>,
    connection: u64,
    _held: Held,
}

async fn serve<W: World, P: Probe<Event>>(
    worker: Rc<Worker<W, P>>,
    stream: Guarded<W::Stream>,
    limits: wire::server::Limits,
    open: Open,
) {
    let client = Rc::clone(&stream.client);
    let answer = |request| handle(Rc::clone(&worker), Rc::clone(&client), request);
    // how a connection ended is the client's affair; what it cost is in the requests' records
    let _ = wire::server::serve(stream, limits, answer).await;
    open.table.remove(open.connection);
    worker.probe.emit(Event::Closed {
        connection: open.connection,
    });
}
