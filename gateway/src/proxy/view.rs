//! A snapshot with one worker's own connections.

use crate::pool::{Chance, Upstream};
use crate::snapshot::Snapshot;
use http1::io::Buffers;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use world::World;

pub(super) struct View<S> {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) upstreams: Vec<Upstream<S>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> View<S> {
    pub(super) fn new(
        snapshot: Arc<Snapshot>,
        world: &impl World<Stream = S>,
        worker: usize,
        workers: usize,
        buffers: &Buffers,
    ) -> Self {
        let states = snapshot.upstreams.iter().zip(&snapshot.replicas);
        let states = states.zip(&snapshot.sticky_keys);
        let upstreams = snapshot.plan.upstreams.iter().zip(states);
        let (seed, secret) = (world.seed(), world.secret());
        let upstreams = upstreams
            .map(|(plan, ((state, replicas), key))| {
                let (state, replicas) = (Arc::clone(state), replicas.clone());
                let chance = Chance {
                    seed,
                    sticky_key: key.as_deref().unwrap_or(&secret),
                };
                Upstream::new(plan, state, replicas, worker, workers, buffers.clone(), &chance)
            })
            .collect();
        Self { snapshot, upstreams }
    }

    /// That of a route, by the route's index.
    pub(super) fn upstream(&self, route: usize) -> &Upstream<S> {
        &self.upstreams[self.snapshot.plan.routes[route].upstream]
    }
}
