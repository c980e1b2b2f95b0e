//! Opening a connection, as a kernel does it.
//!
//! turmoil refuses a connect at once when the link is cut, queues one to a killed host until it comes back, panics
//! when a listener's queue is full, and leaks the local port of every connect that is refused or given up. So:
//! - a SYN over a cut link is sent again after [`RETRANSMIT_FIRST`], doubling, like Linux's, until the caller gives up;
//! - a host that is up without a listener refuses after a round trip, without a SYN (nothing leaks);
//! - the queue of a host is bounded, and a SYN that finds it full is sent again later;
//! - once sent, a SYN is waited for even if the caller has given up, so that its port comes back;
//! - a host's ports in use and leaked are bounded, and beyond that a connect fails with `AddrNotAvailable`.

use super::links::LinkState;
use super::net::{Net, PORTS_MAX};
use super::socket::Socket;
use super::stream::SimStream;
use super::{CLIENT, TICK};
use crate::trace::Kind;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Linux's first SYN retransmission.
const RETRANSMIT_FIRST: Duration = Duration::from_secs(1);
/// And its last: with `tcp_syn_retries` 6, after 63 s.
const RETRANSMITS_MAX: u32 = 6;
/// SYNs in a listener's queue: Linux's largest. turmoil panics at its capacity, which is far above, because SYNs of
/// programs that were killed stay in the queue and are counted no more.
const SYNS_MAX: usize = 4_096;

pub(super) async fn connect(net: &Rc<Net>, from: u64, to: SocketAddr) -> io::Result<SimStream> {
    let target = net.number_of(to.ip());
    if to.ip().is_loopback() || target == Some(from) {
        let name = net.host(from, |host| host.name.clone());
        let error = format!("connect {name} to itself: the simulator has no loopback; use two hosts");
        return Err(io::Error::new(io::ErrorKind::Unsupported, error));
    }
    let Some(target) = target else {
        let error = format!("connect to {to}: no such host in this simulation");
        return Err(io::Error::new(io::ErrorKind::HostUnreachable, error));
    };
    net.going(from).await;
    let dial = Dial {
        net: Rc::clone(net),
        number: net.next_dial(),
        from,
        target,
        to,
    };
    net.emit(from, Kind::Connect, &[dial.number, target, u64::from(to.port())]);
    let (number, (send, receive)) = (dial.number, oneshot::channel());
    tokio::task::spawn_local(dial.run(send));
    let done = receive
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::ConnectionAborted.into()));
    net.going(from).await;
    match &done {
        Ok(stream) => net.emit(from, Kind::Connected, &[number, stream.connection()]),
        Err(_) => net.emit(from, Kind::Refused, &[number]),
    }
    done
}

struct Dial {
    net: Rc<Net>,
    number: u64,
    from: u64,
    target: u64,
    to: SocketAddr,
}

/// What became of one SYN; `None` when nothing was heard.
type Tried = Option<io::Result<SimStream>>;

impl Dial {
    async fn run(self, caller: oneshot::Sender<io::Result<SimStream>>) {
        let mut wait = RETRANSMIT_FIRST;
        for _ in 0..=RETRANSMITS_MAX {
            if caller.is_closed() {
                return;
            }
            match self.attempt().await {
                // a caller that has gone away drops the stream, which closes it properly
                Some(result) => return drop(caller.send(result)),
                None => tokio::time::sleep(wait).await,
            }
            wait *= 2;
        }
        let _ = caller.send(Err(io::ErrorKind::TimedOut.into()));
    }

    async fn attempt(&self) -> Tried {
        let net = &self.net;
        if net.links.borrow().is_cut(self.from, self.target) {
            return None;
        }
        if !self.answers() {
            return self.refused_by_kernel().await;
        }
        if net.host(self.target, |host| host.syns) >= SYNS_MAX {
            return None;
        }
        if net.host(self.from, |host| host.ports_used) >= PORTS_MAX {
            let error = "connect: this host has used up its ports; spread the load over more hosts";
            return Some(Err(io::Error::new(io::ErrorKind::AddrNotAvailable, error)));
        }
        self.handshake().await
    }

    /// Whether a program listens there. A SYN on its way may still find that it no longer does.
    fn answers(&self) -> bool {
        self.net.host(self.target, |host| {
            host.alive && host.listening.contains(&self.to.port())
        })
    }

    async fn refused_by_kernel(&self) -> Tried {
        let latency = self
            .net
            .links
            .borrow()
            .latency(self.from, self.target)
            .0
            .max(TICK);
        tokio::time::sleep(2 * latency).await;
        match self.net.links.borrow().state(self.from, self.target) {
            LinkState::Open => Some(Err(io::ErrorKind::ConnectionRefused.into())),
            LinkState::Cut | LinkState::Held => None,
        }
    }

    async fn handshake(&self) -> Tried {
        let net = &self.net;
        let epoch = net.links.borrow().cut_epoch(self.from, self.target);
        net.host(self.from, |host| host.ports_used += 1);
        let queued = Queued::new(net, self.target);
        let died = net.host(self.target, |host| Rc::clone(&host.died));
        // `None`: the target was killed with the SYN in its queue; the port stays leaked
        let connected = tokio::select! {
            biased;
            connected = turmoil::net::TcpStream::connect(self.to) => Some(connected),
            () = died.notified() => None,
        };
        drop(queued);
        match connected {
            Some(Ok(stream)) => Some(self.acknowledged(stream).await),
            // turmoil says "refused" when the SYN was lost, too
            Some(Err(_)) | None if net.links.borrow().cut_epoch(self.from, self.target) != epoch => None,
            Some(Err(error)) => Some(Err(error)),
            None => self.refused_by_kernel().await,
        }
    }

    /// turmoil's acknowledgement knows nothing of the link on its way back.
    async fn acknowledged(&self, inner: turmoil::net::TcpStream) -> io::Result<SimStream> {
        let connection = self.net.connection(inner.local_addr()?, self.to);
        let connection =
            connection.ok_or_else(|| io::Error::other("accepted by nobody: a bug of the simulator"))?;
        let socket = Socket::new(inner, Rc::clone(&self.net), connection, CLIENT);
        while self.net.links.borrow().state(self.target, self.from) != LinkState::Open {
            tokio::time::sleep(TICK).await;
        }
        Ok(SimStream::new(socket))
    }
}

/// A place in the target's queue of SYNs; given back even if the dialling host is killed.
struct Queued<'a> {
    net: &'a Net,
    target: u64,
}

impl<'a> Queued<'a> {
    fn new(net: &'a Net, target: u64) -> Self {
        net.host(target, |host| host.syns += 1);
        Self { net, target }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.net.host(self.target, |host| host.syns -= 1);
    }
}
