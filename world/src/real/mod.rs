//! The world as the operating system has it.

mod listen;
mod reserve;
mod secret;
mod sockets;
mod timer;

pub use listen::RealListener;
pub use reserve::Reservation;
pub use sockets::{Listening, Sockets};

use crate::{ListenAddr, Resolved, SECRET_BYTES, Seed, World};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use timer::Timer;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// `getaddrinfo` tells no TTL; this is how long its answer is believed.
const NAME_VALID_FOR: Duration = Duration::from_secs(30);

/// Real sockets and clocks, for one worker thread. Must be made inside a `LocalRuntime` (or `LocalSet`).
#[derive(Clone)]
pub struct RealWorld {
    seed: Seed,
    secret: [u8; SECRET_BYTES],
    timer: Rc<Timer>,
    inherited: Option<Inherited>,
}

/// The sockets of the process, and whose share of them is this world's.
#[derive(Clone)]
struct Inherited {
    sockets: Sockets,
    worker: usize,
    workers: usize,
}

impl RealWorld {
    /// `spin` is how long before each deadline [`World::sleep_until`] stops sleeping and polls: more is more
    /// precise and costs CPU; zero relies on the kernel timer alone (some tens of microseconds late).
    pub fn new(seed: Seed, spin: Duration) -> io::Result<Self> {
        Ok(Self {
            seed,
            secret: secret::of_this_process()?,
            timer: Timer::start(spin)?,
            inherited: None,
        })
    }

    /// [`World::listen`] gives this worker's share of these, where they have the address.
    pub fn with_sockets(self, sockets: Sockets, worker: usize, workers: usize) -> Self {
        let inherited = Some(Inherited {
            sockets,
            worker,
            workers,
        });
        Self { inherited, ..self }
    }

    /// A seed from the operating system, for when the user gave none. Print it: it replays the run.
    pub fn fresh_seed() -> io::Result<Seed> {
        let mut bytes = [0_u8; 8];
        secret::fill(&mut bytes)?;
        // 53 bits, so that a seed survives every JSON reader and stays short to type
        Ok(Seed(u64::from_le_bytes(bytes) >> 11))
    }
}

impl World for RealWorld {
    type Stream = TcpStream;
    type Listener = RealListener;

    async fn listen(&self, at: &ListenAddr) -> io::Result<RealListener> {
        let inherited = self.inherited.as_ref().and_then(|inherited| {
            let Inherited {
                sockets,
                worker,
                workers,
            } = inherited;
            // a listener that is not shared is whoever's asks for it
            let (worker, workers) = if at.shared { (*worker, *workers) } else { (0, 1) };
            sockets.of(at, worker, workers)
        });
        RealListener::new(match inherited {
            Some(sockets) => sockets?,
            None => vec![listen::socket(at)?],
        })
    }

    async fn connect(&self, to: SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn resolve(&self, name: &str) -> io::Result<Resolved> {
        let addrs = tokio::net::lookup_host(name).await?.collect();
        Ok(Resolved {
            addrs,
            valid_for: NAME_VALID_FOR,
        })
    }

    async fn sleep_until(&self, at: Instant) {
        self.timer.sleep_until(at).await;
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one door through which wall time enters"
    )]
    fn unix_now(&self) -> Duration {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default()
    }

    fn seed(&self) -> Seed {
        self.seed
    }

    fn secret(&self) -> [u8; SECRET_BYTES] {
        self.secret
    }
}
