//! The accept loop of one worker.

use super::table::Table;
use crate::config::ServerLimits;
use crate::event::Event;
use crate::proxy::{Client, Worker, handle, refuse};
use crate::state::{ClientState, Held};
use http1::head::Limits;
use http1::io::{Options, Watch};
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

/// Bytes of a request's target: what browsers and servers commonly allow (RFC 9110 §4.1 asks for 8 000 at least).
const TARGET_BYTES_MAX: usize = 8 * 1024;

pub(crate) struct Server<W: World, P> {
    worker: Rc<Worker<W, P>>,
    limits: ServerLimits,
    options: Options,
    /// Client connections of all workers.
    clients: Arc<ClientState>,
    /// This worker's number.
    number: usize,
    table: Rc<Table>,
    next_connection: Cell<u64>,
}

impl<W: World, P: Probe<Event>> Server<W, P> {
    pub(crate) fn new(
        worker: Rc<Worker<W, P>>,
        limits: ServerLimits,
        clients: Arc<ClientState>,
        number: usize,
    ) -> Self {
        let options = Options {
            limits: Limits {
                bytes_max: limits.header_bytes_max,
                fields_max: limits.headers_max,
                target_max: TARGET_BYTES_MAX,
            },
            ..Options::default()
        };
        Self {
            worker,
            limits,
            options,
            clients,
            number,
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
        let timeouts = self.clients.timeouts.of(self.number);
        self.table
            .sweep(Instant::now(), &self.limits, |late| timeouts.count(late));
    }

    /// Ends connections that wait for a request.
    pub(crate) fn close_idle(&self) {
        self.table.close_idle();
    }

    fn admit(&self, stream: W::Stream, peer: SocketAddr) {
        // above the bound the connection is closed at once: cheaper for both than an answer
        let Some(held) = self.clients.open.try_hold(self.limits.connections_max) else {
            return;
        };
        let connection = self.next_connection.get();
        self.next_connection.set(connection + 1);
        self.worker.probe.emit(Event::Accepted { connection });
        let watch = Rc::<Watch>::default();
        let task = tokio::task::spawn_local(serve(
            Rc::clone(&self.worker),
            stream,
            peer,
            self.options,
            Open {
                table: Rc::clone(&self.table),
                clients: Arc::clone(&self.clients),
                worker: self.number,
                connection,
                watch: Rc::clone(&watch),
                _held: held,
            },
        ));
        self.table.insert(connection, watch, task.abort_handle());
    }
}

/// Leaves the table when the connection's task ends, whichever way.
struct Open {
    table: Rc<Table>,
    clients: Arc<ClientState>,
    worker: usize,
    connection: u64,
    watch: Rc<Watch>,
    _held: Held,
}

async fn serve<W: World, P: Probe<Event>>(
    worker: Rc<Worker<W, P>>,
    stream: W::Stream,
    peer: SocketAddr,
    options: Options,
    open: Open,
) {
    let client = Rc::new(Client::new(peer.ip()));
    let end = http1::io::serve(
        stream,
        options,
        worker.buffers.clone(),
        Rc::clone(&open.watch),
        |head, body| handle(Rc::clone(&worker), Rc::clone(&client), head, body),
        |refusal| refuse(&worker, &client, refusal),
    )
    .await;
    open.clients.closes.of(open.worker).count(end.reason);
    open.table.remove(open.connection);
    worker.probe.emit(Event::Closed {
        connection: open.connection,
    });
}
