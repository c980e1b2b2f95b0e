//! The state of the simulated network that turmoil does not keep: hosts, links, connections, the trace.
//!
//! Owned by the driver and shared with every host on the one thread of the simulation. `live` is true only
//! while turmoil steps: then `turmoil::sim_elapsed` is the simulated time of the host that runs. Outside of it, at
//! a crash or the end, tasks are dropped where tokio's clock is the real one, so nobody asks it and nothing of theirs
//! is traced: a killed process tells nothing. The driver stamps what it does with its own time.

use super::connection::{CLIENT, Connection, SERVER};
use super::links::{LinkState, Links};
use super::names::Name;
use crate::trace::{Kind, Recorder};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use world::Seed;

/// What hosts may do within one tick: events, and looks at a connection. A host of ten thousand busy users does a
/// tenth of it; one that does more spins, and time would never go on.
const ACTIONS_PER_TICK_MAX: u32 = 1_000_000;

/// Ports a host may have in use or have leaked. turmoil leaks one with every refused or cancelled connect, and
/// panics when none of its 64 512 is left.
pub(super) const PORTS_MAX: usize = 60_000;

pub(super) struct Net {
    pub(super) seed: Seed,
    pub(super) window_bytes: usize,
    /// Reads and writes are split and merged at random.
    pub(super) fragment: Cell<bool>,
    pub(super) live: Cell<bool>,
    /// What the hosts did in this tick.
    actions: Cell<u32>,
    /// The driver's time.
    pub(super) driver_us: Cell<u64>,
    pub(super) recorder: RefCell<Option<Recorder>>,
    pub(super) hosts: RefCell<Vec<Host>>,
    pub(super) links: RefCell<Links>,
    /// Those that stand for other than one host.
    pub(super) names: RefCell<Vec<Name>>,
    connections: RefCell<BTreeMap<(SocketAddr, SocketAddr), Rc<Connection>>>,
    next_connection: Cell<u64>,
    next_dial: Cell<u64>,
    /// Resets on their way: (due at, connection, side).
    resets: RefCell<BTreeMap<(u64, u64, usize), Rc<Connection>>>,
}

pub(super) struct Host {
    pub(super) name: String,
    pub(super) ip: IpAddr,
    pub(super) alive: bool,
    /// The instant of its program's runtime at which the simulation began.
    origin: Option<Instant>,
    pub(super) incarnation: u64,
    pub(super) listening: BTreeSet<u16>,
    /// Listeners by port that several parts of its program accept from.
    pub(super) shared: BTreeMap<u16, Weak<turmoil::net::TcpListener>>,
    pub(super) ports_used: usize,
    /// SYNs that were sent to this host and not yet accepted.
    pub(super) syns: usize,
    pub(super) died: Rc<Notify>,
    pub(super) clock_offset_us: i64,
    /// Nothing it does reaches the network, and nothing reaches it.
    stopped: bool,
    /// Who wants to know when it goes on.
    waiting: Vec<Waker>,
    /// Sockets that its program dropped while it was stopped; dropping them here closes them.
    pub(super) let_go: Vec<Box<dyn Any>>,
}

impl Host {
    pub(super) fn new(name: &str, ip: IpAddr) -> Self {
        Self {
            name: name.to_owned(),
            ip,
            alive: true,
            origin: None,
            incarnation: 0,
            listening: BTreeSet::new(),
            shared: BTreeMap::new(),
            ports_used: 0,
            syns: 0,
            died: Rc::new(Notify::new()),
            clock_offset_us: 0,
            stopped: false,
            waiting: Vec::new(),
            let_go: Vec::new(),
        }
    }
}

impl Net {
    pub(super) fn new(seed: Seed, window_bytes: usize, links: Links, recorder: Recorder) -> Self {
        Self {
            seed,
            window_bytes,
            fragment: Cell::new(false),
            live: Cell::new(false),
            actions: Cell::new(0),
            driver_us: Cell::new(0),
            recorder: RefCell::new(Some(recorder)),
            hosts: RefCell::default(),
            links: RefCell::new(links),
            names: RefCell::default(),
            connections: RefCell::default(),
            next_connection: Cell::new(0),
            next_dial: Cell::new(0),
            resets: RefCell::default(),
        }
    }

    /// A host's program begins to run: from here on its own clock tells the simulated time.
    pub(super) fn set_origin(&self, host: u64) {
        let origin = turmoil::sim_elapsed().and_then(|elapsed| Instant::now().checked_sub(elapsed));
        self.host(host, |host| host.origin = origin);
    }

    /// Simulated time: the running host's, or the driver's between steps. turmoil could be asked, too, at four times
    /// the price; this is asked for each event.
    pub(super) fn now_us(&self, host: u64) -> u64 {
        let origin = self.hosts.borrow()[host as usize - 1].origin;
        match origin {
            Some(origin) if self.live.get() => {
                let elapsed = Instant::now().saturating_duration_since(origin);
                debug_assert_eq!(Some(elapsed), turmoil::sim_elapsed(), "of host {host}");
                micros(elapsed)
            }
            _ => self.driver_us.get(),
        }
    }

    /// Traces what a host saw, unless it is being killed.
    pub(super) fn emit(&self, host: u64, kind: Kind, values: &[u64]) {
        if self.live.get() {
            self.count_action();
            self.record(self.now_us(host), host, kind, values);
        }
    }

    /// A tick begins.
    pub(super) fn begin_tick(&self) {
        self.actions.set(0);
        self.deliver_resets();
    }

    /// Ends a run in which some host spins: a panic with words is better than a run that hangs.
    pub(super) fn count_action(&self) {
        self.actions.set(self.actions.get() + 1);
        assert!(
            self.actions.get() <= ACTIONS_PER_TICK_MAX,
            "more than {ACTIONS_PER_TICK_MAX} events and socket calls within one tick at {} ms: a part spins",
            self.driver_us.get() / 1_000
        );
    }

    pub(super) fn is_stopped(&self, host: u64) -> bool {
        self.hosts.borrow()[host as usize - 1].stopped
    }

    /// Stops a host or lets it go on; then everything that waited for that looks again.
    pub(super) fn set_stopped(&self, host: u64, stopped: bool) {
        let waiting = self.host(host, |host| {
            host.stopped = stopped;
            std::mem::take(&mut host.waiting)
        });
        for waker in waiting {
            waker.wake();
        }
        if !stopped {
            for connection in self.open_on(host) {
                for side in [CLIENT, SERVER] {
                    if connection.hosts[side] == host {
                        connection.ends[side].wake_all();
                    }
                }
            }
        }
    }

    /// Wakes the task when the host is stopped or goes on.
    pub(super) fn wake_when_it_goes_on(&self, host: u64, cx: &Context<'_>) {
        self.host(host, |host| {
            if !host.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                host.waiting.push(cx.waker().clone());
            }
        });
    }

    /// Ready while the host is not stopped.
    pub(super) fn poll_going(&self, host: u64, cx: &Context<'_>) -> Poll<()> {
        if !self.is_stopped(host) {
            return Poll::Ready(());
        }
        self.wake_when_it_goes_on(host, cx);
        Poll::Pending
    }

    /// Waits while the host is stopped.
    pub(super) async fn going(&self, host: u64) {
        poll_fn(|cx| self.poll_going(host, cx)).await;
    }

    /// Traces what the driver did.
    pub(super) fn emit_driver(&self, host: u64, kind: Kind, values: &[u64]) {
        self.record(self.driver_us.get(), host, kind, values);
    }

    fn record(&self, at_us: u64, host: u64, kind: Kind, values: &[u64]) {
        if let Some(recorder) = self.recorder.borrow_mut().as_mut() {
            recorder.record(at_us, host, kind, values);
        }
    }

    /// Reads or changes a host. Numbers come from this net, so they are in range.
    pub(super) fn host<T>(&self, number: u64, f: impl FnOnce(&mut Host) -> T) -> T {
        f(&mut self.hosts.borrow_mut()[number as usize - 1])
    }

    pub(super) fn number_of(&self, ip: IpAddr) -> Option<u64> {
        self.hosts
            .borrow()
            .iter()
            .position(|host| host.ip == ip)
            .map(|i| i as u64 + 1)
    }

    pub(super) fn number_of_name(&self, name: &str) -> Option<u64> {
        self.hosts
            .borrow()
            .iter()
            .position(|host| host.name == name)
            .map(|i| i as u64 + 1)
    }

    pub(super) fn next_dial(&self) -> u64 {
        self.next_dial.replace(self.next_dial.get() + 1)
    }

    /// A connection was accepted. The ports of one that never ended properly may come round again.
    pub(super) fn accepted(&self, client: SocketAddr, server: SocketAddr) -> Rc<Connection> {
        let id = self.next_connection.replace(self.next_connection.get() + 1);
        let number = |at: SocketAddr| {
            self.number_of(at.ip())
                .expect("both sockets are of hosts of this net")
        };
        let connection = Rc::new(Connection::new(
            id,
            (client, server),
            [number(client), number(server)],
        ));
        self.connections
            .borrow_mut()
            .insert((client, server), Rc::clone(&connection));
        connection
    }

    /// The connection between two sockets, whichever is the client.
    pub(super) fn connection(&self, a: SocketAddr, b: SocketAddr) -> Option<Rc<Connection>> {
        let connections = self.connections.borrow();
        connections
            .get(&(a, b))
            .or_else(|| connections.get(&(b, a)))
            .cloned()
    }

    /// The connection is gone at both ends. Its ports may already carry a younger one, which stays.
    pub(super) fn forget(&self, connection: &Connection) {
        let mut connections = self.connections.borrow_mut();
        if connections
            .get(&connection.sockets)
            .is_some_and(|held| held.id == connection.id)
        {
            connections.remove(&connection.sockets);
        }
    }

    /// Connections with an open end on this host.
    pub(super) fn open_on(&self, host: u64) -> Vec<Rc<Connection>> {
        let connections = self.connections.borrow();
        let open =
            |c: &&Rc<Connection>| (0..2).any(|side| c.hosts[side] == host && !c.ends[side].closed.get());
        let mut open: Vec<_> = connections.values().filter(open).cloned().collect();
        open.sort_by_key(|connection| connection.id);
        open
    }

    /// The program on a host was killed. What it came to hold it has let go of by itself; of an end that it did not
    /// hold yet the other one learns here.
    pub(super) fn close_ends_of(&self, host: u64, open: &[Rc<Connection>]) {
        for connection in open {
            for side in [CLIENT, SERVER] {
                let end = &connection.ends[side];
                if connection.hosts[side] != host || end.closed.replace(true) || end.owned.get() {
                    continue;
                }
                match connection.ends[1 - side].closed.get() {
                    true => self.forget(connection),
                    false => self.schedule_reset(connection, 1 - side, self.driver_us.get(), 1),
                }
            }
        }
    }

    /// Resets every connection between two hosts that lost something.
    pub(super) fn reset_lost(&self, a: u64, b: u64) {
        let connections = self.connections.borrow();
        let lost = |c: &&Rc<Connection>| c.is_between(a, b) && c.lost.get();
        let mut lost: Vec<_> = connections.values().filter(lost).cloned().collect();
        drop(connections);
        lost.sort_by_key(|connection| connection.id);
        for connection in lost {
            self.reset(&connection, CLIENT);
            self.reset(&connection, SERVER);
        }
    }

    /// Lets one end learn, so many latencies from now, that the other is gone. Over a cut link it learns at the heal.
    pub(super) fn schedule_reset(
        &self,
        connection: &Rc<Connection>,
        side: usize,
        now_us: u64,
        latencies: u32,
    ) {
        let end = &connection.ends[side];
        let [a, b] = connection.hosts;
        if self.links.borrow().is_cut(a, b) {
            connection.lost.set(true);
        } else if !end.reset_due.replace(true) {
            let latency = self.links.borrow().latency(a, b).1.max(super::TICK);
            let due = now_us + micros(latency) * u64::from(latencies);
            self.resets
                .borrow_mut()
                .insert((due, connection.id, side), Rc::clone(connection));
        }
    }

    /// Delivers the resets that are due.
    fn deliver_resets(&self) {
        let now = self.driver_us.get();
        let later = self.resets.borrow_mut().split_off(&(now + 1, 0, 0));
        let due = self.resets.replace(later);
        for ((_, id, side), connection) in due {
            let state = self
                .links
                .borrow()
                .state(connection.hosts[1 - side], connection.hosts[side]);
            match state {
                LinkState::Cut => connection.lost.set(true),
                LinkState::Held => {
                    self.resets
                        .borrow_mut()
                        .insert((now + micros(super::TICK), id, side), connection);
                }
                LinkState::Open => self.reset(&connection, side),
            }
        }
    }

    fn reset(&self, connection: &Connection, side: usize) {
        let end = &connection.ends[side];
        if !end.closed.get() && !end.reset.replace(true) {
            self.emit_driver(connection.hosts[side], Kind::Reset, &[connection.id, side as u64]);
            end.wake_all();
        }
    }
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
