//! A snapshot with one worker's own connections, and its own chance.

use super::pace::Paces;
use crate::config::Route;
use crate::planted::{Bug, planted};
use crate::pool::{Chance, Upstream};
use crate::route::{Action, Split};
use crate::snapshot::Snapshot;
use http1::head::Fields;
use http1::io::Buffers;
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use world::World;

pub(super) struct View<S> {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) upstreams: Vec<Rc<Upstream<S>>>,
    /// By the route's index, of those that draw.
    chances: Vec<Option<Box<RefCell<ChaCha8Rng>>>>,
    pub(super) paces: Paces,
}

impl<S: AsyncRead + AsyncWrite + Unpin> View<S> {
    /// What is the same in the view before, with its connections, is taken over; the rest of that keeps none any more, so
    /// that it does not hold slots that the new pools need.
    pub(super) fn new(
        snapshot: Arc<Snapshot>,
        before: Option<&Self>,
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
        let make = |place: usize| {
            if let Some(same) = before.and_then(|before| before.same(&snapshot, place)) {
                return same;
            }
            let (state, replicas) = (&snapshot.upstreams[place], &snapshot.replicas[place]);
            let chance = Chance {
                seed,
                sticky_key: snapshot.sticky_keys[place].as_deref().unwrap_or(&secret),
            };
            Rc::new(Upstream::new(
                &snapshot.plan.upstreams[place],
                Arc::clone(state),
                Arc::clone(replicas),
                worker,
                workers,
                buffers.clone(),
                &chance,
            ))
        };
        let upstreams: Vec<_> = (0..snapshot.upstreams.len()).map(make).collect();
        for (place, upstream) in before
            .iter()
            .flat_map(|before| before.upstreams.iter().enumerate())
        {
            if upstreams.get(place).is_none_or(|new| !Rc::ptr_eq(new, upstream)) {
                if planted(Bug::RemovedPoolKept) {
                    std::mem::forget(Rc::clone(upstream));
                    continue;
                }
                upstream.retire();
            }
        }
        let kept = before.map(|before| (&*before.snapshot.plan, &before.paces));
        let paces = Paces::new(&snapshot.plan, kept);
        Self {
            paces,
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

    /// Where the plan is the same, and so are the upstream's replicas: a name of another upstream stands for others.
    fn same(&self, snapshot: &Snapshot, place: usize) -> Option<Rc<Upstream<S>>> {
        let is_half = planted(Bug::ReloadHalfApplied)
            && self.upstreams.len() == snapshot.upstreams.len()
            && self.snapshot.replicas[place].len() <= snapshot.replicas[place].len();
        let is_same = is_half
            || Arc::ptr_eq(&self.snapshot.plan, &snapshot.plan)
                && Arc::ptr_eq(&self.snapshot.replicas[place], &snapshot.replicas[place]);
        is_same.then(|| Rc::clone(&self.upstreams[place]))
    }
}
