//! A snapshot with one worker's own connections, and its own chance.

use crate::config::Route;
use crate::pool::{Chance, Upstream};
use crate::route::{Action, Split};
use crate::snapshot::Snapshot;
use http1::head::Fields;
use http1::io::Buffers;
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use world::World;

pub(super) struct View<S> {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) upstreams: Vec<Upstream<S>>,
    /// By the route's index, of those that draw.
    chances: Vec<Option<Box<RefCell<ChaCha8Rng>>>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> View<S> {
    pub(super) fn new(
        snapshot: Arc<Snapshot>,
        world: &impl World<Stream = S>,
        worker: usize,
        workers: usize,
        buffers: &Buffers,
    ) -> Self {
        let (seed, secret) = (world.seed(), world.secret());
        // a config that is applied again draws anew: the same draws over and over would be no chance
        let chance = |route: &Route| {
            let seed = seed.child("split").child(&route.name).nth(snapshot.version);
            matches!(route.action, Action::Split(_)).then(|| Box::new(RefCell::new(seed.rng())))
        };
        let chances = snapshot.plan.routes.iter().map(chance).collect();
        let states = snapshot.upstreams.iter().zip(&snapshot.replicas);
        let states = states.zip(&snapshot.sticky_keys);
        let upstreams = snapshot.plan.upstreams.iter().zip(states);
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
        Self {
            snapshot,
            upstreams,
            chances,
        }
    }

    /// The upstream of a request that a route splits.
    pub(super) fn draw(&self, route: usize, split: &Split, fields: Fields<'_>) -> usize {
        let chance = self.chances[route]
            .as_ref()
            .expect("a route that splits has its chance");
        split.pick(fields, &mut *chance.borrow_mut())
    }
}
