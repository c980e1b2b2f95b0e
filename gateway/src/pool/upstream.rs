//! One upstream as one worker sees it: its replicas, their idle connections, its bounds.

use super::Lease;
use super::idle::IdleList;
use super::shelf::Shelf;
use crate::balance::{Balancer, Tried};
use crate::config;
use crate::message::{Answer, BodyError, Progress};
use crate::state::{UpstreamCells, UpstreamState};
use crate::wire::Incoming;
use crate::wire::client::{Connection, Outgoing, SendError, handshake};
use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use tokio::time::Instant;
use world::World;

/// Why an attempt brought no answer.
pub(crate) enum Failure {
    /// A global bound is reached; nothing was sent, and another replica would not help.
    Full,
    /// No connection could be made. Nothing was sent: the request is in its slot.
    NotConnected(io::Error),
    /// It broke after something had been sent.
    Broken(BodyError),
}

pub(crate) struct Upstream {
    addrs: Box<[SocketAddr]>,
    balancer: Balancer,
    shelf: Rc<Shelf>,
    state: Arc<UpstreamState>,
    worker: usize,
}

impl Upstream {
    pub(crate) fn new(
        plan: &config::Upstream,
        state: Arc<UpstreamState>,
        worker: usize,
        workers: usize,
    ) -> Self {
        let addrs: Box<[_]> = plan.replicas.iter().map(|replica| replica.addr).collect();
        let replicas = addrs.iter().map(|_| IdleList::default()).collect();
        let idle_max = plan.pool.idle_max.div_ceil(workers.max(1));
        let shelf = Rc::new(Shelf {
            replicas,
            kept: Cell::new(0),
            pool: plan.pool,
            idle_max,
        });
        // workers start at different replicas, so that a slow trickle of requests is spread as well
        let balancer = Balancer::new(plan.lb, u32::try_from(worker).unwrap_or(0));
        Self {
            addrs,
            balancer,
            shelf,
            state,
            worker,
        }
    }

    pub(crate) fn pick(&self, tried: Tried) -> Option<usize> {
        self.balancer.pick(self.addrs.len(), tried)
    }

    pub(crate) fn addr(&self, replica: usize) -> SocketAddr {
        self.addrs[replica]
    }

    pub(crate) fn cells(&self) -> &UpstreamCells {
        self.state.cells.of(self.worker)
    }

    /// Sends the request in the slot to a replica and waits for the head of its answer. There is no deadline
    /// but the connect timeout: the caller brings one.
    pub(crate) async fn send<W: World>(
        &self,
        world: &W,
        replica: usize,
        slot: &mut Outgoing,
        upload: Option<&Rc<Progress>>,
    ) -> Result<(Answer<Incoming>, Lease), Failure> {
        let Some(in_flight) = self.state.in_flight.try_hold(self.shelf.pool.in_flight_max) else {
            self.cells().full.add(1);
            return Err(Failure::Full);
        };
        let mut connection = match self.idle(replica).await {
            Some(connection) => connection,
            None => self.dial(world, replica).await?,
        };
        let mut answer = connection.send(slot).await;
        if let Err(SendError::Unsent) = answer {
            connection = self.dial(world, replica).await?;
            answer = connection.send(slot).await;
        }
        match answer {
            Ok(answer) => {
                let lease = Lease {
                    connection,
                    shelf: Rc::clone(&self.shelf),
                    replica,
                    upload: upload.cloned(),
                    _in_flight: in_flight,
                };
                Ok((answer, lease))
            }
            // a connection that was dialled just now and is closed already
            Err(SendError::Unsent) => Err(Failure::NotConnected(io::ErrorKind::ConnectionReset.into())),
            Err(SendError::Broken(error)) => Err(Failure::Broken(error)),
        }
    }

    /// Closes what has been idle for too long. Called once in a while.
    pub(crate) fn sweep(&self, now: Instant) {
        for list in &self.shelf.replicas {
            list.sweep(&self.shelf.kept, now, self.shelf.pool.idle_timeout);
        }
    }

    async fn idle(&self, replica: usize) -> Option<Connection> {
        while let Some(mut connection) = self.shelf.replicas[replica].pop(&self.shelf.kept) {
            if connection.ready().await {
                self.cells().reuses.add(1);
                return Some(connection);
            }
        }
        None
    }

    async fn dial<W: World>(&self, world: &W, replica: usize) -> Result<Connection, Failure> {
        let Some(slot) = self.state.connections.try_hold(self.shelf.pool.connections_max) else {
            self.cells().full.add(1);
            return Err(Failure::Full);
        };
        self.cells().dials.add(1);
        // boxed: dialling is rare, and its state would make every request's future larger
        let connect = Box::pin(async { handshake(world.connect(self.addrs[replica]).await?).await });
        let (connection, driver) = match tokio::time::timeout(self.shelf.pool.connect_timeout, connect).await
        {
            Ok(connected) => connected.map_err(Failure::NotConnected)?,
            Err(_) => return Err(Failure::NotConnected(io::ErrorKind::TimedOut.into())),
        };
        tokio::task::spawn_local(async move {
            driver.await;
            drop(slot);
        });
        Ok(connection)
    }
}
