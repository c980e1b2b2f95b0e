//! The world as the operating system has it.

mod listen;
mod reserve;
mod secret;
mod timer;

pub use reserve::Reservation;

use crate::{ListenAddr, Resolved, SECRET_BYTES, Seed, World};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use timer::Timer;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// `getaddrinfo` tells no TTL; this is how long its answer is believed.
const NAME_VALID_FOR: Duration = Duration::from_secs(30);

/// Real sockets and clocks, for one worker thread. Must be made inside a `LocalRuntime` (or `LocalSet`).
#[derive(Clone)]
pub struct RealWorld {
    seed: Seed,
    secret: [u8; SECRET_BYTES],
    timer: Rc<Timer>,
}

impl RealWorld {
    /// `spin` is how long before each deadline [`World::sleep_until`] stops sleeping and polls: more is more
    /// precise and costs CPU; zero relies on the kernel timer alone (some tens of microseconds late).
    pub fn new(seed: Seed, spin: Duration) -> io::Result<Self> {
        Ok(Self {
            seed,
            secret: secret::of_this_process()?,
            timer: Timer::start(spin)?,
        })
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
    type Listener = TcpListener;

    async fn listen(&self, at: &ListenAddr) -> io::Result<TcpListener> {
        listen::listen(at)
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
