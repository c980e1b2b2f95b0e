//! A snapshot with one worker's own connections.

use crate::pool::Upstream;
use crate::snapshot::Snapshot;
use std::sync::Arc;

pub(super) struct View {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) upstreams: Vec<Upstream>,
}

impl View {
    pub(super) fn new(snapshot: Arc<Snapshot>, worker: usize, workers: usize) -> Self {
        let states = snapshot.upstreams.iter().cloned();
        let upstreams = snapshot.plan.upstreams.iter().zip(states);
        let upstreams = upstreams
            .map(|(plan, state)| Upstream::new(plan, state, worker, workers))
            .collect();
        Self { snapshot, upstreams }
    }
}
