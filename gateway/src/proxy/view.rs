//! A snapshot with one worker's own connections.

use crate::pool::Upstream;
use crate::snapshot::Snapshot;
use http1::io::Buffers;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

pub(super) struct View<S> {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) upstreams: Vec<Upstream<S>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> View<S> {
    pub(super) fn new(snapshot: Arc<Snapshot>, worker: usize, workers: usize, buffers: &Buffers) -> Self {
        let states = snapshot.upstreams.iter().zip(&snapshot.replicas);
        let upstreams = snapshot.plan.upstreams.iter().zip(states);
        let upstreams = upstreams
            .map(|(plan, (state, replicas))| {
                let (state, replicas) = (Arc::clone(state), replicas.clone());
                Upstream::new(plan, state, replicas, worker, workers, buffers.clone())
            })
            .collect();
        Self { snapshot, upstreams }
    }
}
