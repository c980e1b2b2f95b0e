//! One replica on one listener of one thread: accepting, going down, coming up.
//!
//! "Down" means that a connect is refused: the listener is closed, and every connection breaks off at once, with
//! a TCP reset where the stream can do that. When the script says up, the same address is listened on again. In
//! between a real port must be kept from others by whoever started the server (`world::real::Reservation`).
//!
//! Dropping the future of [`Server::run`] drops the listener and every connection, silently.

use crate::event::Event;
use crate::exchange::{handle, refuse};
use crate::http;
use crate::line::{Line, Tap};
use crate::replica::Replica;
use crate::session::Session;
use http1::io::Buffers;
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use world::{ListenAddr, Listener, Probe, World};

/// Connections served at once by one server. More than any experiment opens and than descriptors usually
/// allow; beyond it, connects wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 65_536;

/// How long accepting rests after it failed. Failures that last (no descriptors left) would spin otherwise.
const ACCEPT_REST: Duration = Duration::from_millis(10);

/// A replica that listens.
pub struct Server<W: World> {
    world: W,
    replica: Arc<Replica>,
    at: ListenAddr,
    start: Instant,
    /// None while it is down.
    listener: Option<W::Listener>,
}

/// Listens and serves until dropped; the script's clock starts now. For a known start or address use
/// [`Server::bind`] and [`Server::run`].
pub async fn serve<W: World, P: Probe<Event>>(
    world: W,
    probe: P,
    at: ListenAddr,
    replica: Arc<Replica>,
) -> io::Result<()> {
    Server::bind(world, at, replica, Instant::now())
        .await?
        .run(probe)
        .await
}

impl<W: World> Server<W> {
    /// Listens, or, where the script begins with being down, makes sure that it could. `start` is the zero of the
    /// script and of `X-Arrived-At`: the same for all threads of a replica, and in the past for a host that came
    /// back.
    pub async fn bind(world: W, at: ListenAddr, replica: Arc<Replica>, start: Instant) -> io::Result<Self> {
        let listener = world.listen(&at).await?;
        let at = ListenAddr {
            addr: listener.local_addr()?,
            shared: at.shared,
        };
        let down = replica
            .timeline()
            .at(Instant::now().saturating_duration_since(start))
            .down;
        let listener = (!down).then_some(listener);
        Ok(Self {
            world,
            replica,
            at,
            start,
            listener,
        })
    }

    /// Where it listens, with the port that was picked.
    pub fn addr(&self) -> SocketAddr {
        self.at.addr
    }

    /// Serves until dropped. Returns only if the address could not be listened on again.
    pub async fn run<P: Probe<Event>>(self, probe: P) -> io::Result<()> {
        let Self {
            world,
            replica,
            at,
            start,
            mut listener,
        } = self;
        let index = replica.index();
        let buffers = Buffers::default();
        loop {
            let now = Instant::now().saturating_duration_since(start);
            let turn = replica.timeline().turns_after(now);
            let turned = until(&world, start, turn);
            if replica.timeline().at(now).down {
                drop(listener.take());
                replica.restart();
                probe.emit(Event::Down { replica: index });
                turned.await;
            } else {
                let up = match listener.take() {
                    Some(listener) => listener,
                    None => {
                        let up = world.listen(&at).await?;
                        probe.emit(Event::Up { replica: index });
                        up
                    }
                };
                let mut crew = Crew::new(buffers.clone());
                tokio::select! {
                    biased;
                    () = turned => {}
                    () = crew.accept(&world, &probe, &replica, start, &up) => {}
                }
                drop(up);
                crew.take_down().await;
            }
        }
    }
}

/// Waits for a time since `start`; for ever if there is none.
async fn until<W: World>(world: &W, start: Instant, at: Option<Duration>) {
    match at {
        Some(at) => world.sleep_until(start + at).await,
        None => pending().await,
    }
}

/// The connections of one period of being up.
struct Crew {
    tasks: JoinSet<()>,
    end: Rc<End>,
    buffers: Buffers,
}

#[derive(Default)]
struct End {
    come: Cell<bool>,
    news: Notify,
}

impl Crew {
    fn new(buffers: Buffers) -> Self {
        Self {
            tasks: JoinSet::new(),
            end: Rc::default(),
            buffers,
        }
    }

    /// Accepts for ever.
    async fn accept<W: World, P: Probe<Event>>(
        &mut self,
        world: &W,
        probe: &P,
        replica: &Arc<Replica>,
        start: Instant,
        listener: &W::Listener,
    ) {
        loop {
            let accepted = tokio::select! {
                biased;
                Some(ended) = self.tasks.join_next(), if !self.tasks.is_empty() => {
                    surface(ended);
                    continue;
                }
                accepted = listener.accept(), if self.tasks.len() < CONNECTIONS_MAX => accepted,
            };
            let Ok((stream, _)) = accepted else {
                replica.ledger().accept_failed();
                world.sleep_until(Instant::now() + ACCEPT_REST).await;
                continue;
            };
            let tap = Tap::default();
            let line = Line::new(stream, tap.clone());
            let session = Session::open(
                world.clone(),
                probe.clone(),
                Arc::clone(replica),
                start,
                self.buffers.clone(),
                tap,
            );
            self.tasks
                .spawn_local(connection(line, session, Rc::clone(&self.end)));
        }
    }

    /// Breaks every connection off and waits until all are gone.
    async fn take_down(mut self) {
        self.end.come.set(true);
        self.end.news.notify_waiters();
        while let Some(ended) = self.tasks.join_next().await {
            surface(ended);
        }
    }
}

/// A panic in a connection is a bug of ours and must not be swallowed with its task.
fn surface(ended: Result<(), tokio::task::JoinError>) {
    if let Err(e) = ended
        && e.is_panic()
    {
        std::panic::resume_unwind(e.into_panic());
    }
}

async fn connection<W: World, P: Probe<Event>>(
    line: Line<W::Stream>,
    session: Rc<Session<W, P>>,
    end: Rc<End>,
) {
    {
        let served = pin!(http::run(
            line,
            session.buffers.clone(),
            |head, upload| handle(&session, head, upload),
            |refusal| refuse(&session, refusal),
        ));
        end.or(served, &session).await;
        // the line goes here, before the session is closed
    }
    session.close();
}

impl End {
    /// Ready when the connection has been served, or when the replica goes down; says so to the session, so that its
    /// line breaks off.
    async fn or<W: World, P: Probe<Event>>(
        &self,
        mut served: Pin<&mut impl Future<Output = ()>>,
        session: &Session<W, P>,
    ) {
        let mut news = pin!(self.news.notified());
        let mut listens: Option<Waker> = None;
        poll_fn(|cx| {
            if served.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            if self.come.get() {
                session.take_down();
                return Poll::Ready(());
            }
            // once: this runs for every request, and the waker of a task hardly ever changes
            if !listens.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
                let _ = news.as_mut().poll(cx);
                listens = Some(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}
