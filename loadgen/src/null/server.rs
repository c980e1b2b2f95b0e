//! The behaviour on connections.
//!
//! It stands on the same engine as everything that is measured: its loop costs a few microseconds a request, which
//! is small against what the kernel takes for the two ways.

use super::behaviour::{Behaviour, Desk};
use hdrhistogram::Histogram;
use http1::head::{Fields, Refusal, Request};
use http1::io::{self, Answer, Buffers, Cut, Empty, Options};
use http1::write::ResponseHead;
use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use world::{Listener, World};

/// The number of ports one address has towards another; beyond it, connects wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 65_536;

/// How long accepting rests after it failed: a lack of descriptors that lasts would spin otherwise.
const ACCEPT_REST: Duration = Duration::from_millis(10);

/// Longer lateness is recorded as this; nobody would wait for more.
const LATENESS_MAX_NS: u64 = 3_600_000_000_000;

/// What the server knows of the run.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Requests whose heads came.
    pub requests: u64,
    /// From the planned departure to when the answer was handed to its connection, of answers that had to wait.
    pub lateness: Histogram<u64>,
}

/// One server on one thread; clones are the same server.
#[derive(Clone)]
pub struct Server(Rc<Inner>);

struct Inner {
    /// Zero of the behaviour's clock. The client sets it; what comes before is taken as coming at zero.
    start: Arc<OnceLock<Instant>>,
    desk: RefCell<Desk>,
    seen: RefCell<Seen>,
    buffers: Buffers,
}

impl Server {
    pub fn new(behaviour: Behaviour, start: Arc<OnceLock<Instant>>) -> Self {
        let lateness = Histogram::new_with_bounds(1, LATENESS_MAX_NS, 3);
        let seen = Seen {
            requests: 0,
            lateness: lateness.expect("constant bounds in range"),
        };
        Self(Rc::new(Inner {
            start,
            desk: RefCell::new(Desk::new(behaviour)),
            seen: RefCell::new(seen),
            buffers: Buffers::default(),
        }))
    }

    /// Serves one connection to its end.
    pub async fn attend<W: World>(&self, world: &W, stream: W::Stream) {
        let inner = &self.0;
        let handle = |head: Request<'_>, _| answer(Rc::clone(inner), world.clone(), head.fields);
        let refuse = |refusal: Refusal| Answer {
            head: ResponseHead::new(inner.buffers.send(), refusal.status()),
            body: Empty,
        };
        let buffers = inner.buffers.clone();
        // how it ended makes no difference: the client counts what it did not get
        io::serve(stream, Options::default(), buffers, Rc::default(), handle, refuse).await;
    }

    pub fn seen(&self) -> Seen {
        self.0.seen.borrow().clone()
    }
}

/// Accepts and serves until dropped.
pub async fn serve<W: World>(world: W, listener: W::Listener, server: Server) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let (world, server) = (world.clone(), server.clone());
                connections.spawn_local(async move { server.attend(&world, stream).await });
            }
            Err(_) => world.sleep_until(Instant::now() + ACCEPT_REST).await,
        }
    }
}

/// Never lets the thread sleep, for as long as it is polled: a core that is woken out of its idle state by each request
/// would add some tens of microseconds to every latency. Takes the whole core.
pub async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

/// Takes what it needs of the head before it returns its future.
fn answer<W: World>(
    inner: Rc<Inner>,
    world: W,
    fields: Fields<'_>,
) -> impl Future<Output = Result<Answer<Empty>, Cut>> + use<W> {
    let start = inner.start.get().copied();
    let arrival = start.map_or(Duration::ZERO, |start| {
        Instant::now().saturating_duration_since(start)
    });
    let number = {
        let mut seen = inner.seen.borrow_mut();
        seen.requests += 1;
        load_id(fields).unwrap_or(seen.requests - 1)
    };
    let departure = inner.desk.borrow_mut().departure(arrival, number);
    async move {
        if departure > arrival
            && let Some(start) = start
        {
            world.sleep_until(start + departure).await;
            let late = Instant::now().saturating_duration_since(start + departure);
            let late_ns = u64::try_from(late.as_nanos()).unwrap_or(u64::MAX);
            inner.seen.borrow_mut().lateness.saturating_record(late_ns);
        }
        Ok(Answer {
            head: ResponseHead::new(inner.buffers.send(), 200),
            body: Empty,
        })
    }
}

fn load_id(fields: Fields<'_>) -> Option<u64> {
    let field = fields.iter().find(|field| field.name.is("x-load-id"))?;
    field.value.text()?.parse().ok()
}
