//! The sockets that a process listens on, apart from the workers that accept from them.
//!
//! Bound before any worker begins, so that an address that is taken is known at once and port 0 is the same for all; and
//! kept, so that they can be handed to a successor. Each worker accepts from a duplicate of its own, so a connection is lost
//! only when the last of them is closed: [`Sockets::close`] lets go of these before the workers stop.
//!
//! A successor has as many sockets as its predecessor had workers, whatever its own number: closing one of those that share
//! an address resets what waits in its queue, so each of them has somebody who accepts from it.

use super::listen;
use super::reserve::Reservation;
use crate::ListenAddr;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What listens on one address.
#[derive(Debug)]
pub struct Listening {
    /// As it was asked for.
    pub wanted: ListenAddr,
    /// With the port that was picked.
    pub addr: SocketAddr,
    pub sockets: Vec<TcpListener>,
}

/// Shared by the workers of a process.
#[derive(Debug, Clone, Default)]
pub struct Sockets(Arc<Mutex<Vec<Listening>>>);

impl Sockets {
    /// Listens there with `count` sockets, one unless the address is shared, if nobody does yet. Where only some of several
    /// addresses can be had, [`Sockets::keep`] takes the others back.
    pub fn listen(&self, wanted: &ListenAddr, count: usize) -> io::Result<SocketAddr> {
        let mut held = self.held();
        if let Some(known) = held.iter().find(|known| known.wanted == *wanted) {
            return Ok(known.addr);
        }
        // who has the port already may bind it beside himself; all others are asked whether it is free
        let port = wanted.addr.port();
        let is_ours = held
            .iter()
            .any(|known| known.wanted.shared && known.addr.port() == port);
        let reserved = match wanted.shared && !is_ours {
            true => Some(Reservation::new(wanted.addr)?),
            false => None,
        };
        let mut addr = reserved.as_ref().map_or(wanted.addr, Reservation::addr);
        let mut sockets = Vec::new();
        for _ in 0..if wanted.shared { count.max(1) } else { 1 } {
            let at = ListenAddr {
                addr,
                shared: wanted.shared,
            };
            let socket = listen::socket(&at)?;
            addr = socket.local_addr()?;
            sockets.push(socket);
        }
        held.push(Listening {
            wanted: wanted.clone(),
            addr,
            sockets,
        });
        Ok(addr)
    }

    /// Takes sockets that another process listened on. Where `wanted` is port 0, any of its ports will do.
    pub fn inherit(&self, listening: Listening) {
        self.held().push(listening);
    }

    /// Lets go of what listens elsewhere.
    pub fn keep(&self, wanted: &[ListenAddr]) {
        self.held().retain(|known| wanted.contains(&known.wanted));
    }

    /// Lets go of all: from now on they are the workers' alone.
    pub fn close(&self) {
        self.keep(&[]);
    }

    /// Duplicates of all, for a successor.
    pub fn duplicates(&self) -> io::Result<Vec<Listening>> {
        let duplicate = |known: &Listening| {
            let sockets = known.sockets.iter().map(TcpListener::try_clone);
            Ok(Listening {
                wanted: known.wanted.clone(),
                addr: known.addr,
                sockets: sockets.collect::<io::Result<_>>()?,
            })
        };
        self.held().iter().map(duplicate).collect()
    }

    /// What one of so many workers accepts from at this address; `None` where nothing listens.
    pub(super) fn of(
        &self,
        wanted: &ListenAddr,
        worker: usize,
        workers: usize,
    ) -> Option<io::Result<Vec<TcpListener>>> {
        let held = self.held();
        let known = held.iter().find(|known| known.wanted == *wanted)?;
        let count = known.sockets.len();
        // with more workers than sockets some accept from the same
        let own = (0..count)
            .filter(|socket| socket % workers == worker || worker % count == *socket && worker >= count);
        Some(own.map(|socket| known.sockets[socket].try_clone()).collect())
    }

    fn held(&self) -> MutexGuard<'_, Vec<Listening>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::os::fd::AsFd;

    fn any() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }

    /// What tells sockets apart, whatever their descriptors.
    fn inode(socket: &TcpListener) -> u64 {
        rustix::fs::fstat(socket.as_fd()).expect("open").st_ino
    }

    #[test]
    fn every_socket_has_somebody_and_everybody_has_a_socket() {
        for (count, workers) in [(1, 1), (2, 2), (4, 2), (5, 2), (1, 3), (2, 5)] {
            let sockets = Sockets::default();
            let wanted = ListenAddr::shared(any());
            sockets.listen(&wanted, count).expect("a free port");
            let mut all = BTreeSet::new();
            for worker in 0..workers {
                let own = sockets
                    .of(&wanted, worker, workers)
                    .expect("there")
                    .expect("open");
                assert!(!own.is_empty(), "{count} sockets, worker {worker} of {workers}");
                all.extend(own.iter().map(inode));
            }
            assert_eq!(all.len(), count, "{workers} workers");
        }
    }

    #[test]
    fn an_address_is_bound_once_and_told_by_what_was_asked_for() {
        let sockets = Sockets::default();
        let (shared, alone) = (ListenAddr::shared(any()), ListenAddr::alone(any()));
        let http = sockets.listen(&shared, 2).expect("a free port");
        assert_eq!(sockets.listen(&shared, 2).expect("the same"), http);
        assert_ne!(sockets.listen(&alone, 2).expect("another"), http);
        let taken = Sockets::default().listen(&ListenAddr::shared(http), 1);
        assert_eq!(taken.expect_err("taken").kind(), io::ErrorKind::AddrInUse);
        sockets.keep(&[alone]);
        Sockets::default()
            .listen(&ListenAddr::shared(http), 1)
            .expect("free again");
    }
}
