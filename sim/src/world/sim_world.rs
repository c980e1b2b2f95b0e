//! `World` inside the simulator: what a part sees of the outside when it runs on a simulated host.

use super::connection::SERVER;
use super::net::{Net, micros};
use super::socket::Socket;
use super::stream::SimStream;
use super::{EPOCH, dial, lookup};
use crate::trace::Kind;
use rand::Rng;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::rc::Rc;
use std::task::ready;
use std::time::Duration;
use tokio::time::Instant;
use world::{ListenAddr, Listener, Resolved, SECRET_BYTES, Seed, World};

/// As long as `RealWorld` believes a name.
const NAME_VALID_FOR: Duration = Duration::from_secs(30);

/// The world of one simulated host, for one life of its program.
#[derive(Clone)]
pub struct SimWorld {
    net: Rc<Net>,
    host: u64,
    seed: Seed,
    /// Of the program, whatever part of it this is.
    secret: Seed,
}

impl SimWorld {
    /// `incarnation` counts the starts of the program on this host: a restarted one draws new chances.
    pub(super) fn new(net: Rc<Net>, host: u64, name: &str, incarnation: u64) -> Self {
        let seed = net.seed.child(name).nth(incarnation);
        Self {
            net,
            host,
            seed,
            secret: seed.child("secret"),
        }
    }

    /// The same host, with another root of chance: shards of one load on several hosts share theirs.
    pub fn with_seed(self, seed: Seed) -> Self {
        Self { seed, ..self }
    }

    /// The same host as one of several workers of its program sees it: each has chances of its own, and all one secret.
    pub fn of_worker(&self, worker: usize) -> Self {
        let seed = self.seed.child("worker").nth(worker as u64);
        self.clone().with_seed(seed)
    }

    fn listener(&self, inner: Rc<turmoil::net::TcpListener>, addr: SocketAddr) -> SimListener {
        SimListener {
            inner,
            net: Rc::clone(&self.net),
            host: self.host,
            addr,
        }
    }

    /// Simulated time since the start.
    pub fn elapsed(&self) -> Duration {
        Duration::from_micros(self.net.now_us(self.host))
    }

    /// Where the parts on this host tell their events.
    pub fn tap(&self) -> Tap {
        Tap {
            net: Rc::clone(&self.net),
            host: self.host,
        }
    }
}

/// Stamps events of a part with simulated time, host and sequence number.
#[derive(Clone)]
pub struct Tap {
    net: Rc<Net>,
    host: u64,
}

impl Tap {
    /// The number of the host with this address.
    pub fn host_at(&self, ip: IpAddr) -> Option<u64> {
        self.net.number_of(ip)
    }

    /// Traces an event. While its host is being killed a part has nothing more to tell.
    pub fn emit(&self, kind: Kind, values: &[u64]) {
        self.net.emit(self.host, kind, values);
    }
}

impl World for SimWorld {
    type Stream = SimStream;
    type Listener = SimListener;

    /// Any address of this host stands for all of them; a loopback address hears nobody, because there is no
    /// loopback in the simulator.
    async fn listen(&self, at: &ListenAddr) -> io::Result<SimListener> {
        let own = self.net.host(self.host, |host| host.ip);
        let ip = at.addr.ip();
        if !(ip.is_unspecified() || ip.is_loopback() || ip == own) {
            let error = format!("listen on {}: this host is {own}", at.addr);
            return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, error));
        }
        let bind_to = if ip.is_loopback() {
            ip
        } else {
            std::net::Ipv4Addr::UNSPECIFIED.into()
        };
        let port = at.addr.port();
        let shared = self.net.host(self.host, |host| host.shared.get(&port)?.upgrade());
        if let Some(inner) = shared.filter(|_| at.shared) {
            return Ok(self.listener(inner, SocketAddr::new(own, port)));
        }
        let inner = turmoil::net::TcpListener::bind(SocketAddr::new(bind_to, port)).await?;
        let inner = Rc::new(inner);
        let port = inner.local_addr()?.port();
        if !ip.is_loopback() {
            self.net.host(self.host, |host| host.listening.insert(port));
        }
        self.net.emit(self.host, Kind::Listen, &[u64::from(port)]);
        if at.shared {
            let weak = Rc::downgrade(&inner);
            self.net.host(self.host, |host| host.shared.insert(port, weak));
        }
        Ok(self.listener(inner, SocketAddr::new(own, port)))
    }

    async fn connect(&self, to: SocketAddr) -> io::Result<SimStream> {
        dial::connect(&self.net, self.host, to).await
    }

    async fn resolve(&self, name: &str) -> io::Result<Resolved> {
        let resolved = |addr| Resolved {
            addrs: vec![addr],
            valid_for: NAME_VALID_FOR,
        };
        if let Ok(addr) = name.parse::<SocketAddr>() {
            return Ok(resolved(addr));
        }
        let not_found = || io::Error::new(io::ErrorKind::NotFound, format!("resolve {name}: no such host"));
        let (host, port) = name.rsplit_once(':').ok_or_else(not_found)?;
        let port = port.parse().map_err(|_| not_found())?;
        if let Some(answer) = lookup::look_up(&self.net, self.host, host, port).await {
            return answer;
        }
        let number = self.net.number_of_name(host).ok_or_else(not_found)?;
        Ok(resolved(SocketAddr::new(
            self.net.host(number, |host| host.ip),
            port,
        )))
    }

    async fn sleep_until(&self, at: Instant) {
        tokio::time::sleep_until(at).await;
    }

    fn unix_now(&self) -> Duration {
        let offset_us = self.net.host(self.host, |host| host.clock_offset_us);
        let true_us = micros(EPOCH) + self.net.now_us(self.host);
        Duration::from_micros(true_us.saturating_add_signed(offset_us))
    }

    fn seed(&self) -> Seed {
        self.seed
    }

    fn secret(&self) -> [u8; SECRET_BYTES] {
        let mut secret = [0; SECRET_BYTES];
        self.secret.rng().fill_bytes(&mut secret);
        secret
    }
}

/// A listening socket of a simulated host.
pub struct SimListener {
    /// Whoever shares it takes turns: each connection wakes the one that has waited longest.
    inner: Rc<turmoil::net::TcpListener>,
    net: Rc<Net>,
    host: u64,
    addr: SocketAddr,
}

impl Listener for SimListener {
    type Stream = SimStream;

    async fn accept(&self) -> io::Result<(SimStream, SocketAddr)> {
        let mut accepted = pin!(self.inner.accept());
        let (stream, peer) = poll_fn(|cx| {
            ready!(self.net.poll_going(self.host, cx));
            accepted.as_mut().poll(cx)
        })
        .await?;
        let connection = self.net.accepted(peer, stream.local_addr()?);
        self.net
            .emit(self.host, Kind::Accept, &[connection.id, connection.hosts[0]]);
        let socket = Socket::new(stream, Rc::clone(&self.net), connection, SERVER);
        Ok((SimStream::new(socket), peer))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.addr)
    }
}

impl Drop for SimListener {
    fn drop(&mut self) {
        if Rc::strong_count(&self.inner) > 1 {
            return;
        }
        self.net
            .host(self.host, |host| host.listening.remove(&self.addr.port()));
    }
}
