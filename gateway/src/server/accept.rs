//! The accept loop of one worker.

use super::connection::{Connection, Settings};
use super::table::Table;
use crate::config::ServerLimits;
use crate::event::Event;
use crate::proxy::Worker;
use crate::state::{ClientState, Why};
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

/// Connections that a listener which is about to close is rid of: as many as its queue holds.
const REST_MAX: usize = 4_096;

/// Bytes of a request's target: what browsers and servers commonly allow (RFC 9110 §4.1 asks for 8 000 at least).
const TARGET_BYTES_MAX: usize = 8 * 1024;

pub(crate) struct Server<W: World, P> {
    worker: Rc<Worker<W, P>>,
    settings: Rc<Settings>,
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
        proxy_protocol: bool,
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
            settings: Rc::new(Settings {
                limits,
                options,
                proxy_protocol: Cell::new(proxy_protocol),
            }),
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
                Err(_) => {
                    self.clients.turned_away.of(self.number).count(Why::NotAccepted);
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Ends connections that are over a deadline. Called a few times a second.
    pub(crate) fn sweep(&self) {
        let timeouts = self.clients.timeouts.of(self.number);
        self.table
            .sweep(Instant::now(), &self.settings.limits, |late| timeouts.count(late));
    }

    /// Accepts what waits in the listener's queue, and nothing more: closing a listener resets what is in its queue.
    pub(crate) fn accept_rest(&self, listener: &W::Listener) {
        for _ in 0..REST_MAX {
            match listener.accept_waiting() {
                Some((stream, peer)) => self.admit(stream, peer),
                None => return,
            }
        }
    }

    /// Whether connections begin with a PROXY header, from now on.
    pub(crate) fn set_proxy_protocol(&self, proxy_protocol: bool) {
        self.settings.proxy_protocol.set(proxy_protocol);
    }

    /// Connections end within this time, each at a moment of its own.
    pub(crate) fn end_within(&self, lead: Duration) {
        let chance = self.worker.world.seed().child("shutdown").rng();
        self.table.end_until(Instant::now() + lead, chance);
    }

    /// Ends those whose moment has come; what waits for a request, at once or with its next answer.
    pub(crate) fn end_due(&self, idle_at_once: bool) {
        self.table.end_due(Instant::now(), idle_at_once);
    }

    /// What is open still will be dropped, for this reason.
    pub(crate) fn cut_off(&self, why: &'static str) {
        self.table.cut_off(why);
    }

    /// Whether no connection is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    fn admit(&self, stream: W::Stream, peer: SocketAddr) {
        // above the bound the connection is closed at once: cheaper for both than an answer
        let Some(held) = self.clients.open.try_hold(self.settings.limits.connections_max) else {
            self.clients.turned_away.of(self.number).count(Why::Full);
            return;
        };
        let connection = self.next_connection.get();
        self.next_connection.set(connection + 1);
        self.worker.probe.emit(Event::Accepted { connection });
        let watch = Rc::<Watch>::default();
        let connection_task = Connection {
            worker: Rc::clone(&self.worker),
            settings: Rc::clone(&self.settings),
            clients: Arc::clone(&self.clients),
            table: Rc::clone(&self.table),
            number: self.number,
            connection,
            watch: Rc::clone(&watch),
            _held: held,
        };
        let task = tokio::task::spawn_local(connection_task.run(stream, peer));
        self.table.insert(connection, watch, task.abort_handle());
    }
}
